"""Why a lead of an audience gets nothing: one expression, by which an audience is counted and written down alike.

The first of these that holds is the reason: no address; one that no server takes; the suppression list; another
campaign that is writing to them (`leaves_out_busy`); a mail within `quiet_days`; the mailbox of a lead before them.
"""

from datetime import timedelta
from typing import NamedTuple

from peewee import Case, Select, Value, fn

from db import db
from webapp.leads.holding import among
from webapp.leads.list_models import DuplicateGroup
from webapp.leads.models import Lead, mailbox
from webapp.mail import suppression
from webapp.mail.models import Suppression, SuppressionReason

from .models import Campaign, CampaignState, Delivery, DeliveryState, Recipient, RecipientState

NO_ADDRESS = "No e-mail address"
INVALID = "No server takes this address"
SUPPRESSED = {
    SuppressionReason.UNSUBSCRIBED: "Asked not to be written to",
    SuppressionReason.MANUAL: "On the suppression list",
    SuppressionReason.BOUNCED: "Nobody has this address: a mail came back",
    SuppressionReason.COMPLAINED: "Complained about a mail",
    SuppressionReason.IMPORTED: "On the suppression list by an import",
    SuppressionReason.ERASED: "Asked to be erased",
    SuppressionReason.PAUSED: "Asked for some months without mail",
}
BUSY = "Another campaign is writing to them"
QUIET = "Got a mail only a while ago"
DOUBLE = "Shares a mailbox with another lead"
OUTSIDE = "Outside the reach of who starts it"
DELETED = "The lead was deleted"
ALL = (NO_ADDRESS, INVALID, *SUPPRESSED.values(), BUSY, QUIET, DOUBLE, OUTSIDE, DELETED)

# What mail.addresses.ascii_address() takes, in the dialect that Python and Postgres share.
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = rf"^{_ATOM}([.]{_ATOM})*@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*$"
_RUNNING = (CampaignState.SENDING, CampaignState.PAUSED)
_UNDER_WAY = (RecipientState.QUEUED, RecipientState.SENDING, RecipientState.PAUSED)
_LEFT = (DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)


class _Has(NamedTuple):
    """What a workspace has that has to be looked for."""

    suppressions: bool
    hashes: bool
    doubles: bool


def judged(people, whom, workspace, moment, *more):
    """The query of (lead_id, reason, *more) for the leads of `people`, a function of columns; "" is no reason.

    `whom` is a Campaign's; `more` are (name, column) of the leads.
    """
    has = _has(workspace)
    reason = _reason(whom, moment, has)
    if has.doubles:
        doubled = among(_doubled(people, workspace, reason))
        reason = _reason(whom, moment, has, last=[(doubled, DOUBLE)])
    return people(Lead.id.alias("lead_id"), reason.alias("reason"), *(column.alias(name) for name, column in more))


def _doubled(people, workspace, reason):
    """The ids of leads that share a mailbox with one before them that nothing keeps from a mail. Only leads in groups
    of duplicates are looked at, by the indexes that the groups are found by: mostly that leaves a handful.
    """
    keys = DuplicateGroup.select(DuplicateGroup.key)
    keys = keys.where(DuplicateGroup.workspace == workspace, DuplicateGroup.kind == "email")
    alive = Lead.select(Lead.id).where(Lead.workspace == workspace, Lead.deleted_at.is_null())
    key = mailbox(Lead.email)
    grouped = alive.where(Lead.email != "", Lead.email.in_(keys)) | alive.where(key != Lead.email, key.in_(keys))
    free = (
        people(Lead.id.alias("lead_id"), key.alias("mailbox")).where(Lead.id.in_(grouped), reason == "").alias("free")
    )
    number = fn.ROW_NUMBER().over(partition_by=[free.c.mailbox], order_by=[free.c.lead_id])
    numbered = Select([free], [free.c.lead_id, number.alias("number")]).alias("numbered")
    found = Select([numbered], [numbered.c.lead_id]).where(numbered.c.number > 1).bind(db)
    return [lead_id for (lead_id,) in found.tuples()]


