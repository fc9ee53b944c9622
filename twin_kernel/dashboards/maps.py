"""The map of a run: a picture of the window looked at, of any field at any instant."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import geoviews as gv
import holoviews as hv
import numpy as np
import pandas as pd
import panel as pn
from matplotlib.tri import Triangulation

from twin_kernel.dashboards.visits import Visit
from twin_kernel.results import Results
from twin_kernel.results.labels import field_label
from twin_kernel.results.selecting import available_fields, face_field

__all__ = ["RunMap"]

_PIXELS = 420  # on a side: a picture is some 200 kB, sent again whenever time or window changes
_WIDTH = 620
_DIVERGING = {"water_level", "velocity_x", "velocity_y"}


class RunMap:
    """A map with a slider of time, a chooser of fields, and the series where one clicks.

    The triangles are not sent to the browser: each window is a picture whose every pixel takes the
    value of the triangle it lies in, so that a million of them cost what ten thousand cost, and a
    narrow river shows when one zooms in.

    Parameters
    ----------
    results : Results
    visit : Visit
    """

    def __init__(self, results: Results, visit: Visit) -> None:
        gv.extension("bokeh")
        self.results, self._visit = results, visit
        dataset = results.dataset
        fields = [name for name in available_fields(dataset)
                  if "time" in (dataset[name].dims if name in dataset else ("time",))]
        times = {pd.Timestamp(one).strftime("%d %b %Y %H:%M"): number
                 for number, one in enumerate(results.times)}
        self.field = pn.widgets.Select(
            name=visit.say("field"), sizing_mode="stretch_width", max_width=420,
            options={field_label(name, visit.language): name for name in fields})
        self.frame = pn.widgets.DiscreteSlider(
            name=visit.say("instant"), options=times, value=len(times) - 1,
            sizing_mode="stretch_width")
        self._window = hv.streams.RangeXY()
        self._tap = hv.streams.SingleTap(x=None, y=None)
        self._raster: tuple[Any, np.ndarray] | None = None

    @cached_property
    def _nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Longitude and latitude of the nodes; m for a basin that lies nowhere on Earth."""
        degrees = self.results.node_degrees
        return self.results.node_xy if degrees is None else degrees

    @cached_property
    def _aspect(self) -> float:
        """Length of one unit of y over that of x: a degree of longitude shrinks with latitude."""
        if self.results.node_degrees is None:
            return 1.0
        return float(1.0 / np.cos(np.radians(self._nodes[1].mean())))

    @cached_property
    def _finder(self) -> Any:
        return Triangulation(*self._nodes, self.results.face_nodes).get_trifinder()

    @cached_property
    def _limits(self) -> dict[str, tuple[float, float]]:
        return {}

    def view(self) -> pn.viewable.Viewable:
        """Return the map, its controls and the series below."""
        image = hv.DynamicMap(self._image, streams=[
            self._window, hv.streams.Params(self.field, ["value"], rename={"value": "field"}),
            hv.streams.Params(self.frame, ["value"], rename={"value": "frame"})])
        self._tap.source = image
        series = pn.pane.HoloViews(hv.DynamicMap(self._series, streams=[
            self._tap, hv.streams.Params(self.field, ["value"], rename={"value": "field"})]),
            sizing_mode="stretch_width", height=260)
        return pn.Column(
            self.field, self.frame,
            pn.pane.HoloViews(image, sizing_mode="stretch_width", max_width=_WIDTH),
            pn.pane.Markdown(pn.bind(self._place, self._tap.param.x, self._tap.param.y)), series,
            sizing_mode="stretch_width")

    def _place(self, x: float | None, y: float | None) -> str:
        """Return where was clicked, in words that a reader of screens finds too."""
        if x is None:
            return self._visit.say("click")
        if int(self._finder(x, y)) < 0:
            return self._visit.say("dry_or_land")
        if self.results.node_degrees is None:
            return f"x {x:.0f} m, y {y:.0f} m"
        return (f"{abs(x):.3f}° {'W' if x < 0 else 'E'}, "
                f"{abs(y):.3f}° {'N' if y >= 0 else 'S'}")

    def _image(self, x_range: Any, y_range: Any, field: str, frame: int) -> gv.Image:
        """Return the picture of a window."""
        (x, y), face = self._pixels(x_range, y_range)
        values = face_field(self.results, field, int(frame))
        picture = np.where(face >= 0, values[np.maximum(face, 0)], np.nan)
        label = field_label(field, self._visit.language)
        kind = gv.Image if self.results.node_degrees is not None else hv.Image
        axes = ["longitude", "latitude"] if kind is gv.Image else ["x", "y"]
        shown = kind((x, y, picture), axes, hv.Dimension(field, label=label))
        return shown.opts(
            cmap="RdBu_r" if field in _DIVERGING else "viridis", clim=self._range(field),
            colorbar=True, colorbar_position="bottom", responsive=True,
            clipping_colors={"NaN": "rgba(0,0,0,0)"}, data_aspect=self._aspect,
            tools=["hover"], active_tools=["wheel_zoom", "pan"], framewise=False,
            **({"projection": _plain()} if kind is gv.Image else {}))

    def _pixels(self, x_range: Any, y_range: Any) -> tuple[tuple[np.ndarray, np.ndarray],
                                                          np.ndarray]:
        """Return the pixels of a window and the triangle of each, -1 outside."""
        x, y = self._nodes
        wide = x_range or (float(x.min()), float(x.max()))
        high = y_range or (float(y.min()), float(y.max()))
        if self._raster is None or self._raster[0][:2] != (wide, high):
            columns = np.linspace(*wide, _PIXELS)
            rows = np.linspace(*high, _PIXELS)
            face = np.asarray(self._finder(*np.meshgrid(columns, rows)))
            self._raster = ((wide, high, columns, rows), face)
        _, _, columns, rows = self._raster[0]
        return (columns, rows), self._raster[1]

    def _range(self, field: str) -> tuple[float, float]:
        """Return the colours' range, one for the whole run: 1 % to 99 % of a few frames."""
        if field not in self._limits:
            frames = np.unique(np.linspace(0, len(self.results.times) - 1, 8).astype(int))
            some = np.concatenate([face_field(self.results, field, int(one)) for one in frames])
            low, high = np.nanpercentile(some, [1.0, 99.0]) if np.isfinite(some).any() else (0, 1)
            if field in _DIVERGING:
                low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
            self._limits[field] = (float(low), float(high) if high > low else float(low) + 1.0)
        return self._limits[field]

    def _series(self, x: float | None, y: float | None, field: str) -> hv.Curve:
        """Return the series of the triangle that was clicked."""
        label = field_label(field, self._visit.language)
        face = -1 if x is None else int(self._finder(x, y))
        times = self.results.times
        values = (face_field(self.results, field, slice(None))[:, face] if face >= 0
                  else np.full(len(times), np.nan))
        return hv.Curve((times, values), hv.Dimension("time", label=self._visit.say("instant")),
                        hv.Dimension(field, label=label)).opts(
            responsive=True, height=260, title=label, tools=["hover"], framewise=True,
            xlabel=self._visit.say("instant"), ylabel="")


def _plain() -> Any:
    """Return longitude and latitude as they are: no tiles are fetched from elsewhere."""
    from cartopy.crs import PlateCarree

    return PlateCarree()

