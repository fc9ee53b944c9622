"""Splits the solver's CPU time by phase, from outside.

Compiled kernels of the native solver are wrapped where Python calls them, and their time is given
to the phase of the module they are defined in: whatever kernels a module has, however the model
calls them. Compile everything first (run a step): kernels that call kernels must find them bare.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from numba.core.dispatcher import Dispatcher

__all__ = ["PHASES", "phases_timed"]

_PACKAGE = "twin_kernel.solvers.native"
_PHASE_OF = {"flow": "momentum", "transport": "tracers"}
_OTHER = "other"
PHASES = ("momentum", "linear solver", "tracers", _OTHER)
_LINEAR = ("continuity", "multigrid", "precondition", "linear", "solve", "cholesky", "gradient",
           "levels", "deflation")


def _phase(kernel: Dispatcher) -> str:
    module = kernel.py_func.__module__.removeprefix(_PACKAGE).lstrip(".")
    if any(word in module for word in _LINEAR):
        return "linear solver"
    named = (phase for start, phase in _PHASE_OF.items() if module.startswith(start))
    return next(named, "tracers" if "tracer" in module else _OTHER)


@contextmanager
def phases_timed() -> Iterator[dict[str, float]]:
    """Give a dictionary that collects CPU seconds by phase while the block runs.

    It holds also, under the name of each kernel as ``module.kernel``, its CPU seconds. What is
    neither of a kernel's time is Python's: subtract from the total.
    """
    seconds: dict[str, float] = defaultdict(float)
    wrapped: list[tuple[object, str, Dispatcher]] = []
    for name, module in list(sys.modules.items()):
        if name.startswith(_PACKAGE) and module is not None:
            for attribute, value in list(vars(module).items()):
                if isinstance(value, Dispatcher) and value.signatures:
                    wrapped.append((module, attribute, value))
    for module, attribute, kernel in wrapped:
        setattr(module, attribute, _timed(kernel, seconds))
    try:
        yield seconds
    finally:
        for module, attribute, kernel in wrapped:
            setattr(module, attribute, kernel)


def _timed(kernel: Dispatcher, seconds: dict[str, float]) -> Callable:
    phase = _phase(kernel)
    name = f"{kernel.py_func.__module__.rsplit('.', 1)[-1]}.{kernel.py_func.__name__}"

    def call(*given: object, **named: object) -> object:
        begin = time.process_time()
        result = kernel(*given, **named)
        spent = time.process_time() - begin
        seconds[phase] += spent
        seconds[name] += spent
        return result

    return call
