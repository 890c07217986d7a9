"""The time zones people choose from: the IANA database's, without its abbreviations and fixed offsets."""

from functools import cache
from zoneinfo import available_timezones

REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


@cache
def zones():
    """Their names, such as "Europe/Berlin", sorted; "UTC" comes last."""
    return (*sorted(name for name in available_timezones() if name.partition("/")[0] in REGIONS), "UTC")
