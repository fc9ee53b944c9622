"""Every benchmark runs on a tiny mesh and writes its report; no time is asserted."""

import numpy as np
import pytest

from benchmarks import __main__ as everything
from benchmarks import anuga_comparison, funnel, growth, refinement, speed, triad
from benchmarks.speed import gironde
from twin_kernel.catalog import river_definition

MODULES = {"triad": triad, "speed": speed, "funnel": funnel, "growth": growth,
           "refinement": refinement}


@pytest.mark.parametrize("name", MODULES)
def test_quick_report(name, tmp_path):
    report = MODULES[name].report(quick=True)
    report.write(tmp_path)
    text = (tmp_path / f"{name}.md").read_text()
    assert text.startswith(f"## {report.title}\n\n*20")
    assert all(f"**{caption}**" in text for caption in report.tables)
    assert len(list(tmp_path.glob("*.csv"))) == len(report.tables)
    assert (report.figure is None) or (tmp_path / "benchmarks" / f"{name}.png").stat().st_size > 0
    for table in report.tables.values():
        numbers = table.select_dtypes("number").drop(columns="seconds to build the next",
                                                     errors="ignore")
        assert len(table) > 0
        assert np.isfinite(numbers.to_numpy()).all()


def test_errors_of_the_funnel_shrink_with_the_step():
    table = funnel.report(quick=True).tables["Cost and error"].set_index("dt s")
    assert table.loc[60, "error km 1, cm"] < table.loc[120, "error km 1, cm"]


def test_places_are_told_in_the_channel_of_the_river():
    """Each gauge in deep water, no two in one triangle."""
    case = gironde()
    faces = refinement.gauges_of(case)
    assert set(faces) == set(river_definition("gironde").gauges)
    assert len(set(faces.values())) == len(faces)
    bed = case.mesh.node_bed[case.mesh.face_nodes[list(faces.values())]].mean(axis=1)
    assert (bed < -2.0).all()


def test_comparison_without_anuga_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(anuga_comparison, "has_anuga", lambda: False)
    report = anuga_comparison.report(quick=True)
    report.write(tmp_path)
    text = (tmp_path / "anuga_comparison.md").read_text()
    assert "`make bench` installs it" in text
    assert "ANUGA 4" not in text


@pytest.mark.long
def test_comparison_with_anuga():
    pytest.importorskip("anuga", reason="installed by make bench only")
    report = anuga_comparison.report(quick=True)
    table, other = report.tables.values()
    codes = table["code"].str.extract(r"(\w+)")[0].tolist()
    assert codes == ["native", "native", "ANUGA", "ANUGA"]
    # An hour after the start both have let the same tide in; they differ by their open boundary
    # and their diffusion on triangles of kilometres: 5 cm is the tide's rise in two minutes.
    assert (table["error km 1, cm"] < 5.0).all()
    assert len(other) == 6


def test_page_joins_the_reports_in_order(tmp_path):
    for name in reversed(everything.NAMES):
        (tmp_path / f"{name}.md").write_text(f"## {name}\n")
    text = everything.page(tmp_path)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(
        everything.NAMES)


def test_report_takes_the_place_of_its_last(tmp_path):
    """What was not measured again stays as it was."""
    old = "# Benchmarks\n\n## triad\n\nold\n\n## speed\n\nkept\n"
    (tmp_path / "triad.md").write_text("## triad\n\nnew\n")
    text = everything.page(tmp_path, old)
    assert "old" not in text
    assert text.index("new") < text.index("kept")


def test_unknown_benchmark_is_refused_with_the_names(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks", "funel"])
    with pytest.raises(SystemExit):
        everything.main()
    message = capsys.readouterr().err
    assert "no benchmark is called funel" in message
    assert "anuga_comparison" in message
