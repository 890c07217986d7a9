"""Passwords: bcrypt over a SHA-256 of the text, so that none of its bytes is ignored (bcrypt itself stops at 72)."""

import base64
import hashlib
from functools import cache
from pathlib import Path

import bcrypt

from webapp.core.errors import Invalid

ROUNDS = 12  # 2^12 steps: about a quarter of a second
MINIMUM = 8
MAXIMUM = 1024
_COMMON = Path(__file__).parent / "common_passwords.txt"  # where it is from: common_passwords.LICENSE.txt
_ROW = "01234567890123456789"  # forwards and backwards


def check_strength(password, *, email="", full_name=""):
    """Raise Invalid for a password that is too short, too long, one's own name or one that everybody tries."""
    if len(password) < MINIMUM:
        raise Invalid(f"Use {MINIMUM} characters or more.", "password")
    if len(password) > MAXIMUM:
        raise Invalid(f"Use {MAXIMUM} characters or fewer.", "password")
    own = {email.casefold(), email.casefold().partition("@")[0], full_name.casefold()}
    if password.casefold() in own or len(set(password)) < 3 or _is_common(password.casefold()):
        raise Invalid("That is too easy to guess. Use a few unrelated words.", "password")


def _is_common(password):
    """Whether leaked lists have it; digits and a full stop after such a one do not help."""
    stem = password.rstrip("0123456789!?.") or password
    return bool({password, stem} & _common()) or password in _ROW or password[::-1] in _ROW


@cache
def _common():
    """The 11,617 most used passwords of MINIMUM characters and more: read in 2 ms on first use, 1.2 MB."""
    return frozenset(_COMMON.read_text().split())


def hash_password(password):
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(ROUNDS)).decode()


@cache
def _nobody():
    """A hash that no password belongs to, as dear to check as a real one."""
    return hash_password("nobody has this password")


def verify(password, password_hash):
    """Whether `password` belongs to the hash. Without a hash it takes the same time and says no."""
    matches = bcrypt.checkpw(_digest(password), (password_hash or _nobody()).encode())
    return matches and bool(password_hash)


def _digest(password):
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
