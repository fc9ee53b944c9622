"""What a setup may not ask of the native solver is refused before anything is written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from tests.contract.test_solvers import START, _setup
from twin_kernel.errors import InputError
from twin_kernel.solvers.registry import get_solver

DUMP = {"kind": "dump", "mass_rate": 1.0, "start": "2020-01-01T00:00Z", "stop": "2020-01-01T02:00Z"}


def _refused(tmp_path, words, setup):
    with pytest.raises(InputError) as refusal:
        get_solver("native").prepare(setup, tmp_path)
    for word in words:
        assert word in str(refusal.value), str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def _asking(**processes):
    """Return the setup with processes; what enters with the water is nought."""
    setup = _setup(1.0)
    forcing = setup.forcing.assign(mud=("boundary", [0.0]))
    return replace(setup, forcing=forcing, processes={"salinity": {}, **processes})


@pytest.mark.parametrize(("processes", "words"), [
    ({"dye": {"releases": [{"mass": 1.0, "zone": "nowhere"}]}}, ("nowhere", "everywhere")),
    ({"dye": {"residence_zones": ["nowhere"]}}, ("nowhere", "everywhere")),
    ({"dye": {"releases": [{"mass": 1.0, "x": -0.55, "y": 44.84}]}}, ()),
    ({"dye": {"releases": [{"mass": 1.0, "x": 1e8, "y": 0.0}]}}, ("not in the water", "nearest")),
    ({"dye": {"releases": [{"mass": 1.0, "zone": "everywhere", "start": 7200.0}]}},
     ("after the end", "7200", "3600")),
    ({"dye": {}}, ("nothing to follow", "releases")),
    ({"waves": {"swell_from": "nowhere", "swell_height": 2.0}}, ("nowhere", "west")),
    ({"sediment": {"classes": [{"kind": "mud", "initial_bed": {"nowhere": 1.0}}]}},
     ("nowhere", "everywhere")),
    ({"sediment": {"classes": [{"kind": "mud", "pool": {"mass": 1e9, "salinity": [41, 42]}}]}},
     ("pool of 'mud'", "salinity 41 to 42", "at the start")),
    ({"sediment": {"classes": [{"kind": "mud", "initial": {"nowhere": 1.0}}]}},
     ("water of 'mud'", "nowhere", "everywhere")),
    ({"sediment": {"operations": [{**DUMP, "zone": "nowhere"}]}}, ("nowhere", "everywhere")),
    ({"sediment": {"operations": [{**DUMP, "zone": "everywhere", "start": "2021-01-01T00:00Z",
                                   "stop": "2021-01-02T00:00Z"}]}},
     ("dump of 'mud'", "outside the period", "2021-01-01")),
    ({"dye": {"releases": [{"mass": 1.0, "zone": "everywhere", "start": "7200"}]}},
     ("after the end", "7200")),
    ({"waves": {}}, ("Nothing raises the waves", "swell_height", "climatology")),
    ({"sediment": {"operations": [{**DUMP, "polygon": [[1e8, 0], [1e8, 1], [1e8 + 1, 0]]}]}},
     ("No triangle lies",)),
    ({"sediment": {"classes": [{"kind": "mud", "velocity": 5.0}]}},
     ("classes.0.velocity", "5.0", "velocity 0 to 0.1 (usually 0.001)")),
    ({"sediment": {"classes": [{"kind": "clay"}]}}, ("kind 'mud' or 'sand'",)),
    ({"sediment": []}, ("[]", "a dict of options")),
])
def test_processes_that_this_mesh_or_period_has_no_place_for(tmp_path, processes, words):
    if not words:  # metres: 45 m from the origin of this small mesh is in its water
        get_solver("native").check(_asking(**processes))
        return
    _refused(tmp_path, words, _asking(**processes))


def test_swell_of_the_weather_needs_a_boundary_too(tmp_path):
    """Also where it rises only later."""
    setup = _asking(waves={"swell_from": "nowhere"})
    times = setup.forcing["time"].values
    height = np.where(np.arange(len(times)) > 1, 2.0, 0.0)
    weather = xr.Dataset({"swell_height": ("time", height)}, coords={"time": times})
    _refused(tmp_path, ("nowhere", "west"), replace(setup, weather=weather))


@pytest.mark.parametrize("bed", [8.0, 200.0])
def test_a_boundary_that_the_tide_never_reaches(tmp_path, bed):
    """As of depths, positive down, taken for levels."""
    setup = _setup(1.0)
    mesh = replace(setup.mesh, node_bed=np.full(setup.mesh.n_node, bed))
    _refused(tmp_path, ("always dry", f"{bed:g} m", "positive down"), replace(setup, mesh=mesh))


def test_a_density_gradient_where_there_is_something_is_taken_anyhow():
    """A river's default, with or without salt."""
    for processes in ({}, {"salinity": {}}):
        get_solver("native").check(replace(_setup(1.0), processes=processes,
                                           options={"density_gradient": "auto"}))


def test_a_density_gradient_needs_something_in_the_water(tmp_path):
    setup = replace(_setup(1.0), processes={}, options={"density_gradient": True})
    _refused(tmp_path, ("density_gradient=True", "salinity"), setup)


@pytest.mark.parametrize("order", [[0, 5, 3, 2, 4, 6], [0, 1, 1, 2, 3, 4]])
def test_times_that_do_not_increase(tmp_path, order):
    """Interpolation would take either, and give other water without a word."""
    setup = _setup(1.0)
    order += list(range(max(order) + 1, setup.forcing.sizes["time"]))
    _refused(tmp_path, ("times of the forcing", "row"),
             replace(setup, forcing=setup.forcing.isel(time=order)))


def test_an_instant_that_is_none(tmp_path):
    setup = _setup(1.0)
    times = setup.forcing["time"].values.copy()
    times[3] = np.datetime64("NaT")
    _refused(tmp_path, ("NaT", "row 3"),
             replace(setup, forcing=setup.forcing.assign_coords(time=times)))


@pytest.mark.parametrize(("change", "words"), [
    ({"initial_level": float("nan")}, ("initial_level", "nan")),
    ({"latitude": 120.0}, ("latitude", "120", "-90 to 90")),
    ({"options": {"checkpoint_interval": float("inf")}}, ("checkpoint_interval", "inf")),
])
def test_numbers_that_are_none(tmp_path, change, words):
    _refused(tmp_path, words, replace(_setup(1.0), **change))


def test_a_boundary_of_unknown_kind(tmp_path):
    setup = _setup(1.0)
    forcing = setup.forcing.assign(kind=("boundary", ["waterlevel"]))
    _refused(tmp_path, ("waterlevel", "water_level"), replace(setup, forcing=forcing))


def test_the_setup_itself_is_taken():
    """So that none of the refusals above is for another reason."""
    get_solver("native").check(_asking(dye={"releases": [{"mass": 1.0, "zone": "everywhere"}]}))
    assert _setup().stop > START


def test_a_discharge_that_leaves_is_refused(tmp_path):
    """It would take water that is not there, and say that the budget closes."""
    setup = _setup(1.0)
    forcing = setup.forcing.copy(deep=True)
    forcing["kind"][0] = "discharge"
    forcing["value"][0, 3] = -50.0
    _refused(tmp_path, ("negative", "-50 m3/s"), replace(setup, forcing=forcing))
