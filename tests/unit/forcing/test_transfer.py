"""The tide of the ocean boundary is derived as it is documented."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin_kernel.catalog import gauge_constants, ocean_boundary_constants
from twin_kernel.errors import CatalogError, ForcingError
from twin_kernel.forcing.transfer import (
    corrected_constants,
    first_guess,
    mean_constants,
    write_constants,
)


def table(**constants):
    return pd.DataFrame(
        [(name, *values) for name, values in constants.items()],
        columns=["constituent", "amplitude", "phase"],
    )


def row(frame, name):
    return tuple(frame.set_index("constituent").loc[name, ["amplitude", "phase"]])


def test_file_of_the_catalogue_is_what_the_function_gives():
    in_file = ocean_boundary_constants("first_guess").set_index("constituent")
    computed = first_guess().set_index("constituent")
    assert list(in_file.index) == list(computed.index)
    assert in_file["amplitude"].to_numpy() == pytest.approx(computed["amplitude"], abs=1e-5)
    assert in_file["phase"].to_numpy() == pytest.approx(computed["phase"], abs=1e-3)


def test_phase_is_advanced_by_the_travel_time():
    mean, guess = mean_constants(["Royan", "Port-Bloc"]), first_guess()
    hours = 20_000 / np.sqrt(9.81 * 20) / 3600
    assert row(guess, "M2")[1] == pytest.approx(row(mean, "M2")[1] - 28.9841 * hours, abs=1e-3)
    assert row(guess, "M2")[0] == row(mean, "M2")[0]
    assert row(guess, "SA") == pytest.approx(row(mean, "SA"))


def test_mean_of_one_gauge_is_the_gauge():
    assert row(mean_constants(["Royan"]), "M2") == pytest.approx(
        row(gauge_constants("Royan"), "M2")
    )


def test_only_the_ocean_s_own_long_constituents_are_imposed():
    names = set(first_guess()["constituent"])
    assert {"SA", "SSA", "M2", "M4", "O1"} <= names
    assert not names & {"MSF", "MM", "MF", "MSQM", "MTM"}
    assert first_guess()["amplitude"].min() >= 0.005


def test_correction_closes_the_loop_of_a_linear_response():
    imposed = table(M2=(1.5, 97.0), S2=(0.5, 130.0), M4=(0.08, 345.0))
    response = {"M2": 1.1 * np.exp(-0.2j), "S2": 1.05 * np.exp(-0.25j), "M4": 0.7 * np.exp(0.5j)}

    def run(constants):
        vectors = [a * np.exp(-1j * np.radians(g)) * response[name]
                   for name, a, g in constants.itertuples(index=False)]
        return constants.assign(amplitude=np.abs(vectors), phase=-np.degrees(np.angle(vectors)))

    observed = table(M2=(1.51, 108.4), S2=(0.502, 142.2), M4=(0.081, 7.9))
    corrected = corrected_constants(observed, imposed, run(imposed))
    again = run(corrected)
    for name in response:
        assert row(again, name)[0] == pytest.approx(row(observed, name)[0])
        assert (row(again, name)[1] - row(observed, name)[1] + 180) % 360 == pytest.approx(180)


def test_unresolved_constituents_take_the_ratio_of_their_band():
    imposed = table(M2=(1.0, 0.0), S2=(1.0, 0.0), N2=(1.0, 0.0), L2=(1.0, 0.0), K1=(1.0, 0.0),
                    O1=(1.0, 0.0), MS4=(1.0, 0.0), M6=(1.0, 0.0), SA=(1.0, 0.0))
    computed = table(M2=(1.0, 0.0), S2=(1.0, 0.0), K1=(1.0, 0.0), M4=(1.0, 0.0))
    observed = table(M2=(1.1, 10.0), S2=(1.3, 10.0), K1=(0.9, 5.0), M4=(0.5, 90.0))
    corrected = corrected_constants(observed, imposed, computed)
    assert row(corrected, "M2") == pytest.approx((1.1, 10.0))
    assert row(corrected, "N2") == pytest.approx((1.1, 10.0))  # beyond M2: held constant
    assert 1.1 < row(corrected, "L2")[0] < 1.3  # between M2 and S2
    assert row(corrected, "O1") == pytest.approx((0.9, 5.0))
    assert row(corrected, "MS4") == pytest.approx((0.5, 90.0))
    assert row(corrected, "M6") == pytest.approx((1.0, 0.0))  # nothing resolved in its band
    assert row(corrected, "SA") == pytest.approx((1.0, 0.0))


def test_refusals():
    one = table(M2=(1.0, 0.0))
    with pytest.raises(ForcingError, match="no constituent in common"):
        corrected_constants(table(S2=(1.0, 0.0)), one, one)
    with pytest.raises(ForcingError, match=r"amplitude of zero.*M2"):
        corrected_constants(one, one, table(M2=(0.0, 0.0)))
    with pytest.raises(CatalogError, match=r"Received: Brest\. Allowed: .*Royan"):
        first_guess(["Brest"])
    with pytest.raises(ForcingError, match="one gauge or more"):
        mean_constants([])
    with pytest.raises(ForcingError, match=r"depth > 0 m"):
        first_guess(depth=0.0)


def test_written_file_is_whole_and_says_its_origin(tmp_path):
    path = Path(tmp_path / "ocean_boundary_test.csv")
    write_constants(table(M2=(1.0, 2.0)), path, "from a run\nof March 2015")
    assert path.read_text() == (
        "# from a run\n# of March 2015\nconstituent,amplitude,phase\nM2,1.0,2.0\n"
    )
    assert list(tmp_path.iterdir()) == [path]
