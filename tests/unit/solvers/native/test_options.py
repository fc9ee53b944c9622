"""A refused option is told what it may be, in words."""

from __future__ import annotations

import pytest

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.options import read_options


@pytest.mark.parametrize(("given", "allowed"), [
    ({"theta": 0.4}, "Allowed: theta 0.55 to 1 (usually 0.55)."),
    ({"time_step": 1e-300}, "Allowed: time_step 0.01 to 600 (usually 60.0)."),
    ({"checkpoint_interval": 0.0}, "Allowed: checkpoint_interval above 0 (usually 86400.0)."),
    ({"wind_drag": "garratt"}, "none or smith_banke or large_pond or wu"),
    ({"thta": 0.6}, "theta 0.55 to 1"),
])
def test_the_message_says_what_is_allowed(given, allowed):
    """For an option that exists, of that option only."""
    with pytest.raises(InputError) as refused:
        read_options(given)
    assert allowed in str(refused.value)
