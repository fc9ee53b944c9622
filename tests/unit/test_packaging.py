"""pyproject.toml, environment.yml, the lock and CITATION.cff say the same thing."""

import ast
import re
import sys
import tomllib
from importlib.metadata import EntryPoint, packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# conda-forge's name where it is not the name on the Python index (both in canonical spelling).
CONDA_NAMES = {"dask": "dask-core", "jupyterhub": "jupyterhub-base",
               "matplotlib": "matplotlib-base"}


def bounds(requirements: list[str]) -> dict[str, str]:
    """Return the canonical name and version range of each requirement."""
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(one.name): str(one.specifier) for one in parsed}


def test_conda_environment_asks_for_what_the_project_asks_for():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    from_index = [name for entry in listed if isinstance(entry, dict) for name in entry["pip"]]
    conda = bounds([entry for entry in listed if isinstance(entry, str)
                    and not entry.startswith("python=")] + from_index)
    # One version: repo2docker reads no range, and would take an older Python.
    chosen = next(one for one in listed if str(one).startswith("python="))
    assert Version(chosen.partition("=")[2]) in SpecifierSet(PROJECT["requires-python"])
    assert conda.pop("pip") == ""

    wanted = bounds(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"])
    assert conda == {CONDA_NAMES.get(name, name): version for name, version in wanted.items()}


@pytest.mark.parametrize(
    "text", PROJECT["dependencies"] + [one for extra in ("test", "lab", "hub")
                                       for one in PROJECT["optional-dependencies"][extra]]
)
def test_lock_holds_an_allowed_version_of_every_dependency(text):
    wanted = Requirement(text)
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    locked = [Requirement(line) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    versions = [
        str(one.specifier).removeprefix("==")
        for one in locked
        if canonicalize_name(one.name) == canonicalize_name(wanted.name)
    ]
    assert versions, f"{wanted.name} is not in requirements.lock; type: make lock"
    assert all(Version(version) in wanted.specifier for version in versions)


def test_every_dependency_has_a_lower_bound_and_no_upper_one():
    for name, specifier in bounds(PROJECT["dependencies"]).items():
        assert re.fullmatch(r">=[0-9.]+", specifier), f"{name}{specifier}"


def test_lock_and_conda_environment_name_no_index_host():
    for name in ("requirements.lock", "environment.yml"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text), name


def test_citation_carries_the_version_and_licence_of_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def imported_packages(folder: str) -> set[str]:
    """Return the third-party top-level modules that the files of a folder import anywhere."""
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {one.name.split(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.split(".")[0])
    own = {"twin_kernel", "hub_config", "tests", "benchmarks"}
    return names - set(sys.stdlib_module_names) - own


@pytest.mark.parametrize("folder", ["twin_kernel", "hub_config", "tests", "benchmarks"])
def test_every_import_is_a_declared_dependency(folder):
    declared = set(bounds(PROJECT["dependencies"]))
    if folder in ("hub_config", "tests"):
        for extra in ("hub", "lab"):
            declared |= set(bounds(PROJECT["optional-dependencies"][extra]))
    if folder == "tests":
        declared |= set(bounds(PROJECT["optional-dependencies"]["test"]))
    if folder == "benchmarks":
        declared |= set(bounds(PROJECT["optional-dependencies"]["bench"]))
    provided_by = packages_distributions()
    undeclared = {
        name: provided_by.get(name)
        for name in imported_packages(folder)
        if not {canonicalize_name(one) for one in provided_by.get(name, [name])} & declared
    }
    assert not undeclared


@pytest.mark.parametrize(("name", "target"), [
    *PROJECT["scripts"].items(), *PROJECT["entry-points"]["twin_kernel.solvers"].items()
])
def test_entry_point_leads_to_something_callable(name, target):
    assert callable(EntryPoint(name, target, "any").load())
