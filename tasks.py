"""Every background job and schedule, and nothing else. Each loads by id, calls one verb, and may run twice."""

from huey import crontab

from webapp.auth import throttle
from webapp.core.jobs import job


@job(every=crontab(minute="17", hour="*"))
def sweep_attempts():
    """Forget rate-limit windows that nobody counts in any more."""
    throttle.sweep()
