"""The program that computes one run in its folder: ``python -m twin_kernel.solvers.native FOLDER``.

It prints ``progress FRACTION TIME`` lines. On SIGTERM or SIGINT it writes a checkpoint and leaves
with 130; called again it goes on from there, and the result is the same to the last bit.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from twin_kernel.errors import TwinError
from twin_kernel.solvers.native.grid import build_grid
from twin_kernel.solvers.native.inputs import Inputs, read_inputs
from twin_kernel.solvers.native.model import Model, initial_state
from twin_kernel.solvers.native.output import MapWriter, StationWriter, station_faces
from twin_kernel.solvers.native.state import State, load_state, save_state

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130
_PROGRESS_SECONDS = 0.5  # of wall time between two progress lines


class _Program:
    """One run: its model, its state, and what it writes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.inputs = folder, read_inputs(folder)
        inputs = self.inputs
        self.grid = build_grid(inputs.mesh, inputs.boundary_kinds)
        self.model = Model(self.grid, inputs.boundaries, inputs.manning[self.grid.order],
                           inputs.latitude, inputs.options)
        self.checkpoint = folder / "checkpoints" / "state.npz"
        frames = {"maps": 0, "stations": 0}
        self.resumed = self.checkpoint.exists()
        if self.resumed:
            self.state, frames = load_state(self.checkpoint)
        else:
            level = np.full(self.grid.n_face, inputs.initial_level)
            self.state = initial_state(self.grid, level, inputs.initial_salinity[self.grid.order])
        self.maps = MapWriter(folder / "output.nc", inputs, frames["maps"])
        self.stations = StationWriter(folder / "stations.nc", inputs, frames["stations"])
        self.station_faces = station_faces(
            inputs, self.grid.face_x, self.grid.face_y, self.grid.face_bed.mean(axis=1))
        self.stop_asked = False
        self._started = self._told = time.monotonic()

    def run(self) -> bool:
        """Advance to the end; return False where a signal stopped it before."""
        inputs, state = self.inputs, self.state
        every = {name: round(seconds / inputs.options.time_step) for name, seconds in {
            "maps": inputs.map_interval, "stations": inputs.station_interval,
            "checkpoint": inputs.options.checkpoint_interval}.items()}
        if not self.resumed:
            self._write_frames(every)
        while state.step < inputs.steps:
            ahead = min(n - state.step % n for n in every.values())
            self.model.advance(state, min(ahead, inputs.steps - state.step))
            self._write_frames(every)
            self._tell()
            if self.stop_asked or state.step % every["checkpoint"] == 0:
                self._save()
            if self.stop_asked:
                self.maps.close()
                self.stations.close()
                return False
        return True

    def _write_frames(self, every: dict[str, int]) -> None:
        state, due = self.state, self.state.step
        maps, stations = due % every["maps"] == 0, due % every["stations"] == 0
        if not (maps or stations):
            return
        grid, faces = self.grid, self.station_faces
        seconds = due * self.inputs.options.time_step
        velocity_x, velocity_y = self.model.velocities(state)
        fields = {
            "water_level": self.model.levels(state),
            "water_depth": state.volume / grid.face_area,
            "velocity_x": velocity_x, "velocity_y": velocity_y, "salinity": state.salinity,
        }
        if stations:
            self.stations.write(seconds, {name: values[faces] for name, values in fields.items()
                                          if name != "water_depth"})
        if maps:
            in_mesh_order = np.empty(grid.n_face)
            ordered = {}
            for name, values in fields.items():
                in_mesh_order[grid.order] = values
                ordered[name] = in_mesh_order.astype(np.float32)
            self.maps.write(seconds, ordered)

    def _save(self) -> None:
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
        self.maps.finish()
        self.stations.finish()
        summary = summarise(self.state, self.grid, self.inputs)
        summary["wall_seconds"] = round(time.monotonic() - self._started, 3)
        partial = self.folder / "summary.json.part"
        partial.write_text(json.dumps(summary, indent=1))
        os.replace(partial, self.folder / "summary.json")
        for name, budget in summary["budgets"].items():
            print(f"budget of {name}: {budget['start']:.6e} + entered {budget['entered']:.6e} = "
                  f"{budget['end']:.6e} {budget['units']}, relative error "
                  f"{budget['relative_error']:.1e}")


def summarise(state: State, grid, inputs: Inputs) -> dict:
    """Return budgets, extremes and costs of a finished run, ready for JSON."""
    water, salt = float(state.volume.sum()), float(state.volume @ state.salinity)

    def budget(start, end, entered, units):
        total = float(entered.sum())
        scale = max(abs(start), abs(end), 1e-300)
        return {"start": start, "end": end, "entered": total, "units": units,
                "by_boundary": dict(zip(grid.boundary_names, entered.tolist(), strict=True)),
                "relative_error": (end - start - total) / scale}

    return {
        "budgets": {
            "water": budget(state.water_at_start, water, state.water_entered, "m3"),
            "salt": budget(state.salt_at_start, salt, state.salt_entered, "salinity m3"),
        },
        "minimum_volume": state.volume_low,
        "salinity_range": [state.salinity_low, state.salinity_high],
        "cells": grid.n_face, "steps": state.step,
        "time_step": inputs.options.time_step,
        "iterations_per_step": state.iterations / max(state.step, 1),
        "limited_cells_per_step": state.limited_cells / max(state.step, 1),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the folder named by the only argument; return the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or not (Path(arguments[0]) / "inputs").is_dir():
        print(f"Received: {arguments}. Allowed: one folder with inputs/ in it. "
              "Next: python -m twin_kernel.solvers.native FOLDER", file=sys.stderr)
        return 2
    try:
        program = _Program(Path(arguments[0]))

        def ask_to_stop(number, frame):
            program.stop_asked = True

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        if not program.run():
            print("interrupted: checkpoint written", flush=True)
            return INTERRUPTED
        program.finish()
    except TwinError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    return 0
