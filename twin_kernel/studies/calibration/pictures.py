"""Pictures of a calibration: what it gained, on what, and how sure it is."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twin_kernel.studies.calibration.calibration import Calibration

__all__ = ["plot_parameters", "plot_sensitivity", "plot_skill"]

_SHOWN = {"before": ("before", "#9aa4aa", "o"), "after": ("after", "#1b7a8c", "s"),
          "left_out": ("this gauge left out", "#c8553d", "D")}


def plot_skill(calibration: Calibration, constituents=("M2", "M4")) -> Figure:
    """Draw the errors of amplitude, phase and level at each gauge, before, after and left out.

    Parameters
    ----------
    calibration : Calibration
    constituents : sequence of str
        A column of pictures each; the last column is the level.
    """
    figure = plt.figure(figsize=(4.2 * (len(constituents) + 1), 5.6), layout="constrained")
    axes = figure.subplots(2, len(constituents) + 1)
    gauges = list(calibration.levels.index)
    for column, name in enumerate(constituents):
        rows = calibration.constituents.xs(name, level="constituent").loc[gauges]
        for row, (key, scale, label) in enumerate((
                ("amplitude_error", 100.0, f"{name}: amplitude error, %"),
                ("phase_error", 1.0, f"{name}: degrees late"))):
            _draw(axes[row, column], gauges, {
                when: scale * rows[f"{when}_{key}"].to_numpy() for when in _SHOWN}, label)
            axes[row, column].axhline(0.0, color="#5a666d", linewidth=0.8)
    _draw(axes[0, -1], gauges,
          {when: calibration.reconstructed[when].to_numpy() for when in _SHOWN},
          "tide reconstructed: RMS difference, m")
    axes[0, -1].set_ylim(0.0, 1.1 * axes[0, -1].get_ylim()[1])
    axes[1, -1].axis("off")
    handles, labels = axes[0, -1].get_legend_handles_labels()
    axes[1, -1].legend(handles, labels, loc="upper left", frameon=False)
    return figure


def _draw(axes, gauges: list[str], series: dict[str, np.ndarray], label: str) -> None:
    for when, values in series.items():
        name, colour, marker = _SHOWN[when]
        axes.plot(range(len(gauges)), values, marker, color=colour, label=name, markersize=6)
    axes.set_xticks(range(len(gauges)), gauges, rotation=35,
                    ha="right")
    axes.set_title(label)


def plot_parameters(calibration: Calibration) -> Figure:
    """Draw each parameter before and after, in standard deviations of its prior."""
    table = calibration.parameters
    figure = plt.figure(figsize=(6.4, 0.34 * len(table) + 1.2), layout="constrained")
    axes = figure.subplots()
    y = np.arange(len(table))[::-1]
    moved = (table["value"] - table["prior"]) / table["deviation"]
    axes.barh(y, 2.0, left=-1.0, height=0.7, color="#e6eaec", label="before, one deviation")
    axes.errorbar(moved, y, xerr=table["uncertainty"] / table["deviation"], fmt="s",
                  color="#1b7a8c", capsize=3, label="after")
    said = [f"{name}  {value:.4g}" for name, value in table["value"].items()]
    axes.set_yticks(y, said)
    axes.set_xlabel("standard deviations of the prior")
    figure.legend(frameon=False, loc="outside upper center", ncols=2)
    return figure


def plot_sensitivity(calibration: Calibration, constituent: str = "M2") -> Figure:
    """Draw what each parameter does to the amplitude of a constituent at each gauge, cm."""
    table: pd.DataFrame = 100.0 * calibration.sensitivity.xs(constituent, level="constituent").loc[
        list(calibration.levels.index)]
    largest = float(np.abs(table.to_numpy()).max()) or 1.0
    figure = plt.figure(figsize=(0.62 * table.shape[1] + 2.4, 0.42 * len(table) + 2.2),
                    layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(table, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
    axes.set_xticks(range(table.shape[1]), table.columns, rotation=50, ha="right")
    axes.set_yticks(range(len(table)), table.index)
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, label="cm for one deviation of the prior")
    axes.set_title(f"{constituent}: what moves its amplitude")
    return figure
