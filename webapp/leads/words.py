"""Words as a search compares them: folded, parted, and the names that somebody may have meant who mistyped one.

The database keeps the words of all names (migration 0008). A name is found with one slip (a letter too few, too many,
wrong, or two swapped), with two where both words have eight letters or more. Not found are: words of fewer than four
letters or with a digit, the beginning of a mistyped word before it is typed to its end, and two words run together.
"""

import re

from db import db
from webapp.core.jobs import stopping, wait
from webapp.core.text import fold

from .models import ActivityKind

WORDS = 8  # more than a person types; bounds the work of one request
LETTERS = 100
PREFIX, SHORTEST, LONGEST, LONG = 7, 4, 40, 8  # as migration 0008 cuts the words of names
CANDIDATES = 2000
MEANT = 10  # names that stand in for one mistyped word
WRITTEN = (ActivityKind.NOTE, ActivityKind.CALL, ActivityKind.WRITTEN)
FORGOTTEN, PAUSE = 50, 0.01  # words a transaction, and seconds between two

_MARKS = re.compile(r"[\s\-/.,&()]+")
_DIGIT = re.compile("[0-9]")


def words_of(text):
    """The folded words of a search: at most WORDS of at most LETTERS letters."""
    return [word[:LETTERS] for word in fold(text.replace("\0", " ")).split()[:WORDS]]


def parts_of(words):
    """`words` parted where the words of names are: "grafna-labs" is two of them."""
    return [part for word in words for part in _MARKS.split(word) if part][:WORDS]


def note_text(kind, data):
    """What an activity is found by: the folded text of what a member wrote, empty for everything else."""
    if kind not in WRITTEN:
        return ""
    return fold("\n".join(filter(None, (data.get("subject"), data.get("text")))))


def meant(workspace_id, words):
    """For each of `words` {name: slips} of at most MEANT words in names that it may be mistyped for, the nearest."""
    asked = [word for word in words if SHORTEST <= len(word) <= LONGEST and not _DIGIT.search(word)]
    pieces = sorted(set().union(*map(pieces_of, asked)))
    if not pieces:
        return [{} for _ in words]
    marks, limit = ", ".join([db.obj.param] * len(pieces)), CANDIDATES * len(asked)
    sql = (
        f"SELECT DISTINCT word FROM name_piece WHERE workspace_id = {db.obj.param} AND piece IN ({marks}) LIMIT {limit}"
    )
    names = [name for (name,) in db.execute_sql(sql, (workspace_id, *pieces)).fetchall()]
    return [_nearest(word, names) if word in asked else {} for word in words]


def _nearest(word, names):
    counts = ((slips(word, name, 2 if min(len(word), len(name)) >= LONG else 1), name) for name in names)
    return {name: count for count, name in sorted(pair for pair in counts if pair[0])[:MEANT]}


def pieces_of(word):
    """The head of `word` whole and with a letter cut out; of a long word also with two: as the database keeps them."""
    head = word[:PREFIX]
    once = {head[:at] + head[at + 1 :] for at in range(len(head))}
    if len(word) < LONG:
        return {head} | once
    return {head} | once | {piece[:at] + piece[at + 1 :] for piece in once for at in range(len(piece))}


def slips(one, other, most):
    """How many letters are too few, too many, wrong or swapped between two words; None when more than `most`.

    The optimal string alignment distance (restricted Damerau-Levenshtein).
    """
    if abs(len(one) - len(other)) > most:
        return None
    one, other = _differing(one, other)
    if most == 1 and max(len(one), len(other)) > 2:
        return None  # one slip leaves no more between two ends that are alike
    before, row = None, list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, another in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != another))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == another:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1] if row[-1] <= most else None


def _differing(one, other):
    """Both words without what they begin and end with alike."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    end = 0
    while end < min(len(one), len(other)) and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[: len(one) - end], other[: len(other) - end]


def forget(workspace_id):
    """Delete the words of a workspace that is given up, in batches; some stay when the worker is asked to stop."""
    while not stopping() and _forget_some(workspace_id):
        wait(PAUSE)


def _forget_some(workspace_id):
    mark = db.obj.param
    sql = f"SELECT word FROM name_word WHERE workspace_id = {mark} LIMIT {FORGOTTEN}"
    found = [word for (word,) in db.execute_sql(sql, (workspace_id,)).fetchall()]
    where = f"workspace_id = {mark} AND word = {mark}"
    with db.atomic():
        for word in found:
            pieces = sorted(pieces_of(word))
            marks = ", ".join([mark] * len(pieces))
            db.execute_sql(
                f"DELETE FROM name_piece WHERE {where} AND piece IN ({marks})", (workspace_id, word, *pieces)
            )
            db.execute_sql(f"DELETE FROM name_word WHERE {where}", (workspace_id, word))
    return bool(found)
