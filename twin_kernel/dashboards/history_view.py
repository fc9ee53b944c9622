"""The list of runs with live progress, and the list of studies that were asked for."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from twin_kernel.dashboards.study_jobs import StudyJob, list_study_jobs
from twin_kernel.dashboards.visits import Visit, as_text, own_projects
from twin_kernel.runs import Run, list_runs
from twin_kernel.runs.estimates import seconds
from twin_kernel.runs.ledger import Record, State, open_ledger
from twin_kernel.runs.phrases import instant, phrase

__all__ = ["RunList", "StudyList"]

_POLL = 3000  # ms
_SHOWN = 30
_STATE_LABELS = {"failed": "failed_state"}


class RunList:
    """The runs that the person may see, newest first.

    Parameters
    ----------
    visit : Visit
    chosen : callable
        Called with the id of a run that is opened.
    """

    def __init__(self, visit: Visit, chosen: Callable[[str], None]) -> None:
        self._visit, self._chosen = visit, chosen
        say = visit.say
        states = {say("all"): "", **{_state(visit, str(one)): str(one) for one in State}}
        self._state = pn.widgets.Select(name=say("state"), options=states, width=180)
        self._project = pn.widgets.Select(name=say("project"), width=180, options={
            say("all"): "", **{name: name for name in own_projects(visit)}})
        self._rows = pn.Column(sizing_mode="stretch_width")
        self._seen: list[tuple] = []
        self._periods: dict[str, str] = {}  # simulated, by run
        for widget in (self._state, self._project):
            widget.param.watch(lambda _event: self.look(), "value")
        self.view = pn.Column(pn.FlexBox(self._state, self._project), self._rows,
                              sizing_mode="stretch_width")
        self.look()
        if pn.state.curdoc is not None:
            pn.state.add_periodic_callback(self.refresh, period=_POLL)

    def look(self) -> None:
        """Read the list now."""
        with self._visit.acting():
            self._put(self._read())

    async def refresh(self) -> None:
        """Read the list beside the page's loop."""
        self._put(await self._visit.call(self._read))

    def _read(self) -> list[tuple[Record, float]]:
        records = list_runs(self._state.value or None, _SHOWN,
                            project=self._project.value or None)
        ledger = open_ledger()
        for one in records:  # a list does not hold cases; they never change
            if one.id not in self._periods:
                case = Run(ledger.get(one.id), ledger).case
                self._periods[one.id] = " → ".join(
                    instant(when, self._visit.language) for when in (case.start, case.stop))
        return [(one, Run(ledger.get(one.id), ledger).progress
                 if one.state == State.RUNNING else 0.0) for one in records]

    def _put(self, found: list[tuple[Record, float]]) -> None:
        seen = [(one.id, one.state, round(progress, 2), one.wall_seconds)
                for one, progress in found]
        if seen == self._seen and len(self._rows):
            return  # nothing moved: the page stays as it is under the person's finger
        self._seen = seen
        self._rows[:] = [self._row(*one) for one in found] or [
            pn.pane.Markdown(self._visit.say("none"))]

    def _row(self, record: Record, progress: float) -> pn.FlexBox:
        say = self._visit.say
        open_it = pn.widgets.Button(name=say("open"), width=80)
        open_it.on_click(lambda _event: self._chosen(record.id))
        took = seconds(record.wall_seconds) if record.wall_seconds else ""
        predicted = seconds(record.predicted_median) if record.predicted_median else "–"
        processes = ", ".join(phrase(one, self._visit.language)
                              for one in record.processes.split(","))
        project = f" · {escape(record.project)}" if record.project else ""
        text = (f"<b>{self._periods[record.id]}</b> · {escape(record.id)}<br>"
                f"<small>{instant(record.created, self._visit.language)} UTC "
                f"· {escape(record.owner)}{project} · {escape(processes)}<br>"
                f"{say('predicted')} {predicted}{' · ' + say('took') + ' ' + took if took else ''}"
                "</small>")
        state = _state(self._visit, record.state) + (
            f" {progress:.0%}" if record.state == State.RUNNING else "")
        return pn.FlexBox(
            open_it, pn.pane.HTML(f"<span class='state {record.state}'>{escape(state)}</span>",
                                  width=120), pn.pane.HTML(text, min_width=220),
            align_items="center", sizing_mode="stretch_width",
            styles={"border-bottom": "1px solid #8884"})


def _state(visit: Visit, state: str) -> str:
    key = _STATE_LABELS.get(state, state)
    return visit.say(key)


class StudyList:
    """The studies that the person has asked for.

    Parameters
    ----------
    visit : Visit
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.view = pn.Column(sizing_mode="stretch_width")
        self._seen: list[tuple] | None = None
        self.look()
        if pn.state.curdoc is not None:
            pn.state.add_periodic_callback(self.look, period=_POLL)

    def look(self) -> None:
        """Read the list now."""
        with self._visit.acting():
            jobs = list_study_jobs()
        seen = [(one.folder, one.state) for one in jobs]
        if seen != self._seen:
            self._seen = seen
            self.view[:] = [self._row(one) for one in jobs] or [
                pn.pane.Markdown(self._visit.say("none"))]

    def _row(self, job: StudyJob) -> pn.Column:
        say = self._visit.say
        parts: list[Any] = [pn.pane.Markdown(
            f"**{job.name}** · {say(job.state)} · "
            f"{instant(job.created, self._visit.language)} UTC")]
        if job.reason:
            parts.append(pn.pane.Alert(as_text(job.reason), alert_type="warning"))
        if job.state == "complete":
            parts.append(pn.FlexBox(*(
                pn.widgets.FileDownload(str(path), label=say(label), embed=False)
                for path, label in ((job.page, "page"), (job.notebook, "notebook"))
                if path.is_file())))
        return pn.Column(*parts, sizing_mode="stretch_width",
                         styles={"border-bottom": "1px solid #8884"})
