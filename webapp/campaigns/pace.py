"""How fast a campaign goes and when it may be through: estimates, which the page calls so."""

from datetime import timedelta
from math import ceil

from webapp.core.clock import now
from webapp.mail.pacing import working_days

from .models import CampaignState

OVER = (CampaignState.COMPLETED, CampaignState.STOPPED)  # whoever waits then gets nothing more
WEEK = 7
FAR = 3 * 365  # days that are looked ahead


def waits(campaign):
    """(how many recipients have got nothing yet, how many wait for a follow-up), by the counters."""
    lost = campaign.skipped + campaign.refused + campaign.failed + campaign.unknown
    fresh = max(0, min(campaign.queued, campaign.recipients - lost - campaign.reached))
    return fresh, campaign.queued - fresh


def remaining(campaign, mails):
    """How many more mails it may send, of `mails` to a recipient who gets all. Exact for one mail; the counters do not
    say how far each recipient is, so for a sequence whoever is done is taken to have got all, or one when stopped.
    """
    if campaign.state in OVER:
        return 0
    if mails <= 1:
        return campaign.queued * mails
    fresh, going = waits(campaign)
    done = max(0, campaign.reached - going)
    early = min(done, campaign.replied + campaign.bounced + campaign.unsubscribed + campaign.stopped)
    got = campaign.mails - (done - early) * mails - early
    return fresh * mails + going * mails - min(max(got, going), going * (mails - 1))


def an_hour(hours, at=None):
    """Mails in the last hour: what this hour had and its share of the one before; {"2026-11-21 09": mails}."""
    at = at or now()
    before = at - timedelta(hours=1)
    return round(hours.get(f"{at:%Y-%m-%d %H}", 0) + hours.get(f"{before:%Y-%m-%d %H}", 0) * (1 - at.minute / 60))


def cap(mailbox, day):
    """How many mails `mailbox` may send on `day`, or None: its cap, or less while it is slowly used more."""
    if mailbox.ramp_start is None:
        return mailbox.daily_cap
    ramped = max(1, mailbox.ramp_start + mailbox.ramp_step * working_days(mailbox.ramp_from or day, day, mailbox.days))
    return ramped if mailbox.daily_cap is None else min(ramped, mailbox.daily_cap)


def a_day(campaign, mailboxes, day):
    """How many mails can leave on a day like `day` through `mailboxes`."""
    minutes = max(1, min(campaign.closes, 1440) - campaign.opens)
    most = 0
    for mailbox in mailboxes:
        open_for = min(minutes, max(1, mailbox.closes - mailbox.opens))
        limits = [campaign.rate_per_minute * open_for]
        limits += [open_for * 60 // mailbox.gap_seconds] if mailbox.gap_seconds else []
        limits += [most_today] if (most_today := cap(mailbox, day)) is not None else []
        most += max(1, min(limits))
    return most


def last_day(today, fresh, left, daily, steps, days="1234567"):
    """About when the last of `left` mails goes out, `daily` on each of `days`: not before the last of `fresh`
    recipients has waited for all `steps`, whose (wait_days, working_days) pairs these are.
    """
    if not left:
        return today
    waiting = sum(wait * WEEK / len(days or "1") if working else wait for wait, working in steps)
    by_number = _after(today, ceil(left / daily), days)
    by_waiting = _after(today, ceil(fresh / daily), days) + timedelta(days=ceil(waiting)) if fresh else today
    return _after(max(by_number, by_waiting), 1, days)


def _after(day, count, days):
    """The day on which the last of `count` sending days falls, the first of them `day` or the next after it."""
    count = min(count, FAR)
    days = days or "1234567"
    while True:
        count -= str(day.isoweekday()) in days
        if count <= 0 and str(day.isoweekday()) in days:
            return day
        day += timedelta(days=1)
