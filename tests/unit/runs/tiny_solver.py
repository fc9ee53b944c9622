"""A solver of a few lines, which does what a test of runs asks: waits, fails, forgets, lingers.

Put on the path with its entry point by the fixture ``tiny``; never part of the package. Its state
is a chain of hashes, so that a step left out, or made twice, shows in what it writes.
"""

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path

OUTPUTS = ("output.nc", "stations.nc", "summary.json")


class Tiny:
    """The protocol, without any river."""

    name, version, resumes = "tiny", "1", True
    processes, maximum_cores = frozenset({"hydrodynamics"}), 2

    def check(self, setup):
        pass

    def prepare(self, setup, folder):
        if setup.options.get("prepare") == "fails":
            raise OSError(28, "No space left on device")
        (folder / "inputs").mkdir()
        (folder / "inputs" / "solver.json").write_text(json.dumps(setup.options))

    def command(self, folder, cores):
        return [sys.executable, __file__, str(folder)]

    def progress(self, line):
        return float(line.split()[1]) if line.startswith("progress ") else None

    def collect(self, folder):
        raise NotImplementedError


class TinyMPI(Tiny):
    """The same under mpirun: every process writes its rank and node, the first does the rest."""

    name, maximum_cores, parallelism = "tiny_mpi", None, "mpi"

    def command(self, folder, cores):
        return ["mpirun", "--oversubscribe", "-n", str(cores), sys.executable, __file__,
                str(folder)]


def result(steps: int) -> str:
    """Return what the solver writes after a number of steps, however often it was stopped."""
    digest = ""
    for step in range(steps):
        digest = advance(digest, step)
    return json.dumps({"steps": steps, "digest": digest})


def advance(digest: str, step: int) -> str:
    """Return the state after one more step."""
    return hashlib.sha256(f"{digest} {step}".encode()).hexdigest()


def _write(path: Path, content: str) -> None:
    """Write aside, then rename: killed at any instant, it leaves the old state or the new one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(content)
    os.replace(partial, path)


def main(folder: Path) -> int:
    """Count to ``steps``, one each 0.1 s, going on from the checkpoint."""
    rank = int(os.environ.get("OMPI_COMM_WORLD_RANK", -1))
    if rank >= 0:
        (folder / f"rank{rank}").write_text(os.environ.get("SLURMD_NODENAME", ""))
    if rank > 0:
        return 0
    options = json.loads((folder / "inputs" / "solver.json").read_text())
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    checkpoint, steps = folder / "checkpoints" / "step", options.get("steps", 2)
    done, digest = (checkpoint.read_text() + " ").split(" ")[:2] if checkpoint.exists() else (0, "")
    print(f"from step {int(done)}", flush=True)
    if options.get("dies"):
        os.kill(os.getpid(), signal.SIGKILL)
    for step in range(int(done), steps):
        print(f"progress {step / steps}", flush=True)
        time.sleep(options.get("seconds", 0.1))
        with (folder / "made").open("a") as made:  # who made which step, to see two at once
            made.write(f"{os.getpid()} {step}\n")
        digest = advance(digest, step)
        _write(checkpoint, f"{step + 1} {digest}")
        if asked:
            time.sleep(options.get("linger", 0.0))
            return 130
    if options.get("fails"):
        print("error: the river blew up", flush=True)
        return 3
    for name in OUTPUTS[:options.get("outputs", 3)]:
        _write(folder / name, json.dumps({"steps": steps, "digest": digest}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
