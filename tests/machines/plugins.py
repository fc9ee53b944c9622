"""The tiny solver as a plugin on the path: what an entry point of another package is."""

from __future__ import annotations

from pathlib import Path

ENTRIES = ("[twin_kernel.solvers]\ntiny = tiny_solver:Tiny\n"
           "tiny_mpi = tiny_solver:TinyMPI\n"
           "broken = tiny_solver:Nowhere\n")


def install_tiny(place: Path) -> Path:
    """Make a folder that, on the path, registers the solvers "tiny", "tiny_mpi" and "broken"."""
    information = place / "tiny_solver-1.0.dist-info"
    information.mkdir(parents=True)
    source = Path(__file__).resolve().parents[1] / "unit" / "runs" / "tiny_solver.py"
    (place / "tiny_solver.py").write_bytes(source.read_bytes())
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-solver\n"
                                          "Version: 1.0\n")
    (information / "entry_points.txt").write_text(ENTRIES)
    return place
