"""What the mesh of a river is built by, besides its data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Recipe"]


@dataclass(frozen=True)
class Recipe:
    """What a river's mesh is built by.

    Attributes
    ----------
    crs, vertical_datum : str
    mouth : tuple of float
        Longitude and latitude of the centre of the ocean part, degrees.
    ocean_radius : float
        m.
    trunk : str
        Branch of the sections that is the estuary.
    reach_from_km : dict of str to float
        For each river, where its single row of triangles and its zone ``upper_`` begin, km from
        the mouth.
    zone_limit_km : float
        Between the lower and the upper estuary.
    size_in_width : float
        Edge length over local width.
    smallest, largest, largest_landward, largest_at_sea : float
        Bounds of the edge length, m; landward of the limit of the zones, islands part the estuary
        into arms of less than a kilometre.
    sea_growth : float
        Growth of the edge length per metre of distance from the estuary.
    shelf : dict
        See `shelf_bed`.
    conveyance_from_km : float
        From where on every kilometre conveys what its section does, see `convey`.
    conveyance_bounds : tuple of float
        Smallest and largest factor of the depth for that.
    bed_correction : dict of str to float
        Added to the bed of each zone's channels, m: the sections do not say their vertical datum.
    flats_correction : dict of str to float
        Added to the bed of each zone's flats, m: sections that end at the water of a mesh leave out
        the ground that only high water covers.
    channels : list of lists of (longitude, latitude)
        Axes of the channels of the trunk, degrees, along which its deep water is put; away from
        the shores where there are none.
    """

    crs: str
    vertical_datum: str
    mouth: tuple[float, float]
    ocean_radius: float
    trunk: str
    reach_from_km: dict[str, float]
    zone_limit_km: float
    size_in_width: float
    smallest: float
    largest: float
    largest_landward: float
    largest_at_sea: float
    sea_growth: float
    shelf: dict[str, Any]
    conveyance_from_km: float
    conveyance_bounds: tuple[float, float]
    bed_correction: dict[str, float]
    flats_correction: dict[str, float] = field(default_factory=dict)
    channels: list[list[tuple[float, float]]] = field(default_factory=list)

    @property
    def zone_names(self) -> tuple[str, ...]:
        """Friction zones of the mesh, in the order of their numbers."""
        return ("ocean", "lower_estuary", "upper_estuary", *self.reach_from_km,
                *(f"upper_{name}" for name in self.reach_from_km))
