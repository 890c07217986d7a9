"""How the cells of a text are parted, and where its column names stand.

The delimiter is the one under which most records have the same width (a majority heuristic over records; the standard
library's Sniffer reads letters and is wrong far more often on real exports), corrected by what a wrong one leaves
behind: cells that begin with a space or hold another delimiter, and a first line that it does not part.
"""

import io
import math
import re
from collections import Counter, namedtuple
from itertools import islice, pairwise

from .reading import is_blank, records

SAMPLE_ROWS = 500
MOST_COLUMNS = 500
DELIMITERS = {
    ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ":": "colon", "^": "caret", "~": "tilde", " ": "space",
}  # fmt: skip
_USUAL = ("\t", "|", ";", ",")  # where two part a text equally well, the one that is rarer in prose comes first
_RARE = {"^": 2, "~": 2, ":": 3, " ": 4}  # and the columns it must make of nearly every line to be believed
CERTAIN = 0.7  # the score of a table from which on nothing rarer is tried
_PART_OF_TEXT = {
    delimiter: re.compile("[{}](?=[^\\s])".format("".join(other for other in _USUAL if other != delimiter)))
    for delimiter in DELIMITERS
}
_BETWEEN_FIGURES = re.compile(r"(?<=\d),(?=\d)")
_LIKE_DATA = re.compile(r"\S+@\S+\.\S+|https?://\S+|www\.\S+|[+(]?\d[\d ().,/:-]{4,}")

Marks = namedtuple("Marks", "delimiter spaces quote escape")  # as records() takes them


def marks_of(text, delimiter=None):
    """The Marks of a `text`, the sample of a file; of those with `delimiter`, if one is given."""
    named = delimiter or _named(text)
    if named:
        return _marks(text, named)
    scored = [(_score(text, marks), marks) for marks in (_marks(text, one) for one in _USUAL)]
    (best, doubtful), marks = max(scored, key=lambda found: found[0][0])
    if best > CERTAIN:
        return marks
    for rare, columns in _RARE.items():
        found = _marks(text, rare)
        if _parts_all(text, found, columns) and _score(text, found)[0] > 2 * best:
            return found
    if best and not doubtful:
        return marks
    # One column of places or of names, in which a comma stands, is parted by whatever stands in none of its lines.
    whole = [one for (score, _), one in scored if not score]
    return next((one for one in whole if one.delimiter == ","), whole[0]) if whole else marks


def _named(text):
    """The delimiter that Excel is told in a line of its own: sep=;"""
    first = text.lstrip("\ufeff\r\n ").split("\n", 1)[0].strip("\r\n\"' ").lower()
    return first[4] if len(first) == 5 and first.startswith("sep=") and first[4] in DELIMITERS else None


def is_sep_line(cells, delimiter):
    """Whether a record is that line."""
    return bool(cells) and delimiter.join(cells).strip().strip('"').lower() in (f"sep={delimiter}", "sep=")


def _marks(text, delimiter):
    """The quotes that belong to a delimiter: single ones where they stand around cells and double ones do not, and
    whether a backslash stands before those within a cell."""
    quote = "'" if _quotes_singly(text, delimiter) else '"'
    spaces = delimiter != " " and f"{delimiter} {quote}" in text
    marks = Marks(delimiter, spaces, quote, False)
    if re.search(rf"\\{quote}(?=[^{re.escape(delimiter)}{quote}\r\n])", text):
        escaped = marks._replace(escape=True)
        if _score(text, escaped)[0] >= _score(text, marks)[0]:
            return escaped
    return marks


