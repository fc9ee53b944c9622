"""The map of a run: a picture of the window looked at, of any field at any instant."""

from __future__ import annotations

from functools import cached_property
from html import escape
from typing import Any

import geoviews as gv
import holoviews as hv
import numpy as np
import panel as pn
from bokeh.models import CustomJSHover, DatetimeTickFormatter, FixedTicker, HoverTool
from matplotlib.tri import Triangulation

from twin_kernel.catalog import river_definition, river_names
from twin_kernel.dashboards.visits import Visit
from twin_kernel.results import Results
from twin_kernel.results.labels import field_label, time_label
from twin_kernel.results.scales import (
    DRY,
    WET,
    colours,
    has_ground,
    path_faces,
    run_limits,
    scale_ticks,
    shown_faces,
)
from twin_kernel.results.selecting import available_fields, face_field
from twin_kernel.variables import VARIABLES

__all__ = ["RunMap"]

_PIXELS = 420  # on a side: a picture is some 200 kB, sent again whenever time or window changes
_WIDTH, _NARROW = 620, 330
_MARGIN = 0.05  # of the first window


class RunMap:
    """A map with a slider of time, a chooser of fields, and the series where one clicks.

    The triangles are not sent to the browser: each window is a picture whose every pixel takes the
    value of the triangle it lies in, so that a million of them cost what ten thousand cost. A
    triangle smaller than a pixel colours the pixel of its middle: a narrow river stays a line.

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
        times = {time_label(one, visit.language): number
                 for number, one in enumerate(results.times)}
        self.field = pn.widgets.Select(
            name=visit.say("field"), sizing_mode="stretch_width", max_width=420,
            options={field_label(name, visit.language): name for name in fields})
        self.frame = pn.widgets.DiscreteSlider(
            name=visit.say("instant"), options=times, value=len(times) - 1,
            sizing_mode="stretch_width")
        self._tap = hv.streams.SingleTap(x=None, y=None)
        self._limits: dict[str, tuple[float, float]] = {}
        self._raster: tuple[Any, np.ndarray] | None = None

    @cached_property
    def _nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Longitude and latitude of the nodes; m for a basin that lies nowhere on Earth."""
        degrees = self.results.node_degrees
        return self.results.node_xy if degrees is None else degrees

    @cached_property
    def _middles(self) -> tuple[np.ndarray, np.ndarray]:
        return tuple(axis[self.results.face_nodes].mean(axis=1) for axis in self._nodes)

    @cached_property
    def _first_window(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the ranges of x and y around the estuary and the stations.

        Those of all of a mesh that is elsewhere.
        """
        nodes = np.unique(self.results.face_nodes[path_faces(self.results, "estuary")])
        ranges = []
        for axis, stations in zip(self._nodes, self._stations, strict=True):
            seen = np.concatenate([axis[nodes], stations])
            margin = _MARGIN * np.ptp(seen)
            ranges.append((float(seen.min() - margin), float(seen.max() + margin)))
        return tuple(ranges)

    @cached_property
    def _stations(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of the stations in the coordinates of the picture."""
        stations = self.results.stations
        return self.results.station_degrees or (stations["x"].values, stations["y"].values)

    @cached_property
    def _aspect(self) -> float:
        """Length of one unit of y over that of x: a degree of longitude shrinks with latitude."""
        if self.results.node_degrees is None:
            return 1.0
        return float(1.0 / np.cos(np.radians(self._nodes[1].mean())))

    @cached_property
    def _finder(self) -> Any:
        return Triangulation(*self._nodes, self.results.face_nodes).get_trifinder()

    def view(self, *beside: pn.viewable.Viewable) -> pn.viewable.Viewable:
        """Return the map and its controls; the series, and what is given, beside or below it."""
        # The scale's ends, ticks and name are drawn once for a picture: each field has its own.
        picture = pn.pane.HoloViews(self._picture(self.field.value), sizing_mode="stretch_width",
                                    max_width=_WIDTH)
        self.field.param.watch(
            lambda event: setattr(picture, "object", self._picture(event.new)), "value")
        place = pn.pane.Markdown(pn.bind(self._place, self._tap.param.x, self._tap.param.y,
                                         self.field))
        series = pn.pane.HoloViews(hv.DynamicMap(self._series, streams=[
            self._tap, hv.streams.Params(self.field, ["value"], rename={"value": "field"})]),
            sizing_mode="stretch_width", height=260,
            visible=pn.bind(lambda x: x is not None, self._tap.param.x))
        columns = [pn.Column(*shown, sizing_mode="stretch_width", min_width=_NARROW,
                             styles={"flex": f"1 1 {_NARROW}px"})
                   for shown in ((picture, self._legend()), (place, series, *beside))]
        return pn.Column(self.field, self.frame,
                         pn.FlexBox(*columns, sizing_mode="stretch_width"),
                         sizing_mode="stretch_width")

    def _picture(self, field: str) -> hv.Overlay:
        """Return a map of one field that follows the window and the instant."""
        axes = self._axes()
        window = hv.streams.RangeXY()
        frame = hv.streams.Params(self.frame, ["value"], rename={"value": "frame"})
        image = hv.DynamicMap(lambda x_range, y_range, frame: self._image(
            x_range, y_range, field, frame).opts(**axes), streams=[window, frame])
        ground = hv.DynamicMap(lambda x_range, y_range, frame: self._ground(
            x_range, y_range, field, frame), streams=[window, frame])
        self._tap.source = image
        return (ground * image * self._places()).opts(responsive=True)

    def _legend(self) -> pn.pane.HTML:
        """Return what the bare ground's colour means, and the zero of the levels."""
        datum = self._datum()
        text = (f"<span style='display:inline-block;width:1em;height:.8em;background:{DRY};"
                f"border:1px solid #8888'></span> {self._visit.say('dry', depth=WET)}")
        if datum:
            text += f"<br><small>{self._visit.say('datum', datum=escape(datum))}</small>"
        return pn.pane.HTML(text, sizing_mode="stretch_width")

    def _datum(self) -> str:
        """Return what level 0 is, in the language of the visit where the river's file says it."""
        datum = self.results.vertical_datum
        if self._visit.language == "fr" and self.results.river in river_names():
            river = river_definition(self.results.river)
            if river.vertical_datum == datum:
                return river.vertical_datum_french or datum
        return datum

    def _place(self, x: float | None, y: float | None, field: str) -> str:
        """Return where was clicked, in words that a reader of screens finds too."""
        if x is None:
            return self._visit.say("click")
        face = int(self._finder(x, y))
        if face < 0:
            return self._visit.say("dry_or_land")
        west = "O" if self._visit.language == "fr" else "W"
        said = (f"x {x:.0f} m, y {y:.0f} m" if self.results.node_degrees is None else
                f"{abs(x):.3f}° {west if x < 0 else 'E'}, {abs(y):.3f}° {'N' if y >= 0 else 'S'}")
        dry = not has_ground(field) and not self._wet(face).all()
        return f"{said}. {self._visit.say('dries')}" if dry else said

    def _wet(self, face: int) -> np.ndarray:
        return face_field(self.results, "water_depth", slice(None))[:, face] > WET

    def _image(self, x_range: Any, y_range: Any, field: str, frame: int) -> hv.Image:
        """Return the picture of a window."""
        (x, y), face = self._pixels(x_range, y_range)
        values = np.where(shown_faces(self.results, field, int(frame)),
                          face_field(self.results, field, int(frame)), np.nan)
        picture = np.where(face >= 0, values[np.maximum(face, 0)], np.nan)
        label = field_label(field, self._visit.language)
        low, high = self._range(field)
        return self._of_earth((x, y, picture), field, label).opts(
            cmap=colours(field), clim=(low, high), colorbar=True, colorbar_position="bottom",
            clabel=label, colorbar_opts=_ends_marked(low, high, VARIABLES[field].valid_range),
            clipping_colors={"NaN": "rgba(0,0,0,0)"}, default_tools=["pan", "wheel_zoom", "reset"],
            tools=[_hover(label)], active_tools=["wheel_zoom", "pan"], framewise=False,
            data_aspect=self._aspect)

    def _ground(self, x_range: Any, y_range: Any, field: str, frame: int) -> hv.Image:
        """Return the triangles without water, in the colour of bare ground."""
        (x, y), face = self._pixels(x_range, y_range)
        dry = ~shown_faces(self.results, field, int(frame))
        picture = np.where((face >= 0) & dry[np.maximum(face, 0)], 1.0, np.nan)
        return self._of_earth((x, y, picture), "dry", "dry").opts(
            cmap=[DRY, DRY], clim=(0.0, 2.0), clipping_colors={"NaN": "rgba(0,0,0,0)"})

    def _of_earth(self, data: Any, name: str, label: str) -> hv.Image:
        """Return a picture in degrees, or in m for a basin that lies nowhere on Earth."""
        dimension = hv.Dimension(name, label=label)
        if self.results.node_degrees is None:
            return hv.Image(data, ["x", "y"], dimension)
        return gv.Image(data, ["longitude", "latitude"], dimension).opts(projection=_plain())

    def _axes(self) -> dict[str, Any]:
        """Return names and ranges of the axes: the window last looked at."""
        said = dict(zip(("xlim", "ylim"), self._raster[0][:2] if self._raster else
                        self._first_window, strict=True))
        if self.results.node_degrees is None:
            return {"xlabel": "x (m)", "ylabel": "y (m)", **said}
        return {"xlabel": "longitude (°)", "ylabel": "latitude (°)", **said}

    def _places(self) -> hv.Overlay:
        """Return the stations with their names."""
        x, y = self._stations
        on_earth = self.results.node_degrees is not None
        point, text = (gv.Points, gv.Labels) if on_earth else (hv.Points, hv.Labels)
        names = self.results.stations["station"].values
        middle = np.mean(self._first_window[0])
        labels = []
        for side, chosen in (("left", x < middle), ("right", x >= middle)):
            blank = "\N{NO-BREAK SPACE}" * 2
            said = [f"{blank}{name}{blank}" for name in names[chosen]]
            labels.append(text((x[chosen], y[chosen], said)).opts(
                text_align=side, text_font_size="9pt", text_color="#10242e",
                background_fill_color="white", background_fill_alpha=0.8))
        points = point((x, y)).opts(color="white", line_color="#10242e", size=6)
        return labels[0] * labels[1] * points

    def _pixels(self, x_range: Any, y_range: Any) -> tuple[tuple[np.ndarray, np.ndarray],
                                                          np.ndarray]:
        """Return the pixels of a window and the triangle of each, -1 outside."""
        wide, high = x_range or self._first_window[0], y_range or self._first_window[1]
        if self._raster is None or self._raster[0][:2] != (wide, high):
            columns = np.linspace(*wide, _PIXELS)
            rows = np.linspace(*high, _PIXELS)
            face = np.array(self._finder(*np.meshgrid(columns, rows)))
            self._fill_narrow(face, wide, high)
            self._raster = ((wide, high, columns, rows), face)
        _, _, columns, rows = self._raster[0]
        return (columns, rows), self._raster[1]

    def _fill_narrow(self, face: np.ndarray, wide: Any, high: Any) -> None:
        """Give the pixels off the water that hold the middle of a triangle to that triangle."""
        column, row = (np.rint((middle - low) / (top - low) * (_PIXELS - 1)).astype(np.int64)
                       for middle, (low, top) in zip(self._middles, (wide, high), strict=True))
        inside = np.flatnonzero((column >= 0) & (column < _PIXELS) & (row >= 0) & (row < _PIXELS))
        off = inside[face[row[inside], column[inside]] < 0]
        face[row[off], column[off]] = off

    def _range(self, field: str) -> tuple[float, float]:
        """Return the ends of the colours' scale, the same for the whole run."""
        if field not in self._limits:
            self._limits[field] = run_limits(self.results, field)
        return self._limits[field]

    def _series(self, x: float | None, y: float | None, field: str) -> hv.Curve:
        """Return the series of the triangle that was clicked, with gaps where it is dry."""
        label = field_label(field, self._visit.language)
        face = -1 if x is None else int(self._finder(x, y))
        times = self.results.times
        day = "%d/%m/%Y" if self._visit.language == "fr" else "%Y-%m-%d"
        values = np.full(len(times), np.nan)
        if face >= 0:
            values = face_field(self.results, field, slice(None))[:, face]
            if not has_ground(field):
                values = np.where(self._wet(face), values, np.nan)
        return hv.Curve((times, values), hv.Dimension("time", label=self._visit.say("instant")),
                        hv.Dimension(field, label=label)).opts(
            responsive=True, height=260, title=label, tools=["hover"], framewise=True,
            xlabel=self._visit.say("instant"), ylabel="", xformatter=DatetimeTickFormatter(
                days="%d/%m" if day[1] == "d" else "%m-%d", context=DatetimeTickFormatter(
                    hours=day, minutes=day, hourmin=day, days="%Y"), context_which="start"))


def _ends_marked(low: float, high: float, possible: tuple[float, float]) -> dict[str, Any]:
    """Return the ticks of a scale whose ends also stand for what lies beyond them."""
    ticks = {float(one): f"{one:g}" for one in scale_ticks(low, high)}
    ticks[low] = f"≤ {low:g}" if low > possible[0] else f"{low:g}"
    ticks[high] = f"≥ {high:g}" if high < possible[1] else f"{high:g}"
    return {"ticker": FixedTicker(ticks=list(ticks)), "major_label_overrides": {
        one: text.replace("-", "−") for one, text in ticks.items()}}


def _hover(label: str) -> HoverTool:
    """Return a tool that says the value under the pointer, and nothing off the water."""
    number = CustomJSHover(code="return isNaN(value) ? '–' : Number(value.toPrecision(3)) + ''")
    return HoverTool(tooltips=[(label, "@image{custom}")], formatters={"@image": number})


def _plain() -> Any:
    """Return longitude and latitude as they are: no tiles are fetched from elsewhere."""
    from cartopy.crs import PlateCarree

    return PlateCarree()
