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
                 {"trunk": source}, 6.0, (0.5, 2.5))
    inside = (nodes[:, 0] > 10_000.0) & (nodes[:, 0] <= 19_000.0)
    # 4 %: the sections before make up for the kilometre beyond the last one, which stays shallow.
    np.testing.assert_allclose(bed[inside], -DEPTH, rtol=0.04)
    np.testing.assert_array_equal(bed[nodes[:, 0] > 19_000.0], -3.0)  # beyond the last section
    np.testing.assert_array_equal(bed[nodes[:, 0] < 5_000.0], -3.0)


def test_the_factor_of_the_depth_stays_in_its_bounds():
    """Sections ten times deeper deepen the bed by the bound and no more."""
    mesh, nodes, sea, source = _channel(5.0)
    bed = convey(nodes, mesh.face_nodes, mesh.node_bed, nodes[:, 0] / 1000.0,
                 np.full(len(nodes), "trunk"), {"trunk": _sections(50.0)}, sea,
                 {"trunk": source}, 6.0, (0.9, 1.5))
    assert bed.min() == pytest.approx(-7.5)


def test_water_above_the_last_section_is_no_part_of_it():
    """Sections end half way up a channel that is as they say: nothing is deepened, nor above it.

    Its head was counted in the last one's kilometre, and the rivers above came out twice as deep.
    """
    mesh, nodes, sea, source = _channel(DEPTH)
    half = _sections(DEPTH)[lambda table: table["km_from_mouth"] < 11.0]
    bed = convey(nodes, mesh.face_nodes, mesh.node_bed, nodes[:, 0] / 1000.0,
                 np.full(len(nodes), "trunk"), {"trunk": half}, sea, {"trunk": source}, 2.0,
                 (0.5, 2.0))
    np.testing.assert_allclose(bed[nodes[:, 0] < 9_000.0], -DEPTH, rtol=0.02)
    np.testing.assert_array_equal(bed[nodes[:, 0] > 10_000.0], -DEPTH)


def test_flats_keep_their_level():
    """A channel of 5 m between flats of 1 m is deepened to carry its section, the flats are not."""
    mesh = rectangle(LENGTH, WIDTH, 80, 8,
                     lambda x, y: np.where(abs(y - 0.5 * WIDTH) < 0.35 * WIDTH, -5.0, -1.0),
                     ("west", "east"))
    nodes = np.stack([mesh.node_x, mesh.node_y], axis=1)
    x = nodes[mesh.face_nodes][..., 0]
    sea, source = (x < 1.0).sum(axis=1) >= 2, (x > LENGTH - 1.0).sum(axis=1) >= 2
    bed = convey(nodes, mesh.face_nodes, mesh.node_bed, nodes[:, 0] / 1000.0,
                 np.full(len(nodes), "trunk"), {"trunk": _sections(5.0)}, sea,
                 {"trunk": source / source.sum()}, 2.0, (0.5, 2.0))
    flat = mesh.node_bed > -2.0
    np.testing.assert_array_equal(bed[flat], -1.0)
    assert bed[~flat & (abs(nodes[:, 0] - 12_000.0) < 7_000.0)].max() < -5.2
