"""Transformations between reference systems, made once: PROJ takes 10 ms for each."""

from __future__ import annotations

from functools import lru_cache

from pyproj import Transformer

__all__ = ["transformer"]


@lru_cache(maxsize=32)
def transformer(source: str, target: str) -> Transformer:
    """Return the transformation between two systems, x (or longitude) before y (or latitude).

    Parameters
    ----------
    source, target : str
        As in ``"EPSG:2154"``.
    """
    return Transformer.from_crs(source, target, always_xy=True)
