"""Google identities of users: signing in by one, linking and unlinking it. oidc.py asks Google.

An identity is (issuer, subject) and nothing else. An address is only written down: it can change hands, so it never
says whose account something is.
"""

import logging
import re
from datetime import timedelta
from typing import NamedTuple

from peewee import IntegrityError

from db import db
from webapp import config
from webapp.accounts import invitations, pictures
from webapp.accounts.audit import record
from webapp.accounts.models import NoticeKind, User
from webapp.accounts.notices import owe
from webapp.accounts.sign_ups import CLOSED, sign_up_is_open
from webapp.accounts.workspaces import create_user, start_workspace
from webapp.core.clock import now
from webapp.core.crypto import encrypt
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.jobs import later

from . import authorization, providers
from .authorization import STALE  # noqa: F401  for who links, too
from .models import Account
from .refusals import Away, Refused

log = logging.getLogger("galena.google")
SECRETS = ("access_token", "refresh_token", "id_token")

OFF = "Google sign-in is not set up here."
DENIED = "You did not let Google tell us who you are, so nothing happened. Try again, or sign in with your e-mail."
UNVERIFIED = "Google has not verified the address of that account. Verify it there first, or sign in with your e-mail."
KNOWN = (
    "There is already an account with {}. Sign in with your password, or ask for a new one, then link Google on your "
    "profile."
)
NOT_INVITED = "The invitation is for {}, and that Google account is {}. Choose another one, or accept with a password."
TAKEN = "That Google account is linked to somebody else here. Choose another one."
SECOND = "Your account is linked to another Google account. Unlink that one first."
ONLY_WAY = "Google is the only way you can sign in. Set a password first, then unlink it."


class Identity(NamedTuple):
    """Who somebody is at Google, verified. `picture` is an address or empty; `tokens` is the answer they came with."""

    issuer: str
    subject: str
    email: str
    name: str
    picture: str
    tokens: dict


class Linked(NamedTuple):
    """The Google account of a user. It can be unlinked when there is another way to sign in."""

    email: str
    since: object
    removable: bool


def ask(**wishes):
    """Where to send a browser to be asked who it is, and what to keep in its signed cookie until it comes back.

    `wishes` are those of oidc.ask(). Raises NotFound and Away.
    """
    if not config.current().google:
        raise NotFound(OFF)
    return authorization.ask(providers.google(), **wishes)


def answered(answer, asked, *, address, **place):
    """The Identity behind `answer`, as authorization.answered() has it. Raises Refused, Away or TooMany."""
    if answer.get("error") == "access_denied":
        raise Refused(DENIED)
    return _identity(*authorization.answered(providers.google(), answer, asked, address=address, **place))


def refreshed(token):
    """The answer with a new access token for a refresh token. Raises Refused when that is taken no more, and Away."""
    if not config.current().google:
        raise Away(OFF)
    return authorization.oidc().refresh(providers.google(), token)


def _identity(claims, tokens):
    email = claims.get("email")
    if claims.get("email_verified") is not True or not _is_address(email):
        raise Refused(UNVERIFIED)
    email = email.lower()
    name = _text(claims.get("name"))[:120] or email.partition("@")[0]
    return Identity(claims["iss"], claims["sub"], email, name, _text(claims.get("picture")), tokens)


def _is_address(email):
    return isinstance(email, str) and bool(re.fullmatch(r"[^@\s\0]+@[^@\s\0]+", email)) and len(email) <= 254


def _text(value):
    """`value` on one line without what no database keeps; empty for what is no text."""
    return " ".join(value.replace("\0", "").split()) if isinstance(value, str) else ""


def user_of(identity, invitation_token=""):
    """The user whose Google identity this is, their tokens kept anew. For an unknown identity, a new one in a workspace
    of their own, or in none yet when they came by an invitation.

    Raises Refused for an address that somebody has (only who is signed in as them may link it), for an invitation to
    another address, and for somebody new while sign-up is closed.
    """
    account = _account(identity)
    if account is None:
        return _newcomer(identity, invited=_is_invited(identity, invitation_token))
    if account.user.is_active:
        Account.update(email=identity.email, last_used_at=now(), **_kept(identity)).where(
            Account.id == account.id
        ).execute()
    return account.user


