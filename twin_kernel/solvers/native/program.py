"""The program that computes one run: ``python -m twin_kernel.solvers.native FOLDER [CORES]``.

It prints ``progress FRACTION TIME`` lines. On SIGTERM or SIGINT it writes a checkpoint and leaves
with 130; called again it goes on from there, and the result is the same to the last bit. On a disk
without room for what it would write next it leaves with 130 as well, and the last checkpoint: the
run service asks for it again when there is room.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from twin_kernel.errors import StorageError, TwinError
from twin_kernel.solvers.native.compiling import compiled_before
from twin_kernel.solvers.native.grid import build_grid
from twin_kernel.solvers.native.inputs import read_inputs
from twin_kernel.solvers.native.mixing_limits import limited_mixing
from twin_kernel.solvers.native.model import Model, initial_state
from twin_kernel.solvers.native.output import (
    FLOW_MAPS,
    FLOW_STATIONS,
    MapWriter,
    StationWriter,
    damage,
    station_faces,
)
from twin_kernel.solvers.native.selection import make_processes, site_of
from twin_kernel.solvers.native.state import (
    State,
    give_name,
    load_state,
    need_room,
    put_on_disk,
    save_state,
)
from twin_kernel.solvers.native.summary import (
    assumed_constants,
    remember_amounts,
    summarise,
    tell_budgets,
)
from twin_kernel.variables import VARIABLES

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130
_PROGRESS_SECONDS = 0.5  # of wall time between two progress lines
_CALL_SECONDS = 0.25  # of wall time aimed at between two looks at the signals


class _Program:
    """One run: its model, its state, and what it writes."""

    def __init__(self, folder: Path, cores: int, signals: SimpleNamespace) -> None:
        self.folder, self.inputs = folder, read_inputs(folder)
        inputs = self.inputs
        self.grid = build_grid(inputs.mesh, inputs.boundary_kinds)
        site = site_of(self.grid, inputs)
        self.model = Model(
            self.grid, inputs.boundaries, inputs.manning[self.grid.order], inputs.latitude,
            inputs.options, salinity="salinity" in inputs.processes,
            processes=make_processes(inputs.processes, site), weather=inputs.weather,
            start=inputs.start, crs=inputs.mesh.crs, threads=cores)
        self.checkpoint = folder / "checkpoints" / "state.npz"
        self.resumed = self.checkpoint.exists()
        self.state, frames = self._last_state()
        need_room(folder, self.state.nbytes)
        tracers, processes = self.model.tracer_names, self.model.processes
        self.maps = MapWriter(folder / "output.nc", inputs,
                              (*FLOW_MAPS, *tracers, *processes.shown), frames["maps"])
        self.stations = StationWriter(folder / "stations.nc", inputs,
                                      (*FLOW_STATIONS, *tracers, *processes.stations),
                                      frames["stations"])
        self.station_faces = station_faces(
            inputs, self.grid.face_x, self.grid.face_y, self.grid.face_bed.mean(axis=1))
        self._warn()
        self._signals = signals
        self._most_steps = 1  # of a call of the model, as long as none was timed
        self._started = self._told = time.monotonic()

    def _warn(self) -> None:
        """Say what the run takes that nobody asked for."""
        for name, value in assumed_constants(self.model).items():
            unit = VARIABLES[name].units
            source = ("no process computes" if name in ("temperature", "salinity") else
                      "the weather does not say")
            print(f"warning: {source} {name}; {value:g} {unit} is taken", flush=True)
        for name, share in limited_mixing(self.model, self.state).items():
            print(f"warning: the {name.replace('_', ' ')} asked for is more than steps of "
                  f"{self.inputs.options.time_step:g} s bear on {share:.0%} of the edges, where "
                  "less is taken; a shorter time_step takes more", flush=True)

    def _last_state(self) -> tuple[State, dict[str, int]]:
        """Return the state to go on from, and how many frames of each file go with it."""
        if self.resumed:
            state, frames = load_state(self.checkpoint)
            found = [damage(self.folder / "output.nc", frames["maps"]),
                     damage(self.folder / "stations.nc", frames["stations"])]
            if not any(found):
                return state, frames
            print("warning: the results before the checkpoint cannot be read, the run starts over "
                  f"({'; '.join(filter(None, found))})", flush=True)
            self.checkpoint.unlink()
            put_on_disk(self.checkpoint.parent)
            self.resumed = False
        return self._state_at_start(), {"maps": 0, "stations": 0}

    def _state_at_start(self) -> State:
        tracers = np.zeros((len(self.model.tracer_names), self.grid.n_face))
        if "salinity" in self.model.tracer_names:
            tracers[0] = self.inputs.initial_salinity[self.grid.order]
        level = np.full(self.grid.n_face, self.inputs.initial_level)
        state = initial_state(self.grid, level, tracers)
        self.model.start(state)
        remember_amounts(self.model, state)
        return state

    def run(self) -> bool:
        """Advance to the end; return False where a signal stopped it before."""
        try:
            return self._run()
        except StorageError:
            self._close()
            raise

    def _run(self) -> bool:
        inputs, state = self.inputs, self.state
        every = {name: round(seconds / inputs.options.time_step) for name, seconds in {
            "maps": inputs.map_interval, "stations": inputs.station_interval,
            "checkpoint": inputs.options.checkpoint_interval}.items()}
        if not self.resumed:
            self._write_frames(every)
        while state.step < inputs.steps:
            ahead = min(n - state.step % n for n in every.values())
            self._advance(min(ahead, inputs.steps - state.step))
            self._write_frames(every)
            self._tell()
            if self._signals.stop or state.step % every["checkpoint"] == 0:
                self._save()
            if self._signals.stop:
                self._close()
                return False
        return True

    def _advance(self, steps: int) -> None:
        """Advance by so many steps, or fewer where they would leave a signal waiting."""
        steps = min(steps, self._most_steps)
        begin = time.perf_counter()
        self.model.advance(self.state, steps)
        took = time.perf_counter() - begin
        self._most_steps = max(1, min(2 * self._most_steps, int(steps * _CALL_SECONDS / took)))

    def _close(self) -> None:
        self.maps.close()
        self.stations.close()

    def _write_frames(self, every: dict[str, int]) -> None:
        state, due = self.state, self.state.step
        maps, stations = due % every["maps"] == 0, due % every["stations"] == 0
        if not (maps or stations):
            return
        need_room(self.folder, self.maps.frame_bytes + self.stations.frame_bytes + state.nbytes)
        grid, faces = self.grid, self.station_faces
        seconds = due * self.inputs.options.time_step
        velocity_x, velocity_y = self.model.velocities(state)
        fields = {
            "water_level": self.model.levels(state),
            "water_depth": state.volume / grid.face_area,
            "velocity_x": velocity_x, "velocity_y": velocity_y,
            **dict(zip(self.model.tracer_names, state.tracers, strict=True)),
            **{name: state.memory[name] for name in self.model.processes.shown
               + self.model.processes.stations},
        }
        if stations:
            self.stations.write(seconds, fields, faces)
        if maps:
            in_mesh_order = np.argsort(grid.order)
            self.maps.write(seconds, fields, in_mesh_order)

    def _save(self) -> None:
        self.model.parts(self.state)  # raises in a state that blows up next: the last is kept
        need_room(self.folder, self.state.nbytes)
        self.maps.flush()
        self.stations.flush()
        save_state(self.state, self.checkpoint, maps=self.maps.frame,
                   stations=self.stations.frame)

    def _tell(self) -> None:
        now, done = time.monotonic(), self.state.step / self.inputs.steps
        if now - self._told >= _PROGRESS_SECONDS or done == 1.0:
            self._told = now
            seconds = self.state.step * self.inputs.options.time_step
            instant = self.inputs.start + np.timedelta64(round(seconds * 1000), "ms")
            print(f"progress {done:.5f} {np.datetime_as_string(instant, unit='s')}Z", flush=True)

    def finish(self) -> None:
        """Give the outputs their names and write the summary last: its presence means complete."""
        summary = summarise(self.model, self.state, self.inputs)
        summary["wall_seconds"] = round(time.monotonic() - self._started, 3)
        partial = self.folder / "summary.json.part"
        # Before the others have their names: a disk without room for it ends a run that resumes.
        partial.write_text(json.dumps(summary, indent=1))
        self.maps.finish()
        self.stations.finish()
        give_name(partial, self.folder / "summary.json")
        tell_budgets(summary["budgets"])


def main(arguments: list[str] | None = None) -> int:
    """Run the folder of the first argument on the cores of the second; return the exit code."""
    folder, *cores = (sys.argv[1:] if arguments is None else arguments) or [""]
    allowed = len(cores) <= 1 and all(count.isdecimal() and int(count) > 0 for count in cores)
    if not allowed or not (Path(folder) / "inputs").is_dir():
        print(f"Received: {[folder, *cores]}. Allowed: a folder with inputs/ in it, and a number "
              "of cores. Next: python -m twin_kernel.solvers.native FOLDER 2", file=sys.stderr)
        return 2
    signals = SimpleNamespace(stop=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(signals, "stop", True))
    if not compiled_before():
        print("preparing: compiling once, a minute or so", flush=True)
    try:
        program = _Program(Path(folder), int(cores[0]) if cores else 1, signals)
        if not program.run():
            print("interrupted: checkpoint written", flush=True)
            return INTERRUPTED
        program.finish()
    except TwinError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return INTERRUPTED if isinstance(error, StorageError) else 1
    return 0
