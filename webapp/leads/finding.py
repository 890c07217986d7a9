"""The leads that somebody means by a few letters, the likeliest first: for the command palette, and to choose a lead.

Every word that is typed must be met. In this order, and within each the leads last touched first:

1. exact: the company, the person's name, the e-mail address or the domain is what was typed;
2. every word begins a word of these; 3. every word stands somewhere in them;
4. mistyped: a word of a name is meant by what was typed (see words.py), the nearest first;
5. in a note: all words stand in one note, call or e-mail that a member wrote on the timeline.

Case and accents do not matter. A word of one or two letters is looked for where fields begin, of two also where words
do, and anywhere only in the leads last touched or found by a longer word.

It never reads all leads. What each step looks at is bounded (LATELY, MANY), so where more leads match than that, those
last touched and some others are shown, until another letter leaves fewer. That bound counts the matches of all
workspaces together. Deleted leads and those out of the member's reach are not found.
"""

import re
from enum import IntEnum
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from peewee import SQL

from db import db
from webapp.accounts.models import Reach
from webapp.core.text import fold

from .models import Activity, Lead
from .queries import visible
from .search import contains, lookup, within
from .words import meant, parts_of, words_of

LATELY = 300  # leads read along the time they were touched
MANY = 300  # leads that one step reads
OWN = 1000  # leads within a narrower reach
START = 50  # leads that one field which begins with the text brings, or one index of beginnings
NOTES = 200
EXCERPT = 80  # letters of a note that show where it was found
EDGES = " \n"  # what stands before most words in lead.search_text, for the index; a text's beginning has none


class Match(IntEnum):
    """How a lead was found, the best first."""

    EXACT = 0
    START = 1
    WITHIN = 2
    MISTYPED = 3
    NOTE = 4


class Row(NamedTuple):
    """A lead as it is looked for, unconverted: `touched_at` is what the database has, to compare with another's."""

    id: int
    first_name: str
    last_name: str
    company: str
    email: str
    domain: str
    stage: str
    touched_at: object
    company_key: str
    name_key: str
    search_text: str

    full_name = Lead.full_name
    name = Lead.name


COLUMNS = tuple(getattr(Lead, name) for name in Row._fields)


class Hit(NamedTuple):
    """A lead that was found. `slips` counts what was mistyped, `words` are the names meant; `note` is an excerpt."""

    lead: Row
    match: Match
    slips: int = 0
    words: tuple = ()
    note: str = ""


def find_leads(member, text, limit=8):
    """At most `limit` Hits for `text` among the leads that `member` sees, the likeliest first; none for no words."""
    words = words_of(text)
    if not words:
        return []
    hits = _named(member, words, limit)
    for step in (_mistyped, _noted):
        if len(hits) < limit:
            for hit in step(member, words):
                hits.setdefault(hit.lead.id, hit)
    return _in_order(hits.values())[:limit]


def respelled(member, text):
    """`text` with its mistyped words replaced by the names that were meant, as the member's likeliest lead has them.

    None when that finds nothing either. For lists, once nothing matches `text` itself: two reads by indexes at most.
    """
    hits = _in_order(_mistyped(member, words_of(text)))
    return " ".join(hits[0].words) if hits else None


def leads_by_id(member, ids):
    """The Rows of those `ids` that the member sees, in the order of `ids`."""
    ids = [number for number in dict.fromkeys(ids) if 0 < number < 2**31]
    found = {row.id: row for row in _rows(member, Lead.id.in_(ids))} if ids else {}
    return [found[number] for number in ids if number in found]


def _in_order(hits):
    lately = sorted(hits, key=lambda hit: (hit.lead.touched_at, hit.lead.id), reverse=True)
    return sorted(lately, key=lambda hit: (hit.match, hit.slips))


def _rows(member, *conditions):
    """The Rows that the member sees and that meet the conditions, of which the first gives their ids."""
    cursor = db.execute(visible(member, *COLUMNS, walk=False).where(*conditions))
    return list(map(Row._make, cursor.fetchall()))


def _named(member, words, limit):
    """{id: Hit} of the leads whose name, company, address or domain has all words: steps 1 to 3."""
    have, rank = reduce(and_, (contains(Lead.search_text, word) for word in words)), _Rank(words)
    hits = rank(_rows(member, _any_of(*_near(member), *_exactly(member, words)), have))
    if member.reach is Reach.ALL and sum(hit.match <= Match.START for hit in hits.values()) >= limit:
        return hits
    long = [[word] for word in words if len(word) > 2]
    ids = lookup(long, MANY + 1) if long else []
    if len(ids) > MANY or not long:
        hits |= rank(_rows(member, _any_of(*_beginning(member, words)), have))
    if ids and (len(ids) <= MANY or len(hits) < limit):
        hits |= rank(_rows(member, Lead.id.in_(ids), have))
    return hits


