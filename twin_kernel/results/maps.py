"""Maps on the triangles: each has the colour of its own value, nothing is smoothed.

Triangles with less than `WET` of water are drawn as bare ground: their salinity or speed means
nothing. The thin line is the border of the mesh, not a survey of the coast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin_kernel.errors import InputError
from twin_kernel.forcing.grid_north import true_north_azimuth
from twin_kernel.results.channel import PATHS
from twin_kernel.results.labels import field_label, time_label, word
from twin_kernel.results.opening import Results
from twin_kernel.results.scales import (
    DRY,
    WET,
    colour_limits,
    colours,
    path_faces,
    run_limits,
    shown_faces,
)
from twin_kernel.results.selecting import SPEED, check_field, face_field, frame_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["WET", "plot_map"]

_LAND, _BORDER, _OPEN = "#f4f2ec", "#5a666d", "#c1432e"
_MARGIN = 0.07  # of the window's size
_ARROWS = 26  # along the longer side of the window
_METRES_PER_DEGREE = 111_200.0


def plot_map(results: Results, variable: str = "salinity", time: Any = None, *,
             window: str | tuple[float, float, float, float] = "estuary", language: str = "en",
             limits: tuple[float, float] | str | None = None, arrows: bool | None = None,
             stations: bool = True, axes: Axes | None = None) -> Axes:
    """Draw a field on the triangles at one instant.

    Parameters
    ----------
    results : Results
    variable : str
        "salinity", "water_level", "water_depth", "current_speed", "bed_level", ...
    time : str, datetime or numpy.datetime64, optional
        UTC; the nearest map is drawn and its own time is in the title. The last by default.
    window : str or (west, south, east, north)
        "estuary", "garonne", "dordogne" (each with the estuary), "all", or limits in degrees
        (in m where the mesh lies nowhere on Earth).
    language : {"en", "fr"}
    limits : (float, float) or "run", optional
        Ends of the colour scale, in the field's unit; "run" takes them from the whole run, so
        that maps of several instants compare; by default they suit what is in the window.
    arrows : bool, optional
        Arrows of the current; by default only on a map of the current speed.
    stations : bool
        Names of the stations.
    axes : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Its figure is ``axes.figure``.

    Raises
    ------
    InputError
        Unknown variable, window, limits or language, or time outside the maps.
    """
    check_field(results.dataset, variable)
    frame, box = frame_number(results, time), _box(results, window)
    label = field_label(variable, language)
    values, shown = face_field(results, variable, frame), shown_faces(results, variable, frame)
    seen = values[shown & _inside(results, box)]
    low, high = _ends(results, variable, limits, seen)
    axes = axes or _new_axes(box, results)
    _paint(axes, results, np.zeros(results.n_face), ~shown, cmap=_flat(DRY))
    painted = _paint(axes, results, values, shown, cmap=colours(variable), vmin=low, vmax=high)
    _border(axes, results)
    _explain_dry(axes, ~shown, language)
    _frame(axes, results, box, language)
    axes.figure.colorbar(painted, ax=axes, label=label, shrink=0.75, pad=0.02,
                         extend=_extend(seen, low, high))
    if arrows if arrows is not None else variable == SPEED:
        _draw_arrows(axes, results, frame, box)
    if stations:
        _draw_stations(axes, results, box)
    name = field_label(variable, language, unit=False)
    fixed = "time" not in results.dataset.get(variable, results.dataset["water_depth"]).dims
    axes.set_title(name if fixed else f"{name}\n{time_label(results.times[frame], language)}",
                   loc="left")
    return axes


def _coordinates(results: Results) -> tuple[np.ndarray, np.ndarray]:
    return results.node_degrees or results.node_xy


def _box(results: Results, window: Any) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a window, in the coordinates of the picture."""
    x, y = _coordinates(results)
    allowed = "'all', " + ", ".join(map(repr, PATHS)) + ", or (west, south, east, north)"
    if isinstance(window, str):
        if window != "all" and window not in PATHS:
            raise InputError("Unknown window of the map", received=repr(window), allowed=allowed,
                             next_step='use window="estuary"')
        inside = (path_faces(results, window) if window in PATHS
                  else np.ones(results.n_face, dtype=bool))
        nodes = np.unique(results.face_nodes[inside])
        margin = _MARGIN * max(np.ptp(x[nodes]), np.ptp(y[nodes]))
        return (x[nodes].min() - margin, y[nodes].min() - margin,
                x[nodes].max() + margin, y[nodes].max() + margin)
    try:
        west, south, east, north = (float(side) for side in window)
    except (TypeError, ValueError):
        west = south = east = north = np.nan
    if not (west < east and south < north):
        raise InputError("The window of the map is not one", received=repr(window),
                         allowed=allowed, next_step="give west < east and south < north")
    if west > x.max() or east < x.min() or south > y.max() or north < y.min():
        raise InputError("The window of the map holds no water", received=repr(window),
                         allowed=f"within {x.min():.2f}, {y.min():.2f}, {x.max():.2f}, "
                                 f"{y.max():.2f}", next_step="move the window")
    return west, south, east, north


