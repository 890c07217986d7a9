"""What the editor shows beside the text: who it reaches, what they lack, how it reads, what keeps it from starting."""

from dataclasses import dataclass, field
from math import ceil

from markupsafe import Markup

from webapp import config
from webapp.accounts.models import Workspace
from webapp.core.errors import Conflict, Invalid
from webapp.leads.models import Lead
from webapp.mail import merge_fields, merging, rich
from webapp.mail.mailbox_models import Mailbox, MailboxKind

from . import attachments, audience, counting, drafts, hints, links, snippets, steps, windows
from .messages import FIRST, Text, mailbox_of, message_of, text_of, versions_of, written
from .models import Campaign, CampaignMailbox, CampaignState, Step, StepKind

AROUND = 12  # leads to choose from on either side of the one that is shown


@dataclass
class Card:
    """A step in the sequence: "Day 3", "Follow-up", "Re: Two references"."""

    step: Step
    day: str
    label: str
    glyph: str
    text: str
    fixed: bool  # somebody got it


@dataclass
class Sheet:
    """The page beside the text. `lead` is whom the preview is for; `subject` is as that lead would see it, or None."""

    campaign: Campaign | None
    count: audience.Count
    known: merge_fields.Known
    sender: str = ""
    step: Step | None = None
    text: Text | None = None
    letters: list = field(default_factory=list)  # the Texts of the step
    cards: list = field(default_factory=list)
    passed: int = 0
    tags: list = field(default_factory=list)
    words: int = 0
    seconds: int = 0
    problems: list = field(default_factory=list)
    hints: list = field(default_factory=list)
    files: list = field(default_factory=list)
    snippets: list = field(default_factory=list)
    mailboxes: list = field(default_factory=list)
    chosen: list = field(default_factory=list)  # ids of those that it sends through
    choices: list = field(default_factory=list)
    previous: Lead | None = None
    lead: Lead | None = None
    next: Lead | None = None
    subject: Markup | None = None

    @property
    def letter(self):
        return self.text.letter if self.text else FIRST

    @property
    def is_mail(self):
        return self.step is None or self.step.kind is StepKind.EMAIL

    @property
    def is_draft(self):
        return self.campaign is None or self.campaign.state is CampaignState.DRAFT

    @property
    def length(self):
        """ "3 messages, 7 days" as two numbers: mails, and the day of the last step."""
        mails = sum(card.step.kind is StepKind.EMAIL for card in self.cards)
        return mails, sum(map(_wait, (card.step for card in self.cards)))

    @property
    def send_words(self):
        """When mails leave: "Mon to Fri, 9:00 to 16:00, lead’s time"."""
        return windows.words(self.campaign) if self.campaign else windows.ANY

    @property
    def from_words(self):
        """Through what: "hello@galena.example, 40 a day"."""
        chosen = [mailbox for mailbox in self.mailboxes if mailbox.id in self.chosen]
        if not chosen:
            return self.sender
        caps = [mailbox.daily_cap for mailbox in chosen]
        cap = f", {sum(caps)} a day" if all(caps) else ""
        return (chosen[0].email if len(chosen) == 1 else f"{len(chosen)} mailboxes") + cap

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
    made = Sheet(None, audience.counted(member, chosen), known, config.current().mail_from)
    made.snippets, made.mailboxes = snippets.snippets_of(member.workspace.id), mailboxes_of(member.workspace.id)
    first = Step(id=0, position=1, kind=StepKind.EMAIL)
    made.cards = [Card(first, "Day 0", "E-mail", "mail", "", False)]
    return made


def mailboxes_of(workspace_id):
    """The mailboxes that a campaign may choose; the server's stands for none."""
    own = Mailbox.of(workspace_id).where(Mailbox.kind != MailboxKind.SERVER)
    return list(own.order_by(Mailbox.email, Mailbox.id))


def chosen_mailboxes(campaign):
    """The ids of the mailboxes that a campaign chose."""
    rows = CampaignMailbox.select(CampaignMailbox.mailbox).where(CampaignMailbox.campaign == campaign.id)
    return [row.mailbox_id for row in rows]


