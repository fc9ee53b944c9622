"""Fault campaign: every process of the twin killed at random moments, and what became of the runs.

    python -m benchmarks.faults [--faults 200] [--slurm] [--postgres] [--all] [--seed 1]

A client asks for runs all the while, each with a key of its own, and is killed as often as the
others; the next client sends the same requests again. The solver is one of a few lines whose state
is a chain of hashes: a step left out, or made twice, shows in what it writes. At the end nobody is
disturbed any more, and every run must be there once, complete, with the bytes of an undisturbed
one. The report goes to ``build/faults.md``.

As root, runs lie on a file system of their own that is filled to the last byte; with a C compiler
the wall clock of all processes jumps by hours. `Campaign.possible` says which faults this machine
allows, and the report which were thrown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import mkdtemp

import psutil

from tests.machines import processes
from tests.machines.clock import Clock
from tests.machines.plugins import install_tiny
from tests.machines.postgres import PostgresServer
from tests.machines.slurm import SlurmMachine

__all__ = ["Campaign", "main"]

ROOT = Path(__file__).resolve().parents[1]

_PROFILES = """
[profiles.local]
simultaneous_cores = 2
[profiles.slurm]
cluster = "slurm"
maximum_cores = 4
simultaneous_cores = 6
memory = "500MB"
walltime = "00:02:00"
stop_before = 60
"""
_CLIENT = """
import json, sys, time
from twin_kernel.errors import TwinError
from twin_kernel.runs import Case, launch
profile, stop, start = sys.argv[1], sys.argv[2], int(sys.argv[3])
number = start
while True:
    case = Case(start="2015-09-10", stop="2015-09-11", solver="tiny",
                solver_options={"steps": 20 + number % 40, "seconds": 0.1, "number": number})
    try:
        run = launch(case, profile=profile, key=f"request {number}", quiet=True)
    except TwinError as error:
        print(error, file=sys.stderr, flush=True)
        time.sleep(1.0)
        continue
    print(number, run.id, flush=True)
    number += 1
    time.sleep(1.5)
