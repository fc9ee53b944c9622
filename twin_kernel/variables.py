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
    Variable("wave_height", "sea_surface_wave_significant_height", "m", "face", (0.0, 20.0),
             "significant wave height", "hauteur significative des vagues"),
    Variable("wave_period", "sea_surface_wave_period_at_variance_spectral_density_maximum", "s",
             "face", (0.0, 30.0), "peak wave period", "période de pic des vagues"),
    Variable("wave_orbital_velocity", "", "m s-1", "face", (0.0, 10.0),
             "wave velocity amplitude at the bed", "amplitude de la vitesse des vagues au fond"),
    Variable("wave_bed_stress", "", "Pa", "face", (0.0, 1000.0),
             "bed shear stress by waves", "contrainte des vagues sur le fond"),
    Variable("wind_x", "x_wind", "m s-1", "station", (-75.0, 75.0),
             "wind at 10 m along x", "vent à 10 m selon x"),
    Variable("wind_y", "y_wind", "m s-1", "station", (-75.0, 75.0),
             "wind at 10 m along y", "vent à 10 m selon y"),
    Variable("wind_speed", "wind_speed", "m s-1", "station", (0.0, 75.0),
             "wind speed at 10 m", "vitesse du vent à 10 m"),
    Variable("wind_from_direction", "wind_from_direction", "degree", "station", (0.0, 360.0),
             "direction the wind comes from", "direction d'où vient le vent"),
    Variable("air_pressure", "air_pressure_at_mean_sea_level", "Pa", "station",
             (87000.0, 108500.0), "air pressure at sea level",
             "pression de l'air au niveau de la mer"),
    Variable("air_temperature", "air_temperature", "degC", "station", (-40.0, 55.0),
             "air temperature", "température de l'air"),
    Variable("relative_humidity", "relative_humidity", "1", "station", (0.0, 1.0),
             "relative humidity of the air", "humidité relative de l'air"),
    Variable("cloud_cover", "cloud_area_fraction", "1", "station", (0.0, 1.0),
             "cloud cover", "nébulosité"),
    Variable("shortwave", "surface_downwelling_shortwave_flux_in_air", "W m-2", "station",
             (0.0, 1400.0), "solar radiation at the surface", "rayonnement solaire à la surface"),
    Variable("swell_height", "sea_surface_swell_wave_significant_height", "m", "station",
             (0.0, 20.0), "significant height of the swell at sea",
             "hauteur significative de la houle au large"),
    Variable("swell_period",
             "sea_surface_swell_wave_period_at_variance_spectral_density_maximum", "s", "station",
             (2.0, 30.0), "peak period of the swell at sea", "période de pic de la houle au large"),
    Variable("swell_from_direction", "sea_surface_swell_wave_from_direction", "degree", "station",
             (0.0, 360.0), "direction the swell comes from", "direction d'où vient la houle"),
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
