"""Binder without Docker: repo2docker's own reading of binder/, its scripts run for real, and every
notebook executed in what they leave, on one core and in 2 GB.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from repo2docker.app import Repo2Docker

from tests.machines.small_machine import SmallMachine

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 2_000_000_000  # bytes, Binder's
LEFT_BEHIND = shutil.ignore_patterns(
    ".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", ".ipynb_checkpoints", "node_modules",
    "studies_out", "build", "dist", "*.nc")
EXECUTE = """
import json, sys
from papermill.execute import execute_notebook
for name, parameters in json.loads(sys.argv[1]).items():
    execute_notebook("notebooks/" + name, sys.argv[2] + "/" + name.replace("/", "_"),
                     parameters=parameters, progress_bar=False, kernel_name=sys.argv[3])
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The repository as Binder clones it."""
    folder = tmp_path_factory.mktemp("binder") / "repository"
    shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND, symlinks=True)
    return folder


@pytest.fixture
def buildpack(copy, monkeypatch):
    """What repo2docker chooses for that repository."""
    monkeypatch.chdir(copy)
    application = Repo2Docker()
    chosen = next(one for one in (kind(application.base_image) for kind in application.buildpacks)
                  if one.detect())
    chosen.platform = "linux/amd64"
    return chosen


def test_repo2docker_makes_the_one_environment_of_the_root(buildpack):
    assert type(buildpack).__name__ == "CondaBuildPack"
    assert buildpack.environment_yaml_path == "binder/environment.yml"
    assert (ROOT / "binder" / "environment.yml").is_symlink()
    assert (ROOT / "binder" / "environment.yml").resolve() == ROOT / "environment.yml"
    assert buildpack.environment_yaml == yaml.safe_load((ROOT / "environment.yml").read_text())
    assert not buildpack.separate_kernel_env
    # Another list of packages there would be a second environment.
    assert {path.name for path in (ROOT / "binder").iterdir()} - {"__pycache__"} == {
        "environment.yml", "postBuild", "prepare.py", "start"}
    assert not (ROOT / ".binder").exists()


def test_dockerfile_installs_then_prepares_then_starts(buildpack):
    dockerfile = buildpack.render({"NB_UID": "1000"})
    steps = ["COPY --chown=1000:1000 src/binder/environment.yml ${REPO_DIR}/binder/environment.yml",
             'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"',
             "COPY --chown=1000:1000 src/ ${REPO_DIR}/",
             "RUN ./binder/postBuild",
             'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"']
    places = [dockerfile.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert dockerfile.count("env update") == 1
    assert "requirements.txt" not in dockerfile


def test_what_is_sent_to_the_builder_holds_the_link_its_target_and_the_data(buildpack):
    class Builder:
        def build(self, fileobj, **_):
            with tarfile.open(fileobj=io.BytesIO(fileobj.read())) as sent:
                self.members = sent.getmembers()
            return []

    builder = Builder()
    list(buildpack.build(builder, "image", 0, {"NB_UID": "1000"}, [], {}))
    sent = {one.name: one for one in builder.members}
    assert sent["src/binder/environment.yml"].linkname == "../environment.yml"
    assert sent["src/environment.yml"].isfile()
    assert {"src/catalogs/ticon/tide_constants.csv", "src/notebooks/00_welcome.ipynb"} <= set(sent)
    assert all(sent[f"src/binder/{name}"].mode & 0o100 for name in ("postBuild", "start"))
    assert sum(one.size for one in builder.members) < 20e6


def test_python_that_repo2docker_begins_with_is_one_the_project_allows(buildpack):
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert buildpack.python_version in SpecifierSet(asked)


def test_kernel_is_registered_alike_by_make_and_by_the_image():
    wanted = 'ipykernel install --sys-prefix --name estuary-twin --display-name "Estuary Twin"'
    for name in ("Makefile", "binder/postBuild"):
        assert wanted in " ".join((ROOT / name).read_text().replace("\\\n", " ").split()), name
    said = subprocess.check_output(
        [sys.executable, "-m", "jupyter", "kernelspec", "list", "--json"])
    there = json.loads(said)["kernelspecs"]
    assert "estuary-twin" in there, "next: rm .venv/.installed && make install"
    assert there["estuary-twin"]["spec"]["display_name"] == "Estuary Twin"


def test_notebooks_ask_for_the_kernel_that_everybody_has():
    """A name that is not registered is refused by papermill and by nbclient."""
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        if ".ipynb_checkpoints" not in path.parts:
            assert json.loads(path.read_text())["metadata"]["kernelspec"]["name"] == "python3"


@pytest.fixture(scope="module")
def image(copy):
    """That repository after postBuild, with the packages of this environment below its own."""
    prefix = copy.parent / "prefix"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    libraries = sysconfig.get_path("purelib", vars={"base": str(prefix)})
    (Path(libraries) / "environment.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (prefix / "share" / "jupyter").mkdir(parents=True)
    for name in ("etc", *(f"share/jupyter/{one}" for one in ("lab", "labextensions", "nbconvert"))):
        (prefix / name).symlink_to(Path(sys.prefix) / name)
    home = copy.parent / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("TWIN_", "XDG_", "JUPYTER", "NUMBA", "DASK", "PYTHON"))}
    environment = {**kept, "HOME": str(home), "REPO_DIR": str(copy),
                   "TWIN_DATA_DIRECTORY": str(home / ".local" / "share" / "estuary-twin"),
                   "MPLBACKEND": "module://matplotlib_inline.backend_inline",
                   "PATH": f"{prefix}/bin:{Path(sys.executable).parent}:/usr/bin:/bin"}
    subprocess.run(["nice", "./binder/postBuild"], cwd=copy, env=environment, check=True)
    return {"cwd": copy, "env": environment}


@pytest.mark.long
def test_build_leaves_the_project_its_kernel_its_machine_code_and_its_mesh(image):
    asked = ("import json, twin_kernel, sys; from jupyter_client.kernelspec import "
             "KernelSpecManager as M; one = M().get_kernel_spec('estuary-twin'); "
             "print(json.dumps([twin_kernel.__file__, one.display_name, one.argv[0]]))")
    said = subprocess.run(["./binder/start", "python", "-c", asked], **image, check=True,
                          capture_output=True, text=True).stdout
    assert json.loads(said) == [
        str(image["cwd"] / "twin_kernel" / "__init__.py"), "Estuary Twin",
        str(image["cwd"].parent / "prefix" / "bin" / "python")]
    assert len(machine_code(image)) > 50
    data = Path(image["env"]["TWIN_DATA_DIRECTORY"])
    assert [path.name[:13] for path in (data / "cache").iterdir()] == ["mesh-gironde-"]
    assert not (data / "ledger.sqlite").exists()


def machine_code(image) -> dict[Path, int]:
    """Return the files of compiled kernels of an image, with when they were written, ns."""
    return {path: path.stat().st_mtime_ns
            for path in (image["cwd"] / "twin_kernel").rglob("*.nb[ic]")}


def started(limit: str | None, *command: str, **more: str) -> subprocess.CompletedProcess:
    """Run the start script of this checkout with a container's limit of cores."""
    given = {"PATH": "/usr/bin:/bin", **({} if limit is None else {"CPU_LIMIT": limit}), **more}
    return subprocess.run([ROOT / "binder" / "start", *command], env=given, capture_output=True,
                          text=True)


