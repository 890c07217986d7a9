"""The rules by which a workspace scores its leads, under /settings: read by everybody, made by whoever sets it up."""

from dataclasses import replace
from typing import NamedTuple

from flask import Blueprint, flash, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import chips, scoring
from ..conditions import Condition
from ..forms.score import ABOUT, LABELS, RuleForm
from ..list_models import ScoreKind
from ..score_reading import Rule, rules_of, sentences, trials
from ..score_running import run_of
from .filtering import asked_for, why_not

bp = Blueprint("score", __name__, url_prefix="/settings/score")


@bp.get("")
@needs("view")
def show():
    rules = rules_of(current_user.workspace)
    shown = rules or scoring.starting_rules()
    around = {"groups": grouped(shown), "words": sentences(current_user, shown), "labels": LABELS, "abouts": ABOUT}
    around["run"] = run_of(current_user.workspace) if rules else None
    around["trial"] = trials(current_user, rules)[0] if rules else None
    return page("leads/score/show.html", "progress", rules=rules, most=scoring.MOST, **around)


def grouped(rules):
    """{ScoreKind: its Rules}, those with the most points first."""
    ordered = sorted(rules, key=lambda rule: -rule.points)
    return {kind: [rule for rule in ordered if rule.kind is kind] for kind in ScoreKind}


@bp.post("/start")
@needs("workspace")
def start():
    scoring.begin_with_starting_rules(current_user.workspace, actor=current_user)
    return back("Leads are being scored by these rules.")


@bp.route("/new", methods=["GET", "POST"])
@needs("workspace")
def new():
    return _edit(None)


@bp.route("/<int:rule_id>", methods=["GET", "POST"])
@needs("workspace")
def edit(rule_id):
    return _edit(scoring.get_rule(current_user.workspace, rule_id))


@bp.route("/<int:rule_id>/delete", methods=["GET", "POST"])
@needs("workspace")
def delete(rule_id):
    rule, form = scoring.get_rule(current_user.workspace, rule_id), FlaskForm()
    if form.validate_on_submit():
        scoring.delete_rule(current_user.workspace, rule, actor=current_user)
        return back("The rule is deleted, and leads are being scored without it.")
    words = sentences(current_user, [rule])[rule]
    return page("leads/score/delete.html", "form", form=form, rule=rule, words=words)


def back(said):
    flash(said, "success")
    return leave(url_for("score.show"))


class Draft(NamedTuple):
    """A condition as the form has it so far: `condition` is None until it can be asked."""

    asked: chips.Asked | None = None
    op: str = ""
    values: tuple = ()
    condition: Condition | None = None


def _edit(rule):
    form, draft = form_of(rule), drafted(rule)
    if form.validate_on_submit():
        try:
            save(rule, form, draft)
        except Invalid as error:
            form.reject(error)
        else:
            return back("Leads are being scored by the changed rules.")
    block = next((part for part in ("trial", "values") if part == request.args.get("part")), "changed")
    known = {name: label for name, label in chips.fields_to_ask(current_user).items() if name != "score"}
    around = {"known": known, **draft._asdict(), **tried(rule, form, draft)}
    status = 422 if form.errors or form.form_errors else 200
    return page("leads/score/rule.html", block, status, form=form, rule=rule, **around)


def form_of(rule):
    """The form as it was typed, or filled with the rule that it changes."""
    kept = {"kind": rule.kind, "points": rule.points} if rule else {}
    return RuleForm(request.values if "field" in request.values else None, data=kept)


def drafted(rule):
    """The Draft that the form has; at first the condition of the rule that it changes."""
    kept = rule and rule.condition
    at_first = kept and "field" not in request.values
    name = kept.field if at_first else request.values.get("field", "")
    asked = chips.asked_field(current_user, name) if name != "score" else None
    if asked is None:
        return Draft()
    asked = replace(asked, choices=tuple(pair for pair in asked.choices if pair[0] != "me"))
    if at_first:
        return Draft(asked, kept.op, kept.values, kept)
    op, values = asked_for(asked)
    condition = Condition.read(str(Condition(asked.name, op, values)))
    return Draft(asked, op, values, condition if condition and asked.kind.takes(op, condition.values) else None)


def save(rule, form, draft):
    if draft.condition is None:
        raise Invalid(why_not(*draft[:3]) if draft.asked else "Choose a field.", "condition")
    typed = (form.kind.data, draft.condition, form.points.data)
    if rule:
        scoring.change_rule(current_user.workspace, rule, *typed, actor=current_user)
    else:
        scoring.add_rule(current_user.workspace, *typed, actor=current_user)


def tried(rule, form, draft):
    """What the rules would make of the newest leads with the one that is written, once it can be asked."""
    if draft.condition is None:
        return {}
    points = form.points.data if abs(form.points.data or 0) <= scoring.POINTS else 0
    written = Rule(rule.id if rule else 0, form.kind.data, str(draft.condition), points or 0)
    others = [one for one in rules_of(current_user.workspace) if one.id != written.id]
    found, before = trials(current_user, [written, *others], [rule, *others] if rule else others)
    return {"trial": found, "meeting": found.met[0], "before": before}
