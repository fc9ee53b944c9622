"""Scenarios: do salt, mud and oxygen of the Gironde move with the rivers as observed?

Tide, salt, heat, mud and oxygen together on the mesh of the repository, once in a dry August and
once in a wet February, through the library as a user would. Each run starts from the river's
indicative state and lasts weeks, not the months that salt and mud take: what still changes at the
end is in the table. Figures are means over two tides (24.84 h) at the end of the run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import twin_kernel as twin
from benchmarks.measuring import Report, arguments
from twin_kernel.indicators.salt import intrusion_km
from twin_kernel.results import Results, profile

__all__ = ["SCENARIOS", "Scenario", "figures_of", "report"]

BORDEAUX, PAUILLAC = 97.0, 49.0  # km from the mouth
_TIDES = np.timedelta64(25, "h")  # two tides, in whole hours of the maps
_FIELDS = ("salinity", "mud", "dissolved_oxygen", "temperature")
_OXYGEN_LIMIT = 5.0  # mg/L, limit of the water plan at Bordeaux
PROCESSES = ("salinity", "temperature", "sediment", "water_quality")
OPTIONS = {"density_gradient": True, "dispersion_along": 150.0, "dispersion_across": 5.0}


@dataclass(frozen=True)
class Scenario:
    """Two rivers in one season.

    Attributes
    ----------
    name : str
    garonne, dordogne : float
        m3/s.
    start : str
        UTC; the month of the climatology of the weather.
    days : float
    temperature : float
        Of the water at the start, degC.
    """

    name: str
    garonne: float
    dordogne: float
    start: str
    days: float
    temperature: float

    def case(self, days: float | None = None) -> twin.Case:
        """Return the case, shorter where `days` says so."""
        stop = np.datetime64(self.start, "s") + np.timedelta64(
            round(24 * (days or self.days)), "h")
        return twin.Case(
            start=self.start, stop=str(stop), weather="climatology",
            discharge={"garonne": self.garonne, "dordogne": self.dordogne},
            processes={**{name: {} for name in PROCESSES},
                       "temperature": {"initial": self.temperature}},
            solver_options=OPTIONS,
            map_interval=3600.0)


SCENARIOS = (Scenario("dry August", 80.0, 50.0, "2015-08-01", 15.0, 23.0),
             Scenario("wet February", 1000.0, 500.0, "2015-02-01", 10.0, 8.0))


def means(results: Results, back: int = 0) -> dict[str, np.ndarray]:
    """Return the profiles (n_km,) meaned over two tides that end `back` days before the end."""
    stop = results.times[-1] - np.timedelta64(24 * back, "h")
    inside = np.flatnonzero((results.times > stop - _TIDES) & (results.times <= stop))
    frames = slice(int(inside[0]), int(inside[-1]) + 1)
    found = {name: profile(results, name, frames=frames) for name in _FIELDS}
    with np.errstate(invalid="ignore"):
        return {"km": found["salinity"]["km"].values,
                **{name: np.nanmean(one.values, axis=0) for name, one in found.items()}}


def figures_of(mean: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the figures of one state: kilometres from the mouth and concentrations."""
    km, inside = mean["km"], mean["km"] > 10.0
    muddiest = int(np.argmax(np.where(inside, mean["mud"], 0.0)))
    worst = int(np.argmin(np.where(inside, mean["dissolved_oxygen"], np.inf)))
    at = {name: np.interp([PAUILLAC, BORDEAUX], km, mean[name]) for name in _FIELDS}
    return {
        **{f"salinity {limit:g}, km": float(intrusion_km(km, mean["salinity"], limit)[0])
           for limit in (0.5, 2.0, 5.0)},
        "salinity at Bordeaux": float(at["salinity"][1]),
        "turbidity maximum, km": float(km[muddiest]),
        "its mud, kg/m3": float(mean["mud"][muddiest]),
        "mud at Pauillac, kg/m3": float(at["mud"][0]),
        "mud at Bordeaux, kg/m3": float(at["mud"][1]),
        "oxygen minimum, km": float(km[worst]),
        "oxygen minimum, mg/L": float(mean["dissolved_oxygen"][worst]),
        "oxygen at Bordeaux, mg/L": float(at["dissolved_oxygen"][1]),
        "temperature at Bordeaux, degC": float(at["temperature"][1])}


