"""Commands on a cluster's login node, by the machine's own OpenSSH client.

Nothing is asked of a person and nothing is trusted on first sight: the key is the service's own
file, the host's key must be known, no agent, no configuration of a person and no forwarding take
part. One connection is kept open between commands and closes a minute after the last.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shlex
import stat
from pathlib import Path

from twin_kernel.errors import RunError
from twin_kernel.settings import Ssh

__all__ = ["LoginNode", "Unreachable", "check_files"]

_CONNECTION_LOST = 255  # ssh's own exit code
_AT_ONCE = 4  # commands; sshd lets ten into one connection, and drops new ones beyond ten


class Unreachable(RunError):
    """The connection failed: whether the command was carried out is not known."""


def check_files(ssh: Ssh) -> None:
    """Refuse a key that others could read, or trusted host keys that others could change.

    Raises
    ------
    RunError
    """
    mine = os.geteuid()
    for path, forbidden, owners, allowed in (
            (ssh.key_file, 0o177, {mine}, "0600"),
            (ssh.known_hosts_file, 0o022, {mine, 0}, "0644")):
        try:
            status = path.lstat()
        except OSError as error:
            raise RunError("A file that opens the cluster is not there", received=str(path),
                           allowed="a file of the run service's account",
                           next_step=f"correct profiles.*.ssh in the settings ({error.strerror})"
                           ) from None
        mode = stat.S_IMODE(status.st_mode)
        whole = stat.S_ISREG(status.st_mode)
        if not whole or status.st_uid not in owners or mode & forbidden:
            raise RunError("A file that opens the cluster is refused: others have a hand on it",
                           received=f"{path}, mode {mode:04o}, of user {status.st_uid}"
                           + ("" if whole else ", not a regular file"),
                           allowed=f"mode {allowed}, of user {mine}",
                           next_step=f"chown {mine} {path} && chmod {allowed} {path}")


class LoginNode:
    """One account on one login node.

    Parameters
    ----------
    ssh : Ssh
    """

    def __init__(self, ssh: Ssh) -> None:
        self.ssh = ssh
        self._shared = False
        self._places = asyncio.Semaphore(_AT_ONCE)

    def command(self, words: list[str]) -> list[str]:
        """Return what this machine runs to have a command run there."""
        ssh = self.ssh
        options = {
            "BatchMode": "yes", "StrictHostKeyChecking": "yes", "IdentitiesOnly": "yes",
            "IdentityFile": ssh.key_file, "IdentityAgent": "none", "AddKeysToAgent": "no",
            "UserKnownHostsFile": ssh.known_hosts_file, "GlobalKnownHostsFile": "none",
            "UpdateHostKeys": "no", "PreferredAuthentications": "publickey",
            "ForwardAgent": "no", "ForwardX11": "no", "ClearAllForwardings": "yes",
            "ConnectTimeout": round(ssh.connect_timeout), "ServerAliveInterval": 5,
            "ServerAliveCountMax": 3, "ControlMaster": "auto", "ControlPersist": 60,
            "ControlPath": _control_path(ssh), "LogLevel": "ERROR"}
        said = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        # The far shell reads one line: each word of it is quoted.
        return ["ssh", "-F", "none", "-T", *said, "-p", str(ssh.port), "-l", ssh.user, "--",
                ssh.host, shlex.join(words)]

    async def call(self, words: list[str], given: str = "") -> str:
        """Return what a command prints there.

        Parameters
        ----------
        words : list of str
        given : str
            What it reads from its standard input.

        Raises
        ------
        Unreachable
            The connection failed, before, within or after the command.
        RunError
            The command said no, or the key is refused beforehand.
        """
        check_files(self.ssh)
        async with self._places:
            code, out, err = await self._call(words, given)
        if code:
            raise self._refusal(words, code, err)
        return out

    async def _call(self, words: list[str], given: str) -> tuple[int, str, str]:
        """Return the exit code of a command there, and what it printed."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command(words), stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                env=_environment())
        except FileNotFoundError:
            raise RunError("The run service's machine has no ssh",
                           next_step="apt-get install openssh-client") from None
        limit = self.ssh.connect_timeout + self.ssh.answer_timeout
        try:
            out, err = await asyncio.wait_for(process.communicate(given.encode()), limit)
        except TimeoutError:
            raise Unreachable(f"{self._name()} gave no answer in {limit:.0f} s",
                              next_step="nothing: it is asked again, and no run is lost"
                              ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    async def check_shared(self, folder: Path) -> None:
        """Refuse a cluster that does not see a folder of the service, with its account there.

        Raises
        ------
        RunError
        """
        if self._shared:
            return
        check_files(self.ssh)  # not to be taken for what the other machine says
        word = secrets.token_hex(8)
        proof = folder / f".seen-{word}"
        proof.write_text(word, encoding="utf-8")
        try:
            seen = await self.call(["cat", str(proof)])
        except Unreachable:
            raise
        except RunError as error:
            raise RunError(
                f"{self._name()} does not read the folder of runs: {error.received}",
                received=str(folder),
                allowed="the same path on a file system that service and nodes share, and an "
                        "account there that may read and write it",
                next_step="mount it there, or work on the cluster itself: docs/runs.md, "
                          "'A cluster elsewhere'") from None
        finally:
            proof.unlink(missing_ok=True)
        self._shared = word in seen

    def _name(self) -> str:
        return f"{self.ssh.user}@{self.ssh.host}, port {self.ssh.port},"

    def _refusal(self, words: list[str], code: int, said: str) -> RunError:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        last = lines[-1] if lines else "it said nothing"
        if code != _CONNECTION_LOST:
            return RunError(f"{self._name()} refuses '{words[0]}'", received=last,
                            next_step=f"try it there by hand: {words[0]} --version"
                            if code == 127 else "what it says must be put right; it is asked "
                            "again by itself")
        ssh, known = self.ssh, self.ssh.known_hosts_file
        place = ssh.host if ssh.port == 22 else f"[{ssh.host}]:{ssh.port}"
        if "IDENTIFICATION HAS CHANGED" in said:
            return Unreachable(
                f"{self._name()} shows another host key than the one that is known",
                received="a machine that was reinstalled, or one that poses as it",
                next_step="ask its administrators for the new fingerprint; only if it is theirs: "
                          f"ssh-keygen -f {known} -R '{place}' && "
                          f"ssh-keyscan -p {ssh.port} {ssh.host} >> {known}")
        if "Host key verification failed" in said or "host key is known" in said:
            return Unreachable(
                f"{self._name()} has a host key that nobody vouched for", received=last,
                next_step=f"ssh-keyscan -p {ssh.port} {ssh.host} >> {known}, and compare "
                          f"ssh-keygen -lf {known} with what its administrators publish")
        if "Permission denied" in said:
            return Unreachable(
                f"{self._name()} refuses the service's key", received=last,
                next_step=f"ssh-keygen -yf {ssh.key_file} prints the public key; have it added "
                          f"to the authorized keys of {ssh.user} there")
        return Unreachable(f"{self._name()} is not reached", received=last,
                           next_step="nothing where it is down for a while: it is asked again, "
                           f"and no run is lost; otherwise nc -vz {ssh.host} {ssh.port}")


def _control_path(ssh: Ssh) -> Path:
    """Return the socket of the connection that is kept, in a folder that is this account's alone.

    The name of a socket has 107 characters at most, so it is not in the data folder; it tells
    keys apart, since a connection opened with one must not serve another.
    """
    folder = Path("/tmp") / f"twin-ssh-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if (not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid()
            or stat.S_IMODE(status.st_mode) != 0o700):
        raise RunError("The folder of open connections is not the service's alone",
                       received=str(folder), allowed="a folder of its own, mode 0700",
                       next_step=f"ls -ld {folder}, and remove it")
    return folder / hashlib.sha256(ssh.model_dump_json().encode()).hexdigest()[:24]


def _environment() -> dict[str, str]:
    """Return what ssh needs to know of this process: no agent, no secret of the service."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C"}
