"""Rectangular basins of equal right triangles, as a `Site`, and water in them."""

import numpy as np

from twin_kernel.solvers.native.process import Site, Water


def rectangle(length, width, side):
    """Return a basin from (0, 0) to (length, width), m, of squares cut in two.

    Its open boundary "ocean" is the side x = 0.
    """
    columns, rows = round(length / side), round(width / side)
    row, column = (part.ravel() for part in np.mgrid[:rows, :columns])
    lower = row * columns + column
    upper = lower + rows * columns
    inner, below = column > 0, row > 0
    left = np.concatenate([lower, lower[inner] - 1, lower[below]])
    right = np.concatenate([upper, upper[inner], upper[below] - columns])
    # The cut runs from the lower left to the upper right corner; "lower" lies under it.
    x = side * np.concatenate([column + 2.0 / 3.0, column + 1.0 / 3.0])
    y = side * np.concatenate([row + 1.0 / 3.0, row + 2.0 / 3.0])
    return Site(
        x=x, y=y, area=np.full(2 * len(row), 0.5 * side * side),
        zone=np.zeros(2 * len(row), np.int64), zone_names=("lake",),
        edge_left=left.astype(np.int32), edge_right=right.astype(np.int32),
        boundary_names=("ocean",), latitude=45.0,
        boundary_faces={"ocean": upper[column == 0]},
    )


def water_in(site, depth, time=0.0, dt=60.0, **weather):
    """Return water at level 0 with a given depth, number or (n_face,), m."""
    depth = np.broadcast_to(np.asarray(depth, float), site.x.shape).copy()
    zero = np.zeros(len(depth))
    instant = np.datetime64("2015-09-01", "ns") + np.timedelta64(int(time), "s")
    return Water(
        time=time, dt=dt, instant=instant,
        volume=depth * site.area, depth=depth, level=zero, bed=-depth, velocity_x=zero,
        velocity_y=zero, speed=zero, manning_squared=np.full(len(depth), 4.0e-4),
        weather=weather,
    )
