"""Whom a workspace must not write to: addresses, whole domains and the hashes of erased addresses.

Asked when an audience is counted, when a campaign starts, when a mail is made, and again just before it leaves. An
entry stands for one domain exactly, not for those below it. One with `until` ends by itself then.

An erased address is kept as the SHA-256 of a fixed text and the address. That is no secret: who has the list can try
addresses that they know against it, and cannot read one out of it. A key would hide even that, and would be lost with
the first change of SECRET_KEY; then Galena would write to people who asked to be forgotten.
"""

import hashlib
import json
from datetime import timedelta

from peewee import SQL, NodeList, Value, fn

from db import db, is_sqlite
from webapp.accounts.audit import record
from webapp.core.clock import now
from webapp.core.errors import Forbidden, Invalid
from webapp.core.prepared import Prepared
from webapp.imports.suppressed import asks

from .models import Suppression, SuppressionReason

DOMAIN, HASH = "@", "#"  # what an entry begins with that is no address
PAUSE = timedelta(days=91)
WISHES = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED, SuppressionReason.ERASED)  # of the person
_HASHED = "galena suppression:"  # before an address: its hash is of no use to look it up in lists of common ones
_BATCH = 500


# ------------------------------------------------------------------ asking


def keys_of(email):
    """The entries that stop mail to `email`, as Suppression.email has them: itself, its domain, its hash.

    In a statement that is written out: `s.email IN (?, ?, ?) AND (s.until IS NULL OR s.until > ?)`.
    """
    email = email.lower()
    return email, DOMAIN + email.rpartition("@")[2], hash_of(email)


def hash_of(email):
    """What is left on the list of an address that was erased."""
    return HASH + hashlib.sha256((_HASHED + email.lower()).encode()).hexdigest()


def lasting(moment=None):
    """The condition that an entry has not ended."""
    return Suppression.until.is_null() | (Suppression.until > (moment or now()))


def entries_for(email, workspace, *, hashes=True):
    """The query of the entries in force that stop mail to the address in a column, in the workspace in another;
    without `hashes` where it is known that there are none: they are what takes longest.

    Both databases find them by the index on (workspace, email); tests look at their plans.
    """
    domain = fn.SUBSTR(email, fn.INSTR(email, "@"))
    keys = NodeList((email, SQL(","), domain, *((SQL(","), _hash_in_sql(email)) if hashes else ())))
    among = NodeList((Suppression.email, SQL("IN ("), keys, SQL(")")))
    return Suppression.select(Value(1)).where(Suppression.workspace == workspace, among, lasting())


def blocks(email, workspace):
    """The condition that the address in a column must not be written to; see entries_for()."""
    return fn.EXISTS(entries_for(email, workspace))


def _hash_in_sql(email):
    salted = Value(_HASHED).concat(email)
    if is_sqlite():
        return Value(HASH).concat(fn.SHA256_HEX(salted))
    return Value(HASH).concat(fn.ENCODE(fn.SHA256(fn.CONVERT_TO(salted, "UTF8")), "hex"))


def blocked_by(workspace, email):
    """The entry in force that stops mail to `email`, one that never ends first, or None."""
    found = Suppression.of(workspace).where(Suppression.email.in_(keys_of(email)), lasting())
    return found.order_by(Suppression.until.is_null().desc(), Suppression.until.desc(), Suppression.id).first()


@asks
def suppressed_among(workspace_id, emails):
    """Those of these addresses (in lower case) that the workspace must not write to."""
    asked = {key for email in emails for key in keys_of(email)}
    asked = json.dumps(sorted(asked)) if is_sqlite() else sorted(asked)
    found = {key for (key,) in _on_list(workspace=workspace_id, keys=asked, moment=Suppression.until.db_value(now()))}
    return {email for email in emails if not found.isdisjoint(keys_of(email))} if found else set()


