"""What opens a cluster elsewhere: refusals, the command line of ssh, scripts cut short."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from twin_kernel.errors import RunError
from twin_kernel.runs.service.remote import LoginNode, Unreachable, check_files
from twin_kernel.settings import Profile, Ssh

SCRIPT = """
import json, sys
from pathlib import Path
from twin_kernel.runs.service.clusters import Shape, make_cluster
from twin_kernel.settings import Profile
profile = Profile(**json.loads(sys.argv[1]))
with make_cluster(profile, Shape("p", 1), Path(sys.argv[2])) as cluster:
    print(cluster.job_script(), end="")
"""


@pytest.fixture
def ssh(tmp_path):
    """A login node that nobody answers for, with files as they should be."""
    for name, mode in (("key", 0o600), ("known", 0o644)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    return Ssh(host="login.example.org", user="twin", port=2222, key_file=tmp_path / "key",
               known_hosts_file=tmp_path / "known", data_directory=tmp_path, connect_timeout=2)


def _script(ssh, folder, **profile):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps({
            "cluster": "slurm", "ssh": json.loads(ssh.model_dump_json()), **profile}),
         str(folder)], capture_output=True, text=True, check=False,
        env={**os.environ, "TWIN_DATA_DIRECTORY": str(folder)})


@pytest.mark.parametrize(("values", "said"), [
    ({"host": "-oProxyCommand=evil"}, "host"), ({"user": "-l root"}, "user"),
    ({"host": "a b"}, "host"), ({"port": 0}, "port"), ({"key_file": "id"}, "path from / on"),
    ({"key_file": "/k%h"}, "path from / on"), ({"known_hosts_file": "/a b"}, "path from / on"),
    ({"password": "x"}, "password")])
def test_settings_refuse(ssh, values, said):
    with pytest.raises(ValidationError, match=said):
        Ssh(**{**ssh.model_dump(), **values})


@pytest.mark.parametrize("cluster", ["local", "sge", "lsf", "oar", "moab", "htcondor"])
def test_cluster_that_is_not_reached_by_ssh_is_refused(ssh, cluster):
    with pytest.raises(ValidationError, match="allowed: slurm, pbs"):
        Profile(cluster=cluster, ssh=ssh)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o644])
def test_key_with_other_modes_is_refused(ssh, mode):
    ssh.key_file.chmod(mode)
    with pytest.raises(RunError, match=f"mode {mode:04o}.*chmod 0600 {ssh.key_file}"):
        check_files(ssh)
    ssh.key_file.chmod(0o600)
    check_files(ssh)


def test_key_that_is_a_link_or_not_there_is_refused(ssh, tmp_path):
    ssh.key_file.rename(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="is not there"):
        check_files(ssh)
    ssh.key_file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="not a regular file"):
        check_files(ssh)


def test_host_keys_that_others_may_write_are_refused(ssh):
    ssh.known_hosts_file.chmod(0o664)
    with pytest.raises(RunError, match="others have a hand on it"):
        check_files(ssh)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_key_of_somebody_else_is_refused(ssh):
    os.chown(ssh.key_file, 65534, 65534)
    with pytest.raises(RunError, match=r"of user 65534.*Allowed: mode 0600, of user 0"):
        check_files(ssh)


def test_nothing_is_asked_trusted_or_lent(ssh):
    """Whatever a person's own configuration of ssh says."""
    command = LoginNode(ssh).command(["scancel", "12; rm -rf /"])
    for option in ("BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes",
                   "IdentityAgent=none", "ForwardAgent=no", "ControlMaster=auto",
                   f"IdentityFile={ssh.key_file}", f"UserKnownHostsFile={ssh.known_hosts_file}",
                   "GlobalKnownHostsFile=none", "PreferredAuthentications=publickey"):
        assert command[command.index(option) - 1] == "-o"
    assert command[:3] == ["ssh", "-F", "none"]
    assert command[-3:] == ["--", "login.example.org", "scancel '12; rm -rf /'"]


def test_one_key_does_not_use_the_connection_of_another(ssh, tmp_path):
    other = ssh.model_copy(update={"key_file": tmp_path / "known"})
    paths = {next(one for one in LoginNode(each).command(["true"]) if "ControlPath" in one)
             for each in (ssh, other)}
    assert len(paths) == 2
    assert all(len(path) < 90 for path in paths)
    assert Path(paths.pop().partition("=")[2]).parent.stat().st_mode & 0o777 == 0o700


