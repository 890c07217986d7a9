"""The threads that look companies up, each one company at a time."""

import logging
import threading
from queue import Empty, SimpleQueue

log = logging.getLogger("galena.enrichment")


class Crew:
    """Up to `size` threads that call task(work, result, session). For one thread that gives them work, and that waits
    for them: it alone changes `work.at_work`.
    """

    def __init__(self, size, task, session):
        self.size, self.task, self.session = size, task, session
        self.busy, self.threads = 0, 0
        self._todo, self._ended = SimpleQueue(), SimpleQueue()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for _ in range(self.threads):
            self._todo.put(None)

    @property
    def free(self):
        return max(0, self.size - self.busy)

    def begin(self, work, result):
        """Have `result` looked up; beyond `size` of them, they wait for a thread."""
        self.busy += 1
        if self.threads < min(self.busy, self.size):
            self.threads += 1
            # as daemons: one that hangs on a page does not keep the process from ending
            threading.Thread(target=self._run, name=f"enrichment-{self.threads}", daemon=True).start()
        self._todo.put((work, result))

    def wait(self, seconds):
        """Wait for so long, or until some are done."""
        try:
            self._note(self._ended.get(timeout=seconds))
            while True:
                self._note(self._ended.get_nowait())
        except Empty:
            return

    def _note(self, ended):
        work, result = ended
        self.busy -= 1
        work.at_work.discard(result.id)

    def _run(self):
        while (found := self._todo.get()) is not None:
            try:
                self.task(*found, self.session)
            except Exception:
                log.exception("a thread of enrichment could not end its company")
            self._ended.put(found)
