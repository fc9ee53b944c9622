"""What the native solver costs and how far off it is, measured: see docs/benchmarks.md.

Each module is run by itself, as ``python -m benchmarks.triad``, or all by ``make bench``.
"""
