"""A mail that is kept this moment, while a member answers its conversation or is done with it: nobody waits for each
other in a circle.
"""

import threading

import pytest

from db import db, is_sqlite
from webapp.inbox import assigning, threads
from webapp.inbox.models import Thread
from webapp.leads.holding import hold

WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize("work", ["answer", "finish"])
def test_a_member_locks_the_lead_before_the_thread_as_keeping_a_mail_does(cast, elena, thread, answer, work):
    assigning.ask_to_answer(thread, elena)
    works = {"answer": answer, "finish": lambda: threads.finish(thread, actor=cast.alice)}
    failed = []

    def run():
        with db.connection_context():
            try:
                works[work]()
            except Exception as error:
                failed.append(repr(error))

    running = threading.Thread(target=run)
    with db.atomic():
        hold([elena.id])
        running.start()
        while not is_sqlite() and not db.execute_sql(WAITING).fetchone():
            pass  # until the other one waits for this one
        Thread.update(name="Elena").where(Thread.id == thread.id).execute()
    running.join()
    assert failed == [] and Thread.get_by_id(thread.id).name == "Elena"
