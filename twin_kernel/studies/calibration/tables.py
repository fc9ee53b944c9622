"""The evidence of a calibration as tables that a page can show."""

from __future__ import annotations

import pandas as pd

from twin_kernel.studies.calibration.calibration import Calibration

__all__ = ["evidence_tables"]


def evidence_tables(found: Calibration) -> str:
    """Return, in Markdown, how far each gauge is off while it is left out, and what was found.

    Parameters
    ----------
    found : Calibration
    """
    tide, constituents = found.constituents, found.constituents.index.unique("constituent")
    errors = pd.DataFrame({name: [
        f"{row['observed_amplitude']:.3f} m {100.0 * row['left_out_amplitude_error']:+.1f} %, "
        f"{row['left_out_phase_error']:+.1f}°"
        for _, row in tide.xs(name, level="constituent").iterrows()] for name in constituents},
        index=tide.index.unique("gauge"))
    levels = pd.DataFrame({
        "level rebuilt": found.reconstructed["left_out"], "before": found.reconstructed["before"],
        "level of all constituents": found.levels["left_out"]}).map("{:.3f}".format)
    values = found.parameters[["prior", "value", "uncertainty"]].map("{:.4f}".format)
    values["at its bound"] = found.parameters["at_bound"].map({True: "yes", False: "no"})
    return "\n\n".join([
        f"Version {found.facts['version']}, {found.facts['date']}, {found.facts['runs']} runs of "
        f"{found.facts['days']:g} days.",
        "Amplitude observed, its error, and how late, at each gauge left out:",
        _table(errors, "gauge"),
        "Root mean square difference of the level at each gauge left out, m: of the tide that the "
        "constituents analysed make up, before the calibration too, and of all in its table:",
        _table(levels, "gauge"), "What was found:", _table(values, "parameter")]) + "\n"


def _table(frame: pd.DataFrame, corner: str) -> str:
    rows = [[corner, *frame.columns], ["---"] * (1 + frame.shape[1]),
            *([name, *row] for name, row in zip(frame.index, frame.to_numpy(), strict=True))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
