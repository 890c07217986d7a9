"""The second factor: time-based codes (RFC 6238) from a person's device, and recovery codes that stand in for it."""

import hmac
import logging
import secrets
from urllib.parse import urlsplit

import pyotp
from peewee import EXCLUDED

from db import db
from webapp import config
from webapp.accounts.audit import record
from webapp.accounts.models import Membership, NoticeKind, User, Workspace
from webapp.accounts.notices import owe
from webapp.core.clock import now
from webapp.core.crypto import Unreadable, decrypt, digest, encrypt
from webapp.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany

from . import passwords, sessions, throttle
from .models import Purpose, RecoveryCode, Token, TwoFactor

log = logging.getLogger("galena.auth")
STEP = 30  # seconds a code is good for; the one before and the one after are taken, too: clocks differ
RECOVERY_CODES = 10
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter that looks like another or a digit
LOOK_ALIKE = str.maketrans("ilo", "110")
TRIES = {"limit": 10, "seconds": 3600}  # three codes of a million are good at a time: guessing takes some four years,
WARNING = {"limit": 1, "seconds": 86400}  # and the owner hears of it on its first day

WRONG_CODE = "That code is not right, or was used already. Check it, or type the next one."
SECRET = "two_factor.secret"


def is_on(user_id):
    return TwoFactor.select().where(TwoFactor.user == user_id, TwoFactor.confirmed_at.is_null(False)).exists()


def codes_left(user_id):
    """How many recovery codes the user still has."""
    return RecoveryCode.select().where(RecoveryCode.user == user_id, RecoveryCode.used_at.is_null()).count()


def required_by(user_id):
    """The names of the user's workspaces that ask everybody for a second factor."""
    query = Workspace.select(Workspace.name).join(Membership)
    query = query.where(Membership.user == user_id, Workspace.requires_two_factor)
    return [name for (name,) in query.order_by(Workspace.name).tuples()]


# ----------------------------------------------------------------------------------------------------------- setting up


def begin(member):
    """Give the member a new secret, which counts once confirm() has seen a code made with it."""
    _not_on(member.user_id)
    fresh = TwoFactor.insert(user=member.user_id, secret=encrypt(pyotp.random_base32(), SECRET))
    fresh.on_conflict(
        conflict_target=[TwoFactor.user],
        update={TwoFactor.secret: EXCLUDED.secret, TwoFactor.last_step: 0},
        where=TwoFactor.confirmed_at.is_null(),
    ).execute()


def cancel(member):
    """Forget a secret that was not confirmed."""
    TwoFactor.delete().where(TwoFactor.user == member.user_id, TwoFactor.confirmed_at.is_null()).execute()


def pending_key(member):
    """The secret to be put into the member's device, in base 32; None when none waits for its first code."""
    row = TwoFactor.get_or_none(TwoFactor.user == member.user_id, TwoFactor.confirmed_at.is_null())
    return row and _secret(row)


def address_of(key, email):
    """The otpauth:// address of `key`, which authenticator apps read from the QR code."""
    host = urlsplit(config.current().base_url).hostname
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=f"Galena at {host}")


def confirm(member, code, *, address=""):
    """Switch it on, now that the device has shown `code`; returns the recovery codes, which are known only now.

    The member's other sessions end: they never gave a code. Raises Invalid, Conflict when it is on already.
    """
    with db.atomic():
        _not_on(member.user_id)
        row = TwoFactor.get_or_none(TwoFactor.user == member.user_id)
        if row is None or not _take(row, code):
            raise Invalid("That code is not right. Check the time on your device, and type the newest code.", "code")
        on = TwoFactor.update(confirmed_at=now()).where(TwoFactor.id == row.id, TwoFactor.confirmed_at.is_null())
        if on.execute() != 1:
            raise Conflict("Two-factor sign-in is on already.")
        sessions.end_others(member)
        _tell(member, "two_factor.on", "Two-factor sign-in was set up", address)
        return _new_recovery_codes(member.user_id)


def _not_on(user_id):
    if is_on(user_id):
        raise Conflict("Two-factor sign-in is on already.")


# ------------------------------------------------------------------------------------------------------------- using it


def check(user_id, code):
    """Take a code of the user's device, or a recovery code. Raises Invalid for a wrong or used one, TooMany."""
    try:
        throttle.hit(f"code {user_id}", **TRIES)
    except TooMany:
        _warn(user_id)
        raise
    if not _good(user_id, code):
        raise Invalid(WRONG_CODE, "code")
    throttle.clear(f"code {user_id}")


