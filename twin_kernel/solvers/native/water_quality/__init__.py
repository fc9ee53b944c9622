r"""Water quality: oxygen, and the organic carbon and ammonia that use it.

State, in every triangle: dissolved oxygen O (mg/L, the same as g/m3), dissolved organic carbon D
that bacteria can use and particulate organic carbon P (gC/m3), ammonia N and nitrate (gN/m3).
Read: temperature T (degC) and salinity, depth h (m), speed U (m/s), wind, mud C (kg/m3).

Equations
---------
.. math::

   \mathrm{d}P/\mathrm{d}t &= -(k_h + w_P/h)\,P                                          \quad (1)

   \mathrm{d}D/\mathrm{d}t &= k_h P - k_c\,g_c\,D                                        \quad (2)

   \mathrm{d}N/\mathrm{d}t &= -k_n\,g_n\,N = -\mathrm{d}(\text{nitrate})/\mathrm{d}t     \quad (3)

   \mathrm{d}O/\mathrm{d}t &= k_a (O_s - O) - r_c k_c g_c D - r_n k_n g_n N
       - r_c k_m p_m g_c C - g_c B/h                                                     \quad (4)

   g_c &= O/(O + K_c), \qquad g_n = O/(O + K_n)                                          \quad (5)

   k(T) &= k(20)\,\theta^{T - 20}                                                        \quad (6)

(1) to (4) are Streeter & Phelps (1925) with the demand divided by its causes, as in Thomann &
Mueller (1987) and Chapra (1997). r_c = 32/12 gO2/gC; r_n = 64/14 = 4.57 gO2/gN. Mud brings its own
particulate carbon, p_m gC per kg of mud, of which the part k_m is oxidised a day: the demand that
Lanoux et al. (2013) find in the turbidity maximum of the Gironde. It is a stock that does not run
out, because mud is renewed by the rivers. C is that of all classes of mud. B is the demand of the
bed; where mud lies it may be larger, in proportion to its mass up to 5 kg/m2. (5) Michaelis &
Menten.
`oxygen` gives O_s and k_a. Rates are indicative, within the ranges of Bowie et al. (1985).

Integration over a step: g and the rates are those of its beginning. (1) to (3) are then exact.
So is reaeration against the mean demand of the step; where oxygen would not suffice, all demands
are reduced by the same factor and what was not oxidised stays. Nothing becomes negative, and each
gram of oxygen used has oxidised its part of carbon or nitrogen. Second order in dt without (5),
first with it.

Left out: algae (the Gironde is too turbid for them upstream of Pauillac), denitrification, release
of ammonia by decaying carbon, other electron acceptors once oxygen is gone.

References
----------
Bowie, G. L. et al. (1985), Rates, constants and kinetics formulations in surface water quality
    modeling, 2nd ed., EPA/600/3-85/040.
Chapra, S. C. (1997), Surface water-quality modeling, McGraw-Hill.
Lanoux, A. et al. (2013), Environ. Sci.: Processes Impacts 15, 585-595, doi 10.1039/c2em30874f.
Streeter, H. W. & Phelps, E. B. (1925), Public Health Bulletin 146, US Public Health Service.
Thomann, R. V. & Mueller, J. A. (1987), Principles of surface water quality modeling and control.
"""

from twin_kernel.solvers.native.water_quality.options import Effluent, WaterQualityOptions
from twin_kernel.solvers.native.water_quality.process import TERMS, WaterQuality

__all__ = ["TERMS", "Effluent", "WaterQuality", "WaterQualityOptions"]
