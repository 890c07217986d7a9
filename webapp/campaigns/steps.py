"""The sequence of a campaign as it is written: its steps in order, the waits between them, their versions."""

from string import ascii_uppercase

from peewee import fn

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.mail import rich

from . import settling
from .messages import FIRST, text_of, versions_of
from .models import Campaign, CampaignState, Delivery, Recipient, Step, StepKind
from .writing_models import Attachment, StepVersion

MOST = 20  # steps of a campaign
LETTERS = ascii_uppercase[:5]
KINDS = {
    "email": "E-mail",
    "follow_up": "Follow-up in the same thread",
    "call": "Call",
    "linkedin": "LinkedIn",
    "task": "Task",
}
GONE = "This step was deleted meanwhile, perhaps in another window. Copy what you wrote, then choose another step."
OPEN = (CampaignState.DRAFT, CampaignState.PAUSED)
WAITS = 3  # days, before a new step


def steps_of(campaign):
    """The campaign's Steps in order."""
    return list(Step.select().where(Step.campaign == campaign.id).order_by(Step.position))


def step_of(campaign, step_id):
    """The step of `campaign` with this id. Raises Conflict when it has gone."""
    step = Step.get_or_none(Step.campaign == campaign.id, Step.id == step_id)
    if step is None:
        raise Conflict(GONE)
    return step


def passed(campaign):
    """The position of the last step that somebody got; 0 when nobody got any."""
    if campaign.state is CampaignState.DRAFT:
        return 0
    ahead = Recipient.select(fn.MAX(Recipient.position)).where(Recipient.campaign == campaign.id).scalar() or 1
    mailed = Step.select(fn.MAX(Step.position)).join(Delivery).where(Delivery.campaign == campaign.id).scalar() or 0
    return max(ahead - 1, mailed)


def hold(campaign):
    """Make sure that `campaign` may be changed until the transaction ends. Raises Conflict when it may not."""
    still = (Campaign.id == campaign.id) & Campaign.state.in_(OPEN)
    if not Campaign.update(updated_at=now()).where(still).execute():
        state = Campaign.select(Campaign.state).where(Campaign.id == campaign.id).scalar()
        if state is CampaignState.SENDING:
            raise Conflict(f"{campaign.name} was started meanwhile. Pause it to change what it says.")
        raise Conflict(f"{campaign.name} has ended, so it cannot change any more. Clone it to go on.")


def add_step(campaign, kind, *, after=None):
    """A new step of a kind of KINDS behind the step `after` (an id), else at the end. Raises Invalid, Conflict."""
    if kind not in KINDS:
        raise Invalid("Choose what kind of step to add.")
    with db.atomic():
        hold(campaign)
        steps = steps_of(campaign)
        _check_room(steps)
        made = Step.create(
            workspace=campaign.workspace_id,
            campaign=campaign,
            position=len(steps) + 1,
            kind=StepKind.EMAIL if kind == "follow_up" else StepKind(kind),
            in_thread=kind == "follow_up",
            wait_days=WAITS if steps else 0,
        )
        _put(campaign, made, after)
    return made


def _check_room(steps):
    if len(steps) >= MOST:
        raise Invalid(f"A campaign has up to {MOST} steps. Delete one first.")


def _put(campaign, step, after):
    """Let the new last step stand behind the step `after`, but not before one that somebody got."""
    places = {each.id: each.position for each in steps_of(campaign)}
    if after in places:
        move_step(campaign, step.id, max(places[after], passed(campaign)) + 1)


def move_step(campaign, step_id, to):
    """Let a step be number `to`; the rest moves up or down. Raises Conflict where somebody got a step already."""
    with db.atomic():
        hold(campaign)
        steps = steps_of(campaign)
        moved = next((step for step in steps if step.id == step_id), None)
        if moved is None:
            raise Conflict(GONE)
        to = min(max(1, to), len(steps))
        if to != moved.position and min(moved.position, to) <= passed(campaign):
            raise Conflict("Somebody got that step already, so it stays where it is.")
        steps.remove(moved)
        steps.insert(to - 1, moved)
        _number(campaign, steps)


def _number(campaign, steps):
    """Positions are unique, so all go out of the way before each gets its own. The first waits for nothing."""
    Step.update(position=Step.position * -1).where(Step.campaign == campaign.id).execute()
    for position, step in enumerate(steps, 1):
        changes = {"position": position} | ({"wait_days": 0} if position == 1 else {})
        if position > 1 and step.position == 1 and not step.wait_days:
            changes["wait_days"] = WAITS
        Step.update(changes).where(Step.id == step.id).execute()


