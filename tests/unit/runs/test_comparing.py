"""Two runs are called the same only where their results were compared and are."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from twin_kernel.runs.folder import OUTPUTS
from twin_kernel.runs.history import Comparison, _result_differences

HOURS = pd.date_range("2015-08-01", periods=3, freq="h")


def _run(folder, name, times=HOURS, faces=4, **fields):
    """Return what `compare_runs` reads of a run: its id and its maps."""
    (folder / name).mkdir()
    xr.Dataset({variable: (("time", "face"), np.full((len(times), faces), value), {"units": "m"})
                for variable, value in fields.items()}, {"time": times}).to_netcdf(
        folder / name / OUTPUTS[0])
    return SimpleNamespace(id=name, folder=folder / name)


def _said(*runs):
    results, why = _result_differences(*runs)
    comparison = Comparison(pd.DataFrame(), pd.DataFrame(), results, why)
    assert "the same" not in comparison._repr_html_().split("Results")[1]
    return results, str(comparison).split("results:\n")[1]


def test_largest_and_mean_difference_of_each_variable(tmp_path):
    results, said = _said(_run(tmp_path, "a", water_level=1.0),
                          _run(tmp_path, "b", water_level=1.5))
    assert results.loc["water_level", "largest"] == 0.5
    assert results.loc["water_level", "root_mean_square"] == 0.5
    assert "water_level" in said


def test_variables_of_one_alone_are_named(tmp_path):
    results, said = _said(_run(tmp_path, "a", water_level=1.0, mud=0.1),
                          _run(tmp_path, "b", water_level=1.0, wave_height=0.5))
    assert list(results.index) == ["water_level"]
    assert "only in a: mud; only in b: wave_height" in said


def test_runs_that_cannot_be_compared_are_not_the_same(tmp_path):
    august = _run(tmp_path, "a", water_level=1.0)
    for other, why in (
            (_run(tmp_path, "b", pd.date_range("2015-09-01", periods=3, freq="h"), water_level=1.0),
             "other instants"),
            (_run(tmp_path, "c", faces=5, water_level=1.0), "meshes differ"),
            (SimpleNamespace(id="d", folder=tmp_path / "d"), "d has no maps that can be read"),
            (_run(tmp_path, "e", salinity=1.0), "only in a: water_level; only in e: salinity")):
        results, said = _said(august, other)
        assert len(results) == 0
        assert why in said
