"""The ledger of a hub as a person's notebook sees it: through the hub's service, by its rules.

A person's server holds no secret of the ledger, of the machines or of the cluster; it shows the
token that the hub gave it, and the service behind decides. Results come as files, checked against
what the run wrote, to a folder of the person's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from twin_kernel.errors import InputError, StorageError, TwinError
from twin_kernel.runs.folder import OUTPUTS, RECORDED
from twin_kernel.runs.ledger.tables import Record, State

__all__ = ["KEPT", "RemoteLedger", "own_files"]

_SECONDS = 60.0
KEPT = "input:"
"""How a case names a file that the hub's service keeps for its person."""


class RemoteLedger:
    """What `Ledger` offers to people, over HTTP.

    Parameters
    ----------
    address : str
        Of the hub's service of runs.
    token : str
        Of the person's server.
    files : Path
        Where the files of runs are brought to, a folder for each.
    """

    poll_seconds = 1.0

    def __init__(self, address: str, token: str, files: Path) -> None:
        self._address, self._token, self._files = address.rstrip("/"), token, files

    # Reading

    def get(self, run_id: str) -> Record:
        """Return a run with its case, by its id or the beginning of it."""
        return _record(self._ask("GET", f"runs/{_quoted(run_id)}"))

    def list(self, *, limit: int | None = 50, since: str | None = None,
             **equal: str | None) -> list[Record]:
        """Return runs that the person may see, newest first, without their cases."""
        wanted = {"limit": limit, "since": since, **equal}
        query = urllib.parse.urlencode({name: value for name, value in wanted.items()
                                        if value is not None})
        return [_record(one) for one in self._ask("GET", f"runs?{query}")]

    def past(self, limit: int, **equal: str) -> list[Record]:
        """Return the person's last runs with some values."""
        return self.list(limit=limit, **equal)

    def needs(self, run_id: str) -> list[str]:
        """Return the runs that a run waits for."""
        return self._ask("GET", f"runs/{_quoted(run_id)}/needs")

    # Asking

    def launch(self, **wanted: Any) -> tuple[Record, str, bool]:
        """Ask for a run of a case.

        Returns
        -------
        Record
        str
            What the launch said: what it will take, or which run answers already.
        bool
            Whether it was computed already.
        """
        case = dict(wanted.pop("case"))
        for (holder, name), path in own_files(case):
            if not str(path).startswith(KEPT):  # or the service has it from an earlier launch
                holder[name] = self._bring_up(path)
        answer = self._ask("POST", "launch", {"case": case, **wanted})
        return _record(answer["run"]), answer["said"], answer["already_computed"]

    def move(self, run_id: str, before: Iterable[State], after: State,
             held: str | None = None, **_values: Any) -> bool:
        """Ask for a run again, or stop one that waits; the service writes what goes with it.

        Raises
        ------
        InputError
            Where another state is wanted: it is the run service's to write.
        """
        return self._ask("POST", f"runs/{_quoted(run_id)}/move", {
            "before": [str(state) for state in before], "after": str(after)})

    def wish(self, run_id: str, wish: str) -> None:
        """Ask to "cancel" or to "pause" a run."""
        self._ask("POST", f"runs/{_quoted(run_id)}/wish", {"wish": wish})

    def delete_results(self, run_id: str) -> float:
        """Delete what a run wrote, there and here; return the megabytes given back there."""
        freed = self._ask("POST", f"runs/{_quoted(run_id)}/delete", {})
        for name in OUTPUTS:
            (self._files / run_id / name).unlink(missing_ok=True)
        return freed

    # Files

    def folder(self, record: Record) -> Path:
        """Return where the files of a run are brought to."""
        return self._files / record.id

    def bring_results(self, run_id: str) -> None:
        """Bring all files worth keeping of a run that has ended."""
        if not State(self.get(run_id).state).active:
            self.bring(run_id, RECORDED)

    def bring(self, run_id: str, names: Sequence[str]) -> None:
        """Bring files of a run here; those that are here already, unchanged, are not sent again.

        Raises
        ------
        StorageError
            Where a file does not arrive whole.
        """
        there = {one["name"]: one for one in self._ask("GET", f"runs/{_quoted(run_id)}/files")}
        folder = self._files / run_id
        for name in names:
            path = folder / name
            if name in there and not _same(path, there[name]):
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._download(run_id, name, path, there[name])

    def _download(self, run_id: str, name: str, path: Path, told: dict[str, Any]) -> None:
        from tqdm.auto import tqdm

        partial, digest = path.with_name(f"{path.name}.{os.getpid()}.part"), hashlib.sha256()
        size = told["size"]
        try:
            with self._open("GET", f"runs/{_quoted(run_id)}/files/{_quoted(name)}") as answer, \
                    partial.open("wb") as file, \
                    tqdm(total=size, unit="B", unit_scale=True, desc=name, leave=False,
                         disable=size < 20e6) as bar:
                while piece := answer.read(1 << 20):
                    digest.update(piece)
                    bar.update(file.write(piece))
            if told["sha256"] not in (None, digest.hexdigest()):
                raise StorageError("A file of the run did not arrive whole", received=name,
                                   allowed="the bytes that the run wrote",
                                   next_step="open the results again")
            if told["modified"]:
                os.utime(partial, (told["modified"], told["modified"]))
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def _bring_up(self, path: Path) -> str:
        """Send a file that a case names; return the name that the service knows it by."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError("A file that the case names cannot be read",
                             received=f"{path}: {error.strerror}",
                             allowed="a file of yours", next_step="give its path again") from None
        name = hashlib.sha256(content).hexdigest() + path.suffix
        self._ask("PUT", f"inputs/{name}", content)
        return KEPT + name

    # Talking

    def _ask(self, method: str, what: str, content: Any = None) -> Any:
        with self._open(method, what, content) as answer:
            return json.load(answer)

    def _open(self, method: str, what: str, content: Any = None):
        body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        request = urllib.request.Request(f"{self._address}/api/{what}", body, method=method,
                                         headers={"Authorization": f"token {self._token}",
                                                  "Content-Type": "application/json"})
        try:
            return urllib.request.urlopen(request, timeout=_SECONDS)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except (urllib.error.URLError, OSError) as error:
            raise StorageError(
                "The hub's service of runs does not answer",
                received=f"{self._address}: {getattr(error, 'reason', error)}",
                allowed="a service that is up; what was asked for before is safe",
                next_step="try again in half a minute, then ask an administrator") from None


def own_files(case: dict[str, Any]) -> Iterable[tuple[tuple[dict[str, Any], str], Path]]:
    """Yield where a case, as plain values, names a file, and the file."""
    places = [(case, name) for name in ("mesh", "weather", "surge")]
    case["discharge"] = dict(case.get("discharge") or {})
    places += [(case["discharge"], name) for name in case["discharge"]]
    for holder, name in places:
        value = holder.get(name)
        if isinstance(value, str) and value not in ("river", "climatology"):
            yield (holder, name), Path(value)


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _record(values: dict[str, Any]) -> Record:
    return Record(**values)


def _same(path: Path, told: dict[str, Any]) -> bool:
    if not path.is_file():
        return False
    here = path.stat()
    return here.st_size == told["size"] and abs(here.st_mtime - told["modified"]) < 1e-3


def _refusal(error: urllib.error.HTTPError) -> TwinError:
    """Return the error that the service tells of, as it would be here."""
    try:
        return TwinError.from_told(json.load(error))
    except (ValueError, KeyError, TypeError):
        if error.code >= 500:
            return StorageError("The hub's service of runs has failed",
                                received=f"HTTP {error.code}", allowed="an answer",
                                next_step="try again, then tell an administrator the time")
        return StorageError("The hub's service of runs refuses", received=f"HTTP {error.code}",
                            allowed="a person who is logged in and may use it",
                            next_step="restart your server (File, Hub Control Panel)")
