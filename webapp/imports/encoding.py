"""Which encoding a file is in: by its mark, by where its zero bytes stand, by whether it is UTF-8, and else by which
of the one-byte encodings makes words of it."""

import codecs
import re
from itertools import islice

from webapp.core.errors import Invalid

CHUNK = 1 << 20  # bytes; no line of a table is longer
ENCODINGS = {
    "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32",
    "cp1252": "Windows-1252", "latin-1": "Latin-1", "mac_roman": "Mac Roman",
}  # fmt: skip
# What a person can choose. Those that are never detected are here for lists from further away.
CHOICES = {
    "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16 (big-endian)", "cp1252": "Windows-1252 (Western)",
    "latin-1": "Latin-1 (ISO 8859-1)", "iso8859-15": "Latin-9 (ISO 8859-15)", "mac_roman": "Mac Roman",
    "cp1250": "Windows-1250 (Central European)", "iso8859-2": "Latin-2 (ISO 8859-2)",
    "cp1251": "Windows-1251 (Cyrillic)", "koi8-r": "KOI8-R (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)", "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)", "cp850": "DOS (850)", "shift_jis": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)", "big5": "Big5 (Chinese)", "euc-kr": "EUC-KR (Korean)",
}  # fmt: skip
LONG_LINE = "A line of this file is longer than 1 MB, so it is not a table. Export the list as CSV again."
WORDS = 2000  # with letters beyond ASCII, that are looked at
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SMALL, _LARGE = "a-zà-öø-ÿßœ", "A-ZÀ-ÖØ-ÞŒ"
# A word with the letters of Western Europe, and behind an apostrophe only what stands there.
_PLAUSIBLE = re.compile(
    f"[‘“„‚«]?(?:(?:[A-Za-z]|[A-Za-z]*ll|Sant|[Qq]u)’)?(?:[{_LARGE}]?[{_SMALL}]+|[{_LARGE}]+|[{_LARGE}][{_SMALL}]+[{_LARGE}][{_SMALL}]+)"
    "(?:[’](?:s|t|m|d|ll|re|ve)?)?[”“’»…™®]?|[–—‘’“”„€…•«»™®©°£]+"
)
_VOWELS = "aeiouyAEIOUYäöüéèêáàâóòôíìîúùûÄÖÜÉ"


def encoding_of(path):
    """The codec's name. Raises Invalid when a line is longer than any table has."""
    with open(path, "rb") as file:
        head = file.read(64 * 1024)
    seen = _look_through(path)
    return _marked(head) or _by_zeros(head[:4096]) or _one_byte(seen)


def chosen_encoding(path, encoding):
    """The codec for what a person chose: UTF-16 takes its byte order from the file's mark, where there is one."""
    if encoding not in CHOICES and encoding not in ENCODINGS:
        raise Invalid("Choose an encoding from the list.", "encoding")
    with open(path, "rb") as file:
        marked = _marked(file.read(4))
    _look_through(path)
    if encoding.startswith("utf-16"):
        return "utf-16" if marked == "utf-16" else encoding if encoding != "utf-16" else "utf-16-le"
    if encoding == "utf-32":
        return "utf-32" if marked == "utf-32" else "utf-32-le"
    return encoding


def name_of(encoding):
    """For people: "Windows-1252"."""
    return ENCODINGS.get(encoding) or CHOICES.get(encoding, encoding).partition(" (")[0]


def _marked(head):
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def _by_zeros(start):
    """UTF-16 without a mark: of Western text every other byte is zero."""
    if len(start) > 3 and start[1::2].count(0) > 0.35 * len(start) / 2 and start[::2].count(0) < len(start) / 20:
        return "utf-16-le"
    if len(start) > 3 and start[::2].count(0) > 0.35 * len(start) / 2 and start[1::2].count(0) < len(start) / 20:
        return "utf-16-be"
    return None


def _look_through(path):
    """{"good", "bad": letters that are UTF-8 and that are not, "undefined", "words", "old_mac"} of the whole file."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    seen = {"good": 0, "bad": 0, "undefined": False, "words": {}, "old_mac": False}
    first = True
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            if len(chunk) == CHUNK and b"\n" not in chunk and b"\r" not in chunk:
                raise Invalid(LONG_LINE, "file")
            if first:
                seen["old_mac"], first = b"\r" in chunk and b"\n" not in chunk, False
            if chunk.isascii():
                continue
            text = decode(chunk)
            broken = text.count("\ufffd")
            seen["bad"] += broken
            seen["good"] += len(text) - len(text.encode("ascii", "ignore")) - broken
            seen["undefined"] = seen["undefined"] or bool(_UNDEFINED_IN_CP1252.search(chunk))
            if broken and len(seen["words"]) < WORDS:
                found = (match[0] for match in _WORD.finditer(chunk))
                seen["words"].update(dict.fromkeys(islice(found, 4 * WORDS)))
    return seen


def _one_byte(seen):
    """UTF-8 if the whole file is (or nearly: one broken letter must not spoil the others); else Mac Roman if that makes
    words where Windows-1252 does not; else Windows-1252, or Latin-1 where that has no letter for a byte."""
    if seen["bad"] * 10 <= seen["good"]:
        return "utf-8"
    mac, windows = (sum(_likely(word, codec) for word in seen["words"]) for codec in ("mac_roman", "cp1252"))
    # Windows-1252 is far more common, so a doubt is decided for it.
    if mac >= windows + (0.5 if seen["old_mac"] else 1) and mac >= 1.5 * windows and mac > 0.5 * len(seen["words"]):
        return "mac_roman"
    return "latin-1" if seen["undefined"] else "cp1252"


def _likely(word, codec):
    """How likely `word` (bytes) is one under `codec`: 1, 0, or between for letters that both have in other places."""
    text = word.decode(codec, "replace")
    if codec == "cp1252":
        # š and ž are consonants: "Pešek". Where the Mac has ö and û, "Kšln", no vowel stands beside.
        plain = text.translate(_AS_CONSONANTS)
        if not _PLAUSIBLE.fullmatch(plain):  # "Mi’kmaq" is a rare thing, and "García" on the Mac
            return 0.5 * ("’" in plain[1:-1] and all(map(_PLAUSIBLE.fullmatch, filter(None, plain.split("’")))))
        return 0.3 if _stands_as_vowel(word) else 1
    return bool(_PLAUSIBLE.fullmatch(text))


_AS_CONSONANTS = str.maketrans("šžŠŽŸ", "szSZY")
_DOUBTFUL = re.compile(rb"[\x9a\x9e]")


def _stands_as_vowel(word):
    """Whether a byte that is š or ž in one encoding and ö or û in the other has consonants beside it only."""
    for match in _DOUBTFUL.finditer(word):
        around = word[max(0, match.start() - 1) : match.start()] + word[match.end() : match.end() + 1]
        near = [chr(byte) in _VOWELS for byte in around if byte < 128]
        if near and not any(near):
            return True
    return False
