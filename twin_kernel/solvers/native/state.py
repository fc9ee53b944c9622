"""What the native solver knows at an instant, and how it is written down to the last bit."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from twin_kernel.errors import SolverError, StorageError
from twin_kernel.solvers.native.source import source_hash

__all__ = ["State", "give_name", "load_state", "need_room", "put_on_disk", "save_state"]

_MEMORY = "memory/"
_EXTRA = "extra/"
_SOURCE = "source"  # of the solver that wrote a checkpoint
_MARGIN = 5e6  # bytes, for what HDF5 adds to the values, the log, and other runs on the disk


@dataclass
class State:
    """Prognostic variables and running budgets.

    Attributes
    ----------
    step : int
        Steps done.
    volume : (n_face,) float64
        m3.
    u, flux : (n_edge,) float64
        Normal velocity, m/s, and volume flux of the last step, m3/s.
    tracers : (n_tracer, n_face) float64
        Concentrations, in the order of ``Model.tracer_names``.
    water_entered : (n_boundary,) float64
        m3 that entered through each open boundary since the start.
    tracer_entered : (n_tracer, n_boundary) float64
        Concentration × m3 that entered likewise.
    water_at_start : float
        m3.
    tracer_at_start : (n_tracer,) float64
        Concentration × m3.
    tracer_low, tracer_high : (n_tracer,) float64
        Extremes since the start.
    rain_entered : float
        m3 that fell on the water since the start.
    iterations : int
        Of the linear solver since the start.
    limited_cells : int
        Cells whose outflow was limited, summed over steps.
    unconverged : int
        Searches for levels that ended over their tolerance.
    volume_low : float
        Smallest volume since the start, m3.
    memory : dict of str to array
        What the processes keep from step to step.
    """

    step: int
    volume: np.ndarray
    u: np.ndarray
    flux: np.ndarray
    tracers: np.ndarray
    water_entered: np.ndarray
    tracer_entered: np.ndarray
    water_at_start: float
    tracer_at_start: np.ndarray
    tracer_low: np.ndarray
    tracer_high: np.ndarray
    rain_entered: float = 0.0
    iterations: int = 0
    limited_cells: int = 0
    unconverged: int = 0
    volume_low: float = np.inf
    memory: dict[str, np.ndarray] = field(default_factory=dict)

    def remember_range(self) -> None:
        """Widen `tracer_low` and `tracer_high` to what there is now."""
        np.minimum(self.tracer_low, self.tracers.min(axis=1), out=self.tracer_low)
        np.maximum(self.tracer_high, self.tracers.max(axis=1), out=self.tracer_high)

    @property
    def nbytes(self) -> int:
        """Bytes of its checkpoint."""
        own = (getattr(self, f.name) for f in fields(self) if f.name != "memory")
        return sum(np.asarray(values).nbytes for values in (*own, *self.memory.values()))


def need_room(folder: Path, size: float) -> None:
    """Refuse to write on a disk without room for it: HDF5 spoils a file that it cannot extend.

    Raises
    ------
    StorageError
        With fewer than `size` bytes, and a margin, free.
    """
    free = shutil.disk_usage(folder).free
    if free < size + _MARGIN:
        raise StorageError(
            "The disk is too full for the run to go on", received=f"{free / 1e6:.1f} MB free in "
            f"{folder}", allowed=f"at least {(size + _MARGIN) / 1e6:.1f} MB",
            next_step="free some space; the run service then goes on from the last checkpoint, "
                      f"and so does: python -m twin_kernel.solvers.native '{folder}'")


def put_on_disk(path: Path) -> None:
    """Have the system write a file, or the names in a folder, where a power cut leaves them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give_name(partial: Path, path: Path) -> None:
    """Put a file written aside on disk, then in the place of another."""
    put_on_disk(partial)
    os.replace(partial, path)
    put_on_disk(path.parent)


def save_state(state: State, path: Path, **extra: int) -> None:
    """Write a checkpoint aside, then rename it; `extra` are counters of the writer of results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.savez(file, **{_SOURCE: source_hash()},
                 **{f.name: getattr(state, f.name) for f in fields(State) if f.name != "memory"},
                 **{_MEMORY + name: values for name, values in state.memory.items()},
                 **{_EXTRA + name: value for name, value in extra.items()})
    give_name(partial, path)


def load_state(path: Path) -> tuple[State, dict[str, int]]:
    """Read a checkpoint; return the state and the extra counters.

    Raises
    ------
    SolverError
        It cannot be read whole, or another version of the solver wrote it: what is before the
        checkpoint and what is after would be of two solvers.
    """
    try:
        return _load(path)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise SolverError(
            "The checkpoint cannot be read", received=f"{path}: {type(error).__name__}: {error}",
            allowed="a checkpoint written whole by this version of the solver",
            next_step=f"rm '{path}', then launch the case again: the run starts over") from error


def _load(path: Path) -> tuple[State, dict[str, int]]:
    with np.load(path) as saved:
        if (source := saved[_SOURCE].item()) != source_hash():
            raise SolverError(
                "The checkpoint was written by another version of the solver",
                received=f"{path}, by native of source {source}",
                allowed=f"native of source {source_hash()}, which runs now",
                next_step=f"rm '{path}', then launch the case again: this version computes it "
                          "from the start")
        values = {
            f.name: saved[f.name] if saved[f.name].ndim else saved[f.name].item()
            for f in fields(State) if f.name != "memory"
        }
        memory = {name.removeprefix(_MEMORY): saved[name]
                  for name in saved.files if name.startswith(_MEMORY)}
        extra = {name.removeprefix(_EXTRA): saved[name].item()
                 for name in saved.files if name.startswith(_EXTRA)}
    return State(memory=memory, **values), extra
