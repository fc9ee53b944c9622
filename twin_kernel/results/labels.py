"""Words on the pictures, in English and French; those of fields come from the table of fields."""

from __future__ import annotations

import numpy as np

from twin_kernel.errors import InputError
from twin_kernel.variables import VARIABLES

__all__ = ["LANGUAGES", "field_label", "time_label", "word"]

LANGUAGES = ("en", "fr")

_UNITS = {"1": "", "m s-1": "m/s", "m3 s-1": "m³/s", "kg m-3": "kg/m³", "kg m-2": "kg/m²",
          "g m-3": "g/m³", "mg L-1": "mg/L", "degC": "°C", "degree": "°", "W m-2": "W/m²"}

_WORDS = {
    "longitude": ("longitude", "longitude"),
    "latitude": ("latitude", "latitude"),
    "distance": ("distance from the mouth (km)", "distance depuis l'embouchure (km)"),
    "estuary": ("estuary", "estuaire"),
    "garonne": ("estuary and Garonne", "estuaire et Garonne"),
    "dordogne": ("estuary and Dordogne", "estuaire et Dordogne"),
    "envelope": ("lowest to highest over the run", "du minimum au maximum du calcul"),
    "dry": ("dry", "découvert"),
    "section_mean": ("section mean", "moyenne de la section"),
    "channel": ("deepest point of the channel", "au plus profond du chenal"),
    "time": ("time (UTC)", "temps (UTC)"),
    "range": ("tidal range (m)", "marnage (m)"),
    "range_title": ("The tidal range along the river", "Le marnage le long du fleuve"),
    "largest": ("largest", "le plus grand"),
    "mean": ("mean", "moyen"),
    "smallest": ("smallest", "le plus petit"),
    "computed": ("computed", "calculé"),
    "gauge": ("gauge, from its constants", "marégraphe, d'après ses constantes"),
    "amplitude": ("amplitude (m)", "amplitude (m)"),
    "intrusion": ("salt intrusion (km from the mouth)",
                  "intrusion saline (km depuis l'embouchure)"),
}


def check_language(language: str) -> int:
    """Return 0 for English and 1 for French.

    Raises
    ------
    InputError
        Another language.
    """
    if language not in LANGUAGES:
        raise InputError("Pictures are not labelled in this language", received=repr(language),
                         allowed="'en' (English), 'fr' (French)", next_step='use language="en"')
    return LANGUAGES.index(language)


def word(key: str, language: str = "en") -> str:
    """Return a word or phrase of the pictures."""
    return _WORDS[key][check_language(language)]


def field_label(name: str, language: str = "en", unit: bool = True) -> str:
    """Return the label of a field, with its unit in brackets: "Salinité (échelle pratique)"."""
    variable = VARIABLES[name]
    text = (variable.english, variable.french)[check_language(language)]
    text = text[0].upper() + text[1:]
    unit_text = _UNITS.get(variable.units, variable.units)
    return f"{text} ({unit_text})" if unit and unit_text else text


def time_label(instant: np.datetime64, language: str = "en") -> str:
    """Return an instant to the minute, with its time scale."""
    stamp = np.datetime64(instant, "m").item()
    pattern = ("%Y-%m-%d %H:%M UTC", "%d/%m/%Y %H:%M UTC")[check_language(language)]
    return stamp.strftime(pattern)
