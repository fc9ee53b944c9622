"""A person who types `import twin_kernel` gets a prompt back at once."""

import statistics
import subprocess
import sys

LONGEST_IMPORT = 0.5  # s, the architecture's promise
HEAVY = ("numba", "panel", "dask", "distributed", "dask_jobqueue", "matplotlib", "xugrid")

# The clock starts inside the interpreter: its own start is Python's, not the twin's.
PROBE = """
import sys, time
start = time.perf_counter()
import twin_kernel
seconds = time.perf_counter() - start
print(seconds, *(name for name in sys.argv[1:] if name in sys.modules))
"""


def import_once() -> tuple[float, list[str]]:
    """Import the library in a fresh interpreter; return seconds and heavy modules that came in."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *HEAVY], capture_output=True, text=True, check=True
    )
    seconds, *loaded = done.stdout.split()
    return float(seconds), loaded


def test_importing_the_library_is_quick():
    import_once()  # the first one compiles byte code
    assert statistics.median(import_once()[0] for _ in range(5)) < LONGEST_IMPORT


def test_importing_the_library_loads_no_heavy_library():
    assert import_once()[1] == []
