"""Field types that read and write alike on SQLite and Postgres."""

import json

from peewee import TextField


class JSONText(TextField):
    """A small JSON value kept as text."""

    def db_value(self, value):
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value):
        return json.loads(value) if isinstance(value, str) else value
