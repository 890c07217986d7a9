"""Formatted messages: the little HTML that a mail needs, cleaned by nh3 whatever was sent, and the plain text of it."""

import re
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import nh3

from webapp.core.errors import Invalid

from .merging import Tag

TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "h1", "h2", "h3", "blockquote"}
LINKS = ("http", "https", "mailto", "tel")
_SAME = {"b": "strong", "i": "em", "div": "p"}  # what editors write for what we take
_OTHER = re.compile(r"<(/?)(b|i|div)(?=[\s>/])[^>]*>", re.IGNORECASE)
_IF = r"\{\{\s*(?:#if\b[^{}]*|else|/if)\s*\}\}"
_ALONE = re.compile(rf"<(p|li)>\s*({_IF})\s*</\1>")
_BREAKS = re.compile(rf"(?:<br>)?\s*({_IF})\s*<br>")
_EMPTY = re.compile(r"<(p|li|strong|em|h[1-3])>\s*</\1>")
_HREF = re.compile(r'<a href="([^"]*)">')
_TAG = re.compile(r"\{\{([^{}]*)\}\}")
LINK, QUOTED = "link ", "quoted "  # before a field's name: in a link it is the whole address, or a part of it


def clean(html):
    """`html` with nothing but TAGS and links to somewhere. Never raises."""
    html = _OTHER.sub(lambda match: f"<{match[1]}{_SAME[match[2].lower()]}>", html.replace("\0", ""))
    made = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=set(LINKS), link_rel=None)
    return made.replace("&nbsp;", " ").strip()  # editors write it for any space at the end of a word


def alone(html):
    """Clean `html` in which a condition's tag that has a line to itself takes no line."""
    return _BREAKS.sub(r"\1", _ALONE.sub(r"\2", html))


def tidy(html):
    """Clean `html` after conditions were decided: what they opened or emptied is closed or gone."""
    return _EMPTY.sub("", clean(html))


def check(html):
    """Raises Invalid (about the body) for a field that has formatting within its braces, and for a link that its fields
    could make lead to what no mail may lead to.
    """
    for match in _TAG.finditer(html):
        if "<" in match[1]:
            text = " ".join(_PIECES.sub("", match[1]).split())
            raise Invalid(f"Formatting ends within {{{{{text}}}}}. Type the field again without it.", "body")
    for match in _HREF.finditer(html):
        address = match[1]
        if re.search(_IF, address):
            raise Invalid("The address of a link takes fields, but no conditions. Put them around the link.", "body")
        if "{{" in address and not _SAFE.match(address):
            raise Invalid("A link with a field begins with https:// or with the field. Mend its address.", "body")


_PIECES = re.compile(r"<[^>]*>")
_SAFE = re.compile(r"(?i)(?:https?://|mailto:|tel:)|\{\{[^{}]*\}\}(?:[/?#]|$)")


def fallback_linked(part):
    """A Tag of a link whose fallback is as good an address as a value would be; anything else as it is."""
    if type(part) is not Tag or not part.name.startswith((LINK, QUOTED)):
        return part
    return replace(part, fallback=escape(in_link(part.name, unescape(part.fallback))))


def links_marked(html):
    """Clean `html` whose fields within the addresses of links are marked as LINK or QUOTED."""
    return _HREF.sub(lambda match: f'<a href="{_TAG.sub(_marked, match[1])}">', html)


def _marked(match):
    return f"{{{{{QUOTED if match.start() else LINK}{match[1].strip()}}}}}"


def in_link(name, value):
    """What stands in a link for a field marked by links_marked(), whose lead has `value`."""
    if name.startswith(QUOTED):
        return quote(value, safe="")
    value = value.strip()
    if not value:
        return ""
    if "@" in value and "/" not in value and ":" not in value:
        return f"mailto:{value}"
    scheme = urlsplit(value).scheme if re.match(r"[a-z][a-z0-9+.-]*:", value, re.IGNORECASE) else ""
    if not scheme or re.fullmatch(r"[^/]*:\d+(/.*)?", value):
        return f"https://{value.lstrip('/')}"
    return value if scheme in LINKS else ""


def text_of(html):
    """Clean `html` as the plain text of a mail."""
    writer = _Text()
    writer.feed(html)
    writer.close()
    lines = [line.rstrip() for line in "".join(writer.made).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


class _Text(HTMLParser):
    """Paragraphs with a blank line between them, "- " before items, "> " before quotes, addresses after their links."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.made, self.lists, self.quotes, self.link, self.linked = [], [], 0, "", ""

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            self._line()
        elif tag in ("p", "h1", "h2", "h3"):
            self._block()
        elif tag in ("ul", "ol"):
            self._block() if not self.lists else None
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "blockquote":
            self._block()
            self.quotes += 1
            self.made.append("> ")
        elif tag == "a":
            self.link, self.linked = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag):
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
            self._block()
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self._block() if not self.lists else None
        elif tag in ("p", "h1", "h2", "h3"):
            self._block()
        elif tag == "a":
            target = self.link.removeprefix("mailto:").removeprefix("tel:")
            if target and target != self.linked.strip():
                self.made.append(f" ({target})" if self.linked.strip() else target)
            self.link = ""

    def handle_data(self, data):
        data = re.sub(r"\s+", " ", data)
        if not self.made or self.made[-1].endswith(("\n", "> ")):
            data = data.lstrip(" ")
        if data:
            self.made.append(data)
            self.linked += data

    def _line(self):
        self.made.append("\n" + "> " * self.quotes)

    def _block(self):
        if self.made and not self.made[-1].endswith(("\n\n", "\n\n" + "> " * self.quotes)):
            self.made.append("\n\n" + "> " * self.quotes)

    def _item(self):
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number = number + 1
        mark = "- " if number is None else f"{number}. "
        if self.made and not self.made[-1].endswith("\n"):
            self._line()
        self.made.append("  " * max(0, len(self.lists) - 1) + mark)


def from_plain(text):
    """Plain text as the formatted message that says the same."""
    paragraphs = re.split(r"\n{2,}", text.replace("\r\n", "\n").strip("\n"))
    return "".join(f"<p>{escape(each, quote=False).replace(chr(10), '<br>')}</p>" for each in paragraphs if each)


def bare(html):
    """The words of clean `html`, without marks, for counting and looking through them."""
    return unescape(_PIECES.sub(" ", html))