@Prepared
def _on_list(*, workspace, keys, moment):
    """Those of many keys that are on the list, as one parameter: Peewee needs longer for a list of them than it takes
    to look them up.
    """
    sqlite = (SQL("IN (SELECT value FROM json_each("), keys, SQL("))"))
    among = sqlite if is_sqlite() else (SQL("= ANY(CAST("), keys, SQL("AS text[]))"))
    query = Suppression.select(Suppression.email).where(Suppression.workspace == workspace)
    return query.where(NodeList((Suppression.email, *among)), lasting(moment))


# --------------------------------------------------------------- changing


def suppress(workspace, email, *, reason, source="", actor=None, until=None):
    """Do not write to `email` ("@globex.example": to nobody there) any more, or not before `until`; returns whether
    that is new.

    Of two entries for one address the one that holds longer stays, and a person's own wish takes the place of any
    other reason: only an owner may release that one.
    """
    return bool(suppress_each(workspace, [email], reason=reason, source=source, actor=actor, until=until))


def suppress_each(workspace, emails, *, reason, source="", actor=None, until=None):
    """The same for many, in one transaction; returns those that are new, in lower case."""
    said = {"reason": reason, "source": source[:255], "actor": actor and actor.user_id, "until": until}
    emails = list(dict.fromkeys(email.lower() for email in emails))
    rows = [{"workspace": workspace, "email": email, "created_at": now(), **said} for email in emails]
    new = []
    with db.atomic():
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            made = Suppression.insert_many(some).on_conflict_ignore().returning(Suppression.email).execute()
            new += [row.email for row in made]
        known = [email for email in emails if email not in set(new)] if len(new) < len(emails) else []
        for start in range(0, len(known), _BATCH):
            theirs = (Suppression.workspace == workspace) & Suppression.email.in_(known[start : start + _BATCH])
            over = Suppression.until <= now()
            if until is not None:
                over |= Suppression.until < until
            elif reason in WISHES:
                over = Suppression.until.is_null(False) | Suppression.reason.not_in(WISHES)
            else:
                over = Suppression.until.is_null(False)
            ended = [email for (email,) in Suppression.select(Suppression.email).where(theirs, ~lasting()).tuples()]
            Suppression.update(said).where(theirs, over).execute()
            new += ended
    return new


def release(entry, *, actor, confirmed=False):
    """Take an entry off the list: its addresses may be written to again. An audit entry keeps who did.

    Raises Forbidden unless an owner releases whom a person's own wish put there, Invalid when they did not confirm it.
    """
    if entry.reason in WISHES and not actor.can("workspace"):
        raise Forbidden("They asked not to be written to. Only an owner of the workspace can take them off the list.")
    if entry.reason in WISHES and not confirmed:
        raise Invalid("Confirm that they have asked you to write to them again.", "confirmed")
    with db.atomic():
        if Suppression.delete().where(Suppression.id == entry.id).execute():
            about = {"reason": entry.reason.value, "source": entry.source}
            record(actor, "suppression.released", entry.email, workspace=entry.workspace_id, **about)


def pause(workspace, email, *, source=""):
    """The person wants no mail for three months; nothing changes where they want none at all."""
    return suppress(workspace, email, reason=SuppressionReason.PAUSED, source=source, until=now() + PAUSE)


def remember_erased(workspace, email):
    """The person behind `email` was erased: only the hash of the address stays, in the place of any entry for it."""
    with db.atomic():
        suppress(workspace, hash_of(email), reason=SuppressionReason.ERASED, source="Erased")
        Suppression.delete().where(Suppression.workspace == workspace, Suppression.email == email.lower()).execute()


def sweep():
    """Forget the entries that have ended, some at a time."""
    ended = Suppression.select(Suppression.id).where(Suppression.until <= now())
    while ids := [row.id for row in ended.limit(_BATCH)]:
        Suppression.delete().where(Suppression.id.in_(ids), ~lasting()).execute()