"""


class Campaign:
    """Faults thrown at the twin while a client asks for runs.

    Parameters
    ----------
    folder : Path
        Empty; holds settings, ledger and runs.
    seed : int
    slurm : SlurmMachine or None
        Where runs go; None for this machine.
    postgres : PostgresServer or None
        That holds the ledger; None for a SQLite file.
    """

    def __init__(self, folder: Path, seed: int, slurm: SlurmMachine | None = None,
                 postgres: PostgresServer | None = None) -> None:
        self.data, self.slurm, self.postgres = folder / "data", slurm, postgres
        self.data.mkdir(mode=0o700)
        self.own_disk = _mount(self.data)
        self.clock = Clock(folder) if Clock.possible() else None
        self.random, self.counts = random.Random(seed), Counter()
        (folder / "twin.toml").write_text(_PROFILES)
        self.environment = {
            **os.environ, "TWIN_SETTINGS_FILE": str(folder / "twin.toml"),
            "TWIN_DATA_DIRECTORY": str(self.data), "TWIN_LEASE_SECONDS": "5",
            "TWIN_MAXIMUM_LOSSES": "50", "TWIN_DISK_RESERVE": "2e6", "PYTHONPATH": os.pathsep.join(
                [str(install_tiny(folder / "plugins")), str(ROOT)])}
        if self.clock is not None:
            self.environment |= self.clock.environment
        if slurm is not None:
            self.environment |= slurm.environment
        if postgres is not None:
            self.environment["TWIN_LEDGER_URL"] = postgres.new_database(f"faults{seed}")
        self.profile = "local" if slurm is None else "slurm"
        self.told: dict[int, str] = {}
        self.drained = 0
        self._client: subprocess.Popen | None = None
        self._said = (folder / "client.err").open("ab")
        os.environ.update({name: value for name, value in self.environment.items() if
                           name.startswith(("TWIN_", "SLURM_", "PYTHONPATH", "LD_P", "TEST_C"))})

    def run(self, faults: int) -> None:
        """Throw a number of faults, then let everything end."""
        self._ask()
        self._until(lambda: self._victims("solver"), 120)
        turn: list[str] = []
        for _ in range(faults):
            time.sleep(self.random.uniform(0.2, 2.0))
            self._read()
            if not turn:  # every kind as often as the others, in an order of its own each time
                turn = self.random.sample(self.possible(), len(self.possible()))
            name = turn.pop()
            getattr(self, f"_fault_{name}")()
            self.counts[name] += 1
            if self._client.poll() is not None:
                self._ask()
            self._administer()
        self._read()
        self._client.kill()
        self._client.wait()
        self._read()
        self._calm()

    def _ask(self) -> None:
        """Start a client that sends again the last requests it may not have had an answer to."""
        start = max(self.told, default=-1)
        self._client = subprocess.Popen(
            [sys.executable, "-c", _CLIENT, self.profile, "", str(max(0, start))],
            env=self.environment, stdout=subprocess.PIPE, stderr=self._said, text=True)
        os.set_blocking(self._client.stdout.fileno(), False)

    def _read(self) -> None:
        for line in self._client.stdout.readlines():
            with suppress(ValueError):
                number, identity = line.split()
                self.told[int(number)] = identity

    def impossible(self) -> list[str]:
        """Return the faults that this machine does not allow."""
        return [name for name, allowed in (("disk_full", self.own_disk),
                                           ("clock_jump", self.clock is not None)) if not allowed]

    def possible(self) -> list[str]:
        """Return the faults that this machine allows."""
        found = ["client", "service", "worker", "solver", "cancelled_wait"]
        found.append("database_restarted" if self.postgres else "database_locked")
        if self.slurm is not None:
            found += ["slurmd", "slurmctld", "scancel", "walltime"]
        if self.own_disk:
            found.append("disk_full")
        if self.clock is not None:
            found.append("clock_jump")
        return found

    def _victims(self, kind: str) -> list[psutil.Process]:
        marks = {"service": "twin_kernel.runs.service", "worker": "distributed.cli.dask_worker",
                 "solver": "tiny_solver.py"}
        found = []
        for process in processes.of(self.data):
            with suppress(psutil.Error):
                if any(marks[kind] in word for word in process.cmdline()):
                    found.append(process)
        return found

    def _kill(self, kind: str) -> None:
        victims = self._victims(kind)
        if victims:
            with suppress(psutil.Error):
                self.random.choice(victims).kill()

    def _fault_client(self) -> None:
        self._client.kill()
        self._client.wait()

    def _fault_service(self) -> None:
        self._kill("service")

    def _fault_worker(self) -> None:
        self._kill("worker")

    def _fault_solver(self) -> None:
        self._kill("solver")

    def _fault_cancelled_wait(self) -> None:
        """Ctrl-C in a notebook: the client is interrupted, not killed."""
        self._client.send_signal(signal.SIGINT)
        try:
            self._client.wait(timeout=10.0)
        except subprocess.TimeoutExpired:  # it fell in a callback, where Python ignores it
            self._fault_client()

    def _fault_database_locked(self) -> None:
        """Somebody else holds the ledger for longer than a turn of the service."""
        with sqlite3.connect(self.data / "ledger.sqlite", timeout=30) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(self.random.uniform(1.0, 4.0))
            connection.rollback()

    def _fault_database_restarted(self) -> None:
        self.postgres.kill()
        time.sleep(self.random.uniform(0.5, 3.0))
        self._until_starts(self.postgres.start)

    def _fault_slurmd(self) -> None:
        node = self.random.choice(self.slurm.names)
        self.slurm.kill(node)
        time.sleep(self.random.uniform(0.5, 8.0))
        self.slurm.start(node)

    def _fault_slurmctld(self) -> None:
        self.slurm.kill("slurmctld")
        time.sleep(self.random.uniform(0.5, 4.0))
        self.slurm.start("slurmctld")

    def _fault_scancel(self) -> None:
        with suppress(subprocess.SubprocessError):
            running = [job for job in self.slurm.jobs() if job["state"] == "RUNNING"]
            if running:
                self.slurm.cancel(self.random.choice(running)["id"])

    def _fault_walltime(self) -> None:
        """Give a job one minute: Slurm ends it, at once where it has had that long."""
        with suppress(subprocess.SubprocessError):
            running = [job for job in self.slurm.jobs() if job["state"] == "RUNNING"]
            if running:
                job = self.random.choice(running)["id"]
                self.slurm.run("scontrol", "update", f"JobId={job}", "TimeLimit=1")

    def _fault_disk_full(self) -> None:
        """Fill the file system of ledger and runs to the last byte, and give it back later."""
        filler = self.data / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(65536))
        time.sleep(self.random.uniform(1.0, 8.0))
        filler.unlink()

    def _fault_clock_jump(self) -> None:
        """Set the wall clock of every process forward or back, by up to half a day."""
        self.clock.set(self.random.choice((-43200, -3600, 0, 600, 7200, 43200)))

    @staticmethod
    def _until_starts(start) -> None:
        for _ in range(10):  # its children may still hold the port
            with suppress(TimeoutError):
                start()
                return
            time.sleep(1.0)

    @staticmethod
    def _until(condition, seconds: float) -> bool:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if condition():
                return True
            time.sleep(0.3)
        return False

    def _administer(self) -> None:
        """Do what Slurm leaves to its administrator."""
        if self.slurm is not None:
            self.drained += self.slurm.resume_drained()

    def _calm(self) -> None:
        """Start what is down and wait for the end of every run, as a person who waits would."""
        from twin_kernel.runs.ledger import open_ledger
        from twin_kernel.runs.service.starting import ensure_service
        from twin_kernel.settings import get_settings

        get_settings.cache_clear()

        def quiet() -> bool:
            ensure_service()
            self._administer()
            return not open_ledger().active()

        self.ended = self._until(quiet, 60.0 + 12.0 * len(self.told))

    def why_stuck(self) -> str:
        """Return what is left of the runs that did not end: their rows, Slurm's, the last said."""
        from twin_kernel.runs.ledger import open_ledger

        ledger = open_ledger()
        rows = [f"{record.id} {record.state}, attempt {record.attempts}, begun {record.started}, "
                f"job {record.job}, lease {record.token}: {record.reason}"
                for record in map(ledger.get, (one.id for one in ledger.active()))]
        if not rows:
            return ""
        log = self.data / "service.log"
        said = log.read_text(errors="replace").splitlines()[-40:] if log.exists() else []
        slurm = [] if self.slurm is None else [
            self.slurm.run(*command) for command in (("squeue", "--long"), ("sinfo", "-lN"))]
        served = [f"{kind}: {len(self._victims(kind))}" for kind in (
            "service", "worker", "solver")]
        return "\n".join(("\n## Stuck\n\n```", *rows, *served, *slurm, *said, "```\n"))

    def verdict(self) -> dict[str, int]:
        """Count the runs, and each way in which one could be wrong."""
        from tests.unit.runs.tiny_solver import result
        from twin_kernel.runs.lease import read_outcome
        from twin_kernel.runs.ledger import open_ledger

        ledger = open_ledger()
        records = ledger.list(limit=None)
        found = Counter(dict.fromkeys(("lost", "duplicated", "stuck", "failed", "wrong bytes",
                                       "without checksums", "computed twice at once"), 0))
        found["asked for"] = len(records)
        keys = Counter(record.request_key for record in records)
        found["duplicated"] = sum(count - 1 for count in keys.values())
        known = {record.id for record in records}
        found["lost"] = sum(identity not in known for identity in self.told.values())
        for record in records:
            folder = Path(record.folder)
            found["attempts"] += record.attempts
            if record.state != "complete":
                found["stuck" if record.state in ("requested", "running") else "failed"] += 1
                continue
            found["complete"] += 1
            options = json.loads((folder / "case.json").read_text())["solver_options"]
            wanted = result(options["steps"])
            told = read_outcome(folder, record.token).get("outputs", {})
            found["without checksums"] += len(told) != 3
            found["wrong bytes"] += any((folder / name).read_text() != wanted for name in (
                "output.nc", "stations.nc", "summary.json"))
            found["computed twice at once"] += _interleaved(folder / "made")
        return dict(found)


