"""The handle of a run: its state, its progress, and what can be asked of it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from twin_kernel.errors import RunError
from twin_kernel.runs.case import Case
from twin_kernel.runs.execute import LOG
from twin_kernel.runs.ledger import Ledger, Record, State, now, open_ledger
from twin_kernel.solvers.registry import get_solver

__all__ = ["Run", "find_run", "list_runs", "reconcile"]

_POLL = 0.3  # s
_REQUEST_SECONDS = 60.0  # between the record of a run and the start of its driver
_CANCEL_SECONDS = 60.0


class Run:
    """One run. It is computed by processes of its own: this handle may be lost without harm.

    Parameters
    ----------
    record : Record
    ledger : Ledger
    already_computed : bool
        Whether `launch` found it complete instead of computing it.
    """

    def __init__(self, record: Record, ledger: Ledger, already_computed: bool = False) -> None:
        self.id, self.folder = record.id, Path(record.folder)
        self.case_hash, self.already_computed = record.case_hash, already_computed
        self.case = Case.model_validate_json(record.case_json)
        self._ledger = ledger

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.state}, {self.progress:.0%}, {self.folder}>"

    @property
    def record(self) -> Record:
        """The run as the ledger has it now."""
        return reconcile(self._ledger, self._ledger.get(self.id))

    @property
    def state(self) -> State:
        """Where the run stands."""
        return State(self.record.state)

    @property
    def progress(self) -> float:
        """Fraction simulated, 0 to 1, from the end of the log."""
        solver = get_solver(self.case.solver)
        for line in reversed(self.log_tail(30)):
            fraction = solver.progress(line)
            if fraction is not None:
                return fraction
        return 0.0

    def log_tail(self, lines: int = 20) -> list[str]:
        """Return the last lines of the solver's log."""
        path = self.folder / LOG
        if not path.is_file():
            return []
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 200 * lines))
            return file.read().decode(errors="replace").splitlines()[-lines:]

    def wait(self, progress: bool = True) -> Run:
        """Wait for the end with a progress bar; interrupting the wait leaves the run going.

        Raises
        ------
        RunError
            Where the run failed or was interrupted.
        """
        if self.already_computed:
            return self
        from tqdm.auto import tqdm

        with tqdm(total=100, disable=not progress, desc=f"run {self.id}",
                  bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}") as bar:
            while self.state.active:
                bar.update(round(100 * self.progress, 1) - bar.n)
                time.sleep(_POLL)
            bar.update((100 if self.state is State.COMPLETE else bar.n) - bar.n)
        record = self.record
        if record.state != State.COMPLETE:
            resumable = record.state == State.INTERRUPTED
            raise RunError(
                f"The run {'was interrupted' if resumable else 'failed'}",
                received=f"{self.id}: {record.reason.rstrip('.')}",
                next_step="launch the same case to go on" if resumable else
                f"twin run show {self.id}, then change the case")
        return self

    def cancel(self) -> None:
        """Stop the run; it keeps its checkpoint, and launching the same case resumes it.

        Raises
        ------
        RunError
            Where it is not active.
        """
        record = self.record
        if not State(record.state).active:
            raise RunError("Only an active run can be stopped", received=f"{self.id} is "
                           f"{record.state}", allowed="requested or running")
        if self._ledger.move(self.id, {State.REQUESTED}, State.INTERRUPTED, finished=now(),
                             reason="cancelled before it began"):
            return
        with suppress(ProcessLookupError):  # just ended by itself: the state will tell
            os.kill(record.driver_pid, signal.SIGTERM)
        limit = time.monotonic() + _CANCEL_SECONDS
        while self.state.active:
            if time.monotonic() > limit:
                raise RunError("The run does not stop", received=self.id,
                               next_step=f"kill process {record.driver_pid}")
            time.sleep(_POLL)


def reconcile(ledger: Ledger, record: Record) -> Record:
    """Mark a run as interrupted where the process that drove it is gone."""
    if not State(record.state).active or _driver_lives(record):
        return record
    ledger.move(record.id, {State(record.state)}, State.INTERRUPTED, finished=now(),
                reason="its driver was lost; launch the same case to resume it")
    return ledger.get(record.id)


def _driver_lives(record: Record) -> bool:
    if record.driver_pid is None:
        age = datetime.now(UTC) - datetime.fromisoformat(record.started or record.created)
        return age.total_seconds() < _REQUEST_SECONDS
    try:
        process = psutil.Process(record.driver_pid)
        # A process number is used again; together with its start it is not.
        same = abs(process.create_time() - record.driver_started) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def find_run(run_id: str) -> Run:
    """Return a run of this installation by its id or the beginning of it.

    Raises
    ------
    RunError
    """
    ledger = open_ledger()
    return Run(ledger.get(run_id), ledger)


def list_runs(state: str | None = None, limit: int = 50) -> list[Record]:
    """Return the runs of this installation, newest first, each reconciled with its driver."""
    ledger = open_ledger()
    for active in (State.REQUESTED, State.RUNNING):
        for record in ledger.list(state=active, limit=None):
            reconcile(ledger, record)
    return ledger.list(state=state, limit=limit)
