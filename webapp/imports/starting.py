"""From a matched file to a running import: what a person chose is kept, checked, and set going once."""

from db import db
from webapp.accounts.centers import centers_with
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, Reach
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.jobs import later

from . import options
from .extras import PREFIX, targets
from .models import Import, ImportState
from .options import options_of
from .shapes import remember
from .turns import LEASE

STARTED = "This import has started already, so nothing about it can be changed any more."
MEANWHILE = "This import was changed meanwhile, perhaps in another tab. Reload the page to see how it is now."
CHANGED = "Something about this import was changed after it was checked, perhaps in another tab. Look at it again."


def change(imported, name, make):
    """Write `make(imported)` into its column `name` before the start, and move the version on; nothing where nothing
    changes. What is typed is kept when its field is left, and sent by the button a moment later: where the other came
    first, it is made anew of what that left.

    Raises Conflict once the import has started, and when its file was read another way since it was read here.
    """
    waiting, names = (Import.id == imported.id) & (Import.state == ImportState.UPLOADED), names_of(imported)
    while (value := make(imported)) != getattr(imported, name):
        changes = {name: value, "version": imported.version + 1}
        if Import.update(changes).where(waiting, Import.version == imported.version).execute():
            setattr(imported, name, value)
            imported.version += 1
            return
        fresh = Import.get_or_none(waiting)
        if fresh is None:
            raise Conflict(STARTED)
        if names_of(fresh) != names:
            raise Conflict(MEANWHILE)
        for column in ("columns", "mapping", "options", "version"):
            setattr(imported, column, getattr(fresh, column))


def names_of(imported):
    """The names of its columns, in the file's order."""
    return [column["name"] for column in imported.columns]


def keep_columns(imported, mapping):
    """Keep what each column becomes, valid or not, so that nothing is lost by leaving the page."""
    known = targets(imported.workspace_id)
    mapping = [target if target in known else "" for target in mapping[: len(imported.columns)]]
    mapping += [""] * (len(imported.columns) - len(mapping))
    change(imported, "mapping", lambda imported: mapping)


def keep_options(imported, **chosen):
    """Keep some of the options (see options.py). Raises Invalid at what cannot be; the rest is kept then, too."""
    kept, problem = {}, None
    for name, value in chosen.items():
        try:
            kept |= options.cleaned(imported, {name: value})
        except Invalid as error:
            problem = problem or error
    change(imported, "options", lambda imported: _with(imported, kept))
    if problem:
        raise problem


def _with(imported, kept):
    """The options of `imported` with those of `kept` that say something else."""
    known = options_of(imported)
    return {**imported.options, **{name: one for name, one in kept.items() if one != known[name]}}


def start_import(imported, *, version=None):
    """Set `imported` going with what was kept. Raises Invalid when that cannot work, Conflict a second time, or when
    it is not at the `version` that the person saw.
    """
    check(imported)
    chosen = {**imported.options, **bounds(imported)}
    seen = Import.version if version is None else version
    with db.atomic():
        started = (
            Import.update(state=ImportState.QUEUED, options=chosen, queued_at=now(), lease_until=now() + LEASE)
            .where(Import.id == imported.id, Import.state == ImportState.UPLOADED, Import.version == seen)
            .execute()
        )
        if not started:
            uploaded = Import.get_by_id(imported.id).state is ImportState.UPLOADED
            raise Conflict(CHANGED if uploaded else "This import has started already.")
        later("run_import", imported.id)
        remember(imported)
    imported.options = chosen


def bounds(imported):
    """Within the reach of who brought the file: whose the new leads are, and which leads the rows may change.

    `owner_id` None leaves new leads to nobody or to their center; `sees` None is for whoever sees all leads.
    """
    chosen = options_of(imported)
    of_actor = Membership.user == imported.actor_id
    membership = Membership.of(imported.workspace_id).where(of_actor).first()
    if membership is None or membership.reach is Reach.ALL:
        return {"owner_id": chosen["owner"] if isinstance(chosen["owner"], int) else None, "sees": None}
    centers = []
    if membership.reach is Reach.CENTERS:
        centers = sorted(centers_with(member_of(imported.workspace, membership.user)))
    owner_id = None if chosen["center_id"] in centers else imported.actor_id
    return {"owner_id": owner_id, "sees": {"user": imported.actor_id, "centers": centers}}


def resume_import(imported):
    """Let an import that failed or was stopped go on behind its last whole batch, when it is its turn again."""
    moment = now()
    changes = {"state": ImportState.QUEUED, "lease_until": moment + LEASE}
    if imported.queued_at is not None:  # without it, its first rows do not say what they wrote: see undoing.py
        changes["queued_at"] = moment
    ended = Import.state.in_((ImportState.FAILED, ImportState.CANCELLED)) & (Import.undo == {})
    with db.atomic():
        resumed = Import.update(error="", finished_at=None, **changes).where(Import.id == imported.id, ended).execute()
        if not resumed:
            raise Conflict("This import is not waiting to go on.")
        later("run_import", imported.id)


def check(imported):
    """Raises Invalid with the first thing that keeps the import from starting; its `field` says on which step."""
    check_columns(imported)
    chosen = options_of(imported)
    options.cleaned(imported, {"owner": chosen["owner"]})  # who left since it was chosen
    if "email" not in imported.mapping and not chosen["without_email"]:
        raise Invalid("Choose a column for E-mail, or tick that you want leads you cannot write to.", "without_email")
    if chosen["key"] not in options.keys_for(imported):
        raise Invalid("The column that rows are matched by is not imported any more. Choose another way.", "key")
    if chosen["owner"] == options.SHARE and not chosen["share"]:
        raise Invalid("Choose who takes part, or another owner.", "share")
    if not chosen["basis"]:
        raise Invalid("Say why you may write to these people, or leave those out whom you may not write to.", "basis")


def check_columns(imported):
    """The same for the columns alone."""
    known = targets(imported.workspace_id)
    for column, chosen in zip(imported.columns, imported.mapping, strict=True):
        if chosen and chosen not in known:
            sentence = (
                f"The field that “{column['name']}” was to become was deleted. Choose another one, or leave it out."
            )
            raise Invalid(sentence, "columns")
    for target, label in known.items():
        columns = [
            column["name"]
            for column, chosen in zip(imported.columns, imported.mapping, strict=True)
            if chosen == target
        ]
        if len(columns) > 1:
            names = " and ".join(f"“{name}”" for name in columns[:3])
            sentence = f"{label} is chosen for {names}. Keep one of them and choose “Do not import” for the rest."
            raise Invalid(sentence, "columns")
    if problem := lacking(imported.mapping):
        raise Invalid(problem, "columns")


def lacking(mapping):
    """Why no row could become a lead under `mapping`; "" when some can."""
    has_name = {"full_name", "first_name", "last_name"} & set(mapping)
    by_field = any(target.startswith(PREFIX) for target in mapping)  # which may find leads that are here
    if "email" in mapping or by_field or (has_name and ("company" in mapping or "website" in mapping)):
        return ""
    return "Choose a column for E-mail, or one for the name and one for the company: a lead needs one or the other."
