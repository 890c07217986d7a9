"""A mail that a mailbox got: which ones to fetch, and what each comes to.

However often a mail is seen, in how many folders and mailboxes, and whoever was killed meanwhile: it is one message,
and what it brings about happens once, in the transaction that keeps it.
"""

from datetime import timedelta

from peewee import IntegrityError

from db import db
from webapp.core.clock import now

from . import acting, keeping, matching, parsing, sent_folder, understanding
from .arrival import Arrival
from .known import deliveries_named
from .models import Kind, Rule
from .reading_models import FolderRole

NEWS = timedelta(days=7)  # older mail is history: nobody is told of it


def sift(mailbox, envelopes):
    """The Places of those of these Envelopes (a batch of one mailbox) that are to be fetched: what may concern a lead,
    or one of our mails, and is not here yet.

    How many queries it takes does not depend on how many they are.
    """
    done = sent_folder.recognise(mailbox, envelopes)
    new = [one for one in envelopes if one.message_id not in done]
    found = matching.match_all(mailbox.workspace_id, [matching.clues_of_envelope(one) for one in new])
    reports = {one.place for one in new if one.is_report and one.place.role is not FolderRole.SENT}
    return reports | {one.place for one, match in zip(new, found, strict=True) if match is not None}


def receive(mailbox, raw, envelope):
    """Keep the mail of these bytes and do what it asks for; returns its ThreadMessage, None when it is nobody's
    business here. May be called any number of times, by several workers at once.
    """
    return keep(make_out(mailbox, raw, envelope))


def make_out(mailbox, raw, envelope):
    """What keep() is to do with the mail of these bytes. It only reads: most of the work is here, and nobody has to
    wait for it who wants to write.
    """
    message = parsing.message_of(raw)
    parsed = parsing.parsed_of(message)
    if (known := keeping.find(mailbox.workspace_id, parsed.message_id)) is not None:
        return known
    if deliveries_named(mailbox.workspace_id, [parsed.message_id]):
        return None
    understood = understanding.understand(message, parsed)
    match = matching.match(mailbox, parsed, understood, envelope)
    if match is None or _is_bulk(envelope, match, understood):
        return None
    moment, ours = min(envelope.received_at, now()), keeping.ours_of(match)
    return Arrival(mailbox, envelope, parsed, understood, match, moment, moment > now() - NEWS, ours)


def keep(mail):
    """Keep what make_out() gave and do what it asks for; returns its ThreadMessage or None, as receive() does."""
    if not isinstance(mail, Arrival):
        return mail
    try:
        with db.atomic():
            acting.end_sequences(mail)
            kept = keeping.keep(mail)
            acting.tell(mail, kept)
    except IntegrityError:
        if (known := keeping.find(mail.mailbox.workspace_id, mail.parsed.message_id)) is not None:
            return known  # another worker was quicker, and all of this is undone
        raise
    return kept.message


def _is_bulk(envelope, match, understood):
    """A newsletter of a lead is no answer, even if it comes after our mail."""
    return envelope.is_list and match.rule in (Rule.SENDER, Rule.DOMAIN) and understood.kind is Kind.REPLY
