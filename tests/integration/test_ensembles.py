"""Many cases as one submission, and looking back at runs."""

from __future__ import annotations

import json

import pytest

from tests.machines.installation import installed
from tests.machines.tiny_runs import tiny_case
from twin_kernel.errors import InputError, RunError, StorageError
from twin_kernel.runs import find_run, launch
from twin_kernel.runs.describing import described
from twin_kernel.runs.ensembles import find_ensemble, launch_ensemble
from twin_kernel.runs.estimates import calibration
from twin_kernel.runs.history import (
    compare_runs,
    copy_run,
    delete_results,
    plot_resources,
    resources,
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """One ledger and service for the module: its tests only look."""
    with installed(tmp_path_factory.mktemp("ensembles")) as data:
        yield data


@pytest.fixture(scope="module")
def discharges(ledger):
    """Twelve cases, one of which fails."""
    cases = [tiny_case(steps=3, number=number, fails=number == 5) for number in range(12)]
    return launch_ensemble(cases, "discharges", progress=False).wait(progress=False)


def test_failure_hinders_no_other_run(discharges):
    assert discharges.states == {"complete": 11, "failed": 1}
    failures = discharges.failures
    assert len(failures) == 1
    assert "the river blew up" in failures["reason"][0]


def test_sent_again_it_is_the_same_runs(discharges):
    """Only what failed is asked for anew."""
    cases = [tiny_case(steps=3, number=number, fails=False) for number in range(12) if number != 5]
    again = launch_ensemble(cases, "discharges", progress=False)
    assert set(again.ids) < set(discharges.ids)
    assert len(again) == 11


def test_reduced_through_dask(discharges):
    """One number for each run that is complete, whatever the order they ended in."""
    def steps(run):
        return json.loads((run.folder / "output.nc").read_text())["steps"]

    found = discharges.reduce(steps)
    assert list(found) == [3] * 11
    assert set(found.index) < set(discharges.ids)


def test_found_again_by_its_name(discharges):
    assert set(find_ensemble("discharges").ids) == set(discharges.ids)
    with pytest.raises(RunError, match=r"Unknown ensemble.*nowhere"):
        find_ensemble("nowhere")


def test_empty_ensemble_is_refused(ledger):
    with pytest.raises(InputError, match=r"empty.*launch_ensemble"):
        launch_ensemble([], "nothing")


def test_estimate_is_kept_and_scored(discharges):
    """After the ensemble the next run is predicted, and the prediction compared with it."""
    run = launch(tiny_case(steps=4, number=99)).wait(progress=False)
    record = run.record
    assert record.predicted_low < record.predicted_median < record.predicted_high
    assert record.energy > 0
    assert record.carbon > 0
    assert calibration().count >= 1
    told = described(run)
    assert "CO2e" in told["took"]
    assert "interval" in told["predicted"]
    assert run._repr_html_().startswith("<table>")


def test_resources_are_sampled_and_drawn(ledger):
    run = launch(tiny_case(steps=50, number=7)).wait(progress=False)
    found = resources(run)
    assert len(found) >= 2
    assert (found["memory"] > 1.0).any()
    assert len(plot_resources(run).axes) == 2


def test_comparison_says_what_differs(discharges):
    """In the case, by its path; nothing of what is the same."""
    first, second = (find_run(run) for run in discharges.ids[:2])
    found = compare_runs(first, second)
    assert list(found.case.index) == ["solver_options.number"]
    assert list(found.case.iloc[0]) == [0, 1]
    assert "solver_options.number" in str(found)
    assert "results:\nnot compared: " in str(found)
    with pytest.raises(RunError, match="compared with itself"):
        compare_runs(first, first)


def test_downloaded_whole_or_refused(discharges, tmp_path):
    run = find_run(discharges.ids[0])
    target = copy_run(run, tmp_path)
    assert {path.name for path in target.iterdir()} >= {"output.nc", "provenance.json", "case.json"}
    with pytest.raises(StorageError, match="is there already"):
        copy_run(run, tmp_path)
    with pytest.raises(RunError, match="no results to download"):
        copy_run(find_run(discharges.ids[5]), tmp_path)


def test_deleted_results_leave_the_record_and_can_be_computed_anew(ledger):
    run = launch(tiny_case(steps=2, number=50)).wait(progress=False)
    delete_results(run)
    assert not (run.folder / "output.nc").exists()
    assert (run.folder / "provenance.json").is_file()
    assert run.record.state == "complete"
    assert "deleted" in described(run)["results"]
    again = launch(tiny_case(steps=2, number=50)).wait(progress=False)
    assert again.id != run.id
    assert (again.folder / "output.nc").is_file()
