"""What a mail holds that is worth keeping beside the lead: phone numbers, days and times that are proposed."""

import re

from . import dates

MOST = 5
_TIME = re.compile(
    r"(?:\b(?:at|um|gegen|à|vers|a las|alle|alle ore|om|às|as|ab|@|around"
    r"|from)\s+)?(?<![\d.,:/€$])(?:(?P<h1>[01]?\d|2[0-3])[:.hH](?P<m1>[0-5]\d)(?!\d"
    r"|\.\d)\s*(?P<x1>[ap]\.?m\b)?(?:\s*(?:uhr|h|uur))?"
    r"|(?P<h2>1[0-2]|0?[1-9])\s*(?P<x2>[ap])\.?m\b|(?P<h3>[01]?\d|2[0-3])\s*(?:uhr|uur|h)\b)",
    re.IGNORECASE,
)


def _time(text, start, end):
    """The time said right after a day, or right before it: ("15:00", where it ends); ("", end) without one."""
    said, upto = _clock(text, end, end + 25)
    if not said:
        said = _clock(text, max(0, start - 20), start)[0]
        upto = end
    return said, upto


def _clock(text, start, end):
    found = _TIME.search(text, start, end)
    if not found:
        return "", end
    hour = int(found["h1"] or found["h2"] or found["h3"])
    half = (found["x1"] or found["x2"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{found['m1'] or '00'}", found.end()


def days(text, sent_at):
    """[[day, time or "", the words], …]: each day to come that `text` names, and the time beside it."""
    listed, since = {}, dates.today(sent_at)
    for one in dates.days(text, sent_at):
        if one.day < since:
            continue
        time, end = _time(text, one.start, one.end)
        said = " ".join(text[one.start : end if time else one.end].split())
        listed.setdefault((one.day.isoformat(), time), [one.day.isoformat(), time, said])
    return list(listed.values())[:MOST]


def phones(text, region=None):
    """The phone numbers in `text`, as they are dialled from anywhere (E.164); those without + are of `region`."""
    import phonenumbers  # heavy: loaded on first use

    numbers = phonenumbers.PhoneNumberMatcher(text[:20_000], region, max_tries=200)
    listed = [phonenumbers.format_number(one.number, phonenumbers.PhoneNumberFormat.E164) for one in numbers]
    return list(dict.fromkeys(listed))[:MOST]
