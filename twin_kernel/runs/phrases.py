"""What is said of a run, in English and French."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from twin_kernel.errors import InputError

__all__ = ["instant", "phrase"]

_LANGUAGES = ("en", "fr")

_PHRASES: dict[str, tuple[str, str]] = {
    "state": ("{state} ({progress:.0%})", "{state} ({progress:.0%})"),
    "asked": ("{when} UTC by {owner}", "{when} UTC par {owner}"),
    "project": ("for project {project}", "pour le projet {project}"),
    "ensemble": ("in ensemble {ensemble}", "dans l'ensemble {ensemble}"),
    "solver": ("{solver}, {stage}, {cores} core(s), profile {profile}",
               "{solver}, {stage}, {cores} cœur(s), profil {profile}"),
    "began": ("{when} UTC on {node}, attempt {attempt}, after a wait of {wait}",
              "{when} UTC sur {node}, essai {attempt}, après une attente de {wait}"),
    "ended": ("{when} UTC", "{when} UTC"),
    "predicted": ("{median} ({low} to {high}, 90 %)", "{median} (de {low} à {high}, 90 %)"),
    "unpredicted": ("no estimate: nothing like it had been run here",
                    "pas d'estimation : rien de semblable n'avait été calculé ici"),
    "within": ("it took {part:.0%} of it, within the interval",
               "durée réelle : {part:.0%} de la prévision, dans l'intervalle"),
    "outside": ("it took {part:.0%} of it, outside the interval",
                "durée réelle : {part:.0%} de la prévision, hors de l'intervalle"),
    "took": ("{time}, peak {memory:.0f} MB", "{time}, au plus {memory:.0f} Mo"),
    "deleted": ("deleted; launch the same case to compute them anew",
                "supprimés ; relancez le même cas pour les recalculer"),
    "expected": ("about {median} ({low} to {high})", "environ {median} (de {low} à {high})"),
    "expected_wait": ("after a wait of {wait} or so", "après une attente d'environ {wait}"),
    "disk": ("disk up to {disk}", "au plus {disk} sur le disque"),
    "unexpected": ("no estimate of its time (nothing like it was run here yet)",
                   "pas d'estimation de la durée (rien de semblable n'a encore été calculé ici)"),
    "footprint": ("{hours:.2g} core-hours, {energy}, {carbon} CO2e",
                  "{hours:.2g} heures-cœur, {energy}, {carbon} CO2e"),
    "grid": ("grid {intensity:g} g/kWh: {source}", "réseau {intensity:g} g/kWh : {source}"),
    "grid_default": ("France, indicative value of the twin",
                     "France, valeur indicative du jumeau"),
    "case_start": ("from {value}", "du {value}"),
    "case_stop": ("to {value}", "au {value}"),
    "case_weather": ("weather: {value}", "météo : {value}"),
    "case_friction": ("Manning {value}", "Manning {value}"),
    "case_surge": ("surge {value} (m)", "surcote {value} (m)"),
    "climatology": ("monthly means", "moyennes mensuelles"),
    "case_discharge": ("discharge {value} (m³/s)", "débit {value} (m³/s)"),
    "case_processes": ("with {value}", "avec {value}"),
    "case_sea_level_offset": ("sea level {value} m", "niveau de la mer {value} m"),
    "case_friction_factor": ("friction × {value}", "frottement × {value}"),
    "case_map_interval": ("a map every {value} s", "une carte toutes les {value} s"),
    "case_station_interval": ("stations every {value} s", "stations toutes les {value} s"),
    "case_solver_options": ("solver: {value}", "solveur : {value}"),
    "attempt": ("attempt {number}", "essai {number}"),
    "cores_asked": ("cores asked for", "cœurs demandés"),
    "end_predicted": ("end predicted (90 %)", "fin prévue (90 %)"),
    "cores_busy": ("cores busy", "cœurs occupés"),
    "memory": ("memory, MB", "mémoire, Mo"),
    "minutes": ("minutes of computing", "minutes de calcul"),
    "seconds": ("seconds of computing", "secondes de calcul"),
    "run": ("run {run}, {state}", "calcul {run}, {state}"),
    "salinity": ("salinity", "salinité"), "temperature": ("temperature", "température"),
    "sediment": ("sediment", "sédiments"), "waves": ("waves", "vagues"),
    "water_quality": ("oxygen and organic load", "oxygène et charge organique"),
    "dye": ("dye", "traceur"),
    "requested": ("requested", "en attente"), "running": ("running", "en cours"),
    "complete": ("complete", "terminé"), "failed": ("failed", "en échec"),
    "cancelled": ("cancelled", "annulé"), "paused": ("paused", "suspendu"),
    "lost": ("lost", "interrompu"), "exploratory": ("exploratory", "exploratoire"),
    "qualified": ("qualified", "qualifié"), "approved": ("approved", "approuvé"),
}


def phrase(key: str, language: str = "en", **values: Any) -> str:
    """Return a phrase; a key that is none is a name, which is said as it is.

    Parameters
    ----------
    key : str
    language : {"en", "fr"}
    **values
        What the phrase speaks of.

    Raises
    ------
    InputError
        Another language.
    """
    if language not in _LANGUAGES:
        raise InputError("Runs are not described in this language", received=repr(language),
                         allowed="'en' (English), 'fr' (French)", next_step='use language="en"')
    return _PHRASES[key][_LANGUAGES.index(language)].format(**values) if key in _PHRASES else key


def instant(when: str | datetime, language: str = "en", seconds: bool = False) -> str:
    """Return an instant as a reader of the language writes it, without its time scale.

    Parameters
    ----------
    when : str or datetime.datetime
        ISO 8601 where it is text.
    language : {"en", "fr"}
    seconds : bool
        Whether to say them.
    """
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    day = "%d/%m/%Y" if language == "fr" else "%Y-%m-%d"
    return moment.strftime(f"{day} %H:%M:%S" if seconds else f"{day} %H:%M")
