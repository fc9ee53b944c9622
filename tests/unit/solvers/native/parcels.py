"""Sites and water made up for the processes that act triangle by triangle."""

import numpy as np

from twin_kernel.solvers.native.process import Site, Water


def site_of(n=1, area=100.0, latitude=45.0, zone_names=("river",), zone=None):
    """Return triangles in a row, 10 m apart."""
    return Site(
        x=10.0 * np.arange(n), y=np.zeros(n), area=np.full(n, float(area)),
        zone=np.zeros(n, dtype=np.int64) if zone is None else np.asarray(zone),
        zone_names=zone_names, edge_left=np.arange(n - 1, dtype=np.int32),
        edge_right=np.arange(1, n, dtype=np.int32), boundary_names=("ocean", "river"),
        latitude=latitude)


def water_of(site, depth=8.0, speed=0.7, dt=60.0, time=0.0, start="2015-07-01", **weather):
    """Return water of a depth and speed, each a number or one for each triangle."""
    n = len(site.area)
    depth = np.broadcast_to(np.asarray(depth, dtype=float), n).copy()
    speed = np.broadcast_to(np.asarray(speed, dtype=float), n).copy()
    instant = np.datetime64(start, "ns") + np.timedelta64(round(time * 1e9), "ns")
    return Water(
        time=time, dt=dt, instant=instant, volume=depth * site.area, depth=depth,
        level=depth, bed=np.zeros(n), velocity_x=speed, velocity_y=np.zeros(n), speed=speed,
        manning_squared=np.full(n, 4.0e-4), weather=weather)


def started(process, water, **given):
    """Return tracers and memory after ``start``, with `given` tracers besides."""
    n = len(water.volume)
    tracers = {name: np.zeros(n) for name in process.tracers}
    tracers |= {name: np.full(n, float(value)) for name, value in given.items()}
    memory = {}
    process.start(water, tracers, memory)
    return tracers, memory


def random_water(random, site, dt=60.0, time=0.0, **weather):
    """Return water of random depths, a fifth of the triangles dry and a fifth a film."""
    n = len(site.area)
    kind = random.random(n)
    depth = np.where(kind < 0.2, 0.0, np.where(kind < 0.4, 10.0 ** random.uniform(-9, -2, n),
                                               random.uniform(0.1, 15.0, n)))
    return water_of(site, depth, random.uniform(0.0, 2.0, n), dt, time, **weather)
