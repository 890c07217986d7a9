"""How a Mail leaves: over SMTP when MAIL_URL is set, else into the Outbox.

A transport takes a mail in two moves, offer() and hand_over(), between which the ledger writes down that it is on its
way. What can go wrong is named in smtp.py: Unavailable, Rejected, Dropped, Unanswered.
"""

import ipaddress
from dataclasses import replace
from urllib.parse import urlsplit

from peewee import IntegrityError

from db import db
from webapp import config
from webapp.core.clock import now
from webapp.core.crypto import Unreadable, decrypt

from . import access
from .addresses import ascii_address
from .faults import Dropped, NotLetIn, Unanswered, Unavailable
from .mailbox_models import MailboxKind, Security
from .mailboxes import SECRET
from .models import CapturedMail
from .smtp import Connection, Server

TLS = {Security.TLS: "always", Security.STARTTLS: "required", Security.NONE: "no"}
UNREADABLE = "The password cannot be read any more: SECRET_KEY was changed. Type it in again."


def transport_for(workspace):
    """The transport for `workspace`'s mail (a row or its id), not connected yet."""
    settings = config.current()
    if settings.mail_url is None:
        return Captured(workspace)
    return Smtp(Server.of(settings.mail_url), sender=settings.mail_from, name=_name(settings))


def transport_of(mailbox):
    """The transport of a Mailbox, not connected yet. Raises Unavailable when its password cannot be read."""
    if mailbox.kind is MailboxKind.SERVER:
        return transport_for(mailbox.workspace_id)
    by_oauth = mailbox.kind.by_oauth
    password = "" if by_oauth else password_of(mailbox)
    user = mailbox.username if by_oauth or password else None  # some servers let their own network in as it is
    tls = TLS[mailbox.smtp_security]
    server = Server(mailbox.smtp_host, mailbox.smtp_port, user, password, tls, typed=True)
    name = _name(config.current())
    return ByToken(mailbox, server, name=name) if by_oauth else Smtp(server, sender=mailbox.email, name=name)


def password_of(mailbox):
    """Its password in the clear, "" for none. Raises Unavailable when it cannot be read."""
    try:
        return decrypt(mailbox.secret, SECRET) if mailbox.secret else ""
    except Unreadable:
        raise Unavailable(UNREADABLE, lasting=True) from None


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

    def offer(self, *emails):
        for email in emails:
            ascii_address(email)

    def hand_over(self, mail, meanwhile=None):
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

    def offer(self, *emails):
        """Raises Unavailable, Rejected or Dropped. A kept connection that the server ended meanwhile is replaced."""
        addresses = [ascii_address(email) for email in emails]
        if self.connection is not None and self.connection.socket is not None:
            try:
                return self.connection.offer(self.sender, *addresses)
            except Dropped:
                used = self.connection.mails
                self.close()
                if not used:
                    raise
        self.connection = self._connect()
        try:
            return self.connection.offer(self.sender, *addresses)
        except Dropped:
            self.close()
            raise

    def _connect(self):
        return Connection(self.server, name=self.name)

    def hand_over(self, mail, meanwhile=None):
        try:
            return self.connection.hand_over(mail.raw, meanwhile)
        except (Dropped, Unanswered):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class ByToken(Smtp):
    """Signs in with an access token, which is asked for when there has to be a connection."""

    def __init__(self, mailbox, server, *, name):
        super().__init__(server, sender=mailbox.email, name=name)
        self.mailbox = mailbox

    def _connect(self):
        try:
            return self._with(access.access_token(self.mailbox))
        except NotLetIn:  # a token can end before its time
            return self._with(access.access_token(self.mailbox, fresh=True))

    def _with(self, token):
        return Connection(replace(self.server, token=token), name=self.name)


def send_one(workspace, mail):
    """Send one mail that is in no ledger, such as a test; returns the server's words. Raises what transports do."""
    return send_through(transport_for(workspace), mail)


def send_through(transport, mail):
    """The same through this transport, which is closed behind it."""
    try:
        transport.offer(mail.email)
        return transport.hand_over(mail)
    finally:
        transport.close()
