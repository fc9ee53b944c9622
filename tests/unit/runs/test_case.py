"""The case refuses what cannot be computed, with messages that say what to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from twin_kernel.errors import ForcingError, InputError
from twin_kernel.runs import Case

PERIOD = {"start": "2015-09-10", "stop": "2015-09-12"}


@pytest.mark.parametrize(("given", "words"), [
    ({"dischrge": {}}, ["Unknown parameter", "dischrge", "did you mean 'discharge'?"]),
    ({"discharge": {"garonne": "120 kg"}}, ["120 kg", "m3/s"]),
    ({"discharge": {"garonne": "climatologie"}}, ["'climatologie'", "did you mean 'climatology'?"]),
    ({"discharge": {"garonne": -5}}, ["-5 m3/s", "0 to 20000 m3/s"]),
    ({"discharge": {"garone": 5}}, ["garone", "garonne, dordogne", "did you mean 'garonne'?"]),
    ({"discharge": {"garonne": "nan"}}, ["nan m3/s", "0 to 20000"]),
    ({"sea_level_offset": 12.0}, ["sea_level_offset", "12.0", "-5 to 5 m"]),
    ({"sea_level_offset": "1 s"}, ["1 s", "m"]),
    ({"friction": {"estuary": 0.02}}, ["estuary", "lower_estuary"]),
    ({"friction": {"garonne": 2.0}}, ["garonne", "Received: 2.", "0.005 to 0.2"]),
    ({"stop": "2015-09-09"}, ["ends before it starts", "2015-09-09"]),
    ({"stop": "2015-09-10"}, ["The period is empty"]),
    ({"start": "2015-02-30"}, ["not a date", "'2015-02-30'", "2015-09-10T06:00"]),
    ({"discharge": {"garonne": "120000 m3/s"}}, ["120000 m3/s", "check its unit"]),
    ({"processes": ["salinity", "sediment"]}, ["processes={'salinity': {}, 'sediment': {}}"]),
    ({"processes": "salinity"}, ["processes={'salinity': {}}"]),
    ({"processes": {"salinity": True}}, ["processes={'salinity': {}}"]),
    ({"start": "yesterday"}, ["start", "yesterday"]),
    ({"start": "2015"}, ["not a date", "'2015'", "2015-09-10T06:00"]),
    ({"start": 5}, ["not a date", "5", "ISO 8601"]),
    ({"discharge": 120}, ["not given by river", "120", "{'garonne': '120 m3/s'}"]),
    ({"discharge": "climatology"}, ["not given by river", "'climatology'"]),
    ({"friction": 0.02}, ["not given by zone", "0.02", "friction_factor"]),
    ({"friction": {"garonne": "nan"}}, ["garonne", "nan", "0.005 to 0.2"]),
    ({"map_interval": float("inf")}, ["map_interval", "inf", "above 0 s"]),
    ({"sea_level_offset": float("nan")}, ["sea_level_offset", "nan"]),
    ({"friction_factor": 0.0}, ["friction_factor", "0.0", "0.2 to 5"]),
    ({"river": "seine"}, ["seine", "gironde"]),
    ({"mesh": "/nowhere/mesh.nc"}, ["/nowhere/mesh.nc", "path to a mesh file"]),
])
def test_refusals_say_value_allowed_and_next_step(given, words):
    """Each bad input is refused with what was received and what is allowed."""
    with pytest.raises(InputError) as refused:
        Case(**{**PERIOD, **given})
    for word in words:
        assert word in str(refused.value)


def test_units_are_converted():
    """A quantity in another unit of the same dimension is the same case."""
    plain = Case(**PERIOD, discharge={"garonne": 0.12}, sea_level_offset=0.3)
    written = Case(**PERIOD, discharge={"garonne": "120 l/s"}, sea_level_offset="30 cm")
    assert plain == written


def test_hash_follows_the_result_only():
    """The same question has the same hash; another friction has another."""
    one, same = Case(**PERIOD), Case(start="2015-09-10T02:00+02:00", stop="2015-09-12")
    assert one.content_hash() == same.content_hash()
    assert Case(**PERIOD, friction_factor=1.1).content_hash() != one.content_hash()


def test_missing_period_is_said():
    """What was not given is called by its name."""
    with pytest.raises(InputError, match=r"'start'.*required.*Received: nothing"):
        Case(stop="2015-09-12")


def test_files_count_by_content_not_by_place(tmp_path):
    """A series moved elsewhere asks the same question; other numbers ask another."""
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for path, value in zip(paths, (120, 120, 130), strict=True):
        path.write_text(f"time,discharge\n2015-09-01,{value}\n2015-09-30,{value}\n")
    one, moved, other = (Case(**PERIOD, discharge={"garonne": path}).content_hash()
                         for path in paths)
    assert one == moved != other


def test_swapped_series_are_another_case(tmp_path):
    """Which river gets which series matters."""
    for name, value in (("a", 100), ("b", 50)):
        (tmp_path / f"{name}.csv").write_text(f"time,discharge\n2015-09-01,{value}\n")
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    one = Case(**PERIOD, discharge={"garonne": first, "dordogne": second})
    other = Case(**PERIOD, discharge={"garonne": second, "dordogne": first})
    assert one.content_hash() != other.content_hash()


def test_instants_of_numpy_and_pandas_are_read():
    """What analysis code holds is accepted."""
    given = Case(start=np.datetime64("2015-09-10"), stop=pd.Timestamp("2015-09-12"))
    assert given == Case(**PERIOD)


def test_case_is_immutable():
    """A case cannot be changed after it was checked."""
    with pytest.raises(Exception, match="frozen"):
        Case(**PERIOD).river = "seine"


@pytest.mark.parametrize("year", ["0001", "1850", "2600", "9999"])
def test_years_without_a_tide_are_refused_with_the_year_that_was_given(year):
    with pytest.raises(ForcingError, match=rf"outside the years.*{year}-01-01"):
        Case(start=f"{year}-01-01", stop=f"{year}-01-02")
    with pytest.raises(ForcingError, match="outside the years"):
        Case(start="9999-12-31T23:00-02:00", stop="2015-01-01")


def test_numbers_of_numpy_and_dates_in_options_are_kept_as_json():
    """A case is written beside its results: what cannot be, would fail there."""
    start = datetime(2015, 8, 1, tzinfo=UTC)
    case = Case(start="2015-08-01", stop="2015-08-02", solver_options={"time_step": np.int64(30)},
                processes={"sediment": {"bed_roughness": np.float32(0.25), "operations": [
                    {"kind": "dredge", "mass_rate": 1.0, "start": start, "stop": start}]}})
    assert case.solver_options == {"time_step": 30}
    assert case.processes["sediment"]["bed_roughness"] == 0.25
    assert case.processes["sediment"]["operations"][0]["start"] == "2015-08-01T00:00:00+00:00"
    assert json.loads(case.model_dump_json())["processes"] == case.processes


@pytest.mark.parametrize(("given", "name"), [
    ({"weather": {"wind_speed": float("nan"), "wind_from_direction": 0}}, "weather.wind_speed"),
    ({"weather": {"wind_speed": None}}, "weather.wind_speed"),
    ({"surge": float("nan")}, "surge"),
    ({"concentrations": {"garonne": {"salinity": float("inf")}}},
     "concentrations.garonne.salinity")])
def test_of_the_forms_of_a_parameter_the_one_meant_is_told(given, name):
    """Not that a dict is no string."""
    with pytest.raises(InputError, match=f"'{name}' of the case is refused.*number"):
        Case(start="2015-08-01", stop="2015-08-02", **given)
