"""Doing, skipping and putting away the first-run steps. What they are and how far they got is read in queries.py."""

from webapp.core.clock import now
from webapp.core.errors import Forbidden

from .models import SetupStep, StepName, StepState

ABILITIES = {
    StepName.WORKSPACE: "workspace",
    StepName.MAILBOX: "workspace",
    StepName.LEADS: "write",
    StepName.TEAM: "invite",
    StepName.CAMPAIGN: "write",
}
WIZARD = tuple(name for name in StepName if name is not StepName.CAMPAIGN)


def steps_of(member):
    """The steps that `member` may do, in their order; nobody is asked for what they may not do."""
    return tuple(name for name in StepName if member.can(ABILITIES[name]))


def finish(member, name):
    """Write down that the workspace's step `name` is done. Held until the caller's transaction ends."""
    check_may(member, name)
    written = {SetupStep.state: StepState.DONE, SetupStep.changed_at: now()}
    insert = SetupStep.insert(workspace=member.workspace.id, name=name, state=StepState.DONE, changed_at=now())
    insert.on_conflict(conflict_target=[SetupStep.workspace, SetupStep.name], update=written).execute()


def skip(member, name):
    """Leave a step out for now; one that is done stays done."""
    check_may(member, name)
    insert = SetupStep.insert(workspace=member.workspace.id, name=name, state=StepState.SKIPPED, changed_at=now())
    insert.on_conflict_ignore().execute()


def open_again(member, name):
    """Forget that a step was done or skipped."""
    SetupStep.delete().where(SetupStep.workspace == member.workspace.id, SetupStep.name == name).execute()


def put_away(member):
    """Take the card off everybody's Home, whatever is still open: only who may do all of it decides that."""
    check_may(member, StepName.WORKSPACE)
    skip(member, StepName.CAMPAIGN)


def check_may(member, name):
    if not member.can(ABILITIES[name]):
        raise Forbidden("Your role does not allow this step. Leave it to an owner of the workspace.")
