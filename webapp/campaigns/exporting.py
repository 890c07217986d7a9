"""A campaign's report and its recipients as files: rows of cells, for leads.exporting.csv_parts()."""

from zoneinfo import ZoneInfo

from . import people
from .asking import ask
from .numbers import numbers

SIZE = 500  # recipients that are read at once
REPORT = ("Part", "Name", "Mails", "Replied", "Bounced", "Unsubscribed", "Refused")
RECIPIENTS = (
    "First name", "Last name", "Company", "E-mail", "State", "Step", "Why", "Reached", "Replied", "Opened", "Clicked",
    "Last event",
)  # fmt: skip


def report(campaign):
    """The header, then everything that the page of the campaign adds up."""
    yield [REPORT]
    whole = (campaign.mails, campaign.replied, campaign.bounced, campaign.unsubscribed, campaign.refused)
    yield [("Campaign", campaign.name, *whole)]
    yield [
        ("Hour (UTC)", f"{hour}:00", sent, "", "", "", "")
        for hour, sent in ask(
            "SELECT hour, sent FROM campaign_hour WHERE campaign_id = :campaign ORDER BY hour", campaign=campaign.id
        )
    ]
    made = numbers(campaign)
    yield [("Step", *line[1:]) for line in made.steps]
    for trial in made.trials:
        yield [(f"Version, step {trial.position}", line.key, *line[2:]) for line in trial.lines]
    yield [("Mailbox", *line[1:]) for line in made.mailboxes]
    yield [("Recipient provider", *line[1:]) for line in made.providers]
    yield [("Time to reply", name, "", count, "", "", "") for name, count in made.times]


def recipients(member, campaign, **asked):
    """The header, then all recipients within reach of `member`, a page at a time: state and search as in people.py."""
    yield [RECIPIENTS]
    zone, cursor = ZoneInfo(member.time_zone), ""
    steps = _steps(campaign)
    while cursor is not None:
        page = people.recipients(member, campaign, **asked, cursor=cursor, size=SIZE)
        yield [_row(person, steps, zone) for person in page.rows]
        cursor = page.older


def _steps(campaign):
    return ask("SELECT count(*) FROM step WHERE campaign_id = :campaign", campaign=campaign.id)[0][0]


def _row(person, steps, zone):
    times = (person.reached_at, person.replied_at, person.opened_at, person.clicked_at, person.changed_at)
    return (
        person.first_name or "", person.last_name or "", person.company or "", person.sent_to or person.email or "",
        person.state.value, f"{person.step} of {steps}" if person.step else "", person.reason or person.error or "",
        *("" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in times),
    )  # fmt: skip
