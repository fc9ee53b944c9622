"""Who goes next: priority, fair shares, age, and no starving."""

from __future__ import annotations

from twin_kernel.runs.ledger import Waiting
from twin_kernel.runs.service.queue import choose


def _ask(name, owner="alice", cores=1, priority=0, profile="local", created=None):
    return Waiting(name, owner, "", profile, cores, priority, created or name, "requested", "",
                   None)


def _names(waiting, room=4, in_use=(), used=None):
    rooms = room if isinstance(room, dict) else {"local": room}
    return [one.id for one in choose(waiting, in_use, rooms, used or {})]


def test_oldest_goes_first():
    assert _names([_ask("1"), _ask("2"), _ask("3")], 2) == ["1", "2"]


def test_priority_goes_before_age():
    assert _names([_ask("1"), _ask("2", priority=3)], 1) == ["2"]


def test_people_share_the_cores():
    """A hundred of one person do not keep out one of another who came later."""
    crowd = [_ask(f"a{number:03d}") for number in range(100)]
    assert _names([*crowd, _ask("b1", "bob"), _ask("b2", "bob")]) == ["a000", "b1", "a001", "b2"]


def test_who_computes_already_waits_longer():
    running = [_ask("r1", "alice"), _ask("r2", "alice")]
    assert _names([_ask("1", "alice"), _ask("2", "bob"), _ask("3", "bob")], 2,
                  running) == ["2", "3"]


def test_who_has_used_less_goes_first():
    assert _names([_ask("1", "alice"), _ask("2", "bob")], 1,
                  used={"alice": 5e4, "bob": 10.0}) == ["2"]


def test_wide_run_is_not_starved_by_narrow_ones():
    """It keeps its place: what is left idle is what it waits for."""
    assert _names([_ask("1", cores=4), _ask("2"), _ask("3")], 3) == []


def test_profile_without_room_does_not_stop_another():
    waiting = [_ask("1", cores=4), _ask("2", profile="slurm", cores=2)]
    assert _names(waiting, {"local": 1, "slurm": 2}) == ["2"]


def test_room_is_never_exceeded():
    waiting = [_ask(str(number), f"p{number % 3}", cores=1 + number % 3) for number in range(30)]
    chosen = choose(waiting, [], {"local": 7}, {})
    assert sum(one.cores for one in chosen) <= 7
    assert chosen
