"""Swell: depth limitation, shadow, dry banks, and how much of it a place faces."""

import math

import numpy as np
import pytest

from tests.unit.solvers.native.waves.lakes import rectangle
from twin_kernel.solvers.native.waves.swell import exposure, march_swell, swell_paths

SITE = rectangle(6000.0, 1000.0, 100.0)


def march(depth, height=2.0, period=10.0, friction=0.0, reference=None, breaking=0.55):
    depth = np.broadcast_to(np.asarray(depth, float), SITE.x.shape).copy()
    paths = swell_paths(SITE, depth if reference is None else reference,
                        SITE.boundary_faces["ocean"])
    out, speed, sinh = np.zeros((3, len(depth)))
    march_swell(height, period, depth, paths.order, paths.parent, paths.distance, friction,
                breaking, out, speed, sinh)
    return out


def test_swell_breaks_for_good_on_a_bar():
    """A bar of 1 m in 8 m of water: over it H = gamma h, behind it what shoaling makes of that."""
    depth = np.where(np.abs(SITE.x - 3000.0) < 300.0, 1.0, 8.0)
    height = march(depth)
    assert (height <= 0.55 * depth + 1e-12).all()
    before, behind = height[SITE.x < 2600.0], height[SITE.x > 3400.0]
    assert before == pytest.approx(2.0)
    assert height[depth == 1.0] == pytest.approx(0.55)
    assert behind.max() < 0.55
    assert behind.min() > 0.3


@pytest.mark.parametrize("breaking", [0.4, 0.55, 0.78])
def test_depth_limits_swell_on_a_beach(breaking):
    depth = np.maximum(8.0 - SITE.x / 700.0, 0.1)
    height = march(depth, height=5.0, breaking=breaking)
    assert height == pytest.approx(breaking * depth, rel=0.02) or (
        height <= breaking * depth + 1e-12).all()
    assert height[depth < 0.3] == pytest.approx(breaking * depth[depth < 0.3])


def test_nothing_passes_dry_land():
    depth = np.where(np.abs(SITE.x - 3000.0) < 100.0, 0.0, 5.0)
    height = march(depth)
    assert (height[SITE.x < 2800.0] > 1.9).all()
    assert (height[SITE.x > 3100.0] == 0.0).all()


def test_swell_goes_round_a_bank_that_dries():
    """A bank of half the width, covered by 0.3 m at the reference level, dry now."""
    bank = (np.abs(SITE.x - 3000.0) < 200.0) & (SITE.y < 500.0)
    reference = np.where(bank, 0.3, 5.0)
    height = march(np.where(bank, 0.0, 5.0), reference=reference)
    assert (height[bank] == 0.0).all()
    assert (height[~bank & (SITE.x > 3600.0)] > 1.9).all()


def test_no_source_no_swell():
    assert (march(5.0, reference=np.full(len(SITE.x), -1.0)) == 0.0).all()


def test_facing_the_sea():
    """Energy is even about its direction: all seen is 1, half of it root a half, none 0."""
    angles = 10.0 * np.arange(36)
    half = np.cos(np.radians(angles - 185.0)) > 0.0
    seen = np.stack([np.ones(36), half, np.zeros(36)], axis=1).astype(bool)
    factor = exposure(seen, math.radians(95.0), 25.0)
    assert factor == pytest.approx([1.0, math.sqrt(0.5), 0.0], abs=1e-12)


def test_narrow_swell_is_cut_off_more_sharply():
    seen = (np.abs(10.0 * np.arange(36) - 180.0) < 35.0)[:, None]
    factors = [exposure(seen, math.pi, s)[0] for s in (10.0, 25.0, 75.0)]
    assert factors == sorted(factors)
    assert factors[0] < 0.97 < 0.99 < factors[2]
    assert exposure(seen, 0.0, 75.0)[0] < 1e-6
