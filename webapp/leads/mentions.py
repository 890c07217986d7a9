"""Members named in notes: "@Bob Baker" tells Bob by mail, if he may see the lead."""

import re
from functools import lru_cache

from peewee import JOIN

from webapp.accounts.members import member_of, people
from webapp.accounts.models import Membership, NoticeKind, User, Workspace
from webapp.accounts.notices import owe

from .models import Activity, Lead
from .queries import visible

MOST = 20  # people that one note tells


def mentioned_in(text, workspace):
    """The active users of `workspace` whose full name stands in `text` behind an @, the first MOST by name."""
    if "@" not in text:
        return []
    everybody = people(workspace)
    pattern = mention_pattern(tuple(person.full_name for person in everybody))
    said = {name.casefold() for name in pattern.findall(text)}
    return [person for person in everybody if person.full_name.casefold() in said][:MOST]


@lru_cache(maxsize=256)
def mention_pattern(names):
    """Matches an @ and one of `names`, the longest that fits; its group is the name."""
    longest_first = sorted(filter(str.strip, names), key=len, reverse=True)
    either = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"(?<!\w)@({either})(?!\w)", re.IGNORECASE)


def mention(entry, lead, users, *, actor):
    """Owe each of `users` but the actor a mail about `entry` of `lead`. Returns the names of those who may not see it.

    Callable in the caller's transaction.
    """
    blind = []
    for user in users:
        if user.id == actor.user_id:
            continue
        if _seen_by(user, lead.workspace_id, lead.id) is None:
            blind.append(user.full_name)
        else:
            owe(NoticeKind.MENTION, user.email, user=user, activity_id=entry.id)
    return blind


def mentioning(activity_id, user):
    """(Activity with its actor, Lead) of a note that mentions `user`; None when it is gone, or they see it no more."""
    query = Activity.select(Activity, User).join(User, JOIN.LEFT_OUTER)
    entry = query.where(Activity.id == activity_id).first()
    if entry is None or user.id not in entry.data.get("mentions", ()):
        return None
    lead = _seen_by(user, entry.workspace_id, entry.lead_id)
    return lead and (entry, lead)


def _seen_by(user, workspace_id, lead_id):
    """The lead with this id, if `user` may see it."""
    try:
        member = member_of(Workspace.get_by_id(workspace_id), user)
    except Membership.DoesNotExist:
        return None
    return visible(member).where(Lead.id == lead_id).first() if user.is_active else None
