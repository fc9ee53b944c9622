"""The servers people choose from: how much memory and how many cores, and who may take them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from twin_kernel.errors import InputError

__all__ = ["ServerProfile", "allowed_profiles", "check_profile", "default_profiles",
           "options_form"]

EVERYBODY = "*"


class ServerProfile(BaseModel):
    """One kind of server.

    Attributes
    ----------
    title, title_french : str
        As the form shows it.
    memory : str
        Limit, as in "2G".
    cores : float
        Limit.
    groups : tuple of str
        Groups of the hub whose people may choose it; "*" for everybody. Administrators always may.
    spawner : str
        "account": a process here under an account of the person's own; "systemd": the same in a
        unit that holds the limits; "docker": a container; "batch": a job on a node of a cluster.
    options : dict
        Traits of that spawner, as JupyterHub writes them: an image, a partition, an account.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1)
    title_french: str = Field(min_length=1)
    memory: str = Field(default="2G", pattern=r"^\d+(\.\d+)?[KMGT]$")
    cores: float = Field(default=1.0, gt=0.0, le=1024.0)
    groups: tuple[str, ...] = (EVERYBODY,)
    spawner: Literal["account", "systemd", "docker", "batch"] = "account"
    options: dict[str, Any] = Field(default_factory=dict)


def default_profiles() -> dict[str, ServerProfile]:
    """Return the profiles of an installation that describes none."""
    return {
        "student": ServerProfile(title="Student: 2 GB, 1 core", memory="2G", cores=1.0,
                                 title_french="Étudiant : 2 Go, 1 cœur"),
        "researcher": ServerProfile(title="Researcher: 8 GB, 2 cores", memory="8G", cores=2.0,
                                    title_french="Chercheur : 8 Go, 2 cœurs",
                                    groups=("researchers",)),
        "large": ServerProfile(title="Large: 32 GB, 8 cores", memory="32G", cores=8.0,
                               title_french="Grand : 32 Go, 8 cœurs", groups=("large",)),
    }


def allowed_profiles(profiles: dict[str, ServerProfile], groups: Iterable[str],
                     administrator: bool) -> dict[str, ServerProfile]:
    """Return the profiles that somebody may choose."""
    mine = {EVERYBODY, *groups}
    return {name: one for name, one in profiles.items()
            if administrator or mine & set(one.groups)}


def check_profile(name: str | None, profiles: dict[str, ServerProfile], groups: Iterable[str],
                  administrator: bool) -> tuple[str, ServerProfile]:
    """Return the profile chosen, or the first where none is.

    Raises
    ------
    InputError
        Where there is none of that name for them: a form can be written by hand.
    """
    mine = allowed_profiles(profiles, groups, administrator)
    if name is None and mine:
        name = next(iter(mine))
    if name not in mine:
        raise InputError("This kind of server is not yours to choose", received=str(name)[:40],
                         allowed=", ".join(mine) or "none",
                         next_step="choose one of these, or ask an administrator for the group")
    return name, mine[name]


def options_form(profiles: dict[str, ServerProfile]) -> str:
    """Return the form from which a server is chosen; empty where there is nothing to choose."""
    if len(profiles) < 2:
        return ""
    choices = "\n".join(
        f'<div class="form-check"><input class="form-check-input" type="radio" name="profile" '
        f'id="profile-{escape(name)}" value="{escape(name)}"{" checked" if first else ""}>'
        f'<label class="form-check-label" for="profile-{escape(name)}">{escape(one.title)}'
        f'<br><small lang="fr">{escape(one.title_french)}</small></label></div>'
        for first, (name, one) in ((index == 0, item)
                                   for index, item in enumerate(profiles.items())))
    return f"<fieldset><legend>Server / Serveur</legend>{choices}</fieldset>"
