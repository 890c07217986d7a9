"""Saved views: filters with a name, for oneself or for the whole workspace."""

import json
from typing import NamedTuple

from peewee import JOIN, IntegrityError, Select, fn

from db import is_sqlite
from webapp.accounts.models import Membership
from webapp.core.clock import now
from webapp.core.errors import Forbidden, Invalid, NotFound
from webapp.core.prepared import Prepared

from .list_models import PinnedView, SavedView

MOST = 50  # views of one person in a workspace
SHOWN = 100
NAME_LENGTH = 60


class View(NamedTuple):
    """A saved view as one member has it. `pinned` is its place in their sidebar, or None."""

    id: int
    name: str
    query: str
    on_board: bool
    is_shared: bool
    owner_id: int
    pinned: int | None

    @property
    def tail(self):
        """What follows the address of its list."""
        return f"?{self.query}&saved={self.id}" if self.query else f"?saved={self.id}"

    def differs(self, chosen):
        """Whether the filter `chosen`, which began as this view, asks for something else by now."""
        return chosen.board == self.on_board and written(chosen) != self.query


def written(chosen):
    """The filter as a view keeps it: without a page, and without where it is shown."""
    return (chosen.on_board if chosen.board else chosen).query(page="", start=1, view=None, board=False).lstrip("?")


def _seen_by(workspace, user):
    mine = (PinnedView.view == SavedView.id) & (PinnedView.user == user)
    columns = [getattr(SavedView, name) for name in View._fields[:5]]
    query = SavedView.select(*columns, SavedView.owner.alias("owner_id"), PinnedView.position.alias("pinned"))
    query = query.join(PinnedView, JOIN.LEFT_OUTER, on=mine)
    # a shared view lasts as long as its owner is in the workspace
    here = Membership.select(Membership.user).where(Membership.workspace == workspace)
    query = query.where(SavedView.workspace == workspace, SavedView.owner.in_(here))
    query = query.where((SavedView.owner == user) | SavedView.is_shared)
    mine_first = (SavedView.owner == user).desc()  # else those of others could leave them no place
    return query.order_by(mine_first, fn.LOWER(SavedView.name), SavedView.id).limit(SHOWN)


def _by_name(views):
    return tuple(sorted(views, key=lambda view: (view.name.lower(), view.id)))


_views = Prepared(lambda *, workspace, user: _seen_by(workspace, user), row=View)


def in_one_text(workspace, user):
    """What _seen_by() finds, as one column of a query that reads more; read_text() has the Views of it."""
    found = _seen_by(workspace, user).alias("found")
    fields = [getattr(found.c, name) for name in View._fields]
    if is_sqlite():
        return Select([found], [fn.JSON_GROUP_ARRAY(fn.JSON_ARRAY(*fields))])
    return Select([found], [fn.JSON_AGG(fn.JSON_BUILD_ARRAY(*fields)).cast("text")])


def read_text(text):
    return _by_name(View(*fields) for fields in json.loads(text or "[]"))


def views_of(member):
    """The Views that `member` may see, their own and shared ones, by name. One prepared query."""
    return _by_name(_views(workspace=member.workspace.id, user=member.user_id))


def pinned(views):
    """Those of `views` that are in the member's sidebar, in their order."""
    return tuple(sorted((view for view in views if view.pinned is not None), key=lambda view: view.pinned))


def get_view(member, view_id):
    """The View, if the member may see it. Raises NotFound."""
    for view in views_of(member):
        if view.id == view_id:
            return view
    raise NotFound("That view does not exist, or it was deleted.")


def get_own(member, view_id):
    """The View, if it is the member's to change. Raises NotFound, Forbidden."""
    view = get_view(member, view_id)
    _check_own(member, view)
    return view


def create_view(member, name, chosen, *, is_shared):
    """A new view of the filter `chosen`. Raises Invalid; Forbidden when somebody who only looks would share it."""
    name = _clean(member, name, is_shared)
    own = SavedView.select().where(SavedView.workspace == member.workspace.id, SavedView.owner == member.user_id)
    if own.count() >= MOST:
        raise Invalid(f"You have {MOST} views already. Delete one that you no longer need.")
    whose = {"workspace": member.workspace.id, "owner": member.user_id}
    return SavedView.create(**whose, name=name, is_shared=is_shared, on_board=chosen.board, query=written(chosen))


def rename_view(member, view, name, *, is_shared):
    """Give a view of one's own another name, and say who sees it. Raises Invalid, Forbidden."""
    name = _clean(member, name, is_shared)
    _update(member, view, name=name, is_shared=is_shared)


def save_filter(member, view, chosen):
    """Let a view of one's own show what the filter `chosen` asks for."""
    _update(member, view, query=written(chosen), on_board=chosen.board)


def delete_view(member, view):
    _check_own(member, view)
    SavedView.delete().where(SavedView.id == view.id, SavedView.owner == member.user_id).execute()


def pin_view(member, view):
    """Put a view last in the member's own sidebar; once is enough."""
    last = PinnedView.select(fn.MAX(PinnedView.position)).where(PinnedView.user == member.user_id).scalar()
    try:
        PinnedView.create(user=member.user_id, view=view.id, position=(last or 0) + 1)
    except IntegrityError:
        return  # pinned, or deleted, a moment ago


def unpin_view(member, view):
    PinnedView.delete().where(PinnedView.user == member.user_id, PinnedView.view == view.id).execute()


def _clean(member, name, is_shared):
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Invalid("Give the view a name.", "name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"Keep it under {NAME_LENGTH + 1} characters.", "name")
    if is_shared and not member.can("write"):
        raise Forbidden("You can keep views for yourself. Ask somebody who works on leads to share one.")
    return name


def _check_own(member, view):
    if view.owner_id != member.user_id:
        raise Forbidden("Only who made this view can change it. Save one of your own instead.")


def _update(member, view, **changes):
    _check_own(member, view)
    where = (SavedView.id == view.id) & (SavedView.owner == member.user_id)
    if not SavedView.update(**changes, updated_at=now()).where(where).execute():
        raise NotFound("That view does not exist, or it was deleted.")
