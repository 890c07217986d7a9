"""Lines that say whose words follow: "On Monday Ann wrote:", or the headers of the mail that is answered."""

import re

from . import quote_words as words

_MOST_LINES = 5  # a program breaks an attribution into
_LONGEST = 400
_MOST_HEADERS = 14
_SPLIT_ADDRESS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>?")
_IN_BRACKETS = re.compile(r"[<(\[]\s*(?:mailto:)?[^<>\s@]{1,64}@[^<>\s@]{1,255}[>)\]]")
# behind it a verb of any language; but not behind (), which people write, too
_ENDS_IN_BRACKETS = re.compile(
    _IN_BRACKETS.pattern + r"[>)\]\s]*[:：]$|@[^<>\s@]{1,255}>(?:[^\W\d]|[\s()]){0,25}[:：]$"
)
_EDGES = "*_ \t\xa0>|•-—"


def attribution(lines, end, is_free, is_quoted_next):
    """How many lines the attribution has that ends at line `end`; 0: none does. `is_free(number)`: the line is not
    quoted already; `is_quoted_next`: marked quotes follow it.
    """
    last = lines[end].strip(" \t*_\xa0")
    if len(last) > _LONGEST:
        return 0
    if words.DASHED.match(last):
        return 1
    if not last.endswith((":", "：", *words.BARE_ENDS)) and not (is_quoted_next and last.endswith((">", ")"))):
        return 0
    found, said, has_date = 0, "", False
    for size in range(1, _MOST_LINES + 1):
        number = end - size + 1
        if number < 0 or not is_free(number) or not lines[number].strip():
            break
        said = f"{lines[number].strip(_EDGES)} {said}".strip()
        opens, has_more = bool(words.OPENS.match(said)), bool(words.DATE.search(said)) and not has_date
        if len(said) > _LONGEST:
            break
        if (not found or opens or has_more) and _says_who(said.rstrip("*_ "), is_quoted_next):
            found, has_date = size, has_date or has_more
            if opens:
                break
    return found


def _says_who(said, is_quoted_next):
    said = _SPLIT_ADDRESS.sub(r"<\1>", said)
    if words.OURSELVES.search(said):
        return is_quoted_next and bool(words.SAYS.search(said))
    has_address, has_date = bool(words.ADDRESS.search(said)), bool(words.DATE.search(said))
    opens, is_sure = bool(words.OPENS.match(said)), is_quoted_next or bool(_IN_BRACKETS.search(said))
    if not opens and said.endswith("wrote:") and words.GLUED.search(said):
        return False  # what goes before is new
    if said.endswith((":", "：")):
        if opens and (words.SAYS_LAST.search(said) or words.SAYS_FIRST.search(said)):
            return has_date or is_sure
        if words.SAYS.search(said):
            return is_sure or (has_address and has_date)
        if words.QUOTING.match(said):
            return is_sure
        return has_date and bool(_ENDS_IN_BRACKETS.search(said))
    if has_address and has_date and is_quoted_next and len(said) < 150:
        return True
    return opens and (has_address or is_quoted_next) and bool(words.SAYS_BARELY.search(said))


def head_size(lines, start, is_free):
    """How many lines the headers of another mail have that begin at line `start`; 0: none do."""
    if not _header(lines[start]):
        return 0
    found, size, unknown = {}, 0, 0
    for number in range(start, min(len(lines), start + _MOST_HEADERS)):
        if not is_free(number):
            break
        line = lines[number].strip()
        if kind := _header(line):
            if kind in found and kind != "other":
                break
            found[kind] = line
            size, unknown = number - start + 1, 0
        elif line:
            unknown += 1  # a header goes on there
            if unknown > 2:
                break
        elif not _header(lines[number + 1] if number + 1 < len(lines) else ""):
            break
    found.pop("other", None)
    return size if _is_head(found) or (len(found) >= 2 and "from" in found and _is_set_off(lines, start)) else 0


def _is_head(found):
    """Three headers, or an address and a date: two may be in anybody's words."""
    if len(found) >= 3 and "from" in found:
        return True
    somebody = found.get("from", "") + found.get("to", "")
    return bool(words.ADDRESS.search(somebody) and words.DATE.search(found.get("sent", "")))


def _is_set_off(lines, start):
    before = [line.strip() for line in lines[max(0, start - 2) : start] if line.strip()]
    return bool(before) and bool(words.RULE.match(before[-1]) or words.SEPARATOR.match(before[-1]))


def _header(line):
    line = line.strip(_EDGES).replace("*", "").replace("_", "")
    return next((kind for kind, pattern in words.HEADERS if pattern.match(line)), None)
