"""Where a run may go, and how much of it: refused beforehand, never cut down."""

from __future__ import annotations

import psutil
from dask.utils import parse_bytes

from twin_kernel.errors import InputError
from twin_kernel.runs.ledger import Ledger, current_user
from twin_kernel.settings import Profile, Settings, get_settings

__all__ = ["check_cores", "check_memory", "check_project", "get_profile", "project_quotas"]


def get_profile(name: str) -> Profile:
    """Return a profile of the settings.

    Raises
    ------
    InputError
        Unknown profile.
    """
    profiles = get_settings().profiles
    if name not in profiles:
        raise InputError("Unknown profile", received=name, allowed=", ".join(profiles),
                         next_step="describe it in the file named by TWIN_SETTINGS_FILE, as "
                                   "docs/runs.md shows under 'Where runs go'")
    return profiles[name]


def check_cores(cores: int, profile_name: str, solver_limit: int | None, solver: str,
                parallelism: str = "threads") -> None:
    """Refuse a number of cores that the profile, a node or the solver cannot give.

    Raises
    ------
    InputError
    """
    profile = get_profile(profile_name)
    limits = [(profile.maximum_cores, f"profile '{profile_name}'"),
              (profile.total_cores, f"all cores of profile '{profile_name}'")]
    if profile.cores_per_node is not None and parallelism != "mpi":
        limits.append((profile.cores_per_node, f"one node of profile '{profile_name}'"))
    if solver_limit is not None:
        limits.append((solver_limit, f"solver '{solver}'"))
    limit, whose = min(limits, key=lambda one: one[0])
    if isinstance(cores, bool) or not isinstance(cores, int) or not 1 <= cores <= limit:
        raise InputError("The number of cores is refused", received=cores,
                         allowed=f"a whole number from 1 to {limit} ({whose})",
                         next_step=f"launch(case, cores={limit})")


def check_memory(profile_name: str, expected: float) -> None:
    """Refuse a run that needs more memory than a job of the profile has.

    Parameters
    ----------
    profile_name : str
    expected : float
        Bytes.

    Raises
    ------
    InputError
    """
    profile = get_profile(profile_name)
    here = profile.cluster == "local"  # where the only limit is the machine's
    limit = psutil.virtual_memory().total if here else parse_bytes(profile.memory)
    if expected > limit:
        raise InputError("The run needs more memory than its job has",
                         received=f"about {expected / 1e9:.1f} GB",
                         allowed=f"up to {limit / 1e9:.1f} GB (profile '{profile_name}')",
                         next_step="take a profile with more memory, or a coarser mesh")


def project_quotas(ledger: Ledger, settings: Settings,
                   member: str | None = None) -> dict[str, float | None]:
    """Return the core-hours of each project, or of those of one person; None: no limit.

    Projects of the settings hold before the run service has written them to the ledger.
    """
    declared = {name: one.core_hours for name, one in settings.projects.items()
                if member is None or member in one.members}
    return {**declared, **ledger.quotas(member)}


def check_project(project: str, further: float, ledger: Ledger) -> None:
    """Refuse a project unknown, archived, of others, or without core-hours left.

    Parameters
    ----------
    project : str
        Empty for none.
    further : float
        Core-seconds that the run is expected to take; 0 where unknown.
    ledger : Ledger

    Raises
    ------
    InputError
    """
    if not project:
        return
    mine = project_quotas(ledger, get_settings(), current_user())
    if project not in mine:  # whether it exists is not told to who is not of it
        raise InputError("Unknown project, or not one of yours", received=project,
                         allowed=", ".join(mine) or "you are in no project yet",
                         next_step="ask an owner of it, or launch without a project")
    quota, used = mine[project], ledger.used("project").get(project, 0.0)
    if quota is not None and used + further >= 3600.0 * quota:
        raise InputError(
            f"The core-hours of project '{project}' do not suffice",
            received=f"{used / 3600:.2f} used, about {further / 3600:.2f} for this run",
            allowed=f"{quota:g} core-hours in all",
            next_step="ask whoever keeps the twin for more")
