"""A blow-up: where, when, and what is likely to have caused it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyproj import Transformer
from pyproj.exceptions import CRSError

from twin_kernel.errors import SolverError
from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.state import State
from twin_kernel.variables import VARIABLES

__all__ = ["SPEED_LIMIT", "blow_up", "fault_of_flow", "fault_of_processes"]

SPEED_LIMIT = 15.0  # m/s: beyond it a run has blown up; the Gironde stays under 4
_THIN = 0.3  # m
_RINGS = 4  # of triangles around the place in which a boundary is taken for the cause
_STEEP = 0.3  # of bed slope between the edges of a triangle
_EARLY = 3600.0  # s from the start in which a discharge let in at once is taken for the cause
_FRONT = 16  # rings that the front of such a discharge may have gone
_BED_BOUNDS = VARIABLES["bed_level_change"].valid_range
_ROUNDING = 1.0e-6  # m3
_SWIFT = 1.0  # m/s through an edge of a discharge that is taken for the cause
_BED_MOVED = 0.2  # of the depth: a bed moved by more is taken for the cause
_SHARP = 5.0  # degrees: a needle with a smaller angle is taken for the cause
_HALVE = "halve time_step in solver_options, or look at the bed and forcing there"


def fault_of_flow(state: State, tracer_names: Sequence[str]) -> str | None:
    """Return what a step of the flow has broken, None where nothing."""
    speed = np.abs(state.u).max()
    if not speed < SPEED_LIMIT:  # also true of NaN
        return f"velocity {speed:.3g} m/s, bound {SPEED_LIMIT} m/s"
    if np.isnan(state.volume_low):
        return "the volume of water is not finite"
    if state.volume_low < -_ROUNDING:
        return f"a triangle holds {state.volume_low:.3g} m3 of water"
    finite = np.isfinite(state.tracer_low) & np.isfinite(state.tracer_high)
    return None if finite.all() else f"{tracer_names[int(finite.argmin())]} is not finite"


def fault_of_processes(state: State, tracer_names: Sequence[str]) -> str | None:
    """Return what a process made not finite, None where nothing: no checkpoint may hold it.

    A sum is not finite where one of its terms is not, and costs one reading.
    """
    for name, values in (*zip(tracer_names, state.tracers, strict=True), *state.memory.items()):
        if not np.isfinite(values.sum()):
            return f"{name} is not finite"
    low, high = _BED_BOUNDS
    moved = state.memory.get("bed_level_change")
    if moved is not None and not (moved.min() >= low and moved.max() <= high):
        most = moved[np.abs(moved).argmax()]
        return f"the bed moved by {most:.3g} m, bounds {low:g} to {high:g} m"
    return None


def blow_up(reason: str, grid: Grid, state: State, time_step: float, crs: str) -> SolverError:
    """Return the error of a blow-up, for the triangle with the largest or a non-finite velocity.

    Parameters
    ----------
    reason : str
        What was seen.
    crs : str
        Reference system of the mesh; longitude and latitude are told where it is known.
    """
    cell = _culprit(grid, state)
    x, y = grid.face_x[cell], grid.face_y[cell]
    depth = state.volume[cell] / grid.face_area[cell]
    cause, cure = _likely_cause(cell, depth, grid, state, state.step * time_step)
    return SolverError(
        f"The simulation blew up: {reason}",
        received=(f"step {state.step}, {state.step * time_step:.0f} s after the start, triangle "
                  f"{grid.order[cell]} of the mesh at x={x:.0f} m, y={y:.0f} m"
                  f"{_degrees(x, y, crs)}, depth {depth:.2f} m; likely cause: "
                  f"{cause}"),
        allowed=f"velocities under {SPEED_LIMIT} m/s, finite levels and concentrations",
        next_step=f"{cure}; the last good checkpoint, where one was due before, is kept",
    )


def _culprit(grid: Grid, state: State) -> int:
    broken = ~np.isfinite(state.volume) | ~np.isfinite(state.tracers).all(axis=0)
    if broken.any() and np.isfinite(state.u).all():
        return int(broken.argmax())
    moved = state.memory.get("bed_level_change")
    if moved is not None and not np.abs(moved).max() <= _BED_BOUNDS[1]:
        return int(np.abs(moved).argmax())
    if state.volume.min() < -_ROUNDING:
        return int(state.volume.argmin())
    for values in state.memory.values():
        if len(values.shape) and len(values) == grid.n_face and not np.isfinite(values.sum()):
            return int((~np.isfinite(values)).reshape(grid.n_face, -1).any(axis=1).argmax())
    speed = np.where(np.isfinite(state.u), np.abs(state.u), np.inf)
    return int(grid.edge_left[speed.argmax()])


def _degrees(x: float, y: float, crs: str) -> str:
    try:
        lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    except CRSError:
        return ""
    return f" (longitude {lon:.5f}, latitude {lat:.5f})" if np.isfinite([lon, lat]).all() else ""


def _likely_cause(cell: int, depth: float, grid: Grid, state: State,
                  time: float) -> tuple[str, str]:
    """Return the first of the usual causes that the surroundings show, and what to do."""
    around = np.append(grid.face_neighbour[cell], cell)
    near = _rings(around, grid, _RINGS)
    moved = state.memory.get("bed_level_change")
    made = (state.tracers, *state.memory.values())
    if not all(np.isfinite(one.sum()) for one in made) and np.isfinite(state.u).all():
        return "a process or a boundary concentration gives a number that is not finite", _HALVE
    if moved is not None and np.abs(moved[near]).max() > _BED_MOVED * max(depth, _THIN):
        return (f"a bed that moved by {np.abs(moved[near]).max():.2g} m there",
                "lower morphological_factor or the rates of dredging and dumping there")
    if (angle := _sharpest(near, grid)) < _SHARP:
        return (f"a triangle with an angle of {angle:.1f} degrees there",
                "move or merge its nodes in the tool that made the mesh: 20 degrees are sound, and "
                "shorter steps do not help")
    early = time <= _EARLY
    if found := _discharge_through(_rings(around, grid, _FRONT) if early else near, grid, state):
        return found, ("let the discharge rise over hours, or give less of it" if early else _HALVE)
    edges = grid.face_edges[near].ravel()
    on_open = edges[(edges >= grid.n_internal) & (edges < grid.n_level)]
    if len(on_open):
        name = grid.boundary_names[grid.edge_boundary[on_open[0]]]
        return (f"the forcing of the open boundary '{name}' there (a jump, or a wrong sign or "
                "unit)", _HALVE)
    bed = grid.face_bed[around]
    if depth < _THIN:
        return "a wetting or drying front crossed by fast water in one step", _HALVE
    if np.ptp(bed) > _STEEP * np.sqrt(grid.face_area[cell]):
        return f"a bed step of {np.ptp(bed):.1f} m within a triangle's width", _HALVE
    return "a time step too long for the velocity and the size of the triangles there", _HALVE


def _sharpest(near: np.ndarray, grid: Grid) -> float:
    """Return the smallest angle of some triangles, degrees: between their two longer sides."""
    sides = np.sort(grid.edge_length[grid.face_edges[near]], axis=1)
    sine = 2.0 * grid.face_area[near] / (sides[:, 1] * sides[:, 2])
    return float(np.degrees(np.arcsin(np.minimum(sine, 1.0))).min())


def _rings(near: np.ndarray, grid: Grid, count: int) -> np.ndarray:
    """Return the triangles of `count` rings, of which `near` is the first."""
    for _ in range(count - 1):
        near = np.unique(np.append(grid.face_neighbour[near].ravel(), near))
    return near


def _discharge_through(near: np.ndarray, grid: Grid, state: State) -> str | None:
    """Tell the discharge of an open boundary of some triangles, if there is one."""
    edges = grid.face_edges[near].ravel()
    edges = edges[(edges >= grid.n_level) & (edges < grid.n_active)]
    if len(edges) == 0 or not np.abs(state.u[edges]).max() > _SWIFT:
        return None
    name = grid.boundary_names[grid.edge_boundary[edges[0]]]
    return (f"the discharge of the open boundary '{name}', {-state.flux[edges[0]]:.0f} m3/s "
            "through one of its edges: more than the river takes there, or a start from "
            "rest (let it rise over hours)")
