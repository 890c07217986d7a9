"""What the palette finds by a few letters, within what the member may see."""

import re
from typing import NamedTuple

from webapp.campaigns.models import Campaign
from webapp.campaigns.queries import steered
from webapp.core.prepared import Prepared
from webapp.core.text import fold
from webapp.leads.finding import find_leads, leads_by_id
from webapp.leads.saved_views import views_of
from webapp.leads.words import words_of

CAMPAIGNS = 500  # the newest, of which the names are compared
RECENT = 5  # leads shown before anything is typed
REMEMBERED = 20  # ids a browser may send of these


class Found(NamedTuple):
    """`recent` are Rows of finding.py, `hits` its Hits, `views` and `campaigns` have `id` and `name`."""

    recent: tuple = ()
    hits: tuple = ()
    views: tuple = ()
    campaigns: tuple = ()


def look(member, text, recent=(), *, limit=8):
    """What `text` finds, at most `limit` of a kind; for no words the leads of the ids `recent`, as far as seen."""
    if not words_of(text):
        return Found(recent=tuple(leads_by_id(member, recent[:REMEMBERED])[:RECENT]))
    whose = {"workspace": member.workspace.id, "user": member.user_id}
    return Found(
        hits=tuple(find_leads(member, text, limit)),
        views=tuple(view for view in views_of(member) if is_meant(text, view.name))[:limit],
        campaigns=tuple(row for row in _campaigns(member.reach, **whose) if is_meant(text, row.name))[:limit],
    )


def is_meant(text, name):
    """Whether each word of `text` begins a word of `name`."""
    name = fold(name)
    return all(re.search(rf"(?<![^\W_]){re.escape(word)}", name) for word in words_of(text))


@Prepared
def _campaigns(reach, *, workspace, user):
    query = Campaign.select(Campaign.id, Campaign.name).where(steered(reach, workspace, user))
    return query.order_by(Campaign.id.desc()).limit(CAMPAIGNS)
