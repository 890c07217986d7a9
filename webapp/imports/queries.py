"""Reads of imports. Who does not see all leads sees only their own imports: a file's rows may be about any lead."""

from webapp.accounts.models import Reach, User
from webapp.core.errors import NotFound
from webapp.core.paging import page_of

from .models import Import, ImportRow, Outcome

SIZE = 50


def visible(member):
    """The imports `member` may see, each with its actor."""
    query = Import.of(member.workspace.id).select(Import, User.id, User.full_name)
    query = query.join(User, "LEFT OUTER JOIN", on=(Import.actor == User.id), attr="actor")
    return query if member.reach is Reach.ALL else query.where(Import.actor == member.user_id)


def get_import(member, import_id):
    """The import, if the member may see it. Raises NotFound."""
    imported = visible(member).where(Import.id == import_id).first()
    if imported is None:
        raise NotFound("That import does not exist.")
    return imported


def imports(member, cursor=None):
    """A Page of imports, newest first."""
    return page_of(visible(member), [Import.id], lambda row: (row.id,), size=SIZE, cursor=cursor)


def outcomes(imported, outcome, after=0, size=500):
    """The next rows of `imported` that ended as `outcome`, by number."""
    query = ImportRow.of(imported.workspace_id).where(ImportRow.imported == imported.id, ImportRow.outcome == outcome)
    return list(query.where(ImportRow.number > after).order_by(ImportRow.number).limit(size))


def first_outcomes(imported, outcome=Outcome.FAILED, size=5):
    """A few rows of an outcome, to show on the page."""
    return outcomes(imported, outcome, size=size)
