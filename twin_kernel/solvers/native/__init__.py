r"""The native solver: depth-averaged tide, river flow and salt on unstructured triangles.

Equations
---------
Level :math:`\eta` (m above the vertical datum), depth-mean velocity :math:`\mathbf{u}` (m/s),
depth :math:`H` (m), salinity :math:`S` (practical scale):

.. math::

   \partial_t H + \nabla\cdot(H\mathbf{u}) &= 0                                        \quad (1)

   \partial_t \mathbf{u} + (\mathbf{u}\cdot\nabla)\mathbf{u} + f\,\mathbf{k}\times\mathbf{u}
     &= -g\nabla\eta - \frac{g\,n^2\,|\mathbf{u}|}{H^{4/3}}\,\mathbf{u}                  \quad (2)

   \partial_t (H S) + \nabla\cdot(H\mathbf{u}S) &= 0                                   \quad (3)

with g = 9.81 m/s², Manning's n (s m^(-1/3)) by zone, f the Coriolis parameter (1/s).

Discretisation
--------------
Staggered C-grid: :math:`\eta, S` at triangles, the normal velocity :math:`u_e` at edges.

(4) The volume of a triangle follows from the bed at its three edges,
    :math:`V(\eta) = \frac{A}{3}\sum_e \max(0, \eta - z_e)`: nonlinear, never negative
    (Casulli 2009). The state is :math:`V`; :math:`\eta` is its exact inverse.
(5) Pressure gradient and flux are weighted by :math:`\theta` between the old and the new time;
    friction is implicit. Eliminating :math:`u_e` leaves a mildly nonlinear, symmetric positive
    system for :math:`\eta`, solved by Newton and conjugate gradients (Casulli & Walters 2000).
(6) Volumes are updated with the final fluxes, so mass is exact whatever the tolerance of (5).
(7) Momentum advection: first-order upwind of Perot's (2000) cell vectors, in the form that
    conserves momentum over a depth step (Stelling & Duinmeijer 2003, Kramer & Stelling 2008),
    explicit: with the fluxes that led to the old volumes, and with pressure on the depth
    extrapolated by them to the time of (5). A vector is no longer than a uniform flow with these
    edge velocities could be: in long thin triangles the weights make a jet of a difference.
(8) Depth at an edge: the higher of the two levels beside it minus its bed (Casulli & Walters
    2000). Taken upwind of the old velocity instead, it flips with it from step to step where
    waves cross many cells, and water piles up before shallow edges.
(9) Tracers move on the fluxes of (6), subcycled, by flux-corrected transport (Zalesak 1979):
    conservative, constant where constant, never outside the values around.

Signs and boundaries
--------------------
The normal of an edge points from its left to its right triangle; outwards on the boundary.
Discharge given at a boundary is positive entering.

========== ============================== ======================================
boundary   flow                           salinity
========== ============================== ======================================
wall       no normal velocity             no flux
level      level at the edge, as (5)      given when entering, own when leaving
discharge  volume flux, by conveyance     given when entering
========== ============================== ======================================

References
----------
Casulli, V. & Walters, R. A. (2000), Int. J. Numer. Meth. Fluids 32, 331-348.
Casulli, V. (2009), Int. J. Numer. Meth. Fluids 60, 391-408.
Perot, B. (2000), J. Comput. Phys. 159, 58-89.
Stelling, G. S. & Duinmeijer, S. P. A. (2003), Int. J. Numer. Meth. Fluids 43, 1329-1354.
Kramer, S. C. & Stelling, G. S. (2008), Int. J. Numer. Meth. Fluids 58, 183-212.
Zalesak, S. T. (1979), J. Comput. Phys. 31, 335-362.
"""
