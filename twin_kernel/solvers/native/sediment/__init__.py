r"""Suspended sediment: mud and sand between the water and a bed of a few layers.

Equations
---------
In each triangle, with depth h (m), mass in the water per area S = h c (kg/m2), concentration c
(kg/m3) of one class, mass on the bed B_l of layer l, top first (kg/m2), bed shear stress tau (Pa):

.. math::

   \mathrm{d}S/\mathrm{d}t &= E - D, \qquad D = p\,R\,w_s\,c                            \quad (1)

   E &= M_l\,(\tau/\tau_{ce,l} - 1)^+ \quad\text{mud, of the highest layer not empty}    \quad (2)

   E &= R\,w_s\,c_{eq} \quad\text{sand}                                                 \quad (3)

   p &= (1 - \tau/\tau_{cd})^+ \quad\text{or}\quad p = 1                                \quad (4)

   \mathrm{d}B_l/\mathrm{d}t &= B_{l-1}/T_{l-1} - B_l/T_l + f (D - E)_{\text{where it acts}} \; (5)

   z_b &= z_b(0) + \left[ \sum_l B_l/\rho_l \right]_0^t                                 \quad (6)

   \textstyle\sum c &\le c_{gel}, \text{ the excess goes to } B_1                          \quad (7)

(1) is integrated exactly over a step with E, p, R and w_s of its beginning, so that thin water and
long steps leave everything positive. (2) Partheniades (1965); a layer emptied within a step leaves
the rest of the step to the one below. (3) with the transport formulas of `sand`. (4) Krone (1962),
or deposition at all times, Sanford & Halka (1993), the default. R, near-bed over depth-mean
concentration, is 1 or that of a Rouse (1937) profile. (5) mass passes from layer to layer at first
order, after the layer models of Teisson (1991) and the relaxation of Sanford (2008); its exact
solution is used. (6) Exner; mud that consolidates sinks. The morphological factor f of (5) lets the
bed change f times as fast as the exchange with the water says (Roelvink 2006), and the water take
no more than B/f, so that no bed is removed that was not there; consolidation goes on in the time of
the flow, works on the bed go f times as fast, and the budget counts the f - 1 parts that the water
does not see as produced. (7) Flocs
that fill the space are a bed (Winterwerp 2002), so thin water over soft mud holds no more than
that; only where settling is hindered, which is what names a gel point.
`stress`, `settling`, `sand`, `bed` and `works` say the rest.

Simplifications: mud classes share the layers in proportion to their masses; sand lies apart from
mud and neither hides the other; the classes of mud settle each with its own concentration but
are hindered by all; no fluid mud flows, no damping of turbulence by the suspension.

References
----------
Krone, R. B. (1962), Flume studies of the transport of sediment in estuarial shoaling processes,
    University of California, Berkeley.
Partheniades, E. (1965), J. Hydraul. Div. ASCE 91(HY1), 105-139.
Roelvink, J. A. (2006), Coast. Eng. 53, 277-287.
Rouse, H. (1937), Trans. ASCE 102, 463-505.
Sanford, L. P. & Halka, J. P. (1993), Mar. Geol. 114, 37-57.
Sanford, L. P. (2008), Comput. Geosci. 34, 1263-1283.
Teisson, C. (1991), J. Hydraul. Res. 29, 755-769.
Winterwerp, J. C. (2002), Cont. Shelf Res. 22, 1339-1360.
"""
