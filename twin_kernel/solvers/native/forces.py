r"""Accelerations of the water other than gravity, friction, advection and rotation.

They are added to (2) of the package header at each edge, explicitly in time:

.. math::

   a = \underbrace{\frac{\tau_s}{\rho_0 H}}_{wind}
     \underbrace{-\,\frac{g H}{2\rho_0}\nabla\rho}_{density}
     \underbrace{+\,\frac{1}{H}\nabla\cdot(\nu H \nabla\mathbf{u})}_{viscosity}  \quad (10)

The density term is the depth mean of :math:`-\frac{g}{\rho_0}\int_z^\eta\nabla\rho\,dz'` for a
well-mixed column (e.g. Savenije 2005, ch. 2): it drives salt upstream. The density of water follows
Millero & Poisson (1981), to which suspended matter adds its excess over the water it displaces.
Viscosity acts on the cell vectors and slips freely along walls. It is explicit: between two
triangles no more is exchanged than such a step bears (`mixing_limits` says where that is less than
what was asked for).

References
----------
Millero, F. J. & Poisson, A. (1981), Deep-Sea Res. 28A, 625-629.
Savenije, H. H. G. (2005), Salinity and Tides in Alluvial Estuaries, Elsevier.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from twin_kernel.solvers.native.boundaries import Sources
from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.flow import GRAVITY
from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.options import Options
from twin_kernel.solvers.native.wind import AIR_DENSITY, DRAG_LAWS, wind_stress

__all__ = ["RHO_0", "STABLE", "Forces", "density"]

RHO_0 = 1000.0  # kg/m3, reference density
_SEDIMENT_DENSITY = 2650.0  # kg/m3, quartz
_WIND_DEPTH = 0.2  # m; thinner sheets would be blown away within a step
STABLE = 0.2  # of nu dt / distance2 that an explicit step bears on triangles


@njit(cache=True, inline="always")
def density(salinity, temperature):
    """Return the density of sea water at the surface, kg/m3 (Millero & Poisson 1981, eq. 1, 6).

    Parameters
    ----------
    salinity : float
        Practical scale, 0 to 42.
    temperature : float
        degC, 0 to 40.
    """
    t, s = temperature, salinity
    pure = 999.842594 + t * (6.793952e-2 + t * (-9.095290e-3 + t * (
        1.001685e-4 + t * (-1.120083e-6 + t * 6.536332e-9))))
    a = 8.24493e-1 + t * (-4.0899e-3 + t * (7.6438e-5 + t * (-8.2467e-7 + t * 5.3875e-9)))
    b = -5.72466e-3 + t * (1.0227e-4 - t * 1.6546e-6)
    return pure + s * a + s * sqrt(max(s, 0.0)) * b + 4.8314e-4 * s * s


@njit(cache=True)
def densities(salinity, temperature, suspended, out):
    """Fill `out` (n_face,) kg/m3 from salinity, temperature (degC) and suspended matter (kg/m3)."""
    for i in range(len(out)):
        water = density(salinity[i], temperature[i])
        out[i] = water + suspended[i] * (1.0 - water / _SEDIMENT_DENSITY)


@njit(cache=True)
def add_density_gradient(rho, level, grid_edge, n_internal, acceleration):
    """Add the density term of (10) to `acceleration` (n_edge,) m/s2 of the internal edges."""
    left, right, distance, bed = grid_edge
    for e in range(n_internal):
        a = left[e]
        b = right[e]
        # The column both sides share: over a drying flat there is no density to push.
        h = min(level[a], level[b]) - bed[e]
        if h > 0.0:
            acceleration[e] -= 0.5 * GRAVITY * h / RHO_0 * (rho[b] - rho[a]) / distance[e]


@njit(cache=True)
def add_wind(stress_x, stress_y, level, grid_edge, normal_x, normal_y, sizes, acceleration):
    """Add the wind term of (10); the stress (Pa) is uniform over the river.

    On the depth that moves, which is that of the higher side: `flow.predict`.
    """
    left, right, bed = grid_edge
    n_internal, n_level = sizes
    for e in range(n_level):
        surface = level[left[e]]
        if e < n_internal:
            surface = max(surface, level[right[e]])
        h = max(surface - bed[e], _WIND_DEPTH)
        along = stress_x * normal_x[e] + stress_y * normal_y[e]
        acceleration[e] += along / (RHO_0 * h)


@njit(cache=True)
def add_viscosity(viscosity, vectors, volume, level, grid_edge, face_area, dt, n_internal,
                  change_x, change_y, acceleration):
    """Add the viscous term of (10) with a uniform `viscosity` (m2/s); `change_*` are work space."""
    left, right, length, distance, bed, normal_x, normal_y, left_share = grid_edge
    vector_x, vector_y = vectors
    for i in range(len(volume)):
        change_x[i] = 0.0
        change_y[i] = 0.0
    for e in range(n_internal):
        a = left[e]
        b = right[e]
        h = min(level[a], level[b]) - bed[e]
        if h <= 0.0:
            continue
        stable = STABLE * min(volume[a], volume[b]) / dt
        carried = min(viscosity * length[e] * h / distance[e], stable)
        x = carried * (vector_x[b] - vector_x[a])
        y = carried * (vector_y[b] - vector_y[a])
        change_x[a] += x
        change_y[a] += y
        change_x[b] -= x
        change_y[b] -= y
    for i in range(len(volume)):
        inverse = 1.0 / max(volume[i], 1.0e-3 * face_area[i])
        change_x[i] *= inverse
        change_y[i] *= inverse
    for e in range(n_internal):
        a = left[e]
        b = right[e]
        s = left_share[e]
        acceleration[e] += ((s * change_x[a] + (1.0 - s) * change_x[b]) * normal_x[e]
                            + (s * change_y[a] + (1.0 - s) * change_y[b]) * normal_y[e])


class Forces:
    """The accelerations of (10) that the options ask for.

    Parameters
    ----------
    grid : Grid
    options : Options
    sources : Sources
    tracer_names : tuple of str
        Those that weigh: salinity, temperature and every suspended class.
    suspended : tuple of str
        Tracers in kg/m3 of suspended matter.
    """

    def __init__(self, grid: Grid, options: Options, sources: Sources,
                 tracer_names: tuple[str, ...], suspended: tuple[str, ...]) -> None:
        self._grid, self._options, self._body_force = grid, options, sources.body_force
        self._row = {name: k for k, name in enumerate(tracer_names)}
        self._suspended = [self._row[name] for name in suspended]
        heavy = bool(suspended) or not {"salinity", "temperature"}.isdisjoint(tracer_names)
        self._weighs = options.density_gradient is True or (
            options.density_gradient == "auto" and heavy)
        self.acceleration = np.zeros(grid.n_edge)
        self._density, self._still, self._change_x, self._change_y = np.zeros((4, grid.n_face))

    def update(self, time: float, dt: float, weather: dict[str, float], edge_bed: np.ndarray,
               level: np.ndarray, volume: np.ndarray, vectors, tracers: np.ndarray) -> None:
        """Fill `acceleration` for a step of `dt` that begins at `time`."""
        g, options = self._grid, self._options
        self.acceleration[:] = 0.0
        if self._body_force is not None:
            self.acceleration += self._body_force(time)
        if options.wind_drag != "none" and "wind_x" in weather:
            stress_x, stress_y = wind_stress(weather["wind_x"], weather["wind_y"],
                                             DRAG_LAWS[options.wind_drag], AIR_DENSITY)
            add_wind(stress_x, stress_y, level, (g.edge_left, g.edge_right, edge_bed), g.normal_x,
                     g.normal_y, (g.n_internal, g.n_level), self.acceleration)
        if self._weighs:
            densities(self._tracer("salinity", tracers, 0.0),
                      self._tracer("temperature", tracers, options.water_temperature),
                      tracers[self._suspended].sum(axis=0), self._density)
            add_density_gradient(self._density, level,
                                 (g.edge_left, g.edge_right, g.edge_distance, edge_bed),
                                 g.n_internal, self.acceleration)
        if options.eddy_viscosity > 0.0:
            add_viscosity(options.eddy_viscosity, vectors, volume, level,
                          (g.edge_left, g.edge_right, g.edge_length, g.edge_distance, edge_bed,
                           g.normal_x, g.normal_y, g.left_share),
                          g.face_area, dt, g.n_internal, self._change_x, self._change_y,
                          self.acceleration)

    def _tracer(self, name: str, tracers: np.ndarray, otherwise: float) -> np.ndarray:
        if name in self._row:
            return tracers[self._row[name]]
        self._still[:] = otherwise
        return self._still.copy()
