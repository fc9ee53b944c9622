"""Energy and carbon after a published formula, never shown as nothing."""

from __future__ import annotations

import pytest

from twin_kernel.runs.footprint import estimate_footprint, format_quantity
from twin_kernel.settings import Power


def test_energy_and_carbon_of_the_published_formula():
    """12 h on 12 cores of 12 W with 64 GB at PUE 1.67: by hand, 3.36 kWh."""
    power = Power(watts_per_core=12.0, power_usage_effectiveness=1.67, grid_intensity=475.0,
                  grid_source="world")
    found = estimate_footprint(12 * 3600 * 12, 64.0 / 12.0, power)
    by_hand = 12.0 * (12 * 12.0 + 64.0 * 0.3725) * 1.67 / 1000.0
    assert found.energy / 3.6e6 == pytest.approx(by_hand, rel=1e-12)
    assert found.carbon == pytest.approx(by_hand * 475.0, rel=1e-12)
    assert found.core_hours == 144.0
    assert "world" in str(found)


@pytest.mark.parametrize(("value", "unit", "said"), [
    (3.6e6, "J", "1 kWh"), (1.0, "J", "0.28 mWh"), (1e-9, "J", "2.8e-10 mWh"),
    (0.02, "g", "20 mg"), (1e-9, "g", "0.001 µg"), (1234.0, "g", "1.2 kg"),
    (5e7, "byte", "50 MB")])
def test_small_quantities_are_not_zero(value, unit, said):
    assert format_quantity(value, unit) == said
