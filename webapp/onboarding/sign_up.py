"""Signing up: at once where nobody could read a mail, else with a link, so that no answer tells who has an account."""

from db import db
from webapp import config
from webapp.accounts.members import has_accounts
from webapp.accounts.models import NoticeKind, User
from webapp.accounts.notices import owe
from webapp.accounts.sign_ups import check_sign_up_is_open
from webapp.accounts.workspaces import create_user, start_workspace
from webapp.auth import throttle, tokens
from webapp.auth.models import Purpose
from webapp.auth.passwords import check_strength, hash_password, verify
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import Invalid

ADDRESS_LIMIT = {"limit": 20, "seconds": 3600}
ACCOUNT_LIMIT = {"limit": 5, "seconds": 3600}
TRIES = {"limit": 10, "seconds": 900}
WRONG = "That is not the password this sign-up was made with. If it was not you who made it, leave this page."


def sign_up(*, full_name, email, password, workspace_name, time_zone="UTC"):
    """A user, their workspace and their ownership of it; returns (user, workspace). Raises Invalid."""
    check_strength(password, email=email, full_name=full_name)
    return _make(full_name, email, hash_password(password), workspace_name, time_zone)


def ask(*, full_name, email, password, workspace_name, time_zone, address, browser):
    """Begin a sign-up; returns (user, workspace) when it was made at once, else None: a mail with a link is owed.

    It is made at once for the first user, and while mail is captured. Otherwise the answer, and the time it takes, is
    the same for every address: the job that sends the mail finds out whether it has an account. `browser` is a secret
    of the browser, `address` where it is. Raises Forbidden, Invalid, TooMany.
    """
    email = email.lower()
    check_sign_up_is_open()
    throttle.hit(f"sign-up address {address}", **ADDRESS_LIMIT)
    check_strength(password, email=email, full_name=full_name)
    throttle.hit(f"sign-up account {digest(email)}", **ACCOUNT_LIMIT)
    password_hash = hash_password(password)
    if config.current().mail_url is None or not has_accounts():
        with db.atomic():
            user, workspace = _make(full_name, email, password_hash, workspace_name, time_zone)
            owe(NoticeKind.VERIFY, email, user=user)
        return user, workspace
    owe(
        NoticeKind.SIGN_UP,
        email,
        full_name=full_name,
        password_hash=password_hash,
        workspace_name=workspace_name,
        time_zone=time_zone,
        browser=digest(browser),
    )
    return None


def find(token):
    """The Token of a sign-up's link. Raises NotFound for one that is good no longer."""
    return tokens.find(token, Purpose.SIGN_UP)


def is_from(row, browser):
    """Whether the sign-up was typed in the browser with this secret."""
    return bool(browser) and digest(browser) == row.data["browser"]


def confirm(token, *, browser, password):
    """Make what the link's sign-up asked for; returns (user, workspace). Raises NotFound, Invalid, TooMany.

    In another browser it takes the password, too: somebody else may have signed up with the reader's address, and
    would have the password of an account that the reader fills with leads.
    """
    row = find(token)
    if not is_from(row, browser):
        throttle.hit(f"sign-up link {row.id}", **TRIES)
        if not verify(password, row.data["password_hash"]):
            raise Invalid(WRONG, "password")
    asked = row.data
    with db.atomic():
        tokens.use(token, Purpose.SIGN_UP)
        return _make(
            asked["full_name"],
            row.email,
            asked["password_hash"],
            asked["workspace_name"],
            asked["time_zone"],
            verified_at=now(),
        )


def _make(full_name, email, password_hash, workspace_name, time_zone, *, verified_at=None):
    with db.atomic():
        user = create_user(full_name=full_name, email=email, password_hash=password_hash, time_zone=time_zone)
        if verified_at:
            User.update(email_verified_at=verified_at).where(User.id == user.id).execute()
        return user, start_workspace(user, workspace_name, time_zone=time_zone)