def duplicate_step(campaign, step_id):
    """A copy of a step with its versions and files, right behind it. Raises Invalid, Conflict."""
    with db.atomic():
        hold(campaign)
        _check_room(steps := steps_of(campaign))
        step = step_of(campaign, step_id)
        copied = {name: getattr(step, name) for name in ("kind", "working_days", "in_thread", "is_rich", "is_on")}
        copied |= {name: getattr(step, name) for name in ("subject", "preheader", "body")}
        made = Step.create(
            workspace=campaign.workspace_id, campaign=campaign, position=len(steps) + 1,
            wait_days=step.wait_days or WAITS, **copied,
        )  # fmt: skip
        for model, names in (
            (StepVersion, "letter subject preheader body is_on"),
            (Attachment, "name mimetype size data"),
        ):
            columns = [getattr(model, name) for name in names.split()]
            rows = model.select(model.workspace, made.id, *columns).where(model.step == step.id).order_by(model.id)
            model.insert_from(rows, [model.workspace, model.step, *columns]).execute()
        _put(campaign, made, step.id)
    return made


def delete_step(campaign, step_id):
    """Who waits for it goes on with the next one, or is through. Raises Conflict when somebody got it, Invalid when it
    is the only one.
    """
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id)
        if step.position <= passed(campaign):
            raise Conflict("Somebody got that step already, so it cannot be deleted.")
        rest = [each for each in steps_of(campaign) if each.id != step.id]
        if not rest:
            raise Invalid("A campaign has one step at least. Change this one instead.")
        Step.delete().where(Step.id == step.id).execute()
        _number(campaign, rest)
        settling.end_behind(campaign.id, len(rest))


def set_format(campaign, step_id, is_rich):
    """Make a step's texts formatted, or plain; each keeps what it says. Raises Conflict."""
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id)
        if step.is_rich == is_rich:
            return
        turned = rich.from_plain if is_rich else lambda html: rich.text_of(rich.clean(html))
        Step.update(is_rich=is_rich, body=turned(step.body)).where(Step.id == step.id).execute()
        for version in versions_of(step):
            StepVersion.update(body=turned(version.body)).where(StepVersion.id == version.id).execute()


# ------------------------------------------------------------------- versions


def add_version(campaign, step_id):
    """Another version of a step that begins as a copy of its own text; returns its letter. Raises Invalid, Conflict."""
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id)
        taken = {version.letter for version in versions_of(step)} | {FIRST}
        free = [letter for letter in LETTERS if letter not in taken]
        if not free:
            raise Invalid(f"A step has up to {len(LETTERS)} versions. Delete one first.")
        text = text_of(step)
        StepVersion.create(
            workspace=step.workspace_id, step=step, letter=free[0], subject=text.subject, preheader=text.preheader,
            body=text.body,
        )  # fmt: skip
    return free[0]


def switch_version(campaign, step_id, letter, on):
    """Let new recipients get a version, or not any more. Raises Conflict, Invalid when none would be on."""
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id)
        versions = versions_of(step)
        states = {FIRST: step.is_on, **{version.letter: version.is_on for version in versions}}
        if letter not in states:
            raise Conflict("That version was deleted meanwhile, perhaps in another window.")
        if not any({**states, letter: on}.values()):
            raise Invalid("One version has to be on. Switch another one on first.")
        if letter == FIRST:
            Step.update(is_on=on).where(Step.id == step.id).execute()
        else:
            StepVersion.update(is_on=on).where(StepVersion.step == step.id, StepVersion.letter == letter).execute()


def delete_version(campaign, step_id, letter):
    """Raises Conflict when somebody got it, Invalid for the step's own text."""
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id)
        if letter == FIRST:
            raise Invalid("Version A is the step itself. Switch it off instead.")
        if Delivery.select().where(Delivery.step == step.id, Delivery.version == letter).exists():
            raise Conflict(f"Somebody got version {letter} already. Switch it off instead.")
        StepVersion.delete().where(StepVersion.step == step.id, StepVersion.letter == letter).execute()
        others = StepVersion.select().where(StepVersion.step == step.id, StepVersion.is_on)
        if not step.is_on and not others.exists():
            Step.update(is_on=True).where(Step.id == step.id).execute()
