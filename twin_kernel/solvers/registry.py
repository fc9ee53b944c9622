"""Solvers by name, from the entry-point group ``twin_kernel.solvers``; built-ins use it too.

A solver whose import fails is kept with its reason, so that one broken plugin hides no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points

from twin_kernel.errors import InputError, SolverError
from twin_kernel.solvers.protocol import Solver

__all__ = ["Registration", "available_solvers", "get_solver"]

_GROUP = "twin_kernel.solvers"


@dataclass(frozen=True)
class Registration:
    """Where a solver comes from.

    Attributes
    ----------
    name : str
    distribution : str
        Package and version that supplies it.
    solver : Solver or None
        None where it is broken.
    reason : str
        Why it is broken, else "".
    """

    name: str
    distribution: str
    solver: Solver | None
    reason: str = ""


@cache
def available_solvers() -> dict[str, Registration]:
    """Return all solvers, the broken ones with their reason.

    Raises
    ------
    SolverError
        Where two packages supply the same name.
    """
    found: dict[str, Registration] = {}
    for entry in entry_points(group=_GROUP):
        source = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown"
        if entry.name in found and found[entry.name].distribution != source:
            raise SolverError(
                f"Two packages supply the solver '{entry.name}'",
                received=f"{found[entry.name].distribution} and {source}",
                next_step="uninstall one of them")
        try:
            found[entry.name] = Registration(entry.name, source, entry.load()())
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            found[entry.name] = Registration(entry.name, source, None, reason)
    return found


def get_solver(name: str) -> Solver:
    """Return a solver by name.

    Raises
    ------
    InputError
        Unknown name, or a solver that does not load.
    """
    known = available_solvers()
    working = ", ".join(sorted(n for n, one in known.items() if one.solver)) or "none"
    if name not in known:
        raise InputError("Unknown solver", received=name, allowed=working,
                         next_step="install the package that supplies it")
    if known[name].solver is None:
        raise InputError(f"The solver '{name}' of {known[name].distribution} does not load",
                         received=known[name].reason, allowed=working,
                         next_step="repair its installation")
    return known[name].solver
