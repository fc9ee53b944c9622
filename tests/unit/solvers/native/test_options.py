"""A refused option is told what it may be, in words."""

from __future__ import annotations

import pytest

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.options import read_options
from twin_kernel.solvers.native.selection import check_processes


@pytest.mark.parametrize(("given", "allowed"), [
    ({"theta": 0.4}, "Allowed: theta 0.55 to 1 (usually 0.55)."),
    ({"time_step": 1e-300}, "Allowed: time_step 0.01 to 600 (usually 60.0)."),
    ({"checkpoint_interval": 0.0}, "Allowed: checkpoint_interval above 0 (usually 86400.0)."),
    ({"wind_drag": "garratt"}, "none or smith_banke or large_pond or wu"),
    ({"thta": 0.6}, "theta 0.55 to 1"),
    ({"thta": 0.6}, "did you mean 'theta'?"),
])
def test_the_message_says_what_is_allowed(given, allowed):
    """For an option that exists, of that option only."""
    with pytest.raises(InputError) as refused:
        read_options(given)
    assert allowed in str(refused.value)


@pytest.mark.parametrize(("given", "told"), [
    ({"water_quality": {"oxidation": -3}}, "Allowed: oxidation 0 to 50 (usually 0.1)."),
    ({"waves": {"spread": "wide"}}, "Allowed: spread 0 to 90 (usually 45.0)."),
    ({"temperature": {"method": "half"}}, "Allowed: method full or equilibrium (usually full)."),
    ({"sediment": {"bed_roughnes": 1e-3}}, "did you mean 'bed_roughness'?"),
    ({"sediment": {"bed_roughnes": 1e-3}}, "dry_depth 0.001 to 1 (usually 0.05)"),
    ({"temperature": {"initial_fresh": 99.0}}, "Allowed: initial_fresh -2 to 45."),
    ({"sedimnt": {}}, "did you mean 'sediment'?")])
def test_processes_tell_the_same_of_their_options(given, told):
    with pytest.raises(InputError) as refused:
        check_processes(given)
    assert told in str(refused.value)


@pytest.mark.parametrize(("given", "told"), [
    ({"sediment": {"classes": [{"kind": "mud", "velocty": 1.0}]}},
     ["'classes.0.velocty'", "velocity 0 to 0.1 (usually 0.001)", "did you mean 'velocity'?"]),
    ({"sediment": {"settling_velocity": 1e-3}}, ["in classes=[{...}] did you mean 'velocity'?"]),
    ({"sediment": {"classes": {"kind": "mud"}}}, ["Allowed: classes [{...}] of kind, name"]),
    ({"sediment": {"classes": [{"kind": "mud", "initial": -3}]}},
     ["'classes.0.initial'", "greater than or equal to 0"]),
    ({"sediment": {"classes": [{"kind": "mud", "initial": {"river": 400}}]}},
     ["'classes.0.initial'", "less than or equal to 300"]),
    ({"sediment": {"classes": [{"kind": "clay"}]}}, ["kind 'mud' or 'sand'"]),
    ({"dye": {"releases": [{"mass": "100 kg", "zone": "river"}]}},
     ["Received: releases.0.mass='100 kg'. Allowed: mass above 0 to 1e+12."]),
    ({"dye": {"releases": [{"zone": "river"}]}}, ["Received: nothing. Allowed: mass above 0"])])
def test_options_within_options_are_told_as_well(given, told):
    with pytest.raises(InputError) as refused:
        check_processes(given)
    for words in told:
        assert words in str(refused.value), str(refused.value)
    assert "constrained" not in str(refused.value)