def _account(identity):
    query = Account.select(Account, User).join(User)
    return query.where(Account.issuer == identity.issuer, Account.subject == identity.subject).first()


def _is_invited(identity, token):
    """Whether the token opens an invitation. Raises Refused when that is for another address."""
    try:
        invitation = invitations.find(token)
    except NotFound:
        return False
    if invitations.why_closed(invitation):
        return False
    if invitation.email != identity.email:
        raise Refused(NOT_INVITED.format(invitation.email, identity.email))
    return True


def _newcomer(identity, *, invited):
    if not (invited or sign_up_is_open()):
        raise Refused(CLOSED)
    try:
        with db.atomic():
            user = create_user(full_name=identity.name, email=identity.email, password_hash="")
            User.update(email_verified_at=now()).where(User.id == user.id).execute()
            if not invited:
                start_workspace(user, f"{identity.name.split()[0][:60]}'s workspace")
            _connect(user.id, identity)
    except (Invalid, IntegrityError):  # the address, or of two sign-ins at once this very identity, is there already
        raise Refused(KNOWN.format(identity.email)) from None
    if identity.picture:
        later("fetch_picture", user.id, identity.picture)
    return user


def link(member, identity):
    """Let `member` sign in with this identity, too. Raises Refused when it is linked to another, or they to another."""
    account = _account(identity)
    if account and account.user_id == member.user_id:
        return
    try:
        with db.atomic():
            _connect(member.user_id, identity)
            record(member, "google.linked", identity.email)
            _tell(member, f"{identity.email} at Google was linked to your account")
    except IntegrityError:
        raise Refused(TAKEN if account else SECOND) from None


def unlink(member):
    """Take the member's Google identity away. Raises Conflict when they could not sign in any more."""
    with db.atomic():
        account = _of(member.user_id)
        if account is None:
            return
        if not account.user.password_hash:
            raise Conflict(ONLY_WAY)
        Account.delete().where(Account.id == account.id).execute()
        record(member, "google.unlinked", account.email)
        _tell(member, f"{account.email} at Google was unlinked from your account")


def _tell(member, what):
    owe(NoticeKind.CHANGED, member.email, user=member.user_id, what=what)


def linked(user_id):
    """The user's Linked, or None."""
    account = _of(user_id)
    return account and Linked(account.email, account.created_at, bool(account.user.password_hash))


def _of(user_id):
    query = Account.select(Account, User).join(User)
    return query.where(Account.user == user_id, Account.issuer == config.current().google_issuer).first()


def _connect(user_id, identity):
    Account.create(
        user=user_id,
        issuer=identity.issuer,
        subject=identity.subject,
        email=identity.email,
        last_used_at=now(),
        **_kept(identity),
    )


def _kept(identity):
    """What the row keeps of the tokens, encrypted. A refresh token may come only once: none leaves the one before."""
    tokens = identity.tokens
    kept = {name: encrypt(tokens[name], f"account.{name}") for name in SECRETS if isinstance(tokens.get(name), str)}
    lasts = tokens.get("expires_in")
    expires_at = now() + timedelta(seconds=min(lasts, 10**9)) if isinstance(lasts, int) else None
    return {**kept, "scope": _text(tokens.get("scope"))[:1000], "expires_at": expires_at}


def fetch_picture(user_id, url):
    """Give a newcomer the picture they have at Google. When none comes that can be read, their initials stand there."""
    user = User.get_or_none(User.id == user_id)
    if user is None or user.picture or not authorization.oidc().may_fetch(url):
        return
    try:
        pictures.keep(user_id, authorization.oidc().fetch(url, pictures.MEGABYTES * 1_000_000))
    except (Invalid, OSError, ValueError) as error:  # requests' own are OSErrors
        log.info("no picture for user %s: %s", user_id, error)