def reason_at_claim(whom, moment):
    """The reason of a lead, "" without one, as its first mail is about to be made. Another campaign counts once it
    has written: of two that wait for each other neither would.
    """
    return _reason(whom, moment, _Has(True, True, False), claimed=True)


def _has(workspace):
    """Whether the workspace suppresses anybody, also by hashes, and has leads that share a mailbox: few have it all."""
    suppresses = Suppression.select(Value(1)).where(Suppression.workspace == workspace)
    hashes = suppresses.where(Suppression.email.startswith(suppression.HASH))
    doubles = DuplicateGroup.select(Value(1)).where(
        DuplicateGroup.workspace == workspace, DuplicateGroup.kind == "email"
    )
    found = Select([], [fn.EXISTS(suppresses), fn.EXISTS(hashes), fn.EXISTS(doubles)]).bind(db).tuples().get()
    return _Has(*map(bool, found))


def _reason(whom, moment, has, *, claimed=False, last=()):
    """The reason of one lead by itself, as an expression."""
    said = [Case(None, [(Lead.email == "", NO_ADDRESS), (_is_no_address(), INVALID)], None)]
    said += [_suppressed(has.hashes)] if has.suppressions else []
    others = [
        (_is_busy(whom, claimed), BUSY) if whom.get("leaves_out_busy") else None,
        (_is_quiet(whom, moment), QUIET) if whom.get("quiet_days") else None,
        (_is_double(whom), DOUBLE) if whom.get("is_started") and not claimed else None,
    ]
    said += [Case(None, [other], None) for other in (*others, *last) if other]
    return fn.COALESCE(*said, "")


def _is_no_address():
    return ~Lead.email.regexp(_ADDRESS) | (fn.LENGTH(Lead.email) > 254) | (fn.INSTR(Lead.email, "@") > 65)


def _suppressed(hashes):
    """Of several entries the reason that comes first in SUPPRESSED counts."""
    ranks = Case(Suppression.reason, [(each.value, at) for at, each in enumerate(SUPPRESSED)])
    first = suppression.entries_for(Lead.email, Lead.workspace, hashes=hashes).select(fn.MIN(ranks))
    return Case(first, list(enumerate(SUPPRESSED.values())))


def _is_busy(whom, claimed):
    """Another campaign that has started will write to this lead, or is in the midst of it."""
    theirs = (
        Recipient.select(Value(1))
        .join(Campaign)
        .where(Recipient.lead == Lead.id, Recipient.state.in_(_UNDER_WAY), Campaign.state.in_(_RUNNING))
    )
    theirs = theirs.where(Recipient.reached_at.is_null(False)) if claimed else theirs
    return fn.EXISTS(_of_others(theirs, Recipient, whom))


def _is_quiet(whom, moment):
    since = moment - timedelta(days=whom["quiet_days"])
    mails = Delivery.select(Value(1)).where(
        Delivery.workspace == Lead.workspace, Delivery.email == Lead.email,
        Delivery.state.in_(_LEFT), Delivery.changed_at > since,
    )  # fmt: skip
    return fn.EXISTS(_of_others(mails, Delivery, whom))


def _of_others(query, model, whom):
    return query.where(model.campaign != whom["campaign"]) if whom.get("campaign") else query


def _is_double(whom):
    """The campaign has somebody else with this mailbox already, or has written to the address."""
    other = Lead.alias()
    key = mailbox(Lead.email)
    same = (other.email == key) | ((mailbox(other.email) == key) & (mailbox(other.email) != other.email))
    here = (other.workspace == Lead.workspace) & other.deleted_at.is_null() & (other.id != Lead.id)
    taken = (
        Recipient.select(Value(1))
        .join(other)
        .where(Recipient.campaign == whom["campaign"], Recipient.state != RecipientState.SKIPPED, here, same)
    )
    written = Delivery.select(Value(1)).where(
        Delivery.workspace == Lead.workspace, Delivery.email.in_((Lead.email, key)),
        Delivery.campaign == whom["campaign"],
    )  # fmt: skip
    return fn.EXISTS(taken) | fn.EXISTS(written)
