"""The real program in processes of its own, web and worker, over data that are kept and brought back while it runs."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading

from webapp.config import ROOT

DATABASES = ("galena.db", "queue.db")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def run_command(folder, *arguments):
    """What `run.py` prints for a command over the data in `folder`."""
    environ = {**os.environ, "DATA_DIR": str(folder)}
    return subprocess.check_output([sys.executable, str(ROOT / "run.py"), *arguments], env=environ, text=True)


class Program:
    """run.py over the data in `folder`, with the given settings. `url` is its address, `log` what it wrote so far."""

    def __init__(self, folder, **environ):
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py")],
            env={**os.environ, "DATA_DIR": str(folder), "PORT": free_port(), **environ},
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.process.stderr:
            if "Galena runs on " in line:
                break
        else:
            raise AssertionError("the program did not start")
        self.url = "http://" + line.partition("http://")[2].split()[0]
        self.log = []
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()

    def come_back(self, kept):
        """The data are as in `kept` again, from its next read on; ids begin where they did."""
        for name, data in kept.items():
            with sqlite3.connect(self.folder / name) as database:
                data.backup(database)
            database.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def keep(folder):
    """A copy of the data in `folder` as they are now, to come back to."""
    kept = {}
    for name in DATABASES:
        if (folder / name).exists():
            kept[name] = sqlite3.connect(":memory:")
            with sqlite3.connect(folder / name) as database:
                database.backup(kept[name])
            database.close()
    return kept
