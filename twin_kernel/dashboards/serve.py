"""Serving the page: alone on this machine, or behind a login that says who looks."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from twin_kernel.dashboards.history_view import RunList, StudyList
from twin_kernel.dashboards.labels import LABELS
from twin_kernel.dashboards.launch_view import LaunchView
from twin_kernel.dashboards.refusals import told
from twin_kernel.dashboards.run_view import RunView
from twin_kernel.dashboards.visits import Visit, as_text
from twin_kernel.errors import TwinError
from twin_kernel.runs.ledger import Person

__all__ = ["serve", "studies_page"]

_STYLE = """
body { font-family: system-ui, sans-serif; }
.state { border: 1px solid currentColor; border-radius: 1em; padding: .1em .7em; }
.state.complete { color: #1a7f37; } .state.failed { color: #b3261e; }
.state.running { color: #0b6e8f; }
"""

_LONGEST = 60  # characters of a run's name that are shown, where it is none


def studies_page(visit: Visit, run_id: str | None = None) -> pn.Column:
    """Return the Studies page.

    Parameters
    ----------
    visit : Visit
    run_id : str or None
        A run to open at once.
    """
    pn.extension(raw_css=[_STYLE], notifications=False)
    body = pn.Column(sizing_mode="stretch_width")

    def open_run(identity: str) -> None:
        try:
            shown = RunView(visit, identity).view
        except TwinError as error:
            shown = pn.pane.Alert(as_text(told(error, visit.language)), alert_type="warning")
        back = pn.widgets.Button(name=visit.say("back"))
        back.on_click(lambda _event: show_lists(1))
        name = as_text(identity[:_LONGEST])
        body[:] = [pn.FlexBox(back, pn.pane.Markdown(f"### {visit.say('run')} {name}")), shown]

    def launched(identity: str | None) -> None:
        if identity is None:
            show_lists(2)
        else:
            open_run(identity)

    def show_lists(active: int) -> None:
        body[:] = [pn.Tabs(
            (visit.say("launch_tab"), LaunchView(visit, launched).view),
            (visit.say("runs_tab"), RunList(visit, open_run).view),
            (visit.say("studies_tab"), StudyList(visit).view),
            active=active, sizing_mode="stretch_width")]

    if run_id is None:
        show_lists(0)
    else:
        open_run(run_id)
    return pn.Column(_header(visit), body, sizing_mode="stretch_width", max_width=1100,
                     margin=(0, 10))


def _header(visit: Visit) -> pn.pane.HTML:
    other = "fr" if visit.language == "en" else "en"
    who = "" if visit.person is None else f" · {visit.person.name}"
    links = f'<a href="?lang={other}">{LABELS["language"][("en", "fr").index(visit.language)]}</a>'
    if visit.lab:
        projects = f"/services/projects/?lang={visit.language}"
        links = (f'<a href="{escape(visit.lab)}">JupyterLab</a> · '
                 f'<a href="{projects}">{visit.say("projects")}</a> · {links}')
    return pn.pane.HTML(
        f"<h2 style='margin:.3em 0'>Estuary Twin · {visit.say('title')}</h2>"
        f"<div>{links}{escape(who)}</div>", sizing_mode="stretch_width")


def _argument(name: str) -> str:
    """Return an argument of the page's address; bytes that are no text are marked."""
    return pn.state.session_args.get(name, [b""])[0].decode(errors="replace")


def _page(identify: Callable[[], tuple[Person | None, str | None]]) -> Callable[[], Any]:
    """Return what makes the page of one visit."""
    def page() -> Any:
        person, lab = identify()
        asked = _argument("lang")
        accepts = pn.state.headers.get("Accept-Language", "")
        language = asked if asked in ("en", "fr") else "fr" if accepts.startswith("fr") else "en"
        return studies_page(Visit(person, language, lab), _argument("run") or None)

    return page


def serve(port: int, *, prefix: str = "",
          identify: Callable[[], tuple[Person | None, str | None]] = lambda: (None, None),
          show: bool = False, **options: Any) -> Any:
    """Serve the page on this machine until the process ends.

    Parameters
    ----------
    port : int
        On 127.0.0.1.
    prefix : str
        Path that the page lies under.
    identify : callable
        Returns who looks and the address of their JupyterLab, from `panel.state`; by default
        nobody in particular: the account that serves, alone on its machine.
    show : bool
        Whether to open a browser.
    **options
        Of `panel.serve`: the login, origins.
    """
    return pn.serve({"studies": _page(identify)}, port=port, address="127.0.0.1", prefix=prefix,
                    show=show, title="Estuary Twin", index=None, **options)
