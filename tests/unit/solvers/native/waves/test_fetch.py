"""Fetch: islands, open sea and the mean over directions; exact distances are in analytic tests."""

import numpy as np
import pytest

from tests.unit.solvers.native.waves.lakes import rectangle
from twin_kernel.solvers.native.waves.fetch import fetch_table, rays

SIDE = 100.0
SITE = rectangle(6000.0, 2000.0, SIDE)
DEPTH = np.full(len(SITE.x), 3.0)
NOWHERE = np.zeros(len(SITE.x), bool)
EAST, NORTH, WEST = 0, 9, 18


def at(x, y):
    return int(np.hypot(SITE.x - x, SITE.y - y).argmin())


def test_land_stops_the_wind():
    """An island 400 m wide at x = 3 km; the fetch is known to one triangle."""
    depth = np.where(np.abs(SITE.x - 3000.0) < 200.0, -1.0, 3.0)
    length, mean, _ = rays(SITE, depth, NOWHERE, 36, 25.0)
    assert length[WEST, at(4000, 1000)] == pytest.approx(800.0, abs=SIDE)
    assert length[EAST, at(4000, 1000)] == pytest.approx(2000.0, abs=SIDE)
    assert length[EAST, at(1000, 1000)] == pytest.approx(1800.0, abs=SIDE)
    assert mean[:, at(4000, 1000)] == pytest.approx(3.0)


def test_depth_is_the_mean_on_the_way():
    """Depth 1 m in the western half, 5 m in the eastern; from x = 5 km looking west."""
    depth = np.where(SITE.x < 3000.0, 1.0, 5.0)
    _, mean, _ = rays(SITE, depth, NOWHERE, 36, 25.0)
    exact = (2000.0 * 5.0 + 3000.0 * 1.0) / 5000.0
    assert mean[WEST, at(5000, 1000)] == pytest.approx(exact, abs=4.0 * SIDE / 5000.0)


def test_open_sea_is_seen_only_through_its_boundary():
    at_sea = NOWHERE.copy()
    at_sea[SITE.boundary_faces["ocean"]] = True
    _, _, open_sea = rays(SITE, DEPTH, at_sea, 36, 25.0)
    middle = at(3000, 1000)
    # From the middle the open side spans ±atan(1000/3000) = ±18.4° about west.
    assert list(np.flatnonzero(open_sea[:, middle])) == [17, 18, 19]
    assert not open_sea[NORTH].any()


def test_without_spread_the_fetch_is_that_of_the_ray():
    length, mean, _ = rays(SITE, DEPTH, NOWHERE, 36, 50.0)
    table = fetch_table(SITE, DEPTH, NOWHERE, 36, 0.0, 50.0)
    assert (table.fetch == length).all()
    assert table.depth == pytest.approx(mean)


def test_rays_count_by_their_cosine():
    depth = np.where(SITE.x < 3000.0, 1.0, 5.0)
    length, mean, _ = rays(SITE, depth, NOWHERE, 36, 50.0)
    table = fetch_table(SITE, depth, NOWHERE, 36, 45.0, 50.0)
    apart = np.arange(-4, 5)
    cosine = np.cos(np.radians(10.0 * apart))[:, None]
    for j in (0, 7, 35):
        part = length[(j + apart) % 36].astype(float)
        fetch = (part * cosine**2).sum(0) / cosine.sum()
        assert table.fetch[j] == pytest.approx(fetch, rel=1e-5)  # of float32
        weighted = (part * cosine**2 * mean[(j + apart) % 36]).sum(0)
        assert table.depth[j] == pytest.approx(weighted / (part * cosine**2).sum(0), rel=1e-5)


def test_a_raster_coarser_than_the_water_still_gives_a_fetch():
    table = fetch_table(SITE, DEPTH, NOWHERE, 16, 45.0, 3000.0)
    assert np.isfinite(table.fetch).all()
    assert (table.fetch > 0.0).all()
    assert np.isfinite(table.depth).all()
