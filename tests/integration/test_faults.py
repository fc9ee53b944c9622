"""A short fault campaign, here and on a real Slurm; ``make faults`` runs the long ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("faults", "where"), [(16, []), (14, ["--slurm", "--postgres"])])
def test_no_run_is_lost_twice_stuck_or_wrong(faults, where, request):
    """In a process of its own: it counts what became of every run, and fails on any harm."""
    if os.environ.get("TWIN_TEST_SERVERS") == "required":
        where = [*where, "--all"]
    if "--slurm" in where:
        request.getfixturevalue("slurm")  # missing, it says what to install
        request.getfixturevalue("postgres")
    ended = subprocess.run([sys.executable, "-m", "benchmarks.faults", "--faults", str(faults),
                            "--seed", "11", *where], cwd=ROOT, capture_output=True, text=True,
                           check=False, timeout=900)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-3000:]
