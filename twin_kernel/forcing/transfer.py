"""Tide at the open ocean boundary, where no gauge stands: derived data.

1. `first_guess`: complex mean of the gauges at the mouth, phase advanced by the travel time of a
   long wave from the boundary, T = L / sqrt(g h). Amplification between boundary and mouth and
   the estuary's own overtides are ignored.
2. `corrected_constants`: with a run of the model at hand, each imposed constant is multiplied by
   observed / computed (complex) at the mouth. For a linear response one step is exact; repeat
   with a new run if the overtides are still off.

After step 2 the tide at the gauges used (Royan, Port-Bloc) is no longer independent evidence of
the model's skill; the gauges upstream are.

Which constituents are imposed: those with at least 5 mm at the mouth and a known argument. Of the
long ones only SA and SSA: the yearly cycle of sea level belongs to the ocean. MSF, MM, MF and the
like are left out; at a gauge inside an estuary they are mostly made by friction and discharge,
the model must make them itself, and in the ocean they are under the noise of the analysis.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from twin_kernel.catalog import gauge_constants
from twin_kernel.errors import ForcingError
from twin_kernel.forcing.tide import predictable, speed

__all__ = ["corrected_constants", "first_guess", "mean_constants",
           "scaled_constants", "write_constants"]

GRAVITY = 9.81
MINIMUM_AMPLITUDE = 0.005
SEASONAL = frozenset({"SA", "SSA"})


def mean_constants(gauges: Sequence[str]) -> pd.DataFrame:
    """Return the complex mean of the constants of some gauges.

    Returns
    -------
    pandas.DataFrame
        ``constituent``, ``amplitude`` (m), ``phase`` (degrees) of those all the gauges have.

    Raises
    ------
    ForcingError
        No gauge.
    CatalogError
        Unknown gauge.
    """
    if not gauges:
        raise ForcingError("the mean of no gauge was asked for", allowed="one gauge or more",
                           next_step="name a gauge, as in mean_constants(['...'])")
    vectors = {}
    for gauge in gauges:
        table = gauge_constants(gauge)
        vectors[gauge] = pd.Series(_vector(table), index=table["constituent"])
    common = pd.DataFrame(vectors).dropna()
    return _table(common.index, common.mean(axis=1).to_numpy())


def first_guess(
    gauges: Sequence[str] = ("Royan", "Port-Bloc"), distance: float = 20_000.0, depth: float = 20.0
) -> pd.DataFrame:
    """Return the tide at the ocean boundary guessed from the gauges at the mouth.

    Parameters
    ----------
    gauges : sequence of str
        Gauges at the mouth.
    distance : float
        From the boundary to the mouth, m.
    depth : float
        Mean depth on the way, m.

    Returns
    -------
    pandas.DataFrame
        ``constituent``, ``amplitude`` (m), ``phase`` (degrees), largest amplitude first.
    """
    if not (distance >= 0 and depth > 0):
        raise ForcingError(
            "distance or depth is out of range", received=f"{distance} m, {depth} m",
            allowed="distance >= 0 m, depth > 0 m",
            next_step="give both in metres",
        )
    guess = mean_constants(gauges)
    imposed = guess["constituent"].map(_imposed) & (guess["amplitude"] >= MINIMUM_AMPLITUDE)
    guess = guess[imposed].copy()
    hours = distance / np.sqrt(GRAVITY * depth) / 3600.0
    # The seasonal cycle is no wave coming from the ocean: it has the same phase on both sides.
    advance = guess["constituent"].map(lambda name: 0.0 if name in SEASONAL else speed(name))
    guess["phase"] = np.mod(guess["phase"] - advance.to_numpy() * hours, 360.0)
    return guess.sort_values("amplitude", ascending=False, ignore_index=True)


def corrected_constants(
    observed: pd.DataFrame, imposed: pd.DataFrame, computed: pd.DataFrame
) -> pd.DataFrame:
    """Return imposed × observed / computed, complex, per constituent.

    Parameters
    ----------
    observed, computed : pandas.DataFrame
        Constants at the mouth, of the gauges and of a run, obtained in the same way (analysed
        over the same instants with the same constituents, so that what a short record cannot
        separate leaks equally into both). Columns ``constituent``, ``amplitude``, ``phase``.
    imposed : pandas.DataFrame
        Constants at the ocean boundary in that run.

    Returns
    -------
    pandas.DataFrame
        Same constituents as `imposed`. One that the run does not resolve takes the ratio of the
        resolved ones of its band, interpolated in frequency (held constant beyond the outermost);
        without any in its band, and for the seasonal ones, it stays as imposed.

    Raises
    ------
    ForcingError
        No constituent in common, or a computed or observed amplitude of zero.
    """
    vectors = [
        pd.Series(_vector(table), index=table["constituent"].str.upper())
        for table in (observed, computed)
    ]
    names = [name for name in vectors[0].index.intersection(vectors[1].index) if predictable(name)]
    if not names:
        raise ForcingError(
            "observed and computed have no constituent in common",
            received=f"{', '.join(vectors[0].index)} and {', '.join(vectors[1].index)}",
            next_step="analyse both with the same constituents",
        )
    measured, modelled = vectors[0][names], vectors[1][names]
    zero = [name for name in names if not (abs(measured[name]) > 0 and abs(modelled[name]) > 0)]
    if zero:
        raise ForcingError(
            "no ratio can be made from an amplitude of zero", received=", ".join(zero),
            allowed="observed and computed amplitudes above 0 m",
            next_step="leave these constituents out of both tables",
        )
    ratio = (measured / modelled).to_dict()
    factors = np.array([_ratio(name.upper(), ratio) for name in imposed["constituent"]])
    return _table(imposed["constituent"], _vector(imposed) * factors)


def scaled_constants(constants: pd.DataFrame, factors: dict[str, complex]) -> pd.DataFrame:
    """Return the constants times complex factors, by constituent; others stay.

    A factor r e^(ix) multiplies the amplitude by r and lets the constituent come x later.
    """
    each = np.array([factors.get(name, 1.0) for name in constants["constituent"]])
    return _table(constants["constituent"], _vector(constants) * np.conj(each))


def write_constants(constants: pd.DataFrame, path: Path, origin: str) -> None:
    """Write constants as CSV, with a sentence on their origin in its head; all or nothing.

    Parameters
    ----------
    constants : pandas.DataFrame
        ``constituent``, ``amplitude`` (m), ``phase`` (degrees).
    path : Path
        File of the catalogue; its sha256 belongs in the entry's metadata.
    origin : str
        How the numbers were obtained.
    """
    head = "".join(f"# {line}\n" for line in origin.strip().splitlines())
    body = constants.assign(
        amplitude=constants["amplitude"].round(5), phase=constants["phase"].round(3)
    ).to_csv(index=False, columns=["constituent", "amplitude", "phase"], lineterminator="\n")
    aside = path.with_name(path.name + ".part")
    aside.write_text(head + body, encoding="utf-8")
    os.replace(aside, path)


def _imposed(constituent: str) -> bool:
    return predictable(constituent) and (constituent in SEASONAL or speed(constituent) > 10.0)


def _band(constituent: str) -> int:
    """Return the number of cycles a day: 0 long, 1 diurnal, 2 semidiurnal, 4 quarter-diurnal."""
    return round(speed(constituent) * 24.0 / 360.0)


def _ratio(name: str, ratio: dict[str, complex]) -> complex:
    if name in ratio:
        return ratio[name]
    band = sorted((item for item in ratio if _band(item) == _band(name)), key=speed)
    if not band or _band(name) == 0:
        return 1.0 + 0.0j
    speeds, values = [speed(item) for item in band], np.array([ratio[item] for item in band])
    return complex(
        np.interp(speed(name), speeds, values.real), np.interp(speed(name), speeds, values.imag)
    )


def _vector(table: pd.DataFrame) -> np.ndarray:
    phase = np.radians(table["phase"].to_numpy(float))
    return table["amplitude"].to_numpy(float) * np.exp(-1j * phase)


def _table(constituents: Sequence[str], vectors: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({
        "constituent": list(constituents),
        "amplitude": np.abs(vectors),
        "phase": np.mod(-np.degrees(np.angle(vectors)), 360.0),
    })
