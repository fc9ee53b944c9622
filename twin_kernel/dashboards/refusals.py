"""A refusal in the language of who looks at the page.

The rooms above speak English. What the forms of the page can be refused is put into French by the
sentence that begins it; of any other refusal the frame is French and the rest stays as it is.
"""

from __future__ import annotations

import re

from twin_kernel.errors import TwinError

__all__ = ["FRENCH", "told"]

FRENCH: dict[str, tuple[str, str]] = {
    r"The start of the period is not a date": (
        "Le début n'est pas une date", "l'écrire comme 2015-09-10 ou 2015-09-10T06:00"),
    r"The stop of the period is not a date": (
        "La fin n'est pas une date", "l'écrire comme 2015-09-10 ou 2015-09-10T06:00"),
    r"The period ends before it starts": (
        "La période finit avant de commencer", "donner une fin après le début"),
    r"(\w+) is outside the years for which the tide is predicted": (
        "La marée n'est pas prédite pour ces années", "choisir une période dans ces années"),
    r"The discharge of (\w+) is out of range": (
        r"Le débit de la rivière \1 est hors limites",
        "donner l'eau qui entre, en nombre positif"),
    r"the unit of .*|.* is not a number": (
        "Ce n'est pas un nombre, ou pas avec cette unité", "écrire le nombre seul"),
    r"A file is not named on this page": (
        "On ne nomme pas de fichier sur cette page",
        "donner un nombre, ou lancer depuis un notebook"),
    r"The parameter 'sea_level_offset' of the case is refused.*": (
        "Le niveau ajouté à la mer est refusé", "choisir une valeur dans ces limites"),
    r"The parameter 'friction_factor' of the case is refused.*": (
        "Le facteur de frottement est refusé", "choisir une valeur dans ces limites"),
    r"The parameter '(\w+)' of the case is refused.*": (
        r"La valeur de « \1 » est refusée", "choisir une valeur dans ces limites"),
    r"Option 'time_step' of the native solver is refused.*": (
        "Le pas de temps est refusé", "choisir une valeur dans ces limites"),
    r"The map_interval is not a whole number of time steps": (
        "Le temps entre deux cartes n'est pas un multiple du pas de temps",
        "changer l'un des deux"),
    r"The number of cores is refused": (
        "Le nombre de cœurs est refusé", "en demander moins"),
    r"The run needs more memory than its job has": (
        "Le calcul demande plus de mémoire qu'il n'en a", "choisir une autre machine"),
    r"Unknown project, or not one of yours": (
        "Projet inconnu, ou pas l'un des vôtres", "demander à un responsable du projet"),
    r"You have studies in progress already": (
        "Des études à vous sont déjà en cours", "attendre que l'une soit faite"),
    r"Too many studies are in progress here": (
        "Trop d'études sont en cours ici", "réessayer plus tard"),
    r"The core-hours of project '(.+)' do not suffice": (
        r"Les heures de calcul du projet « \1 » ne suffisent pas",
        "demander un quota plus grand, ou calculer moins"),
}
"""How a refusal begins: the same in French, and what to do next."""

_BOUNDS = (
    (r"fewer than (\d+) at once", r"moins de \1 à la fois"),
    (r"a whole number from (\S+) to (\S+) \(profile '(.+)'\)",
     r"un nombre entier de \1 à \2 (profil « \3 »)"),
    (r"start < stop", "début < fin"), (r"a multiple of the time step", "un multiple du pas"),
    (r"time_step (\S+) to (\S+) .*", r"de \1 à \2 s"),
    (r"(-?\d\S*) to (-?\d\S*)(.*)", r"de \1 à \2\3"),
    (r"an ISO 8601 date or instant, UTC.*", "une date ISO 8601, UTC"),
    (r"a number in m3/s, or with a unit.*", "un nombre en m³/s, ou avec une unité de débit"),
    (r"none", "aucun"),
    (r"you are in no project yet", "vous n'êtes encore dans aucun projet"),
    (r"a number, or nothing for the month's mean", "un nombre, ou rien : la moyenne du mois"),
)
_RECEIVED = ((r"(.+) to (.+)", r"de \1 à \2"), (r"(\S+ .+) with time_step (.+)", r"\1, pas de \2"),
             (r"time_step=(\S+)", r"\1 s"))


def told(error: TwinError, language: str) -> str:
    """Return a refusal as a sentence or two.

    Parameters
    ----------
    error : TwinError
    language : {"en", "fr"}
    """
    if language == "en":
        return str(error)
    what, following = _translated(error)
    parts = [f"{what}."]
    if error.received is not None:
        parts.append(f"Reçu : {_french(str(error.received), _RECEIVED)}.")
    if error.allowed is not None:
        parts.append(f"Valeurs admises : {_french(error.allowed, _BOUNDS)}.")
    if following is not None:
        parts.append(f"Que faire : {following}.")
    return " ".join(parts)


def _translated(error: TwinError) -> tuple[str, str | None]:
    said = error.what.rstrip(".")
    for pattern, (what, following) in FRENCH.items():
        if found := re.fullmatch(pattern, said):
            return found.expand(what), following
    return said, error.next_step


def _french(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for pattern, french in table:
        if found := re.fullmatch(pattern, text):
            return found.expand(french)
    return text
