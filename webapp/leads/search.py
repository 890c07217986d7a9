"""Search as you type over company, name, e-mail and domain: infix, folded, every word must match.

The database keeps a trigram index, `lead_search` (migration 0002): FTS5 on SQLite, an array with a GIN index on
Postgres. Words of one or two letters have no trigram and are looked for in the text itself.
"""

from functools import reduce
from operator import and_
from typing import NamedTuple

from peewee import SQL, fn

from db import db, is_sqlite
from webapp.core.gathering import gathered_sql, numbers

from .models import Lead
from .words import words_of

PROBE = 2000  # matches that a list looks up one by one


class Narrowed(NamedTuple):
    """What a search leaves: `condition` None means all; `counted` says that few match, or that none were asked for."""

    condition: object
    counted: bool


def narrowed(text):
    """The Narrowed of a search for a list: like matching(), but fit for a page whatever is typed.

    Few matches are looked up one by one; where there are more than PROBE, or no word has a trigram, a walk along the
    list's own index meets enough of them soon.
    """
    words = words_of(text)
    if not words:
        return Narrowed(None, True)
    condition = reduce(and_, map(_contains, words))
    ids = _candidates([word for word in words if len(word) > 2])
    if ids is None:
        return Narrowed(condition, False)
    chosen = ",".join(map(str, ids)) or "NULL"  # numbers of our own: as parameters they would take longer than the read
    return Narrowed(Lead.id.in_(SQL(f"({chosen})")) & condition, True)


def _candidates(words):
    """The ids that the trigram index gives for these words, of all workspaces; None when there are too many."""
    if not words:
        return None
    ids = lookup([[word] for word in words], PROBE + 1)
    return ids if len(ids) <= PROBE else None


def lookup(needed, limit, *, of="lead"):
    """The first ids, up to `limit`, that within() gives. Of all workspaces, and on Postgres not yet sure."""
    sql, values = within(needed, of=of)
    asked = gathered_sql(f"{sql} LIMIT {limit}").replace("?", db.obj.param)
    return numbers(db.execute_sql(asked, values).fetchone()[0])


def within(needed, *, of="lead"):
    """The statement, with ? for its values, of the `id`s that the trigram index has for one text of each group in
    `needed`, and the values. Texts have at least three letters; `of` is "lead", "note" or "message".

    Holding the trigrams of a text is on Postgres not yet holding the text. There the statement is planned as if all ids
    were wanted: for a few of them Postgres would rather read the table, and finds out too late that it was wrong.
    """
    if is_sqlite():
        groups = (" OR ".join('"{}"'.format(text.replace('"', '""')) for text in group) for group in needed)
        phrases = " AND ".join(f"({group})" for group in groups)
        return f"SELECT rowid AS id FROM {of}_search WHERE {of}_search MATCH ?", (phrases,)
    column = {"lead": "lead_id", "note": "activity_id", "message": "message_id"}[of]
    where = " AND ".join(f"({' OR '.join(['grams @> galena_trigrams(?)'] * len(group))})" for group in needed)
    found = f"WITH found AS MATERIALIZED (SELECT {column} AS id FROM {of}_search WHERE {where}) SELECT id FROM found"
    return found, tuple(text for group in needed for text in group)


def matching(text):
    """The condition "every word of `text` is part of the lead's search text", or None when there are no words."""
    condition = None
    for part in _parts(words_of(text)):
        condition = part if condition is None else condition & part
    return condition


def _parts(words):
    long = [word for word in words if len(word) > 2]
    if long:
        sql, values = within([[word] for word in long])
        yield Lead.id.in_(SQL(f"({sql})".replace("?", db.obj.param), values))
    for word in words:
        if len(word) < 3 or not is_sqlite():  # holding all trigrams of a word is not yet holding the word
            yield _contains(word)


def contains(column, word):
    """The condition that `column` has `word` somewhere."""
    position = fn.instr if is_sqlite() else fn.strpos
    return position(column, word) > 0


def _contains(word):
    return contains(Lead.search_text, word)
