"""What JupyterHub reads; the configuration itself is in the layers beside this file."""

from hub_config.installation import get_hub
from hub_config.layers import configure

c = get_config()  # noqa: F821  JupyterHub defines it
configure(c, get_hub())
