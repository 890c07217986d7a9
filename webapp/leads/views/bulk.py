"""Changes to the ticked leads or to all of the view: which they are, what to do with them, and doing it."""

from typing import NamedTuple

from flask import flash, request, url_for
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.accounts.models import Reach
from webapp.core.errors import Invalid, NotFound
from webapp.web.filters import about, number, plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import bulk, bulk_running, queries
from ..filters import Filter
from ..forms.bulk import asked
from ..list_models import BulkState
from ..tags import tags_of
from .lists import table_context
from .shared import bp, chosen_filter, list_address, owners, places, whole_view

KINDS = ("stage", "owner", "tag", "center", "export", "delete")
EXACT = 10_000  # leads; more are said to be "about" as many


class Picked(NamedTuple):
    """The leads that were chosen in the list of the Filter `chosen`: those with `ids`, or all when there are none."""

    chosen: Filter
    ids: tuple

    @property
    def pairs(self):
        """What names them in an address or a form, besides the filter."""
        return [("lead", lead_id) for lead_id in self.ids] or [("all", 1)]

    @property
    def many(self):
        """How many they are, in words: "3 leads", "all 340 leads", "about 12,400 leads", "over 2,000 leads"."""
        if self.ids:
            return plural(len(self.ids), "lead")
        words = in_words(queries.stage_totals(current_user, self.chosen))
        return "1 lead" if words == "1" else f"{'all ' if words[0].isdigit() else ''}{words} leads"

    def address(self, endpoint):
        """The address of `endpoint` for a form that says the rest."""
        return url_for(endpoint) + self.chosen.query(page=self.chosen.page, start=self.chosen.start)


@bp.app_template_filter("how_many")
def in_words(totals):
    """How many leads these totals are, as far as that is known: "340", "about 12,400", "over 2,000"."""
    if totals is None:
        return f"over {number(queries.WALK)}"
    total = sum(leads for leads, _ in totals.values())
    return about(total) if total > EXACT else number(total)


def picked_leads():
    """The Picked of this request. Raises Invalid when it names none, and NotFound when the member sees none of them."""
    if request.values.get("all"):
        return Picked(whole_view(), ())
    ids = bulk.unpack(".".join(request.values.getlist("lead")))
    if not ids:
        raise Invalid("Tick at least one lead first.")
    if not (seen := bulk.seen(current_user, ids)):
        raise NotFound("These leads do not exist, or they were deleted.")
    return Picked(chosen_filter(), seen)


@bp.get("/bulk")
@needs("write")
def bulk_ask():
    try:
        return asking(picked_leads(), request.args.get("do"))
    except Invalid as error:
        return to_list(error)


def choosing(template, **choices):
    """The page that asks where the ticked leads, or all of a view, go to; back to the list when none are ticked."""
    try:
        picked = picked_leads()
    except Invalid as error:
        return to_list(error)
    return page(template, picked=picked, back=list_address(picked.chosen), section="leads", **choices)


def to_list(error):
    """Back to where leads are ticked, with what is missing."""
    flash(str(error), "info")
    return leave(list_address(chosen_filter()))


def asking(picked, kind, error=None):
    """The choices of one kind of change."""
    if kind not in KINDS:
        raise Invalid("Choose what to do with these leads.")
    lists = {"owners": owners() if kind == "owner" else (), "nobody": current_user.reach is not Reach.OWN}
    lists["tags"] = tags_of(current_user.workspace) if kind == "tag" else ()
    back, status = list_address(picked.chosen), 422 if error else 200
    shown = {"picked": picked, "kind": kind, "error": error, "back": back, **lists, **places(picked.chosen)}
    return page("leads/bulk_ask.html", "form", status, chosen=picked.chosen, **shown)


@bp.post("/bulk")
@needs("write")
def bulk_begin():
    member, picked, kind = current_user._get_current_object(), picked_leads(), request.form.get("do")
    lists = (owners(), open_to(member), member.workspace)
    try:
        data, words = asked(kind, *lists, may_be_nobody=member.reach is not Reach.OWN)
    except Invalid as error:
        return asking(picked, "tag" if kind == "untag" else kind, error)
    return begun(bulk_running.begin(member, kind, {**data, "words": words}, picked.chosen, picked.ids), picked)


def begun(action, picked):
    """The list as it is now, with an Undo; the page of the action while it still runs."""
    if action.state is not BulkState.DONE:
        return leave(url_for("leads.bulk_show", action_id=action.id))
    if action.changed:
        url = url_for("leads.bulk_undo", action_id=action.id)
        words = f"{plural(action.changed, 'lead')} {action.data['words']}"
        flash({"text": words, "action": "Undo", "url": url}, "success")
    else:
        flash("Nothing to change: all of these leads are so already.", "info")
    chosen = picked.chosen
    return parts("leads/bulk.parts.html", list_address(chosen), **table_context(chosen))
