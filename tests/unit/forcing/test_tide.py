"""The predicted tide is that of the gauges and of the calendar."""

import numpy as np
import pandas as pd
import pytest
import utide
from scipy.signal import find_peaks

from twin_kernel.catalog import gauge_constants
from twin_kernel.errors import ForcingError
from twin_kernel.forcing import predict_tide
from twin_kernel.forcing.tide import predictable, speed

LATITUDE = 45.2
ANALYSED = ["M2", "S2", "N2", "K2", "M4", "MS4", "MN4", "O1", "K1", "NU2", "L2"]


def instants(start, days, minutes=10):
    return pd.date_range(start, periods=days * 1440 // minutes, freq=f"{minutes}min").to_numpy()


@pytest.mark.parametrize(("start", "days"), [("2015-03-01", 60), ("2006-08-01", 380)])
def test_analysis_of_the_prediction_gives_the_constants_back(start, days):
    """The nodal correction of M2 is 1.037 in 2015 and 0.964 in 2006."""
    constants = gauge_constants("Bordeaux").set_index("constituent")
    times = instants(start, days)
    chosen = constants.loc[ANALYSED if days > 180 else ["M2", "S2", "O1", "M4", "MS4"]]
    level = predict_tide(chosen.reset_index(), times, LATITUDE)
    found = utide.solve(
        times, level, lat=LATITUDE, constit=list(chosen.index), nodal=True, trend=False,
        conf_int="none", method="ols", Rayleigh_min=0.5, verbose=False,
    )
    for name, amplitude, phase in zip(found["name"], found["A"], found["g"], strict=True):
        expected = chosen.loc[name]
        assert amplitude == pytest.approx(expected["amplitude"], rel=0.01), name
        assert abs((phase - expected["phase"] + 180) % 360 - 180) < 1.0, name


def test_agrees_with_an_independent_library():
    """pyTMD computes arguments and nodal corrections by other formulas (FES tables)."""
    from pyTMD.constituents import arguments
    names = ["M2", "S2", "N2", "K2", "K1", "O1", "P1", "M4", "MS4", "M6"]
    constants = gauge_constants("Bordeaux").set_index("constituent").loc[names]
    times = instants("2015-03-01", 30, 60)
    julian = pd.DatetimeIndex(times).to_julian_date().to_numpy() - 2_400_000.5
    u, f, angle = arguments(julian, [name.lower() for name in names], corrections="FES")
    vectors = constants["amplitude"] * np.exp(-1j * np.radians(constants["phase"]))
    other = (f * np.exp(1j * (np.radians(angle) + u)) @ vectors.to_numpy()).real
    ours = predict_tide(constants.reset_index(), times, LATITUDE)
    assert np.sqrt(np.mean((ours - other) ** 2)) < 0.01
    assert np.std(ours) > 1.0


def test_spring_tide_of_march_2015_falls_on_its_day():
    """Coefficient 119 on 21 March 2015, the highest of that year and of most of the decade."""
    times = instants("2015-03-01", 31)
    level = predict_tide(gauge_constants("Port-Bloc"), times, LATITUDE)
    assert np.datetime64("2015-03-20T12") < times[level.argmax()] < np.datetime64("2015-03-22T12")
    assert 2.2 < level.max() < 2.7  # highest astronomical tide: 5.92 - 3.32 = 2.60 m


def test_bordeaux_range_and_delay():
    """Mean range 4.73 m and high water 128 min after Port-Bloc, from the producer's datums.

    The range at Bordeaux is taken to 6 %: fifty constants lack the overtides of N2 and K2 and the
    beat of the discharge, which widen the observed range there (4.51 m predicted for 2010).
    """
    times = instants("2010-01-01", 365)
    tops, ranges = {}, {}
    for gauge in ("Port-Bloc", "Bordeaux"):
        level = predict_tide(gauge_constants(gauge), times, LATITUDE)
        high, low = (find_peaks(sign * level, distance=50)[0] for sign in (1, -1))
        assert len(high) == pytest.approx(705, abs=1)
        tops[gauge], ranges[gauge] = high, level[high].mean() - level[low].mean()
    assert ranges["Port-Bloc"] == pytest.approx(3.19, rel=0.02)
    assert ranges["Bordeaux"] == pytest.approx(4.73, rel=0.06)
    following = tops["Bordeaux"][np.searchsorted(tops["Bordeaux"], tops["Port-Bloc"][:-2])]
    assert np.median(following - tops["Port-Bloc"][:-2]) * 10 == pytest.approx(128, abs=10)


def test_all_constants_of_all_gauges_are_predicted_or_left_out_on_purpose():
    left_out = [name for name in gauge_constants("Port-Bloc")["constituent"]
                if not predictable(name)]
    assert set(left_out) == {
        "M1", "S1", "M3", "R2", "MA2", "MB2", "MSQM", "MTM", "S3", "T3", "R3", "3L2", "3N2"
    }


def test_long_series_is_the_same_in_parts():
    constants = gauge_constants("Royan")
    times = instants("2015-01-01", 200)  # more instants than are computed at once
    level = predict_tide(constants, times, LATITUDE)
    assert level[-100:] == pytest.approx(predict_tide(constants, times[-100:], LATITUDE), abs=1e-9)


def test_speed():
    assert speed("M2") == pytest.approx(28.9841042, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: pd.concat([table, table.iloc[:1]]), "occurs twice.*M2.*one row"),
        (lambda table: table.assign(amplitude=np.nan), "not a number.*finite amplitude"),
        (lambda table: table.assign(amplitude=-1.0), "not a number or negative"),
        (lambda table: table.assign(constituent="X9"), "occurs twice|unknown"),
        (lambda table: table.iloc[:1].assign(constituent="X9"), "unknown tidal constituent.*X9"),
        (lambda table: table.drop(columns="phase"), "lacks columns.*phase"),
    ],
)
def test_bad_constants_are_refused(change, message):
    table = gauge_constants("Royan")
    with pytest.raises(ForcingError, match=message):
        predict_tide(change(table), instants("2015-03-01", 1), LATITUDE)


def test_missing_time_is_refused():
    with pytest.raises(ForcingError, match="NaT"):
        predict_tide(gauge_constants("Royan"), np.array(["NaT"], "datetime64[ns]"), LATITUDE)


def test_the_yearly_level_is_highest_when_it_is():
    """V of SA is the sun's longitude, as the producer means it, not that from its perigee.

    Port-Bloc has 251.5 degrees: the sun is there on 2 December. Rochefort, on the Charente, less
    Île d'Aix at its mouth is the river's own cycle: winter, as that of Bordeaux.
    """
    times = instants("2015-07-01", 365, minutes=1440)

    def of(gauge):
        constants = gauge_constants(gauge)
        return predict_tide(constants[constants["constituent"] == "SA"], times, LATITUDE)

    def month(level):
        return int(str(times[level.argmax()].astype("datetime64[M]"))[-2:])

    top = times[of("Port-Bloc").argmax()].astype("datetime64[D]")
    assert abs(top - np.datetime64("2015-12-02")) <= np.timedelta64(1, "D")
    assert month(of("Rochefort") - of("Île d'Aix")) in (1, 2, 3)
    assert month(of("Bordeaux")) in (1, 2, 3)
