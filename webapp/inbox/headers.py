"""The headers of a mail read as they are meant: RFC 5322, 2047 and 2231, and what is sent instead."""

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice

from .charsets import decode, storable

_LONGEST = 100_000  # characters of a header that are looked at
_LONGEST_TEXT = 20_000
LONGEST_ID = 998  # a line's length (RFC 5322, 2.1.1)
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
LONGEST_NAME = 255
_MOST = 1000  # headers
_MOST_REFERENCES = 200
_MOST_ADDRESSES = 1000

# text with spaces in it is against the rule, and common
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?((?:[^?]|\?(?!=)){0,2000})\?=", re.IGNORECASE)
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*"
_SPACE = r"[ \t\r\n]*"
_PLAIN = re.compile(
    rf'{_SPACE}(?:({_ADDRESS})|(?:(?:({_ATOM}(?: {_ATOM})*)|"([^"\\\r\n]*)"){_SPACE})?<({_ADDRESS})>){_SPACE}(,|\Z)'
)
_ID = re.compile(r"<([^<>]+)>")
_BARE_ID = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_IDENTITY = ("date", "from", "to", "subject")


class Headers:
    """The headers of a mail, [(name in lower case, undecoded value)]."""

    def __init__(self, pairs):
        self.raw = [(str(name).lower(), text_of(value)) for name, value in islice(pairs, _MOST)]

    def all(self, name):
        """The undecoded values of every header of this name."""
        return [value for one, value in self.raw if one == name]

    def text(self, name):
        """The first header of this name, decoded, on one line."""
        return next((decoded(value) for one, value in self.raw if one == name), "")

    def decoded(self):
        return tuple((storable(name), decoded(value)) for name, value in self.raw)


def decoded(value):
    """The text of a header with its encoded words (RFC 2047), on one line."""
    value = value[:_LONGEST_TEXT]
    if "=?" not in value:
        return _line(value)
    said, at, pieces = [], 0, []  # pieces: (charset, bytes) that follow each other: a letter may be split among them
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        if between.strip() or not pieces:
            said += [_joined(pieces), between]
            pieces = []
        pieces.append((word[1].split("*")[0].lower(), _bytes_of(word[2].lower(), word[3])))
        at = word.end()
    return _line("".join([*said, _joined(pieces), value[at:]]))


def addresses(values):
    """((name, address in lower case), …) of headers such as To, those without an address left out."""
    found = {}
    for value in values:
        for name, address in _addresses(value[:_LONGEST]):
            if address and address not in found and len(found) < _MOST_ADDRESSES:
                found[address] = name
    return tuple((name, address) for address, name in found.items())


def message_id(headers):
    """Its Message-ID with <>; without one, one made of what tells mails apart, the same wherever the mail lies."""
    for value in headers.all("message-id"):
        for one in message_ids(value):
            return one
    said = [" ".join(value.split()) for name in _IDENTITY for value in [name, *headers.all(name)]]
    said = said if len(said) > len(_IDENTITY) else [f"{name}: {value}" for name, value in headers.raw]
    digest = hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()
    return f"<{digest[:40]}@no-message-id.invalid>"


def refers_to(headers):
    """The Message-IDs of the mails that this one answers, the nearest last."""
    found = dict.fromkeys(one for value in headers.all("references") for one in message_ids(value))
    for value in headers.all("in-reply-to"):
        for one in message_ids(value):
            found.pop(one, None)
            found[one] = None
    return tuple(found)[-_MOST_REFERENCES:]


def message_ids(text):
    """["<a@b>", …] of a header. Some are folded in their middle, some have no <>."""
    text = text[:_LONGEST]
    found = ["".join(one.split()) for one in _ID.findall(text)] or _BARE_ID.findall(text)
    return [f"<{one}>" for one in map(storable, found) if one and len(one) < LONGEST_ID - 1]


def date(headers):
    """Its Date in UTC; None without one that can be meant."""
    value = headers.text("date")[:200]
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1980 <= moment.year < 2200 else None


def _addresses(value):
    try:
        pairs = _plain(value) or getaddresses([value])
    except (RecursionError, ValueError, IndexError, TypeError):
        pairs = []
    if not any("@" in address for _, address in pairs):  # some encode a whole header, its address with it
        value = decoded(value)
        pairs = [("", found) for found in re.findall(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+", value)]
    for name, address in pairs:
        address = "".join(storable(decoded(address)).split()).strip("<>'\"").lower()
        if "@" in address and len(address) <= LONGEST_ADDRESS:
            yield decoded(name).strip("'\" ")[:LONGEST_NAME], address


def _plain(value):
    """What getaddresses() gives of the forms that nearly all mails have, in a tenth of its time; None of any other."""
    pairs, at = [], 0
    while match := _PLAIN.match(value, at):
        bare, words, quoted, address, more = match.groups()
        pairs.append((words or quoted or "", bare or address))
        at = match.end()
        if not more:
            return pairs
    return None


def text_of(value):
    """A raw header: its bytes beyond ASCII come as halves of surrogate pairs, and are UTF-8 mostly."""
    value = str(value)
    if value.isascii():
        return value
    return decode(value.encode("utf-8", "surrogateescape"))


def _line(text):
    return " ".join(storable(text).split())


def _bytes_of(way, text):
    data = text.encode("utf-8", "replace")
    if way == "q":
        return _HEX.sub(lambda found: bytes([int(found[1], 16)]), data.replace(b"_", b" "))
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    data = data[: len(data) - (len(data) % 4 == 1)]
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return b""


def _joined(pieces):
    text, at = [], 0
    while at < len(pieces):
        charset, data = pieces[at]
        at += 1
        while at < len(pieces) and pieces[at][0] == charset:
            data += pieces[at][1]
            at += 1
        text.append(decode(data, charset))
    return "".join(text)
