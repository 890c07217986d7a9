"""Asking Wikidata, or a copy of it, and reading what its API answers.

The shapes are those of the Wikibase API (wbsearchentities, wbgetentities, and list=search with the haswbstatement
keyword of WikibaseCirrusSearch) and of its JSON data model (doc.wikimedia.org/Wikibase, docs_topics_json).
"""

import json
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from urllib.parse import urlencode

from webapp import config
from webapp.core.clock import now

from .claims import StageFailed

PUBLIC = "https://www.wikidata.org/wiki/"
LANGUAGES = "en|mul|de|fr|es|it|nl|pt|sv|pl|ja|zh"  # of the names by which an entity is known again
YEAR, MONTH, DAY = 9, 10, 11  # precisions of a time
_SITES = 10  # entities with one website that are looked at
_NAMED = 10
_ITEM = re.compile(r"Q[1-9]\d{0,11}")
_TIME = re.compile(r"\+(\d{4,})-(\d\d)-(\d\d)T")
_YEAR = "January February March April May June July August September October November December"
_MONTHS = _YEAR.split()


class Moment(NamedTuple):
    """A time as precise as Wikidata knows it; month and day are 0 where it does not."""

    year: int
    month: int = 0
    day: int = 0

    def __str__(self):
        month = _MONTHS[self.month - 1] if self.month else ""
        return " ".join(str(part) for part in (self.day, month, self.year) if part)

    @property
    def is_past(self):
        return (self.year, self.month or 12, self.day or 31) < now().timetuple()[:3]


class Quantity(NamedTuple):
    amount: Decimal
    unit: str  # the id of an item, "" where it counts things


class Statement(NamedTuple):
    """`value`: a text, an id of an item, a Moment or a Quantity. `qualifiers`: {property: [values]}."""

    value: object
    qualifiers: dict
    is_preferred: bool = False

    def first(self, prop):
        return next(iter(self.qualifiers.get(prop, ())), None)


class Entity:
    """An item of Wikidata, as wbgetentities gives it."""

    def __init__(self, data):
        self.id, self.data = data["id"], data

    @property
    def url(self):
        return PUBLIC + self.id

    @property
    def label(self):
        """Its name in English, else in the first language that has one."""
        return next(iter(self.labels), "")

    @property
    def labels(self):
        found = _dict(self.data.get("labels"))
        values = [_text(_dict(found.get(one)).get("value")) for one in LANGUAGES.split("|") if one in found]
        return [value for value in values if value]

    @property
    def names(self):
        """All that it is called."""
        aliases = [alias for some in _dict(self.data.get("aliases")).values() for alias in _list(some)]
        return [*self.labels, *filter(None, (_text(_dict(alias).get("value")) for alias in aliases))]

    @property
    def description(self):
        return _text(_dict(_dict(self.data.get("descriptions")).get("en")).get("value"))

    def statements(self, prop):
        """The Statements of a property that hold: none that is deprecated, or has ended; the preferred ones first."""
        found = []
        for claim in _list(_dict(self.data.get("claims")).get(prop)):
            claim = _dict(claim)
            value = _value(_dict(claim.get("mainsnak")))
            if value is None or claim.get("rank") == "deprecated":
                continue
            qualifiers = {}
            for name, snaks in _dict(claim.get("qualifiers")).items():
                qualifiers[name] = [one for one in (_value(_dict(snak)) for snak in _list(snaks)) if one is not None]
            statement = Statement(value, qualifiers, claim.get("rank") == "preferred")
            ended = statement.first("P582")
            if not (isinstance(ended, Moment) and ended.is_past):
                found.append(statement)
        return sorted(found, key=lambda one: not one.is_preferred)

    def best(self, prop):
        """Those of the Statements that are meant when nobody asks for all: the preferred ones, if any are."""
        found = self.statements(prop)
        return [one for one in found if one.is_preferred] or found

    def values(self, prop, kind=str):
        """The values of the best Statements, of the others none."""
        return [one.value for one in self.best(prop) if isinstance(one.value, kind)]


# ------------------------------------------------------------------ asking


def at_websites(urls, reader):
    """The ids of items whose official website is one of these addresses, exactly."""
    wanted = "|".join(f"P856={url}" for url in urls)
    search = {"action": "query", "list": "search", "srsearch": f"haswbstatement:{wanted}", "srlimit": _SITES}
    found = _list(_dict(_ask(reader, **search, srnamespace=0, srprop="").get("query")).get("search"))
    return _ids(_dict(one).get("title") for one in found)


