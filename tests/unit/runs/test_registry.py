"""Solvers are found by entry point; a broken one is kept with its reason and hides no other."""

from __future__ import annotations

import pytest

from twin_kernel.errors import InputError
from twin_kernel.solvers.registry import available_solvers, get_solver

pytestmark = pytest.mark.usefixtures("tiny")


def test_plugin_is_found_beside_the_built_in():
    known = available_solvers()
    assert known["native"].solver is not None
    assert known["tiny"].distribution == "tiny-solver 1.0"
    assert get_solver("tiny").name == "tiny"


def test_broken_plugin_keeps_its_reason():
    broken = available_solvers()["broken"]
    assert broken.solver is None
    assert "Nowhere" in broken.reason
    with pytest.raises(InputError, match=r"'broken' of tiny-solver 1\.0 does not load.*Nowhere"):
        get_solver("broken")


def test_unknown_solver_lists_the_working_ones():
    with pytest.raises(InputError, match=r"Unknown solver.*telemac.*Allowed: native, tiny, "
                                         r"tiny_mpi\."):
        get_solver("telemac")
