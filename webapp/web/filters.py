"""How values look on every page: numbers, money, times, initials. register() gives them to Jinja.

Times are aware datetimes in UTC and are shown in the zone of the signed-in member. Amounts are whole units (euros, not
cents). They are written as Galena's own English here, and by core/locales.py for a member who chose another locale.
Words stay English: "12.400 leads", "Today 2:30 PM".
"""

import zlib
from datetime import UTC, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import url_for
from flask_login import current_user
from markupsafe import Markup

from webapp.core import locales
from webapp.core.clock import now
from webapp.core.locales import DEFAULT
from webapp.core.text import initials

from .locale import spoken
from .macros import Macros, icon_maker

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "KRW": "₩"}
MINUTE, HOUR, DAY = 60, 3600, 86400
TONES = 8


# ------------------------------------------------------------------ names


@lru_cache(maxsize=4096)
def monogram(name):
    """The two letters on a company's tile: "Grafana Labs" becomes "Gr"."""
    letters = [character for character in name or "" if character.isalnum()][:2]
    return "".join(letters).capitalize() or "?"


@lru_cache(maxsize=4096)
def tone(name):
    """One of eight tints, 1 to 8, the same for a name on every page and machine."""
    return zlib.crc32((name or "").casefold().encode()) % TONES + 1


# ---------------------------------------------------------------- numbers


def number(value):
    """12400 becomes "12,400"."""
    if value is None:
        return ""
    locale = spoken()
    return f"{value:,}" if locale == DEFAULT else locales.number(value, locale)


def about(value):
    """12400 becomes "about 12,400": a count that is kept rather than counted."""
    return f"about {number(value)}"


