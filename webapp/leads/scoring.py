"""The rules by which a workspace scores its leads: read, made, changed, deleted.

A rule is one condition, as filters ask it, and the points of the leads that meet it. A lead's score is their sum, not
under 0 and not over 100. Who works it out, and when, is in score_running.py.
"""

from peewee import fn

from db import db
from webapp.accounts.audit import record
from webapp.core.errors import Conflict, Invalid, NotFound

from . import score_running
from .criteria import CUSTOM_KINDS
from .custom import fields_of
from .list_models import ScoreKind, ScoreRule
from .score_reading import Rule, rules_of

MOST = 30  # rules of a workspace: more than anybody keeps in mind
POINTS = 100
STARTING = (
    (ScoreKind.FIT, "email.filled", 10),
    (ScoreKind.FIT, "phone.filled", 5),
    (ScoreKind.FIT, "website.filled", 5),
    (ScoreKind.FIT, "employees.from.10", 15),
    (ScoreKind.FIT, "title.has.chief|founder|owner|head|director", 15),
    (ScoreKind.ENGAGEMENT, "stage.is.replied|converted", 30),
    (ScoreKind.ENGAGEMENT, "touch.within.14", 10),
    (ScoreKind.ENGAGEMENT, "due.filled", 10),
    (ScoreKind.ENGAGEMENT, "touch.older.90", -20),
    (ScoreKind.ENGAGEMENT, "stage.is.lost", -40),
)


def get_rule(workspace, rule_id):
    """The Rule with this id. Raises NotFound."""
    for rule in rules_of(workspace):
        if rule.id == rule_id:
            return rule
    raise NotFound("That rule does not exist, or it was deleted.")


def add_rule(workspace, kind, condition, points, *, actor):
    """A new rule. Raises Invalid for a condition or points that cannot be, and for one too many."""
    rules = rules_of(workspace)
    if len(rules) >= MOST:
        raise Invalid(f"A workspace has up to {MOST} rules, and this one has them. Delete one you do not need first.")
    fields = _checked(workspace, rules, kind, condition, points)
    with db.atomic():
        last = ScoreRule.of(workspace).select(fn.MAX(ScoreRule.position)).scalar() or 0
        rule = ScoreRule.create(workspace=workspace, position=last + 1, **fields)
        _changed(workspace, actor)
    return get_rule(workspace, rule.id)


def change_rule(workspace, rule, kind, condition, points, *, actor):
    """Give a Rule another condition or other points. Raises Invalid, and NotFound when somebody deleted it."""
    others = [one for one in rules_of(workspace) if one.id != rule.id]
    fields = _checked(workspace, others, kind, condition, points)
    with db.atomic():
        one = (ScoreRule.id == rule.id) & (ScoreRule.workspace == workspace)
        if not ScoreRule.update(fields).where(one).execute():
            raise NotFound("Somebody else just deleted that rule.")
        _changed(workspace, actor)


def delete_rule(workspace, rule, *, actor):
    """Delete a Rule; may run twice."""
    with db.atomic():
        if ScoreRule.delete().where(ScoreRule.id == rule.id, ScoreRule.workspace == workspace).execute():
            _changed(workspace, actor)


def begin_with_starting_rules(workspace, *, actor):
    """Give a workspace the STARTING rules. Raises Conflict when it has some."""
    with db.atomic():
        if rules_of(workspace):
            raise Conflict("There are rules already. Add to them, or delete them first.")
        rows = [
            {"workspace": workspace.id, "kind": kind, "condition": text, "points": points, "position": position}
            for position, (kind, text, points) in enumerate(STARTING, 1)
        ]
        ScoreRule.insert_many(rows).execute()
        _changed(workspace, actor)


def starting_rules():
    """The STARTING rules as Rules, to be shown before anybody has them."""
    return tuple(Rule(0, *one) for one in STARTING)


def _checked(workspace, others, kind, condition, points):
    """The columns of a rule beside `others`. Raises Invalid."""
    if condition is None or condition.field == "score" or not _is_asked(workspace, condition):
        raise Invalid("Choose a field and what it should be.", "condition")
    if "me" in condition.values and condition.field == "owner":
        raise Invalid("Name the owner: “me” is somebody else for everybody who looks.", "condition")
    if not points or not -POINTS <= points <= POINTS:
        raise Invalid(f"Write a whole number from −{POINTS} to {POINTS} that is not 0.", "points")
    if any(other.text == str(condition) for other in others):
        raise Invalid("There is a rule for this already. Change the points of that one.", "condition")
    return {"kind": ScoreKind(kind), "condition": str(condition), "points": points}


def _is_asked(workspace, condition):
    """Whether leads here can be asked the condition."""
    if not condition.is_custom:
        return condition.is_sound
    found = next((field for field in fields_of(workspace) if field.slug == condition.slug), None)
    return found is not None and CUSTOM_KINDS[found.kind].takes(condition.op, condition.values)


def _changed(workspace, actor):
    record(actor, "score.changed", workspace.name, workspace=workspace)
    score_running.ask_for_all(workspace.id)
