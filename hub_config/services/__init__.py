"""Services behind the hub's login, each a process of its own without any rights but its scopes."""
