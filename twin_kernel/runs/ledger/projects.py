"""Projects: people who share runs, core-hours and a folder; made and left by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from twin_kernel.errors import InputError, RunError
from twin_kernel.runs.ledger.ledger import Ledger
from twin_kernel.runs.ledger.tables import Member, Project, Record, now

__all__ = ["PROJECT_NAME", "ROLES", "Projects", "Team", "used_core_hours"]

ROLES = ("owner", "member")
PROJECT_NAME = re.compile(r"[a-z][a-z0-9-]{1,22}[a-z0-9]")
"""It is also the name of a group and of a folder, so it is short and plain."""
_PERSON_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class Team:
    """A project with its people.

    Attributes
    ----------
    name, title : str
    core_hours : float or None
        What all its runs together may use; None: no limit.
    disk_gigabytes : float or None
        What its folder may hold; None: no limit.
    archived : bool
        Whether it is closed: nothing new is computed, what there is can be read.
    roles : dict of str to str
        "owner" or "member" by person.
    """

    name: str
    title: str
    core_hours: float | None
    disk_gigabytes: float | None
    archived: bool
    roles: dict[str, str]


class Projects:
    """What people do with projects; each call says who asks, and refuses who may not.

    Parameters
    ----------
    ledger : Ledger
        Of a service: it sees all.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> list[Team]:
        """Return all projects, by name."""
        with self._ledger._session() as session:
            people: dict[str, dict[str, str]] = {}
            for one in session.scalars(select(Member).order_by(Member.member)):
                people.setdefault(one.project, {})[one.member] = one.role
            return [Team(one.name, one.title, one.core_hours, one.disk_gigabytes,
                         one.state == "archived", people.get(one.name, {}))
                    for one in session.scalars(select(Project).order_by(Project.name))]

    def of(self, person: str) -> list[Team]:
        """Return the projects that a person belongs to."""
        return [team for team in self.all() if person in team.roles]

    def find(self, name: str, person: str) -> Team:
        """Return a project of a person's.

        Raises
        ------
        InputError
            Where it is unknown or not theirs: which of the two is not told.
        """
        mine = {team.name: team for team in self.of(person)}
        if name not in mine:
            raise InputError("Unknown project, or not one of yours", received=name,
                             allowed=", ".join(mine) or "you are in no project yet",
                             next_step="ask an owner of the project to add you")
        return mine[name]

    def create(self, name: str, title: str, person: str, core_hours: float | None = None,
               disk_gigabytes: float | None = None, server: str | None = None) -> Team:
        """Make a project, owned by who asks.

        Parameters
        ----------
        name, title, person : str
        core_hours, disk_gigabytes : float or None
        server : str or None
            Account of the server that its people share, which asks for runs of the project too.

        Returns
        -------
        Team

        Raises
        ------
        InputError
            Where the name is refused or taken.
        """
        if not PROJECT_NAME.fullmatch(name):
            raise InputError("The name of the project is refused", received=repr(name),
                             allowed="3 to 24 of a-z, 0-9 and -, beginning with a letter",
                             next_step="write it like harbour-2026")
        if not title.strip() or len(title) > 120:
            raise InputError("The title of the project is refused", received=repr(title[:130]),
                             allowed="1 to 120 characters", next_step="shorten or fill it in")
        try:
            with self._ledger._session() as session:
                session.add(Project(name=name, title=title.strip(), state="active",
                                    origin="people", created=now(), core_hours=core_hours,
                                    disk_gigabytes=disk_gigabytes))
                session.flush()
                session.add(Member(project=name, member=person, role="owner"))
                if server is not None:
                    session.add(Member(project=name, member=server, role="server"))
        except IntegrityError:
            raise InputError("The name of the project is taken", received=name,
                             allowed="a name that no project had, archived ones included",
                             next_step=f"try {name[:20]}-2") from None
        return self.find(name, person)

    def add(self, name: str, person: str, asked_by: str, role: str = "member") -> Team:
        """Add a person, or give them another role.

        Raises
        ------
        InputError
            Where who asks is no owner, or the last owner would go.
        """
        team = self._owned(name, asked_by)
        if role not in ROLES:
            raise InputError("Unknown role", received=role, allowed=", ".join(ROLES),
                             next_step="choose one of these")
        if not _PERSON_NAME.fullmatch(person):
            raise InputError("The name of the person is refused", received=repr(person[:80]),
                             allowed="the name they log in with",
                             next_step="ask them; the page shows it top right")
        if role != "owner":
            self._keep_an_owner(team, person)
        with self._ledger._session() as session:
            session.merge(Member(project=name, member=person, role=role))
        return self.find(name, asked_by)

    def remove(self, name: str, person: str, asked_by: str) -> None:
        """Take a person out of a project; anybody may leave, owners take others out.

        Raises
        ------
        InputError
            Where who asks may not, or the last owner would go.
        """
        team = self.find(name, asked_by) if person == asked_by else self._owned(name, asked_by)
        self._keep_an_owner(team, person)
        with self._ledger._session() as session:
            session.execute(delete(Member).where(Member.project == name,
                                                 Member.member == person))

    def archive(self, name: str, asked_by: str, archived: bool = True) -> Team:
        """Close a project, or open it again.

        Raises
        ------
        InputError
            Where who asks is no owner.
        """
        self._owned(name, asked_by)
        with self._ledger._session() as session:
            session.execute(update(Project).where(Project.name == name).values(
                state="archived" if archived else "active"))
        return self.find(name, asked_by)

    def set_quota(self, name: str, **limits: float | None) -> None:
        """Set what a project may use; for administrators.

        Parameters
        ----------
        name : str
        **limits : float or None
            ``core_hours``, ``disk_gigabytes``; None for no limit. What is left out stays.

        Raises
        ------
        InputError
            Where a quota is negative.
        RunError
            Where there is no such project.
        """
        for value in limits.values():
            if value is not None and not 0.0 <= value < float("inf"):
                raise InputError("The quota is refused", received=value,
                                 allowed="0 or more, or nothing for no limit",
                                 next_step="give a number")
        with self._ledger._session() as session:
            found = session.execute(update(Project).where(Project.name == name).values(
                limits)).rowcount
        if not found:
            raise RunError("Unknown project", received=name, allowed="a project of the list",
                           next_step="look at /services/projects/ on the hub")

    def _owned(self, name: str, person: str) -> Team:
        team = self.find(name, person)
        if team.roles[person] != "owner":
            raise InputError("Only an owner of the project may do that", received=person,
                             allowed=", ".join(_owners(team)), next_step="ask one of them")
        return team

    @staticmethod
    def _keep_an_owner(team: Team, person: str) -> None:
        if _owners(team) == [person]:
            raise InputError("A project keeps an owner", received=f"{person}, the last one",
                             allowed="another owner first, or an archived project",
                             next_step="make somebody else owner, or archive the project")


def _owners(team: Team) -> list[str]:
    return [person for person, role in team.roles.items() if role == "owner"]


def used_core_hours(ledger: Ledger, name: str) -> float:
    """Return what the runs of a project have used, core-hours."""
    with ledger._session() as session:
        total = session.scalar(select(func.sum(Record.core_seconds)).where(Record.project == name))
    return float(total or 0.0) / 3600.0
