"""Small meshes with known figures."""

import numpy as np

from twin_kernel.mesh import Mesh


def lattice(columns=6, rows=4, side=100.0):
    """Return a parallelogram of equilateral triangles, open at its left and right ends."""
    number = np.arange((columns + 1) * (rows + 1)).reshape(rows + 1, columns + 1)
    column, row = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1))
    x = side * (column + 0.5 * row).ravel()
    y = side * np.sqrt(0.75) * row.ravel()
    a, b = number[:-1, :-1].ravel(), number[:-1, 1:].ravel()
    c, d = number[1:, :-1].ravel(), number[1:, 1:].ravel()
    return Mesh(
        node_x=x.astype(float), node_y=y.astype(float),
        face_nodes=np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]),
        node_bed=-5.0 - 0.001 * x, crs="EPSG:2154", vertical_datum="mean sea level",
        open_boundaries={"ocean": np.stack([number[:-1, 0], number[1:, 0]], 1),
                         "garonne": np.stack([number[:-1, -1], number[1:, -1]], 1)})
