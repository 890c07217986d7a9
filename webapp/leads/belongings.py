"""What belongs to a lead, table by table, and what becomes of it when the lead is merged into another.

Every reference to Lead has a rule here, whichever capability it belongs to; a test fails for one without.
"""

from enum import Enum
from typing import NamedTuple

from peewee import fn

from .models import Activity, ActivityKind, Lead


class Way(Enum):
    MOVE = "it moves to the lead that stays"
    ONE_EACH = "it moves, but where the lead that stays has one of its own already"
    FOLLOW = "it moves, but what is not sent yet stays with a recipient that stays behind"
    CHOSEN = "a member chooses, and merging.py writes it"
    STAY = "it says something about the lead that goes alone"


class Rule(NamedTuple):
    way: Way
    one: str = ""
    many: str = ""


RULES = {
    "activity.lead": Rule(Way.MOVE, "other entry of its timeline", "other entries of its timeline"),
    "todo.lead": Rule(Way.MOVE, "to-do", "to-dos"),
    "delivery.lead": Rule(Way.FOLLOW, "campaign mail", "campaign mails"),
    "recipient.lead": Rule(Way.ONE_EACH, "place in a campaign", "places in campaigns"),
    "hand_over.lead": Rule(Way.MOVE, "hand-over", "hand-overs"),
    "import_row.lead": Rule(Way.MOVE, "row of an import", "rows of imports"),
    "undo_kept.lead": Rule(Way.MOVE, "line of an undone import", "lines of undone imports"),
    "lead.merged_into": Rule(Way.MOVE, "lead that was merged into it before", "leads that were merged into it before"),
    "lead_tag.lead": Rule(Way.CHOSEN),
    "custom_value.lead": Rule(Way.CHOSEN),
    "bulk_item.lead": Rule(Way.STAY),
    "enrichment_result.lead": Rule(Way.MOVE, "company in an enrichment", "companies in enrichments"),
    "mail_thread.lead": Rule(Way.MOVE, "mail thread", "mail threads"),
    "thread_message.lead": Rule(Way.MOVE, "mail", "mails"),
    "mail_draft.lead": Rule(Way.MOVE, "draft of a mail", "drafts of mails"),
    "lead_write.lead": Rule(Way.STAY),
    "fact_conflict.lead": Rule(Way.STAY),
    "not_duplicate.first": Rule(Way.STAY),
    "not_duplicate.second": Rule(Way.STAY),
}
WRITTEN = {
    ActivityKind.NOTE: ("note", "notes"),
    ActivityKind.CALL: ("call", "calls"),
    ActivityKind.WRITTEN: ("e-mail written by hand", "e-mails written by hand"),
}


class Part(NamedTuple):
    """So many of something."""

    count: int
    one: str
    many: str


def references():
    """[(foreign key, Rule)] of everything that refers to a lead. Raises KeyError for what has no rule."""
    return [(key, RULES[name_of(key)]) for key in Lead._meta.backrefs if key.model._meta.database]


def name_of(key):
    return f"{key.model._meta.table_name}.{key.name}"


def moving(keep_id, other_id):
    """The Parts that a merge moves, what members wrote first."""
    found = []
    for key, rule in references():
        if key.model is Activity:
            found += _entries(other_id, rule)
        elif rule.way in (Way.MOVE, Way.FOLLOW, Way.ONE_EACH):
            found.append(Part(_mine(key, rule, keep_id, other_id).count(), rule.one, rule.many))
    return [part for part in found if part.count]


def _entries(lead_id, rule):
    kinds = Activity.select(Activity.kind, fn.COUNT(Activity.id)).where(Activity.lead == lead_id)
    counts = dict(kinds.group_by(Activity.kind).tuples())
    written = [Part(counts.pop(kind, 0), *words) for kind, words in WRITTEN.items()]
    return [*written, Part(sum(counts.values()), rule.one, rule.many)]


def staying_behind(keep_id, other_id):
    """How many campaigns both leads are in: each goes on with one of the two."""
    shared = 0
    for key, rule in references():
        if rule.way is Way.ONE_EACH:
            both = key.model.select().where(key == other_id)
            shared += both.count() - _mine(key, rule, keep_id, other_id).count()
    return shared


def move(keep_id, other_id):
    """Give the lead that stays what belongs to the one that goes, in the caller's transaction."""
    ordered = sorted(references(), key=lambda pair: pair[1].way is Way.FOLLOW)  # those last: they follow recipients
    for key, rule in ordered:
        if rule.way is Way.ONE_EACH:
            _swap_outranked(key, keep_id, other_id)
        if rule.way in (Way.MOVE, Way.FOLLOW, Way.ONE_EACH):
            rows = _mine(key, rule, keep_id, other_id)
            key.model.update({key: keep_id}).where(key.model.id.in_(rows)).execute()


def _mine(key, rule, keep_id, other_id):
    """The ids of the rows that move."""
    model = key.model
    rows = model.select(model.id).where(key == other_id)
    if rule.way is Way.ONE_EACH:
        theirs = model.alias()
        taken = theirs.select(theirs.campaign).where(theirs.lead == keep_id)
        return rows.where(model.campaign.not_in(taken))
    if rule.way is Way.FOLLOW:
        recipient = model.recipient.rel_model
        behind = recipient.select(recipient.id).where(recipient.lead == other_id)
        return rows.where((model.state != "claimed") | model.recipient.not_in(behind))
    return rows


def _swap_outranked(key, keep_id, other_id):
    """Where both are in a campaign, the lead that stays goes on with the place that was written to already."""
    model = key.model
    mine, theirs = model.alias(), model.alias()
    pairs = mine.select(mine.id, theirs.id).join(theirs, on=(mine.campaign == theirs.campaign))
    waiting = (mine.lead == keep_id) & (theirs.lead == other_id) & (mine.state == "queued") & (theirs.state != "queued")
    for kept_id, gone_id in list(pairs.where(waiting).tuples()):
        model.update({key: None}).where(model.id == kept_id).execute()
        model.update({key: keep_id}).where(model.id == gone_id).execute()
        model.update({key: other_id}).where(model.id == kept_id).execute()
