"""Starting, supervising and stopping the two processes: one serves pages, one runs jobs.

A CPU-bound job thread beside the pages cut them from 499 to 13 requests a second, so jobs have a process of their own.
"""

import logging
import os
import signal
import subprocess
import threading
import time

from playhouse import migrations
from waitress import create_server

from db import checkpoint_early, db, open_database

from . import create_app
from .config import ROOT
from .core import jobs, lanes
from .inbox.watching import Watcher

log = logging.getLogger("galena.run")
STOP_SECONDS = 30  # how long a running job may take to come to a safe point
LANE_SECONDS = 4  # how much longer one that waits for a slow server; after that it is cut off, as a crash would


def migrate(config):
    """Apply pending migrations; returns their names."""
    open_database(config.database_url)
    with db.connection_context():
        return migrations.run(db.obj, str(ROOT / "migrations"))


def make_server(config):
    """The waitress server over a new app, listening. Ends the program with a sentence when it cannot listen."""
    app = create_app(config)
    try:
        return create_server(
            app,
            host=config.host,
            port=config.port,
            threads=config.web_threads,
            ident=None,
            # Waitress's defaults stop answering at 100 open connections.
            connection_limit=1000,
            channel_timeout=30,
            cleanup_interval=5,
            # above the app's own limit, which can explain
            max_request_body_size=(config.max_upload_mb + 150) * 1_000_000,
            clear_untrusted_proxy_headers=not config.trusted_proxies,  # else ProxyFix counts them
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SystemExit(
            f"Error: cannot listen on HOST {config.host}, PORT {config.port}: {reason}. Is Galena running already?"
        ) from error


def run_web(config):
    """Serve until SIGINT or SIGTERM."""
    migrate(config)
    server = make_server(config)
    _announce(config, server)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        server.run()  # returns on KeyboardInterrupt
    finally:
        server.close()


def run_worker(config):
    """Run jobs until SIGINT or SIGTERM, or until the process that started this one is gone."""
    create_app(config)
    checkpoint_early()
    consumer = jobs.huey.create_consumer(
        workers=config.worker_threads,
        initial_delay=0.05,
        max_delay=0.1,  # an idle queue is asked ten times a second: a job starts within 120 ms
        backoff=1.1,
        graceful_signal="TERM",
        shutdown_timeout=STOP_SECONDS,
    )
    jobs.stop_with(consumer.stop_flag)
    if os.environ.get("GALENA_PARENT"):
        threading.Thread(target=_stop_with_parent, args=(int(os.environ["GALENA_PARENT"]),), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _sweep_on_start()
    for lane in lanes.ALL:
        lane.open()
    watcher = Watcher()
    watcher.start()
    consumer.run()
    deadline = time.monotonic() + LANE_SECONDS
    watcher.stop()
    for lane in lanes.ALL:
        lane.close(deadline)


def _sweep_on_start():
    """Wake what a crash left at once, and again when the leases of the crashed run are over."""
    with db.connection_context():
        jobs.later("sweep")
        jobs.later("sweep", delay=20)


def run_together(config, worker_command):
    """Serve pages and keep one worker process running beside them; returns the exit code."""
    migrate(config)
    server = make_server(config)
    supervisor = Supervisor(worker_command)
    supervisor.start()
    _announce(config, server)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        server.run()
    finally:
        log.info("stopping: running jobs come to a safe point")
        supervisor.stop()
        server.close()
    return 0


class Supervisor:
    """Keeps one worker process running: restarts it when it dies, waits longer when it dies at once."""

    def __init__(self, command):
        self.command = command
        self.process = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self):
        self._spawn()
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join()
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS + 5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _spawn(self):
        self.born = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the worker in good order
            env={**os.environ, "GALENA_PARENT": str(os.getpid())},
        )
        log.info("a worker process runs, pid %s", self.process.pid)

    def _watch(self):
        quick_deaths = 0
        while not self.stopping.wait(0.2):
            code = self.process.poll()
            if code is None:
                continue
            quick_deaths = quick_deaths + 1 if time.monotonic() - self.born < 5 else 0
            pause = min(30, 2**quick_deaths - 1)
            log.error("the worker process ended with code %s; starting another in %s s", code, pause)
            if not self.stopping.wait(pause):
                self._spawn()


def _stop_with_parent(parent):
    """A worker whose supervisor was killed ends in good order, so that two never run by accident."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _interrupt(signum, frame):
    raise KeyboardInterrupt


def _announce(config, server):
    port = getattr(server, "effective_port", config.port)
    log.info("Galena runs on http://%s:%s (stop with Ctrl-C)", config.host, port)
    if config.mail_url is None:
        log.info("Mail is captured, not sent: set MAIL_URL and MAIL_FROM to send it. See /outbox.")
