"""What of a mail's text is new: without what it quotes and without its signature.

Where it is unsure it keeps a line: losing what somebody wrote is worse than showing a quote.
"""

import re
from typing import NamedTuple

from . import quote_words as words
from .attributions import attribution, head_size
from .signatures import signature_start

_MOST_LINES = 20_000
_MOST_TRIES = 500  # lines that might end an attribution
_QUOTED = re.compile(r"\s{0,4}>|\s{0,2}[A-Z]{1,3}>\s")
_LONGEST_SIGN = 300  # characters of a line that says where a quote begins
_LONG, _SHORT = 60, 45


class Split(NamedTuple):
    fresh: str
    quoted_lines: int  # that say something; those of the signature do not count


def split(text, marks=None):
    """The Split of a text. `marks` are of its HTML: {number of a line: "quote" | "signature"}."""
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        return Split(text, 0)
    kinds = kinds_of(lines, marks)
    fresh = re.sub(r"\n{3,}", "\n\n", "\n".join(line for line, kind in zip(lines, kinds, strict=True) if not kind))
    quoted = sum(1 for line, kind in zip(lines, kinds, strict=True) if kind == "quote" and line.strip(" \t>"))
    return Split(fresh.strip(), quoted)


def kinds_of(lines, marks=None):
    """Of each line "quote", "signature", or "" when it is new."""
    kinds = ["quote" if _QUOTED.match(line) else "" for line in lines]
    _wrapped(lines, kinds)
    _marked(lines, kinds, marks or {})
    _headed(lines, kinds)
    _attributed(lines, kinds)
    _warned(lines, kinds)
    _signed(lines, kinds)
    return kinds


def _wrapped(lines, kinds):
    """A quoted line that was broken without a new sign: its end is short, and goes on in lower case."""
    for number in range(1, len(lines) - 1):
        line, before = lines[number], lines[number - 1]
        if (
            not kinds[number]
            and kinds[number - 1] == kinds[number + 1] == "quote"
            and len(before) >= _LONG
            and 0 < len(line.strip()) <= _SHORT
            and line[0].islower()
        ):
            kinds[number] = "quote"


def _marked(lines, kinds, marks):
    left = [number for number, line in enumerate(lines) if line.strip() and not kinds[number] and number not in marks]
    for number, kind in marks.items():
        if number < len(kinds) and (left or kind == "quote"):
            kinds[number] = kind


def _headed(lines, kinds):
    """ "-----Original Message-----" or "From: … Sent: … To: …", with what follows."""
    for number, line in enumerate(lines):
        if kinds[number] or not line.strip():
            continue
        if len(line) > _LONGEST_SIGN:
            continue
        is_separator = words.SEPARATOR.match(line.strip())
        size = head_size(lines, number, lambda one: not kinds[one]) or bool(is_separator)
        if not size:
            continue
        start, end = number, number + size
        while (
            start
            and not kinds[start - 1]
            and (not lines[start - 1].strip() or words.RULE.match(lines[start - 1].strip()))
        ):
            start -= 1
        if not _has_signs(lines, kinds, end):
            kinds[start:] = ["quote"] * (len(kinds) - start)
            return
        kinds[start:end] = ["quote"] * (end - start)


def _attributed(lines, kinds):
    """ "On Monday Ann wrote:", with what follows."""
    first, tries = None, 0  # `first`: line that is new
    for end, line in enumerate(lines):
        if kinds[end] or not line.strip():
            continue
        first, tries = end if first is None else first, tries + line.rstrip().endswith((":", "-", ">"))
        if tries > _MOST_TRIES:
            return
        has_signs = _has_signs(lines, kinds, end + 1)
        size = attribution(lines, end, lambda number: not kinds[number], has_signs)
        if not size:
            continue
        start = end - size + 1
        kinds[start : end + 1] = ["quote"] * size
        first = first if first < start else None
        if not has_signs and first is not None:
            kinds[end + 1 :] = ["quote"] * (len(kinds) - end - 1)
            return


def _has_signs(lines, kinds, number):
    """Whether the next line that says something has the sign of a quote: then its end has none, too."""
    after = next((one for one in range(number, len(lines)) if lines[one].strip()), None)
    return after is not None and kinds[after] == "quote"


def _warned(lines, kinds):
    """What a mail server wrote above: "CAUTION: This email comes from outside"."""
    first = next((number for number, line in enumerate(lines) if line.strip() and not kinds[number]), None)
    if first is None or not words.WARNING.match(" ".join(lines[first : first + 3]).strip(" *[<_-|")):
        return
    end = next((number for number in range(first, len(lines)) if not lines[number].strip()), None)
    if end is not None and any(line.strip() and not kind for line, kind in zip(lines[end:], kinds[end:], strict=True)):
        kinds[first:end] = ["signature"] * (end - first)


def _signed(lines, kinds):
    """The signature in each run of new lines."""
    is_first, start = True, 0
    while start < len(lines):
        if kinds[start] or not lines[start].strip():
            start += 1
            continue
        end = next((number for number in range(start, len(lines)) if kinds[number]), len(lines))
        at = signature_start(lines, start, end, is_all=is_first)
        if at is not None:
            kinds[at:end] = ["signature"] * (end - at)
        is_first, start = False, end
