"""From a case to a run: refuse, remember, or ask the run service for it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twin_kernel.errors import InputError, RunError, StorageError
from twin_kernel.runs.case import Case
from twin_kernel.runs.estimates import Estimate, estimate, work_of
from twin_kernel.runs.folder import COMMAND, check_storage, make_folder, missing_outputs, write_json
from twin_kernel.runs.ledger import Ledger, Record, State, open_ledger
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.ledger.remote import RemoteLedger
from twin_kernel.runs.prediction import Work
from twin_kernel.runs.profiles import check_cores, check_memory, check_project
from twin_kernel.runs.provenance import software
from twin_kernel.runs.run import Run
from twin_kernel.runs.service.starting import ensure_service
from twin_kernel.runs.setup import build_setup
from twin_kernel.settings import get_settings
from twin_kernel.solvers.protocol import Setup, Solver
from twin_kernel.solvers.registry import available_solvers, get_solver

__all__ = ["launch", "predict"]


def launch(case: Case, cores: int = 1, profile: str = "local", recompute: bool = False, *,
           project: str = "", priority: int = 0, after: Sequence[Run | str] = (),
           key: str | None = None, ensemble: str | None = None, quiet: bool = False) -> Run:
    """Ask for a run of a case and return at once.

    The same case is answered from the ledger: a complete run is shown, an active one joined, one
    that was cancelled or paused goes on from its checkpoint. The run does not depend on the
    calling process.

    Parameters
    ----------
    case : Case
    cores : int
        Cores of the solver; more than the profile or the solver has is refused.
    profile : str
        Where to run, a profile of the settings.
    recompute : bool
        Compute anew what is already computed; a run being computed is joined all the same.
    project : str
        Whose core-hours it takes, and whose members may see it; empty for none.
    priority : int
        -10 to 10; the higher goes first.
    after : sequence of Run or str
        Runs that must be complete before this one begins.
    key : str or None
        Of this request: sent twice, it is one run, whatever became of it.
    ensemble : str or None
        Name of the ensemble it belongs to.
    quiet : bool
        Whether to say nothing about what it will take.

    Returns
    -------
    Run

    Raises
    ------
    InputError, StorageError
        Whatever can be refused is refused before anything is written.
    RunError
        Where a managed run service is not up; the request is recorded all the same.
    """
    case = Case(**case.model_dump())  # again: a copy with updates was never validated
    project = project or get_settings().project
    ledger = open_ledger()
    if isinstance(ledger, RemoteLedger):
        return _ask_hub(ledger, quiet, case=case.model_dump(mode="json"), cores=cores,
                        profile=profile, recompute=recompute, project=project, priority=priority,
                        after=_identities(after), key=key, ensemble=ensemble)
    solver = get_solver(case.solver)
    check_cores(cores, profile, solver.maximum_cores, solver.name, _parallelism(solver))
    if not -10 <= priority <= 10:
        raise InputError("The priority is refused", received=priority, allowed="-10 to 10",
                         next_step="choose a priority in this range; 0 is the usual one")
    digest = case.content_hash()
    known = _known_run(ledger, digest, project, key)
    if known is not None and (known.request_key == key is not None or _answers(known, recompute)):
        return _show(known, ledger, quiet)
    setup = build_setup(case)
    solver.check(setup)
    check_storage(get_settings().runs_directory, setup)
    check_memory(profile, _memory(solver, setup))
    work = work_of(setup, solver, cores, profile)
    expected = estimate(ledger, work, setup, profile)
    further = 0.0 if expected.duration is None else expected.duration.median * cores
    check_project(project, further, ledger)
    if known is not None and State(known.state).resumable and not recompute:
        return _take_up(ledger, known, solver, cores, profile, quiet)
    if not quiet:
        print(f"expected: {expected}")
    asked = {**_told(work, expected), "case_hash": digest, "case_json": case.model_dump_json(),
             "profile": profile, "cores": cores, "project": project, "priority": priority,
             "request_key": key, "ensemble": ensemble,
             "solver": f"{solver.name} {solver.version}"}
    waits_for = [ledger.get(one).id for one in _identities(after)]
    record, new = _record(ledger, solver, setup, waits_for, asked)
    if not new:
        return _show(record, ledger, quiet)
    ensure_service()
    return Run(record, ledger)


def predict(case: Case, cores: int = 1, profile: str = "local") -> Estimate:
    """Return what a run of a case is expected to take, without asking for it.

    Parameters
    ----------
    case : Case
    cores : int
    profile : str

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        Whatever `launch` would refuse of the case, the cores and the profile.
    """
    solver = get_solver(case.solver)
    check_cores(cores, profile, solver.maximum_cores, solver.name, _parallelism(solver))
    setup = build_setup(case)
    solver.check(setup)
    return estimate(open_ledger(), work_of(setup, solver, cores, profile), setup, profile)


def _identities(runs: Sequence[Run | str]) -> list[str]:
    return [one if isinstance(one, str) else one.id for one in runs]


def _ask_hub(ledger: RemoteLedger, quiet: bool, **wanted: Any) -> Run:
    """Ask the hub's service to launch, under the name that its token stands for."""
    record, said, already = ledger.launch(**wanted)
    if said and not quiet:
        print(said)
    return Run(record, ledger, already_computed=already)


