"""The country that a workspace works from: what telephone numbers without a country's code are taken to be from."""

from functools import cache
from importlib import resources

from webapp.core.countries import COUNTRIES


def country_of(workspace):
    """The ISO 3166 code that was chosen for a workspace (a row), else that of its time zone, else ""."""
    return workspace.country or country_of_zone(workspace.time_zone)


def country_of_zone(time_zone):
    """The code of the country that a zone of the IANA database lies in, "" for none or several."""
    return _zones().get(time_zone, "")


@cache
def _zones():
    """{zone: code}, by the tables that the time zones themselves come with; former names of zones among them."""
    folder = resources.files("tzdata") / "zoneinfo"
    rows = [line.split("\t") for line in (folder / "zone.tab").read_text().splitlines() if not line.startswith("#")]
    found = {row[2]: row[0] for row in rows if row[0] in COUNTRIES}
    for line in (folder / "tzdata.zi").read_text().splitlines():
        if line.startswith("L "):
            _, zone, alias = line.split(" ")
            if zone in found:
                found.setdefault(alias, found[zone])
    return found
