"""Machine code of one version of the solver is never run by another."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numba
import numpy as np
import pytest

from twin_kernel.solvers.native.compiling import njit, threads_used
from twin_kernel.solvers.native.source import PACKAGE, source_hash


def _answer(package):
    code = ("from twin_kernel.solvers.native.flow import levels, volumes; import numpy as np;"
            "out = np.zeros(1);"
            "volumes(np.array([2.0]), np.zeros((1, 3)), np.array([3.0]), out); print(out[0])")
    done = subprocess.run([sys.executable, "-c", code], cwd=package, text=True, check=True,
                          capture_output=True)
    return float(done.stdout)


@pytest.mark.long
def test_a_changed_kernel_is_compiled_anew_where_it_is_called(tmp_path):
    """`volumes` keeps its text while `volume_of`, which it calls, moves to other numbers."""
    copied = tmp_path / "twin_kernel"
    shutil.copytree(PACKAGE.parents[1], copied, ignore=shutil.ignore_patterns("__pycache__"))
    flow = copied / "solvers" / "native" / "flow.py"
    scalars = flow.with_name("scalars.py")
    text = flow.read_text()
    begin = text.index('@njit(cache=True, inline="always")\ndef volume_of')
    end = text.index('@njit(cache=True, inline="always")\ndef level_of')
    scalars.write_text("from twin_kernel.solvers.native.compiling import njit\n\n\n"
                       + text[begin:end])
    flow.write_text(text[:begin] + "from twin_kernel.solvers.native.scalars import volume_of\n\n"
                    + text[end:])
    assert _answer(tmp_path) == 6.0
    assert _answer(tmp_path) == 6.0
    scalars.write_text(scalars.read_text().replace("area / 3.0", "area / 1.5"))
    assert _answer(tmp_path) == 12.0


def test_the_folder_of_other_libraries_is_left_alone():
    """Only while a kernel of ours is decorated does Numba look elsewhere."""
    before = numba.config.CACHE_DIR

    @njit(cache=True)
    def doubled(x):
        return 2.0 * x

    assert before == numba.config.CACHE_DIR
    assert source_hash() in doubled._cache.cache_path
    assert doubled(2.0) == 4.0


def test_division_by_zero_is_left_to_the_look_for_blow_ups():
    """No test at each division; the NaN that comes of it ends a run with its place."""
    @njit
    def ratio(x, y):
        return x / y

    assert ratio(1.0, 0.0) == np.inf
    assert np.isnan(ratio(0.0, 0.0))


def test_threads_are_given_back():
    """Also after an error."""
    before = numba.get_num_threads()
    with pytest.raises(ZeroDivisionError), threads_used(1):
        divmod(numba.get_num_threads(), 0)
    assert numba.get_num_threads() == before
