"""A campaign's mails added up by step, version, mailbox and recipient provider, and how soon people reply.

A reply counts for the newest mail that its writer had got by then. What counts every mail is one walk over an index
that holds nothing else; the rest reads only recipients that replied, bounced or left.
"""

from bisect import bisect_right
from collections import defaultdict
from statistics import median
from typing import NamedTuple

from webapp.mail.mailbox_models import Mailbox
from webapp.mail.mailboxes import name_of
from webapp.mail.providers import KNOWN

from .asking import ask, moment
from .comparing import Verdict, verdict
from .models import Step
from .winning import OWN
from .writing_models import StepVersion

HOUR = 3600
BUCKETS = (  # how soon: up to so many seconds, and how that is called
    (HOUR, "within an hour"),
    (4 * HOUR, "1 to 4 hours"),
    (24 * HOUR, "4 to 24 hours"),
    (48 * HOUR, "1 to 2 days"),
    (96 * HOUR, "2 to 4 days"),
    (168 * HOUR, "4 to 7 days"),
    (None, "later"),
)
COUNTS = ("mails", "replied", "bounced", "unsubscribed", "refused")


class Line(NamedTuple):
    """What became of the mails of one kind; `key` is what the mail log is asked for to see them."""

    key: str | int
    name: str
    mails: int = 0
    replied: int = 0
    bounced: int = 0
    unsubscribed: int = 0
    refused: int = 0


class Trial(NamedTuple):
    """The versions of a step; `on` are the letters that recipients still get."""

    position: int
    lines: tuple
    on: tuple
    verdict: Verdict | None


class Numbers(NamedTuple):
    """`times` are (name, how many) of BUCKETS, `median` seconds or None."""

    steps: tuple
    trials: tuple
    mailboxes: tuple
    providers: tuple
    times: tuple
    median: float | None


_LAST = """JOIN delivery d ON d.id = (SELECT max(x.id) FROM delivery x
    WHERE x.recipient_id = r.id AND x.state = 'accepted'{before})"""
_COUNTS = f"""
    SELECT 'mails', step_id, version, mailbox_id, provider, count(*) FROM delivery
    WHERE campaign_id = :campaign AND state = 'accepted' GROUP BY step_id, version, mailbox_id, provider
    UNION ALL SELECT 'refused', step_id, version, mailbox_id, provider, count(*) FROM delivery
    WHERE campaign_id = :campaign AND state IN ('refused', 'failed') GROUP BY step_id, version, mailbox_id, provider
    UNION ALL SELECT r.state, d.step_id, d.version, d.mailbox_id, d.provider, count(*) FROM recipient r
    {_LAST.format(before="")}
    WHERE r.campaign_id = :campaign AND r.state IN ('bounced', 'unsubscribed')
    GROUP BY r.state, d.step_id, d.version, d.mailbox_id, d.provider"""
_REPLIES = f"""
    SELECT d.step_id, d.version, d.mailbox_id, d.provider, d.changed_at, r.replied_at FROM recipient r
    {_LAST.format(before=" AND x.created_at <= r.replied_at")}
    WHERE r.campaign_id = :campaign AND r.replied_at IS NOT NULL"""


def numbers(campaign):
    """The Numbers of a campaign."""
    counts, seconds = defaultdict(lambda: dict.fromkeys(COUNTS, 0)), []
    for kind, *which, count in ask(_COUNTS, campaign=campaign.id):
        counts[tuple(which)][kind] += count
    for *which, sent_at, replied_at in ask(_REPLIES, campaign=campaign.id):
        counts[tuple(which)]["replied"] += 1
        seconds.append(max(0, (moment(replied_at) - moment(sent_at)).total_seconds()))
    steps = list(Step.select().where(Step.campaign == campaign.id).order_by(Step.position))
    versions = list(StepVersion.select().join(Step).where(Step.campaign == campaign.id).order_by(StepVersion.letter))
    return Numbers(
        steps=_by(counts, 0, {step.id: (step.position, _title(step)) for step in steps}, every=True),
        trials=tuple(filter(None, (_trial(step, versions, counts) for step in steps))),
        mailboxes=_by(counts, 2, _mailboxes({which[2] for which in counts})),
        providers=_by(counts, 3, {key: (key, KNOWN.get(key, "Other")) for *_, key in counts}),
        times=_times(seconds),
        median=median(seconds) if seconds else None,
    )


def _title(step):
    return f"{step.position}. {step.subject or ('Follow-up' if step.position > 1 else 'No subject')}"


def _by(counts, place, names, every=False):
    """Lines of `counts` by what stands at `place` in their keys, the most mails first, or in the order of `names`."""
    sums = {key: dict.fromkeys(COUNTS, 0) for key in names} if every else {}
    for which, numbers_of in counts.items():
        line = sums.setdefault(which[place], dict.fromkeys(COUNTS, 0))
        for name, count in numbers_of.items():
            line[name] += count
    lines = [
        Line(*names.get(key, (0, "The mail server, or a mailbox that is gone")), **line) for key, line in sums.items()
    ]
    return tuple(lines if every else sorted(lines, key=lambda line: (-line.mails, line.name)))


def _mailboxes(ids):
    known = Mailbox.select(Mailbox.id, Mailbox.email).where(Mailbox.id.in_([one for one in ids if one is not None]))
    return {row.id: (row.id, name_of(row.email)) for row in known}


def _trial(step, versions, counts):
    own = [version for version in versions if version.step_id == step.id]
    if not own:
        return None
    letters = [OWN, *(version.letter for version in own)]
    here = {which: count for which, count in counts.items() if which[0] == step.id}
    found = {line.key: line for line in _by(here, 1, {letter: (letter, f"Version {letter}") for letter in letters})}
    lines = tuple(found.get(letter, Line(letter, f"Version {letter}")) for letter in letters)
    on = tuple(([OWN] if step.is_on else []) + [version.letter for version in own if version.is_on])
    return Trial(step.position, lines, on, verdict({line.key: (line.replied, line.mails) for line in lines}))


def _times(seconds):
    limits = [limit for limit, _ in BUCKETS[:-1]]
    counts = [0] * len(BUCKETS)
    for each in seconds:
        counts[bisect_right(limits, each)] += 1
    return tuple((name, count) for (_, name), count in zip(BUCKETS, counts, strict=True))
