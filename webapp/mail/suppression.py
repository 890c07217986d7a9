"""Whom a workspace must not write to. Asked again just before each mail leaves."""

from webapp.core.clock import now

from .models import Suppression


def suppress(workspace, email, *, reason, source=""):
    """Never write to `email` again; returns whether that is new."""
    row = {
        "workspace": workspace,
        "email": email.lower(),
        "reason": reason,
        "source": source[:255],
        "created_at": now(),
    }
    return bool(Suppression.insert(row).on_conflict_ignore().as_rowcount().execute())


def is_suppressed(workspace, email):
    return Suppression.of(workspace).where(Suppression.email == email.lower()).exists()
