"""An address of its own for the answers to each recipient: mara+g7k2…@halden.example.

A server with sub-addressing (RFC 5233) delivers it to mara@halden.example. What comes there answers our mail, whatever
its headers have lost and whoever writes. Nobody can make the address of another recipient: its end is an HMAC.
"""

import base64
import hashlib
import hmac
import re
from functools import lru_cache

from webapp import config
from webapp.mail.mailbox_models import Mailbox

_MAC = 12  # letters of base32: 60 bits
_LOCAL = 64  # letters before the @, as RFC 5321 has it
_PLUS = re.compile(rf"[^@]*\+g(\d{{1,10}})([a-z2-7]{{{_MAC}}})@[^@]+", re.IGNORECASE)


def with_plus(workspace_id):
    """The addresses, in lower case, of the workspace's mailboxes that take such addresses, as somebody said."""
    boxes = Mailbox.select(Mailbox.email).where(Mailbox.workspace == workspace_id, Mailbox.plus_replies)
    return {email.lower() for (email,) in boxes.tuples()}


def reply_address(address, recipient_id):
    """`address` with what names the recipient behind its +; as it is when that makes it too long."""
    local, _, domain = address.rpartition("@")
    own = f"{local}+g{recipient_id}{_mac(config.current().secret_key, recipient_id)}"
    return f"{own}@{domain}" if len(own) <= _LOCAL else address


def recipient_of(address):
    """The id of the recipient that an address of ours names, else None."""
    match = _PLUS.fullmatch(address)
    if match is None:
        return None
    settings, recipient_id = config.current(), int(match[1])
    keys = (settings.secret_key, *settings.secret_key_fallbacks)
    ours = any(hmac.compare_digest(_mac(key, recipient_id), match[2].lower()) for key in keys)
    return recipient_id if ours and recipient_id < 2**31 else None


@lru_cache(maxsize=1024)
def _mac(key, recipient_id):
    made = hmac.digest(key.encode(), f"answers to {recipient_id}".encode(), hashlib.sha256)
    return base64.b32encode(made).decode().lower()[:_MAC]
