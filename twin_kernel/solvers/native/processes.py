"""The processes of a run, called one after another on the same water."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.process import ORDER, Amount, Process, Water
from twin_kernel.solvers.native.state import State

__all__ = ["Processes"]


class Processes:
    """All processes of a run, in the order of :data:`~..process.ORDER`.

    Attributes
    ----------
    tracer_names : tuple of str
        Salinity first, where there is any, then the tracers of each process.
    suspended : tuple of str
        Those of the tracers that are matter in suspension, kg/m3.
    shown, stations : tuple of str
        Fields written to maps and at stations besides the tracers.
    """

    def __init__(self, grid: Grid, processes: Sequence[Process], manning: np.ndarray,
                 start: np.datetime64, salinity: bool) -> None:
        self._grid, self._start = grid, start
        self._manning_squared = manning**2
        self._all = sorted(processes, key=lambda process: ORDER.index(process.name))
        own = [name for process in self._all for name in process.tracers]
        self.tracer_names = (*(("salinity",) if salinity else ()), *own)
        self.suspended = tuple(
            name for process in self._all if process.name == "sediment" for name in process.tracers)
        self.shown = tuple(name for process in self._all for name in process.shown)
        self.stations = tuple(name for process in self._all for name in process.stations
                              if name not in own)

    def __bool__(self) -> bool:
        return bool(self._all)

    def start(self, state: State, *now) -> None:
        """Fill the tracers and the memory of all processes."""
        water, tracers = self._water(state, now, 0.0), self._tracers(state)
        for process in self._all:
            process.start(water, tracers, state.memory)

    def advance(self, state: State, *now_and_dt) -> None:
        """Advance all processes by the last argument, s, on the water that the others describe."""
        *now, dt = now_and_dt
        water, tracers = self._water(state, now, dt), self._tracers(state)
        for process in self._all:
            process.advance(water, tracers, state.memory)

    def amounts(self, state: State, *now) -> dict[str, Amount]:
        """Return what all processes conserve, by name."""
        water, tracers = self._water(state, now, 0.0), self._tracers(state)
        return {name: amount for process in self._all
                for name, amount in process.amounts(water, tracers, state.memory).items()}

    def assumed(self, weather: Collection[str]) -> dict[str, float]:
        """Return the constants that processes take for what nobody says, by field.

        `weather` are the fields that the weather says; tracers that are computed say themselves.
        """
        asked = [process.assumed for process in self._all if hasattr(process, "assumed")]
        said = (*weather, *self.tracer_names)
        return {name: value for one in asked for name, value in one(said).items()}

    def _tracers(self, state: State) -> dict[str, np.ndarray]:
        return dict(zip(self.tracer_names, state.tracers, strict=True))

    def _water(self, state: State, now, dt: float) -> Water:
        time, level, velocity_x, velocity_y, face_bed, weather = now
        return Water(
            time=time, dt=dt, instant=self._start + np.timedelta64(round(time * 1e9), "ns"),
            volume=state.volume, depth=state.volume / self._grid.face_area, level=level,
            bed=face_bed.mean(axis=1), velocity_x=velocity_x, velocity_y=velocity_y,
            speed=np.hypot(velocity_x, velocity_y), manning_squared=self._manning_squared,
            weather=weather)
