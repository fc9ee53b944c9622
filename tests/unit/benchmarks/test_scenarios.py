"""The figures of a scenario from profiles that are known, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.scenarios_judged import figures_of, judged

KM = np.arange(1.0, 160.0, 2.0)


def _state(front, muddiest, worst, least=4.0):
    sag = np.exp(-(((KM - worst) / 12.0) ** 2))
    return {"km": KM, "salinity": 35.0 / (1.0 + np.exp((KM - front) / 8.0)),
            "mud": 1.5 * np.exp(-(((KM - muddiest) / 10.0) ** 2)) + 0.4 * (muddiest < 100.0),
            "highest salinity": 35.0 / (1.0 + np.exp((KM - front - 1.0) / 8.0)),
            "dissolved_oxygen": 9.0 - (9.0 - least) * sag,
            "lowest oxygen": 8.5 - (9.0 - least) * sag,
            "oxygen_saturation": 1.0 - (1.0 - least / 9.0) * sag,
            "temperature": np.full(len(KM), 24.0)}


START = figures_of(_state(72.0, 60.0, 93.0))
LOW = figures_of(_state(75.0, 95.0, 93.0))
FLOOD = figures_of(_state(30.0, 45.0, 93.0, least=7.0))
STILL = dict.fromkeys(START, 0.0)


def test_figures_are_read_off_the_profiles():
    """Where the logistic front has the salinity asked, and where the bumps are."""
    found = figures_of(_state(70.0, 91.0, 93.0))
    assert found["salinity 2, km"] == pytest.approx(70.0 + 8.0 * np.log(16.5), abs=0.2)
    assert found["turbidity maximum, km"] == 91.0
    assert found["its mud, kg/m3"] == pytest.approx(1.9)
    assert found["least saturation, km"] == 93.0
    assert found["oxygen at Bordeaux, mg/L"] == pytest.approx(4.0205, abs=1e-4)  # of 4.0 and 4.137


def test_the_middle_of_the_mud_is_that_of_what_the_rivers_do_not_bring():
    """A symmetric bump on water without mud: its own middle."""
    state = _state(70.0, 105.0, 93.0)
    assert figures_of(state)["middle of the concentration, km"] == pytest.approx(105.0, abs=0.1)


def test_mud_of_the_rivers_alone_makes_no_maximum():
    state = {**_state(70.0, 91.0, 93.0), "mud": np.full(len(KM), 0.05)}
    assert np.isnan(figures_of(state)["turbidity maximum, km"])


def test_a_dry_reach_neither_is_the_muddiest_nor_the_worst():
    state = _state(70.0, 91.0, 93.0)
    for name in ("mud", "oxygen_saturation"):
        state[name] = np.where(KM > 150.0, np.nan, state[name])
    assert figures_of(state)["turbidity maximum, km"] == 91.0
    assert figures_of(state)["least saturation, km"] == 93.0


def test_a_river_that_answers_as_observed_passes_and_its_opposite_does_not():
    """Every row tells the one from the other."""
    right = judged(START, LOW, STILL, FLOOD, STILL)
    assert "NO" not in right[["sense", "size"]].to_numpy(), right
    assert (right["sense"] == "yes").sum() == 8
    assert (right["size"] == "yes").sum() == 5
    wrong = judged(START, FLOOD, STILL, LOW, STILL)
    assert (wrong["sense"] == "NO").sum() >= 4, wrong


def test_a_river_whose_salt_and_mud_stand_still_does_not_pass():
    """Both ends equal to the start: nothing of it answers the rivers."""
    frozen = judged(START, START, STILL, START, STILL).set_index("what")
    for name in ("salinity 2, km", "highest salinity at Bordeaux", "turbidity maximum, km",
                 "mud at Bordeaux, kg/m3", "lowest oxygen at Bordeaux, mg/L"):
        assert frozen.loc[name, "sense"] == "NO", name


def test_what_still_changes_has_not_the_size_observed():
    """And half a cycle of it undoes the sense: mud that leaves Bordeaux by 4 kg/m3 a cycle."""
    leaving = {**STILL, "mud at Bordeaux, kg/m3": -4.0}
    row = judged(START, LOW, leaving, FLOOD, STILL).set_index("what").loc["mud at Bordeaux, kg/m3"]
    assert (row["sense"], row["size"]) == ("NO", "not known")
    slowly = {**STILL, "salinity at Bordeaux": -0.6}
    row = judged(START, LOW, slowly, FLOOD, STILL).set_index("what").loc["salinity at Bordeaux"]
    assert (row["sense"], row["size"]) == ("yes", "NO")
    row = judged(START, LOW, STILL, FLOOD, STILL).set_index("what").loc["salinity at Bordeaux"]
    assert (row["sense"], row["size"]) == ("yes", "yes")


def test_a_minimum_that_jumped_to_bordeaux_in_the_last_cycle_has_not_the_sense():
    """74 km: in the cycle before it lay at km 19, seaward of Pauillac."""
    jumped = {**STILL, "least saturation, km": 74.0}
    row = judged(START, LOW, jumped, FLOOD, STILL).set_index("what").loc["least saturation, km"]
    assert (row["sense"], row["size"]) == ("NO", "NO")


def test_a_size_that_half_a_cycle_more_undoes_is_none():
    """Oxygen of 4.8 mg/L that rises by 0.45 a cycle is over the limit of 5 then, and had changed
    by less than the tolerance."""
    ends = [{**end, "lowest oxygen at Bordeaux, mg/L": value}
            for end, value in ((LOW, 4.8), (FLOOD, 7.0))]
    rising = {**STILL, "lowest oxygen at Bordeaux, mg/L": 0.45}
    row = judged(START, ends[0], rising, ends[1], STILL).set_index("what").loc[
        "lowest oxygen at Bordeaux, mg/L"]
    assert (row["sense"], row["size"]) == ("yes", "NO")
    row = judged(START, ends[0], STILL, ends[1], STILL).set_index("what").loc[
        "lowest oxygen at Bordeaux, mg/L"]
    assert (row["sense"], row["size"]) == ("yes", "yes")


def test_a_place_observed_in_low_flow_waits_for_no_flood():
    """The size of the maximum's place asks nothing of the flood, that of salt at Bordeaux does."""
    moving = {**STILL, "turbidity maximum, km": -8.0, "salinity at Bordeaux": -2.0}
    table = judged(START, LOW, STILL, {**FLOOD, "salinity at Bordeaux": 0.0}, moving)
    size = table.set_index("what")["size"]
    assert size["turbidity maximum, km"] == "yes, in low flow"
    assert size["salinity at Bordeaux"] == "NO"
    table = judged(START, LOW, moving, FLOOD, STILL)
    assert table.set_index("what").loc["turbidity maximum, km", "size"] == "NO"
