"""The layers of the configuration: what all hubs share, then what one kind of them adds."""

from __future__ import annotations

from typing import Any

from hub_config.installation import Hub
from hub_config.layers.every_hub import configure_every_hub
from hub_config.layers.local import configure_local
from hub_config.layers.production import configure_production

__all__ = ["configure"]


def configure(c: Any, hub: Hub) -> None:
    """Write the whole configuration of JupyterHub.

    Parameters
    ----------
    c : traitlets.config.Config
    hub : Hub
    """
    configure_every_hub(c, hub)
    {"local": configure_local, "production": configure_production}[hub.layer](c, hub)
