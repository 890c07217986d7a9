"""Adding a lead, changing its fields."""

from peewee import IntegrityError

from db import db
from webapp.accounts.centers import centers_with, colleagues, open_to
from webapp.accounts.members import people
from webapp.accounts.models import Center, Reach
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid

from . import timeline
from .assignment import assign, enter
from .cleaning import domain_of
from .fields import FIELDS, cleaned
from .holding import hold
from .models import ActivityKind, Lead, Stage, with_keys
from .queries import visible

TEXTS = tuple(name for name, field in FIELDS.items() if field.kind not in ("number", "choice"))


class Stale(Invalid):
    """The field is not what its editor saw when they began; `current` is what it is, as seen() writes it."""

    def __init__(self, name, current, shown):
        what = f"changed this to “{shown}”" if shown else "emptied this"
        super().__init__(f"Somebody {what} meanwhile. Save again to write yours over it.", name)
        self.current = current


class Duplicate(Invalid):
    """Another lead has this address; `lead_id` is its id if the member may see it, else None."""

    def __init__(self, lead_id):
        super().__init__("You already have a lead with this address.", "email")
        self.lead_id = lead_id


def add_lead(member, fields, *, stage=Stage.NEW):
    """A new lead from what was typed (see fields.FIELDS). Raises Invalid and Duplicate.

    In a center without an owner, it gets one as the center assigns them.
    """
    values = cleaned(fields)
    if not any(values.get(name) for name in ("first_name", "last_name", "company", "email")):
        raise Invalid("Give at least a name, a company or an e-mail address.", "first_name")
    center, owner = _center(member, values.pop("center", None)), _owner(member, values.pop("owner", None))
    _stay_in_reach(member, owner, center)
    values["domain"] = domain_of(values.get("website", ""), values.get("email", ""))
    moment = now()
    reached = {"stage": stage, "stage_changed_at": moment, "touched_at": moment, "created_at": moment}
    if stage.reached_column:
        reached[stage.reached_column] = moment
    whose = {"workspace": member.workspace.id, "owner": owner and owner.id, "center": center and center.id}
    try:
        with db.atomic():
            held = enter(center.id) if center else None
            lead = Lead.create(**whose, **reached, **with_keys(values))
            timeline.record(lead.workspace_id, lead.id, ActivityKind.CREATED, actor_id=member.user_id, moment=moment)
            if held and not owner:
                assign(held, [lead.id], actor_id=member.user_id)
    except IntegrityError:
        raise _duplicate(member, values["email"]) from None
    return lead


def seen(lead, name):
    """The field `name` of `lead` as a text to compare by: what a form carries of the value it began with."""
    value = lead.__data__[name]
    return "" if value is None else str(value)


def check_unchanged(lead, name, was):
    """Raises Stale when the field `name` of `lead` is not what was seen of it; `was` is seen() from then."""
    current = seen(lead, name)
    if current.split() == was.split():  # a form may write a line break another way
        return
    called = {"owner": lead.owner_id and lead.owner.full_name, "center": lead.center_id and lead.center.name}
    raise Stale(name, current, called.get(name, current))


def edit_lead(lead, fields, *, actor):
    """Change `lead`'s fields to what was typed and record from what to what. Raises Invalid, Duplicate, Conflict.

    A lead without an owner that comes into a center gets one as the center assigns them.
    """
    values = cleaned(fields)
    center, shown = _new_places(lead, values, actor)
    chosen = ("owner", "center")
    values = {name: value for name, value in values.items() if name in chosen or value != getattr(lead, name)}
    if not values:
        return lead
    ids = {name: [lead.__data__[name], values[name]] for name in chosen if name in values}
    shown |= {name: [getattr(lead, name), value] for name, value in values.items() if name not in chosen}
    try:
        with db.atomic():
            held = enter(center.id) if center else None
            _write(lead, values)
            data = {"changes": shown, "ids": ids} if ids else {"changes": shown}
            timeline.record(lead.workspace_id, lead.id, ActivityKind.EDITED, data, actor_id=actor.user_id)
            if held and values.get("owner", lead.owner_id) is None:
                assign(held, [lead.id], actor_id=actor.user_id)
    except IntegrityError:
        raise _duplicate(actor, values["email"]) from None
    for name, value in values.items():
        setattr(lead, name, value)
    return lead


