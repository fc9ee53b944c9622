"""What makes Dask clusters of a person's own usable and safe on a machine that many share.

A scheduler listens on this machine and runs whatever it is sent: without certificates, any other
account could send it work. With those of the person, it and its clients refuse everybody else.
The pages of its dashboard are not protected by them: other accounts of the machine can read them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["cluster_environment"]

_RENEWED = 300 * 86400.0  # s; the certificates hold for a year


def cluster_environment(folder: Path, prefix: str) -> dict[str, str]:
    """Return what a person's server must have in its environment, as that person.

    Takes a moment, and about a second where the certificate has to be made.

    Parameters
    ----------
    folder : Path
        Of the person, for the certificate; made where it is missing, readable by nobody else.
    prefix : str
        Path of the person's server, as in JUPYTERHUB_SERVICE_PREFIX.

    Returns
    -------
    dict of str to str

    Raises
    ------
    OSError
        Where the certificate cannot be written.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not (key.exists() and certificate.exists()
            and time.time() - certificate.stat().st_mtime < _RENEWED):
        _make(certificate, key)
    tls = "DASK_DISTRIBUTED__COMM__TLS__"
    return {
        "DASK_DISTRIBUTED__DASHBOARD__LINK": f"{prefix}proxy/{{port}}/status",
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
        f"{tls}CA_FILE": str(certificate),
        **{f"{tls}{role}__{name}": str(path)
           for role in ("SCHEDULER", "WORKER", "CLIENT")
           for name, path in (("CERT", certificate), ("KEY", key))},
    }


def _make(certificate: Path, key: Path) -> None:
    from distributed.security import Security

    made = Security.temporary()  # one self-signed certificate for the three roles
    certificate.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, text in ((key, made.tls_scheduler_key), (certificate, made.tls_scheduler_cert)):
        beside = path.with_suffix(f".{os.getpid()}")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        beside.replace(path)
