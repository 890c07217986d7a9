"""Proving that a person reads mail at an address: that of their account, or a new one to change to."""

from peewee import IntegrityError

from db import db
from webapp.accounts.audit import record
from webapp.accounts.models import NoticeKind, User
from webapp.accounts.notices import owe
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import Conflict, Forbidden, Invalid, NotFound

from . import throttle, tokens
from .models import Purpose, Token

PERSON_LIMIT = {"limit": 5, "seconds": 3600}
ADDRESS_LIMIT = {"limit": 20, "seconds": 3600}
TAKEN = "Meanwhile that address belongs to another account. Choose a different one in your profile."
SOMEBODY_ELSE = (
    "This link changes the address of the account that asked for it. Sign in to that one, then open it again."
)
ADVICE = "Ask an owner of your workspace, or whoever runs this Galena, to change it back and to lock the account."


def ask_to_verify(member, *, address):
    """Owe `member` a mail with a link that proves they read it; `address` is where the request came from.

    Raises Invalid when there is nothing to prove, TooMany.
    """
    if member.email_verified:
        raise Invalid(f"{member.email} is confirmed already.", "email")
    _count(member, member.email, address)
    owe(NoticeKind.VERIFY, member.email, user=member.user_id)


def change_email(member, new_email, *, address):
    """Owe a mail to `new_email`; the link in it makes that the address of `member`. Until then nothing changes.

    Says nothing about whether somebody has an account there: that mail does. Raises Invalid for the present address,
    TooMany.
    """
    new_email = new_email.strip().lower()
    if new_email == member.email:
        raise Invalid("That is your address already.", "email")
    _count(member, new_email, address)
    owe(NoticeKind.VERIFY, new_email, user=member.user_id, changes=True)


def _count(member, email, address):
    throttle.hit(f"verify address {address}", **ADDRESS_LIMIT)
    throttle.hit(f"verify person {member.user_id}", **PERSON_LIMIT)
    throttle.hit(f"verify mail {digest(email)}", **PERSON_LIMIT)


def pending_email(member):
    """The new address that `member` still has to confirm, or None."""
    waiting = (Token.purpose == Purpose.VERIFY) & Token.used_at.is_null() & (Token.expires_at > now())
    row = Token.get_or_none(waiting, Token.user == member.user_id, Token.email != member.email)
    return row and row.email


def find(token):
    """The Token of a link, with its user. Raises NotFound for one that is good no longer."""
    row = tokens.find(token, Purpose.VERIFY)
    if not row.user.is_active or row.user.email != row.data["was"]:
        raise NotFound(tokens.GONE)
    return row


def changes_address(row):
    """Whether the link makes `row.email` the address of its user, rather than confirm the one they have."""
    return row.email != row.user.email


def verify(token, *, user_id, address):
    """Take the link's address as confirmed; a new one becomes that of its user, who has to be signed in (`user_id`):
    a mistyped address must not hand the account to whoever reads mail there.

    Returns the address. Raises NotFound, Forbidden for anybody else, Conflict when another account has it meanwhile.
    """
    row = find(token)
    changes = changes_address(row)
    if changes and user_id != row.user_id:
        raise Forbidden(SOMEBODY_ELSE)
    with db.atomic():
        tokens.use(token, Purpose.VERIFY)
        _take(row)
        if changes:
            _tell(row, address)
    return row.email


def _take(row):
    """Guarded by the address that the user had when the link was made."""
    same = (User.id == row.user_id) & (User.email == row.data["was"])
    try:
        with db.atomic():
            taken = User.update(email=row.email, email_verified_at=now()).where(same).execute()
    except IntegrityError:
        raise Conflict(TAKEN) from None
    if taken != 1:
        raise NotFound(tokens.GONE)


def _tell(row, address):
    was = row.user.email
    tokens.end_all(row.user_id)  # a link to reset the password that is still in the old mailbox
    owe(
        NoticeKind.CHANGED,
        was,
        user=row.user_id,
        what=f"The address of your Galena account was changed to {row.email}",
        advice=ADVICE,
    )
    record(None, "user.email_changed", row.user.full_name, address=address, was=was, now=row.email)
