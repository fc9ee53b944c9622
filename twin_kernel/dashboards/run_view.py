"""A run on the page: how it is being executed, and its results."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from html import escape
from typing import Any

import panel as pn
from dask.utils import format_bytes
from matplotlib.figure import Figure

from twin_kernel.dashboards.notebooks import notebook_of
from twin_kernel.dashboards.refusals import told
from twin_kernel.dashboards.visits import Visit, as_text
from twin_kernel.errors import TwinError
from twin_kernel.results import Results, open_results, plot_profile
from twin_kernel.results.labels import word
from twin_kernel.runs import Run, find_run, plot_resources
from twin_kernel.runs.describing import described
from twin_kernel.runs.folder import RECORDED, missing_outputs
from twin_kernel.runs.history import resources
from twin_kernel.runs.ledger import Record, State
from twin_kernel.runs.phrases import instant

__all__ = ["RunView"]

_POLL = 2000  # ms
_PATHS = ("estuary", "garonne", "dordogne")


class RunView:
    """Both tabs of a run.

    Parameters
    ----------
    visit : Visit
    run_id : str

    Raises
    ------
    RunError
        Where the person may not see it.
    """

    def __init__(self, visit: Visit, run_id: str) -> None:
        self._visit = visit
        with visit.acting():
            self._run: Run = find_run(run_id)
        say = visit.say
        self._told = pn.pane.HTML(sizing_mode="stretch_width")
        self._bar = pn.indicators.Progress(max=100, value=0, sizing_mode="stretch_width",
                                           max_width=600, margin=(5, 10))
        self._when = pn.pane.Markdown()
        self._log = pn.pane.HTML(sizing_mode="stretch_width")
        self._plot = pn.pane.Matplotlib(None, tight=True, sizing_mode="scale_width", max_width=800,
                                        format="svg")
        self._message = pn.pane.Alert("", alert_type="warning", visible=False)
        self._buttons = {name: pn.widgets.Button(name=say(name), visible=False)
                         for name in ("cancel", "pause", "resume", "retry")}
        for name, button in self._buttons.items():
            button.on_click(lambda _event, name=name: self._do(name))
        self._results = pn.Column(pn.pane.Markdown(say("no_results")),
                                  sizing_mode="stretch_width")
        self._shown = self._ended = False
        self.view = pn.Column(
            self._message, pn.Tabs(
                (say("execution"), self._execution()), (say("results"), self._results),
                dynamic=False, sizing_mode="stretch_width"), sizing_mode="stretch_width")
        self._look()
        if pn.state.curdoc is not None:
            self._clock = pn.state.add_periodic_callback(self.refresh, period=_POLL)

    def _execution(self) -> pn.Column:
        say = self._visit.say
        notebook = pn.widgets.FileDownload(
            callback=lambda: io.StringIO(notebook_of(self._run)), label=say("notebook"),
            filename=f"run-{self._run.id}.ipynb", button_type="default")
        links = [notebook]
        if self._visit.lab:
            links.append(pn.widgets.Button(name=say("open_lab")))
            links[-1].js_on_click(code=f"window.open('{self._visit.lab}', '_blank')")
        return pn.Column(
            pn.FlexBox(*self._buttons.values(), *links), self._bar, self._when, self._told,
            self._plot, pn.pane.Markdown(f"**{say('log')}**"), self._log,
            sizing_mode="stretch_width")

    async def refresh(self) -> None:
        """Look again, until the run has ended and its results are shown."""
        if self._ended:
            return
        told = await self._visit.call(self._read)
        self._put(*told)

    def _look(self) -> None:
        with self._visit.acting():
            told = self._read()
        self._put(*told)

    def _read(self) -> tuple[Record, float, dict[str, str], list[str], Any]:
        run = self._run
        record = run.record
        figure = plot_resources(run, self._visit.language) if len(resources(run)) else None
        return record, run.progress, described(run, self._visit.language), run.log_tail(12), figure

    def _put(self, record: Record, progress: float, told: dict[str, str], log: list[str],
             figure: Any) -> None:
        state = State(record.state)
        self._ended = not state.active
        self._bar.value = 100 if state is State.COMPLETE else int(100 * progress)
        self._bar.bar_color = {State.COMPLETE: "success", State.FAILED: "danger"}.get(state,
                                                                                     "primary")
        self._told.object = "<table>" + "".join(
            f"<tr><th style='text-align:left;vertical-align:top;padding-right:1em'>"
            f"{escape(self._visit.say(f'told_{name}'))}"
            f"</th><td style='overflow-wrap:anywhere'>{escape(value)}</td></tr>"
            for name, value in told.items() if name != "folder") + "</table>"
        self._log.object = ("<pre style='white-space:pre-wrap;overflow-wrap:anywhere'>"
                            f"{escape(chr(10).join(log))}</pre>")
        self._when.object = self._ends(record)
        self._plot.object = figure
        allowed = {"cancel": state.active, "pause": state.active, "resume": state.resumable,
                   "retry": state is State.FAILED}
        for name, button in self._buttons.items():
            button.visible = allowed[name]
        if state is State.COMPLETE and not self._shown:
            self._show_results()

    def _ends(self, record: Record) -> str:
        """Return when the run is predicted to end, and when it did."""
        said = []
        if record.started and record.predicted_median:
            began = datetime.fromisoformat(record.started)
            ends = began + timedelta(seconds=record.predicted_median)
            said.append(self._visit.say("end_predicted", end=instant(
                ends, self._visit.language, seconds=True)))
        if record.finished:
            said.append(self._visit.say("end_actual", end=instant(
                record.finished, self._visit.language, seconds=True)))
        return " · ".join(said)

    def _do(self, name: str) -> None:
        """Cancel, pause, resume or retry; what is refused is said."""
        wish = {"cancel": "cancel", "pause": "pause"}.get(name)
        self._message.visible = False
        try:
            with self._visit.acting():
                getattr(self._run, f"ask_to_{wish}" if wish else name)()
        except TwinError as error:
            self._message.object = as_text(told(error, self._visit.language))
            self._message.visible = True
        self._ended = False
        self._look()

    def _show_results(self) -> None:
        from twin_kernel.dashboards.maps import RunMap

        if missing_outputs(self._run.folder):
            return
        self._shown, results = True, open_results(self._run.folder)
        shown = RunMap(results, self._visit)
        self._results[:] = [shown.view(self._profile(results, shown)), self._downloads()]

    def _profile(self, results: Results, shown: Any) -> pn.Column:
        """Return the field along a river at the instant of the map."""
        path = pn.widgets.Select(name=self._visit.say("path"), value="garonne",
                                 max_width=300, options={
            _capital(word(name, self._visit.language)): name for name in _PATHS})

        def draw(field: str, frame: int, path: str) -> Any:
            figure = Figure(figsize=(6.4, 4.2), layout="constrained")  # legible on a phone too
            try:
                plot_profile(results, field, results.times[frame], path=path,
                             language=self._visit.language, axes=figure.subplots())
            except TwinError as error:
                return pn.pane.Markdown(as_text(told(error, self._visit.language)))
            return pn.pane.Matplotlib(figure, tight=True, sizing_mode="scale_width",
                                      max_width=800, format="svg")

        return pn.Column(path, pn.bind(draw, shown.field.param.value,
                                       shown.frame.param.value_throttled, path),
                         sizing_mode="stretch_width") if results.node_degrees is not None \
            else pn.Column()

    def _downloads(self) -> pn.FlexBox:
        folder, found = self._run.folder, []
        for name in RECORDED:
            if (folder / name).is_file():
                size = format_bytes((folder / name).stat().st_size)
                found.append(pn.widgets.FileDownload(
                    str(folder / name), filename=f"{self._run.id}-{name}", embed=False,
                    label=self._visit.say("download", name=name, size=size)))
        return pn.FlexBox(*found)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
