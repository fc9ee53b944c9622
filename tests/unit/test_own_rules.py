"""The rules the project gives itself, held by a test."""

import ast
import re
from pathlib import Path

import pytest
from typer.main import get_command

from twin_kernel import errors
from twin_kernel.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted([*(ROOT / "twin_kernel").rglob("*.py"), *(ROOT / "hub_config").rglob("*.py")])
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
REFUSALS = {name for name in errors.__all__ if name.endswith("Error")}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "core", "common", "misc"}

each_module = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(ROOT))
)
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public_definitions(path: Path) -> list[Documented]:
    """Return public functions and classes of a module, with the public methods of the latter."""
    found: list[Documented] = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            found.append(node)
            inside = node.body if isinstance(node, ast.ClassDef) else []
            found += [
                one for one in inside if isinstance(one, Documented) and one.name[0] != "_"
            ]
    return found


def overrides_nothing_documented(node: Documented) -> bool:
    """Tell whether a definition must say what it does: a setter or overload need not."""
    marks = {ast.unparse(mark).rsplit(".", 1)[-1] for mark in node.decorator_list}
    return not marks & {"setter", "overload", "override"}


@each_module
def test_module_is_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@each_module
def test_functions_are_short(path):
    lines = path.read_text().splitlines()
    long = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = ast.get_docstring(node) is not None
            first = node.body[0].end_lineno if words else node.lineno - 1
            code = [one.strip() for one in lines[first : node.end_lineno]]
            length = sum(1 for one in code if one and not one.startswith("#"))
            if length > LONGEST_FUNCTION:
                long.append(f"{node.name}: {length} lines of code")
    assert not long


@each_module
def test_public_names_are_documented(path):
    assert ast.get_docstring(ast.parse(path.read_text())), "the module has no docstring"
    silent = [
        node.name
        for node in public_definitions(path)
        if overrides_nothing_documented(node) and not ast.get_docstring(node)
    ]
    assert not silent


@each_module
def test_module_has_a_name_that_says_something(path):
    assert not {path.stem, path.parent.name} & FORBIDDEN_NAMES


@each_module
def test_nothing_is_left_for_later(path):
    marks = [word for word in ("TODO", "FIXME", "XXX", "for now") if word in path.read_text()]
    assert not marks


def refusals_without_next_step(source: str) -> list[int]:
    """Return the lines that make an error of the twin and do not say what to do now."""
    return [
        call.lineno for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in REFUSALS
        and not any(given.arg == "next_step" and ast.unparse(given.value) not in ("None", "''")
                    for given in call.keywords)
    ]


@each_module
def test_refusals_say_what_to_do(path):
    assert not refusals_without_next_step(path.read_text())


def commands_told(source: str) -> set[tuple[str, str]]:
    """Return the commands of ``twin`` and of its groups that the strings of a module tell."""
    strings = [node.value for node in ast.walk(ast.parse(source))
               if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {pair for told in strings for pair in re.findall(
        r"(?:^|[^\w.])twin (catalog|mesh|run|service|study) ([a-z-]+)", told)}


@each_module
def test_commands_told_exist(path):
    known = {(name, each) for name, group in get_command(app).commands.items()
             for each in getattr(group, "commands", {})}
    assert commands_told(path.read_text()) <= known


def test_every_command_is_told_as_it_can_be_typed(monkeypatch, tmp_path):
    """A new group of commands has to be known where messages are made."""
    (tmp_path / "twin").touch(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    for name in get_command(app).commands:
        assert errors.as_typed_here(f"twin {name} x") == f"{tmp_path}/twin {name} x"


def test_command_that_does_not_exist_is_seen():
    assert commands_told("raise E(next_step=f'type: twin run list {x}')") == {("run", "list")}


def test_refusal_without_next_step_is_seen():
    source = """
raise InputError("no", received=1)
raise errors.MeshError("no", next_step=None)
raise RunError("no", next_step="twin run list")
"""
    assert refusals_without_next_step(source) == [2, 3]