def _fake_ssh(tmp_path, monkeypatch, script):
    """Put a program named ssh before the real one."""
    fake = tmp_path / "bin" / "ssh"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")


@pytest.mark.parametrize(("code", "said", "kind", "told"), [
    (255, "Host key verification failed.", Unreachable, "ssh-keyscan -p 2222 login.example.org"),
    (255, "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nfailed.", Unreachable,
     r"-R '\[login.example.org\]:2222'"),
    (255, "twin@login: Permission denied (publickey).", Unreachable, "ssh-keygen -yf"),
    (255, "connect to host port 2222: No route to host", Unreachable, "No route to host.*nc -vz"),
    (1, "sbatch: error: invalid account", RunError, "refuses 'sbatch'.*invalid account"),
    (127, "bash: sbatch: command not found", RunError, "sbatch --version")])
def test_what_goes_wrong_is_told_with_a_next_step(ssh, monkeypatch, tmp_path, code, said, kind,
                                                  told):
    """A program named ssh that says what the real one would."""
    _fake_ssh(tmp_path, monkeypatch, f"cat >&2 <<'END'\n{said}\nEND\nexit {code}")
    with pytest.raises(RunError, match=told) as refused:
        asyncio.run(LoginNode(ssh).call(["sbatch"]))
    assert type(refused.value) is kind
    assert "Next: " in str(refused.value)


def test_script_cut_short_anywhere_starts_nothing(ssh, tmp_path):
    """A connection that breaks while the script is sent must not leave half a job."""
    (tmp_path / "data").mkdir()
    ssh = ssh.model_copy(update={"data_directory": tmp_path / "data"})
    began = tmp_path / "began"
    script = _script(ssh, tmp_path / "data", options={"python": f"touch {began};:"},
                     prologue=["export A=1"]).stdout
    assert "#SBATCH -J twin-" in script
    for length in range(0, len(script) - 1):
        if length < script.index("twin_worker"):
            continue  # directives and comments only
        subprocess.run(["bash"], input=script[:length], text=True, check=False,
                       capture_output=True)
        assert not began.exists(), script[:length]
    subprocess.run(["bash"], input=script, text=True, check=True, capture_output=True)
    assert began.exists()


def test_cluster_without_the_shared_folder_is_refused(ssh, tmp_path):
    there = ssh.model_copy(update={"data_directory": Path("/scratch/twin")})
    refused = _script(there, tmp_path)
    assert refused.returncode
    assert "does not share the service's data folder is not served yet" in refused.stderr
    assert f"/scratch/twin there, {tmp_path} here" in refused.stderr


@pytest.mark.parametrize("script", [
    'for last; do :; done; eval "cd /; $last-elsewhere"',  # another disk, mounted at that path
    "echo cat: Permission denied >&2; exit 1"])
def test_login_node_that_does_not_read_the_folder_is_refused(ssh, monkeypatch, tmp_path, script):
    _fake_ssh(tmp_path, monkeypatch, script)
    with pytest.raises(RunError, match=r"not read the folder of runs: cat: .*mount it there"):
        asyncio.run(LoginNode(ssh).check_shared(tmp_path))
    assert not list(tmp_path.glob(".seen-*"))


def test_login_node_that_reads_the_folder_is_asked_once(ssh, monkeypatch, tmp_path):
    _fake_ssh(tmp_path, monkeypatch,
              f'echo one >> {tmp_path}/asked; for last; do :; done; eval "$last"')
    node = LoginNode(ssh)
    for _ in range(2):
        asyncio.run(node.check_shared(tmp_path))
    assert (tmp_path / "asked").read_text() == "one\n"


def test_no_answer_is_given_up(ssh, monkeypatch, tmp_path):
    _fake_ssh(tmp_path, monkeypatch, "exec sleep 60")
    node = LoginNode(ssh.model_copy(update={"connect_timeout": 0.2, "answer_timeout": 0.3}))
    with pytest.raises(Unreachable, match="gave no answer in"):
        asyncio.run(node.call(["squeue"]))


def test_secrets_of_the_service_are_not_in_the_environment_of_ssh(ssh, monkeypatch, tmp_path):
    _fake_ssh(tmp_path, monkeypatch, "env")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/an-agent")
    monkeypatch.setenv("TWIN_LEDGER_URL", "postgresql://twin:sesame@hub/twin")
    told = asyncio.run(LoginNode(ssh).call(["squeue"]))
    assert "PATH=" in told
    assert "sesame" not in told
    assert "an-agent" not in told
