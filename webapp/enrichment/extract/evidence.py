"""What stands around a value on a page, as evidence."""

from .document import BREAK, tidy

LONGEST = 240


def around(text, start, end, *, before=60, after=60):
    """The words around text[start:end] on one line, not cut within a word."""
    first, last = max(0, start - before), min(len(text), end + after)
    if (place := text.rfind(BREAK, first, start)) >= 0:
        first = place + 1
    if (place := text.find(BREAK, end, last)) >= 0:
        last = place
    if first and (space := _space(text, first, start)) >= 0:
        first = space + 1
    if last < len(text):
        spaces = [place for mark in " \n" if (place := text.rfind(mark, end, last)) >= 0]
        last = max(spaces) if spaces else last
    return tidy(text[first:last], LONGEST)


def _space(text, first, start):
    places = [place for mark in " \n" if (place := text.find(mark, first, start)) >= 0]
    return min(places) if places else -1
