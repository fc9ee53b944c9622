"""The version of the solver that its own source makes."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["PACKAGE", "source_hash"]

PACKAGE = Path(__file__).parent


@cache
def source_hash() -> str:
    """Hash the solver's own code: another code may give other bits, and is another version."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
