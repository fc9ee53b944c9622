"""Calibration of a river on its gauges: friction, bed and ocean tide, with uncertainty."""

from twin_kernel.studies.calibration.calibration import (
    Calibration,
    calibrate,
    evidence_path,
    open_calibration,
)
from twin_kernel.studies.calibration.fitting import Fit, Problem, fit, without
from twin_kernel.studies.calibration.pictures import (
    plot_parameters,
    plot_sensitivity,
    plot_skill,
)
from twin_kernel.studies.calibration.recipe import (
    CalibrationRecipe,
    FittedParameter,
    calibration_recipe,
)
from twin_kernel.studies.calibration.tables import evidence_tables

__all__ = [
    "Calibration",
    "CalibrationRecipe",
    "Fit",
    "FittedParameter",
    "Problem",
    "calibrate",
    "calibration_recipe",
    "evidence_path",
    "evidence_tables",
    "fit",
    "open_calibration",
    "plot_parameters",
    "plot_sensitivity",
    "plot_skill",
    "without",
]
