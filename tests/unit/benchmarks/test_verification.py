"""The verification report holds every case, with a picture and an order."""

from benchmarks import verification


def test_report_on_one_case(tmp_path, monkeypatch):
    """The first case and the funnel on the meshes of the tests; tests/analytic runs all."""
    assert len(verification.cases()) >= 10
    first = verification.cases()[:1]
    monkeypatch.setattr(verification, "cases", lambda: first)
    docs = tmp_path / "docs.md"
    docs.write_text(f"kept\n{verification._BEGIN}\nold\n{verification._END}\nkept too\n")
    text = verification.write_report(tmp_path, quick=True, docs=docs).read_text()
    assert docs.read_text().startswith("kept\n")
    assert docs.read_text().endswith("kept too\n")
    assert "old" not in docs.read_text()
    assert first[0].source in docs.read_text()
    assert first[0].name in text
    assert first[0].source in text
    assert all(path.stat().st_size > 10_000 for path in tmp_path.glob("*.png"))
    assert len(list(tmp_path.glob("*.png"))) == 2
