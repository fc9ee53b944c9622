"""A channel conveys by its width and depth, and is deepened to what its section says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.analytic.channels import rectangle
from twin_kernel.mesh.conveyance import convey, mesh_conveyance, section_conveyance

LENGTH, WIDTH, DEPTH = 20_000.0, 800.0, 4.0


def _channel(depth):
    mesh = rectangle(LENGTH, WIDTH, 80, 4, lambda x, y: -depth + 0 * x, ("west", "east"))
    nodes = np.stack([mesh.node_x, mesh.node_y], axis=1)
    x = nodes[mesh.face_nodes][..., 0]
    sea, source = (x < 1.0).sum(axis=1) >= 2, (x > LENGTH - 1.0).sum(axis=1) >= 2
    return mesh, nodes, sea, source / source.sum()


def _sections(depth):
    km = np.arange(1.0, 20.0, 2.0)
    beds = {f"bed_p{q:02d}_m": -depth + 0 * km for q in (5, 25, 50, 75, 95)}
    return pd.DataFrame({"km_from_mouth": km, "width_m": WIDTH, **beds})


def test_a_uniform_channel_conveys_width_times_depth_to_five_thirds():
    """Chow (1959, eq. 6-3) without n; two-point fluxes are exact for a uniform slope."""
    mesh, nodes, sea, source = _channel(DEPTH)
    km = nodes[mesh.face_nodes][..., 0].mean(axis=1) / 1000.0
    found = mesh_conveyance(nodes, mesh.face_nodes, mesh.node_bed, km, np.arange(1.0, 20.0, 2.0),
                            sea, source, 0.0, np.ones(len(km), dtype=bool))
    # 2 %: at both ends the water enters and leaves through single triangles.
    np.testing.assert_allclose(found, WIDTH * DEPTH ** (5 / 3), rtol=0.02)
    assert section_conveyance(_sections(DEPTH), 0.0) == pytest.approx(WIDTH * DEPTH ** (5 / 3))


def test_a_channel_too_shallow_is_deepened_to_its_sections():
    """From 3 m to 4 m landward of km 6; seaward nothing changes."""
    mesh, nodes, sea, source = _channel(3.0)
    bed = convey(nodes, mesh.face_nodes, mesh.node_bed, nodes[:, 0] / 1000.0,
                 np.full(len(nodes), "trunk"), {"trunk": _sections(DEPTH)}, sea,
                 {"trunk": source}, 6.0, (0.5, 2.0))
    np.testing.assert_allclose(bed[nodes[:, 0] > 10_000.0], -DEPTH, rtol=0.02)
    np.testing.assert_array_equal(bed[nodes[:, 0] < 5_000.0], -3.0)


def test_the_factor_of_the_depth_stays_in_its_bounds():
    """Sections ten times deeper deepen the bed by the bound and no more."""
    mesh, nodes, sea, source = _channel(3.0)
    bed = convey(nodes, mesh.face_nodes, mesh.node_bed, nodes[:, 0] / 1000.0,
                 np.full(len(nodes), "trunk"), {"trunk": _sections(30.0)}, sea,
                 {"trunk": source}, 6.0, (0.9, 1.5))
    assert bed.min() == pytest.approx(-4.5)
