"""Bringing the course's notebooks into a home folder, without losing what the person changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from twin_kernel.settings import get_settings

__all__ = ["bring_course"]


def bring_course(folder: Path, repository: str | None) -> None:
    """Copy the notebooks of this installation where they are not there yet.

    Parameters
    ----------
    folder : Path
    repository : str or None
    """
    for path in sorted(get_settings().notebooks_directory.rglob("*.ipynb")):
        target = folder / path.relative_to(get_settings().notebooks_directory)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