def _aspect(results: Results, box: tuple[float, ...]) -> float:
    middle = 0.5 * (box[1] + box[3])
    return 1.0 / np.cos(np.radians(middle)) if results.node_degrees is not None else 1.0


def _new_axes(box: tuple[float, ...], results: Results) -> Axes:
    import matplotlib.pyplot as plt

    ratio = (box[3] - box[1]) * _aspect(results, box) / (box[2] - box[0])
    height = float(np.clip(6.2 * ratio, 4.0, 8.5))
    width = float(np.clip(height / ratio + 1.9, 4.8, 10.0))
    return plt.subplots(figsize=(width, height + 0.8), layout="constrained")[1]


def _paint(axes: Axes, results: Results, values: np.ndarray, shown: np.ndarray, **options: Any):
    x, y = _coordinates(results)
    if not shown.any():
        shown, values = np.ones_like(shown), np.full_like(values, np.nan)
    # Antialiasing would leave hairlines between the triangles.
    return axes.tripcolor(x, y, results.face_nodes[shown], facecolors=values[shown],
                          edgecolors="none", antialiased=False, **options)


def _flat(colour: str):
    from matplotlib.colors import ListedColormap

    return ListedColormap([colour])


def _inside(results: Results, box: tuple[float, ...]) -> np.ndarray:
    """Return which triangles have their middle in a window."""
    x, y = (axis[results.face_nodes].mean(axis=1) for axis in _coordinates(results))
    return (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])


def _ends(results: Results, variable: str, limits: Any, seen: np.ndarray) -> tuple[float, float]:
    """Return the ends of the colour scale."""
    if limits is None:
        return colour_limits(variable, seen)
    if isinstance(limits, str) and limits == "run":
        return run_limits(results, variable)
    try:
        low, high = (float(end) for end in limits)
    except (TypeError, ValueError):
        low = high = np.nan
    if not low < high:
        raise InputError("These are not the ends of a colour scale", received=repr(limits),
                         allowed='(low, high) with low < high, or "run"',
                         next_step="leave limits out")
    return low, high


def _extend(values: np.ndarray, low: float, high: float) -> str:
    if values.size == 0:
        return "neither"
    below, above = np.nanmin(values) < low - 1e-6, np.nanmax(values) > high + 1e-6
    return {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[int(below), int(above)]


def _border(axes: Axes, results: Results) -> None:
    """Draw the border of the mesh, and its open boundaries dashed."""
    from matplotlib.collections import LineCollection

    faces, points = results.face_nodes, np.column_stack(_coordinates(results))
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges, count = np.unique(edges, axis=0, return_counts=True)
    border = {tuple(edge) for edge in edges[count == 1].tolist()}
    names = results.dataset.attrs.get("open_boundaries", "").split()
    opened = {tuple(sorted(edge)) for name in names
              for edge in results.dataset[f"boundary_{name}"].values.tolist()}
    for kind, colour, style in ((border - opened, _BORDER, "-"), (border & opened, _OPEN, ":")):
        lines = points[np.array(sorted(kind), dtype=np.int64).reshape(-1, 2)]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=0.5 if style == "-"
                                           else 1.2, linestyles=style))


def _explain_dry(axes: Axes, dry: np.ndarray, language: str) -> None:
    from matplotlib.patches import Patch

    if dry.any():
        axes.legend(handles=[Patch(color=DRY, label=word("dry", language))], loc="upper right",
                    frameon=False, fontsize=9)


