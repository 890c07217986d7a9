"""Text made comparable and short."""

import re
import unicodedata

_WORD_BREAK = re.compile(r"[^a-z0-9]+")


def fold(text):
    """`text` in lower case without accents, for comparing and searching: "Ångström" becomes "angstrom"."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def slugify(text, fallback="workspace"):
    """`text` as a part of an address: "Halden Studio" becomes "halden-studio". At most 40 characters."""
    return _WORD_BREAK.sub("-", fold(text)).strip("-")[:40].strip("-") or fallback
