"""Reads that join people with their sessions."""

from datetime import datetime
from typing import NamedTuple

from peewee import JOIN, Case, fn

from webapp.accounts.models import Center, CenterMember, Membership, Reach, Role, User

from .models import Session


class Person(NamedTuple):
    """A row of the members page. `last_seen` is in this workspace; `centers` are names."""

    user_id: int
    full_name: str
    email: str
    picture: str
    is_active: bool
    role: Role
    reach: Reach
    last_seen: datetime | None
    centers: tuple


def team(workspace, user_id=None):
    """The Persons of `workspace`, owners first, then by name; with `user_id` only that one. Two queries."""
    seen = (
        Session.select(Session.user, fn.MAX(Session.last_seen_at).alias("moment"))
        .where(Session.workspace == workspace)
        .group_by(Session.user)
        .alias("seen")
    )
    rank = Case(Membership.role, [(role, number) for number, role in enumerate(Role)])
    columns = (User.id, User.full_name, User.email, User.picture, User.is_active, Membership.role, Membership.reach)
    query = Membership.select(*columns, seen.c.moment).join(User)
    query = query.join_from(Membership, seen, JOIN.LEFT_OUTER, on=seen.c.user_id == User.id)
    query = query.where(Membership.workspace == workspace)
    query = query.where(User.id == user_id) if user_id else query
    centers = _centers(workspace)
    rows = query.order_by(rank, fn.LOWER(User.full_name), User.id).tuples()
    return [
        Person(*row, Session.last_seen_at.python_value(moment), tuple(centers.get(row[0], ()))) for *row, moment in rows
    ]


def _centers(workspace):
    """{user id: [names of the centers in use they are in]}"""
    query = CenterMember.select(CenterMember.user, Center.name).join(Center)
    query = query.where(Center.workspace == workspace, Center.archived_at.is_null())
    found = {}
    for user_id, name in query.order_by(Center.name_key).tuples():
        found.setdefault(user_id, []).append(name)
    return found