def _frame(axes: Axes, results: Results, box: tuple[float, ...], language: str) -> None:
    axes.set(xlim=box[::2], ylim=box[1::2], facecolor=_LAND)
    axes.set_aspect(_aspect(results, box))
    axes.grid(False)
    if results.node_degrees is not None:
        axes.set(xlabel=f"{word('longitude', language)} (°)",
                 ylabel=f"{word('latitude', language)} (°)")
        metres = _METRES_PER_DEGREE * np.cos(np.radians(0.5 * (box[1] + box[3])))
    else:
        axes.set(xlabel="x (m)", ylabel="y (m)")
        metres = 1.0
    _scale_bar(axes, box, metres)


def _scale_bar(axes: Axes, box: tuple[float, ...], metres: float) -> None:
    target = 0.25 * (box[2] - box[0]) * metres
    power = 10.0 ** np.floor(np.log10(target))
    length = max(step * power for step in (1, 2, 5) if step * power <= target)
    x, y = box[0] + 0.05 * (box[2] - box[0]), box[1] + 0.035 * (box[3] - box[1])
    axes.plot([x, x + length / metres], [y, y], color="#3a454c", linewidth=2.5,
              solid_capstyle="butt", zorder=6)
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.annotate(text, (x + 0.5 * length / metres, y), xytext=(0, 4), ha="center",
                  textcoords="offset points", fontsize=9, color="#3a454c", zorder=6)


def _draw_arrows(axes: Axes, results: Results, frame: int, box: tuple[float, ...]) -> None:
    """Draw one arrow in each cell of a grid that holds water: that of its deepest triangle."""
    x, y = (axis[results.face_nodes].mean(axis=1) for axis in _coordinates(results))
    bed = face_field(results, "bed_level")
    step = max(box[2] - box[0], (box[3] - box[1]) * _aspect(results, box)) / _ARROWS
    inside = shown_faces(results, SPEED, frame) & _inside(results, box)
    column = np.floor((x - box[0]) / step).astype(np.int64)
    row = np.floor((y - box[1]) * _aspect(results, box) / step).astype(np.int64)
    order = np.lexsort((bed, column, row))
    order = order[inside[order]]
    cell = row[order] * (_ARROWS + 1) + column[order]
    first = order[np.flatnonzero(np.diff(cell, prepend=-1))]
    arrows = axes.quiver(x[first], y[first], *_to_north(results, frame, first), angles="uv",
                         pivot="mid", width=0.0028, scale=1.1 * _ARROWS, color="#10242e", zorder=4)
    axes.quiverkey(arrows, 0.86, 1.025, 1.0, "1 m/s", labelpos="E", coordinates="axes",
                   fontproperties={"size": 9})


def _to_north(results: Results, frame: int, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the current's components to the east and to the north of the map."""
    u, v = (face_field(results, f"velocity_{axis}", frame)[faces] for axis in "xy")
    if results.node_degrees is None:
        return u, v
    x, y = (axis[results.face_nodes[faces]].mean(axis=1) for axis in results.node_xy)
    turn = np.radians(true_north_azimuth(results.dataset.attrs["crs"], x, y))
    return u * np.cos(turn) - v * np.sin(turn), u * np.sin(turn) + v * np.cos(turn)


def _draw_stations(axes: Axes, results: Results, box: tuple[float, ...]) -> None:
    import matplotlib.patheffects as effects

    table = results.stations
    x, y = results.station_degrees or (table["x"].values, table["y"].values)
    halo = [effects.withStroke(linewidth=2.2, foreground="white")]
    for name, east, north in zip(table["station"].values, x, y, strict=True):
        if box[0] < east < box[2] and box[1] < north < box[3]:
            axes.plot(east, north, "o", markersize=4.5, color="white", markeredgecolor="#10242e",
                      zorder=5)
            left = east > 0.6 * box[2] + 0.4 * box[0]
            axes.annotate(str(name), (east, north), xytext=(-6 if left else 6, 3), fontsize=8.5,
                          textcoords="offset points", ha="right" if left else "left", zorder=7,
                          color="#10242e", path_effects=halo)
