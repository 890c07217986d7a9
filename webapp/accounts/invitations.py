"""Invitations: offering a place in a workspace by mail, and taking it."""

import secrets
from datetime import timedelta

from webapp.core.clock import now
from webapp.core.crypto import digest

from .models import Invitation

LIFE = timedelta(days=7)


def still_open():
    """The condition that an invitation is neither accepted, withdrawn nor expired."""
    return Invitation.accepted_at.is_null() & Invitation.withdrawn_at.is_null() & (Invitation.expires_at > now())


def new_token(invitation):
    """Give the invitation's link a new token, which replaces the former one; returns it. None when it is not open."""
    token = secrets.token_urlsafe(32)
    changed = Invitation.update(token_hash=digest(token)).where(Invitation.id == invitation.id, still_open())
    return token if changed.execute() else None
