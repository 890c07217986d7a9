"""From the bytes of a page to its text, as browsers do it (WHATWG Encoding; HTML, section 13.2.3)."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([a-z0-9_:.-]+)""", re.IGNORECASE)
_XML = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([a-z0-9_:.-]+)""", re.IGNORECASE)
_SCANNED = 4096  # bytes in which a page names its encoding; the standard says 1024, and many pages need more
_AS_BROWSERS = {  # names that mean more than they say
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
    "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8",
}  # fmt: skip
# Python knows more, some of which take quadratic time (punycode) or say what no page should (utf-7)
_KNOWN = re.compile(
    r"utf-8|cp(?:125[0-8]|866|874|932|949)|iso8859-(?:[2-8]|1[03456])|koi8-[ru]|mac-(?:roman|cyrillic)|gb18030"
    r"|big5hkscs|euc_jp|iso2022_jp"
)


def decode(body, content_type=""):
    """The text of `body`: by its byte order mark, the header, its own word, else UTF-8 or what Windows used to write.
    Without NUL, which no database takes.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _text(body[len(mark) :], encoding)
    start = body[:_SCANNED]
    for found in (_CHARSET.search(content_type.encode("ascii", "replace")), _XML.match(start), _CHARSET.search(start)):
        if encoding := found and _known(found[1].decode()):
            return _text(body, encoding)
    try:
        return _text(body, "utf-8", "strict")
    except UnicodeDecodeError as error:
        almost = error.start > len(body) - 4  # cut within a letter
        return _text(body, "utf-8" if almost else "cp1252")


def _text(body, encoding, errors="replace"):
    return body.decode(encoding, errors).replace("\0", "")


def _known(label):
    try:
        name = codecs.lookup(label.lower().removeprefix("x-").replace("windows-", "cp").replace("cp31j", "cp932")).name
    except (LookupError, ValueError):
        return None
    name = _AS_BROWSERS.get(name, name)
    return name if _KNOWN.fullmatch(name) else None