def _new_places(lead, values, actor):
    """Make owner and center in `values` ids, without those that stay. Returns (the center it comes into, changes)."""
    owner, center, shown, places = lead.owner, lead.center, {}, {}
    if "owner" in values:
        owner = _owner(actor, values.pop("owner"))
        places["owner"] = (lead.owner, owner, "full_name")
    if "center" in values:
        center = _center(actor, values.pop("center"), stays=lead.center)
        places["center"] = (lead.center, center, "name")
    for name, (old, new, called) in places.items():
        if (old and old.id) != (new and new.id):
            shown[name] = [getattr(old, called) if old else "", getattr(new, called) if new else ""]
            values[name] = new and new.id
    if shown:
        _stay_in_reach(actor, owner, center)
    return (center if "center" in shown else None), shown


def _write(lead, values):
    """The guarded update: it fails when one of these fields is not what the caller saw. The lead is held before what is
    derived from all of its texts is made, as somebody else may change another one of them.
    """
    hold([lead.id])
    fresh = Lead.select().where(Lead.id == lead.id, Lead.deleted_at.is_null()).first()
    if fresh is None or any(fresh.__data__[name] != lead.__data__[name] for name in values):
        raise Conflict(f"Somebody else just changed or deleted {lead.name}. Reload the page to see it.")
    texts = {name: getattr(fresh, name) for name in (*TEXTS, "domain")} | values
    if "website" in values or "email" in values:
        texts["domain"] = domain_of(texts["website"], texts["email"])
    derived = with_keys(texts)
    written = {name: derived[name] for name in (*values, "domain", "company_key", "name_key", "search_text")}
    seen = [_is(getattr(Lead, name), lead.__data__[name]) for name in values]
    if Lead.update(written).where(Lead.id == lead.id, Lead.deleted_at.is_null(), *seen).execute() != 1:
        raise Conflict(f"Somebody else just changed or deleted {lead.name}. Reload the page to see it.")
    for name in ("domain", "company_key", "name_key", "search_text"):
        setattr(lead, name, derived[name])


def _is(column, value):
    return column.is_null() if value is None else column == value


def possible_owners(member):
    """The users to whom this member may give a lead: everybody, those in their centers, or themselves."""
    everybody = people(member.workspace)
    if member.reach is Reach.ALL:
        return everybody
    near = colleagues(member) if member.reach is Reach.CENTERS else {member.user_id}
    return [person for person in everybody if person.id in near]


def _owner(member, user_id):
    """The User with this id, if the member may give a lead to them; None for nobody."""
    if user_id is None and member.reach is not Reach.OWN:
        return None
    for person in possible_owners(member):
        if person.id == user_id:
            return person
    if member.reach is Reach.OWN:
        raise Invalid("You see only your own leads, so they stay yours.", "owner")
    raise Invalid("Choose somebody from the list.", "owner")


def _center(member, center_id, stays=None):
    """The Center with this id, if the member may put a lead there or it is the one where it `stays`."""
    if center_id is None or (stays and stays.id == center_id):
        return stays if center_id else None
    for key, name in open_to(member):
        if key == center_id:
            return Center(id=key, name=name)
    raise Invalid("Choose one of the centers in the list.", "center")


def _stay_in_reach(member, owner, center):
    """Raises Invalid where a member would put a lead out of their own sight."""
    if member.reach is Reach.ALL or (owner and owner.id == member.user_id):
        return
    if member.reach is Reach.CENTERS and center and center.id in centers_with(member):
        return
    raise Invalid("You would not see this lead any more. Keep it yours, or in one of your centers.", "owner")


def _duplicate(member, email):
    found = visible(member, Lead.id).where(Lead.email == email).first()
    return Duplicate(found and found.id)
