"""The run service: the one process of an installation that hands runs out and watches them.

Clients (notebooks, the command, dashboards) only write in the ledger. The service owns the
dask-jobqueue clusters and may be killed at any moment: what runs goes on under its worker, and the
next service finds it by its signs of life.
"""
