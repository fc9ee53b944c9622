"""Numbers that judge a result: tide against gauges, salt intrusion, tidal range."""

from twin_kernel.indicators.harmonics import harmonic_analysis
from twin_kernel.indicators.profiles import amplitude_profile, tidal_range_profile
from twin_kernel.indicators.salt import salt_intrusion_length, salt_profile
from twin_kernel.indicators.skill import level_rmse, observed_level, tide_skill

__all__ = [
    "amplitude_profile",
    "harmonic_analysis",
    "level_rmse",
    "observed_level",
    "salt_intrusion_length",
    "salt_profile",
    "tidal_range_profile",
    "tide_skill",
]
