r"""Waves: wind sea limited by fetch and depth, swell from the sea, and their stress on the bed.

Evaluated every `interval` in each triangle from the wind and the depth at that time alone; no
equation of transport is solved, so waves follow the wind at once and do not feel the current.

(1) Wind sea, :math:`H_w, T_w`: a law of growth with the fetch towards the wind and the mean depth
    along it (:mod:`.growth`, :mod:`.fetch`).
(2) Swell, :math:`H_s`: given at the sea, decaying inwards (:mod:`.swell`).
(3) Both: :math:`H = \min(\sqrt{H_w^2 + H_s^2},\; \gamma h)`; the peak period is that of the higher;
    what the bound takes away is taken from both alike.
(4) At the bed (:mod:`.linear`): :math:`U^2 = U_w^2 + U_s^2`,
    :math:`A^2 = (U_w T_w/2\pi)^2 + (U_s T_s/2\pi)^2`, :math:`\tau = \frac12 \rho f_w(A) U^2`.

========================= ====== ========================================================
field of the memory       unit
========================= ====== ========================================================
wave_height               m      significant
wave_period               s      at the peak; 0 where there are no waves
wave_orbital_velocity     m/s    amplitude at the bed of the sine wave of equal variance
wave_bed_stress           Pa     amplitude of the stress by waves alone
waves.reference_depth     m      depth at the reference level, from which the fetch follows
========================= ====== ========================================================

Wind components are along the axes of the mesh: `forcing.to_grid_north` turned them from true
north.
"""

from twin_kernel.solvers.native.waves.options import WaveOptions
from twin_kernel.solvers.native.waves.process import Waves

__all__ = ["WaveOptions", "Waves"]
