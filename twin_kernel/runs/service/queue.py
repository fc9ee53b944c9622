"""Which of the waiting runs goes next: priority, then fair shares, then age."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping

from twin_kernel.runs.ledger import Waiting

__all__ = ["choose"]


def choose(waiting: Iterable[Waiting], in_use: Iterable[Waiting], room: Mapping[str, int],
           used: Mapping[str, float]) -> list[Waiting]:
    """Return the runs to hand out now, the first first.

    Within the highest priority the next place goes to whoever has the fewest cores in use, then
    to whoever has used the fewest core-seconds, then to the oldest request. A run that does not
    fit in the room left is passed over by smaller ones only of other profiles, so that wide runs
    are not starved by narrow ones.

    Parameters
    ----------
    waiting : iterable of Waiting
        Oldest first.
    in_use : iterable of Waiting
        Handed out already.
    room : mapping of str to int
        Cores free in each profile.
    used : mapping of str to float
        Core-seconds of each owner so far.
    """
    free, cores = dict(room), Counter()
    for run in in_use:
        cores[run.owner] += run.cores
    lines: dict[tuple[int, str], deque[Waiting]] = defaultdict(deque)
    for run in waiting:
        lines[run.priority, run.owner].append(run)
    chosen: list[Waiting] = []
    blocked: set[str] = set()
    while lines:
        heads = {key: line[0] for key, line in lines.items()}
        key = min(heads, key=lambda one: (-one[0], cores[one[1]], used.get(one[1], 0.0),
                                          heads[one].created, heads[one].id))
        run = lines[key].popleft()
        if not lines[key]:
            del lines[key]
        if run.profile in blocked:
            continue
        if run.cores > free.get(run.profile, 0):
            blocked.add(run.profile)
            continue
        free[run.profile] -= run.cores
        cores[run.owner] += run.cores
        chosen.append(run)
    return chosen
