"""Secrets at rest: AES-256-GCM under a key made from SECRET_KEY, which the database does not hold; and token hashes."""

import base64
import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp import config

NONCE = 12  # bytes, as NIST SP 800-38D recommends


class Unreadable(Exception):
    """A secret that no key of this installation opens: SECRET_KEY was changed without SECRET_KEY_FALLBACKS."""


def encrypt(text, purpose):
    """`text` as base64 that decrypt() opens with the same `purpose` ("accounts.access_token") and only with it."""
    nonce = os.urandom(NONCE)
    sealed = _cipher(config.current().secret_key).encrypt(nonce, text.encode(), purpose.encode())
    return base64.b64encode(nonce + sealed).decode()


def decrypt(sealed, purpose):
    """The text behind encrypt(), under the current key or a former one. Raises Unreadable."""
    settings = config.current()
    raw = base64.b64decode(sealed)
    for key in (settings.secret_key, *settings.secret_key_fallbacks):
        try:
            return _cipher(key).decrypt(raw[:NONCE], raw[NONCE:], purpose.encode()).decode()
        except InvalidTag:
            continue
    raise Unreadable(f"{purpose} was encrypted with another SECRET_KEY. Put that one into SECRET_KEY_FALLBACKS.")


def digest(token):
    """The SHA-256 of a random token, in hex: what a row keeps of it."""
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=8)
def _cipher(secret):
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"galena secrets at rest").derive(secret.encode()))
