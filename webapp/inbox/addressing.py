"""Whom a mail is to, as a member types it, and who of them must not be written to."""

from email.utils import getaddresses

from webapp.core.errors import Invalid
from webapp.mail.addresses import ascii_address
from webapp.mail.models import Suppression, SuppressionReason
from webapp.mail.suppression import keys_of, lasting

from .models import Direction, Kind, ThreadMessage

MOST = 20  # people that one mail may be to
WHY = {
    SuppressionReason.UNSUBSCRIBED: "asked not to be written to",
    SuppressionReason.COMPLAINED: "called a mail of yours spam",
    SuppressionReason.BOUNCED: "did not exist when it was last written to",
    SuppressionReason.ERASED: "was erased",
    SuppressionReason.PAUSED: "asked for some time without mail",
}


def read(text, field="recipients"):
    """[(name, address), …] of "Ann <ann@globex.example>, bob@globex.example": each once, the address in lower case and
    with the host as it is dialled: other letters for the same host are no way around the list of suppressed addresses.
    Raises Invalid, about `field`, for what is no address.
    """
    found = {}
    text = " ".join(text.replace("\0", "").split()).replace(";", ",")
    for name, address in getaddresses([text]) if text.strip(" ,") else ():
        if "@" not in address or address not in text:  # the parser drops blanks: of two addresses it makes a third
            said = text if "@" in address else name or address or text
            raise Invalid(f"“{said}” is no e-mail address. Put commas between several.", field)
        try:
            address = ascii_address(address).lower()
        except Invalid as error:
            raise Invalid(str(error), field) from None
        found.setdefault(address, name.strip())
    return [(name, address) for address, name in found.items()]


def written(people):
    """The same as text."""
    return ", ".join(f"{_quoted(name)} <{address}>" if name else address for name, address in people)


def _quoted(name):
    return '"' + name.replace('"', "'").replace("\\", "") + '"' if set(name) & set(',;:<>@()[]"\\') else name


def check(workspace_id, to, cc=()):
    """Raise Invalid unless a mail may go to all of these."""
    if not to:
        raise Invalid("Say whom it is to.", "recipients")
    if len(to) + len(cc) > MOST:
        raise Invalid(f"A mail from here goes to {MOST} people at most. For more, make a campaign.", "recipients")
    for field, people in (("recipients", to), ("cc", cc)):
        for _, address in people:
            if (entry := stopped_by(workspace_id, address)) is not None:
                raise Invalid(why(entry, address), field)


def why(entry, address):
    """Why the list of suppressed addresses stops mail to `address`, in a sentence."""
    said = WHY.get(entry.reason, "is on the list of addresses not to write to")
    return f"{address} {said}, so nothing is sent there. It can be answered again once they write to you themselves."


def stopped_by(workspace_id, address):
    """The Suppression that stops a member's mail to `address`, or None: whoever wrote to us after it was put on the
    list may be answered.
    """
    entries = Suppression.of(workspace_id).where(Suppression.email.in_(keys_of(address)), lasting())
    entry = entries.order_by(Suppression.created_at.desc()).first()
    if entry is None or _wrote_since(workspace_id, address, entry.created_at):
        return None
    return entry


def _wrote_since(workspace_id, address, moment):
    theirs = (ThreadMessage.sender_email == address.lower()) & (ThreadMessage.kind == Kind.REPLY)
    came = (ThreadMessage.direction == Direction.IN) & (ThreadMessage.received_at > moment)
    return ThreadMessage.of(workspace_id).where(theirs, came).exists()
