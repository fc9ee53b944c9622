from datetime import UTC, datetime

import pytest

from twin_kernel.errors import InputError, as_typed_here
from twin_kernel.studies import find_template, list_templates, read_template

from .conftest import write_template


def test_declarations_are_read_from_cell_and_metadata(small):
    parameters = read_template(small).parameters
    assert {name: one.kind for name, one in parameters.items()} == {
        "discharge": "float", "river": "str", "steps": "int", "start": "time",
        "upstream": "float", "fast": "bool",
    }
    assert parameters["discharge"].unit == "m3/s"
    assert parameters["discharge"].french == "débit"


def test_values_come_checked_and_converted(small):
    values = read_template(small).resolve({
        "discharge": "90000 l/s", "steps": "4", "fast": "yes",
        "start": datetime(2015, 3, 1, tzinfo=UTC),
    })
    assert values == {
        "discharge": pytest.approx(90.0), "river": "garonne", "steps": 4, "fast": True,
        "start": "2015-03-01T00:00:00Z", "upstream": "climatology",
    }


def test_unknown_parameter_is_refused_with_the_nearest(small):
    with pytest.raises(InputError) as refusal:
        read_template(small).resolve({"dicharge": 3})
    assert str(refusal.value) == (
        "the study 'small' has no such parameter. Received: dicharge. Allowed: discharge, river, "
        "steps, start, upstream, fast. Next: did you mean discharge? All parameters: "
        + as_typed_here("twin study show small")
    )


@pytest.mark.parametrize(("given", "message"), [
    ({"discharge": -1}, r"discharge is out of range\. Received: -1\. "
                        r"Allowed: a number from 0 to 5000 m3/s\."),
    ({"discharge": "12 m"}, r"unit of discharge cannot be converted to m3/s\. Received: 12 m\."),
    ({"discharge": "lots"}, r"discharge is not a number\. Received: 'lots'\."),
    ({"discharge": float("nan")}, r"discharge is not a finite number"),
    ({"discharge": "inf"}, r"discharge is not a finite number"),
    ({"discharge": True}, r"discharge is not a number"),
    ({"discharge": None}, r"discharge is not a number"),
    ({"steps": 2.5}, r"steps is not a whole number\. Received: 2.5"),
    ({"steps": 0}, r"steps is out of range.*1 to 10"),
    ({"river": "seine"}, r"river is not among the choices.*garonne, dordogne"),
    ({"river": 3}, r"river is not a text"),
    ({"fast": "maybe"}, r"fast is neither true nor false"),
    ({"start": "tomorrow-ish"}, r"start is not an instant"),
    ({"start": 2015}, r"start is not an instant"),
    ({"start": "1999-01-01"}, r"start is out of range.*2000-01-01"),
    ({"upstream": "climatologie"},
     r"upstream is not a number.*or 'climatology'.*did you mean 'climatology'"),
])
def test_bad_value_is_refused(small, given, message):
    with pytest.raises(InputError, match=message):
        read_template(small).resolve(given)


@pytest.mark.parametrize(("cell", "declared", "message"), [
    ("a: float = 1.0", {}, "declarations differ.*Received: a"),
    ("a: float = 1.0", {"a": {"english": "a"}}, "declaration of a in .* not valid"),
    ("a: float = 1.0", {"a": {"english": "a", "french": "a", "unti": "m"}}, "not valid"),
    ("a: list = []", {"a": {"english": "a", "french": "a"}}, "not valid"),
    ("a: float = 9.0", {"a": {"english": "a", "french": "a", "maximum": 2}}, "out of range"),
    ("a = float('nan')", {}, "may only assign plain values"),
    ("import os", {}, "may only assign plain values"),
    ("a = b = 1", {}, "may only assign plain values"),
])
def test_template_that_is_not_one_is_refused(tmp_path, cell, declared, message):
    path = write_template(tmp_path / "bad.ipynb", parameters=cell, declared=declared)
    with pytest.raises(InputError, match=message):
        read_template(path)


def test_file_that_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "text.ipynb"
    path.write_text("not json")
    with pytest.raises(InputError, match="not a notebook"):
        find_template(path)


def test_unknown_study_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown study.*tide_and_salt.*show tide_and_salt"):
        find_template("tide_and_sal")


def test_every_template_of_the_project_is_valid():
    templates = list_templates()
    assert "tide_and_salt" in [template.name for template in templates]
    for template in templates:
        template.resolve()
        assert template.title["en"] != template.title["fr"]


