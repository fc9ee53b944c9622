"""The Studies page without a browser: forms, refusals, the notebook behind a run, people apart."""

from __future__ import annotations

import asyncio
import json
import re
from html import escape
from types import SimpleNamespace

import nbformat
import panel as pn
import psutil
import pytest
from markdown_it import MarkdownIt

from twin_kernel.dashboards import study_jobs
from twin_kernel.dashboards.forms import CaseForm, StudyForm, parameter_input
from twin_kernel.dashboards.history_view import RunList
from twin_kernel.dashboards.labels import LABELS
from twin_kernel.dashboards.launch_view import LaunchView
from twin_kernel.dashboards.notebooks import notebook_of
from twin_kernel.dashboards.refusals import FRENCH as TRANSLATED
from twin_kernel.dashboards.refusals import told
from twin_kernel.dashboards.run_view import RunView
from twin_kernel.dashboards.serve import _argument, studies_page
from twin_kernel.dashboards.study_jobs import list_study_jobs
from twin_kernel.dashboards.visits import Visit, as_text
from twin_kernel.errors import InputError, RunError
from twin_kernel.runs import Case, Run, launch
from twin_kernel.runs.describing import described
from twin_kernel.runs.estimates import Estimate
from twin_kernel.runs.folder import write_json
from twin_kernel.runs.footprint import estimate_footprint
from twin_kernel.runs.ledger import Person, acting_for, current_user, open_ledger
from twin_kernel.runs.prediction import Interval
from twin_kernel.settings import Power
from twin_kernel.studies import list_templates

ENGLISH, FRENCH = Visit(None, "en"), Visit(None, "fr")


def test_every_label_is_said_in_both_languages():
    for key, said in LABELS.items():
        assert len(said) == 2, key
        assert all(said), key
        fields = [{part.split("}")[0] for part in one.split("{")[1:]} for one in said]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize("visit", [ENGLISH, FRENCH])
def test_form_of_a_study_is_built_from_its_declarations(visit):
    for template in list_templates():
        form = StudyForm(template, visit)
        assert form.values() == template.resolve()
        assert len(form.view) == len(template.parameters)
        for name, parameter in template.parameters.items():
            label = parameter.french if visit.language == "fr" else parameter.english
            assert parameter_input(parameter, visit).name.startswith(label), name


def test_form_of_a_case_gives_a_case_or_a_refusal():
    form = CaseForm(ENGLISH)
    assert form.values() == Case(start="2015-08-01", stop="2015-08-03",
                                 solver_options={"time_step": 60.0}, map_interval=3600.0)
    form._stop.value = "2015-07-01"
    with pytest.raises(InputError, match="ends before it starts"):
        form.values()
    form._stop.value = "2015-08-02"
    form._discharge["garonne"].value = "/etc/passwd.csv"
    with pytest.raises(InputError, match="A file is not named on this page"):
        form.values()
    form._discharge["garonne"].value = ""
    form._friction.value = 9.0  # the input leaves it as it is: the refusal says the range
    with pytest.raises(InputError, match=r"0\.2 to 5"):
        form.values()
    form._friction.value = 1.0
    form._discharge["garonne"].value = "120 m3/s"
    assert form.values().discharge == {"garonne": 120.0}


@pytest.fixture
def run():
    """A run of somebody called zoe, as the ledger has it."""
    case = Case(start="2015-08-01", stop="2015-08-02", discharge={"garonne": 80.0},
                processes={"salinity": {}})
    with acting_for(Person("zoe")):
        ledger = open_ledger()
        record, _ = ledger.request(f"page-{case.content_hash()[:8]}", case_json=case.
                                   model_dump_json(), case_hash=case.content_hash(),
                                   solver="native 1", profile="local", cores=2, folder="/nowhere")
        return Run(ledger.get(record.id), ledger)


def test_notebook_asks_for_the_very_case(run):
    notebook = nbformat.reads(notebook_of(run), as_version=4)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    found: dict = {}
    exec(code[0], found)
    assert found["case"] == run.case
    assert "cores=2" in code[1]
    assert json.loads(notebook_of(run)) == json.loads(notebook_of(run))


def test_page_of_a_run_is_for_who_may_see_it(run):
    RunView(Visit(Person("zoe"), "fr"), run.id)
    with pytest.raises(RunError, match="Unknown run"):
        RunView(Visit(Person("yann"), "fr"), run.id)


def test_studies_of_people_lie_apart():
    with acting_for(Person("../../zoe")):
        assert current_user() == "../../zoe"
        assert list_study_jobs() == []


