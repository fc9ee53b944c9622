"""One table of every field the twin reads, computes or shows.

A name in this table is the name of the variable in every file and dataset of the twin.
Standard names are those of the CF table; a field with none has an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VARIABLES", "Variable"]


@dataclass(frozen=True)
class Variable:
    """A field.

    Attributes
    ----------
    name : str
        Name in files and datasets.
    standard_name : str
        CF standard name, or "" where CF has none.
    units : str
        UDUNITS string.
    location : str
        Where it lives on the mesh: "node", "edge", "face" or "station".
    valid_range : tuple of float
        Values outside are an error of the producer or of the solver.
    english, french : str
        Labels a public user sees.
    """

    name: str
    standard_name: str
    units: str
    location: str
    valid_range: tuple[float, float]
    english: str
    french: str

    def attributes(self) -> dict[str, str]:
        """Return the CF attributes of this field."""
        attributes = {"units": self.units, "long_name": self.english, "long_name_fr": self.french}
        if self.standard_name:
            attributes["standard_name"] = self.standard_name
        return attributes


_TABLE = (
    Variable("bed_level", "", "m", "node", (-12000.0, 9000.0),
             "bed level above the vertical datum", "cote du fond"),
    Variable("water_level", "water_surface_height_above_reference_datum", "m", "face",
             (-20.0, 20.0), "water level above the vertical datum", "niveau d'eau"),
    Variable("water_depth", "sea_floor_depth_below_sea_surface", "m", "face", (0.0, 12000.0),
             "mean water depth of the cell", "profondeur d'eau"),
    Variable("velocity_x", "sea_water_x_velocity", "m s-1", "face", (-15.0, 15.0),
             "depth-mean velocity along x", "vitesse moyenne selon x"),
    Variable("velocity_y", "sea_water_y_velocity", "m s-1", "face", (-15.0, 15.0),
             "depth-mean velocity along y", "vitesse moyenne selon y"),
    Variable("current_speed", "sea_water_speed", "m s-1", "face", (0.0, 15.0),
             "depth-mean current speed", "vitesse moyenne du courant"),
    Variable("salinity", "sea_water_practical_salinity", "1", "face", (0.0, 42.0),
             "salinity (practical scale)", "salinité (échelle pratique)"),
    Variable("discharge", "water_volume_transport_in_river_channel", "m3 s-1", "station",
             (-1.0e6, 1.0e6), "river discharge", "débit"),
    Variable("mud", "mass_concentration_of_suspended_matter_in_sea_water", "kg m-3", "face",
             (0.0, 2650.0), "suspended mud", "vase en suspension"),
    Variable("mud_2", "", "kg m-3", "face", (0.0, 2650.0),
             "suspended mud, second class", "vase en suspension, deuxième classe"),
    Variable("mud_3", "", "kg m-3", "face", (0.0, 2650.0),
             "suspended mud, third class", "vase en suspension, troisième classe"),
    Variable("sand", "", "kg m-3", "face", (0.0, 2650.0),
             "suspended sand", "sable en suspension"),
    Variable("sand_2", "", "kg m-3", "face", (0.0, 2650.0),
             "suspended sand, second class", "sable en suspension, deuxième classe"),
    Variable("sand_3", "", "kg m-3", "face", (0.0, 2650.0),
             "suspended sand, third class", "sable en suspension, troisième classe"),
    Variable("mud_on_bed", "", "kg m-2", "face", (0.0, 1.0e6),
             "dry mass of mud on the bed", "masse sèche de vase sur le fond"),
    Variable("sand_on_bed", "", "kg m-2", "face", (0.0, 1.0e6),
             "dry mass of sand on the bed", "masse sèche de sable sur le fond"),
    Variable("bed_shear_stress", "", "Pa", "face", (0.0, 1.0e4),
             "shear stress on the bed", "contrainte sur le fond"),
    Variable("bed_level_change", "", "m", "face", (-100.0, 100.0),
             "change of bed level since the start", "évolution du fond depuis le début"),
)

VARIABLES: dict[str, Variable] = {variable.name: variable for variable in _TABLE}