class _Rank:
    """Makes Hits of Rows that have all words."""

    def __init__(self, words):
        self.text = " ".join(words)
        self.starts = [re.compile(rf"(?<![^\W_]){re.escape(word)}") for word in words]

    def __call__(self, rows):
        return {row.id: Hit(row, self._match(row)) for row in rows}

    def _match(self, row):
        if self.text in (row.company_key, row.name_key, row.email, row.domain):
            return Match.EXACT
        starts = all(start.search(row.search_text) for start in self.starts)
        return Match.START if starts else Match.WITHIN


def _any_of(*parts):
    """The condition that a lead's id is among those that one of the statements gives; (sql with ? for values, values).

    Each becomes a table inside: there a LIMIT may stand.
    """
    each = " UNION ALL ".join(f"SELECT id FROM ({sql}) AS part_{at}" for at, (sql, _) in enumerate(parts))
    values = tuple(value for _, given in parts for value in given)
    return Lead.id.in_(SQL(f"({each})".replace("?", db.obj.param), values))


_OURS = "SELECT id FROM lead WHERE workspace_id = ? AND deleted_at IS NULL"


def _near(member):
    """The leads that are looked at first: those last touched, and for a narrower reach those in it."""
    workspace, user = member.workspace.id, member.user_id
    yield f"{_OURS} ORDER BY touched_at DESC, id DESC LIMIT {LATELY}", [workspace]
    if member.reach is not Reach.ALL:
        yield f"{_OURS} AND owner_id = ? LIMIT {OWN}", [workspace, user]
    if member.reach is Reach.CENTERS:
        theirs = "center_id IN (SELECT center_id FROM center_member WHERE user_id = ?)"
        yield f"{_OURS} AND {theirs} LIMIT {OWN}", [workspace, user]


_FIELDS = {"company_key": "", "name_key": "", "email": "AND email <> ''", "domain": "AND domain <> ''"}


def _exactly(member, words):
    values = [member.workspace.id, " ".join(words)]
    return ((f"{_OURS} AND {column} = ? {where} LIMIT {START}", values) for column, where in _FIELDS.items())


def _beginning(member, words):
    """The leads where the words begin words, where very many have them somewhere."""
    edged = [[edge + word for edge in EDGES] for word in words if len(word) > 1]
    if edged:
        sql, values = within(edged)
        yield f"{sql} LIMIT {START}", values
    values = [member.workspace.id, " ".join(words)]
    for column, where in _FIELDS.items():
        yield f"{_OURS} AND {column} >= ? {where} ORDER BY {column} LIMIT {START}", values


def _mistyped(member, words):
    """Hits of the leads that have, for every word, the word itself or a name that is meant by it."""
    words = parts_of(words)
    names = meant(member.workspace.id, words)
    if not any(names):
        return []
    groups = [(word, *others) for word, others in zip(words, names, strict=True)]
    have = [reduce(or_, (contains(Lead.search_text, text) for text in group)) for group in groups]
    sql, values = within([group for group in groups if len(group[0]) > 2])
    rows = _rows(member, _any_of((f"{sql} LIMIT {MANY}", values)), *have)
    found = (_respelling(row, words, names) for row in rows)
    return [hit for hit in found if hit]


def _respelling(row, words, names):
    """The Hit of a lead that has all words with a slip in at least one; None when it has not."""
    chosen, slips = [], 0
    for word, others in zip(words, names, strict=True):
        there = [(count, name) for name, count in others.items() if _has_word(row.search_text, name)]
        if word not in row.search_text and not there:
            return None
        count, name = (0, word) if word in row.search_text else min(there)
        chosen.append(name)
        slips += count
    return Hit(row, Match.MISTYPED, slips, tuple(chosen)) if slips else None


def _has_word(text, word):
    return re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text) is not None


def _noted(member, words):
    """Hits of the leads with a note that has all words."""
    long = [[word] for word in words if len(word) > 2]
    if not long:
        return []
    have = (contains(Activity.search_text, word) for word in words)
    own = (Activity.workspace == member.workspace.id) & Activity.id.in_(lookup(long, NOTES, of="note"))
    notes = dict(Activity.select(Activity.lead, Activity.data).where(own, *have).order_by(Activity.id).tuples())
    if not notes:  # else of several notes of a lead the last one
        return []
    rows = _rows(member, Lead.id.in_(list(notes)))
    return [Hit(row, Match.NOTE, note=_excerpt(notes[row.id], words[0])) for row in rows]


def _excerpt(data, word):
    """The line of a note that has `word`, shortened around it."""
    lines = [*data.get("subject", "").splitlines(), *data.get("text", "").splitlines()]
    line = next((line for line in lines if word in fold(line)), lines[0])
    start = max(0, fold(line).find(word) - EXCERPT // 3)
    before, after = "…" if start else "", "…" if len(line) > start + EXCERPT else ""
    return f"{before}{line[start : start + EXCERPT].strip()}{after}"
