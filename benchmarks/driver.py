"""The one place where the benchmarks touch the native solver's model.

Everything else works on a :class:`Case` and a :class:`Simulation`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin_kernel.mesh import Mesh
from twin_kernel.solvers.native.grid import build_grid
from twin_kernel.solvers.native.model import Boundaries, Model, initial_state
from twin_kernel.solvers.native.options import Options

__all__ = ["Case", "Simulation"]


@dataclass(frozen=True)
class Case:
    """A river to simulate, whoever simulates it.

    Attributes
    ----------
    mesh : Mesh
    kinds : dict of str to str
        "water_level" or "discharge" of each open boundary.
    times : (n_time,) float64
        s since the start.
    values : dict of str to (n_time,) float64
        m or m3/s entering, by boundary.
    entering : dict of str to float
        Salinity of entering water, by boundary.
    manning : (n_face,) float64
        s m^(-1/3), in the order of the mesh.
    latitude : float
        Degrees north.
    salinity : (n_face,) float64
        At the start, in the order of the mesh.
    level : float or (n_face,) float64
        At the start, m; in the order of the mesh.
    """

    mesh: Mesh
    kinds: dict[str, str]
    times: np.ndarray
    values: dict[str, np.ndarray]
    entering: dict[str, float]
    manning: np.ndarray
    latitude: float
    salinity: np.ndarray
    level: float | np.ndarray = 0.0


class Simulation:
    """The native solver on a case, with results in the order of the mesh.

    Parameters
    ----------
    case : Case
    time_step : float
        s.
    threads : int

    Attributes
    ----------
    parts : int
        Parts of steps so far, each with its own levels to find: more than steps where the model
        divided them, 0 where this cannot be known.
    systems : int
        Linear systems solved so far, one for each Newton step of a part; 0 likewise.
    """

    def __init__(self, case: Case, time_step: float, threads: int = 1) -> None:
        self.case, self.time_step = case, time_step
        self.grid = build_grid(case.mesh, case.kinds)
        boundaries = Boundaries(
            tuple(case.kinds.values()), np.asarray(case.times, dtype=float),
            np.array([case.values[name] for name in case.kinds], dtype=float),
            np.array([case.entering[name] for name in case.kinds], dtype=float))
        self.model = Model(self.grid, boundaries, case.manning[self.grid.order], case.latitude,
                           Options(time_step=time_step), threads=threads)
        level = np.broadcast_to(case.level, self.grid.n_face).astype(float)
        self.state = initial_state(self.grid, level[self.grid.order],
                                   case.salinity[self.grid.order])
        self._place = np.argsort(self.grid.order)
        self.parts = self.systems = 0
        self._count_parts()
        self._count_systems()

    def _count_parts(self) -> None:
        """Count in `parts` how often the model finds levels: it divides some steps."""
        bare = getattr(self.model, "_advance_part", None)
        if bare is None:
            return

        def counted(*given: object, **named: object) -> object:
            self.parts += 1
            return bare(*given, **named)

        self.model._advance_part = counted

    def _count_systems(self) -> None:
        """Count in `systems` the linear systems that finding levels takes."""
        solver = getattr(self.model, "_level_solver", None)
        if solver is None:
            return
        bare = solver.solve

        def counted(*given: object) -> tuple[int, int]:
            newton, iterations = bare(*given)
            self.systems += newton
            return newton, iterations

        solver.solve = counted

    def advance(self, steps: int) -> None:
        """Advance by time steps."""
        self.model.advance(self.state, steps)

    @property
    def time(self) -> float:
        """Seconds since the start of the case."""
        return self.state.step * self.time_step

    @property
    def iterations(self) -> int:
        """Iterations of the linear solver so far."""
        return int(self.state.iterations)

    def levels(self) -> np.ndarray:
        """Return the (n_face,) levels, m."""
        return self.model.levels(self.state)[self._place]

    def depths(self) -> np.ndarray:
        """Return the (n_face,) volumes over the areas of the triangles, m."""
        return (self.state.volume / self.grid.face_area)[self._place]

    def velocities(self) -> np.ndarray:
        """Return the (n_face, 2) velocities, m/s."""
        return np.stack(self.model.velocities(self.state), axis=1)[self._place]

    def salinity(self) -> np.ndarray:
        """Return the (n_face,) concentration of the first tracer."""
        tracers = getattr(self.state, "tracers", None)
        field = self.state.salinity if tracers is None else tracers[0]
        return field[self._place].copy()

    def set_velocities(self, velocity: np.ndarray) -> None:
        """Give (n_face, 2) velocities to edges between triangles and at levels; walls keep none."""
        grid, ordered = self.grid, velocity[self.grid.order]
        edges = slice(0, grid.n_level)
        left, right = grid.edge_left[edges], grid.edge_right[edges]
        mean = 0.5 * (ordered[left] + ordered[np.where(right < 0, left, right)])
        self.state.u[edges] = (mean[:, 0] * grid.normal_x[edges]
                               + mean[:, 1] * grid.normal_y[edges])

    def bytes_held(self) -> int:
        """Return the size of all arrays of grid, state and model."""
        found: dict[int, int] = {}
        for holder in (self.grid, self.state, self.model, self.model._level_solver):
            for value in vars(holder).values():
                for array in value if isinstance(value, tuple) else (value,):
                    if isinstance(array, np.ndarray):
                        whole = array if array.base is None else array.base
                        found[id(whole)] = getattr(whole, "nbytes", array.nbytes)
        return sum(found.values())
