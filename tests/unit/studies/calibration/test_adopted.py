"""What the catalogue holds is what the evidence of the calibration says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin_kernel.catalog import ocean_boundary_constants, river_definition
from twin_kernel.catalog.meshes import mesh_recipe
from twin_kernel.errors import CatalogError
from twin_kernel.studies.calibration import (
    calibration_recipe,
    evidence_tables,
    open_calibration,
    plot_parameters,
    plot_sensitivity,
    plot_skill,
)


@pytest.fixture(scope="module")
def adopted():
    """The evidence in the catalogue."""
    return open_calibration()


def test_the_evidence_is_of_the_recipe(adopted):
    """Same version, same parameters."""
    recipe = calibration_recipe("gironde")
    assert adopted.facts["version"] == recipe.version
    assert tuple(adopted.parameters.index) == recipe.names


def test_friction_and_bed_are_those_found(adopted):
    """Rounded to 1e-4 s m^(-1/3) and 1 cm, far inside what the gauges know of them."""
    values = calibration_recipe("gironde").named(adopted.parameters["value"].to_numpy())
    for zone, manning in river_definition("gironde").manning().items():
        assert manning == pytest.approx(values[f"manning.{zone}"], abs=5.1e-5)
    recipe = mesh_recipe("gironde")
    for of, held in (("bed", recipe.bed_correction), ("flats", recipe.flats_correction)):
        wanted = {name.split(".")[1]: value for name, value in values.items()
                  if name.startswith(of)}
        assert held == pytest.approx(wanted, abs=5.1e-3)


def test_the_tide_imposed_is_the_one_found(adopted):
    """The file holds amplitudes to 1e-5 m and phases to 1e-3 degrees."""
    values = adopted.parameters["value"]
    before, after = (ocean_boundary_constants(estimate).set_index("constituent")
                     for estimate in (calibration_recipe("gironde").tide, None))
    for name in ("M2", "S2", "N2", "M4"):
        factor = complex(values[f"ocean.{name}.real"], values[f"ocean.{name}.imaginary"])
        ratio = after.at[name, "amplitude"] / before.at[name, "amplitude"]
        assert ratio == pytest.approx(abs(factor), abs=3e-4)
        later = (after.at[name, "phase"] - before.at[name, "phase"] + 180.0) % 360.0 - 180.0
        assert later == pytest.approx(np.degrees(np.angle(factor)), abs=0.01)


def test_gauges_left_out_are_within_what_is_said(adopted):
    """M2 within 5 % and 5 degrees, the tide within 15 cm; M4 within 25 % but at one gauge.

    The calibration makes the level worse nowhere.
    """
    m2, m4 = (adopted.constituents.xs(name, level="constituent") for name in ("M2", "M4"))
    assert m2["left_out_amplitude_error"].abs().max() < 0.05
    assert m2["left_out_phase_error"].abs().max() < 5.0
    assert adopted.reconstructed["left_out"].max() < 0.15
    off = m4["left_out_amplitude_error"].abs()
    assert set(off.index[off > 0.25]) == {"Port-Bloc"}
    assert (adopted.levels["after"] < adopted.levels["before"] + 0.005).all()


def test_no_parameter_lies_on_a_bound(adopted):
    """The gauges ask for what the sections and the ocean can be."""
    assert not adopted.parameters["at_bound"].any()


def test_the_evidence_can_be_read_back_and_drawn(adopted, tmp_path):
    """Written, read and written again it is the same file; its pictures have ink."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    adopted.write(first)
    open_calibration(first).write(second)
    assert first.read_text() == second.read_text()
    for plot in (plot_skill, plot_parameters, plot_sensitivity):
        plot(adopted).savefig(tmp_path / f"{plot.__name__}.png", dpi=40)
        assert (tmp_path / f"{plot.__name__}.png").stat().st_size > 5000


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"facts": {}, "parameters": {"data": []}}'])
def test_a_file_that_is_no_evidence_is_refused(tmp_path, content):
    """Also one written before a table was added."""
    path = tmp_path / "old.json"
    path.write_text(content)
    with pytest.raises(CatalogError, match=r"old\.json.*Next: \S*twin calibrate"):
        open_calibration(path)


def test_the_page_shows_this_evidence(adopted):
    """After another calibration, paste gironde.md of its folder between the two marks."""
    page = (Path(__file__).parents[4] / "docs" / "calibration.md").read_text(encoding="utf-8")
    shown = page.split("begin -->\n")[1].split("<!--")[0]
    assert shown == evidence_tables(adopted)
