"""The hub of an installation: JupyterHub, its proxy and its services, kept up by supervisord.

``python -m hub_config`` starts, stops, looks after, saves and restores it; docs/hub.md tells how.
"""
