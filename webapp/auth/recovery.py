"""Setting a password: with a link from a mail when the old one is forgotten, or with the old one."""

from db import db
from webapp.accounts.audit import record
from webapp.accounts.models import NoticeKind, User
from webapp.accounts.notices import owe
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import Conflict, Invalid, NotFound

from . import passwords, sessions, throttle, tokens
from .models import Account, Purpose

ACCOUNT_LIMIT = {"limit": 5, "seconds": 3600}
ADDRESS_LIMIT = {"limit": 20, "seconds": 3600}
TRIES = {"limit": 10, "seconds": 900}  # of the present password
CHANGED_MEANWHILE = "The password was changed in another window a moment ago. Sign in with that one."


def ask_for_link(email, *, address):
    """Owe a mail with a link to set a new password to whoever has the account `email`; `address` is who asks.

    Does the same for every address: the job that sends it finds out whether there is such an account. Raises TooMany.
    """
    email = email.strip().lower()
    throttle.hit(f"recovery address {address}", **ADDRESS_LIMIT)
    throttle.hit(f"recovery account {digest(email)}", **ACCOUNT_LIMIT)
    owe(NoticeKind.RESET, email)


def find(token):
    """The Token of a link, with its user. Raises NotFound for one that is good no longer."""
    row = tokens.find(token, Purpose.RESET)
    if not row.user.is_active:
        raise NotFound(tokens.GONE)
    return row


def reset_password(token, password, *, address):
    """Set the password of the link's user, sign them out everywhere, and end ways in that may be somebody else's.

    Raises NotFound, Invalid for a weak one.
    """
    row = find(token)
    user = row.user
    passwords.check_strength(password, email=user.email, full_name=user.full_name)
    password_hash = passwords.hash_password(password)  # before the transaction: it takes a quarter of a second
    with db.atomic():
        tokens.use(token, Purpose.RESET)
        if row.email == user.email:  # the link came by mail to the address they have
            User.update(email_verified_at=now()).where(User.id == user.id, User.email_verified_at.is_null()).execute()
        _set(user, password_hash)
        sessions.end_all(user.id)
        _unlink_others(user, address)
        record(None, "user.password_reset", user.full_name, address=address)


def _unlink_others(user, address):
    """Unlink identities with another address than the account's. Whoever made the account in the reader's name, or was
    signed in as them for a minute, could have linked their own, and would still come in by it.
    """
    others = (Account.user == user.id) & (Account.email != user.email)
    for account in list(Account.delete().where(others).returning(Account.email)):
        record(None, "google.unlinked", account.email, address=address)


def has_password(user_id):
    """Whether the user can sign in with a password; somebody who came with Google may have none."""
    return User.select().where(User.id == user_id, User.password_hash != "").exists()


def change_password(member, *, current, password, address):
    """Set the member's password and sign them out of all browsers but this one.

    `current` is their present password, not asked of somebody who has none. Raises Invalid, TooMany, Conflict.
    """
    throttle.hit(f"password {member.user_id}", **TRIES)
    user = User.get_by_id(member.user_id)
    if user.password_hash and not passwords.verify(current, user.password_hash):
        raise Invalid("That is not your present password.", "current")
    if user.password_hash and current == password:
        raise Invalid("That is the password you have. Choose another one.", "password")
    passwords.check_strength(password, email=user.email, full_name=user.full_name)
    password_hash = passwords.hash_password(password)
    with db.atomic():
        _set(user, password_hash)
        sessions.end_others(member)
        record(member, "user.password_changed", user.full_name, address=address)
    throttle.clear(f"password {member.user_id}")


def _set(user, password_hash):
    """Guarded by the password there was; older links end, and the owner is told."""
    same = (User.id == user.id) & (User.password_hash == user.password_hash)
    if User.update(password_hash=password_hash).where(same).execute() != 1:
        raise Conflict(CHANGED_MEANWHILE)
    tokens.end_all(user.id)
    owe(
        NoticeKind.CHANGED,
        user.email,
        user=user.id,
        what=f"Your password was {'changed' if user.password_hash else 'set'}",
    )
