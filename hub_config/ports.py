"""Ports of the servers that are processes of this machine."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Collection

__all__ = ["PORTS", "next_port"]

# Below those that Linux gives to outgoing connections (32768 and more).
PORTS = range(20000, 32768)
# Two hubs of one machine do not walk side by side.
_walk = itertools.cycle(random.sample(PORTS, len(PORTS)))


def next_port(kept: Collection[int] = ()) -> int:
    """Return a free port that this hub has given to no server for a long time.

    A server binds its port seconds after it was told which. JupyterHub's own choice, any port that
    is free at the moment, may meanwhile go to a second server, or to a connection: of two servers
    told the same port one dies, and both people are sent to the other. Fifty who start at once draw
    a port twice up to once in twenty times (50**2 / 2 pairs, 28000 ports).

    Parameters
    ----------
    kept : collection of int
        Ports that are somebody's even while nobody listens on them.

    Returns
    -------
    int

    Raises
    ------
    OSError
        None is free.
    """
    for port in itertools.islice(_walk, len(PORTS)):
        if port in kept:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        return port
    raise OSError(f"No port of {PORTS.start} to {PORTS.stop - 1} is free on this machine; "
                  "`ss -ltnp` tells who listens on them.")
