from typing import NamedTuple

from flask import Blueprint, current_app, request, url_for
from flask_login import current_user

from webapp.leads.finding import Match
from webapp.web.guards import needs, policy_of
from webapp.web.hypermedia import page, wants_part
from webapp.web.settings import SETTINGS

from .commands import COMMANDS, THEMES, Command, switches
from .queries import is_meant, look

bp = Blueprint("palette", __name__)
LENGTH = 200
FEW, MORE = 8, 25  # of a kind in the palette, and on the page


class Item(NamedTuple):
    """A line of the palette: a link, or the button of a form that is on every page."""

    label: str
    href: str = ""
    icon: str = ""
    tile: str = ""
    aside: str = ""
    note: str = ""
    keys: tuple = ()
    command: Command | None = None


class Group(NamedTuple):
    label: str
    counted: str  # what one of its lines is called
    lines: list


@bp.get("/search")
@needs("view")
def index():
    text = request.args.get("q", "").replace("\0", "").strip()[:LENGTH]
    groups = [group for group in groups_for(text) if group.lines]
    return page("palette/index.html", "results", text=text, groups=groups)


def groups_for(text):
    """All Groups, also empty ones. Leads come first, unless they only nearly match: then a command is meant rather."""
    found = look(current_user, text, recent_ids(), limit=FEW if wants_part() else MORE)
    best = found.hits[0].match if found.hits else Match.EXACT
    label = {Match.MISTYPED: f"No lead has “{text}”. Spelled like it", Match.NOTE: "In notes"}.get(best, "Leads")
    leads = [
        Group("Recent leads", "lead", [_lead(row) for row in found.recent]),
        Group(label, "lead", [_lead(hit.lead, hit.note) for hit in found.hits]),
    ]
    others = [
        Group("Views", "view", [_view(view) for view in found.views]),
        Group("Campaigns", "campaign", [_campaign(campaign) for campaign in found.campaigns]),
        Group("Commands", "command", [_command(command) for command in commands(text)]),
    ]
    if best >= Match.MISTYPED:
        return others + leads
    table = Item(f"All leads with “{text}”", url_for("leads.index", q=text), "search")
    return [*leads, *others, Group("In the table", "", [table] if found.hits else [])]


def recent_ids():
    """The leads that this browser opened last, as it remembers them."""
    parts = request.args.get("recent", "").split(",")
    return [int(part) for part in parts if len(part) < 11 and part.isascii() and part.isdigit()]


def commands(text):
    """The Commands that `text` means, of those that the member may use: of the first ones, when it is empty."""
    settings = (Command(entry.label, entry.icon, entry.endpoint, "settings", aside="Settings") for entry in SETTINGS)
    every = (*COMMANDS, *settings, *switches(current_user), *THEMES)
    meant = (command for command in every if is_meant(text, f"{command.label} {command.words}"))
    return [command for command in meant if (text or command.first) and _is_open(command)]


def _is_open(command):
    """Whether there is such a page, and the member may open it."""
    if not command.endpoint:
        return True
    if command.endpoint not in current_app.view_functions:
        return False
    policy = policy_of(command.endpoint)
    return policy == "person" or current_user.can(policy)


def _lead(row, note=""):
    known = row.company if row.full_name else ""
    return Item(row.name, url_for("leads.show", lead_id=row.id), tile=row.company or row.name, aside=known, note=note)


def _view(view):
    endpoint, icon = ("leads.board", "square-kanban") if view.on_board else ("leads.index", "table-2")
    return Item(view.name, url_for(endpoint) + view.tail, icon, aside="Shared" if view.is_shared else "")


def _campaign(campaign):
    return Item(campaign.name, url_for("campaigns.show", campaign_id=campaign.id), "send")


def _command(command):
    shown = {"icon": command.icon, "aside": command.aside, "keys": command.keys}
    if not command.endpoint:
        return Item(command.label, **shown, command=command)
    return Item(command.label, url_for(command.endpoint), **shown)
