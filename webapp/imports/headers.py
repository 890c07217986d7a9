"""What a column's name means: a known name, with words around it that say whose or which.

"Contact: Email", "E-mail 2 - Value", "workEmail", "Phone (mobile)", "Téléphone (bureau)". Every word has to be
understood: "Email status" is no e-mail address, and a wrong match is worse than none.
"""

import re

from webapp.core.text import fold

from .synonyms import GLUED, NOTHING, RANKED

_PUNCTUATION = re.compile(r"[^0-9a-z#]+")
_OPENS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[a-zA-Z])(?=[1-9]\b)")
_BRANDS = {"LinkedIn": "Linkedin", "WhatsApp": "Whatsapp", "HubSpot": "Hubspot", "eMail": "Email", "EMail": "Email"}
_PARTED = re.compile(r"\s*[/|]\s*")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")

# Words around a known name, by what they say; the number is how much worse than the bare name the column then is.
_WHOSE = {
    0: "contact contacts person persons people lead leads prospect prospects primary main work business office "
    "professional current default best direct 1 your their the a an of for field please enter what is s whats "
    "geschaftlich geschaeftlich dienstlich beruflich haupt arbeit buro ihr ihre dein deine des der die das und "
    "bureau professionnel professionnelle pro principal principale travail votre de du la le l d un une "
    "trabajo laboral profesional principal oficina empresarial su tu del el los "
    "ansprechpartner kontakt kontakts interessent personne interlocuteur persona contacto prospecto mailing",
    300: "customer client member subscriber attendee participant guest user employee candidate buyer recipient billing "
    "teilnehmer kunde kunden mitglied participante cliente invite abonne suscriptor mobile cell registered "
    "visiting street invoice rechnung facturation facturacion",
    500: "company organization organisation account corporate corp zentrale hq headquarters headquarter firm employer "
    "org firma firmen unternehmen unternehmens entreprise societe empresa compania cuenta organizacion site location "
    "shipping lieferung livraison envio company's",
    700: "home personal private other secondary alternate alternative additional second third extra privat private "
    "prive privee perso personnel personnelle domicile autre secondaire particular casa otro otra secundario "
    "secundaria weitere weiterer 2 3 4 5 6 7 8 9",
}
_WORSE = {word: much for much, words in _WHOSE.items() for word in words.split()}
_ORGANIZATION = 500
_PLACES = ("city", "region", "country")
_COUNTS = "no nr num nb anz anzahl number total nombre numero nummer"
# Words that go with some fields only: {word: fields}.
_GOES_WITH = {
    **dict.fromkeys(("address", "adresse", "anschrift", "direccion", "postal"), ("email", *_PLACES)),
    **dict.fromkeys(_COUNTS.split(), ("employees", "phone")),
    **dict.fromkeys(("value", "wert"), ("email", "phone", "website", "linkedin")),
}
# Names of people are nobody's but the person's; what these fields mean changes with the word "company" before them.
_OF_PEOPLE = frozenset({"first_name", "last_name", "full_name", "title", "owner", "note", "tags", "stage", "source"})
_BARE = frozenset({"first", "last", "size", "staff", "job", "message", "status", "value", "amount", "place"})
MOST_WORDS = 12


def plain(header):
    """A column's name made comparable: "E-Mail (Work)" becomes "e mail work", "firstName" "first name"."""
    for brand, word in _BRANDS.items():
        header = header.replace(brand, word)
    header = _OPENS.sub(" ", header)
    return _PUNCTUATION.sub(" ", fold(header).replace("#", " no of ")).strip()


def meaning(header):
    """(field, rank) of what a column's name means, the lower rank the surer; None for nothing."""
    words = plain(header)
    if found := _known(words):
        return found
    bare = plain(_BRACKETS.sub(" ", header))
    if bare != words and bare and not _understood(plain(" ".join(_BRACKETS.findall(header)))):
        # a unit or a hint in brackets; what is understood there ("private") is weighed with the rest
        words = bare
        if found := _known(words):
            return found[0], found[1] + 100
    return _amid(words.split()) or _of_parts(bare and _BRACKETS.sub(" ", header))


def _of_parts(header):
    """What "Position / Role" means: each part of it the same."""
    parts = [meaning(part) for part in _PARTED.split(header)] if _PARTED.search(header) else [None]
    if None in parts or len({field for field, _ in parts}) > 1:
        return None
    return parts[0][0], 100 + max(rank for _, rank in parts)


def _known(words):
    if words in NOTHING:
        return None
    return RANKED.get(words) or GLUED.get(words.replace(" ", ""))


def _understood(words):
    return all(word in _WORSE or word in _GOES_WITH for word in words.split())


def _amid(words):
    """The longest known name among `words`, of several the last one, when all of its neighbours are understood."""
    if len(words) > MOST_WORDS or " ".join(words) in NOTHING:
        return None
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length, -1, -1):
            name, around = " ".join(words[start : start + length]), words[:start] + words[start + length :]
            found = None if name in _BARE else _known(name)
            if found and all(_goes(word, found[0]) for word in around):
                worse = [_WORSE.get(word, 0) for word in around]
                unfit = found[0] in _OF_PEOPLE and max(worse) >= _ORGANIZATION
                return None if unfit else (found[0], found[1] + 100 + sum(worse))
    return None


def _goes(word, field):
    return word in _WORSE or field in _GOES_WITH.get(word, ())
