"""Threads for jobs that mostly wait for the servers of others, so that however slow those are, no other job waits.

Rows tell what is to be done, so a lane remembers nothing: what it has not begun when the program ends, a sweep wakes.
"""

import threading
import time


class Lane:
    """Up to `most` jobs at once. Closed, as in tests and in the process that serves pages, it takes none."""

    def __init__(self, name, most):
        self.name, self.most = name, most
        self.is_open = False
        self._lock, self._waiting, self._threads = threading.Lock(), {}, set()

    def open(self):
        self.is_open = True

    def give(self, run, *args):
        """Have run(*args) called soon, by another thread. What waits already waits once: it looks at rows anyway."""
        with self._lock:
            self._waiting[run, args] = None
            if len(self._threads) < self.most:
                thread = threading.Thread(target=self._work, daemon=True, name=f"{self.name} lane")
                self._threads.add(thread)
                thread.start()

    def close(self, deadline):
        """Begin nothing more, and wait for what runs until `deadline`, a moment of time.monotonic()."""
        with self._lock:
            self.is_open = False
            self._waiting.clear()
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))

    def _work(self):
        while (call := self._next()) is not None:
            run, args = call
            try:
                run(*args)
            except Exception:  # the job has told of it
                continue

    def _next(self):
        """The (function, arguments) that wait longest; None ends this thread."""
        with self._lock:
            if not self._waiting:
                self._threads.discard(threading.current_thread())
                return None
            call = next(iter(self._waiting))
            del self._waiting[call]
            return call


READING = Lane("reading", 3)  # mailboxes at IMAP servers
MODEL = Lane("model", 3)  # what the language model is asked about mails and questions
ALL = (READING, MODEL)
