"""From a matched file to a running import: what a person chose is kept, checked, and set going once."""

from datetime import timedelta

from db import db
from webapp.accounts.centers import centers_with
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, Reach
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.jobs import later

from .extras import targets
from .models import Import, ImportState, Policy

WAKE = timedelta(seconds=20)  # a job that was lost on its way is sent again after this


def keep_choices(imported, *, mapping, policy, consent=False, without_email=False, center_id=None):
    """Keep what was chosen so far, valid or not, so that nothing is lost by leaving the page."""
    known = targets(imported.workspace_id)
    mapping = [target if target in known else "" for target in mapping[: len(imported.columns)]]
    mapping += [""] * (len(imported.columns) - len(mapping))
    options = {
        **imported.options,
        "policy": Policy(policy).value,
        "consent": bool(consent),
        "without_email": bool(without_email),
        "center_id": center_id,
    }
    kept = (
        Import.update(mapping=mapping, options=options)
        .where(Import.id == imported.id, Import.state == ImportState.UPLOADED)
        .execute()
    )
    if not kept:
        raise Conflict("This import has started already, so its columns cannot be changed any more.")
    imported.mapping, imported.options = mapping, options


def start_import(imported):
    """Set `imported` going with what was kept. Raises Invalid when that cannot work, Conflict a second time."""
    check(imported)
    options = {**imported.options, **_bounds(imported)}
    with db.atomic():
        started = (
            Import.update(state=ImportState.QUEUED, options=options, lease_until=now() + WAKE)
            .where(Import.id == imported.id, Import.state == ImportState.UPLOADED)
            .execute()
        )
        if not started:
            raise Conflict("This import has started already.")
        later("run_import", imported.id)
    imported.options = options


def _bounds(imported):
    """Within the reach of who brought the file: whose the new leads are, and which leads the rows may change.

    `owner_id` None leaves new leads to nobody or to their center; `sees` None is for whoever sees all leads.
    """
    of_actor = Membership.user == imported.actor_id
    membership = Membership.of(imported.workspace_id).where(of_actor).first()
    if membership is None or membership.reach is Reach.ALL:
        return {"owner_id": None, "sees": None}
    centers = []
    if membership.reach is Reach.CENTERS:
        centers = sorted(centers_with(member_of(imported.workspace, membership.user)))
    owner_id = None if imported.options.get("center_id") in centers else imported.actor_id
    return {"owner_id": owner_id, "sees": {"user": imported.actor_id, "centers": centers}}


def resume_import(imported):
    """Let a failed import go on behind its last whole batch."""
    with db.atomic():
        resumed = (
            Import.update(state=ImportState.QUEUED, lease_until=now() + WAKE, error="", finished_at=None)
            .where(Import.id == imported.id, Import.state == ImportState.FAILED)
            .execute()
        )
        if not resumed:
            raise Conflict("This import is not waiting to go on.")
        later("run_import", imported.id)


def check(imported):
    """Raises Invalid with the first thing that keeps the import from starting."""
    for target, label in targets(imported.workspace_id).items():
        columns = [
            column["name"]
            for column, chosen in zip(imported.columns, imported.mapping, strict=True)
            if chosen == target
        ]
        if len(columns) > 1:
            names = " and ".join(f"“{name}”" for name in columns[:3])
            raise Invalid(f"{label} is chosen for {names}. Keep one of them and choose “Do not import” for the rest.")
    if problem := lacking(imported.mapping):
        raise Invalid(problem)
    if "email" not in imported.mapping and not imported.options.get("without_email"):
        raise Invalid("Choose a column for E-mail, or tick that you want leads you cannot write to.", "without_email")
    if not imported.options.get("consent"):
        raise Invalid("Tick this box to go on, or leave the people out whom you may not write to.", "consent")


def lacking(mapping):
    """Why no row could become a lead under `mapping`; "" when some can."""
    has_name = {"full_name", "first_name", "last_name"} & set(mapping)
    if "email" in mapping or (has_name and "company" in mapping):
        return ""
    return "Choose a column for E-mail, or one for the name and one for the company: a lead needs one or the other."
