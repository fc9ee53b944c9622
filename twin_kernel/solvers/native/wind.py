"""Drag of the wind on the water."""

from __future__ import annotations

from math import hypot

__all__ = ["wind_stress"]

_AIR_DENSITY = 1.225  # kg/m3, standard atmosphere at 15 degC


def wind_stress(wind_x: float, wind_y: float, law: str) -> tuple[float, float]:
    """Return the stress (Pa) of a wind (m/s at 10 m)."""
    speed = hypot(wind_x, wind_y)
    drag = {
        "smith_banke_1975": (0.63 + 0.066 * speed) * 1e-3,
        "large_pond_1981": 1.2e-3 if speed < 11.0 else (0.49 + 0.065 * min(speed, 25.0)) * 1e-3,
        "wu_1982": (0.8 + 0.065 * speed) * 1e-3,
    }[law]
    return _AIR_DENSITY * drag * speed * wind_x, _AIR_DENSITY * drag * speed * wind_y
