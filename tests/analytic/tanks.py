"""Water that a test moves as it likes, for processes that act triangle by triangle."""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.process import Process, Site, Water

START = np.datetime64("2026-06-01T00:00:00", "us")


def site_of(area, zone=None, zone_names=("river",), salinity=None) -> Site:
    """Return a site of unconnected triangles on a line, one every 100 m."""
    area = np.atleast_1d(np.asarray(area, dtype=float))
    n = len(area)
    return Site(
        x=100.0 * np.arange(n), y=np.zeros(n), area=area,
        zone=np.zeros(n, dtype=np.int64) if zone is None else np.asarray(zone, dtype=np.int64),
        zone_names=zone_names, edge_left=np.zeros(0, dtype=np.int32),
        edge_right=np.zeros(0, dtype=np.int32), boundary_names=(), latitude=45.0,
        salinity=None if salinity is None else np.asarray(salinity, dtype=float))


def water_of(site: Site, time: float, dt: float, depth, speed=0.0, manning=0.02) -> Water:
    """Return water of given depths, m, and speeds, m/s, at the end of a step."""
    n = len(site.area)
    depth, speed = (np.broadcast_to(np.asarray(one, dtype=float), n).copy()
                    for one in (depth, speed))
    return Water(
        time=time, dt=dt, instant=START + np.timedelta64(round(time * 1e6), "us"),
        volume=depth * site.area, depth=depth, level=depth.copy(), bed=np.zeros(n),
        velocity_x=speed.copy(), velocity_y=np.zeros(n), speed=speed,
        manning_squared=np.full(n, manning**2))


class Tank:
    """A process with its tracers and memory, in water of constant volume or not."""

    def __init__(self, process: Process, site: Site, depth=1.0, **memory: np.ndarray) -> None:
        self.process, self.site, self.time = process, site, 0.0
        self.tracers = {name: np.zeros(len(site.area)) for name in process.tracers}
        self.memory = dict(memory)
        self.water = water_of(site, 0.0, 0.0, depth)
        process.start(self.water, self.tracers, self.memory)

    def run(self, seconds: float, steps: int, depth=1.0, speed=0.0, manning=0.02) -> None:
        """Advance by some seconds in equal steps of steady water."""
        for _ in range(steps):
            self.step(seconds / steps, depth, speed, manning)

    def step(self, dt: float, depth=1.0, speed=0.0, manning=0.02) -> None:
        """Advance by one step."""
        self.time += dt
        self.water = water_of(self.site, self.time, dt, depth, speed, manning)
        self.process.advance(self.water, self.tracers, self.memory)

    def present(self, name: str) -> float:
        """Return the amount that there is of a substance."""
        return self.process.amounts(self.water, self.tracers, self.memory)[name].present
