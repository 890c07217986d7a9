"""When a campaign sends, in words."""

from .models import WhoseZone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ANY = "Any day, any hour"


def words(campaign):
    """ "Mon to Fri, 9:00 to 16:00, lead’s time"."""
    if campaign.days == "1234567" and campaign.opens == 0 and campaign.closes == 1440:
        return ANY
    hours = (
        "any hour"
        if (campaign.opens, campaign.closes) == (0, 1440)
        else (f"{_hour(campaign.opens)} to {_hour(campaign.closes)}")
    )
    whose = "lead’s time" if campaign.whose_zone is WhoseZone.LEAD else "workspace’s time"
    return f"{_days(campaign.days)}, {hours}, {whose}"


def _hour(minutes):
    return f"{minutes // 60}:{minutes % 60:02}"


def _days(chosen):
    if chosen == "1234567":
        return "Any day"
    runs = []
    for number in map(int, chosen):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(_run(*run) for run in runs) or "No day"


def _run(first, last):
    if first == last:
        return DAYS[first - 1]
    return f"{DAYS[first - 1]}{' to ' if last - first > 1 else ', '}{DAYS[last - 1]}"
