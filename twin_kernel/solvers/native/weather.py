"""The weather at any time of a run, as a process reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

__all__ = ["Weather"]

_DIRECTIONS = ("wind_from_direction", "swell_from_direction")


@dataclass(frozen=True)
class Weather:
    """Series of the weather over the river.

    Attributes
    ----------
    times : (n_time,) float64
        Seconds since the start of the run, increasing.
    series : dict of str to (n_time,) float64
        By names of ``VARIABLES``; directions do not jump by 360 degrees.
    """

    times: np.ndarray
    series: dict[str, np.ndarray]

    @classmethod
    def of(cls, dataset: xr.Dataset, start: np.datetime64) -> Weather:
        """Take the series of a dataset of `twin_kernel.forcing.weather_series`.

        Parameters
        ----------
        dataset : xarray.Dataset
            Dimension time, covering the run.
        start : numpy.datetime64
            Start of the run, UTC.
        """
        since = dataset["time"].values.astype("datetime64[ns]") - start.astype("datetime64[ns]")
        series = {str(name): dataset[name].values.astype(float) for name in dataset.data_vars}
        for name in _DIRECTIONS:
            if name in series:
                series[name] = np.unwrap(series[name], period=360.0)
        return cls(since / np.timedelta64(1, "s"), series)

    def at(self, time: float) -> dict[str, float]:
        """Return the weather at a time, s since the start, linear between samples.

        Directions turn the short way and lie in [0, 360).
        """
        values = {name: float(np.interp(time, self.times, given))
                  for name, given in self.series.items()}
        for name in _DIRECTIONS:
            if name in values:
                values[name] %= 360.0
        return values