def _quotes_singly(text, delimiter):
    if text.count("'") < 4:
        return False
    mark, lines = re.escape(delimiter), "\n".join(text.splitlines())
    opening = len(re.findall(rf"(?:^|{mark}) ?'(?=[^\s{mark}])", lines, re.MULTILINE))
    closing = len(re.findall(rf"[^\s{mark}]' ?(?={mark}|$)", lines, re.MULTILINE))
    whole = len(re.findall(rf"(?:^|{mark}) ?'(?:[^'\n]|'')*'(?= ?(?:{mark}|$))", lines, re.MULTILINE))
    double = len(re.findall(rf'(?:^|{mark}) ?"', lines, re.MULTILINE))
    most = max(opening, closing)
    if whole < 2 or whole < 0.5 * most or min(opening, closing) < 0.8 * most or double * 5 > opening:
        return False
    single = Marks(delimiter, False, "'", False)
    return _score(text, single)[0] >= 0.95 * _score(text, single._replace(quote='"'))[0]


def _widths(text, marks):
    found = islice(records(io.StringIO(text, newline=""), *marks), SAMPLE_ROWS)
    return [cells for cells in found if not is_blank(cells) and not is_sep_line(cells, marks.delimiter)]


def _score(text, marks):
    """(how much `text` looks like a table: most records equally wide, and wide; whether that is in doubt)"""
    found = _widths(text, marks)
    total = len(found)
    prose = sum(map(_is_prose, found))
    spaced = not marks.spaces and prose > 0.6 * total
    widths = Counter(len(cells) for cells in found if spaced or not _is_prose(cells))
    evenness, width = (
        max(((count / total) ** 2 * math.log2(width), width) for width, count in {**widths, 1: 1}.items() if total)
        if total
        else (0, 1)
    )
    if not evenness:
        return 0, True
    begun = len(next(cells for cells in found if spaced or not _is_prose(cells))) >= 0.6 * width
    cells = [cell for cells in found for cell in cells]
    parted = _PART_OF_TEXT[marks.delimiter]
    odd = sum(1 for cell in cells if parted.search(_BETWEEN_FIGURES.sub("", cell)))
    score = evenness * (1 if begun else 0.5) * (0.6 if spaced else 1) * (1 - 0.5 * odd / len(cells))
    return score, spaced and not begun and not any(_LIKE_DATA.fullmatch(cell.strip()) for cell in cells)


def _is_prose(cells):
    """Whether a record is parted where a sentence or a place has its comma: "Oslo, Norway", but not "Oslo , Norway"."""
    return any(after[:1] == " " and before[-1:] not in ("", " ") for before, after in pairwise(cells))


def _parts_all(text, marks, columns):
    """Whether nearly every record is equally wide, the first one too, and has that many columns."""
    widths = [len(cells) for cells in _widths(text, marks)]
    if len(widths) < 3 or widths[0] < columns:
        return False
    return widths.count(widths[0]) >= 0.9 * len(widths)


def _without_sentences(found, likely):
    """`likely` without the lines above a table in which a comma happens to stand: a blank or narrow one follows."""
    prose = [at for at in likely if _is_prose(found[at])]
    if len(prose) > 0.5 * len(likely):
        return likely
    above, wide = set(), set(likely)
    for at in reversed(prose):
        if at + 1 not in wide or at + 1 in above or ":" in found[at][0]:
            above.add(at)
    return [at for at in likely if at not in above]


def header_of(found):
    """Which of these records has the column names: the first about as wide and as full as the rows below it; None when
    it looks like a row itself."""
    filled = [sum(1 for cell in cells if cell.strip()) for cells in found]
    usual = sorted(count for count in filled if count)
    if not usual:
        return None
    full = 0.6 * usual[3 * (len(usual) - 1) // 4]
    wide = Counter(len(cells) for cells, count in zip(found, filled, strict=True) if count).most_common(1)[0][0] / 2
    likely = [at for at, cells in enumerate(found) if filled[at] >= full and len(cells) > wide]
    likely = _without_sentences(found, likely)
    at = likely[0] if likely else filled.index(usual[-1])
    if any(_LIKE_DATA.fullmatch(cell.strip()) for cell in found[at]) and len(found[at]) <= MOST_COLUMNS:
        return None if at == 0 else at - 1 if filled[at - 1] else None
    return at
