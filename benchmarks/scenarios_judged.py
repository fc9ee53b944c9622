"""What the scenarios are read by, and whether it is like what is observed in the Gironde."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twin_kernel.indicators.salt import intrusion_km

__all__ = ["BORDEAUX", "FIGURES", "PAUILLAC", "figures_of", "judged"]

# km from the mouth of the tide gauges. Sensors of salt, mud and oxygen at Bordeaux are beside its
# gauge, 4 km seaward of the Pont de Pierre (PK 4).
BORDEAUX, PAUILLAC = 93.3, 48.8
FIGURES = (
    "salinity 0.5, km", "salinity 2, km", "salinity 5, km", "salinity at Bordeaux",
    "highest salinity at Bordeaux", "turbidity maximum, km", "its mud, kg/m3",
    "middle of the concentration, km", "mud at Pauillac, kg/m3", "mud at Bordeaux, kg/m3",
    "least saturation, km", "least saturation",
    "saturation at Bordeaux", "oxygen at Bordeaux, mg/L", "lowest oxygen at Bordeaux, mg/L",
    "temperature at Bordeaux, degC")
_RIVER_MUD = 0.05  # kg/m3, brought by the rivers: above it, mud is the estuary's
_LEAST_MUD = 0.005  # kg/m3 above that; with less there is no maximum to place
_NEAR = 10.0  # km from Bordeaux that may be called at Bordeaux
_OXYGEN_LIMIT = 5.0  # mg/L, limit of the water plan at Bordeaux
_LATER = 0.5  # cycles of springs and neaps for which a sense should last

Figures = dict[str, float]
Test = Callable[[float, float, float], bool]


def figures_of(mean: dict[str, np.ndarray]) -> Figures:
    """Return the `FIGURES` of one state: kilometres from the mouth and concentrations.

    Parameters
    ----------
    mean : dict of str to (n_km,) float64
        ``km`` and the profiles, NaN where there is no water. Without mud but the rivers' the
        place of its maximum is NaN.
    """
    km, inside = mean["km"], mean["km"] > 10.0
    muddy = np.where(inside, np.nan_to_num(mean["mud"]), 0.0)
    above = np.clip(muddy - _RIVER_MUD, 0.0, None)
    if above.max() > _LEAST_MUD:
        # Of concentrations: where most of the mud lies, in sections ten times as large, the table
        # of the mud tells.
        muddiest, middle = km[int(np.argmax(muddy))], above @ km / above.sum()
    else:
        muddiest = middle = float("nan")
    # Of its saturation: salt water holds less oxygen in mg/L where nothing has used any.
    oxygen = np.where(inside, np.nan_to_num(mean["oxygen_saturation"], nan=np.inf), np.inf)
    worst = int(np.argmin(oxygen))
    at = {name: np.interp([PAUILLAC, BORDEAUX], km, values) for name, values in mean.items()}
    fronts = [float(intrusion_km(km, mean["salinity"], limit)[0]) for limit in (0.5, 2.0, 5.0)]
    return dict(zip(FIGURES, (
        *fronts, float(at["salinity"][1]), float(at["highest salinity"][1]), float(muddiest),
        float(muddy.max()), float(middle), float(at["mud"][0]), float(at["mud"][1]),
        float(km[worst]), float(oxygen[worst]),
        float(at["oxygen_saturation"][1]), float(at["dissolved_oxygen"][1]),
        float(at["lowest oxygen"][1]), float(at["temperature"][1])), strict=True))


@dataclass(frozen=True)
class _Rule:
    """What is observed of one figure, and how far it may still change, per cycle.

    `sense` and `size` are asked with the figure at the start, in low flow and in flood; None where
    no observation says. `size_of_low_flow_alone`: the size asks nothing of the flood, whose figure
    need not have settled for it.
    """

    figure: str
    observed: str
    tolerance: float
    sense: Test | None
    size: Test | None
    size_of_low_flow_alone: bool = False


_RULES = (
    _Rule("salinity 2, km", "goes seaward in floods, holds or climbs in low flow", 5.0,
          lambda start, low, flood: flood < start - 10.0 and low > start - 2.0, None),
    # Whether the figure is of a tide's mean or of its high water is not said: both are judged.
    _Rule("salinity at Bordeaux", "2 to 5 in severe low flow, fresh in floods", 0.5,
          lambda _, low, flood: low > flood,
          lambda _, low, flood: 2.0 <= low <= 5.0 and flood < 0.1),
    _Rule("highest salinity at Bordeaux", "2 to 5 in severe low flow, fresh in floods", 1.0,
          lambda _, low, flood: low > flood,
          lambda _, low, flood: 2.0 <= low <= 5.0 and flood < 0.1),
    _Rule("turbidity maximum, km", "at Bordeaux (93, to 10 km) where the Garonne is under 200 "
          "m3/s, seaward in floods", 5.0, lambda _, low, flood: low > flood + 5.0,
          lambda _, low, flood: abs(low - BORDEAUX) < _NEAR, size_of_low_flow_alone=True),
    # The surface holds less than the mean of a section, by a factor that no figure here gives.
    _Rule("its mud, kg/m3", "0.1 to 10 at the surface: not a mean of the section", 0.29, None,
          None),
    _Rule("mud at Bordeaux, kg/m3", "falls from 200 to 1000 m3/s", 0.29,
          lambda _, low, flood: low > flood, None),
    _Rule("mud at Pauillac, kg/m3", "high all year", 0.1,
          lambda _, low, flood: min(low, flood) > 0.1, None),
    _Rule("lowest oxygen at Bordeaux, mg/L", "under 5 in warm low flows, not in floods", 0.5,
          lambda _, low, flood: low < flood,
          lambda _, low, flood: low < _OXYGEN_LIMIT < flood),
    _Rule("least saturation, km", "oxygen worst at Bordeaux (93, to 10 km) in low flow", 5.0,
          lambda _, low, flood: low > PAUILLAC, lambda _, low, flood: abs(low - BORDEAUX) < _NEAR,
          size_of_low_flow_alone=True),
)


def judged(start: Figures, low: Figures, low_change: Figures, flood: Figures,
           flood_change: Figures) -> pd.DataFrame:
    """Compare with what is observed; sources of the observations are in the project's figures.

    Parameters
    ----------
    start, low, flood : dict of str to float
        Figures of the common start and of the end of each scenario.
    low_change, flood_change : dict of str to float
        How far they still moved since the cycle of springs and neaps before.

    Returns
    -------
    pandas.DataFrame
        A row for each rule. The sense is "yes" where it is as observed now, was so in the cycle
        before and would still be after half a cycle of the change; the size where it is as
        observed now and after half a cycle of the change, and no figure that it asks about changed
        by more than the tolerance; "yes, in low flow" where that of the flood, which it does not
        ask about, did.
    """
    def moved(cycles: float) -> list[Figures]:
        return [{name: value + cycles * change[name] for name, value in end.items()}
                for end, change in ((low, low_change), (flood, flood_change))]

    before, later = moved(-1.0), moved(_LATER)
    rows = []
    for rule in _RULES:
        name = rule.figure
        now = (start[name], low[name], flood[name])
        states = (now, *((start[name], *(end[name] for end in ends)) for ends in (before, later)))
        changes = (low_change[name], flood_change[name])
        asked = changes[:1] if rule.size_of_low_flow_alone else changes
        settled = max(map(abs, asked)) <= rule.tolerance
        rows.append({
            "what": name, "observed": rule.observed,
            **dict(zip(("start", "low flow", "flood"), now, strict=True)),
            **dict(zip(("low flow, change a cycle", "flood, change a cycle"), changes,
                       strict=True)),
            "change allowed a cycle": rule.tolerance,
            "sense": _said(rule.sense and all(rule.sense(*state) for state in states)),
            "size": _said(rule.size and settled and rule.size(*now) and rule.size(*states[-1]),
                          "" if max(map(abs, changes)) <= rule.tolerance else ", in low flow")})
    return pd.DataFrame(rows).round(4)


def _said(verdict: bool | None, of_what: str = "") -> str:
    return "not known" if verdict is None else f"yes{of_what}" if verdict else "NO"
