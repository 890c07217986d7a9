"""What the workspace knows about many mails at once: its own mails that they name, its leads that they are from or to.

Every read is one query for all of the mails, however many they are.
"""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from peewee import SQL, NodeList, Value

from db import is_sqlite
from webapp.accounts.models import Membership, User
from webapp.campaigns import plus_addresses
from webapp.campaigns.models import Delivery, DeliveryState
from webapp.core.clock import stamp
from webapp.core.prepared import Prepared, instance
from webapp.leads.cleaning import FREE_MAIL
from webapp.leads.duplicates import NOTHING
from webapp.leads.models import Lead
from webapp.mail.mailbox_models import Mailbox

from .models import Thread, ThreadMessage
from .texts import bare, key_of

LATELY = timedelta(days=30)  # how long somebody else at a company may answer a mail without naming it
ANSWERING = timedelta(days=90)  # how long a mail from whom we wrote to is about what we wrote
SKEW = timedelta(minutes=5)  # by which two servers' clocks may differ
LEFT = (DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
FIRST, NAMED = 5, 30  # Message-IDs of one mail that are looked at: those its thread began with, and the nearest
REACHED = 100  # addresses of one mail that are looked at
MERGES = 5  # times that a lead may have been merged since
COMPANY_MAILS = 5000  # to companies of one batch that are looked at, the newest


class Clues(NamedTuple):
    """What tells whose business a mail is, with or without its body. Addresses are in lower case; `reached` are those
    it was sent or delivered to; Message-IDs have their <>, the nearest last; `is_bulk`: of a list or a bulk sender.
    """

    refers_to: tuple
    sender: str
    reached: tuple
    subject: str
    received_at: datetime
    from_sent: bool  # it lies in a Sent folder
    is_bulk: bool

    @property
    def named(self):
        """The Message-IDs that are looked at, the nearest first."""
        return tuple(dict.fromkeys((*self.refers_to[-NAMED:][::-1], *self.refers_to[:FIRST][::-1])))


class Named(NamedTuple):
    """A mail of a thread that somebody names."""

    thread_id: int
    lead_id: int | None
    recipient_id: int | None
    campaign_id: int | None
    email: str  # the thread's
    direction: object
    subject: str


class Known:
    """What is known about these Clues: `own` addresses of the workspace, Deliveries and Named by Message-ID, leads that
    are alive by address, Deliveries by recipient, by address and by the domain of their lead.
    """

    def __init__(self, workspace_id, mails):
        self.workspace_id = workspace_id
        self.own = own_addresses(workspace_id)
        ids = {name for mail in mails for name in mail.named}
        self.deliveries = deliveries_named(workspace_id, ids)
        self.named = named(workspace_id, ids)
        senders, ours = {mail.sender for mail in mails}, [mail for mail in mails if self.may_be_ours(mail)]
        self.leads = self._leads(senders | {email for mail in ours for email in mail.reached[:REACHED]})
        self.by_recipient = self._by_recipient(mails)
        self.by_email = self._by_email(senders, mails)
        self.by_domain = self._by_domain(mails)

    def may_be_ours(self, mail):
        return mail.from_sent or mail.sender in self.own

    def _leads(self, emails):
        emails = emails - {""}
        rows = _leads(workspace=self.workspace_id, emails=together(emails)) if emails else ()
        return {row.email: row for row in rows}

    def _by_recipient(self, mails):
        """{recipient id: its newest Delivery} of those whose own address a mail was sent to."""
        asked = {plus_addresses.recipient_of(email) for mail in mails for email in mail.reached[:REACHED]} - {None}
        if not asked:
            return {}
        rows = Delivery.of(self.workspace_id).where(Delivery.recipient.in_(asked)).order_by(Delivery.id)
        return {row.recipient_id: row for row in rows}

    def _by_email(self, emails, mails):
        """{address: Deliveries to it, the newest first}."""
        since = min((mail.received_at for mail in mails), default=None)
        found = defaultdict(list)
        if since and emails - {""}:
            asked = {"emails": together(emails - {""}), "since": stamp(since - ANSWERING)}
            for row in _by_email(workspace=self.workspace_id, **asked):
                found[row.email].append(instance(Delivery, row))
        return found

    def _by_domain(self, mails):
        """{domain: Deliveries to its leads, the newest first} of companies that mails come from."""
        times = [mail.received_at for mail in mails]
        domains = {company_of(mail.sender) for mail in mails if not (mail.is_bulk or mail.from_sent)}
        domains -= {"", *map(company_of, self.own)}
        found = defaultdict(list)
        if domains:
            lately = {"since": stamp(min(times) - LATELY), "until": stamp(max(times) + SKEW)}
            for *row, domain in _by_domain(workspace=self.workspace_id, domains=together(domains), **lately):
                found[domain].append(instance(Delivery, row))
        return found

    @staticmethod
    def newest(deliveries, mail, within):
        """The newest of these Deliveries that left before the mail came, and not long before; None without one."""
        latest, earliest = mail.received_at + SKEW, mail.received_at - within
        return next((row for row in deliveries if earliest < row.changed_at and row.created_at <= latest), None)


def survivor(lead_id):
    """The lead that this one was merged into, or itself. A query or two."""
    for _ in range(MERGES if lead_id else 0):
        gone = _merged_into.one(lead=lead_id)
        if gone is None or gone.merged_into is None:
            break
        lead_id = gone.merged_into
    return lead_id


@Prepared
def _merged_into(*, lead):
    return Lead.select(Lead.merged_into).where(Lead.id == lead, Lead.deleted_at.is_null(False))


def own_addresses(workspace_id):
    """The addresses that the workspace itself writes from: of its mailboxes and its members."""
    return {email.lower() for (email,) in _own_addresses(workspace=workspace_id)}


@Prepared
def _own_addresses(*, workspace):
    boxes = Mailbox.select(Mailbox.email).where(Mailbox.workspace == workspace, Mailbox.email != "")
    people = User.select(User.email).join(Membership).where(Membership.workspace == workspace)
    return boxes.union_all(people)


def company_of(email):
    """The domain of an address, if it is a company's; a provider of private mailboxes is none."""
    domain = email.rpartition("@")[2]
    return "" if domain in FREE_MAIL else domain


def deliveries_named(workspace_id, message_ids):
    """{Message-ID with its <>: the Delivery of the workspace that has it}."""
    found = {}
    if asked := {bare(name) for name in message_ids} - {""}:
        for row in _deliveries_named(workspace=workspace_id, ids=together(asked)):
            found[f"<{row.message_id}>"] = instance(Delivery, row)
    return found


def named(workspace_id, message_ids):
    """{Message-ID: Named} of the mails in threads that have these."""
    keys = {key_of(name): name for name in message_ids if name}
    if not keys:
        return {}
    return {keys[key]: Named(*rest) for key, *rest in _named(workspace=workspace_id, keys=together(keys))}


# -------------------------------------------------------------------- reads


@Prepared
def _leads(*, workspace, emails):
    alive = (Lead.workspace == workspace) & Lead.deleted_at.is_null() & (Lead.email != NOTHING)
    return Lead.select(Lead.id, Lead.email).where(alive, one_of(Lead.email, emails))


@Prepared
def _by_email(*, workspace, emails, since):
    theirs = (Delivery.workspace == workspace) & one_of(Delivery.email, emails)
    rows = Delivery.select(*Delivery._meta.sorted_fields).where(theirs, Delivery.state.in_(LEFT))
    return rows.where(Delivery.changed_at > since).order_by(Delivery.id.desc())


@Prepared
def _by_domain(*, workspace, domains, since, until):
    there = (Lead.workspace == workspace) & Lead.deleted_at.is_null() & (Lead.domain != NOTHING)
    there &= one_of(Lead.domain, domains)
    lately = (Delivery.changed_at > since) & (Delivery.created_at < until)
    rows = Delivery.select(*Delivery._meta.sorted_fields, Lead.domain).join(Lead)
    rows = rows.where(there, Delivery.state.in_(LEFT), lately)
    return rows.order_by(Delivery.id.desc()).limit(COMPANY_MAILS)


@Prepared
def _deliveries_named(*, workspace, ids):
    rows = Delivery.select(*Delivery._meta.sorted_fields)
    return rows.where(Delivery.workspace == workspace, one_of(Delivery.message_id, ids))


@Prepared
def _named(*, workspace, keys):
    columns = (Thread.id, Thread.lead, Thread.recipient, Thread.campaign, Thread.email)
    rows = ThreadMessage.select(
        ThreadMessage.message_key, *columns, ThreadMessage.direction, ThreadMessage.subject
    ).join(Thread)
    return rows.where(ThreadMessage.workspace == workspace, one_of(ThreadMessage.message_key, keys))


def together(texts):
    """Many texts as one parameter for one_of()."""
    texts = sorted(texts)
    return json.dumps(texts) if is_sqlite() else texts


def one_of(column, texts):
    """The condition that `column` is one of the texts of together()."""
    texts = texts if isinstance(texts, Value) else Value(texts, converter=False, unpack=False)
    if is_sqlite():
        return NodeList((column, SQL("IN (SELECT value FROM json_each("), texts, SQL("))")))
    return NodeList((column, SQL("= ANY(CAST("), texts, SQL("AS text[]))")))
