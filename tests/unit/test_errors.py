"""Messages repeat what was received, but not a book of it."""

from __future__ import annotations

import pickle

from twin_kernel.errors import InputError


def test_long_values_are_shortened_in_the_message_and_kept_in_the_error():
    error = InputError("Too long", received="a" * 100_000, allowed="less")
    assert len(str(error)) < 1100
    assert "(100000 characters)" in str(error)
    assert len(pickle.loads(pickle.dumps(error)).received) == 100_000
