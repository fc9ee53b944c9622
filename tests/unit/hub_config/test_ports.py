"""Servers that start at the same time are told different ports."""

from __future__ import annotations

import socket
from itertools import cycle
from pathlib import Path

import pytest

from hub_config import ports
from hub_config.installation import SERVICES, Hub


def test_no_port_is_told_twice_before_all_were():
    told = [ports.next_port() for _ in range(2000)]
    assert len(set(told)) == len(told)


def test_ports_are_not_those_of_outgoing_connections():
    lowest, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert ports.PORTS.stop <= int(lowest)


def test_port_of_a_service_that_starts_again_is_kept_for_it(monkeypatch):
    kept, free = ports.next_port(), ports.next_port()
    monkeypatch.setattr(ports, "_walk", cycle([kept, free]))
    assert ports.next_port({kept}) == free


def test_port_in_use_is_passed_over(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken, free = other.getsockname()[1], ports.next_port()
        monkeypatch.setattr(ports, "_walk", cycle([taken, free]))
        assert ports.next_port() == free
        monkeypatch.setattr(ports, "_walk", cycle([taken]))
        with pytest.raises(OSError, match="free on this machine"):
            ports.next_port()


def test_a_hub_knows_its_own_ports(tmp_path):
    hub = Hub(directory=tmp_path, address="http://127.0.0.1:20500", first_port=20510)
    assert {20500, hub.port("proxy"), hub.port("hub"), hub.port("runs")} <= hub.ports()
    assert len(hub.ports()) == 1 + 2 + len(SERVICES)
