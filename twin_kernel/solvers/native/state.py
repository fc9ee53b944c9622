"""What the native solver knows at an instant, and how it is written down to the last bit."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

__all__ = ["State", "load_state", "save_state"]


@dataclass
class State:
    """Prognostic variables and running budgets.

    Attributes
    ----------
    step : int
        Steps done.
    volume, salinity : (n_face,) float64
        m3 and practical scale.
    u, flux : (n_edge,) float64
        Normal velocity, m/s, and volume flux of the last step, m3/s.
    water_entered, salt_entered : (n_boundary,) float64
        m3 and salinity × m3 that entered through each open boundary since the start.
    water_at_start, salt_at_start : float
        m3 and salinity × m3.
    iterations : int
        Of the linear solver since the start.
    limited_cells : int
        Cells whose outflow was limited, summed over steps.
    salinity_low, salinity_high, volume_low : float
        Extremes since the start.
    """

    step: int
    volume: np.ndarray
    salinity: np.ndarray
    u: np.ndarray
    flux: np.ndarray
    water_entered: np.ndarray
    salt_entered: np.ndarray
    water_at_start: float
    salt_at_start: float
    iterations: int = 0
    limited_cells: int = 0
    salinity_low: float = np.inf
    salinity_high: float = -np.inf
    volume_low: float = np.inf


def save_state(state: State, path: Path, **extra: int) -> None:
    """Write a checkpoint aside, then rename it; `extra` are counters of the writer of results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.savez(file, **{f.name: getattr(state, f.name) for f in fields(State)},
                 **{f"extra_{name}": value for name, value in extra.items()})
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def load_state(path: Path) -> tuple[State, dict[str, int]]:
    """Read a checkpoint; return the state and the extra counters."""
    with np.load(path) as saved:
        values = {
            f.name: saved[f.name] if saved[f.name].ndim else saved[f.name].item()
            for f in fields(State)
        }
        extra = {name[6:]: saved[name].item() for name in saved.files if name.startswith("extra_")}
    return State(**values), extra
