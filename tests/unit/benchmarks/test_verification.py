"""The verification report holds every case, with a picture and an order."""

from benchmarks import verification


def test_report_on_one_case(tmp_path, monkeypatch):
    """The first case on the meshes of the tests; all are run by tests/analytic."""
    assert len(verification.cases()) >= 10
    first = verification.cases()[:1]
    monkeypatch.setattr(verification, "cases", lambda: first)
    text = verification.write_report(tmp_path, quick=True).read_text()
    assert first[0].name in text
    assert first[0].source in text
    assert all(path.stat().st_size > 10_000 for path in tmp_path.glob("*.png"))
    assert len(list(tmp_path.glob("*.png"))) == 1
