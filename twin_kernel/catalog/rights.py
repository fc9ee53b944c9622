"""What the licence of an entry allows; anything it does not say is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twin_kernel.errors import CatalogError

__all__ = ["LICENCES", "PURPOSES", "Licence", "check_rights"]

PURPOSES = ("study", "redistribution", "commercial")


@dataclass(frozen=True)
class Licence:
    """What a licence allows.

    Attributes
    ----------
    name : str
        Name in full.
    redistribution, commercial : bool
        Whether copies may be given to others, and whether it may be used for profit.
    attribution : bool
        Whether the producer must be named wherever the data are shown.
    """

    name: str
    redistribution: bool
    commercial: bool
    attribution: bool


LICENCES: dict[str, Licence] = {
    "CC-BY-4.0": Licence("Creative Commons Attribution 4.0", True, True, True),
    "CC-BY-NC-4.0": Licence("Creative Commons Attribution-NonCommercial 4.0", True, False, True),
    "etalab-2.0": Licence("Licence Ouverte 2.0", True, True, True),
    "LGPL-3.0-or-later": Licence("GNU Lesser General Public License", True, True, True),
    "BSD-3-Clause": Licence("BSD 3-Clause", True, True, True),
    "figures-with-source": Licence("figures quoted with their source", True, True, True),
    "private": Licence("for the members of this installation only", False, False, True),
}


def check_rights(name: str, metadata: Mapping[str, object], purpose: str = "study") -> None:
    """Refuse a use that the licence of an entry forbids.

    Parameters
    ----------
    name : str
        Entry of the catalogue, for the message.
    metadata : mapping
        Metadata of the entry; ``licence`` and ``attribution`` are read.
    purpose : {"study", "redistribution", "commercial"}
        What the data are opened for.

    Raises
    ------
    CatalogError
        Unknown purpose or licence, missing attribution, or a use that is not allowed.
    """
    if purpose not in PURPOSES:
        raise CatalogError("unknown purpose", received=purpose, allowed=", ".join(PURPOSES),
                           next_step="open the entry with one of the allowed purposes")
    licence = LICENCES.get(str(metadata.get("licence")))
    if licence is None:
        raise CatalogError(
            f"the licence of '{name}' is unknown, so nothing is allowed with it",
            received=metadata.get("licence"), allowed=", ".join(LICENCES),
            next_step="write a known licence in the entry's metadata, or add the licence with "
            "what it allows to twin_kernel/catalog/rights.py",
        )
    if licence.attribution and not metadata.get("attribution"):
        raise CatalogError(
            f"'{name}' must be attributed ({licence.name}) and its entry names nobody",
            next_step="add 'attribution' to the entry's metadata",
        )
    if purpose != "study" and not getattr(licence, purpose):
        granted = ["study"] + [use for use in PURPOSES[1:] if getattr(licence, use)]
        raise CatalogError(
            f"the licence of '{name}' ({licence.name}) forbids this use",
            received=purpose, allowed=", ".join(granted),
            next_step=f"ask {metadata.get('producer')} for permission, or leave these data out",
        )
