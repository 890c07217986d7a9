"""Files that go with a draft's mail."""

from db import db, is_sqlite
from webapp.core.errors import Conflict, Invalid
from webapp.mail import files

from .models import Draft, DraftFile

LARGEST = 10_000_000  # bytes, of all the files of one mail
MOST = 20
_LISTED = (DraftFile.id, DraftFile.draft, DraftFile.name, DraftFile.mimetype, DraftFile.size)


def files_of(draft):
    """The DraftFiles of a Draft without their bytes."""
    return list(DraftFile.select(*_LISTED).where(DraftFile.draft == draft.id).order_by(DraftFile.id))


def loaded(member, draft_id):
    """Those of a draft of the member's as mail.files.File, with their bytes."""
    rows = DraftFile.select().join(Draft).where(DraftFile.draft == draft_id, Draft.user == member.user_id)
    rows = rows.where(Draft.workspace == member.workspace.id).order_by(DraftFile.id)
    return [files.File(row.name, row.mimetype, bytes(row.data)) for row in rows]


def attach(draft, name, data):
    """Let a file go with it. Raises Invalid for one that no mail should carry."""
    name = files.checked_name(name)
    if not data:
        raise Invalid(f"{name} is empty. Choose another file.", "files")
    with db.atomic():
        _hold(draft)
        before = files_of(draft)
        if len(before) >= MOST:
            raise Invalid(f"A mail carries up to {MOST} files. Remove one first.", "files")
        if sum(each.size for each in before) + len(data) > LARGEST:
            raise Invalid(f"With {name} this mail would be over 10 MB. Send a link to it instead.", "files")
        about = {"name": name, "mimetype": files.mimetype_of(name), "size": len(data), "data": data}
        return DraftFile.create(workspace=draft.workspace_id, draft=draft, **about)


def _hold(draft):
    """One at a time: their sizes are summed up."""
    if not is_sqlite():
        Draft.select(Draft.id).where(Draft.id == draft.id).for_update().get()


def detach(draft, file_id):
    """Take a file from it. Raises Conflict when it has gone."""
    if not DraftFile.delete().where(DraftFile.draft == draft.id, DraftFile.id == file_id).execute():
        raise Conflict("That file was removed meanwhile.")
