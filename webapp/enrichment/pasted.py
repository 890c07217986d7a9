"""Lines that people paste, read as companies: a name, a domain or website, an address at a company, or a name and its
domain beside it.
"""

import re
import unicodedata
from typing import NamedTuple

from webapp.core.errors import Invalid
from webapp.core.text import fold
from webapp.leads.cleaning import clean_email, clean_website, domain_of

from .keys import key_of

MOST = 10_000  # lines at once
LONGEST = 200  # letters of a name
_PARTS = re.compile(r"\t|;|,(?=\s|[^\s,]+\.[^\s,]+$)")
_BREAKS = re.compile(r"\r\n|\r|\n")  # str.splitlines() also breaks at what names may hold
_LOOKS = re.compile(r"(?:https?://)?[^\s/@]+\.[^\s/@.\d]{2,}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_BULLET = re.compile(r"(?:[-*•–—]|\d{1,5}[.)])\s+")
# endings of companies' names that would pass for a domain: "Yahoo! Inc.", "Acme S.A", "Node.js"
_NO_ENDING = frozenset(["inc", "ltd", "llc", "corp", "gmbh", "plc", "js", "sa", "ag", "bv", "srl", "spa"])


class Named(NamedTuple):
    """A company as a line names it; `domain` as Lead.domain."""

    name: str
    domain: str

    @property
    def key(self):
        return key_of(self.domain, self.name)


class Bad(NamedTuple):
    """A line that names no company, and why not."""

    number: int
    text: str
    reason: str


def read(text):
    """([Nameds], [Bads]) of the lines of `text`; empty lines are nothing. Raises Invalid for more than MOST lines."""
    lines = [(number, line) for number, line in enumerate(_BREAKS.split(text), 1) if line.strip()]
    if len(lines) > MOST:
        raise Invalid(f"Those are {len(lines):,} lines. Paste up to {MOST:,} at once.", "names")
    named, bad = [], []
    for number, line in lines:
        try:
            named.append(_company(_clean(line)))
        except Invalid as error:
            bad.append(Bad(number, line.strip().replace("\0", "")[:LONGEST], str(error)))
    return named, bad


def _clean(line):
    """On one line of what can be seen; nothing that a database refuses."""
    seen = "".join(" " if _is_hidden(letter) else letter for letter in line)
    return _BULLET.sub("", " ".join(_apart(seen)), count=1).strip(" \"'“”")


def _apart(text):
    """The words; a tab, which parts columns, stays."""
    return [word for word in re.split(r"[^\S\t]+", text) if word]


def _is_hidden(letter):
    return letter != "\t" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _company(line):
    parts = [part for part in (part.strip(" \t\"'") for part in _PARTS.split(line)) if part]
    if len(parts) > 1:
        for index, part in enumerate(parts[:4]):
            if domain := _domain(part):
                return Named(_name(parts[0]) if index else "", domain)
        line = parts[0] if "\t" in line else line
    domain = _domain(line)
    return Named("", domain) if domain else Named(_name(line), "")


def _domain(text):
    """The company's domain in a part of a line, "" where it is a name. Raises Invalid for one that is no company's."""
    text = text.strip("<>()[]")
    if text.count("@") == 1 and " " not in text and text[:1] != "@" and text[-1:] != "@":
        return _of_address(text)
    if not _LOOKS.fullmatch(text):
        return ""
    host = text.partition("://")[2] or text
    if "/" not in text and fold(host.rpartition(".")[2]) in _NO_ENDING:
        return ""
    try:
        website = clean_website(text)
    except Invalid:
        return ""
    domain = domain_of(website, "")
    if website and not domain:
        raise Invalid("This page is on a site that many companies share. Give the company's own website, or its name.")
    return domain


def _of_address(text):
    email = clean_email(text)
    domain = domain_of("", email)
    if not domain:
        raise Invalid("This is a private mailbox, which tells of no company.")
    return domain


def _name(text):
    name = " ".join(text.split())
    if len(name) > LONGEST:
        raise Invalid(f"This is longer than a company's name: {len(name):,} letters.")
    if not any(letter.isalnum() for letter in name):
        raise Invalid("This has no letter or digit, so it is no company's name.")
    return name
