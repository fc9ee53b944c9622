"""The service of runs: what people's notebooks ask, kept to what is theirs.

Notebooks hold no secret of the ledger, of the machines or of a cluster; they show the token of
their server, and everything is done here by `twin_kernel` in the person's name.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tornado import escape, httpserver, web

from hub_config.installation import Hub, get_hub
from hub_config.pinning import python_of
from hub_config.services.door import Door
from hub_config.services.identity import Doorkeeper
from hub_config.services.inputs import MAXIMUM_INPUT, keep_input, name_inputs, put_inputs
from twin_kernel.errors import InputError, RunError, TwinError
from twin_kernel.runs.asked import answer
from twin_kernel.runs.folder import RECORDED
from twin_kernel.runs.ledger import Record, State, now, open_ledger

__all__ = ["make_application"]

_FILTERS = ("owner", "project", "profile", "ensemble", "solver", "case_hash", "request_key",
            "machine", "state")
_ACTIVE = 2000  # of one person: an ensemble of hundreds is welcome, a loop gone wild is not
_MAXIMUM_BODY = 2_000_000  # bytes; inputs are larger
_LISTED = 1000
_COLUMNS = {column.name for column in Record.__table__.columns}
_one_at_a_time = threading.Lock()  # what a launch prints is the answer's, and no other's


class Asked(BaseModel):
    """What a launch may ask for, as `twin_kernel.runs.launch` takes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    case: dict[str, Any]
    cores: int = 1
    profile: str = Field(default="local", max_length=80)
    recompute: bool = False
    project: str = Field(default="", max_length=80)
    priority: int = 0
    after: list[str] = Field(default_factory=list, max_length=1000)
    key: str | None = Field(default=None, max_length=120)
    ensemble: str | None = Field(default=None, max_length=120)


class Launch(Door):
    """``POST launch``: a run of a case."""

    async def post(self) -> None:
        """Answer with the run, and what the launch said."""
        self.answer(await self.acting(self._launch, self.content()))

    def _launch(self, content: dict[str, Any]) -> dict[str, Any]:
        try:
            asked = Asked(**content)
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError("What was sent is not understood",
                             received=".".join(map(str, first["loc"])), allowed=first["msg"],
                             next_step="use twin_kernel") from None
        if len(open_ledger().active(self.person.name)) >= _ACTIVE:
            raise InputError("You have too many runs that are not done", received=_ACTIVE,
                             allowed=f"fewer than {_ACTIVE}", next_step="wait, or cancel some")
        wanted = {**asked.model_dump(),
                  "case": put_inputs(asked.case, self.hub, self.person)}
        python = python_of(self.hub, asked.project)
        with _one_at_a_time:
            told = answer(wanted) if python is None else self._answer_of(python, wanted)
        if "run" not in told:
            raise TwinError.from_told(told)
        return {**told, "run": _told(open_ledger().get(told["run"]), with_case=True)}

    def _answer_of(self, python: Path, wanted: dict[str, Any]) -> dict[str, Any]:
        """Let the environment of a pinned project prepare the run, which computes it too."""
        done = subprocess.run(
            [python, "-m", "twin_kernel.runs.asked"], input=json.dumps(wanted), text=True,
            capture_output=True, check=False, cwd="/",
            env={**os.environ, "TWIN_ACTING_FOR": self.person.name})
        if done.returncode:
            raise RunError("The environment of the project does not launch",
                           received=done.stderr.strip()[-300:], allowed="an answer",
                           next_step="an administrator types: python -m hub_config pin "
                                     f"{wanted['project']}")
        return json.loads(done.stdout)


class Runs(Door):
    """``GET runs``: those that the person may see."""

    async def get(self) -> None:
        """Answer with a list, newest first."""
        equal = {name: self.get_query_argument(name, None) for name in _FILTERS}
        limit = self.get_query_argument("limit", str(_LISTED))
        if not limit.isdecimal():
            raise InputError("The limit is refused", received=limit[:20],
                             allowed="a whole number", next_step="leave it out")
        records = await self.acting(lambda: open_ledger().list(
            limit=min(int(limit), _LISTED), since=self.get_query_argument("since", None), **equal))
        self.answer([_told(one) for one in records])


class OneRun(Door):
    """``GET runs/ID`` and what can be asked of it."""

    async def get(self, run_id: str, part: str | None = None) -> None:
        """Answer with the run, with what it needs, or with its files."""
        asked = {None: self._whole, "/needs": self._needs, "/files": self._files}
        self.answer(await self.acting(asked[part], run_id))

    def _whole(self, run_id: str) -> dict[str, Any]:
        return _told(open_ledger().get(run_id), with_case=True)

    def _needs(self, run_id: str) -> list[str]:
        return open_ledger().needs(open_ledger().get(run_id).id)

    def _files(self, run_id: str) -> list[dict[str, Any]]:
        folder = Path(open_ledger().get(run_id).folder)
        hashes = _hashes(folder)
        found = []
        for name in RECORDED:
            with contextlib.suppress(OSError):
                status = (folder / name).stat()
                found.append({"name": name, "size": status.st_size, "modified": status.st_mtime,
                              "sha256": hashes.get(name)})
        return found


