"""What the editor shows beside the text: who it reaches, what they lack, how it reads, what keeps it from starting."""

from dataclasses import dataclass, field

from markupsafe import Markup

from webapp import config
from webapp.core.errors import Invalid
from webapp.leads.models import Lead
from webapp.mail import merge_fields

from . import audience, drafts, links
from .claiming import message_of
from .models import Campaign

AROUND = 12  # leads to choose from on either side of the one that is shown


@dataclass
class Sheet:
    """The page beside the text. `lead` is whom the preview is for; `subject` is as that lead would see it, or None."""

    campaign: Campaign | None
    count: audience.Count
    tags: list
    words: int
    seconds: int
    sender: str
    known: merge_fields.Known
    problems: list = field(default_factory=list)
    choices: list = field(default_factory=list)
    previous: Lead | None = None
    lead: Lead | None = None
    next: Lead | None = None
    subject: Markup | None = None

    @property
    def fields(self):
        """(tag, label, how many of the audience lack it) of each merge tag in use."""
        return [(tag, tag.label, self.count.empty.get(tag.name, 0)) for tag in self.tags]

    @property
    def warnings(self):
        """The fields that would be read as nothing by somebody."""
        return [(tag, label, lack) for tag, label, lack in self.fields if lack and not tag.fallback]


def blank(member, chosen):
    """The Sheet of a campaign that is not kept yet, for the audience `chosen`."""
    known = merge_fields.known(member.workspace)
    return Sheet(None, audience.counted(member, chosen), [], 0, 0, config.current().mail_from, known)


def sheet(member, campaign, step, lead_id=None):
    """The Sheet of a draft, previewed as the lead `lead_id` or the first after it."""
    known = merge_fields.known(campaign.workspace_id)
    tags = drafts.fields_used(step, known)
    count = audience.counted(member, campaign.whom, [tag.name for tag in tags], known.own)
    words, seconds = drafts.reading(step.body)
    made = Sheet(campaign, count, tags, words, seconds, config.current().mail_from, known)
    made.problems = drafts.problems(campaign, step, known)
    if not count.reached:
        made.problems.append(Invalid("Nobody in this audience can be written to.", "kind"))
    _choose(made, member, campaign, lead_id or 0)
    if made.lead is not None:
        try:
            made.subject, _ = preview(campaign, step, made.lead, known)
        except Invalid:
            made.subject = None  # the problems say why
    return made


def _choose(made, member, campaign, lead_id):
    people = audience.of(member, campaign.whom).where(Lead.email != "")
    after = list(people.where(Lead.id >= lead_id).order_by(Lead.id).limit(AROUND))
    before = list(people.where(Lead.id < lead_id).order_by(Lead.id.desc()).limit(AROUND)) if lead_id else []
    if not after and before:
        after.append(before.pop(0))
    made.choices = [*reversed(before), *after]
    made.previous = before[0] if before else None
    made.lead = after[0] if after else None
    made.next = after[1] if len(after) > 1 else None


def preview(campaign, step, lead, known=None):
    """(subject, HTML page) of the step as `lead` would get it. Raises Invalid while it cannot be sent."""
    known = known or merge_fields.known(campaign.workspace_id)
    message = message_of(campaign, step, known)
    more = known.texts([lead.id], message.custom)
    return message.preview(lead, links.unsubscribe_url(links.TEST), more.get(lead.id))
