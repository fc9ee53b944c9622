"""Fifty people at once: no error, and the hub answers."""

from __future__ import annotations

import pytest

from benchmarks.hub import Crowd, light_settings

pytestmark = pytest.mark.long

PEOPLE = 50
# The issue's own limit; on two cores that also play the fifty people.
API_SECONDS = 1.0


def test_fifty_people_log_in_start_servers_and_use_the_pages_at_once(new_hub):
    hub = new_hub()
    hub.environment |= {f"TWIN_HUB_{name.upper()}": value
                        for name, value in light_settings(hub.folder.parent).items()}
    hub.start()
    crowd = Crowd(hub, PEOPLE)
    crowd.come(rounds=2)
    table = crowd.table()
    print(table.to_string())
    assert crowd.errors == []
    assert table.loc["hub API", "requests"] == 4 * PEOPLE
    assert table.loc["hub API", "p95 s"] < API_SECONDS
