"""The key of a mesh in the cache."""

import re
from pathlib import Path

import twin_kernel.mesh
from twin_kernel.catalog.meshes import BUILDERS

HOUSE = Path(twin_kernel.mesh.__file__).parent
PASSIVE = {"topology", "validate"}  # hold and judge a mesh; no number of it comes from them


def test_all_code_that_a_mesh_follows_from_is_in_its_key():
    """The conveyance was not: its mending would have left old meshes in the caches."""
    known, waiting = set(), {"build"}
    while waiting:
        name = waiting.pop()
        known.add(name)
        text = (HOUSE / f"{name}.py").read_text(encoding="utf-8")
        waiting |= set(re.findall(r"from twin_kernel\.mesh\.(\w+) import", text)) - known
    assert known - PASSIVE == set(BUILDERS)
