"""Servers that start at the same time are told different ports."""

from __future__ import annotations

import socket
from itertools import cycle
from pathlib import Path

import pytest

from hub_config import ports


def test_no_port_is_told_twice_before_all_were():
    told = [ports.next_port() for _ in range(2000)]
    assert len(set(told)) == len(told)


def test_ports_are_not_those_of_outgoing_connections():
    lowest, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert ports.PORTS.stop <= int(lowest)


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
