"""Who leads a company and who its key people are, where a page says so plainly."""

import re

from ..claims import Claim
from .document import tidy
from .evidence import around
from .legal_forms import has_form
from .organizations import people

_WORD = r"[A-ZÀ-ÖØ-ÞŁŚŻŹĆŃÓĘĄČŠŽĐŘ](?:[a-zßà-öø-ÿłśżźćńóęąčšžđřıěůőű'’]+(?:-[A-ZÀ-ÖØ-ÞŁŚŻ][a-zßà-öø-ÿłśżźćńóęą]+)?|\.)"
_NAME = (
    rf"(?:(?:Dr|Prof|Dipl|Ing|Mag|Mr|Ms|Mrs|Herr|Frau|M|Mme|Sig|Dott|mgr|"
    rf"inż)\.?(?:-\w+\.?)?\s+){{0,3}}({_WORD}(?:[ ](?:van|von|de|der|den|del|della|di|da|dos|ter|le|la|zu|af|"
    rf"el)){{0,2}}(?:[ ]{_WORD}){{1,3}})"
)
_CHIEF = re.compile(
    r"(?:\b(?:Geschäftsführer(?:in|innen)?|Geschäftsführende[rn]? Gesellschafter(?:in)?|Geschäftsführung|"
    r"Vertreten durch(?: (?:den|die|das))?(?: Geschäftsführer(?:in)?)?|"
    r"Inhaber(?:in)?|Vorstandsvorsitzende[rn]?|Managing Directors?|Chief Executive Officer|CEO|Directeur général|"
    r"Directrice générale|PDG|Président(?:e)?|Gérante?|"
    r"Director(?:a)? [Gg]eneral|Consejer[oa] [Dd]elegad[oa]|Administrador(?:a)?(?: [Úú]nic[oa])?|Gerente|"
    r"Amministrat(?:ore|rice) [Dd]elegat[oa]|Amministratore [Uu]nico|"
    r"Titolare|Algemeen [Dd]irecteur|Directeur|Eigenaar|Prezes(?: [Zz]arządu)?|Verkställande direktör|VD|"
    r"Administrerende direktør|Adm\. direktør|Direktør|Toimitusjohtaja)\b)"
    rf"(?:[ ]?\([\w ./&-]{{2,40}}\))?\s{{0,2}}[:\-–]?\s{{0,3}}(?:ist|is|est|es|è|är|sind)?\s?{_NAME}"
)
_CHIEF_WORDS = (  # without one of these _CHIEF finds nothing
    "Geschäftsführ", "Vertreten durch", "Inhaber", "Vorstandsvors", "Managing Dir", "Chief Exec", "CEO", "Direct",
    "PDG",
    "Président", "Gérant", "Consejer", "Administra", "Gerente", "Amministrat", "Titolare", "Algemeen", "Eigenaar",
    "Prezes",
    "Verkställande", "VD", "irektør", "Toimitus",
)  # fmt: skip
_CHIEF_EAST = re.compile(
    r"(?:代表取締役(?:社長|会長)?(?:\s?CEO)?|代表者(?:名)?|代表社員|代表)"
    r"\s*[:：]?\s*(?!代表)([一-龠々]{1,4}[ 　]?[一-龠々ぁ-んァ-ヶ]{1,5})(?![一-龠])"
)
_ROLES = (
    r"(?:Co-?)?[Ff]ounder|Chief [A-Z][a-z]+ Officer|C[EFTOPM]O|(?:Managing|Finance|Sales|Marketing|Technical|"
    r"Creative|Operations) Director|President|Owner|Partner|"
    r"(?:Head|VP|Vice President|Director) of [A-Z][\w& ]{2,30}|Geschäftsführer(?:in)?|Gründer(?:in)?|Leit(?:er|"
    r"ung|erin) [A-Z]\w{2,25}|Vertriebsleiter(?:in)?|Prokurist(?:in)?|"
    r"Fondat(?:eur|rice)|Cofondat(?:eur|rice)|Directeur [a-zé]+|Directrice [a-zé]+|Directora? [A-Za-zé]+(?: "
    r"[A-Za-z]+)?|Fundadora?|Fondat(?:ore|rice)|Amministratore delegato|Direttore \w+|"
    r"Oprichter|Eigenaar|Directeur|Prezes(?: zarządu)?|Założyciel(?:ka)?|Dyrektor \w+|VD|Grundare|"
    r"Försäljningschef|Ekonomichef|Produktionschef"
)
_ROLE_LINE = re.compile(
    rf"^((?:{_ROLES})(?:(?:\s?[,&/+]\s?|\s(?:and|und|et|y|e|en|i|och)\s)(?:{_ROLES}))?(?:,? [A-Z][\w ]{{2,20}})?)$",
    re.MULTILINE,
)
_NAME_LINE = re.compile(_NAME)
_HEAD = re.compile(
    r"\b(?:CEO|Chief Executive|Geschäftsführer|Managing Director|Directeur général|Directrice générale|PDG|"
    r"Amministratore delegato|Prezes|VD)\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"\b(?:Amtsgericht|Telefon|Tel|Fax|Email|Mail|Kontakt|Contact|Adresse|Street|Straße|Str|Registergericht|"
    r"Handelsregister|Umsatzsteuer|Verantwortlich|"
    r"Unser|Unsere|Our|Team|Read|More|Sitz|Impressum|Page|Home|About|Company|Group|Website|Herausgeber|Inhalt|"
    r"Angaben|Registered|Director|Officer|Publication|Sales|Marketing|Office)\b"
)
_MOST = 12


def people_claims(document, found):
    """Claims of the chief executive, and of key people as "Mara Lind (Head of Sales)"."""
    rows = list(people(found))
    claims = []
    for method, name, title in rows[:_MOST]:
        name, title = tidy(name, 80), tidy(title, 80)
        if len(name) > 3 and not has_form(name):
            quote = f'"name": "{name}", "jobTitle": "{title}"'
            claims += _claims(document, name, title, quote, method, 85)
    claims += _cards(document)
    if not any(claim.field == "chief_executive" for claim in claims):
        claims += _imprint(document)
    return claims


def _claims(document, name, title, quote, method, confidence):
    yield Claim("key_people", f"{name} ({title})", document.url, quote, method, confidence - 5)
    if _HEAD.search(title):
        yield Claim("chief_executive", name, document.url, quote, method, confidence)


def _cards(document):
    """People as a team's page shows them: a name, and on the next line what they do."""
    text, claims = document.text, []
    for match in list(_ROLE_LINE.finditer(text))[:_MOST]:
        line = text[: match.start()].rstrip("\n").rpartition("\n")[2].strip()
        named = _NAME_LINE.fullmatch(line)
        if named and not _NO_NAME.search(line):
            quote = tidy(f"{line} {match[1]}", 160)
            claims += _claims(document, named[1], tidy(match[1], 80), quote, "text", 72)
    return claims


def _imprint(document):
    text = document.text
    named = any(word in text for word in _CHIEF_WORDS)
    for match in list(_CHIEF.finditer(text))[:3] if named else ():
        if not _NO_NAME.search(match[1]):
            quote = around(text, *match.span(), before=10, after=10)
            yield Claim("chief_executive", match[1], document.url, quote, "text", 74)
            return
    if match := _CHIEF_EAST.search(text):
        quote = around(text, *match.span(), before=0, after=5)
        yield Claim("chief_executive", tidy(match[1], 40), document.url, quote, "text", 74)
