"""Ends servers that nobody has used for long; what they asked to be computed goes on."""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import suppress

from hub_config.installation import get_hub, service_token

if __name__ == "__main__":
    hub = get_hub()
    for _ in range(60):  # the hub starts at the same instant
        with suppress(OSError), socket.create_connection(("127.0.0.1", hub.port("hub")), 1.0):
            break
        time.sleep(1.0)
    environment = {**os.environ, "JUPYTERHUB_API_TOKEN": service_token("culler", hub),
                   "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub.port('hub')}/hub/api"}
    os.execve(sys.executable, [sys.executable, "-m", "jupyterhub_idle_culler",
                               f"--timeout={hub.idle_hours * 3600:.0f}", "--cull-every=300"],
              environment)
