"""Many cases as one submission: recorded together, waited for together, reduced through Dask."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from twin_kernel.errors import InputError, RunError, TwinError
from twin_kernel.runs.case import Case
from twin_kernel.runs.launching import launch
from twin_kernel.runs.ledger import Record, State, open_ledger
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.run import Run, find_run
from twin_kernel.runs.service.starting import ensure_service

__all__ = ["Ensemble", "find_ensemble", "launch_ensemble"]

_POLL = 0.5  # s


class Ensemble:
    """Runs that were asked for together.

    Parameters
    ----------
    name : str
    ids : sequence of str
        Of its runs, in the order of the cases.
    """

    def __init__(self, name: str, ids: Sequence[str]) -> None:
        self.name, self.ids = name, list(ids)

    def __repr__(self) -> str:
        said = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return f"<Ensemble {self.name}: {len(self.ids)} runs, {said}>"

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Run]:
        return (find_run(identity) for identity in self.ids)

    @property
    def records(self) -> list[Record]:
        """Its runs as the ledger has them now, in order."""
        ledger, wanted = open_ledger(), set(self.ids)
        found = {one.id: one for one in ledger.list(ensemble=self.name, limit=None)
                 if one.id in wanted}
        for identity in wanted - set(found):  # a case that had been computed for another
            found[identity] = ledger.get(identity)
        return [found[identity] for identity in self.ids]

    @property
    def states(self) -> Counter[str]:
        """How many runs are in each state."""
        return Counter(record.state for record in self.records)

    def wait(self, progress: bool = True) -> Ensemble:
        """Wait for all with one bar; what failed is in `failures`, and hinders no other run."""
        from tqdm.auto import tqdm

        with tqdm(total=len(self), disable=not progress, desc=self.name, unit="run") as bar:
            while True:
                states = self.states
                ended = sum(count for state, count in states.items() if not State(state).active)
                bar.update(ended - bar.n)
                bar.set_postfix({state: count for state, count in sorted(states.items())})
                if ended == len(self):
                    return self
                ensure_service()
                time.sleep(_POLL)

    @property
    def failures(self) -> pd.DataFrame:
        """The runs that ended without being complete, with the reason."""
        lost = [one for one in self.records
                if not State(one.state).active and one.state != State.COMPLETE]
        return pd.DataFrame({"run": [one.id for one in lost],
                             "state": [one.state for one in lost],
                             "reason": [one.reason for one in lost]})

    def cancel(self) -> None:
        """Stop every run that is active; each keeps its checkpoint."""
        ledger = open_ledger()
        active = [one for one in self.records if State(one.state).active]
        for one in active:
            if not ledger.move(one.id, {State.REQUESTED}, State.CANCELLED, held="",
                               reason="cancelled while it waited for its place"):
                ledger.wish(one.id, "cancel")
        while any(State(one.state).active for one in self.records):
            ensure_service()
            time.sleep(_POLL)

    def reduce(self, measure: Callable[[Run], Any]) -> pd.Series:
        """Return a measure of every complete run, computed by Dask in parallel.

        Parameters
        ----------
        measure : callable
            Takes a run and returns a number or a small object; it may open the results.

        Returns
        -------
        pandas.Series
            By the id of the run.

        Raises
        ------
        RunError
            Where no run is complete.
        """
        import dask

        complete = [one.id for one in self.records if one.state == State.COMPLETE]
        if not complete:
            raise RunError("No run of the ensemble is complete", received=repr(self),
                           allowed="at least one", next_step="ensemble.failures says why")
        tasks = [dask.delayed(_measured)(measure, identity) for identity in complete]
        return pd.Series(list(dask.compute(*tasks)), index=complete, name=measure.__name__)


def _measured(measure: Callable[[Run], Any], identity: str) -> Any:
    return measure(find_run(identity))


def launch_ensemble(cases: Sequence[Case], name: str, cores: int = 1, profile: str = "local",
                    progress: bool = True, **asked: Any) -> Ensemble:
    """Ask for many runs as one submission.

    Sent again, after an interruption say, it records only what is missing: each case is one run.
    All cases are checked by `launch`; the first refused stops the submission, with its number.

    Parameters
    ----------
    cases : sequence of Case
    name : str
        Of the ensemble.
    cores : int
        Of each run.
    profile : str
    progress : bool
        Whether a bar shows how many are recorded.
    **asked
        What else `launch` takes: project, priority.

    Returns
    -------
    Ensemble

    Raises
    ------
    InputError
        No case, an empty name, or a case refused.
    """
    if not cases or not name:
        raise InputError("The ensemble is empty" if name else "The ensemble has no name",
                         received=f"{len(cases)} cases, name {name!r}",
                         allowed="at least one case, and a name",
                         next_step="launch_ensemble([case, ...], 'discharges')")
    from tqdm.auto import tqdm

    ids = []
    for number, case in enumerate(tqdm(cases, disable=not progress, desc=f"asking for {name}")):
        try:
            ids.append(launch(case, cores, profile, ensemble=name, quiet=True, **asked).id)
        except TwinError as error:
            error.add_note(f"case {number} of {len(cases)}; {len(ids)} are recorded")
            raise
    return Ensemble(name, list(dict.fromkeys(ids)))


def find_ensemble(name: str) -> Ensemble:
    """Return an ensemble by its name, with the runs of its last cases.

    Raises
    ------
    RunError
        Unknown name.
    """
    records = open_ledger().list(ensemble=name, owner=current_user(), limit=None)
    if not records:
        raise RunError("Unknown ensemble", received=name, allowed="the name of one",
                       next_step="twin runs --ensemble NAME lists its runs")
    return Ensemble(name, [one.id for one in reversed(records)])