def _warn(user_id):
    """Tell the owner, once a day, that somebody knows the password and guesses codes."""
    try:
        throttle.hit(f"code warning {user_id}", **WARNING)
    except TooMany:
        return
    user = User.get_by_id(user_id)
    what = "Somebody typed your right password and then ten wrong codes"
    owe(NoticeKind.CHANGED, user.email, user=user, what=what)


def prove(member, text):
    """Raise Invalid or TooMany unless `text` is the member's password or a code of theirs: an open page is no proof."""
    throttle.hit(f"code {member.user_id}", **TRIES)
    user = User.get_by_id(member.user_id)
    if not (_good(user.id, text) or passwords.verify(text, user.password_hash)):
        raise Invalid("That is neither your password nor a code that is good now. Type it again.", "proof")
    throttle.clear(f"code {member.user_id}")


def _good(user_id, text):
    typed = "".join(text.split())
    if typed.isascii() and typed.isdecimal() and len(typed) == 6:
        row = TwoFactor.get_or_none(TwoFactor.user == user_id, TwoFactor.confirmed_at.is_null(False))
        return row is not None and _take(row, typed)
    return _take_recovery_code(user_id, text)


def _take(row, code):
    """Whether `code` is one of now. Each step is taken once, and none older than one that was: of two tries at once
    one gets it (RFC 6238, 5.2).
    """
    codes = pyotp.TOTP(_secret(row), interval=STEP)
    typed, current = "".join(code.split()), int(now().timestamp()) // STEP
    for step in (current - 1, current, current + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), typed.encode()):
            taken = TwoFactor.update(last_step=step).where(TwoFactor.id == row.id, TwoFactor.last_step < step)
            return taken.execute() == 1
    return False


def _take_recovery_code(user_id, text):
    ours = (RecoveryCode.user == user_id) & (RecoveryCode.code_hash == _hash(text)) & RecoveryCode.used_at.is_null()
    with db.atomic():
        if RecoveryCode.update(used_at=now()).where(ours).execute() != 1:
            return False
        user = User.get_by_id(user_id)
        record(None, "two_factor.recovery_code_used", user.email)
        owe(NoticeKind.CHANGED, user.email, user=user, what="A recovery code of your account was used")
        return True


def _secret(row):
    try:
        return decrypt(row.secret, SECRET)
    except Unreadable as error:
        log.error("two-factor of user %s: %s", row.user_id, error)
        raise Invalid(
            "We cannot check codes, because the server's key was changed. Use a recovery code, or ask whoever runs "
            "this Galena.",
            "code",
        ) from None


# ---------------------------------------------------------------------------------------------------------- changing it


def renew_recovery_codes(member, proof, *, address=""):
    """New recovery codes in the place of all former ones; returns them. Raises Invalid for a wrong `proof`."""
    if not is_on(member.user_id):
        raise NotFound("Two-factor sign-in is off. Set it up first.")
    prove(member, proof)
    with db.atomic():
        _tell(member, "two_factor.codes_renewed", "New recovery codes were made for your account", address)
        return _new_recovery_codes(member.user_id)


def switch_off(member, proof, *, address=""):
    """Ask for the password alone from now on. Raises Forbidden while a workspace requires it, Invalid."""
    if names := required_by(member.user_id):
        raise Forbidden(f"{names[0]} asks everybody for two-factor sign-in, so it stays on while you are in there.")
    prove(member, proof)
    with db.atomic():
        if _remove(member.user_id):
            _tell(member, "two_factor.off", "Two-factor sign-in was switched off", address)


def reset(user, *, actor=None, address=""):
    """Take the second factor from a user who lost it, and sign them out everywhere; returns whether there was one."""
    with db.atomic():
        if not _remove(user.id):
            return False
        Token.delete().where(Token.user == user, Token.purpose == Purpose.SECOND_FACTOR).execute()
        sessions.end_all(user.id)
        record(actor, "two_factor.reset", user.email, address=address)
        owe(NoticeKind.CHANGED, user.email, user=user, what="Two-factor sign-in was taken off your account")
        return True


def _remove(user_id):
    RecoveryCode.delete().where(RecoveryCode.user == user_id).execute()
    return TwoFactor.delete().where(TwoFactor.user == user_id).execute() == 1


def _new_recovery_codes(user_id):
    codes = {"".join(secrets.choice(ALPHABET) for _ in range(12)) for _ in range(RECOVERY_CODES)}
    RecoveryCode.delete().where(RecoveryCode.user == user_id).execute()
    RecoveryCode.insert_many({"user": user_id, "code_hash": _hash(code)} for code in codes).execute()
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def _hash(code):
    """What a row keeps of a recovery code, however it was typed."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return digest(plain.translate(LOOK_ALIKE))


def _tell(member, action, what, address):
    record(member, action, member.email, address=address)
    owe(NoticeKind.CHANGED, member.email, user=member.user_id, what=what)
