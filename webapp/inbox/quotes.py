"""What of a mail's text is new: without what it quotes and without its signature.

Where it is unsure it keeps a line: losing what somebody wrote is worse than showing a quote.
"""

import re
from typing import NamedTuple

from . import quote_words as words

_MOST_LINES = 20_000
_QUOTED = re.compile(r"\s{0,4}(?:>|\|\s?(?=\S)(?!.*\|\s*$))")
_ATTRIBUTION_LINES = 4


class Split(NamedTuple):
    fresh: str
    quoted_lines: int  # that say something; those of the signature do not count


def split(text, marks=None):
    """The Split of a text. `marks` are of its HTML: {number of a line: "quote" | "signature"}."""
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        return Split(text, 0)
    kinds = ["" for _ in lines]
    _by_marks(lines, kinds, marks or {})
    _by_signs(lines, kinds)
    _by_attributions(lines, kinds)
    _by_heads(lines, kinds)
    _by_signature(lines, kinds)
    fresh = _tidy(line for line, kind in zip(lines, kinds, strict=True) if not kind)
    quoted = sum(1 for line, kind in zip(lines, kinds, strict=True) if kind == "quote" and line.strip(" \t>|"))
    return Split(fresh, quoted)


def _by_marks(lines, kinds, marks):
    if all(number in marks or not line.strip() for number, line in enumerate(lines)):
        return  # it cannot be that nothing was written
    for number, kind in marks.items():
        if number < len(kinds):
            kinds[number] = kind


def _by_signs(lines, kinds):
    for number, line in enumerate(lines):
        if _QUOTED.match(line):
            kinds[number] = "quote"


def _by_attributions(lines, kinds):
    """ "On Monday Ann wrote:", on up to four lines, with what follows."""
    number = 0
    while number < len(lines):
        size = 0 if kinds[number] or not lines[number].strip() else _attribution(lines, kinds, number)
        if not size:
            number += 1
            continue
        end = number + size
        after = next((at for at in range(end, len(lines)) if lines[at].strip()), None)
        for at in range(number, end):
            kinds[at] = "quote"
        if after is not None and kinds[after] != "quote":
            _to_end(kinds, end)
            return
        number = end


def _attribution(lines, kinds, number):
    """How many lines an attribution has that begins at `number`; 0: none does."""
    if not words.BEGINS.match(lines[number].strip()):
        return 0
    said = ""
    for size in range(1, _ATTRIBUTION_LINES + 1):
        at = number + size - 1
        if at >= len(lines) or kinds[at] or not lines[at].strip():
            return 0
        said = f"{said} {lines[at].strip()}".strip()
        if len(said) < 400 and words.ATTRIBUTION.search(said):
            return size
    return 0


def _by_heads(lines, kinds):
    """Everything from "-----Original Message-----" or from "From: … Sent: … To: …" on."""
    for number, line in enumerate(lines):
        if kinds[number] or not line.strip():
            continue
        if words.SEPARATOR.match(line.strip()) or _is_head(lines, number):
            while number and (not lines[number - 1].strip() or words.RULE.match(lines[number - 1].strip())):
                number -= 1
            _to_end(kinds, number)
            return


def _is_head(lines, number):
    """Whether the headers of another mail begin here: at least three, one of them its sender."""
    if not words.FROM.match(lines[number].strip("*_ \t>")):
        return False
    found = 0
    for line in lines[number : number + 12]:
        line = line.strip("*_ \t>")
        if words.HEADER.match(line):
            found += 1
        elif not line and found:
            break
    return found >= 3


def _by_signature(lines, kinds):
    for number, line in enumerate(lines):
        if kinds[number] or not line.strip():
            continue
        if words.DASHES.match(line) or words.SENT_FROM.match(line.strip()):
            if not any(lines[at].strip() and not kinds[at] for at in range(number)):
                continue
            for at in range(number, len(lines)):
                if kinds[at] == "quote":
                    break
                kinds[at] = "signature"
            return


def _to_end(kinds, number):
    for at in range(number, len(kinds)):
        kinds[at] = "quote"


def _tidy(lines):
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n ").strip()
