"""Mailboxes for tests, made the way the program makes them."""

from webapp.mail import mailboxes
from webapp.mail.mailbox_models import Mailbox, Security

HERE = "/settings/mailboxes"
FIELDS = {
    **mailboxes.DEFAULTS,
    "email": "mara@halden.example", "sender_name": "Mara Lindqvist", "username": "", "password": "hush-hush",
    "smtp_host": "smtp.halden.example", "smtp_port": 587, "smtp_security": Security.STARTTLS,
    "imap_host": "imap.halden.example", "imap_port": 993, "imap_security": Security.TLS,
    "needs_secret": False, "zone": "Europe/Berlin",
}  # fmt: skip
FORM = {
    **FIELDS,
    "password": "",
    "plus_replies": "",
    "days": list("12345"),
    "smtp_security": "starttls",
    "imap_security": "tls",
}


def mailbox(member, **changes):
    """A mailbox of `member`."""
    return Mailbox.get_by_id(mailboxes.add(member, {**FIELDS, "owner": member.user_id, **changes}).id)


def ids(workspace):
    return [one.id for one in Mailbox.of(workspace)]
