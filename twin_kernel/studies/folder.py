"""The folder of a study: complete under its name, or not there.

Everything is written in ``<name>.partial``, whose lock file is held by the process that writes.
The system releases the lock at the death of the process, whatever killed it, so that the next
start recognises a left-over and replaces it, and never one that is being written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twin_kernel.errors import InputError, StorageError

__all__ = ["PROVENANCE", "check_output", "study_folder"]

PROVENANCE = "provenance.json"
_LOCK = ".lock"


def check_output(folder: Path) -> None:
    """Refuse a folder that a study cannot be written to; write nothing.

    Raises
    ------
    InputError
        Something that is not a study is there.
    StorageError
        The folder above cannot be written, or a process is writing this study.
    """
    if folder.exists() and not (folder / PROVENANCE).is_file():
        raise InputError(
            "the output exists and is not a study, so it is not replaced", received=folder,
            allowed="a new folder, or one of an earlier study",
            next_step="choose another folder with --output",
        )
    above = _existing(folder.parent)
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise StorageError(
            "the study's folder cannot be written", received=folder,
            allowed="a folder you can write to", next_step="choose another one with --output",
        )
    with contextlib.suppress(FileNotFoundError), _locked(_partial(folder), create=False):
        pass


@contextmanager
def study_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write a study in, and put it under its name at the end.

    Parameters
    ----------
    folder : Path
        Name of the complete study; an earlier study of this name is replaced.

    Yields
    ------
    Path
        ``<folder>.partial``, removed if anything is raised.

    Raises
    ------
    InputError, StorageError
        See `check_output`.
    """
    check_output(folder)
    partial, replaced = _partial(folder), folder.with_name(folder.name + ".replaced")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if replaced.exists():  # killed between the two renames below
        shutil.rmtree(replaced) if folder.exists() else replaced.rename(folder)
    _remove_left_over(partial)
    try:
        partial.mkdir()
    except OSError as error:
        raise StorageError("the study's folder cannot be made", received=partial,
                           next_step="choose a folder you may write in (--output)") from error
    with _locked(partial, create=True):
        try:
            yield partial
            _synchronise(partial)
            _replace(partial, folder, replaced)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    (folder / _LOCK).unlink(missing_ok=True)


def _replace(partial: Path, folder: Path, replaced: Path) -> None:
    """Put a folder in the place of another; at no instant is neither of them on disk."""
    if folder.exists():
        folder.rename(replaced)
    try:
        partial.rename(folder)
    except OSError:
        if replaced.exists():
            replaced.rename(folder)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


def _partial(folder: Path) -> Path:
    return folder.with_name(folder.name + ".partial")


def _existing(folder: Path) -> Path:
    return folder if folder.exists() or folder == folder.parent else _existing(folder.parent)


@contextmanager
def _locked(partial: Path, *, create: bool) -> Iterator[None]:
    """Hold the lock of a partial folder; refuse where another process holds it."""
    flags = os.O_RDWR | (os.O_CREAT if create else 0)
    descriptor = os.open(partial / _LOCK, flags, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageError(
                "another process is writing this study", received=partial,
                next_step="wait for it, or choose another folder with --output",
            ) from error
        yield
    finally:
        os.close(descriptor)


def _remove_left_over(partial: Path) -> None:
    with contextlib.suppress(FileNotFoundError), _locked(partial, create=False):
        shutil.rmtree(partial)
    if partial.exists():  # killed before it had its lock file
        shutil.rmtree(partial)


def _synchronise(folder: Path) -> None:
    """Have the system write the study's own files to disk before they get their name."""
    for path in folder.iterdir():
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