class ChangeRun(Door):
    """``POST runs/ID/...``: what can be asked of a run."""

    async def post(self, run_id: str, part: str) -> None:
        """Do what is asked."""
        asked = {"/wish": self._wish, "/move": self._move, "/delete": self._delete}
        self.answer(await self.acting(asked[part], run_id, self.content()))

    def _wish(self, run_id: str, content: dict[str, Any]) -> bool:
        if content.get("wish") not in ("cancel", "pause"):
            raise InputError("Unknown wish", received=str(content.get("wish"))[:20],
                             allowed="cancel, pause", next_step="use twin_kernel")
        self._own(run_id)
        open_ledger().wish(run_id, content["wish"])
        return True

    def _move(self, run_id: str, content: dict[str, Any]) -> bool:
        given, after = content.get("before"), content.get("after")
        before = set(map(str, given)) if isinstance(given, list) else set()
        again = after == State.REQUESTED and before <= {"paused", "cancelled", "failed"}
        waiting = after in (State.CANCELLED, State.PAUSED) and before == {"requested"}
        if not (again or waiting):
            raise InputError("A state is the run service's to write", received=str(after)[:20],
                             allowed="asking for a run again, stopping one that waits",
                             next_step="twin runs")
        record = self._own(run_id)
        states = {State(one) for one in before}
        if again:
            return open_ledger().move(record.id, states, State.REQUESTED, wish="", token=None,
                                      losses=0, reason="", finished=None)
        return open_ledger().move(record.id, states, State(after), held="", finished=now(),
                                  reason=f"{after} while it waited for its place")

    def _delete(self, run_id: str, _content: dict[str, Any]) -> float:
        from twin_kernel.runs import find_run
        from twin_kernel.runs.history import delete_results

        return delete_results(find_run(self._own(run_id).id))

    def _own(self, run_id: str) -> Record:
        record = open_ledger().get(run_id)
        if record.owner != self.person.name:
            raise RunError("Only its owner may change a run", received=f"run of {record.owner}",
                           allowed="runs of your own", next_step="ask its owner")
        return record


class OneFile(Door):
    """``GET runs/ID/files/NAME``: the bytes."""

    async def get(self, run_id: str, name: str) -> None:
        """Send a file that is worth keeping of a run that the person may see."""
        if name not in RECORDED:
            raise web.HTTPError(404)
        record = await self.acting(lambda: open_ledger().get(run_id))
        try:
            file = (Path(record.folder) / name).open("rb")
        except OSError:
            raise web.HTTPError(404) from None
        self.set_header("Content-Type", "application/octet-stream")
        with file:
            while piece := await asyncio.to_thread(file.read, 1 << 20):
                self.write(piece)
                await self.flush()


@web.stream_request_body
class Input(Door):
    """``PUT inputs/NAME``: a file that a case names."""

    async def prepare(self) -> None:
        """Let in, and allow what an input may have."""
        await super().prepare()
        self.request.connection.set_max_body_size(MAXIMUM_INPUT)
        self._pieces, self._size = [], 0

    def data_received(self, chunk: bytes) -> None:
        """Keep what arrives, up to the limit."""
        self._size += len(chunk)
        if self._size > MAXIMUM_INPUT:
            raise web.HTTPError(413)
        self._pieces.append(chunk)

    async def put(self, name: str) -> None:
        """Keep the file for the person."""
        content = b"".join(self._pieces)
        if not re.fullmatch(r"[0-9a-f]{64}\.[a-z0-9]{1,8}", name) or \
                hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
            raise web.HTTPError(400)
        await self.acting(keep_input, content, name, self.hub, self.person)
        self.answer(True)


class Health(web.RequestHandler):
    """``GET health``: whether this process answers; says nothing else."""

    def get(self) -> None:
        """Answer."""
        self.finish("up")


def _told(record: Record, with_case: bool = False) -> dict[str, Any]:
    told = {name: getattr(record, name) for name in _COLUMNS - {"token", "case_json"}}
    if with_case:
        told["case_json"] = name_inputs(record.case_json)
    return told


def _hashes(folder: Path) -> dict[str, str]:
    try:
        told = escape.json_decode((folder / "outcome.json").read_bytes())
        return {name: one["sha256"] for name, one in told.get("outputs", {}).items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def make_application(hub: Hub, keeper: Doorkeeper) -> web.Application:
    """Return the service.

    Parameters
    ----------
    hub : Hub
    keeper : Doorkeeper
    """
    held = {"keeper": keeper, "hub": hub, "workers": ThreadPoolExecutor(8, "door")}
    run = r"/services/runs/api/runs/([0-9A-Za-z-]{1,40})"
    return web.Application([
        (r"/services/runs/health", Health),
        (r"/services/runs/api/launch", Launch, held),
        (r"/services/runs/api/runs", Runs, held),
        (run + r"(/needs|/files)?", OneRun, held),
        (run + r"(/wish|/move|/delete)", ChangeRun, held),
        (run + r"/files/([a-z.]{1,40})", OneFile, held),
        (r"/services/runs/api/inputs/([0-9a-z.]{1,80})", Input, held)])


async def serve(hub: Hub) -> None:
    """Serve until the process ends."""
    server = httpserver.HTTPServer(make_application(hub, Doorkeeper("runs", hub)),
                                   max_body_size=_MAXIMUM_BODY, max_buffer_size=64_000_000)
    server.listen(hub.port("runs"), "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(get_hub()))
