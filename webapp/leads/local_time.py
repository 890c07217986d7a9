"""What the clock says where a lead is: by its country, if all of it keeps one time, or by a city that names a zone.

The tables are the IANA database's own: iso3166.tab names the countries, zone.tab their zones.
"""

from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from webapp.core.clock import now
from webapp.core.text import fold

_ALSO = {
    "AT": "osterreich autriche", "BE": "belgie belgique belgien", "CH": "schweiz suisse svizzera suiza",
    "CZ": "czechia tschechien cesko", "DE": "deutschland allemagne alemania germania", "DK": "danmark danemark",
    "FI": "suomi finnland", "FR": "frankreich francia", "GB": "uk u.k. england scotland wales",
    "IE": "irland eire", "IT": "italia italien italie", "LU": "luxemburg", "NL": "nederland niederlande holland",
    "NO": "norge norwegen", "PL": "polska polen pologne", "RO": "rumanien", "SE": "sverige schweden suede",
    "TR": "turkiye turkei", "US": "usa u.s. u.s.a.", "AE": "uae", "IN": "bharat", "JP": "nippon",
}  # fmt: skip
_NAMED = {
    "united kingdom": "GB", "great britain": "GB", "northern ireland": "GB", "the netherlands": "NL",
    "united states of america": "US", "south korea": "KR", "united arab emirates": "AE", "slovak republic": "SK",
    "bosnia and herzegovina": "BA", "vereinigtes konigreich": "GB", "vereinigte staaten": "US",
}  # fmt: skip
_TWICE = {"georgia"}  # a country, and a state of another


@lru_cache(maxsize=4096)
def zone_of(country, city=""):
    """The name of the time zone in which somebody in `country` lives; "" where that cannot be told."""
    zones = _zones().get(_codes().get(fold(country).strip(), ""), ())
    town = fold(city).strip()
    for zone in zones if town else ():
        if zone.rpartition("/")[2].replace("_", " ").casefold() == town:
            return zone
    return zones[0] if zones and _agree(zones) else ""


def _agree(zones):
    """Whether the clocks of these zones show the same, in winter and in summer."""
    year = now().year
    days = (datetime(year, 1, 1), datetime(year, 7, 1))
    return len({tuple(ZoneInfo(zone).utcoffset(day) for day in days) for zone in zones}) == 1


@cache
def _codes():
    """{what a country is called: its code}, the code itself included."""
    names = {fold(name): code for code, name in _table("iso3166.tab")}
    also = {name: code for code, words in _ALSO.items() for name in words.split()}
    found = {**names, **also, **_NAMED, **{code.lower(): code for code in names.values()}}
    return {name: code for name, code in found.items() if name not in _TWICE}


@cache
def _zones():
    """{the code of a country: its zones}."""
    found = {}
    for code, _, zone, *_ in _table("zone.tab"):
        found.setdefault(code, []).append(zone)
    return found


def _table(name):
    lines = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
