r"""Water temperature: heat exchanged through the surface, mixed over the depth.

State, in every triangle: temperature T (degC). Given, uniform over the river: air temperature T_a
(degC), relative humidity, cloud cover C, wind W (m/s), and solar radiation H_s (W/m2), or else that
of `sun`. h is the depth (m), e vapour pressures (hPa unless said otherwise). Fluxes are positive
into the water, W/m2.

Equations
---------
.. math::

   \rho c_p h\,\mathrm{d}T/\mathrm{d}t &= Q(T)                                           \quad (1)

   Q &= (1-a) H_s + Q_a - \epsilon\sigma (T+273.15)^4 - f(W)\,[c_1 (T - T_a) + e_s(T) - e_a]
                                                                                         \quad (2)

   Q_a &= \sigma (T_a+273.15)^4 (A + 0.031\sqrt{e_a})(1 - R)(1 + 0.17 C^2)               \quad (3)

   f &= 9.2 + 0.46 W_7^2 \quad \mathrm{W\,m^{-2}\,mmHg^{-1}}                             \quad (4)

   Q &= K (T_e - T), \qquad T_e = T_d + (1-a) H_s/K                                      \quad (5)

   K &= 4.5 + 0.05\,T + (\beta + 0.47) f, \quad \beta = 0.35 + 0.015\,T_m + 0.0012\,T_m^2,
       \quad T_m = (T + T_d)/2                                                           \quad (6)

Method "full": (2) and (3) as in Chapra (1997), chapter 30, e in mmHg there; c_1 = 0.47 mmHg/K
after Bowen, epsilon = 0.97, R = 0.03, A = 0.6 (0.5 to 0.7); clouds after TVA (1972). Method
"equilibrium": (5) and (6) after Edinger, Brady & Geyer (1974), T_d the dew point. (4) Brady,
Graves & Geyer (1969), W_7 at 7 m, brought down from 10 m by the one-seventh power law. e_s and T_d
after Alduchov & Eskridge (1996), J. Appl. Meteor. 35, 601-609.

Integration over a step: Q is linear in T about its value at the beginning, and (1) is then exact:
T moves by Q/K (1 - exp(-K dt/(rho c_p h))), with K = -dQ/dT for (2): second order in dt; with the
K of (6) for (5): first order. Water thinner than `least_depth` warms and cools as if it were so
deep, because the mud under it shares its heat; that part, and all other heat of the bed, is not
followed. The budget counts what the water took.

Water does not get colder than its freezing point: the heat that ice would give is not taken.
Evaporation takes heat and no water.

References
----------
Brady, D. K., Graves, W. L. & Geyer, J. C. (1969), Surface heat exchange at power plant cooling
    lakes, Johns Hopkins University.
Chapra, S. C. (1997), Surface water-quality modeling, McGraw-Hill.
Edinger, J. E., Brady, D. K. & Geyer, J. C. (1974), Heat exchange and transport in the environment,
    Electric Power Research Institute.
TVA (1972), Heat and mass transfer between a water surface and the atmosphere, report 14.
"""

from twin_kernel.solvers.native.temperature.options import TemperatureOptions
from twin_kernel.solvers.native.temperature.process import Temperature

__all__ = ["Temperature", "TemperatureOptions"]
