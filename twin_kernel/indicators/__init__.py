"""Numbers that say how good and how far: tide against gauges, salt intrusion, tidal range."""

from twin_kernel.indicators.harmonics import harmonic_analysis, phase_difference, separable
from twin_kernel.indicators.salt import salt_intrusion_length
from twin_kernel.indicators.skill import level_skill, observed_level, settled, tide_skill
from twin_kernel.indicators.tide_along import (
    constituent_profile,
    plot_tidal_range,
    spring_neap,
    tidal_range_profile,
    tidal_ranges,
)

__all__ = [
    "constituent_profile",
    "harmonic_analysis",
    "level_skill",
    "observed_level",
    "phase_difference",
    "plot_tidal_range",
    "salt_intrusion_length",
    "separable",
    "settled",
    "spring_neap",
    "tidal_range_profile",
    "tidal_ranges",
    "tide_skill",
]
