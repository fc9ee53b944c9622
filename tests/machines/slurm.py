"""A real Slurm on this machine: a controller and several nodes, each a daemon of its own.

Needs Debian's slurmctld, slurmd, slurm-client and munge, and the right to start them (root).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

CONFIGURATION = """
ClusterName=estuary
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
TmpFS={folder}/tmp.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CryptoType=crypto/munge
MpiDefault=none
ProctrackType={tracking}
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SlurmdTimeout=5
SlurmctldTimeout=5
ReturnToService=2
KillWait=10
OverTimeLimit=0
MinJobAge=86400
InactiveLimit=0
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
RebootProgram=/bin/true
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=1-0 State=UP
PartitionName=short Nodes=ALL MaxTime=2 State=UP
"""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class SlurmMachine:
    """A Slurm with partitions ``main`` (a day) and ``short`` (two minutes).

    Parameters
    ----------
    nodes, cores : int
        Emulated nodes, and cores that each declares.
    """

    def __init__(self, nodes: int = 3, cores: int = 4) -> None:
        # A short path: the name of a socket has 107 characters at most.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        self.names, self.cores = [f"n{number + 1}" for number in range(nodes)], cores
        self.environment = {"SLURM_CONF": str(self.folder / "slurm.conf")}
        self._daemons: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> SlurmMachine:
        try:
            self._configure()
            for daemon in ("munged", "slurmctld", *self.names):
                self.start(daemon)
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception) -> None:
        with suppress(subprocess.SubprocessError, OSError):
            for job in self.jobs():
                self.cancel(job["id"])
            self._wait(lambda: not [job for job in self.jobs() if job["state"] in
                                    ("RUNNING", "COMPLETING", "PENDING")], 15)
        for process in self._daemons.values():
            process.kill()
            process.wait()
        for process in psutil.process_iter(["environ", "cmdline"]):
            told, words = process.info["environ"] or {}, " ".join(process.info["cmdline"] or [])
            ours = told.get("SLURM_CONF") == self.environment["SLURM_CONF"]
            with suppress(psutil.Error):
                # A step's keeper overwrites its environment; its log lies in our folder.
                keeper = "slurmstepd" in words and any(
                    Path(file.path).is_relative_to(self.folder) for file in process.open_files())
                if keeper or (ours and "SLURM_JOB_ID" in told):
                    process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self) -> None:
        folder, host = self.folder, socket.gethostname().split(".")[0]
        ports = _free_ports(1 + len(self.names))
        for name in ("state", *(f"spool.{node}" for node in self.names),
                     *(f"tmp.{node}" for node in self.names)):
            (folder / name).mkdir()
        nodes = "\n".join(
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
            f"CPUs={self.cores} RealMemory=4000 State=UNKNOWN"
            for node, port in zip(self.names, ports[1:], strict=True))
        cgroups = any(kind == "cgroup" and "freezer" in options for kind, options in _mounts())
        (folder / "cgroup.conf").write_text(
            "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\nConstrainCores=no\n"
            "ConstrainRAMSpace=no\n")
        (folder / "slurm.conf").write_text(CONFIGURATION.format(
            host=host, controller_port=ports[0], folder=folder, nodes=nodes,
            tracking="proctrack/cgroup" if cgroups else "proctrack/linuxproc"))
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o400)
        folder.chmod(0o755)

    def start(self, daemon: str) -> None:
        """Start one daemon: munged, slurmctld, or a node by its name."""
        if daemon == "munged":
            command = ["munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket",
                       f"--key-file={self.folder}/munge.key",
                       f"--pid-file={self.folder}/munged.pid",
                       f"--seed-file={self.folder}/munge.seed",
                       f"--log-file={self.folder}/munged.log"]
        elif daemon == "slurmctld":
            command = ["slurmctld", "-D"]
        else:
            command = ["slurmd", "-D", "-N", daemon]
        log = (self.folder / f"{daemon}.out").open("ab")
        # Started again in a test, it is still no process of that test's installation, to be
        # ended with it.
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("TWIN_")}
        self._daemons[daemon] = subprocess.Popen(
            command, env={**environment, **self.environment}, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True)
        log.close()
        if daemon == "munged":
            self._wait(lambda: (self.folder / "munge.socket").exists(), 10)

    def revive(self) -> None:
        """Start what a test before has killed, and wait until every node takes jobs."""
        for name in ("munged", "slurmctld", *self.names):
            if not self.lives(name):
                self.start(name)
        self.resume_drained()
        self.wait_ready(60.0)

    def kill(self, daemon: str) -> None:
        """Kill one daemon with signal 9."""
        self._daemons[daemon].send_signal(signal.SIGKILL)
        self._daemons[daemon].wait()

    def lives(self, daemon: str) -> bool:
        """Tell whether a daemon runs."""
        return self._daemons[daemon].poll() is None

    def run(self, *command: str) -> str:
        """Return what one of Slurm's commands prints."""
        return subprocess.run(command, env={**os.environ, **self.environment}, timeout=30,
                              capture_output=True, text=True, check=True).stdout

    def _answer(self, *command: str) -> str:
        """Return what a command prints, once a controller that was just started answers."""
        limit = time.monotonic() + 15.0
        while True:
            try:
                return self.run(*command)
            except subprocess.CalledProcessError:
                if time.monotonic() > limit:
                    raise
                time.sleep(0.5)

    def nodes(self) -> dict[str, str]:
        """Return the state of each node."""
        return dict(line.split() for line in self.run("sinfo", "-h", "-N", "-p", "main", "-o",
                                                      "%N %t").splitlines())

    def resume_drained(self) -> int:
        """Give back nodes that Slurm drained of itself, as its administrator does; say how many.

        It does so where a killed slurmd comes back beside a job that it does not know.
        """
        drained = 0
        with suppress(subprocess.SubprocessError):
            for name, state in self.nodes().items():
                if state.startswith(("drain", "drng")):
                    self.run("scontrol", "update", f"nodename={name}", "state=resume")
                    drained += 1
        return drained

    def jobs(self) -> list[dict[str, str]]:
        """Return id, state, node and name of each job that the controller knows."""
        lines = self._answer("squeue", "-h", "-t", "all", "-o", "%i|%T|%N|%j").splitlines()
        return [dict(zip(("id", "state", "node", "name"), line.split("|"), strict=True))
                for line in lines]

    def cancel(self, job: str) -> None:
        """Cancel one job."""
        subprocess.run(["scancel", job], env={**os.environ, **self.environment}, check=False,
                       timeout=30, capture_output=True)

    def wait_ready(self, seconds: float = 30.0) -> None:
        """Wait until every node takes jobs."""
        def ready() -> bool:
            with suppress(subprocess.SubprocessError):
                return all(state in ("idle", "mix", "alloc") for state in self.nodes().values())
            return False

        self._wait(ready, seconds)

    def _wait(self, condition, seconds: float) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit:
                logs = "\n".join(path.read_text(errors="replace")[-1500:]
                                 for path in self.folder.glob("*.log"))
                raise TimeoutError(f"Slurm is not ready:\n{logs}")
            time.sleep(0.2)


def _mounts() -> list[tuple[str, str]]:
    return [(words[2], words[3]) for words in (line.split() for line in Path(
        "/proc/mounts").read_text().splitlines())]
