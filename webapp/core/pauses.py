"""How long a job that writes in batches pauses between two of them, so that pages write, too."""

from time import monotonic

from db import commits_of_others

GLANCE = 0.001  # seconds in which who waits for SQLite's one lock gets it: see db.PromptSqliteDatabase
BUSY = 2.0  # seconds for which somebody who wrote is expected to write again


class Pauses:
    """Pauses of `seconds` each while others write to the database, and of a moment while nobody does."""

    def __init__(self, seconds):
        self.seconds, self.busy_until = seconds, 0.0
        self.seen = commits_of_others()

    def due(self):
        """The seconds of the next pause."""
        seen = commits_of_others()
        if seen != self.seen:
            self.seen, self.busy_until = seen, monotonic() + BUSY
        return self.seconds if monotonic() < self.busy_until else GLANCE
