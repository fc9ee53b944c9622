"""Fifty people at once: no error, and the hub answers."""

from __future__ import annotations

import time

import numpy as np
import pytest

from benchmarks.hub import Crowd, light_settings

pytestmark = pytest.mark.long

PEOPLE = 50
# The issue's own limit, for a machine on which fifty requests one after the other take less.
API_SECONDS = 1.0
# Where they take longer, at most this many times as long: whoever asks waits for one request each
# of the others, and as many of other kinds, on the two cores that also play the fifty people.
# Measured: 1.6.
TIMES_IN_TURN = 4.0


def test_fifty_people_log_in_start_servers_and_use_the_pages_at_once(new_hub):
    hub = new_hub()
    hub.environment |= {f"TWIN_HUB_{name.upper()}": value
                        for name, value in light_settings(hub.folder.parent).items()}
    hub.start()
    in_turn = PEOPLE * _seconds_of_a_request_alone(hub)
    crowd = Crowd(hub, PEOPLE)
    crowd.come(rounds=2)
    table = crowd.table()
    print(table.to_string(), f"\n{PEOPLE} requests to the hub's API in turn: {in_turn:.2f} s")
    assert crowd.errors == []
    assert table.loc["hub API", "requests"] == 4 * PEOPLE
    assert table.loc["hub API", "p95 s"] < max(API_SECONDS, TIMES_IN_TURN * in_turn)


def _seconds_of_a_request_alone(hub) -> float:
    hub.add("early")
    visitor = hub.log_in("early")
    seconds = []
    for _ in range(30):
        began = time.perf_counter()
        assert visitor.api("GET", "users/early").status_code == 200
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))
