"""Prediction of the tide from harmonic constants.

    η(t) = Σ f_i(t) a_i cos(V_i(t) + u_i(t) − g_i)                                       (1)

a (m) and g (degrees) are amplitude and Greenwich phase lag of a constituent, V its astronomical
argument, f and u the nodal corrections, evaluated at every instant and not once per series.

V, f and u come from utide. pyTMD 3 gives the same V for every constituent predicted here that
it knows and, for M2, S2, N2, K1, O1, M4, the same u to 0.4° and f to 0.5 %. Importing it costs
about 3 s against 0.8 s, and utide is also what analyses computed levels: with it, both ends use
one set of arguments. Of SA both libraries take V = h − p', the sun's longitude from its perigee;
producers of constants (NOAA, and TICON-4 at the stations that both tell) take V = h, both being in
the list of the IHO (0 565 545 and 0 565 555). p' is 283°: read the other way, the sea would stand
highest in mid-September and not in early December.

Constituents of `OMITTED` are left out. For the first six the two libraries disagree on argument
or nodal factor and the producer of the constants does not state its own; they reach 1.9 cm (M3)
at Port-Bloc. The others have no argument in utide and stay under 7 mm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from twin_kernel.errors import ForcingError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OMITTED", "predict_tide", "predictable", "speed", "to_published"]

# utide's name of constituents that producers name otherwise.
_ALIASES = {"LAMBDA2": "LDA2", "LAM2": "LDA2", "EP2": "EPS2", "SGM": "SIG1"}

OMITTED = frozenset(
    {"M1", "S1", "M3", "R2", "MA2", "MB2", "MSQM", "MTM", "S3", "T3", "R3", "3L2", "3N2"}
)

_INSTANTS_AT_ONCE = 20_000  # bounds the memory of the arguments to about 100 MB


def predictable(constituent: str) -> bool:
    """Return whether the argument of this constituent is known and not `OMITTED`."""
    return constituent.upper() not in OMITTED and _key(constituent) in _rows()


def speed(constituent: str) -> float:
    """Return the speed of a constituent, degrees per hour (M2: 28.984).

    Raises
    ------
    ForcingError
        Unknown constituent.
    """
    from utide._ut_constants import ut_constants

    return 360.0 * float(ut_constants.const.freq[_row(constituent)])


def predict_tide(constants: pd.DataFrame, times: np.ndarray, latitude: float) -> np.ndarray:
    """Predict the tide, equation (1).

    Parameters
    ----------
    constants : pandas.DataFrame
        Columns ``constituent``, ``amplitude`` (m) and ``phase`` (Greenwich phase lag, degrees);
        one row per constituent.
    times : (n,) datetime64
        Instants, UTC.
    latitude : float
        Latitude, degrees north; it enters the nodal corrections of third-degree terms.

    Returns
    -------
    (n,) float64
        Level about the mean level, m.

    Raises
    ------
    ForcingError
        Unknown or repeated constituent, or a constant or time that is not a number.
    """
    times = np.atleast_1d(np.asarray(times, dtype="datetime64[ns]"))
    if np.isnat(times).any():
        raise ForcingError(
            "the times of the prediction contain a missing one", received="NaT",
            allowed="datetime64 in UTC", next_step="drop the missing times",
        )
    indices, complex_amplitudes = _checked(constants)
    return _summed(indices.tobytes(), indices.dtype.str, complex_amplitudes.tobytes(),
                   times.tobytes(), latitude).copy()


@lru_cache(maxsize=8)
def _summed(indices: bytes, kind: str, amplitudes: bytes, instants: bytes,
            latitude: float) -> np.ndarray:
    """Return the level (n,) of constituents at instants: many cases ask for the same."""
    rows, a = np.frombuffer(indices, kind), np.frombuffer(amplitudes, complex)
    times = np.frombuffer(instants, "datetime64[ns]")
    level = np.empty(times.shape)
    for first in range(0, times.size, _INSTANTS_AT_ONCE):
        part = slice(first, first + _INSTANTS_AT_ONCE)
        level[part] = (_basis(times[part], rows, latitude) @ a).real
    return level


def _checked(constants: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of utide's table and a exp(-ig), after validation."""
    missing = {"constituent", "amplitude", "phase"} - set(constants.columns)
    if missing:
        raise ForcingError(
            "the table of harmonic constants lacks columns", received=", ".join(sorted(missing)),
            allowed="constituent, amplitude (m), phase (degrees)",
            next_step="see twin_kernel.catalog.gauge_constants('Bordeaux') for an example",
        )
    names = constants["constituent"].str.upper()
    if names.duplicated().any():
        raise ForcingError(
            "a constituent occurs twice", received=", ".join(names[names.duplicated()]),
            allowed="one row per constituent",
            next_step="select one gauge: twin_kernel.catalog.gauge_constants('Bordeaux')",
        )
    kept = constants[~names.isin(OMITTED)]
    indices = np.array([_row(name) for name in kept["constituent"]], dtype=int)
    amplitude, phase = kept["amplitude"].to_numpy(float), kept["phase"].to_numpy(float)
    good = np.isfinite(amplitude) & np.isfinite(phase) & (amplitude >= 0)
    if not good.all():
        raise ForcingError(
            "a harmonic constant is not a number or negative",
            received=", ".join(kept["constituent"][~good]),
            allowed="finite amplitude >= 0 m and finite phase in degrees",
            next_step="correct these rows or leave them out",
        )
    return indices, amplitude * np.exp(-1j * np.radians(phase))


def _key(constituent: str) -> str:
    return _ALIASES.get(constituent.upper(), constituent.upper())


def _rows() -> dict[str, int]:
    from utide._ut_constants import constit_index_dict  # utide takes 0.8 s to import

    return constit_index_dict


def _row(constituent: str) -> int:
    """Return the row of a constituent in utide's table."""
    if _key(constituent) not in _rows():
        raise ForcingError(
            "unknown tidal constituent", received=constituent, allowed=", ".join(_rows()),
            next_step="rename it to one of these, or leave it out",
        )
    return _rows()[_key(constituent)]


def _basis(times: np.ndarray, indices: np.ndarray, latitude: float) -> np.ndarray:
    """Return f exp(i(V + u)) as producers mean V, shape (n_times, n_constituents)."""
    from utide.harmonics import FUV

    # utide counts days like Python's date.toordinal, of which 719163 is 1970-01-01.
    days = times.astype("int64") / 86_400e9 + 719_163.0
    factor, correction, argument = FUV(
        days, float(days.mean()), indices, latitude, [False, False, False, False]
    )
    return factor * np.exp(2j * np.pi * (argument + correction)) * to_published(days, indices)


def to_published(days: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return what makes exp(iV) of utide that of the producers of constants.

    Parameters
    ----------
    days : (n_times,) float64
        As utide counts them.
    rows : (n_constituents,) int
        In utide's table.

    Returns
    -------
    (n_times, n_constituents) complex128
        exp(ip') for SA, 1 for the others.
    """
    from utide.astronomy import ut_astron

    factor = np.ones((len(days), len(rows)), dtype=complex)
    perigee = ut_astron(days)[0][5]  # p', cycles
    factor[:, np.asarray(rows) == _row("SA")] = np.exp(2j * np.pi * perigee)[:, None]
    return factor
