"""Whom a workspace must not write to. Asked again just before each mail leaves."""

from webapp.core.clock import now
from webapp.imports.suppressed import asks

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


@asks
def suppressed_among(workspace_id, emails):
    """Those of these addresses (in lower case) that are on the workspace's list."""
    found = Suppression.of(workspace_id).select(Suppression.email).where(Suppression.email.in_(emails))
    return {email for (email,) in found.tuples()}