def judged(dry: dict[str, float], wet: dict[str, float]) -> pd.DataFrame:
    """Compare with what is observed, sense and size; sources are in the project's figures."""
    def row(what: str, observed: str, computed: str, sense: bool, size: bool) -> dict[str, str]:
        return {"what": what, "observed": observed, "computed": computed,
                "sense": "yes" if sense else "NO", "size": "yes" if size else "NO"}

    salt = [one["salinity at Bordeaux"] for one in (dry, wet)]
    mud = [one["mud at Bordeaux, kg/m3"] for one in (dry, wet)]
    place = [one["turbidity maximum, km"] for one in (dry, wet)]
    oxygen = [one["oxygen at Bordeaux, mg/L"] for one in (dry, wet)]
    pauillac = min(dry["mud at Pauillac, kg/m3"], wet["mud at Pauillac, kg/m3"])
    least = dry["oxygen minimum, km"]
    return pd.DataFrame([
        row("salinity at Bordeaux, dry and wet", "2 to 5 in severe low flow, fresh in floods",
            f"{salt[0]:.2f}, {salt[1]:.3f}", salt[0] > salt[1],
            2.0 <= salt[0] <= 5.0 and salt[1] < 0.1),
        row("turbidity maximum, km, dry and wet",
            "at Bordeaux (97) where the Garonne is under 200 m3/s, seaward in floods",
            f"{place[0]:.0f}, {place[1]:.0f}", place[0] > place[1] + 5.0,
            abs(place[0] - BORDEAUX) < 20.0),
        row("mud at Bordeaux, kg/m3, dry and wet", "falls from 200 to 1000 m3/s",
            f"{mud[0]:.2f}, {mud[1]:.2f}", mud[0] > mud[1], mud[0] > 3.0 * mud[1]),
        row("mud at Pauillac, kg/m3, the lesser", "high all year", f"{pauillac:.2f}",
            pauillac > 0.1, pauillac > 0.3),
        row("oxygen at Bordeaux, mg/L, dry and wet",
            "under 5 in warm low flows, saturated in winter", f"{oxygen[0]:.1f}, {oxygen[1]:.1f}",
            oxygen[0] < oxygen[1], oxygen[0] < _OXYGEN_LIMIT and oxygen[1] > 9.0),
        row("oxygen minimum of the dry summer, km", "worst at Bordeaux (97)", f"{least:.0f}",
            least > PAUILLAC, abs(least - BORDEAUX) < 15.0)])


def report(quick: bool = False) -> Report:
    """Run the scenarios and compare them."""
    columns, drifts, states, budgets = {}, {}, {}, []
    for scenario in SCENARIOS:
        run = twin.launch(scenario.case(2.5 if quick else None))
        run.wait()
        results = twin.open_results(run.folder)
        states[scenario.name] = means(results)
        columns[scenario.name] = figures_of(states[scenario.name])
        before = figures_of(means(results, back=1))
        drifts[f"{scenario.name}, change in the last day"] = {
            name: value - before[name] for name, value in columns[scenario.name].items()}
        summary = results.summary
        budgets.append({
            "scenario": scenario.name, "days": 2.5 if quick else scenario.days,
            "wall s": summary["wall_seconds"],
            "wall s for 10 days": summary["wall_seconds"] / (2.5 if quick else scenario.days) * 10,
            **{name: f"{one['relative_error']:.0e}" if isinstance(one, dict) else str(one)
               for name, one in summary["budgets"].items()}})
    table = pd.DataFrame({**columns, **drifts}).reset_index(names="figure")
    dry, wet = (columns[scenario.name] for scenario in SCENARIOS)
    said = [f"{one.name}: Garonne {one.garonne:g} m3/s, Dordogne {one.dordogne:g} m3/s, from "
            f"{one.start} for {one.days:g} days." for one in SCENARIOS]
    return Report(
        "scenarios", "Scenarios: salt, mud and oxygen against the rivers",
        [" ".join(said) + " Rates, concentrations and the mud on the bed are indicative: this "
         "shows that the processes answer the rivers in the observed sense, not that a given "
         "summer is reproduced. The two differ by season and by the tide they end on as well as by "
         "the rivers, and salinity starts from the river's formula, 2.0 at Bordeaux in the dry "
         "case: that it stays there says more than that it is there. In the dry case mud is a "
         "plateau from km 30 to 128 and makes no maximum at Bordeaux."],
        {"Against what is observed": judged(dry, wet), "Figures": table,
         "Cost on one core, and budgets": pd.DataFrame(budgets)}, _figure(states))


def _figure(states: dict[str, dict[str, np.ndarray]]) -> Figure:
    figure = Figure(figsize=(11.0, 3.4), layout="constrained")
    labels = {"salinity": "salinity", "mud": "mud, kg/m3", "dissolved_oxygen": "oxygen, mg/L"}
    for axes, (name, label) in zip(figure.subplots(1, 3), labels.items(), strict=True):
        for scenario, mean in states.items():
            axes.plot(mean["km"], mean[name], label=scenario)
        axes.axvline(BORDEAUX, color="0.6", linewidth=0.8)
        axes.annotate("Bordeaux", (BORDEAUX, 0.98), xycoords=("data", "axes fraction"),
                      ha="right", va="top", rotation=90, color="0.4", fontsize=8)
        axes.set(xlabel="km from the mouth", ylabel=label, ylim=(0.0, None))
    axes.legend()
    return figure


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
