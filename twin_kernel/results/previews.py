"""The first pictures of a run, made by one function."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from twin_kernel.errors import StorageError
from twin_kernel.results.labels import check_language
from twin_kernel.results.lines import plot_profile, plot_stations
from twin_kernel.results.maps import plot_map
from twin_kernel.results.opening import Results
from twin_kernel.results.selecting import SPEED

__all__ = ["save_preview_pictures"]

_MAPS = {"map_salinity": "salinity", "map_water_level": "water_level",
         "map_water_depth": "water_depth", "map_current_speed": SPEED}


def save_preview_pictures(results: Results, folder: Path | str | None = None, *,
                          language: str = "en", time=None) -> list[Path]:
    """Write maps, longitudinal profile and time series of a run as PNG.

    Parameters
    ----------
    results : Results
    folder : Path or str, optional
        Made where it does not exist; ``pictures`` in the run's folder by default.
    language : {"en", "fr"}
    time : instant, optional
        Of the maps and of the profile, UTC; the last map by default.

    Returns
    -------
    list of Path
        Each file appears whole or not at all.

    Raises
    ------
    InputError
        Unknown language, or time outside the maps.
    StorageError
        Where the folder cannot be written.
    """
    import matplotlib.pyplot as plt

    check_language(language)
    folder = Path(folder) if folder is not None else results.folder / "pictures"
    _make(folder)
    written = []

    def save(axes, name: str) -> None:
        path = folder / f"{name}.png"
        partial = path.with_name(path.name + ".part")
        try:
            axes.figure.savefig(partial, format="png", dpi=150, facecolor="white")
            os.replace(partial, path)
        finally:
            plt.close(axes.figure)
            partial.unlink(missing_ok=True)
        written.append(path)

    for name, variable in _MAPS.items():
        save(plot_map(results, variable, time, language=language), name)
    save(plot_profile(results, "salinity", time, language=language), "profile_salinity")
    for variable in ("water_level", "salinity"):
        panels = np.atleast_1d(plot_stations(results, variable, language=language))
        save(panels[0], f"stations_{variable}")
    return written


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError("The folder of pictures cannot be made",
                           received=f"{folder} ({error.strerror})",
                           allowed="a folder you may write in",
                           next_step="give another folder") from error
