"""What happened to leads since a board was drawn. Every open board asks every few seconds, so it must cost little.

A board stands at a Mark. Most changes leave an activity; an import adds leads without one, and two transactions on
Postgres may show their activities the other way around: both show in the count of leads a stage.
"""

import hmac
from typing import NamedTuple

from peewee import JOIN, fn

from webapp import config
from webapp.accounts.models import User
from webapp.core.prepared import Prepared

from . import listing, queries
from .models import Activity, ActivityKind, Lead, StageTotal

MANY = 20  # leads whose cards are redrawn one by one; when more changed, the board is
FAR = 10_000  # activities, of all workspaces, that one look reads through
_COMES = {ActivityKind.CREATED: 1, ActivityKind.RESTORED: 1, ActivityKind.DELETED: -1}


class Mark(NamedTuple):
    """The id of the last activity there is, and how many leads the workspace has in each stage, each higher by a number
    that nobody knows: it stands in the page of members who see few of them, too.
    """

    last: int
    leads: tuple

    @classmethod
    def read(cls, text):
        """The Mark that an address holds; one that matches nothing when it holds none."""
        parts = text.split(".")
        if not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):
            return cls(0, ())
        return cls(int(parts[0]), tuple(map(int, parts[1:])))

    def __str__(self):
        return ".".join(map(str, (self.last, *self.leads)))


class Move(NamedTuple):
    """Somebody else's move; `actor` is a name, None for Galena."""

    lead: int
    actor: str | None


class News(NamedTuple):
    """The ids of the leads that changed, the last first, and the moves among that by others. `whole`: too much to
    tell one by one.
    """

    leads: tuple = ()
    moves: tuple = ()
    whole: bool = False


def mark_of(member):
    """The Mark at which `member`'s workspace stands now. Read it before what is drawn."""
    rows = _state(workspace=member.workspace.id)
    return Mark(rows[0].last or 0, tuple(row.leads + _beyond_knowing(member, at) for at, row in enumerate(rows)))


def _beyond_knowing(member, at):
    said = f"board {member.workspace.id} {at}".encode()
    return int.from_bytes(hmac.digest(config.current().secret_key.encode(), said, "sha256")[:4])


@Prepared
def _state(*, workspace):
    last = Activity.select(fn.MAX(Activity.id)).alias("last")
    query = StageTotal.select(StageTotal.leads, last).where(StageTotal.workspace == workspace)
    return query.order_by(StageTotal.stage)


def news(member, since, now):
    """The News between two Marks."""
    if len(since.leads) != len(now.leads) or not 0 <= now.last - since.last <= FAR:
        return News(whole=True)
    most = 4 * MANY
    rows = _activities(workspace=member.workspace.id, since=since.last, last=now.last, size=most + 1)
    leads = tuple(dict.fromkeys(row.lead for row in rows))
    came = sum(_COMES.get(row.kind, 0) for row in rows)
    told = sum(now.leads) - sum(since.leads) == came if rows else now.leads == since.leads
    if len(rows) > most or len(leads) > MANY or not told:
        return News(whole=True)
    others = [row for row in rows if row.kind is ActivityKind.STAGE and row.actor != member.user_id]
    moves = {row.lead: Move(row.lead, row.full_name) for row in reversed(others)}
    return News(leads, tuple(moves.values()))


@Prepared
def _activities(*, workspace, since, last, size):
    query = Activity.select(Activity.lead, Activity.kind, Activity.actor, User.full_name)
    query = query.join(User, JOIN.LEFT_OUTER, on=Activity.actor == User.id)
    query = query.where(Activity.workspace == workspace, Activity.id > since, Activity.id <= last)
    return query.order_by(Activity.id.desc()).limit(size)


class Place(NamedTuple):
    """A card, and where it is: behind the card of the lead `after` (0: the first of its lane), the `number`-th there.
    None for both where it is not among the first of its lane.
    """

    card: listing.Row
    after: int | None = None
    number: int | None = None


def places(member, chosen, lead_ids):
    """([Place], [id]): where those of these leads are on the board of the Filter `chosen`, and those not on it."""
    wanted, found = set(lead_ids), {}
    for lane in listing.lanes(member, chosen).values():
        after = 0
        for number, card in enumerate(lane.rows, 1):
            if card.id in wanted:
                found[card.id] = Place(card, after, number)
            after = card.id
    if rest := wanted - found.keys():
        asked = queries.chosen_leads(member, chosen, Lead.id).where(Lead.id.in_(rest))
        found |= {card.id: Place(card) for card in listing.rows(member, [lead.id for lead in asked])}
    shown = sorted(found.values(), key=lambda place: place.number or 0)  # a card may stand behind another of these
    return shown, [lead_id for lead_id in lead_ids if lead_id not in found]
