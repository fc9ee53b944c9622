"""Executes a template in this process through papermill, with one progress bar in the terminal.

The bar counts cells; what a cell writes on its error stream (the progress of a run) is shown at
its end, because one cell takes nearly all the time of a study.
"""

from __future__ import annotations

import os
import re
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook
from papermill.log import logger as papermill_logger
from traitlets.config import Config

from twin_kernel import errors
from twin_kernel.studies.record import FOLDER_VARIABLE
from twin_kernel.studies.template import Template

__all__ = ["execute_template"]

_INLINE = "module://matplotlib_inline.backend_inline"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# No time left: papermill would tell that of a mean cell, and one cell takes nearly all.
_BAR = "{desc} |{bar:24}| step {n_fmt} of {total_fmt}, {elapsed}{postfix}"
_WIDEST = 60  # characters of the cell's own progress shown beside the bar


class _Relay:
    """A stream for papermill that shows the last line a cell wrote beside the bar."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def write(self, text: str) -> None:
        lines = re.split(r"[\r\n]+", _ESCAPES.sub("", text).strip())
        if self._bar is not None and lines[-1]:
            self._bar.set_postfix_str(lines[-1][:_WIDEST])

    def flush(self) -> None:
        """Do nothing: the bar writes at once."""


class _StudyEngine(NBClientEngine):
    """papermill's own engine, with what cells say of their progress passed to its bar."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        options["stderr_file"] = _Relay(nb_man.pbar)
        with tempfile.TemporaryDirectory(prefix="twin-") as sockets:
            # Over TCP anyone on the machine could read along, and the kernel says so at start.
            transport = {"transport": "ipc", "ip": f"{sockets}/kernel"}
            options["config"] = Config({"KernelManager": transport})
            options["coalesce_streams"] = True  # of a bar, keep its last state
            options["extra_arguments"] = ["--log-level=CRITICAL"]  # it complains when stopped
            return super().execute_managed_notebook(nb_man, kernel_name, **options)


papermill_engines.register("twin", _StudyEngine)


def execute_template(
    template: Template, parameters: Mapping[str, Any], folder: Path, *, progress: bool = True
) -> Path:
    """Execute a template into a folder.

    Parameters
    ----------
    template : Template
    parameters : mapping
        Checked values, see `Template.resolve`.
    folder : Path
        Folder of the study; the notebook gets the template's name in it.
    progress : bool
        Show the bar.

    Returns
    -------
    Path
        The executed notebook.

    Raises
    ------
    TwinError
        A cell refused something: the same error, of the same type.
    RunError
        A cell failed in another way.
    KeyboardInterrupt
        Ctrl-C, or a request of the system to stop.
    """
    notebook = folder / f"{template.name}.ipynb"
    bar = {"desc": template.name, "leave": False, "bar_format": _BAR} if progress else False
    # papermill reads types like "float | str" as no parameter, and only warns of unknown ones;
    # `Template.resolve` has refused those. What it calls an error it raises as well.
    papermill_logger.setLevel("CRITICAL")
    with _kernel_environment(folder), _stop_is_an_interrupt():
        try:
            executed = execute_notebook(
                str(template.path), str(notebook), parameters=dict(parameters),
                engine_name="twin", progress_bar=bar, cwd=str(folder),
            )
        except PapermillExecutionError as error:
            raise _same_error(error, template) from error
        except DeadKernelError as error:
            raise errors.RunError(
                f"the process that executed the study '{template.name}' died",
                received=str(error), next_step="look whether the machine's memory was full, then "
                "type the same command again: a complete run is not computed twice",
            ) from error
    executed.metadata["title"] = template.title["en"]
    nbformat.write(executed, notebook)
    return notebook


def _same_error(error: PapermillExecutionError, template: Template) -> errors.TwinError:
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, errors.TwinError):
        return kind(error.evalue)
    return errors.RunError(
        f"cell {error.exec_count} of the study '{template.name}' failed with {error.ename}",
        received=error.evalue,
        next_step=f"open {template.path} in JupyterLab and run it there to see where",
    )


@contextmanager
def _kernel_environment(folder: Path) -> Iterator[None]:
    """Tell the kernel, which inherits this environment, where its study is.

    Pictures are to land in the notebook, whatever backend this process was told to use.
    """
    wanted = {FOLDER_VARIABLE: str(folder), "MPLBACKEND": _INLINE}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _stop_is_an_interrupt() -> Iterator[None]:
    """Let SIGTERM stop a study as Ctrl-C does; only the main thread may set this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

