"""Where each value of a forcing comes from, as attributes that stay with the dataset."""

from __future__ import annotations

from collections.abc import Mapping

from twin_kernel.catalog import RiverDefinition, open_catalog

__all__ = ["forcing_provenance"]


def forcing_provenance(
    definition: RiverDefinition, origins: Mapping[str, tuple[str | None, str]], offset: float
) -> dict[str, str]:
    """Return CF global attributes that say the origin of the forcing.

    Parameters
    ----------
    definition : RiverDefinition
    origins : mapping of str to (str or None, str)
        For each boundary, the catalogue entry its values come from (None if the user gave
        them) and a sentence.
    offset : float
        Sea-level offset, m.

    Returns
    -------
    dict of str to str
        No time stamp and no machine name: the same case gives the same attributes.
    """
    attributes = {
        "Conventions": "CF-1.11",
        "title": f"forcing of the open boundaries of {definition.title}",
        "river": definition.name,
        "vertical_datum": definition.vertical_datum,
        "time_zone": "UTC",
        "sea_level_offset": f"{offset:g} m",
        "tide_method": "harmonic prediction, nodal corrections at every instant (utide)",
    }
    credits = []
    for boundary, (entry, sentence) in origins.items():
        attributes[f"source_{boundary}"] = sentence if entry is None else (
            f"{sentence}; catalogue entry '{entry}', sha256 {_checksums(entry)}"
        )
        if entry is not None:
            metadata = open_catalog().metadata(entry)
            credits.append(f"{metadata['attribution']} [{metadata['licence']}]")
    attributes["attribution"] = "; ".join(dict.fromkeys(credits)) or "values given by the user"
    return attributes


def _checksums(entry: str) -> str:
    catalog = open_catalog()
    used = catalog.path(entry).relative_to(catalog.directory).as_posix()
    return catalog.metadata(entry)["files"][used]
