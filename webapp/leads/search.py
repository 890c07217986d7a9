"""Search as you type over company, name, e-mail and domain: infix, folded, every word must match.

The database keeps a trigram index, `lead_search` (migration 0002): FTS5 on SQLite, an array with a GIN index on
Postgres. Words of one or two letters have no trigram and are looked for in the text itself.
"""

from functools import reduce
from operator import and_
from typing import NamedTuple

from peewee import SQL, fn

from db import db, is_sqlite
from webapp.core.text import fold

from .models import Lead

WORDS = 8  # more than a person types; bounds the work of one request
LETTERS = 100
PROBE = 2000  # matches that a list looks up one by one


def words_of(text):
    """The folded words of a search: at most WORDS of at most LETTERS letters."""
    return [word[:LETTERS] for word in fold(text.replace("\0", " ")).split()[:WORDS]]


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
    sql, parameters = _lookup(words)
    ids = [row[0] for row in db.execute_sql(f"{sql} LIMIT {PROBE + 1}", parameters).fetchall()]
    return ids if len(ids) <= PROBE else None


def matching(text):
    """The condition "every word of `text` is part of the lead's search text", or None when there are no words."""
    condition = None
    for part in _parts(words_of(text)):
        condition = part if condition is None else condition & part
    return condition


def _parts(words):
    long = [word for word in words if len(word) > 2]
    if long:
        sql, parameters = _lookup(long)
        yield Lead.id.in_(SQL(f"({sql})", parameters))
    for word in words:
        if len(word) < 3 or not is_sqlite():  # holding all trigrams of a word is not yet holding the word
            yield _contains(word)


def _lookup(words):
    """The statement and parameters that ask the trigram index for the leads with all of these words."""
    if is_sqlite():
        phrases = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in words)
        return "SELECT rowid FROM lead_search WHERE lead_search MATCH ?", (phrases,)
    grams = " || ".join(["galena_trigrams(%s)"] * len(words))
    return f"SELECT lead_id FROM lead_search WHERE grams @> ({grams})", tuple(words)


def _contains(word):
    position = fn.instr if is_sqlite() else fn.strpos
    return position(Lead.search_text, word) > 0
