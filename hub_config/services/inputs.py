"""Files that people's cases name: sent to the service beforehand, kept by what is in them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hub_config.accounts import account_name
from hub_config.installation import Hub
from twin_kernel.errors import InputError, StorageError
from twin_kernel.runs.ledger import Person
from twin_kernel.runs.ledger.remote import own_files

__all__ = ["MAXIMUM_INPUT", "keep_input", "name_inputs", "put_inputs"]

MAXIMUM_INPUT = 50_000_000
"""Bytes of one file."""
_OF_ONE_PERSON = 1_000_000_000  # bytes in all
_NAME = re.compile(r"input:([0-9a-f]{64}\.[a-z0-9]{1,8})")


def _folder(hub: Hub, person: Person) -> Path:
    return hub.twin_data / "inputs" / account_name(person.name)


def keep_input(content: bytes, name: str, hub: Hub, person: Person) -> None:
    """Keep a file of a person's, whole or not at all.

    Parameters
    ----------
    content : bytes
    name : str
        Its SHA-256 and its suffix, both checked before.
    hub : Hub
    person : Person

    Raises
    ------
    StorageError
        Where the person keeps too much already.
    """
    folder = _folder(hub, person)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if path.is_file():
        return
    held = sum(one.stat().st_size for one in folder.iterdir())
    if held + len(content) > _OF_ONE_PERSON:
        raise StorageError("You keep too many files for cases", received=f"{held / 1e6:.0f} MB",
                           allowed=f"{_OF_ONE_PERSON / 1e6:.0f} MB",
                           next_step="ask an administrator to clear what you do not need")
    partial = folder / f"{name}.{os.getpid()}.part"
    partial.write_bytes(content)
    os.replace(partial, path)


def put_inputs(case: dict[str, Any], hub: Hub, person: Person) -> dict[str, Any]:
    """Return a case in which inputs are the person's own files here, and nothing else is a file.

    Raises
    ------
    InputError
        Where it names another file: the service could read what the person may not.
    """
    if not isinstance(case.get("discharge") or {}, dict):
        raise InputError("The discharge is not given by river",
                         received=str(case["discharge"])[:40], allowed="a value for each boundary",
                         next_step="write it like {'garonne': 120}")
    for (holder, field), path in own_files(case):
        known = _NAME.fullmatch(str(path))
        kept = _folder(hub, person) / known[1] if known else None
        if kept is None or not kept.is_file():
            raise InputError("The case names a file that this service does not have from you",
                             received=f"{field}: {str(path)[:80]}",
                             allowed="a file that twin_kernel sends with the case",
                             next_step="give the file's path to launch in your notebook")
        holder[field] = str(kept)
    return case



def name_inputs(case_json: str) -> str:
    """Return a recorded case with inputs under the name that `put_inputs` takes."""
    return re.sub(r'"[^"]*/inputs/[^"/]+/([0-9a-f]{64}\.[a-z0-9]{1,8})"', r'"input:\1"', case_json)
