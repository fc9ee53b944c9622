"""A run says where viscosity and dispersion are less than what was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import model_on, rectangle, state_on
from twin_kernel.solvers.native.mixing_limits import limited_mixing

SIDE, DT = 100.0, 60.0


def _limited(**options):
    height = 0.5 * np.sqrt(3.0) * SIDE
    mesh = rectangle(80 * SIDE, 20 * height, 80, 20, lambda x, y: -5.0 + 0.0 * x)
    model = model_on(mesh, DT, options=options)
    return limited_mixing(model, state_on(model, 0.0))


@pytest.mark.parametrize(("name", "borne"), [
    ("eddy_viscosity", 0.2), ("dispersion_along", 2.4), ("dispersion_across", 2.4)])
def test_equilateral_triangles_bear_what_their_size_says(name, borne):
    """Centres a / sqrt(3) apart, area sqrt(3) a2 / 4: an edge bears `borne` a2 / (4 dt).

    0.2 of it for the viscosity; 0.9 × 8 substeps / 3 for the dispersion.
    """
    most = borne * SIDE**2 / (4.0 * DT)
    before, found = _limited(**{name: 0.99 * most}), _limited(**{name: 1.01 * most})
    assert sum(before.values()) < 0.03  # only beside the half triangles at both ends
    assert list(found.values()) == [pytest.approx(1.0, abs=0.03)]
    assert next(iter(found)).split("_")[0] == name.split("_")[0]


def test_elder_is_told_as_well():
    """5.93 h u* at 1 m/s, on triangles of 10 m: 5.93 × 5 × 0.096 = 2.8 m2/s, of 1 that is borne."""
    height = 5.0 * np.sqrt(3.0)
    mesh = rectangle(200.0, 10 * height, 20, 10, lambda x, y: -5.0 + 0.0 * x)
    model = model_on(mesh, DT, manning=0.04, options={"elder_dispersion": True})
    assert limited_mixing(model, state_on(model, 0.0)) == {
        "dispersion": pytest.approx(1.0, abs=0.03)}


def test_nothing_asked_for_is_not_limited():
    assert _limited() == {}
