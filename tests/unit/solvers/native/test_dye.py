"""The dye process: releases, refusals, budget, and a resumed run that is the same."""

import copy

import numpy as np
import pytest
from pydantic import ValidationError

from tests.unit.solvers.native.parcels import random_water, site_of, started, water_of
from twin_kernel.errors import InputError
from twin_kernel.solvers.native.dye import Dye, DyeOptions, Release
from twin_kernel.solvers.native.process import ORDER
from twin_kernel.variables import VARIABLES

SITE = site_of(30, zone_names=("sea", "river"), zone=[0] * 15 + [1] * 15)
ALL = {"releases": (
    {"tracer": "dye_1", "mass": 100.0, "x": 41.0, "y": 3.0, "start": 600.0, "duration": 7200.0,
     "decay": 0.5},
    {"tracer": "dye_2", "mass": 7.0, "zone": "river"},
    {"tracer": "dye_1", "mass": 20.0, "zone": "sea", "duration": 9000.0, "decay": 0.5}),
    "water_age": True, "residence_zones": ("river",)}


def test_is_a_process():
    process = Dye(SITE, DyeOptions(**ALL))
    _, memory = started(process, water_of(SITE))
    assert process.name in ORDER
    assert process.tracers == (
        "dye_1", "dye_2", "marked_water", "age_concentration", "residence_dye")
    assert {*process.tracers, *process.shown, *process.stations} <= set(VARIABLES)
    assert all(name in VARIABLES or name.startswith("dye.") for name in memory)
    assert set(process.shown) <= set(memory)


def test_release_waits_for_its_time_and_is_whole_after_its_duration():
    process = Dye(SITE, DyeOptions(releases=(
        {"mass": 100.0, "x": 41.0, "y": 3.0, "start": 600.0, "duration": 1200.0},)))
    tracers, memory = started(process, water_of(SITE))
    for time, mass in ((300.0, 0.0), (600.0, 0.0), (900.0, 25.0), (1500.0, 75.0), (2500.0, 100.0),
                       (2800.0, 100.0)):
        process.advance(water_of(SITE, dt=300.0, time=time), tracers, memory)
        assert tracers["dye_1"] @ water_of(SITE).volume == pytest.approx(mass, rel=1e-14)
    assert tracers["dye_1"].argmax() == 4
    assert np.count_nonzero(tracers["dye_1"]) == 1


def test_release_finds_the_nearest_water_or_waits():
    process = Dye(SITE, DyeOptions(releases=({"mass": 10.0, "x": 100.0, "y": 0.0},)))
    depth = np.zeros(30)
    tracers, memory = started(process, water_of(SITE, depth))
    process.advance(water_of(SITE, depth), tracers, memory)
    assert not tracers["dye_1"].any()
    depth[[2, 16]] = 3.0
    depth[11] = 0.01
    process.advance(water_of(SITE, depth, time=60.0), tracers, memory)
    assert np.flatnonzero(tracers["dye_1"]).tolist() == [16]
    assert tracers["dye_1"][16] == 10.0 / 300.0


def test_zone_is_dyed_evenly_where_it_is_wet():
    process = Dye(SITE, DyeOptions(releases=({"mass": 10.0, "zone": "river"},)))
    depth = np.where(np.arange(30) % 2, 4.0, 0.0)
    tracers, memory = started(process, water_of(SITE, depth))
    process.advance(water_of(SITE, depth), tracers, memory)
    dyed = np.flatnonzero(tracers["dye_1"])
    assert dyed.tolist() == [15, 17, 19, 21, 23, 25, 27, 29]
    np.testing.assert_allclose(tracers["dye_1"][dyed], 10.0 / (8 * 400.0), rtol=1e-15)


@pytest.mark.parametrize("given", [
    {"mass": 1.0}, {"mass": 1.0, "x": 1.0}, {"mass": 1.0, "x": 1.0, "y": 1.0, "zone": "sea"},
    {"mass": 0.0, "zone": "sea"}, {"mass": 1.0, "zone": "sea", "tracer": "dye_7"},
    {"mass": 1.0, "x": float("nan"), "y": 0.0}])
def test_refuses_a_release_without_one_place(given):
    with pytest.raises(ValidationError):
        Release(**given)


def test_refuses_two_decays_of_one_dye():
    with pytest.raises(ValidationError, match="dye_1 have different decays"):
        DyeOptions(releases=({"mass": 1.0, "zone": "sea"},
                             {"mass": 1.0, "zone": "sea", "decay": 1.0}))


@pytest.mark.parametrize("given", [{"residence_zones": ("delta",)},
                                   {"releases": ({"mass": 1.0, "zone": "delta"},)}])
def test_refuses_a_zone_that_the_mesh_has_not(given):
    with pytest.raises(InputError, match=r"Received: delta\. Allowed: sea, river\."):
        Dye(SITE, DyeOptions(**given))


def test_budget_closes_and_a_resumed_run_is_the_same():
    """On fixed random depths, a fifth dry: 2,000 sums rounded to 1e-16 of 127 kg."""
    process, random = Dye(SITE, DyeOptions(**ALL)), np.random.default_rng(3)
    depth = random_water(random, SITE).depth
    tracers, memory = started(process, water_of(SITE, depth))
    before = process.amounts(water_of(SITE, depth), tracers, memory)
    for step in range(2000):
        if step == 700:
            twin = copy.deepcopy((tracers, memory))
            again = Dye(SITE, DyeOptions(**ALL))
        water = water_of(SITE, depth, time=60.0 * (step + 1))
        process.advance(water, tracers, memory)
        if step >= 700:
            again.advance(water, *twin)
    for name, amount in process.amounts(water, tracers, memory).items():
        change = amount.present - before[name].present - amount.produced
        assert abs(change) < 1e-12 * max(127.0, amount.present)
    for mine, other in zip((tracers, memory), twin, strict=True):
        for name in mine:
            np.testing.assert_array_equal(mine[name], other[name])
