import pytest

from webapp.accounts.models import AuditEntry


@pytest.fixture
def admin(cast, sign_in):
    """Alice's browser: the first user of an installation is its site admin."""
    return sign_in(cast.alice)


@pytest.fixture
def audited():
    """The (action, subject, address) of the newest entry in the audit log, with who did it."""

    def audited():
        entry = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
        return entry and (entry.actor_name, entry.action, entry.subject, entry.address)

    return audited
