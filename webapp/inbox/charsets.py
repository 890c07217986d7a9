"""From the bytes of a mail to text, whatever their charset says and is."""

import codecs
import re

_MEANT = {  # names that mean more than they say (WHATWG Encoding, as browsers and mail programs read them)
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext", "utf-8-sig": "utf-8",
}  # fmt: skip
_NOT_ASCII = re.compile(r"utf-(?:7|16|16-le|16-be|32|32-le|32-be)|hz|iso2022_jp_ext|iso2022_kr")
# Python knows more, some of which are no charsets at all or take quadratic time (punycode)
_KNOWN = re.compile(
    _NOT_ASCII.pattern + r"|utf-8|cp(?:125[0-8]|437|85[0257]|86[0-9]|874|932|949)|iso8859-(?:[2-8]|1[03456])|koi8-[ru]"
    r"|mac-(?:roman|cyrillic|latin2)|gb18030|big5hkscs|euc_jp|johab"
)
_UNSTORABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def decode(data, charset=""):
    """The text of `data`: as `charset` says, unless the bytes tell otherwise."""
    if data.startswith(codecs.BOM_UTF8):
        return storable(data[3:].decode("utf-8", "replace"))
    known = _known(charset or "")
    if known and _NOT_ASCII.fullmatch(known):
        return storable(data.decode(known, "replace"))
    if known in (None, "utf-8") or known.startswith("cp125"):  # what programs write who do not look
        text = _utf8(data, broken=known == "utf-8")
        if text is not None:
            return storable(text)
        known = known if known and known != "utf-8" else "cp1252"
    return storable(data.decode(known, "replace"))


def storable(text):
    """`text` without what no database takes: NULs and other control characters, halves of surrogate pairs."""
    return _UNSTORABLE.sub("", text)


def _utf8(data, broken):
    """None when `data` is no UTF-8; with `broken`, letters of it that are none do not matter if others are."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    return text if broken and any("\x80" < letter != "�" for letter in text) else None


def _known(charset):
    name = charset.strip("\"' \t\r\n").lower().removeprefix("x-")
    name = name.replace("windows-", "cp").replace("cp31j", "cp932").replace("unicode-1-1-utf-7", "utf-7")
    try:
        name = codecs.lookup(name.replace("iso-8859-8-i", "iso-8859-8")).name
    except (LookupError, ValueError):
        return None
    name = _MEANT.get(name, name)
    return name if _KNOWN.fullmatch(name) else None
