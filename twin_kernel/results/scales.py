"""Colours of the fields and the ends of their scale, the same on still and on moving maps."""

from __future__ import annotations

import numpy as np

from twin_kernel.results.channel import PATHS, channel_position
from twin_kernel.results.opening import Results
from twin_kernel.results.selecting import SPEED, face_field
from twin_kernel.variables import VARIABLES

__all__ = ["DRY", "WET", "colour_limits", "colours", "has_ground", "path_faces", "run_limits",
           "scale_ticks", "shown_faces"]

WET = 0.1
"""Depth below which a triangle is drawn dry, m."""

DRY = "#d9cfb8"
"""Colour of bare ground."""

_COLOURS = {"water_depth": "YlGnBu", "bed_level": "YlGnBu_r", SPEED: "YlOrRd"}
_ON_GROUND = {"bed_level", "bed_level_change", "mud_on_bed", "sand_on_bed"}
_FROM_ANYWHERE = {"bed_level", "temperature", "dissolved_oxygen", "oxygen_saturation"}
_OCEAN = 35.0  # practical salinity of the sea off the Gironde, rounded up
_FRAMES = 8  # from which the scale of a run is taken
_INTERVALS = 8


def _signed(name: str) -> bool:
    low, high = VARIABLES[name].valid_range
    return low == -high


def colours(name: str) -> str:
    """Return the name of a colour map: two-sided for what may be negative or positive."""
    return "RdBu_r" if _signed(name) else _COLOURS.get(name, "viridis")


def has_ground(name: str) -> bool:
    """Return whether a field means something where there is no water: the bed does."""
    return name in _ON_GROUND


def shown_faces(results: Results, name: str, frame: int) -> np.ndarray:
    """Return which triangles have something to show: those under water, or all for the bed.

    Parameters
    ----------
    results : Results
    name : str
    frame : int

    Returns
    -------
    (n_face,) bool
        False where less than `WET` of water is left: salinity or speed mean nothing there.
    """
    if has_ground(name):
        return np.ones(results.n_face, dtype=bool)
    return face_field(results, "water_depth", frame) > WET


def colour_limits(name: str, values: np.ndarray) -> tuple[float, float]:
    """Return round ends of the scale of a field.

    Signed fields are centred on zero, salinity goes from 0 to the ocean's at least, and others
    start at zero unless zero is far from what occurs, as for temperature.

    Parameters
    ----------
    name : str
    values : (n,) float64
        What is to be shown; NaN is left out. The 0.5 % lowest and highest may lie beyond the
        ends, as a few triangles on steep banks would otherwise use up the scale.
    """
    seen = values[np.isfinite(values)]
    if not seen.size:
        return 0.0, 1.0
    low, high = np.percentile(seen, [0.5, 99.5])
    if name == "salinity":
        low, high = 0.0, max(_OCEAN, seen.max())
    elif _signed(name):
        high = max(abs(low), abs(high))
        low = -high
    elif name not in _FROM_ANYWHERE:
        low = 0.0
    ticks = scale_ticks(low, high if high > low else low + (abs(low) or 1.0))
    return float(ticks[0]), float(ticks[-1])


def scale_ticks(low: float, high: float) -> np.ndarray:
    """Return round values that cover a range, the ends included."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(_INTERVALS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)


def run_limits(results: Results, name: str) -> tuple[float, float]:
    """Return the ends of the scale for all frames of a run, from the water in the estuary.

    The ocean is left out: its depths would use up the scale.
    """
    inside, found = path_faces(results, "estuary"), []
    for frame in np.unique(np.linspace(0, len(results.times) - 1, _FRAMES).astype(int)):
        shown = inside & shown_faces(results, name, int(frame))
        found.append(face_field(results, name, int(frame))[shown])
    return colour_limits(name, np.concatenate(found))


def path_faces(results: Results, path: str) -> np.ndarray:
    """Return which triangles lie on a path of the river; all where the river's line is elsewhere.

    Parameters
    ----------
    results : Results
    path : str
        A key of `twin_kernel.results.channel.PATHS`.

    Returns
    -------
    (n_face,) bool
    """
    every = np.ones(results.n_face, dtype=bool)
    if results.node_degrees is None:
        return every
    inside = channel_position(results)["branch"].isin(PATHS[path]).to_numpy()
    return inside if inside.any() else every
