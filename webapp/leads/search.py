"""Search as you type over company, name, e-mail and domain: infix, folded, every word must match.

The database keeps a trigram index, `lead_search` (migration 0002): FTS5 on SQLite, an array with a GIN index on
Postgres. Words of one or two letters have no trigram and are looked for in the text itself.
"""

from peewee import SQL, fn

from db import is_sqlite
from webapp.core.text import fold

from .models import Lead

WORDS = 8  # more than a person types; bounds the work of one request
LETTERS = 100


def words_of(text):
    """The folded words of a search: at most WORDS of at most LETTERS letters."""
    return [word[:LETTERS] for word in fold(text.replace("\0", " ")).split()[:WORDS]]


def matching(text):
    """The condition "every word of `text` is part of the lead's search text", or None when there are no words."""
    condition = None
    for part in _parts(words_of(text)):
        condition = part if condition is None else condition & part
    return condition


def _parts(words):
    long = [word for word in words if len(word) > 2]
    if long:
        yield _indexed(long)
    for word in words:
        if len(word) < 3 or not is_sqlite():  # holding all trigrams of a word is not yet holding the word
            yield _contains(word)


def _indexed(words):
    """In the trigram index."""
    if is_sqlite():
        phrases = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in words)
        return Lead.id.in_(SQL("(SELECT rowid FROM lead_search WHERE lead_search MATCH ?)", (phrases,)))
    grams = " || ".join(["galena_trigrams(%s)"] * len(words))
    return Lead.id.in_(SQL(f"(SELECT lead_id FROM lead_search WHERE grams @> ({grams}))", tuple(words)))


def _contains(word):
    position = fn.instr if is_sqlite() else fn.strpos
    return position(Lead.search_text, word) > 0