def _memory(solver: Solver, setup: Setup) -> float:
    """Return the bytes that a solver expects to hold; 0 where it does not say."""
    says = getattr(solver, "expected_memory", None)
    return 0.0 if says is None else says(setup)


def _told(work: Work, expected: Estimate) -> dict[str, Any]:
    """Return what the ledger keeps of a run's work and of what was expected of it."""
    told = {"triangles": work.triangles, "steps": work.steps,
            "time_step": work.time_step, "machine": work.machine,
            "processes": ",".join(work.processes)}
    if expected.duration is not None:
        told |= {f"predicted_{name}": getattr(expected.duration, name)
                 for name in ("low", "median", "high")}
    return told


def _parallelism(solver: Solver) -> str:
    return getattr(solver, "parallelism", "threads")


def _known_run(ledger: Ledger, digest: str, project: str, key: str | None) -> Record | None:
    """Return the most useful earlier run of a case: active, else complete, else resumable."""
    if key is not None:
        same = ledger.list(owner=current_user(), request_key=key)
        if same:
            if same[0].case_hash != digest:
                raise InputError("The key of the request belongs to another case", received=key,
                                 allowed="a new key for each request",
                                 next_step=f"twin run show {same[0].id}")
            return ledger.get(same[0].id)
    rank = {State.RUNNING: 0, State.REQUESTED: 0, State.COMPLETE: 1, State.CANCELLED: 2,
            State.PAUSED: 2}
    found = [record for record in ledger.list(case_hash=digest, owner=current_user(),
                                              project=project, limit=None)
             if State(record.state) in rank and _whole(record)]
    best = min(found, key=lambda record: rank[State(record.state)], default=None)
    return None if best is None else ledger.get(best.id)


def _whole(record: Record) -> bool:
    """Tell whether a run has the files that its state promises."""
    folder = Path(record.folder)
    if record.state == State.COMPLETE:
        return not missing_outputs(folder) and (folder / "provenance.json").is_file()
    return State(record.state).active or (folder / "inputs").is_dir()


def _answers(known: Record, recompute: bool) -> bool:
    """Tell whether a known run is what was asked for: one being computed always is."""
    return State(known.state).active or (known.state == State.COMPLETE and not recompute)


def _show(record: Record, ledger: Ledger, quiet: bool) -> Run:
    said = {State.COMPLETE: f"already computed, shown: run {record.id} of {record.finished} "
                            "(recompute=True computes it anew)"}
    if not quiet:
        print(said.get(State(record.state), f"already asked for: run {record.id}, {record.state}"))
    if State(record.state).active:
        ensure_service()
    return Run(record, ledger, already_computed=record.state == State.COMPLETE)


def _take_up(ledger: Ledger, known: Record, solver: Solver, cores: int, profile: str,
             quiet: bool) -> Run:
    """Ask again for a run that was cancelled or paused."""
    folder = Path(known.folder)
    write_json(_command(solver, folder, cores), folder / COMMAND)
    if ledger.move(known.id, {State.CANCELLED, State.PAUSED}, State.REQUESTED, cores=cores,
                   profile=profile, wish="", token=None, reason="", finished=None) and not quiet:
        print(f"run {known.id} was {known.state}: it goes on from its last checkpoint")
    ensure_service()
    return Run(ledger.get(known.id), ledger)


def _command(solver: Solver, folder: Path, cores: int) -> dict[str, Any]:
    return {"command": list(solver.command(folder, cores)), "parallelism": _parallelism(solver),
            "distribution": available_solvers()[solver.name].distribution, **software()}


def _record(ledger: Ledger, solver: Solver, setup: Setup, waits_for: Sequence[str],
            asked: dict[str, Any]) -> tuple[Record, bool]:
    """Write the run's folder, whole, then its record: a run that is recorded can be computed."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    identity = f"{stamp}-{secrets.token_hex(4)}"
    folder = get_settings().runs_directory.resolve() / identity
    try:
        make_folder(folder, asked["case_json"], lambda place: solver.prepare(setup, place),
                    _command(solver, folder, asked["cores"]))
    except OSError as error:
        raise StorageError(
            "The run cannot be written", received=f"{folder}: {error}",
            allowed="a disk with space and a folder you may write in",
            next_step="free some space, or set TWIN_DATA_DIRECTORY") from error
    try:
        record, new = ledger.request(identity, folder=str(folder), after=waits_for, **asked)
    except RunError:  # refused; after a StorageError it may be recorded all the same
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if not new:
        shutil.rmtree(folder, ignore_errors=True)
    return record, new
