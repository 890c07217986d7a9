"""Days in running text: in English, German, French, Spanish, Italian, Dutch and Portuguese."""

import re
from datetime import date, timedelta
from typing import NamedTuple

from webapp.core import clock

_MONTHS = (
    "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar februari février févr fév febrero febbraio fevereiro fev",
    "march mar märz mär mars marzo maart mrt março",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août aout agosto ago augustus",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
_WEEKDAYS = (
    "monday mon montag mo lundi lunes lunedì lunedi maandag segunda-feira segunda",
    "tuesday tue tues dienstag di mardi martes martedì martedi dinsdag terça-feira terça",
    "wednesday wed mittwoch mi mercredi miércoles miercoles mercoledì mercoledi woensdag quarta-feira quarta",
    "thursday thu thur thurs donnerstag do jeudi jueves giovedì giovedi donderdag quinta-feira quinta",
    "friday fri freitag fr vendredi viernes venerdì venerdi vrijdag sexta-feira sexta",
    "saturday sat samstag sonnabend sa samedi sábado sabado sabato zaterdag",
    "sunday sun sonntag so dimanche domingo domenica zondag",
)
MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
WEEKDAY = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
_SHORT = {"mo", "di", "mi", "do", "fr", "sa", "so"}  # German abbreviations: words of their own elsewhere
_TOMORROW = {
    "tomorrow": 1,
    "morgen": 1,
    "demain": 1,
    "mañana": 1,
    "domani": 1,
    "amanhã": 1,
    "übermorgen": 2,
    "overmorgen": 2,
    "today": 0,
    "heute": 0,
}


def _one_of(names):
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_M, _D = _one_of(MONTH), _one_of(set(WEEKDAY) - _SHORT)
_Y = r"(?:,?\s*(?:de\s+|del\s+)?(?P<%s>20\d\d|'\d\d|’\d\d)\b)?"
_NTH = r"(?:st|nd|rd|th|er|\.|º|°|ª|e)?"
_DATE = re.compile(
    rf"\b(?P<iso>20\d\d-\d\d-\d\d)\b"
    rf"|(?<![\d.,:/])(?P<d1>\d{{1,2}}){_NTH}\s*(?:of\s+|de\s+|di\s+)?(?P<m1>{_M})\b\.?{_Y % 'y1'}"
    rf"|\b(?P<m2>{_M})\b\.?\s+(?:the\s+)?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]|\s*(?:uhr|[ap]\.?m\b)){_Y % 'y2'}"
    rf"|(?<![\d.,:/])(?P<d3>\d{{1,2}})\.\s?(?P<m3>\d{{1,2}})\.(?:\s?(?P<y3>20\d\d|\d\d)(?![\d.,]\d|\d))?"
    rf"|(?<![\d.,:/])(?P<a>\d{{1,2}})(?P<sep>[/\-])(?P<b>\d{{1,2}})(?:(?P=sep)(?P<y4>20\d\d|\d\d))?(?![\d/]|\s*%)"
    rf"|\b(?:(?P<next>next|nächste[nrs]?|kommende[nrs]?|próxim[oa]|prochain|prossim[oa]|volgende)\s+)?(?P<day>{_D})\b"
    rf"|\b(?P<rel>{_one_of(_TOMORROW)})\b",
    re.IGNORECASE,
)
_US = re.compile(r"\b(the|and|will|office|please|thank)\b", re.IGNORECASE)


class Found(NamedTuple):
    """A day, and where in the text it is named."""

    day: date
    start: int
    end: int


def today(sent_at=None):
    """The day a mail was sent, from which "Monday" counts."""
    return (sent_at or clock.now()).date()


def _near(day, month, year, today):
    """That day: of its own year, else the one nearest to come (one just gone by is this year's)."""
    if year:
        year = int(year.strip("'’"))
        year += 2000 if year < 100 else 0
        return date(year, month, day)
    found = date(today.year, month, day)
    return date(today.year + 1, month, day) if found < today - timedelta(days=90) else found


def _resolve(match, today, is_english):
    part = match.groupdict()
    if part["iso"]:
        return date.fromisoformat(part["iso"])
    if part["d1"]:
        return _near(int(part["d1"]), MONTH[part["m1"].lower()], part["y1"], today)
    if part["d2"]:
        return _near(int(part["d2"]), MONTH[part["m2"].lower()], part["y2"], today)
    if part["d3"]:
        return _near(int(part["d3"]), int(part["m3"]), part["y3"], today)
    if part["a"]:
        first, second = int(part["a"]), int(part["b"])
        if part["sep"] == "-" and not part["y4"]:
            return None  # "2-3 people"
        if second > 12 or (is_english and first <= 12):
            first, second = second, first
        return _near(first, second, part["y4"], today)
    if part["rel"]:
        return today + timedelta(days=_TOMORROW[part["rel"].lower()])
    ahead = (WEEKDAY[part["day"].lower()] - today.weekday() - 1) % 7 + 1
    return today + timedelta(days=ahead)


def days(text, sent_at=None):
    """The days that `text` names, in its order, as Found: those without a year are the next to come after `sent_at`."""
    start, found = today(sent_at), []
    is_english = bool(_US.search(text))
    for match in _DATE.finditer(text):
        try:
            day = _resolve(match, start, is_english)
        except (ValueError, OverflowError):
            continue
        if day:
            found.append(Found(day, match.start(), match.end()))
    return found


_BEFORE = (
    r"(?:[\s,:(]|the|den|dem|zum|einschließlich|einschl\.?|incl\.?|inkl\.?|including|le|el|il|al|al día|o dia"
    r"|and including|\d{1,2}[:.h]\d\d|vor(?:aussichtlich)?|\w+day,?|\w+tag,?|\w+di,?|week)*$"
)
_UNTIL = re.compile(
    r"(?:\b(?:until|till|til|through|thru|to|up to|bis|jusqu.?(?:au|à|en)|au|hasta|fino|sino|tot|t/m|até|al?|à)|[-–—])"
    + _BEFORE,
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:back|return(?:ing)?|returns|resume\w*|ab|wieder|zurück|erreichbar|retour|reviens|reprend\w*|regres\w*"
    r"|vuelv\w*|volver\w*|vuelta|incorpor\w*|rientr\w*|ritorno|torn\w*|terug|weer|vanaf|volt\w*|retorn\w*"
    r"|available|from)\b"
    r"[^.!?\n]{0,40}$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:from|since|vom|von|ab|seit|du|dal|del|desde|van|vanaf|de|starting)\b[^.!?\n]{0,12}$", re.IGNORECASE
)
_AGAIN = re.compile(r"(back|return|wieder|zurück|retour|regres|vuel|rientr|ritorno|terug|weer|volt)", re.IGNORECASE)


def end_of_absence(text, sent_at=None):
    """The last day of absence that `text` names ("until 5 December", "back on the 6th"), or None."""
    sent = today(sent_at)
    ends, backs = [], []
    for day, start, end in days(text, sent_at):
        if not sent - timedelta(days=1) <= day <= sent + timedelta(days=500):
            continue
        before, line = text[max(0, start - 60) : start], text[max(0, start - 60) : end + 60]
        if _UNTIL.search(before) and not _BACK.search(before[-30:]):
            ends.append(day)
        elif _BACK.search(before) and _AGAIN.search(line):
            backs.append(day - timedelta(days=1))
        elif _UNTIL.search(before):
            ends.append(day)
    return max(ends) if ends else (backs[0] if backs else None)
