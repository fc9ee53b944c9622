"""Runs ANUGA (Geoscience Australia and the Australian National University) on a case file.

    python -m benchmarks.anuga_run INPUT.npz OUTPUT.npz

A process of its own: OpenMP's threads are chosen before it starts, and ANUGA's memory and time are
its own. Nothing of the twin is imported, so that any environment with ANUGA can run it.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from pathlib import Path

import numpy as np

__all__ = ["run"]


def _domain(case):
    import anuga

    faces, bed = case["faces"], case["bed"]
    openings = {tuple(sorted(pair)) for pair in case["open_edges"].tolist()}
    # An edge of ANUGA has the number of the node opposite to it.
    tags = {(face, k): "sea" for face, nodes in enumerate(faces.tolist()) for k in range(3)
            if tuple(sorted((nodes[k - 2], nodes[k - 1]))) in openings}
    domain = anuga.Domain(case["nodes"], faces, tags)
    domain.set_flow_algorithm(str(case["algorithm"]))
    domain.set_store(False)
    domain.set_quantity("elevation", bed[faces], location="vertices")
    domain.set_quantity("friction", float(case["manning"]))
    lowest = domain.quantities["elevation"].centroid_values
    domain.set_quantity("stage", np.maximum(0.0, lowest), location="centroids")
    times, values = case["times"], case["values"]
    sea = anuga.Transmissive_n_momentum_zero_t_momentum_set_stage_boundary(
        domain, lambda t: float(np.interp(t, times, values)))
    wall = anuga.Reflective_boundary(domain)
    domain.set_boundary({tag: sea if tag == "sea" else wall
                         for tag in domain.get_boundary_tags()})
    return domain


def run(source: Path, target: Path) -> None:
    """Simulate the case in `source`; write levels, costs and number of steps to `target`.

    `source` holds ``nodes`` (n, 2) m, ``faces`` (m, 3), ``bed`` (n,) m, ``open_edges`` (k, 2) node
    pairs, ``times`` and ``values`` of the level there, ``manning``, ``algorithm`` (such as "DE1"),
    ``duration`` and ``every``, s. `target` gets ``levels`` (n_time, m), ``cpu``, ``wall`` and
    ``steps``; the first ``every`` seconds' compile nothing, so that all of the run counts.
    """
    with np.load(source) as case, contextlib.redirect_stdout(io.StringIO()):
        domain = _domain(case)
        levels, steps = [], 0
        every, duration = float(case["every"]), float(case["duration"])
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in domain.evolve(yieldstep=every, finaltime=duration):
            levels.append(domain.quantities["stage"].centroid_values.copy())
            steps += domain.number_of_steps
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    from importlib.metadata import version

    np.savez(target, levels=np.array(levels[1:]), cpu=cpu, wall=wall, steps=steps,
             version=version("anuga"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m benchmarks.anuga_run INPUT.npz OUTPUT.npz")
    run(Path(sys.argv[1]), Path(sys.argv[2]))
