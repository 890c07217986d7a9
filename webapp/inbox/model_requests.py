"""What waits for the model's answer: a row each, under a lease while somebody asks. A crash leaves it to the sweep."""

from contextlib import contextmanager
from datetime import timedelta

from webapp.accounts.models import Membership
from webapp.core.clock import now
from webapp.core.errors import NotFound
from webapp.core.holders import forget, is_gone, new_token
from webapp.core.jobs import later, stopping
from webapp.llm.budgets import ModelFailed

from .assistant_models import AskedState, Question, Suggestion

JOBS = {Suggestion: "write_suggestion", Question: "answer_question"}  # what answers one
SECONDS = 120  # longer than one answer may take; a process that is gone is seen at once
GRACE = timedelta(seconds=15)  # how late the queue may be before the sweep wakes a row
PATIENCE = timedelta(minutes=10)  # after which it is given up
MOST = 50  # rows that one sweep wakes
LOST = "No answer came for too long. Ask again."
GONE = "You are no longer in this workspace."
BROKE = "Something went wrong here. Ask again."


def claim(model, row_id):
    """The row, ours to answer now; None when it is answered, or somebody else is at it."""
    row = model.get_or_none(model.id == row_id, model.state == AskedState.WAITING)
    if row is None or not _is_free(row):
        return None
    token, before = new_token(), row.lease_token
    free = (model.id == row.id) & (model.state == AskedState.WAITING) & (model.lease_token == before)
    until = now() + timedelta(seconds=SECONDS)
    if not model.update(lease_token=token, lease_until=until).where(free).execute():
        forget(token)
        return None
    row.lease_token = token
    return row


def keep(row, **values):
    """Write down what is known so far, if the row is still ours and waits; whether it is."""
    model = type(row)
    ours = (model.id == row.id) & (model.lease_token == row.lease_token) & (model.state == AskedState.WAITING)
    return bool(model.update(changed_at=now(), **values).where(ours).execute())


@contextmanager
def answering(row):
    """The block writes the answer by end(). What keeps it from that is written as the reason; when the program stops,
    somebody else answers soon.
    """
    try:
        yield
    except Membership.DoesNotExist:
        end(row, AskedState.FAILED, error=GONE)
    except (ModelFailed, NotFound) as failure:
        if stopping():
            keep(row, lease_token="", lease_until=None)
            later(JOBS[type(row)], row.id, delay=1)
        else:
            end(row, AskedState.FAILED, error=str(failure)[:500])
    except Exception:
        end(row, AskedState.FAILED, error=BROKE)
        raise
    finally:
        forget(row.lease_token)


def end(row, state, **values):
    """Write the answer, or why there is none; the lease is given back."""
    keep(row, state=state, lease_token="", lease_until=None, **values)


def requeue_stalled():
    """Wake what nobody is at, and give up what waited too long."""
    for model, name in JOBS.items():
        waits = model.state == AskedState.WAITING
        given_up = {"state": AskedState.FAILED, "error": LOST, "lease_token": "", "lease_until": None}
        model.update(changed_at=now(), **given_up).where(waits, model.created_at < now() - PATIENCE).execute()
        for row in model.select().where(waits, model.created_at < now() - GRACE).order_by(model.id).limit(MOST):
            if _is_free(row):
                later(name, row.id)


def _is_free(row):
    if row.lease_until is None or row.lease_until < now():
        return True
    return is_gone(row.lease_token)
