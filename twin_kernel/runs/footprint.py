"""Core-hours, energy and carbon of a run.

After Lannelongue, Grealey and Inouye (2021), Green Algorithms: quantifying the carbon footprint of
computation, Advanced Science 8, 2100707, equation 1:

    energy = time × (cores × power of a core × usage + memory × power of a gigabyte) × PUE

and carbon = energy × carbon intensity of the grid. Usage is 1: a core that waits for memory draws
what one that computes does, as far as a programme can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from twin_kernel.runs.phrases import phrase
from twin_kernel.settings import Power

__all__ = ["Footprint", "estimate_footprint", "format_quantity"]

_DEFAULT_GRID = Power().grid_source

_SCALES = {"J": [("kWh", 3.6e6), ("Wh", 3.6e3), ("mWh", 3.6)],
           "g": [("t", 1e6), ("kg", 1e3), ("g", 1.0), ("mg", 1e-3), ("µg", 1e-6)],
           "byte": [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)]}


@dataclass(frozen=True)
class Footprint:
    """What a run costs.

    Attributes
    ----------
    core_hours : float
    energy : float
        J.
    carbon : float
        g of CO2 equivalent.
    grid_intensity : float
        g of CO2 equivalent per kWh.
    grid_source : str
    """

    core_hours: float
    energy: float
    carbon: float
    grid_intensity: float
    grid_source: str

    def __str__(self) -> str:
        return self.told()

    def told(self, language: str = "en") -> str:
        """Return the same in words, with the source of the grid's carbon.

        Parameters
        ----------
        language : {"en", "fr"}
        """
        source = phrase("grid_default", language) if self.grid_source == _DEFAULT_GRID else \
            self.grid_source
        said = phrase("footprint", language, hours=self.core_hours,
                      energy=format_quantity(self.energy, "J"),
                      carbon=format_quantity(self.carbon, "g"))
        return f"{said} ({phrase('grid', language, intensity=self.grid_intensity, source=source)})"


def estimate_footprint(core_seconds: float, memory_gigabytes: float, power: Power) -> Footprint:
    """Return the footprint of some core-seconds.

    Parameters
    ----------
    core_seconds : float
        Time multiplied by cores, s.
    memory_gigabytes : float
        Held for each core.
    power : Power
        Of the machine.
    """
    watts = power.watts_per_core + memory_gigabytes * power.watts_per_gigabyte
    energy = core_seconds * watts * power.power_usage_effectiveness
    return Footprint(core_seconds / 3600.0, energy, energy / 3.6e6 * power.grid_intensity,
                     power.grid_intensity, power.grid_source)


def format_quantity(value: float, unit: str) -> str:
    """Say a quantity with two figures in the unit that suits it; never as zero.

    Parameters
    ----------
    value : float
        In J, g or bytes.
    unit : str
        "J", "g" or "byte".
    """
    scales = _SCALES[unit]
    name, size = next((one for one in scales if value >= one[1]), scales[-1])
    shown = value / size
    return f"{shown:.0f} {name}" if shown >= 99.5 else f"{shown:.2g} {name}"