def plural(value, one, many=None):
    """(3, "lead") becomes "3 leads"; give `many` where an s is not enough."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def money(amount, currency="EUR"):
    """64000 becomes "€64,000"; a currency without a sign of its own goes in front with a space."""
    if amount is None:
        return ""
    if (locale := spoken()) != DEFAULT:
        return locales.money(amount, currency, locale)
    return _priced(amount, currency, f"{abs(amount):,}")


def compact_money(amount, currency="EUR"):
    """For cards and sums: "€64k", "€4.1m". Below a thousand it is exact."""
    if amount is None:
        return ""
    if (locale := spoken()) != DEFAULT:
        return locales.compact_money(amount, currency, locale)
    size = abs(amount)
    for floor, unit, letter in ((999_500_000, 10**9, "bn"), (999_500, 10**6, "m"), (1000, 1000, "k")):
        if size >= floor:
            scaled = size / unit
            text = f"{scaled:.1f}" if scaled < 9.95 else f"{scaled:.0f}"
            return _priced(amount, currency, text.removesuffix(".0") + letter)
    return _priced(amount, currency, f"{size:,}")


def _priced(amount, currency, digits):
    sign = "−" if amount < 0 else ""
    return f"{sign}{SYMBOLS.get(currency) or currency + ' '}{digits}"


def percent(part, whole=1, places=0):
    """(134, 1240) becomes "11%". Says "under 1%" and "99%" rather than round a few to none or most to all."""
    if not whole:
        return _share(0, 0)
    share = 100 * part / whole
    edge = 10**-places
    if 0 < share < edge / 2:
        return f"under {_share(edge, places)}"
    if 100 - edge / 2 <= share < 100:
        share = 100 - edge
    return _share(share, places)


def _share(share, places):
    locale = spoken()
    return f"{share:.{places}f}%" if locale == DEFAULT else locales.percent(share, locale, places)


def filesize(size):
    """99907 becomes "100 KB". Units of a thousand, as file managers show them."""
    if size is None:
        return ""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 999.5 or unit == "GB":
            break
        size /= 1000
    digits = f"{size:.0f}" if unit == "bytes" or size >= 9.95 else f"{size:.1f}".removesuffix(".0")
    if "." in digits and (locale := spoken()) != DEFAULT:
        digits = locales.number(size, locale, 1)
    return "1 byte" if unit == "bytes" and size == 1 else f"{digits} {unit}"


# ------------------------------------------------------------------ times


def _spoken(seconds):
    """A length of time in its largest whole unit: (26, "minute")."""
    for unit, size in (("year", 365 * DAY), ("month", 30 * DAY), ("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if seconds >= size:
            return int(seconds // size), unit
    return max(1, round(seconds)), "second"


def ago(moment, at=None):
    """As in "just now", "26 min ago", "3 h ago", "2 days ago"; "in 5 min" for what is to come."""
    if moment is None:
        return ""
    seconds = ((at or now()) - moment).total_seconds()
    if abs(seconds) < 45:
        return "just now"
    count, unit = _spoken(max(abs(seconds), MINUTE))
    span = f"{count} {({'minute': 'min', 'hour': 'h'}).get(unit) or unit + ('s' if count > 1 else '')}"
    return f"{span} ago" if seconds > 0 else f"in {span}"


def age(moment, at=None):
    """The same, as short as a card needs: "now", "26 min", "3 h", "2 d", "5 mo", "1 y"."""
    if moment is None:
        return ""
    seconds = ((at or now()) - moment).total_seconds()
    if seconds < MINUTE:
        return "now"
    count, unit = _spoken(seconds)
    return f"{count} {({'minute': 'min', 'hour': 'h', 'day': 'd', 'month': 'mo', 'year': 'y'})[unit]}"


def when(moment, zone="UTC", at=None):
    """As in "Today 14:30", "Yesterday 09:12", "Tue 18 Nov"; with the year when it is another one."""
    if moment is None:
        return ""
    local, today = _local(moment, zone), _local(at or now(), zone).date()
    near = {today: "Today", today - timedelta(days=1): "Yesterday", today + timedelta(days=1): "Tomorrow"}
    if word := near.get(local.date()):
        return f"{word} {_hours(local)}"
    this_year, locale = local.year == today.year, spoken()
    if locale != DEFAULT:
        return locales.date(local.date(), "near" if this_year else "dated", locale)
    month = MONTHS[local.month - 1][:3]
    return f"{DAYS[local.weekday()][:3]} {local.day} {month}" if this_year else f"{local.day} {month} {local.year}"


def day(moment, zone="UTC", at=None):
    """As in "Tuesday, 18 November"; with the year when it is another one."""
    if moment is None:
        return ""
    local = _local(moment, zone)
    return _named_day(local, with_year=local.year != _local(at or now(), zone).year)


def exact(moment, zone="UTC"):
    """As in "Tuesday, 18 November 2025, 14:30": what a pointer on a time shows."""
    local = _local(moment, zone)
    return f"{_named_day(local, with_year=True)}, {_hours(local)}"


def clock_time(moment, zone="UTC"):
    """As in "14:30"."""
    return "" if moment is None else _hours(_local(moment, zone))


def _named_day(local, with_year):
    if (locale := spoken()) != DEFAULT:
        return locales.date(local.date(), "full" if with_year else "long", locale)
    return f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]}{f' {local.year}' if with_year else ''}"


def _hours(local):
    locale = spoken()
    return f"{local:%H:%M}" if locale == DEFAULT else locales.clock(local.hour, local.minute, locale)


STYLES = {
    "ago": lambda moment, zone, at: ago(moment, at),
    "age": lambda moment, zone, at: age(moment, at),
    "when": when,
    "day": day,
    "time": lambda moment, zone, at: clock_time(moment, zone),
}


def time_tag(moment, style="ago", zone="UTC", at=None):
    """`moment` as <time>, with the exact time in its attributes. Style: ago, age, when, day or time."""
    if moment is None:
        return Markup("")
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds")[:19]
    words = STYLES[style](moment, zone, at)
    return Markup(f'<time datetime="{stamp}Z" title="{exact(moment, zone)}">{words}</time>')  # no markup in any locale


def duration(seconds):
    """A length of time to read: "3 seconds", "2 minutes", "1 hour 20 minutes"."""
    if seconds is None:
        return ""
    count, unit = _spoken(seconds)
    text = plural(count, unit)
    rest = int(seconds % HOUR // MINUTE)
    return f"{text} {plural(rest, 'minute')}" if unit == "hour" and rest else text


def time_left(seconds):
    """As in "about 3 seconds left"; nothing when it cannot be known."""
    return "" if seconds is None else f"about {duration(seconds)} left"


@lru_cache(maxsize=64)
def _zone(name):
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _local(moment, zone):
    return moment.astimezone(_zone(zone))


# ------------------------------------------------------------------- Jinja


def member_zone():
    """The zone times are shown in: the signed-in member's, or UTC."""
    return getattr(current_user, "time_zone", None) or "UTC"


def _in_zone(function):
    def shown(moment, *args, **options):
        options.setdefault("zone", member_zone())
        return function(moment, *args, **options)

    return shown


def register(app):
    """Call after assets.register(app), so that the sprite's address carries its version."""
    app.jinja_env.filters.update(
        {f.__name__: f for f in (initials, monogram, tone, number, about, plural, money, compact_money, percent)},
        tuple=tuple, filesize=filesize, ago=ago, age=age, duration=duration, time_left=time_left,
        **{f.__name__: _in_zone(f) for f in (when, day, exact, clock_time, time_tag)},
    )  # fmt: skip
    with app.test_request_context():
        icons_url = url_for("static", filename="icons.svg")
    app.jinja_env.globals.update(
        ui=Macros(app.jinja_env, "shared/ui.html"),
        icons_url=icons_url,
        svg_icon=icon_maker(icons_url),
        font_url=f"{app.static_url_path}/vendor/geist-latin-5.3.0.woff2",
        today=lambda: day(now(), member_zone()),
    )
