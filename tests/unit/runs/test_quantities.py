import pint
import pytest

from twin_kernel.errors import InputError
from twin_kernel.runs.quantities import to_number


@pytest.mark.parametrize(("value", "unit", "expected"), [
    (120, "m3/s", 120.0),
    ("120", "m3/s", 120.0),
    ("120 m3/s", "m3/s", 120.0),
    ("120 m^3/s", "m3/s", 120.0),
    ("120 m**3 / s", "m3/s", 120.0),
    ("120 m3 s-1", "m3/s", 120.0),
    ("120000 l/s", "m3/s", 120.0),
    ("432000 m3/h", "m3 s-1", 120.0),
    ("30 cm", "m", 0.3),
    ("-.5e1 m", "m", -5.0),
    ("360 h", "days", 15.0),
    ("2 weeks", "days", 14.0),
    ("7", None, 7.0),
    ("50 %", None, 0.5),
    (pint.UnitRegistry().Quantity(2.0, "km"), "m", 2000.0),
])
def test_number_comes_in_the_unit_wanted(value, unit, expected):
    assert to_number(value, unit, "it") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("value", "unit"), [
    ("120 m", "m3/s"), ("120 m2/s", "m3/s"), ("120 kg", "m"), ("3 m", None), ("3 m/", "m"),
])
def test_incompatible_unit_is_refused(value, unit):
    with pytest.raises(InputError, match=r"unit of it cannot be converted.*Received: 1?.*Allowed"):
        to_number(value, unit, "it")


def test_unknown_unit_is_refused():
    with pytest.raises(InputError, match=r"unit of it is unknown\. Received: 3 flurbs\."):
        to_number("3 flurbs", "m", "it")


@pytest.mark.parametrize("value", [True, None, [], "", "many", "m3/s", "1.2.3", "12,5", "1 2"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InputError):
        to_number(value, "m3/s", "it")


def test_text_is_never_evaluated():
    with pytest.raises(InputError):
        to_number("__import__('os').getpid()", "m", "it")
    with pytest.raises(InputError):
        to_number("1 __import__('os')", "m", "it")
