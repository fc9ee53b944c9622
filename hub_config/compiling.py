"""Compiling the native solver once for an environment, so that nobody's first run waits for it.

``make hub-environment`` calls it; a hub that starts copies what it made to its service account,
as Numba keeps only what it may also write.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twin_kernel.errors import SolverError, StorageError

__all__ = ["COMPILED", "compile_solver", "copy_compiled"]

COMPILED = Path(sys.prefix) / "compiled"


def compile_solver(place: Path = COMPILED) -> None:
    """Compute an hour of tide and salt and keep the compiled kernels, for everybody to read.

    Parameters
    ----------
    place : Path
        Folder for Numba's files.

    Raises
    ------
    SolverError
    """
    # Imported when asked for: a hub that starts only copies.
    from twin_kernel.runs import Case
    from twin_kernel.runs.setup import build_setup
    from twin_kernel.solvers.registry import get_solver

    setup = build_setup(Case(start="2015-08-01", stop="2015-08-01T01:00",
                             solver_options={"time_step": 300}))
    solver = get_solver("native")
    with tempfile.TemporaryDirectory(prefix="compiling-") as name:
        folder = Path(name)
        (folder / "checkpoints").mkdir()
        solver.prepare(setup, folder)
        done = subprocess.run(list(solver.command(folder, 1)), capture_output=True, text=True,
                              check=False, env={**os.environ, "NUMBA_CACHE_DIR": str(place)})
    if done.returncode:
        raise SolverError("The solver does not compute", received=done.stderr[-500:],
                          next_step="make test ARGS=tests/unit/solvers")


def copy_compiled(place: Path, user: int, group: int) -> None:
    """Copy compiled kernels for an account, under its own rights; none where there are none.

    Parameters
    ----------
    place : Path
        Folder for Numba's files, which the account may make.
    user, group : int
        Root lays nothing in a folder of somebody else: a link there would be followed.

    Raises
    ------
    StorageError
    """
    given = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run([sys.executable, "-m", "hub_config.compiling", str(place)], cwd="/",
                          capture_output=True, text=True, check=False, **given)
    if done.returncode:
        raise StorageError("The compiled solver cannot be copied", received=done.stderr[-500:],
                           next_step=f"make room below {place}, or remove that folder")


def _copy(place: Path) -> None:
    if COMPILED.is_dir():
        shutil.copytree(COMPILED, place, dirs_exist_ok=True, copy_function=_whole)


def _whole(source: str, target: str) -> str:
    """Copy a file whole or not at all: runs may be reading it."""
    partial = f"{target}.part"
    shutil.copy2(source, partial)
    os.replace(partial, target)
    return target


if __name__ == "__main__":
    if sys.argv[1:]:
        _copy(Path(sys.argv[1]))
    else:
        compile_solver()
