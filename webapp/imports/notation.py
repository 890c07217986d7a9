"""How a file writes numbers and dates: "1.234,56" or "1,234.56", and 3/4 as a day in April or in March.

Decided by values that are only possible one way (31/12, 1.234,56). Where all are possible both ways, by what programs
and people do who write such files: a semicolon parts cells where the comma is the decimal mark (so Excel writes CSV),
and the words of the header tell where it was written. Of a workbook, numbers and dates are values, so only texts are
in doubt.
"""

import re
from collections import Counter

from webapp.core.text import fold

DECIMALS = {".": "1,234.56", ",": "1.234,56"}
DATES = {"ymd": "2026-12-31", "dmy": "31/12/2026", "mdy": "12/31/2026"}
_AROUND = re.compile(r"^[\s€$£¥+-]*(?:EUR|USD|CHF|GBP)?\s*|\s*(?:[€$£¥%]|EUR|USD|CHF|GBP|kr\.?)?\s*$", re.IGNORECASE)
_COMMA = re.compile(r"\d{1,3}(?:[. '\u00a0\u202f]\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,(?:\d{1,2}|\d{4,})|0,\d+")
_POINT = re.compile(r"\d{1,3}(?:[, '\u00a0\u202f]\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|\d+\.(?:\d{1,2}|\d{4,})|0\.\d+")
_DATE = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ,].*)?", re.DOTALL)
_AMERICAN = {
    "state",
    "zip",
    "zip code",
    "zipcode",
    "zip/postal code",
    "state/province",
    "mailing state",
    "billing state",
}
# Column names of languages that write the day first and a decimal comma.
_CONTINENTAL = set(
    fold("""vorname nachname firma firmenname unternehmen ansprechpartner anrede strasse straße hausnummer plz ort stadt
    land telefon telefonnummer handy umsatz branche mitarbeiter datum betrag quelle bemerkung notiz webseite
    nom prenom societe entreprise adresse ville pays telephone portable chiffre effectif courriel fonction civilite
    nombre apellido apellidos empresa ciudad pais telefono movil correo cargo provincia fecha importe
    cognome azienda citta paese cellulare fatturato voornaam achternaam bedrijf plaats telefoon datum bedrag
    sobrenome cidade telefone celular fornavn etternavn firmanavn telefonnr""").split()
)


def notation(dialect, header, sample):
    """("." or ",", "ymd", "dmy" or "mdy"): how the `sample` writes decimals, and dates that could be read both ways.

    "ymd" when no date is written otherwise.
    """
    cells = [cell.strip() for row in sample for cell in row]
    continental = dialect["delimiter"] == ";" or _is_continental(header)
    workbook = dialect.get("format", "text") != "text"
    decimal = _decimal(cells) or ("," if continental and not workbook else ".")
    return decimal, _dates(cells, header, continental or decimal == ",")


def _is_continental(header):
    """Whether two of the column names, and a quarter of all, are words of such a language."""
    names = [fold(name) for name in header if name]
    known = sum(1 for name in names if set(re.split(r"[\s/_-]+", name)) & _CONTINENTAL)
    return known >= 2 and known * 4 >= len(names)


def _decimal(cells):
    """The mark that more cells can only have as their decimal one; None when no cell tells."""
    votes = Counter()
    for cell in cells:
        if cell[:1].isdigit() or (cell and not cell[0].isalpha() and len(cell) < 30):
            number = _AROUND.sub("", cell)
            votes[","] += _COMMA.fullmatch(number) is not None
            votes["."] += _POINT.fullmatch(number) is not None
    if votes[","] == votes["."]:
        return None
    return max(votes, key=votes.get)


def _dates(cells, header, day_first):
    votes, doubtful, dotted = Counter(), 0, 0
    for first, mark, second, third in (match.groups() for match in map(_DATE.fullmatch, cells) if match):
        order = _order(first, int(second), third)
        votes[order] += order in DATES
        doubtful += order == "doubtful"
        dotted += order == "doubtful" and mark == "."
    if votes["dmy"] != votes["mdy"]:
        return "dmy" if votes["dmy"] > votes["mdy"] else "mdy"
    if not doubtful and not votes["dmy"]:
        return "ymd"
    american = any(fold(name) in _AMERICAN for name in header) and not day_first and not dotted
    return "mdy" if american else "dmy"


def _order(first, second, third):
    """In which order a date is written, "doubtful", or "" for none. A year has four figures, or two above 31."""
    if len(first) == 4:
        return "ymd" if second <= 12 and int(third) <= 31 else ""
    if len(first) == 3 or len(third) in (1, 3):
        return ""
    first = int(first)
    if first > 31:
        return "ymd" if second <= 12 else ""
    if first > 12 and second > 12:
        return ""
    if first > 12:
        return "dmy" if second else ""
    return "mdy" if 12 < second <= 31 else "doubtful" if second <= 12 else ""
