"""The case refuses what cannot be computed, with messages that say what to do."""

from __future__ import annotations

import pytest

from twin_kernel.errors import InputError
from twin_kernel.runs import Case

PERIOD = {"start": "2015-09-10", "stop": "2015-09-12"}


@pytest.mark.parametrize(("given", "words"), [
    ({"dischrge": {}}, ["Unknown parameter", "dischrge", "did you mean 'discharge'?"]),
    ({"discharge": {"garonne": "120 kg"}}, ["120 kg", "m3/s"]),
    ({"discharge": {"garonne": -5}}, ["-5 m3/s", "0 to 50000 m3/s"]),
    ({"discharge": {"garone": 5}}, ["garone", "garonne, dordogne", "did you mean 'garonne'?"]),
    ({"discharge": {"garonne": "nan"}}, ["nan m3/s", "0 to 50000"]),
    ({"sea_level_offset": 12.0}, ["sea_level_offset", "12.0", "Le(le=5.0)"]),
    ({"sea_level_offset": "1 s"}, ["1 s", "m"]),
    ({"friction": {"estuary": 0.02}}, ["estuary", "lower_estuary"]),
    ({"friction": {"garonne": 2.0}}, ["garonne", "2.0", "0.005 to 0.2"]),
    ({"stop": "2015-09-09"}, ["ends before it starts", "2015-09-09"]),
    ({"start": "yesterday"}, ["start", "yesterday"]),
    ({"river": "seine"}, ["seine", "gironde"]),
    ({"mesh": "/nowhere/mesh.nc"}, ["/nowhere/mesh.nc", "path to a mesh file"]),
])
def test_refusals_say_value_allowed_and_next_step(given, words):
    """Each bad input is refused with what was received and what is allowed."""
    with pytest.raises(InputError) as refused:
        Case(**{**PERIOD, **given})
    for word in words:
        assert word in str(refused.value)


def test_units_are_converted():
    """A quantity in another unit of the same dimension is the same case."""
    plain = Case(**PERIOD, discharge={"garonne": 0.12}, sea_level_offset=0.3)
    written = Case(**PERIOD, discharge={"garonne": "120 l/s"}, sea_level_offset="30 cm")
    assert plain == written


def test_hash_follows_the_result_only():
    """The same question has the same hash; another friction has another."""
    one, same = Case(**PERIOD), Case(start="2015-09-10T02:00+02:00", stop="2015-09-12")
    assert one.content_hash() == same.content_hash()
    assert Case(**PERIOD, friction_factor=1.1).content_hash() != one.content_hash()


def test_case_is_immutable():
    """A case cannot be changed after it was checked."""
    with pytest.raises(Exception, match="frozen"):
        Case(**PERIOD).river = "seine"