def _mount(place: Path) -> bool:
    """Put a file system of its own at a folder; tell whether that is allowed here."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m,mode=0700", "tmpfs",
                           str(place)], capture_output=True, check=False).returncode == 0


def _interleaved(made: Path) -> bool:
    """Tell whether two processes made steps in turn: one came back after another had begun."""
    order: list[str] = []
    for line in made.read_text().splitlines():
        pid = line.split()[0]
        if not order or order[-1] != pid:
            order.append(pid)
    return len(order) != len(set(order))


WRONG = ("lost", "duplicated", "stuck", "failed", "wrong bytes", "without checksums",
         "computed twice at once")


def main() -> int:
    """Run a campaign, write its report; return 1 where any run came to harm."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--all", action="store_true", help="fail where a fault is not possible")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slurm", action="store_true", help="runs go to a Slurm of three nodes")
    parser.add_argument("--postgres", action="store_true", help="the ledger is on a server")
    given = parser.parse_args()
    folder, begin = Path(mkdtemp(prefix="faults-")), time.monotonic()
    with ExitStack() as machines:
        slurm = machines.enter_context(SlurmMachine()) if given.slurm else None
        postgres = machines.enter_context(PostgresServer()) if given.postgres else None
        campaign = Campaign(folder, given.seed, slurm, postgres)
        if given.all and campaign.impossible():
            print("Not possible on this machine (root and a C compiler are needed): "
                  + ", ".join(campaign.impossible()), file=sys.stderr)
            return 2
        try:
            campaign.run(given.faults)
            verdict = campaign.verdict()
            stuck = campaign.why_stuck()
        finally:
            processes.end_all(campaign.data)
            if campaign.own_disk:
                subprocess.run(["umount", "--lazy", str(campaign.data)], check=False)
    text = report(given, campaign, verdict, time.monotonic() - begin) + stuck
    place = ROOT / "build" / "faults.md"
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    print(text)
    return int(any(verdict[name] for name in WRONG))


def report(given: argparse.Namespace, campaign: Campaign, verdict: dict[str, int],
           seconds: float) -> str:
    """Return the report of a campaign."""
    where = ("a Slurm of three nodes" if given.slurm else "this machine") + (
        ", ledger in PostgreSQL" if given.postgres else ", ledger in SQLite")
    faults = "\n".join(f"| {name.replace('_', ' ')} | {count} |"
                       for name, count in sorted(campaign.counts.items()))
    drained = "" if campaign.slurm is None else (
        f" Slurm drained {campaign.drained} nodes of itself; they were given back as its "
        "administrator does.")
    runs = "\n".join(f"| {name} | {count} |" for name, count in verdict.items())
    thrown = sum(campaign.counts.values())
    return (f"# Fault campaign\n\n{thrown} faults in {seconds:.0f} s on {where}, "
            f"seed {given.seed}. The Dask scheduler lives in the run service."
            f"{drained}\n\n"
            f"| fault | times |\n| --- | --- |\n{faults}\n\n| runs | number |\n| --- | --- |\n"
            f"{runs}\n")


if __name__ == "__main__":
    sys.exit(main())
