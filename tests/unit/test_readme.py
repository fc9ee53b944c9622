"""What the README promises exists: commands, files, names of the library."""

import ast
import json
import re
from pathlib import Path

import pytest

import twin_kernel

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)


def test_first_screen_holds_the_two_commands_and_the_picture():
    first_screen = README.splitlines()[:20]
    commands = [line.split()[1] for line in first_screen if line.startswith("make ")]
    assert commands == ["study", "test"]
    assert any(line.startswith("![") for line in first_screen)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make (\w+)", README, re.MULTILINE))))
def test_every_make_command_is_a_target(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_linked_file_exists(link):
    assert (ROOT / link).is_file()


def test_example_uses_only_public_names():
    names = {
        node.attr
        for node in ast.walk(ast.parse(EXAMPLE))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "twin"
    }
    assert names <= set(twin_kernel.__all__)
    assert all(hasattr(twin_kernel, name) for name in names)


def test_map_names_every_room():
    rooms = {
        path.stem
        for path in (ROOT / "twin_kernel").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    } - {"__init__", "__main__"}
    section = README.split("## Map of the rooms")[1].split("## ")[0]
    first_column = "".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", first_column)) == rooms


def test_errors_of_gauges_left_out_are_those_of_the_calibration():
    told = json.loads((ROOT / "catalogs" / "calibrations" / "gironde.json").read_text())
    rms = [row["left_out"] for row in told["reconstructed"]["data"]]
    worst = {name: {what: max(abs(row[f"left_out_{what}_error"]) for row in
                              told["constituents"]["data"] if row["constituent"] == name)
                    for what in ("amplitude", "phase")} for name in ("M2", "M4")}
    for said in (f"M2 up to {worst['M2']['amplitude']:.1%} and {worst['M2']['phase']:.1f}°",
                 f"({worst['M4']['amplitude']:.0%} of 8 cm at Port-Bloc",
                 f"and {worst['M4']['phase']:.0f}° (of 6 cm at Lamena)"):
        assert said.replace("%", " %") in README
    assert f"level {min(rms):.2f} to {max(rms):.2f} m rms" in README
    levels = [row["left_out"] for row in told["levels"]["data"]]
    assert f"{min(levels):.2f} to {max(levels):.2f} m for all of a gauge's table" in README
