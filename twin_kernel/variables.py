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
    Variable("temperature", "sea_water_temperature", "degC", "face", (-3.0, 45.0),
             "water temperature", "température de l'eau"),
    Variable("dissolved_oxygen", "mass_concentration_of_oxygen_in_sea_water", "mg L-1", "face",
             (0.0, 30.0), "dissolved oxygen", "oxygène dissous"),
    Variable("oxygen_saturation", "fractional_saturation_of_oxygen_in_sea_water", "1", "face",
             (0.0, 3.0), "dissolved oxygen over its value at saturation",
             "taux de saturation en oxygène"),
    Variable("dissolved_organic_carbon", "", "g m-3", "face", (0.0, 1.0e4),
             "dissolved organic carbon that bacteria can use", "carbone organique dissous labile"),
    Variable("particulate_organic_carbon", "", "g m-3", "face", (0.0, 1.0e4),
             "particulate organic carbon, besides that of mud",
             "carbone organique particulaire, hors vase"),
    Variable("ammonia", "", "g m-3", "face", (0.0, 1.0e4),
             "ammonia and ammonium, as nitrogen", "ammoniac et ammonium, en azote"),
    Variable("nitrate", "", "g m-3", "face", (0.0, 1.0e4),
             "nitrate and nitrite, as nitrogen", "nitrates et nitrites, en azote"),
    *(Variable(f"dye_{k}", "", "kg m-3", "face", (0.0, 1.0e6),
               f"virtual dye {k}", f"colorant virtuel {k}") for k in range(1, 7)),
    Variable("marked_water", "", "1", "face", (0.0, 1.0),
             "part of the water that came in marked", "part d'eau marquée à son entrée"),
    Variable("age_concentration", "", "s", "face", (0.0, 1.0e10),
             "marked part of the water times its age", "part d'eau marquée fois son âge"),
    Variable("water_age", "", "s", "face", (0.0, 1.0e10),
             "time since marked water came in", "âge de l'eau marquée depuis son entrée"),
    Variable("residence_dye", "", "1", "face", (0.0, 1.0),
             "part of the water that was in the zones at the start",
             "part d'eau présente dans les zones au départ"),
    Variable("flushing_time", "", "s", "face", (0.0, 1.0e10),
             "time until 1/e of the first water is left",
             "temps au bout duquel il reste 1/e de l'eau initiale"),
    Variable("salinity", "sea_water_practical_salinity", "1", "face", (0.0, 42.0),
             "salinity (practical scale)", "salinité (échelle pratique)"),
    Variable("discharge", "water_volume_transport_in_river_channel", "m3 s-1", "station",
             (-1.0e6, 1.0e6), "river discharge", "débit"),
)

VARIABLES: dict[str, Variable] = {variable.name: variable for variable in _TABLE}
