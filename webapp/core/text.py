"""Text made comparable and short."""

import re
import unicodedata
from functools import lru_cache

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


@lru_cache(maxsize=4096)
def initials(name):
    """The letters on an avatar: "Mara Lindqvist" becomes "ML", "mara@halden.example" "M", nothing "?"."""
    words = [word for word in (name or "").split("@")[0].split() if word[0].isalnum()]
    picked = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in picked).upper() or "?"