def sheet(member, campaign, step, lead_id=None, letter=FIRST, *, typing=False):
    """The Sheet of a campaign at a version of one of its steps, previewed as the lead `lead_id` or the next one.

    `typing`: who is in the audience is counted again only when what tells that has changed.
    """
    known, steps_ = merge_fields.known(campaign.workspace_id), written(campaign)
    texts = next(each.texts for each in steps_ if each.step.id == step.id)
    text = next((each for each in texts if each.letter == letter), texts[0])
    tags = drafts.fields_used(text, known, step.is_rich) if step.kind is StepKind.EMAIL else []
    count = counting.counted(member, campaign, [tag.name for tag in tags], known.own, keep=typing)
    made = Sheet(campaign, count, known, config.current().mail_from, step, text, texts)
    made.mailboxes, made.chosen = mailboxes_of(campaign.workspace_id), chosen_mailboxes(campaign)
    mailbox = next((each for each in made.mailboxes if each.id in made.chosen), None)
    made.sender = mailbox.email if mailbox else made.sender
    made.tags = tags
    made.words, made.seconds = drafts.reading(_words_of(step, text))
    made.passed = steps.passed(campaign)
    made.cards = _cards([each.step for each in steps_], made.passed)
    made.files, made.snippets = attachments.attached(step), snippets.snippets_of(campaign.workspace_id)
    made.problems = drafts.problems(campaign, step, known, letter, steps_)
    if not count.reached and made.is_draft:
        made.problems.append(Invalid("Nobody in this audience can be written to.", "kind"))
    if step.kind is StepKind.EMAIL:
        made.hints = hints.hints(text.subject, text.body, step.is_rich)
    _choose(made, member, campaign, lead_id or 0)
    if made.lead is not None:
        try:
            before = [each.step for each in steps_ if each.step.position < step.position]
            made.subject, _ = _previewed(campaign, step, made.lead, known, text, mailbox, drafts.thread_of(before))
        except Invalid:
            made.subject = None  # the problems say why
    return made


def place(campaign, step_id=None, letter=FIRST):
    """The step of a campaign to be shown, with its workspace, and the letter of its version that is.

    The first one where that step or version does not exist. Raises Conflict when it has none at all.
    """
    mine = Step.select(Step, Workspace).join(Workspace).where(Step.campaign == campaign.id)
    step = mine.where(Step.id == step_id).first() if step_id else None
    step = step or mine.order_by(Step.position).first()
    if step is None:
        raise Conflict(steps.GONE)
    known = any(version.letter == letter for version in versions_of(step))
    return step, letter if known else FIRST


def _words_of(step, text):
    return rich.bare(rich.clean(text.body)) if step.is_rich else text.body


def _wait(step):
    if step.position == 1:
        return 0
    return ceil(step.wait_days * 7 / 5) if step.working_days else step.wait_days


GLYPHS = {StepKind.CALL: "phone", StepKind.LINKEDIN: "user-plus", StepKind.TASK: "square-check"}


def _cards(sequence, passed):
    made, day, about = [], 0, ""
    for index, step in enumerate(sequence):
        day += _wait(step)
        about = about or ("about " if step.working_days and step.position > 1 else "")
        follows = drafts.threads(step) and step.kind is StepKind.EMAIL
        label = "Follow-up" if follows else steps.KINDS[step.kind.value]
        text = step.subject or (drafts.thread_of(sequence[:index]) if follows else "")
        glyph = "reply" if follows else GLYPHS.get(step.kind, "mail")
        made.append(Card(step, f"Day {about}{day}", label, glyph, merging.braced(text), step.position <= passed))
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


def preview(campaign, step, lead, known=None, letter=FIRST):
    """(subject, HTML page) of a version of the step as `lead` would get it. Raises Invalid while it cannot be sent."""
    known = known or merge_fields.known(campaign.workspace_id)
    text = text_of(step, letter, versions_of(step))
    text = text._replace(subject=drafts.subject_of(campaign, step, text))
    return _previewed(campaign, step, lead, known, text, mailbox_of(campaign))


def _previewed(campaign, step, lead, known, text, mailbox, thread=""):
    if step.kind is not StepKind.EMAIL:
        return None, ""
    if not text.subject.strip() and drafts.threads(step):
        text = text._replace(subject=thread)
    message = message_of(campaign, step, known, text=text, mailbox=mailbox, attachments=())
    more = known.texts([lead.id], message.custom)
    return message.preview(lead, links.unsubscribe_url(links.TEST), more.get(lead.id))
