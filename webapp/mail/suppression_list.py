"""The list of whom not to write to, as members see it: looked through, added to by hand or from a file, taken out.

Who sees only some leads sees only the entries that they made: the others would tell of addresses that they do not see.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from peewee import JOIN

from db import UTCDateTime
from webapp.accounts.audit import record
from webapp.accounts.models import Reach, User
from webapp.core.clock import now
from webapp.core.errors import Invalid, NotFound
from webapp.core.paging import page_of
from webapp.core.spreadsheets import from_cell
from webapp.imports.tables import records_of
from webapp.leads.cleaning import clean_email

from . import suppression
from .models import Suppression, SuppressionReason

SIZE = 50
MOST = 100_000  # entries of one file
TOGETHER = 500  # that are written in one transaction
LISTED = 5  # of what could not be read, which is shown
HEADER = ("Address or domain", "Reason", "Source", "Until", "Added")
REASONS = {
    SuppressionReason.UNSUBSCRIBED: "Unsubscribed",
    SuppressionReason.MANUAL: "Added by hand",
    SuppressionReason.BOUNCED: "Bounced",
    SuppressionReason.COMPLAINED: "Complained",
    SuppressionReason.IMPORTED: "Imported",
    SuppressionReason.ERASED: "Erased",
    SuppressionReason.PAUSED: "Paused",
}
_BY_LABEL = {label.lower(): reason for reason, label in REASONS.items()} | {each.value: each for each in REASONS}
_HASH = re.compile(r"#[0-9a-f]{64}")
_BETWEEN = re.compile(r"[\s,;]+")


# ----------------------------------------------------------------- reading


def entries(member, *, search="", reason=None, cursor=None, size=None):
    """A Page of the entries in force, the newest first: all, or those that begin with `search` or stop that address."""
    query = _seen_by(member).where(suppression.lasting())
    search = search.strip().lower()
    if search:
        found = Suppression.email.startswith(search) | Suppression.email.startswith(suppression.DOMAIN + search)
        query = query.where(found | Suppression.email.in_(suppression.keys_of(search)) if "@" in search[1:] else found)
    if reason:
        query = query.where(Suppression.reason == reason)
    return page_of(query, [Suppression.id], lambda row: [row.id], size=size or SIZE, cursor=cursor)


def _seen_by(member):
    query = Suppression.select(Suppression, User).join(User, JOIN.LEFT_OUTER, on=Suppression.actor)
    query = query.where(Suppression.workspace == member.workspace.id)
    return query if member.reach is Reach.ALL else query.where(Suppression.actor == member.user_id)


def get_entry(member, entry_id):
    """The entry, if the member may see it. Raises NotFound."""
    entry = _seen_by(member).where(Suppression.id == entry_id).first() if entry_id < 2**31 else None
    if entry is None:
        raise NotFound("That entry does not exist, or it was removed.")
    return entry


def tables(member):
    """The list as rows of a file: the header, then some entries at a time. read_file() takes them back."""
    yield [HEADER]
    cursor = ""
    while cursor is not None:
        found = entries(member, cursor=cursor, size=TOGETHER)
        if found.rows:
            yield [_cells(row) for row in found.rows]
        cursor = found.older


def _cells(row):
    until = row.until.strftime("%Y-%m-%d") if row.until else ""
    return [row.email, REASONS[row.reason], row.source, until, row.created_at.strftime("%Y-%m-%d")]


# ------------------------------------------------------------------ adding


@dataclass
class Added:
    """What became of a list: `new` entries, `known` ones that were there, `unread` texts that are none."""

    new: int = 0
    known: int = 0
    unread: list = field(default_factory=list)
    failed: int = 0

    def leave(self, text):
        self.failed += 1
        if len(self.unread) < LISTED:
            self.unread.append(text[:80])


def read_entry(text):
    """`text` as the list keeps it: an address, "@" and a domain, or a hash. Raises Invalid."""
    text = from_cell(text.strip()).strip().lower()
    if _HASH.fullmatch(text):
        return text
    host = text.removeprefix("*").removeprefix(suppression.DOMAIN)
    if "@" in host:
        return clean_email(text)
    domain = clean_email(f"x@{host}") if host else ""
    if not domain:
        raise Invalid("Give an address such as ann@globex.example, or a domain such as globex.example.", "text")
    return domain.removeprefix("x")


def add_pasted(member, text, source=""):
    """Suppress the addresses and domains in `text`, apart by line breaks, blanks or commas. Raises Invalid for none."""
    added, found = Added(), []
    for line in text.replace("\0", " ").splitlines():
        entries, unread = _read_line(line)
        found += entries
        for part in unread:
            added.leave(part)
    if len(found) > MOST:
        raise Invalid(f"Paste at most {MOST:,} at once.", "text")
    if not found:
        raise Invalid("There is no address and no domain in this. Put one on each line.", "text")
    source = " ".join(source.split()) or f"Added by {member.full_name}"
    _write(member, [(entry, SuppressionReason.MANUAL, source, None) for entry in found], added)
    return added


def _read_line(line):
    """(the entries in a pasted line, what in it is none)."""
    entries, unread = [], []
    for part in filter(None, _BETWEEN.split(line)):
        part = part.strip("<>\"'()")
        try:
            entries.append(read_entry(part))
        except Invalid:
            if "@" in part or "." in part:  # words of a name around an address say nothing
                unread.append(part)
    return entries, unread or ([] if entries or not line.strip(" \t,;") else [line.strip()])


def add_file(member, stream, name):
    """The same of a file (CSV or a workbook), `stream` in binary: of each row the first cell that is an entry. A file
    that tables() made brings reasons, sources and ends, too. Raises Invalid on field "file".
    """
    added, found, columns = Added(), [], {}
    with records_of(stream) as records:
        for cells in records:
            if not columns and HEADER[0] in map(str.strip, cells):
                columns = {column.strip(): at for at, column in enumerate(cells)}
                continue
            entry = _first_entry(cells)
            if entry is None:
                if any("@" in cell for cell in cells):
                    added.leave(", ".join(filter(None, cells)))
                continue
            found.append((entry, *_said(cells, columns, name)))
            if len(found) > MOST:
                raise Invalid(f"The file has more than {MOST:,} addresses. Split it.", "file")
    if not found:
        raise Invalid("There is no address and no domain in this file.", "file")
    _write(member, found, added)
    return added


def _first_entry(cells):
    for cell in cells:
        if "@" in cell or "#" in cell or len(cells) == 1:
            try:
                return read_entry(cell) or None
            except Invalid:
                continue
    return None


def _said(cells, columns, name):
    """(reason, source, until) of a row; a pause without an end that can be read is none."""

    def cell(column):
        at = columns.get(column)
        return from_cell(cells[at].strip()) if at is not None and at < len(cells) else ""

    reason = _BY_LABEL.get(cell("Reason").lower(), SuppressionReason.IMPORTED)
    until = _moment(cell("Until"))
    if reason is SuppressionReason.PAUSED and until is None:
        reason = SuppressionReason.IMPORTED
    return reason, cell("Source") or name, until


def _moment(text):
    try:
        return UTCDateTime().python_value(datetime.fromisoformat(text)) if text else None
    except ValueError:
        return None


def _write(member, found, added):
    """In short transactions, those with the same reason, source and end together."""
    found = {entry: (reason, source, until) for entry, reason, source, until in found if not until or until > now()}
    together = {}
    for entry, said in found.items():
        together.setdefault(said, []).append(entry)
    for (reason, source, until), some in together.items():
        for start in range(0, len(some), TOGETHER):
            batch = some[start : start + TOGETHER]
            said = {"reason": reason, "source": source, "actor": member, "until": until}
            new = len(suppression.suppress_each(member.workspace, batch, **said))
            added.new += new
            added.known += len(batch) - new
    subject = next(iter(found)) if len(found) == 1 else f"{len(found)} addresses and domains"
    record(member, "suppression.added", subject, workspace=member.workspace, new=added.new)
