"""A solver of a few lines, which does what a test of runs asks: waits, fails, forgets, lingers.

Put on the path with its entry point by the fixture ``tiny``; never part of the package.
"""

import json
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


def main(folder: Path) -> int:
    """Count to ``steps``, one each 0.1 s, going on from the checkpoint."""
    options = json.loads((folder / "inputs" / "solver.json").read_text())
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    with (folder / "starts").open("a") as starts:
        starts.write(f"{time.time()}\n")
    checkpoint, steps = folder / "checkpoints" / "step", options.get("steps", 2)
    done = int(checkpoint.read_text()) if checkpoint.exists() else 0
    print(f"from step {done}", flush=True)
    for step in range(done, steps):
        print(f"progress {step / steps}", flush=True)
        time.sleep(0.1)
        checkpoint.write_text(str(step + 1))
        if asked:
            time.sleep(options.get("linger", 0.0))
            return 130
    if options.get("fails"):
        print("error: the river blew up", flush=True)
        return 3
    for name in OUTPUTS[:options.get("outputs", 3)]:
        (folder / name).write_text(json.dumps({"steps": steps}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
