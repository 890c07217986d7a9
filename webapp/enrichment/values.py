"""What a source says, made into the value that a fact keeps, and into the key by which two values are the same.

Sources are strangers' pages and models that read them: what is no value of its field, or longer than one can be, is
left out rather than mended.
"""

import re
import unicodedata
from datetime import date
from hashlib import sha256

from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.text import fold
from webapp.leads.cleaning import clean_email, clean_phone, clean_website, domain_of
from webapp.leads.countries import clean_country, code_of
from webapp.leads.fields import LARGEST

from .fields import FIELDS, LIST_SEPARATOR

LONGEST = 255  # letters of a value, as of a lead's
SUMMARY = 2000  # of a description, which is cut there
ITEMS, ITEM = 50, 200  # of a list, and letters of each
READ = 20_000  # letters of a claim that are looked at; of a longer one, only a description's beginning
KEY = 200  # letters of a key; of a longer one its digest is
OLDEST = 1000  # the year in which a company may have been founded

_NOTHING = frozenset(
    ["-", "–", "—", "?", "n/a", "na", "n.a.", "none", "null", "nil", "unknown", "not found", "not available", "tbd"]
)
_JOINERS = "\u200c\u200d"  # which some scripts write with
_WORDS = re.compile(r"\w+")
_NUMBER = re.compile(r"\d{1,12}|\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3}){0,2}")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_LEGAL = re.compile(
    r"\b(inc|incorporated|llc|ltd|limited|corp|corporation|gmbh|mbh|ag|se|sa|sas|sarl|srl|spa|bv|nv|plc|kg|kgaa|ohg|ug"
    r"|oy|ab|as|aps|co)\b"
)


def cleaned(name, text):
    """`text` as a fact of the field `name` keeps it; "" when it is no value of it."""
    kind = "summary" if name == "description" else FIELDS[name].kind
    if not isinstance(text, str) or (len(text) > READ and kind != "summary"):
        return ""
    value = _KINDS.get(kind, _line)(plain(text[:READ]))
    if name == "social":
        value = LIST_SEPARATOR.join(dict.fromkeys(filter(None, map(_url, value.split(LIST_SEPARATOR)))))
    if name == "linkedin" and "linkedin." not in value.lower():
        return ""
    return "" if value.lower() in _NOTHING else value


def plain(text):
    """`text` on one line, without what is not to be seen: control characters, marks of direction, halves of letters."""
    letters = [
        " " if letter.isspace() else letter
        for letter in text
        if letter.isprintable() or letter.isspace() or letter in _JOINERS
    ]
    return " ".join("".join(letters).split())


def _line(text):
    return text if len(text) <= LONGEST else ""


def _summary(text):
    return text if len(text) <= SUMMARY else f"{text[: SUMMARY - 1].rsplit(' ', 1)[0]}…"


def _list(text):
    items = {}
    for item in text.split(LIST_SEPARATOR.strip()):
        if (item := item.strip()) and len(item) <= ITEM:
            items.setdefault(fold(item), item)
    return LIST_SEPARATOR.join([*items.values()][:ITEMS])


def _read(clean):
    """A function of a text that gives "" for what `clean` refuses."""

    def read(text):
        try:
            return _line(clean(text))
        except Invalid:
            return ""

    return read


_url = _read(clean_website)
_email = _read(clean_email)


def _domain(text):
    return domain_of(_url(text), "")


def _phone(text):
    digits = sum(letter.isdigit() for letter in text)
    return _read(clean_phone)(text) if 5 <= digits <= 20 and len(text) <= 40 else ""


def _year(text):
    number = _number(text)
    return number if number and OLDEST <= int(number) <= now().year else ""


def _number(text):
    if not (text.isascii() or "’" in text) or not _NUMBER.fullmatch(text):
        return ""
    number = int(re.sub(r"\D", "", text))
    return str(number) if number <= LARGEST["employees"] else ""


def _money(text):
    return text if len(text) <= 60 and any(letter.isdigit() for letter in text) else ""


def _date(text):
    match = _DATE.fullmatch(text)
    if not match or not text.isascii():
        return ""
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return ""
    return text


def _country(text):
    return clean_country(text) if len(text) <= 80 and code_of(text) else ""


_KINDS = {
    "summary": _summary, "list": _list, "url": _url, "domain": _domain, "email": _email, "phone": _phone,
    "year": _year, "number": _number, "money": _money, "date": _date, "country": _country,
}  # fmt: skip


def key_of(name, value):
    """What two values of the field `name` are the same by: how they are written counts no more."""
    kind = FIELDS[name].kind
    if kind == "list":
        key = LIST_SEPARATOR.join(sorted(fold(item) for item in value.split(LIST_SEPARATOR)))
    elif kind == "url":
        key = value.lower().partition("://")[2].partition("#")[0].removeprefix("www.").rstrip("/")
    elif kind == "phone":
        key = "".join(filter(str.isdigit, value))
    elif kind == "country":
        key = code_of(value) or fold(value)
    else:
        key = _words(name, unicodedata.normalize("NFKC", value))
    return key if len(key) <= KEY else f"#{sha256(key.encode()).hexdigest()}"


def _words(name, value):
    folded = fold(value)
    words = " ".join(_WORDS.findall(folded))
    if name == "company_name":  # "Halden" and "Halden GmbH" are one
        words = " ".join(_LEGAL.sub(" ", words).split()) or words
    return words or folded
