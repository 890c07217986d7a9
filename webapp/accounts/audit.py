"""The audit log: who did what to whom, and when."""

from .models import AuditEntry


def record(actor, action, subject, *, workspace=None, address="", **data):
    """Keep that `actor` (a Member, or None for Galena itself) did `action` ("member.removed") to `subject` (in words).

    `data` holds small JSON values and no secrets. Call it inside the transaction of the act itself.
    """
    return AuditEntry.create(
        workspace=workspace,
        actor=actor and actor.user_id,
        actor_name=actor.full_name if actor else "",
        action=action,
        subject=subject[:255],
        data=data,
        address=address,
    )
