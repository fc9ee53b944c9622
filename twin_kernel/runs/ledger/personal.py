"""The ledger as one person may see it, where a service acts for several.

The same rules as PostgreSQL's own for people with a database role (migration 0003): a run is seen
by its owner and by the members of its project, and changed by its owner only.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, and_, event, or_, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from twin_kernel.errors import RunError
from twin_kernel.runs.ledger.ledger import Ledger
from twin_kernel.runs.ledger.people import Person
from twin_kernel.runs.ledger.tables import Dependency, Member, Project, Record

__all__ = ["PersonalLedger"]


class PersonalLedger(Ledger):
    """A ledger whose every statement is kept to what a person may see or change.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    person : Person
    """

    def __init__(self, engine: Engine, person: Person) -> None:
        super().__init__(engine)
        self.person = person

    @contextmanager
    def _session(self):
        with super()._session() as session:
            event.listen(session, "do_orm_execute", self._keep_to_person)
            event.listen(session, "before_flush", self._check_new)
            yield session

    def _keep_to_person(self, state: ORMExecuteState) -> None:
        name, projects = self.person.name, select(Member.project).where(
            Member.member == self.person.name)
        if state.is_select:
            def of_runs(runs):
                return or_(runs.owner == name,
                           and_(runs.project != "", runs.project.in_(projects)))
        elif state.is_update or state.is_delete:
            def of_runs(runs):
                return runs.owner == name
        else:
            return
        state.statement = state.statement.options(
            with_loader_criteria(Record, of_runs, include_aliases=True),
            with_loader_criteria(Project, lambda one: one.name.in_(projects),
                                 include_aliases=True))

    def _check_new(self, session: Session, _context: Any, _instances: Any) -> None:
        """Refuse what nobody may write: runs of others, in others' projects, after others' runs."""
        name = self.person.name
        for one in session.new:
            if isinstance(one, Record):
                refused = one.owner != name or not self._of_project(session, one.project)
            elif isinstance(one, Dependency):
                # The reading is kept to the person too: what is not theirs is not found.
                refused = session.scalar(select(Record.id).where(Record.id == one.needs)) is None
            else:
                refused = True
            if refused:
                raise RunError("What is asked for is not yours to ask for", received=name,
                               allowed="runs of your own, in your own projects, after runs that "
                                       "you may see", next_step="twin runs lists yours")

    @staticmethod
    def _of_project(session: Session, project: str) -> bool:
        return not project or session.scalar(
            select(Project.name).where(Project.name == project)) is not None

    def past(self, limit: int, **equal: str) -> list[Record]:
        """Return what earlier runs of everybody took: durations teach, and name nobody."""
        return Ledger(self.engine).past(limit, **equal)