REFUSED = {
    "start": {"start": "x"}, "stop": {"stop": "x"}, "order": {"stop": "2015-07-01"},
    "years": {"stop": "2215-08-02"}, "discharge": {"discharge": {"garonne": -5}},
    "unit": {"discharge": {"garonne": "5 kg"}}, "words": {"discharge": {"garonne": "much"}},
    "level": {"sea_level_offset": 50}, "friction": {"friction_factor": 0},
    "step": {"solver_options": {"time_step": 5000}}, "interval": {"map_interval": 61.0},
    "cores": {"cores": 500}, "project": {"project": "elsewhere"},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_refusals_of_the_form_are_french_on_the_french_page(wrong):
    """Each as the rooms above raise it, so that a sentence changed there is seen here."""
    given = {"start": "2015-08-01", "stop": "2015-08-02", **wrong}
    asked = {name: given.pop(name) for name in ("cores", "project") if name in given}
    with pytest.raises(InputError) as refused:
        launch(Case(**given), quiet=True, **asked)
    said = told(refused.value, "fr")
    assert told(refused.value, "en") == str(refused.value)
    assert any(said.startswith(what.split("\\")[0]) for what, _ in TRANSLATED.values())
    assert not re.search(r"\b(the|of|is|to|from|none|number|Received|Allowed|Next)\b", said), said


def test_refusal_that_is_not_translated_keeps_its_words():
    error = RunError("The disk is full", received="0 GB", allowed="1 GB", next_step="make room")
    assert told(error, "fr") == (
        "The disk is full. Reçu : 0 GB. Valeurs admises : 1 GB. Que faire : make room.")


def test_every_line_of_a_run_has_its_name_in_both_languages(run):
    with acting_for(Person("zoe")):
        for name in set(described(run)) - {"folder"}:
            assert all(LABELS[f"told_{name}"])
        said = " ".join(described(run, "fr").values())
    assert "du 01/08/2015 00:00 UTC; au 02/08/2015 00:00 UTC; débit garonne 80" in said
    assert not re.search(r"\b(by|from|with|core|nothing|requested|salinity)\b", said), said


def test_prediction_is_french_on_the_french_page():
    footprint = estimate_footprint(3600.0, 4.0, Power())
    expected = Estimate(Interval(50.0, 60.0, 90.0, 3), Interval(1.0, 5.0, 9.0, 3), footprint, 10**9)
    said = expected.told("fr")
    assert said.startswith("environ 60 s (de 50 s à 1.5 min), après une attente d'environ 5 s; ")
    assert "1 heures-cœur" in said
    assert said.endswith("au plus 1 Go sur le disque")
    assert not re.search(r"\b(about|to|after|grid|up|the|set)\b", said), said
    with pytest.raises(InputError, match=r"'de'.*French"):
        expected.told("de")


def test_list_of_runs_says_what_each_simulates(run):
    shown = RunList(Visit(Person("zoe"), "fr"), print)._rows[0][2].object
    assert "01/08/2015 00:00 → 02/08/2015 00:00" in shown
    assert run.id in shown


@pytest.mark.parametrize("said", ["<img src=x onerror=alert(1)>", "[a](javascript:alert(1))",
                                  "**bold** _a_ `b` &lt; #1", "twin run show x\\y | z"])
def test_words_of_others_are_shown_as_they_are(said):
    assert MarkdownIt().render(as_text(said)) == f"<p>{escape(said)}</p>\n"


def test_address_of_the_page_is_not_markup():
    page = studies_page(FRENCH, "<b>x</b>")
    shown = [pane.object for pane in page.select(pn.pane.Markdown)]
    assert len(shown) == 2
    assert all("<b>x" not in text for text in shown)
    assert all(escape("<b>x</b>") in MarkdownIt().render(text) for text in shown)


def test_bytes_in_the_address_that_are_no_text_do_not_break_the_page(monkeypatch):
    monkeypatch.setattr("twin_kernel.dashboards.serve.pn.state",
                        SimpleNamespace(session_args={"lang": [b"\xff"], "run": [b""]}))
    assert _argument("lang") == "\N{REPLACEMENT CHARACTER}"
    assert _argument("who") == ""


def test_study_is_predicted_from_those_made_before():
    view = LaunchView(FRENCH, print)
    name = list_templates()[0].name
    view._what.value = name
    assert not view._machine.visible
    asyncio.run(view._say_expected())
    assert "pas encore fait" in view._expected.object
    folder = start_folder(name)
    write_json({"state": "complete", "seconds": 125.0}, folder / "state.json")
    asyncio.run(view._say_expected())
    assert "faite ici 1 fois, en 2.1 min à 2.1 min" in view._expected.object
    assert "heures" in view._expected.object


def test_few_studies_are_made_at_once(monkeypatch):
    """Each takes a kernel: one person cannot fill the machine, nor all together."""
    monkeypatch.setattr(study_jobs, "_OF_ALL", 5)
    name = list_templates()[0].name
    mine = study_jobs._running(psutil.Process())
    for person, count in (("zoe", 3), ("yann", 2)):
        with acting_for(Person(person)):
            for number in range(count):
                study_jobs._check_room()
                write_json(mine, start_folder(name, number) / "state.json")
    with acting_for(Person("zoe")), pytest.raises(InputError, match=r"3.*fewer than 3") as refused:
        study_jobs.start_study(name, {})
    assert told(refused.value, "fr") == (
        "Des études à vous sont déjà en cours. Reçu : 3. Valeurs admises : moins de 3 à la fois. "
        "Que faire : attendre que l'une soit faite.")
    with acting_for(Person("xu")), pytest.raises(InputError, match=r"5.*fewer than 5"):
        study_jobs.start_study(name, {})


def start_folder(name, number=1):
    """Write down a study that was asked for, without making it."""
    folder = study_jobs._folder() / f"2026-11-24T100000-{number}"
    folder.mkdir(parents=True)
    write_json({"name": name, "values": {}, "created": "2026-11-24T10:00:00+00:00"},
               folder / "asked.json")
    return folder
