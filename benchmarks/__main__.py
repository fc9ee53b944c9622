"""Runs the benchmarks, each in a process of its own, and joins their reports into one page.

    python -m benchmarks [names] [--quick] [--write-docs]

Reports go to ``build/bench``; ``--write-docs`` puts them and their pictures in ``docs``, each in
place of its last, and leaves the others there as they are.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import RAW

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("triad", "speed", "ten_days", "funnel", "refinement", "anuga_comparison", "growth",
         "scenarios", "service")
_HEAD = """# Benchmarks of the native solver

Written by `make bench ARGS="... --write-docs"`: do not edit. Costs are CPU or wall seconds on the
machine named under each title, shared with other work; compare ratios and, between machines, scale
by the triad bandwidth measured in the same run. No test asserts a time.
"""


def page(folder: Path, old: str = "") -> str:
    """Return the reports found in a folder as one page, with those of an old page it lacks."""
    sections = {one.split("\n")[0]: f"## {one.rstrip()}\n" for one in old.split("\n## ")[1:]}
    for name in NAMES:
        report = folder / f"{name}.md"
        if report.is_file():
            text = report.read_text()
            sections[text.split("\n")[0].removeprefix("## ")] = text
    return "\n".join([_HEAD, *sections.values()])


def main() -> int:
    """Run what was asked for; return 1 where a benchmark failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; all "
                                                                 "where none is given")
    parser.add_argument("--quick", action="store_true", help="tiny meshes: measures nothing")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md")
    given = parser.parse_args()
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; "
                     f"there are {', '.join(NAMES)}")
    folder = RAW / "quick" if given.quick else RAW
    failed = [name for name in given.names or NAMES if subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--output", str(folder),
         *(["--quick"] if given.quick else [])], cwd=ROOT, check=False).returncode]
    folder.mkdir(parents=True, exist_ok=True)
    docs = ROOT / "docs" / "benchmarks.md"
    text = page(folder, docs.read_text() if given.write_docs and docs.is_file() else "")
    (folder / "benchmarks.md").write_text(text)
    if given.write_docs and not given.quick:
        docs.write_text(text)
        shutil.copytree(folder / "benchmarks", ROOT / "docs" / "benchmarks", dirs_exist_ok=True)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