def called(name, reader):
    """[(id, the name that matched)] of items whose names begin with `name`, the best known first."""
    options = {"search": name, "language": "en", "uselang": "en", "type": "item", "limit": _NAMED}
    found = [_dict(one) for one in _list(_ask(reader, action="wbsearchentities", **options).get("search"))]
    return [
        (one["id"], _text(_dict(one.get("match")).get("text")) or _text(one.get("label")))
        for one in found
        if _ids([one.get("id")])
    ]


def entities(ids, reader):
    """{id: Entity} of these items, also under the id of an item that was merged into another."""
    if not ids:
        return {}
    options = {"ids": "|".join(ids), "props": "labels|aliases|descriptions|claims", "languages": LANGUAGES}
    try:
        answer = _ask(reader, action="wbgetentities", **options)
    except _TooLarge:
        if len(ids) == 1:
            raise
        halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]
        return entities(halves[0], reader) | entities(halves[1], reader)
    found = {}
    for key, data in _dict(answer.get("entities")).items():
        data = _dict(data)
        if "missing" in data or not _ids([data.get("id")]):
            continue
        entity = Entity(data)
        for one in (key, entity.id, _dict(data.get("redirects")).get("from")):
            found[one] = entity
    return found


def labels(ids, reader):
    """{id: label in English, or in the language that comes closest} of at most 50 items, in one request."""
    ids = sorted(set(ids))[:50]
    if not ids:
        return {}
    options = {"ids": "|".join(ids), "props": "labels", "languages": "en", "languagefallback": 1}
    found = {}
    for key, data in _dict(_ask(reader, action="wbgetentities", **options).get("entities")).items():
        data = _dict(data)
        for one in (key, _dict(data.get("redirects")).get("from")):
            label = next((_text(_dict(some).get("value")) for some in _dict(data.get("labels")).values()), "")
            if label and one:
                found[one] = label
    return found


class _TooLarge(StageFailed):
    pass


def _ask(reader, **parameters):
    """The answer to a question, as a dictionary. Raises StageFailed."""
    base = config.current().wikidata_url
    page = reader.read(f"{base}/w/api.php?{urlencode({**parameters, 'format': 'json', 'maxage': 86400})}", service=True)
    if page.status != 200 or not page.text:
        why = (page.note or "the answer was empty").removeprefix("Not read, ")
        raise StageFailed(f"Wikidata could not be asked: {why}.")
    if page.note:  # only the first MB of it
        raise _TooLarge("Wikidata could not be asked: the answer was too long.")
    try:
        answer = _dict(json.loads(page.text))
    except (ValueError, RecursionError):
        raise StageFailed("Wikidata could not be asked: the answer was none of its API.") from None
    if error := _dict(answer.get("error")):
        said = _text(error.get("info")) or _text(error.get("code")) or "something went wrong"
        raise StageFailed(f"Wikidata could not be asked. It said: {said[:200].rstrip('.')}.")
    return answer


# ------------------------------------------------------------------ reading


def _ids(values):
    return list(dict.fromkeys(one for one in values if isinstance(one, str) and _ITEM.fullmatch(one)))


def _dict(value):
    return value if isinstance(value, dict) else {}  # PHP writes an empty one as []


def _list(value):
    return value if isinstance(value, list) else []


def _text(value):
    return value.strip() if isinstance(value, str) else ""


def _value(snak):
    """The value of a snak, None for one that is unknown, or of a kind that no field needs."""
    data = _dict(snak.get("datavalue"))
    kind, value = data.get("type"), data.get("value")
    if snak.get("snaktype") != "value":
        return None
    if kind == "string":
        return _text(value) or None
    read = _READERS.get(kind)
    return read(_dict(value)) if read else None


def _item(value):
    found = _ids([value.get("id") or f"Q{value.get('numeric-id')}"])
    return found[0] if found else None


def _moment(value):
    match, precision = _TIME.match(_text(value.get("time"))), value.get("precision")
    if not match or not isinstance(precision, int) or precision < YEAR:
        return None  # a decade or a century, or before our era
    year, month, day = (int(part[:6]) for part in match.groups())
    month = month if precision >= MONTH and 1 <= month <= 12 else 0
    day = day if precision >= DAY and month and 1 <= day <= 31 else 0
    return Moment(year, month, day) if year <= date.max.year else None


def _quantity(value):
    try:
        amount = Decimal(_text(value.get("amount")))
    except InvalidOperation:
        return None
    unit = _text(value.get("unit")).rpartition("/")[2]
    return (
        Quantity(amount, unit if _ITEM.fullmatch(unit) else "") if amount.is_finite() and abs(amount) < 10**18 else None
    )


_READERS = {
    "wikibase-entityid": _item,
    "time": _moment,
    "quantity": _quantity,
    "monolingualtext": lambda value: _text(value.get("text")) or None,
}
