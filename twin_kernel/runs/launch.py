"""From a case to a run: refuse, remember, or start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twin_kernel.runs.case import Case
from twin_kernel.runs.cluster import check_cores
from twin_kernel.runs.folder import check_storage, make_folder
from twin_kernel.runs.ledger import Ledger, Record, State, now, open_ledger
from twin_kernel.runs.run import Run, reconcile
from twin_kernel.runs.setup import build_setup
from twin_kernel.settings import get_settings
from twin_kernel.solvers.registry import get_solver

__all__ = ["launch"]


def launch(case: Case, cores: int = 1, profile: str = "local", recompute: bool = False) -> Run:
    """Start a run of a case and return at once.

    The same case is answered from the ledger: a complete run is shown, an active one joined, an
    interrupted one resumed from its checkpoint. The run does not depend on the calling process.

    Parameters
    ----------
    case : Case
    cores : int
        Cores of the solver; more than the profile or the solver has is refused.
    profile : str
        Where to run, a profile of the settings.
    recompute : bool
        Compute anew what is already computed.

    Returns
    -------
    Run

    Raises
    ------
    InputError, StorageError
        Whatever can be refused is refused before anything is written.
    """
    solver = get_solver(case.solver)
    check_cores(cores, profile, solver.maximum_cores, solver.name)
    ledger, digest = open_ledger(), case.content_hash()
    known = None if recompute else _known_run(ledger, digest)
    if known is not None and known.state != State.INTERRUPTED:
        return _show(known, ledger)
    setup = build_setup(case)
    solver.check(setup)
    check_storage(get_settings().runs_directory, setup)
    if known is not None and Path(known.folder).is_dir():
        print(f"run {known.id} was interrupted: it goes on from its last checkpoint")
        ledger.move(known.id, {State.INTERRUPTED}, State.REQUESTED, started=now())
        record = known
    else:
        record = ledger.add(
            case_hash=digest, case_json=case.model_dump_json(),
            solver=f"{solver.name} {solver.version}", profile=profile, cores=cores,
            folder=str(get_settings().runs_directory))
        make_folder(Path(record.folder), record.case_json,
                    lambda folder: solver.prepare(setup, folder))
    _start_driver(record)
    return Run(record, ledger)


def _known_run(ledger: Ledger, digest: str) -> Record | None:
    """Return the most useful earlier run of a case: complete, else active, else interrupted."""
    rank = {State.COMPLETE: 0, State.RUNNING: 1, State.REQUESTED: 1, State.INTERRUPTED: 2}
    found = [reconcile(ledger, record) for record in ledger.list(case_hash=digest)]
    found = [record for record in found if State(record.state) in rank and _whole(record)]
    return min(found, key=lambda record: rank[State(record.state)], default=None)


def _whole(record: Record) -> bool:
    """Tell whether a run has the files that its state promises."""
    if record.state != State.COMPLETE:
        return True
    return all((Path(record.folder) / name).is_file() for name in
               ("output.nc", "stations.nc", "summary.json", "provenance.json"))


def _show(record: Record, ledger: Ledger) -> Run:
    if record.state == State.COMPLETE:
        print(f"already computed, shown: run {record.id} of {record.finished} "
              "(recompute=True computes it anew)")
        return Run(record, ledger, already_computed=True)
    print(f"already being computed: run {record.id}")
    return Run(record, ledger)


def _start_driver(record: Record) -> None:
    """Start the process that drives the run, in a session of its own."""
    with (Path(record.folder) / "driver.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "twin_kernel.runs.driver", record.id],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True)
