"""Rectangular basins of isosceles triangles, and a model on them, for the analytic tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twin_kernel.mesh.topology import Mesh
from twin_kernel.solvers.native.boundaries import Boundaries
from twin_kernel.solvers.native.grid import build_grid
from twin_kernel.solvers.native.model import Model, initial_state
from twin_kernel.solvers.native.options import Options


def rectangle(length, width, columns, rows, bed=lambda x, y: 0.0 * x, open_ends=()):
    """Return a mesh of rows of triangles shifted by half a side: circumcentres lie inside."""
    nodes, start = [], []
    for row in range(rows + 1):
        inner = np.linspace(0.0, length, columns + 1)
        if row % 2:
            inner = np.concatenate([[0.0], 0.5 * (inner[1:] + inner[:-1]), [length]])
        start.append(len(nodes))
        nodes += [(x, row * width / rows) for x in inner]
    start.append(len(nodes))
    x, y = np.array(nodes).T
    faces = []
    for row in range(rows):
        low = np.arange(start[row], start[row + 1])
        high = np.arange(start[row + 1], start[row + 2])
        i = j = 0
        while i < len(low) - 1 or j < len(high) - 1:
            on_low = j == len(high) - 1 or (i < len(low) - 1 and x[low[i + 1]] <= x[high[j + 1]])
            if on_low:
                faces.append((low[i], low[i + 1], high[j]))
                i += 1
            else:
                faces.append((low[i], high[j + 1], high[j]))
                j += 1
    boundaries = {}
    for name in open_ends:
        at = np.flatnonzero(np.isclose(x, {"west": 0.0, "east": length}[name]))
        at = at[np.argsort(y[at])]
        boundaries[name] = np.stack([at[:-1], at[1:]], axis=1)
    return Mesh(x, y, np.array(faces), np.asarray(bed(x, y), dtype=float) + 0.0 * x,
                "EPSG:2154", "test", boundaries)


def model_on(mesh, time_step, kinds=None, times=(0.0, 1.0e9), values=None, salinity=None,
             manning=0.0, latitude=0.0, theta=0.55, tolerance=1.0e-9, options=None, **given):
    """Return a model with the forcing given by boundary name; `given` goes to `Model`."""
    kinds = kinds or {}
    n, n_time = len(kinds), len(times)
    series = np.array([values[name] for name in kinds]) if n else np.zeros((0, n_time))
    entering = {"salinity": np.repeat([[salinity[name]] for name in kinds], n_time, axis=1)
                } if salinity else {}
    boundaries = Boundaries(tuple(kinds.values()), np.asarray(times, dtype=float), series, entering)
    grid = build_grid(mesh, kinds)
    return Model(grid, boundaries, np.full(grid.n_face, manning), latitude,
                 Options(time_step=time_step, theta=theta, tolerance=tolerance, **(options or {})),
                 **given)


def state_on(model, level, salinity=None):
    """Return a state at rest with `level` (number or (n_face,) in the order of the grid)."""
    n = model.grid.n_face
    tracers = np.zeros((len(model.tracer_names), n))
    if salinity is not None:
        tracers[0] = salinity
    state = initial_state(model.grid, np.broadcast_to(level, n).astype(float), tracers)
    model.start(state)
    return state


def mapped(mesh, new_x, new_y, bed):
    """Return the mesh with nodes moved to (new_x, new_y) and the bed of a function of them."""
    return replace(mesh, node_x=new_x, node_y=new_y,
                   node_bed=np.asarray(bed(new_x, new_y), dtype=float) + 0.0 * new_x)


def edge_middles(grid):
    """Return x and y (n_edge,) of the middles of the edges, m."""
    middles = []
    for centroid, weight in ((grid.face_x, grid.reconstruct_x), (grid.face_y, grid.reconstruct_y)):
        length = grid.edge_length[grid.face_edges] * grid.face_sign
        from_centre = weight * grid.face_area[:, None] / length
        # The mean of the three middles is the centroid.
        middle = (centroid - from_centre.mean(axis=1))[:, None] + from_centre
        out = np.empty(grid.n_edge)
        out[grid.face_edges] = middle
        middles.append(out)
    return middles


def set_in_motion(model, state, velocity_x, velocity_y):
    """Give a state the velocity of two functions of (x, y), m/s, where there is water."""
    grid = model.grid
    x, y = edge_middles(grid)
    level = model.levels(state)
    right = np.where(grid.edge_right < 0, grid.edge_left, grid.edge_right)
    depth = np.maximum(np.maximum(level[grid.edge_left], level[right]) - grid.edge_bed, 0.0)
    u = velocity_x(x, y) * grid.normal_x + velocity_y(x, y) * grid.normal_y
    state.u[:] = np.where((depth > 1.0e-3) & (np.arange(grid.n_edge) < grid.n_active), u, 0.0)
    state.flux[:] = state.u * depth * grid.edge_length
