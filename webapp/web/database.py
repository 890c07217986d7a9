"""One pooled database connection for each request."""

from flask import g

from db import db


def connect_per_request(app):
    """Nests inside an open connection, so tests can look at the same data."""

    @app.before_request
    def enter():
        g.connection = db.connection_context()
        g.connection.__enter__()

    @app.teardown_request
    def leave(error):
        if connection := g.pop("connection", None):
            connection.__exit__(None, None, None)


def connected(parts):
    """`parts`, a generator that reads the database while it is sent: the request's own connection is gone by then."""
    with db.connection_context():
        yield from parts