def test_start_becomes_its_command():
    """Its process, its arguments and its exit code, in a moment."""
    process = subprocess.Popen(
        [ROOT / "binder" / "start", "sh", "-c", 'echo $$ "$1"; exit 7', "sh", "two  words"],
        stdout=subprocess.PIPE, text=True)
    begun = time.monotonic()
    said, _ = process.communicate(timeout=5)
    assert time.monotonic() - begun < 5.0
    assert said == f"{process.pid} two  words\n"
    assert process.returncode == 7


@pytest.mark.parametrize(("limit", "cores"), [
    (None, 1), ("", 1), ("0.5", 1), ("1", 1), ("2.0", 2), ("16", 16), ("many", 1)])
def test_start_gives_the_local_profile_the_cores_of_the_container(limit, cores):
    asked = ("from twin_kernel.settings import get_settings as g; p = g().profiles['local']; "
             "print(list(g().profiles), p.cluster, p.maximum_cores, p.total_cores)")
    said = started(limit, sys.executable, "-c", asked, PYTHONPATH=str(ROOT))
    assert said.stdout == f"['local'] local {cores} {cores}\n", said.stderr


def test_too_much_memory_is_noticed(tmp_path):
    """The machine of the next test does not overlook 400 MB where 200 are allowed."""
    code = "import time; held = bytearray(b'x') * 400_000_000; time.sleep(2)"
    with SmallMachine(tmp_path, 200_000_000) as machine:
        process = machine.popen([sys.executable, "-c", code],
                                env={**os.environ, "TWIN_DATA_DIRECTORY": str(tmp_path)})
        ended = process.wait(60)
        killed = machine.killed
    if machine.enforced:
        assert (ended, killed) == (-signal.SIGKILL, 1)
    else:
        assert machine.peak > machine.memory


