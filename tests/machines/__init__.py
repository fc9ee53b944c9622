"""Real servers for tests: a Slurm of three nodes and a PostgreSQL, started by hand, ended whole."""
