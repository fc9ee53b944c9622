"""The form for something new: what, with which parameters, what it will take, launch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

import pandas as pd
import panel as pn

from twin_kernel.catalog import open_catalog
from twin_kernel.dashboards.forms import CaseForm, StudyForm
from twin_kernel.dashboards.refusals import told
from twin_kernel.dashboards.study_jobs import durations, start_study
from twin_kernel.dashboards.visits import Visit, as_text, own_projects
from twin_kernel.errors import TwinError
from twin_kernel.runs import launch
from twin_kernel.runs.estimates import footprint_of, seconds
from twin_kernel.runs.launching import predict
from twin_kernel.settings import get_settings
from twin_kernel.studies import list_templates

__all__ = ["LaunchView"]

_CASE = "case"


class LaunchView:
    """The form.

    Parameters
    ----------
    visit : Visit
    launched : callable
        Called with the id of a run that was asked for, or None for a study.
    """

    def __init__(self, visit: Visit, launched: Callable[[str | None], None]) -> None:
        self._visit, self._launched = visit, launched
        say = visit.say
        templates = list_templates()
        titles = {say("study", name=one.title[visit.language]): one.name for one in templates}
        self._templates = {one.name: one for one in templates}
        self._what = pn.widgets.Select(name=say("what"), sizing_mode="stretch_width",
                                       options={say("case"): _CASE, **titles}, max_width=420)
        self._forms: dict[str, CaseForm | StudyForm] = {}
        projects = own_projects(visit)
        profiles = get_settings().profiles
        self._profile = pn.widgets.Select(name=say("profile"), options=list(profiles), width=160)
        self._cores = pn.widgets.IntInput(
            name=say("cores"), value=1, width=100,
            description=say("range", low=1, high=max(
                one.maximum_cores for one in profiles.values())))
        self._project = pn.widgets.Select(name=say("project"), width=200,
                                          options={say("no_project"): "",
                                                   **{name: name for name in projects}})
        self._machine = pn.FlexBox(self._cores, self._profile)
        self._expected = pn.pane.Markdown(say("estimate_first"), sizing_mode="stretch_width")
        self._message = pn.pane.Alert("", alert_type="warning", visible=False,
                                      sizing_mode="stretch_width")
        self._predict = pn.widgets.Button(name=say("predict"))
        self._launch = pn.widgets.Button(name=say("launch"), button_type="primary")
        self._predict.on_click(self._on_predict)
        self._launch.on_click(self._on_launch)
        self._form = pn.Column(sizing_mode="stretch_width")
        self._what.param.watch(lambda _event: self._show(), "value")
        self._show()
        self.view = pn.Column(
            self._what, self._form, pn.FlexBox(self._machine, self._project),
            self._expected, self._message,
            pn.FlexBox(self._predict, self._launch),
            pn.Card(_forcing_table(visit), title=say("forcing"), collapsed=True,
                    sizing_mode="stretch_width"), sizing_mode="stretch_width")

    def _show(self) -> None:
        """Show the form of what is chosen."""
        name = self._what.value
        if name not in self._forms:
            self._forms[name] = CaseForm(self._visit) if name == _CASE else StudyForm(
                self._templates[name], self._visit)
        self._form[:] = [self._forms[name].view]
        self._machine.visible = name == _CASE
        self._expected.object = self._visit.say("estimate_first")
        self._message.visible = False

    async def _on_predict(self, _event: Any) -> None:
        await self._try(self._predict, self._say_expected)

    async def _on_launch(self, _event: Any) -> None:
        await self._try(self._launch, self._ask)

    async def _try(self, button: pn.widgets.Button, what: Callable[[], Any]) -> None:
        """Do something that may be refused; say the refusal as it is, without a traceback."""
        self._message.visible, button.loading = False, True
        try:
            await what()
        except TwinError as error:
            said = as_text(told(error, self._visit.language))
            self._tell(f"**{self._visit.say('refused')}** — {said}", "warning")
        finally:
            button.loading = False

    def _tell(self, text: str, kind: str) -> None:
        self._message.object, self._message.alert_type = text, kind
        self._message.visible = True

    async def _say_expected(self) -> None:
        name, form = self._what.value, self._forms[self._what.value]
        if name != _CASE:
            form.values()
            self._expected.object = (f"**{self._visit.say('expected')}** — "
                                     f"{self._study_expected(await self._took(name))}")
            return
        expected = await self._visit.call(
            lambda: predict(form.values(), self._cores.value, self._profile.value))
        self._expected.object = (f"**{self._visit.say('expected')}** — "
                                 f"{as_text(expected.told(self._visit.language))}")

    async def _took(self, name: str) -> list[float]:
        return await self._visit.call(lambda: durations(name))

    def _study_expected(self, took: list[float]) -> str:
        """Return what a study took before, with the energy and carbon of one core at the median."""
        if not took:
            return self._visit.say("study_unexpected")
        spent = footprint_of(self._profile.value, median(took)).told(self._visit.language)
        return self._visit.say("study_expected", count=len(took), low=seconds(took[0]),
                               high=seconds(took[-1]), spent=as_text(spent))

    async def _ask(self) -> None:
        name, form = self._what.value, self._forms[self._what.value]
        if name != _CASE:
            await self._visit.call(
                lambda: start_study(name, form.values(), self._project.value))
            self._tell(self._visit.say("study_launched"), "success")
            self._launched(None)
            return
        run = await self._visit.call(lambda: launch(
            form.values(), cores=self._cores.value, profile=self._profile.value,
            project=self._project.value, quiet=True))
        self._tell(self._visit.say("launched", run=run.id), "success")
        self._launched(run.id)


def _forcing_table(visit: Visit) -> pn.pane.DataFrame:
    """Return the data that a simulation is made of, each with its producer and its file's day."""
    catalog, rows = open_catalog(), []
    for name in catalog.names():
        told = catalog.metadata(name)
        changed = datetime.fromtimestamp(catalog.path(name).stat().st_mtime, UTC)
        rows.append({visit.say("forcing_name"): name,
                     visit.say("forcing_producer"): told.get("producer", ""),
                     visit.say("forcing_licence"): told.get("licence", ""),
                     visit.say("period"): str(told.get("period", "")),
                     visit.say("forcing_age"): f"{changed:%Y-%m-%d}"})
    return pn.pane.DataFrame(pd.DataFrame(rows), index=False, sizing_mode="stretch_width",
                             styles={"overflow-x": "auto"})
