"""Whether two names are of one company, and whether a domain is made of a name. Pure."""

import re
from enum import IntEnum

from webapp.core.text import fold

# Words at the end of a name that say its legal form.
_LEGAL_FORMS = """
    inc incorporated llc llp lp ltd limited corp corporation company co plc pte pty pvt private gmbh mbh ggmbh ag se
    sa sas sasu sarl eurl srl srls spa sapa bv nv vof kg kgaa ohg gbr ug ev eg ek oy oyj ab as asa aps ks sl slu
    sau ltda lda eireli sp z oo sro kft zrt nyrt doo dd ood ead uab sia ou kk oao ooo zao pao tbk bhd sdn jsc"""
_LEGAL = frozenset(_LEGAL_FORMS.split())
_BEFORE = frozenset(["the", "ab", "pt", "ooo", "oao", "zao", "firma"])
_JOINING = frozenset(["and", "und", "et", "y", "e", "i", "en", "og", "och"])
_WORD = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"\b(?:\w[./]){1,5}\w?(?!\w)")  # S.p.A., A/S, z o.o.
_ASIAN = re.compile("株式会社|有限会社|股份有限公司|有限公司|주식회사")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"}
_SECOND = frozenset(
    ["co", "com", "org", "net", "ac", "gov", "edu", "ne", "or", "go", "gob", "gouv", "nom", "ltd", "plc"]
)
_PARTS = re.compile(r"\s+[|–—\-•·»:]\s+|\s*[|–—•·»]\s*|:\s+")
LONGEST = 200  # letters of a name that are looked at


class Likeness(IntEnum):
    """How far two names agree. PART: one goes on where the other ends, as Halden and Halden Studio do."""

    NONE = 0
    PART = 1
    SAME = 2


def words(name):
    """The words of a company's name, folded, without its legal form: "The Acme & Sons S.p.A." is (acme, sons)."""
    name = _ASIAN.sub(" ", name[:LONGEST].replace("'", "").replace("’", ""))
    name = _INITIALS.sub(lambda found: re.sub(r"[./]", "", found[0]) + " ", name)
    every = _WORD.findall(fold(name))
    found = [word for word in every if word not in _JOINING] or every
    while len(found) > 1 and found[-1] in _LEGAL:
        found.pop()
    while len(found) > 1 and found[0] in _BEFORE:
        found.pop(0)
    return tuple(found)


def short(name):
    """A company's name as it is written, without its legal form: "Müller Söhne" of "Müller Söhne GmbH & Co. KG"."""
    wanted, parts = words(name), name[:LONGEST].split()
    while len(parts) > 1 and words(" ".join(parts[:-1])) == wanted:
        parts.pop()
    return " ".join(parts).rstrip(" ,&")


def likeness(first, second):
    """The Likeness of two names."""
    one, other = sorted((words(first), words(second)), key=len)
    if not one:
        return Likeness.NONE
    if one == other or "".join(one) == "".join(other):
        return Likeness.SAME
    return Likeness.PART if other[: len(one)] == one and len("".join(one)) > 2 else Likeness.NONE


def best_likeness(name, texts):
    """The best Likeness of `name` with one of `texts` or, as titles are made of several things, with a part of one."""
    parts = (part for text in texts for part in (text, *_PARTS.split(text[: 2 * LONGEST])))
    return max((likeness(name, part) for part in parts), default=Likeness.NONE)


def registrable(host):
    """The part of a host that somebody has registered: "shop.acme.co.uk" is at "acme.co.uk"."""
    labels = host.removeprefix("www.").split(".")
    is_two = len(labels) > 2 and labels[-2] in _SECOND and len(labels[-1]) == 2
    return ".".join(labels[-3 if is_two else -2 :])


def label(host):
    """What a domain is called without its ending: "acme" of "shop.acme.co.uk"."""
    return registrable(host).partition(".")[0]


def is_made_of(host, name):
    """Whether a domain is called as a company is: "acme-tools.de" is, of Acme Tools GmbH."""
    return label(host).replace("-", "") in {"".join(some) for some in _spellings(name)}


def guesses(name, endings):
    """Domains that a company of this name may have, the likeliest first."""
    found = {}
    for some in _spellings(name):
        joined = "".join(some)
        if joined.isascii() and 4 <= len(joined) <= 40:
            labels = [joined, "-".join(some)] if len(some) > 1 else [joined]
            found.update(dict.fromkeys(f"{one}.{ending}" for one in labels for ending in endings))
    return list(found)


def _spellings(name):
    """The words of a name as addresses have them: with ue for ü, and with u."""
    spelled = "".join(_UMLAUTS.get(letter, letter) for letter in name.lower())
    return dict.fromkeys((words(spelled), words(name)))
