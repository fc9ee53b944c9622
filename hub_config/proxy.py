"""Becomes the proxy, with its secret read from its file: ``python -m hub_config.proxy ...``."""

from __future__ import annotations

import os
import sys

from hub_config.installation import service_token
from hub_config.supervision import proxy_program

if __name__ == "__main__":
    program = proxy_program()
    # The proxy takes its secret from nowhere but its environment, which only its account can read.
    os.execve(program[0], [*program, *sys.argv[1:]],
              {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/"),
               "CONFIGPROXY_AUTH_TOKEN": service_token("proxy")})
