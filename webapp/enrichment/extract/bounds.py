"""A page's text cut so that no parser can be held by it: lexbor takes quadratic time for attributes of one tag (54 s
for 100,000) and for open elements (1.3 s for 16,000 nested <div>), and neither can be interrupted.
"""

import re

LONGEST = 1_000_000  # characters that are looked at
TAGS = 8_000  # as many "<": a usual page has 1,000 to 4,000
_LAST = 2_000  # of those, at a long page's end: there stand the address and the profiles
_ATTRIBUTES = 200  # of one tag
# One attribute, exactly as a browser reads it (https://html.spec.whatwg.org/#before-attribute-name-state).
_ATTRIBUTE = r"""(?:[\s/]*+=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)"""
_CROWDED = re.compile(rf"(<[a-zA-Z][^\s/>]*+)(?:{_ATTRIBUTE}{{{_ATTRIBUTES}}}+{_ATTRIBUTE}*+)[\s/]*+>?")
# Without these every tag ends at the first ">", so that one with so many attributes, which take two characters each,
# shows as a long stretch before it.
_LONG = re.compile(rf"<[a-zA-Z][^>]{{{2 * _ATTRIBUTES}}}")
_QUOTED_ENDS = (re.compile(r'="[^">]*+>'), re.compile(r"='[^'>]*+>"), re.compile(r"=\s+[\"']"))
_SURROGATE = re.compile("[\ud800-\udfff]")


def bounded(text):
    """`text` without NULs and what is no character, at most LONGEST of it, with at most TAGS tags, none overfull."""
    text = text[:LONGEST]
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = _SURROGATE.sub("\ufffd", text)
    if text.count("<") > TAGS:
        text = _fewer_tags(text)
    return _CROWDED.sub(r"\1>", text) if _may_be_crowded(text) else text


def _fewer_tags(text):
    """The first and the last of the tags; what lies between, the middle of a huge list, is left out."""
    first = end = 0
    for _ in range(TAGS - _LAST):
        first = text.find("<", first + 1)
    end = len(text)
    for _ in range(_LAST):
        end = text.rfind("<", 0, end)
    return text[:first] + text[end:]


def _may_be_crowded(text):
    """Whether a tag might have too many attributes; quick, as it is asked of every page."""
    parts = text.split(">")
    if max(map(len, parts)) > 2 * _ATTRIBUTES and any(map(_LONG.search, parts)):
        return True
    return any(pattern.search(text) for pattern in _QUOTED_ENDS)