@pytest.mark.long
def test_server_and_every_notebook_fit_on_one_core_and_in_two_gigabytes(image, tmp_path, capsys):
    """With JupyterLab's server up beside them, as on Binder; and no run waits for a compiler."""
    compiled = machine_code(image)
    parameters = yaml.safe_load((ROOT / "notebooks" / "test_parameters.yaml").read_text())
    data = Path(image["env"]["TWIN_DATA_DIRECTORY"])
    with SmallMachine(data, MEMORY) as machine:
        begun = time.monotonic()
        server = machine.popen(
            ["./binder/start", "python", "-m", "jupyterlab", "--no-browser", "--allow-root",
             "--port=0"], **image, stderr=subprocess.DEVNULL)
        ready = _ready(image, server, begun)
        process = machine.popen(
            ["./binder/start", "python", "-c", EXECUTE, json.dumps(parameters), str(tmp_path),
             "estuary-twin"], **image, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        _, said = process.communicate()
        killed, peak, enforced = machine.killed, machine.peak, machine.enforced
    with capsys.disabled():
        print(f"\nBinder: JupyterLab answers after {ready:.1f} s; all notebooks after "
              f"{time.monotonic() - begun:.0f} s; at most {peak / 1e6:.0f} MB resident, limit "
              f"{'held by the kernel' if enforced else 'only measured'}")
    assert process.returncode == 0, said[-3000:]
    assert len(list(tmp_path.glob("*.ipynb"))) == len(parameters)
    assert machine_code(image) == compiled
    assert killed == 0
    assert peak < MEMORY


def _ready(image, server, begun) -> float:
    """Return after how many seconds the server answers."""
    runtime = Path(image["env"]["HOME"]) / ".local" / "share" / "jupyter" / "runtime"
    while time.monotonic() - begun < 60.0:
        assert server.poll() is None
        for told in runtime.glob("jpserver-*.json"):
            try:
                facts = json.loads(told.read_text())
                asked = urllib.request.Request(
                    f"{facts['url']}api/kernelspecs",
                    headers={"Authorization": f"token {facts['token']}"})
                kernels = json.load(urllib.request.urlopen(asked))["kernelspecs"]
            except (urllib.error.URLError, json.JSONDecodeError):
                break
            assert "estuary-twin" in kernels
            return time.monotonic() - begun
        time.sleep(0.2)
    raise AssertionError("the server did not answer within a minute")
