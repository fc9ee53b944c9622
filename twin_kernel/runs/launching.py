"""From a case to a run: refuse, remember, or start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from twin_kernel.errors import StorageError
from twin_kernel.runs.case import Case
from twin_kernel.runs.cluster import check_cores
from twin_kernel.runs.folder import (
    COMMAND,
    check_storage,
    make_folder,
    missing_outputs,
    write_json,
)
from twin_kernel.runs.ledger import Ledger, Record, State, now, open_ledger
from twin_kernel.runs.run import Run, reconcile
from twin_kernel.runs.setup import build_setup
from twin_kernel.settings import get_settings
from twin_kernel.solvers.protocol import Setup, Solver
from twin_kernel.solvers.registry import available_solvers, get_solver

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
        Compute anew what is already computed; a run being computed is joined all the same.

    Returns
    -------
    Run

    Raises
    ------
    InputError, StorageError
        Whatever can be refused is refused before anything is written.
    """
    case = Case(**case.model_dump())  # again: a copy with updates was never validated
    solver = get_solver(case.solver)
    check_cores(cores, profile, solver.maximum_cores, solver.name)
    ledger, digest = open_ledger(), case.content_hash()
    known = _known_run(ledger, digest)
    if known is not None and _answers(known, recompute):
        return _show(known, ledger)
    setup = build_setup(case)
    solver.check(setup)
    check_storage(get_settings().runs_directory, setup)
    if known is not None and known.state == State.INTERRUPTED and not recompute:
        record = _take_up(ledger, known, cores, profile)
    else:
        record = ledger.add(
            case_hash=digest, case_json=case.model_dump_json(),
            solver=f"{solver.name} {solver.version}", profile=profile, cores=cores,
            folder=str(get_settings().runs_directory.resolve()))
    if record is None:  # another client asked for the same case in the meantime
        return _show(_known_run(ledger, digest), ledger)
    _start(ledger, record, solver, setup)
    return Run(record, ledger)


def _known_run(ledger: Ledger, digest: str) -> Record | None:
    """Return the most useful earlier run of a case: active, else complete, else interrupted."""
    rank = {State.RUNNING: 0, State.REQUESTED: 0, State.COMPLETE: 1, State.INTERRUPTED: 2}
    found = [reconcile(ledger, record) for record in ledger.list(case_hash=digest)]
    found = [record for record in found if State(record.state) in rank and _whole(record)]
    return min(found, key=lambda record: rank[State(record.state)], default=None)


def _whole(record: Record) -> bool:
    """Tell whether a run has the files that its state promises."""
    folder = Path(record.folder)
    if record.state == State.COMPLETE:
        return not missing_outputs(folder) and (folder / "provenance.json").is_file()
    return State(record.state).active or folder.is_dir()


def _answers(known: Record, recompute: bool) -> bool:
    """Tell whether a known run is what was asked for: one being computed always is."""
    return State(known.state).active or (known.state == State.COMPLETE and not recompute)


def _show(record: Record, ledger: Ledger) -> Run:
    if record.state == State.COMPLETE:
        print(f"already computed, shown: run {record.id} of {record.finished} "
              "(recompute=True computes it anew)")
        return Run(record, ledger, already_computed=True)
    print(f"already being computed: run {record.id}")
    return Run(record, ledger)


def _take_up(ledger: Ledger, known: Record, cores: int, profile: str) -> Record | None:
    """Ask again for an interrupted run; None where another client just did."""
    asked = ledger.move(known.id, {State.INTERRUPTED}, State.REQUESTED, started=now(),
                        driver_pid=None, cores=cores, profile=profile)
    if not asked:
        return None
    print(f"run {known.id} was interrupted: it goes on from its last checkpoint")
    return ledger.get(known.id)


def _start(ledger: Ledger, record: Record, solver: Solver, setup: Setup) -> None:
    """Write the run's folder where it has none, and start its driver; on failure say so."""
    folder = Path(record.folder)
    try:
        if not folder.is_dir():
            make_folder(folder, record.case_json, lambda place: solver.prepare(setup, place))
        write_json({"command": list(solver.command(folder, record.cores)),
                    "distribution": available_solvers()[solver.name].distribution},
                   folder / COMMAND)
        _start_driver(ledger, record)
    except BaseException as error:
        ledger.move(record.id, {State.REQUESTED}, State.FAILED, finished=now(),
                    reason=f"it could not be started: {type(error).__name__}: {error}")
        if isinstance(error, OSError) and not isinstance(error, StorageError):
            raise StorageError(
                "The run cannot be written or started", received=f"{folder}: {error}",
                allowed="a disk with space and a folder you may write in",
                next_step="free some space, or set TWIN_DATA_DIRECTORY") from error
        raise


def _start_driver(ledger: Ledger, record: Record) -> None:
    """Start the process that drives the run, in a session of its own."""
    with (Path(record.folder) / "driver.log").open("ab") as log:
        driver = subprocess.Popen(
            [sys.executable, "-m", "twin_kernel.runs.driver", record.id],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True)
    # Known at once, a driver that dies before it begins is not waited for.
    ledger.move(record.id, {State.REQUESTED}, State.REQUESTED, driver_pid=driver.pid,
                driver_started=psutil.Process(driver.pid).create_time())
