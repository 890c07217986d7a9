"""How a Mail leaves: over SMTP when MAIL_URL is set, else into the Outbox.

A transport takes a mail in two moves, offer() and hand_over(), between which the ledger writes down that it is on its
way. What can go wrong is named in smtp.py: Unavailable, Rejected, Dropped, Unanswered.
"""

import ipaddress
from urllib.parse import urlsplit

from peewee import IntegrityError

from db import db
from webapp import config
from webapp.core.clock import now
from webapp.core.crypto import decrypt

from .addresses import ascii_address
from .mailbox_models import MailboxKind, Security
from .models import CapturedMail
from .smtp import Connection, Dropped, Server, Unanswered


def transport_for(workspace):
    """The transport for `workspace`'s mail (a row or its id), not connected yet."""
    settings = config.current()
    if settings.mail_url is None:
        return Captured(workspace)
    return Smtp(Server.of(settings.mail_url), sender=settings.mail_from, name=_name(settings))


def transport_of(mailbox):
    """The transport of a Mailbox, not connected yet."""
    if mailbox.kind is MailboxKind.SERVER:
        return transport_for(mailbox.workspace_id)
    server = Server(
        mailbox.smtp_host,
        mailbox.smtp_port,
        mailbox.username,
        decrypt(mailbox.secret, "mailbox.secret") if mailbox.secret else "",
        {Security.TLS: "always", Security.STARTTLS: "required", Security.NONE: "no"}[mailbox.smtp_security],
    )
    return Smtp(server, sender=mailbox.email, name=_name(config.current()))


def _name(settings):
    """What we call ourselves in EHLO: the host people reach the app at, or its address in brackets."""
    host = urlsplit(settings.base_url).hostname
    try:
        return f"[{ipaddress.ip_address(host)}]"
    except ValueError:
        return host


class Captured:
    """Keeps each mail in the Outbox."""

    def __init__(self, workspace):
        self.workspace = workspace

    def offer(self, email):
        ascii_address(email)

    def hand_over(self, mail):
        try:
            with db.atomic():
                CapturedMail.create(
                    workspace=self.workspace,
                    message_id=mail.message_id,
                    email=mail.email,
                    subject=mail.subject,
                    raw=mail.raw,
                    created_at=now(),
                )
        except IntegrityError:
            return "Captured before."
        return "Captured."

    def close(self):
        """Nothing is open."""


class Smtp:
    """One kept connection, opened on the first mail and again after it broke."""

    def __init__(self, server, *, sender, name):
        self.server, self.name = server, name
        self.sender = ascii_address(sender)
        self.connection = None

    def offer(self, email):
        """Raises Unavailable, Rejected or Dropped. A kept connection that the server ended meanwhile is replaced."""
        address = ascii_address(email)
        if self.connection is not None and self.connection.socket is not None:
            try:
                return self.connection.offer(self.sender, address)
            except Dropped:
                used = self.connection.mails
                self.close()
                if not used:
                    raise
        self.connection = Connection(self.server, name=self.name)
        try:
            return self.connection.offer(self.sender, address)
        except Dropped:
            self.close()
            raise

    def hand_over(self, mail):
        try:
            return self.connection.hand_over(mail.raw)
        except (Dropped, Unanswered):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def send_one(workspace, mail):
    """Send one mail that is in no ledger, such as a test; returns the server's words. Raises what transports do."""
    transport = transport_for(workspace)
    try:
        transport.offer(mail.email)
        return transport.hand_over(mail)
    finally:
        transport.close()
