"""Days in running text: in English, German, French, Spanish, Italian, Dutch and Portuguese."""

import re
from calendar import monthrange
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
_NEAR = {
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
_Y = r"(?:,?\s*(?:de\s+|del\s+)?(?P<%s>20\d\d|['’]\d\d)\b)?"
_NTH = r"(?:st|nd|rd|th|er|\.|º|°|ª|e)?"
_NO_DIGIT = r"(?<![\d.,:/])"
_DATE = re.compile(
    rf"\b(?P<iso>20\d\d-\d\d-\d\d)\b"
    rf"|{_NO_DIGIT}(?P<d1>\d{{1,2}}){_NTH}\s*(?:of\s+|de\s+|di\s+)?(?P<m1>{_M})\b\.?{_Y % 'y1'}"
    rf"|\b(?P<m2>{_M})\b\.?\s+(?:the\s+)?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]|\s*(?:uhr|[ap]\.?m\b)){_Y % 'y2'}"
    rf"|{_NO_DIGIT}(?P<d3>\d{{1,2}})\.\s?(?P<m3>\d{{1,2}})\.(?:\s?(?P<y3>20\d\d|\d\d)(?![\d.,]\d|\d))?"
    rf"|{_NO_DIGIT}(?P<d4>\d{{1,2}})/(?P<m4>\d{{1,2}})(?:/(?P<y4>20\d\d|\d\d))?(?![\d/]|\s*%)"
    rf"|(?:end of|ende|fin|finales de|fine|eind|fim de)\s+(?P<m5>{_M})\b{_Y % 'y5'}|\b(?P<m6>{_M})\s+(?P<y6>20\d\d)\b"
    rf"|\bthe\s+(?P<d7>\d{{1,2}})(?:st|nd|rd|th)\b"
    rf"|\b(?:(?P<next>next|nächste[nrs]?|kommende[nrs]?|próxim[oa]|prossim[oa]|volgende)\s+)?(?P<day>{_D})\b"
    rf"|\b(?P<rel>{_one_of(_NEAR)})\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(the|and|will|office|please|thank|from|until|back)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,(]*(?:the|den|dem|le|el|il|dia|día)?[\s,]*", re.IGNORECASE)


class Found(NamedTuple):
    """A day, and where in the text it is named."""

    day: date
    start: int
    end: int
    is_weekday: bool = False


def today(sent_at=None):
    """The day a mail was sent, from which "Monday" counts."""
    return (sent_at or clock.now()).date()


def _near(day, month, year, start):
    """That day: of its own year, else the next to come (one just gone by is this year's)."""
    if year:
        year = int(year.strip("'’"))
        return date(year + 2000 if year < 100 else year, month, day)
    found = date(start.year, month, day)
    return date(start.year + 1, month, day) if found < start - timedelta(days=90) else found


def _last_of(month, year, start):
    first = _near(1, month, year, start)
    return first.replace(day=monthrange(first.year, month)[1])


def _slashed(first, second, year, start, is_english):
    """3/4: in English whichever of 3 April and 4 March comes next, elsewhere the day first."""
    if first > 12 or second > 12 or not is_english:
        return _near(second, first, year, start) if second > 12 else _near(first, second, year, start)
    both = [_near(first, second, year, start), _near(second, first, year, start)]
    return min(both, key=lambda one: (one < start, one))


def _resolve(match, start, is_english):
    part = {name: value for name, value in match.groupdict().items() if value}
    if "iso" in part:
        return date.fromisoformat(part["iso"])
    if "d4" in part:
        return _slashed(int(part["d4"]), int(part["m4"]), part.get("y4"), start, is_english)
    for number in "123":
        if f"d{number}" in part:
            month = part[f"m{number}"].lower()
            return _near(int(part[f"d{number}"]), MONTH.get(month) or int(month), part.get(f"y{number}"), start)
    for number in "56":
        if f"m{number}" in part:
            return _last_of(MONTH[part[f"m{number}"].lower()], part.get(f"y{number}"), start)
    if "d7" in part:
        day = start.replace(day=int(part["d7"]))
        return day if day >= start else (start.replace(day=1) + timedelta(days=32)).replace(day=day.day)
    if "rel" in part:
        return start + timedelta(days=_NEAR[part["rel"].lower()])
    return start + timedelta(days=(WEEKDAY[part["day"].lower()] - start.weekday() - 1) % 7 + 1)


def days(text, sent_at=None):
    """The days that `text` names, in its order, as Found: those without a year are the next to come after `sent_at`."""
    start, found, is_english = today(sent_at), [], bool(_ENGLISH.search(text))
    for match in _DATE.finditer(text):
        try:
            day = _resolve(match, start, is_english)
        except (ValueError, OverflowError):
            continue  # 31 February
        if found and found[-1].is_weekday and _BETWEEN.fullmatch(text, found[-1].end, match.start()):
            found[-1] = Found(day, found[-1].start, match.end())  # "Monday, 7 December"
        else:
            found.append(Found(day, match.start(), match.end(), bool(match["day"])))
    return found


_KEY = re.compile(
    r"\b(?P<until>until|till|til|through|thru|to(?!\s+(?:the|work|my|our)\b)|bis|jusqu['’]?(?:au|à|en)|au|hasta|fino|sino|tot|t/m|até|al?|à)\b"
    r"|(?P<dash>[-–—])\s*$"
    r"|\b(?P<back>back|return(?:s|ing)?|resum\w+|wieder|zurück|retour|reviens|reviendrai|reprend\w*|regres\w+|vuelv\w+"
    r"|volver\w*|vuelta|reincorpor\w*|rientr\w+|ritorno|torn(?:o|er\w+)|terug|weer|volt\w+|retorn\w+|available again)\b"
    r"|\b(?P<start>from|since|starting|beginning|vom|von|ab|seit|du|dal|del|desde|van|vanaf|de|le|dès|on)\b",
    re.IGNORECASE,
)
_BACK_AFTER = re.compile(
    r"[^.!?\n]{0,40}\b(wieder|zurück|back|available|erreichbar|terug|weer|retour)\b", re.IGNORECASE
)
_STOP = re.compile(r"[.!?;\n](?=\s|$)")
_NOT = re.compile(r"\b(not|n['o]t|nicht|erst|ne|no|não|non|niet|pas)\b", re.IGNORECASE)


def _clause(text, end):
    """What stands before `end` in the same sentence, 80 characters at most."""
    start = max(0, end - 80)
    stops = [match.end() for match in _STOP.finditer(text, start, end)]
    return text[stops[-1] if stops else start : end]


def _last_day(text, found):
    """(the last day of absence that a named day stands for, is it a day of return), or None."""
    clause = _clause(text, found.start)
    keys = [(match.lastgroup, match.start()) for match in _KEY.finditer(clause)]
    names = [name for name, _ in keys]
    before = found.day - timedelta(days=1)
    if not names:
        return None
    strong = [name for name in names if name != "start"]
    if names[-1] == "start":
        returns = "back" in names[-3:-1] or _BACK_AFTER.match(text, found.end)
        return (before, True) if returns and (strong[-1:] == ["back"] or not strong) else None
    if names[-1] == "back":
        return before, True
    if "back" in names and _NOT.search(clause[: keys[-1][1]]):
        return before, True  # "will not return until"
    return found.day, False


def end_of_absence(text, sent_at=None):
    """The last day of absence that `text` names ("until 5 December", "back on the 6th"), or None."""
    since, ends, backs = today(sent_at), [], []
    for found in days(text, sent_at):
        if since - timedelta(days=1) <= found.day <= since + timedelta(days=500):
            last = _last_day(text, found)
            if last:
                (backs if last[1] else ends).append(last[0])
    return max(ends) if ends else backs[0] if backs else None
