"""What the pages of the inbox have in common: what is asked for in the address, and what a drawing of them shows.

Other files of this package add to a drawing with @beside.
"""

import hashlib

from flask import request, url_for

from webapp.core.clock import now
from webapp.core.errors import NotFound
from webapp.leads.due import local_day
from webapp.leads.local_time import zone_of
from webapp.leads.queries import get_lead
from webapp.leads.timeline import timeline
from webapp.web.filters import SYMBOLS, clock_time
from webapp.web.guards import signed_in_member
from webapp.web.hypermedia import at, parts
from webapp.web.shell import csrf_token

from .. import listing, queries, taking_up, threads
from ..listing import UNREAD, Asked, Show
from ..models import Label, ThreadState

RECENT = 5  # entries of the timeline beside a thread
_LISTS = ((Show.MINE, "Mine"), (Show.TEAM, "Team"), (Show.SNOOZED, "Snoozed"), (Show.DONE, "Done"))
_beside = []


def beside(function):
    """Have every drawing show what `function(member, thread)` returns, a dict; `thread` is None where none is open."""
    _beside.append(function)
    return function


# ------------------------------------------------------------- what is asked


def asked_for():
    """The Asked of this address."""
    show, label = request.args.get("show", ""), request.args.get("label", "")
    q = request.args.get("q", "").replace("\0", "")[:200].strip()
    return Asked(
        Show(show) if show in set(Show) else Show.MINE,
        label if label in {*Label, UNREAD} else None,
        q,
    )


def here():
    """The list that this request is about, for url_for()."""
    asked = asked_for()
    page = request.args.get("page")
    kept = {"show": asked.show.value, "label": asked.label, "q": asked.q or None, "page": page}
    return {name: value for name, value in kept.items() if value and (name, value) != ("show", Show.MINE.value)}


def address(thread_id=None):
    """The page of the list that is asked for, with that thread open or with none."""
    if thread_id is None:
        return url_for("inbox.index", **here())
    return url_for("inbox.show", thread_id=thread_id, **here())


# ------------------------------------------------------------ what is shown


def frame():
    """What every part needs, whatever it shows."""
    member = signed_in_member()
    zone, currency = member.time_zone, member.workspace.currency
    mine = {
        "currency": currency,
        "currency_sign": SYMBOLS.get(currency, currency),
        "my_email": member.email,
        "my_name": member.full_name,
    }
    return {"zone": zone, "writes": member.can("write"), "token": csrf_token(), "me": member.user_id, **mine}


def lists(member):
    """The list that is asked for, and how many threads there are in each."""
    asked = asked_for()
    counts = listing.counts(member)
    tabs = [(show.value, label, getattr(counts, show.value, 0)) for show, label in _LISTS]
    return {
        "asked": asked,
        "here": here(),
        "found": listing.thread_page(member, asked, request.args.get("page")),
        "counts": counts,
        "tabs": tabs,
    }


def opened(member, thread):
    """The thread with its mails, what may be done with it, and its lead."""
    mails = queries.mails_of(thread, request.args.get("mails"))
    return {
        "thread": thread,
        "mails": mails.rows,
        "older_mails": mails.older,
        "newer_mails": mails.newer,
        "outgoing": queries.outgoing_of(thread),
        "people": queries.assignable(member),
        "may_be_later": threads.may_be_later(member.time_zone),
        "is_open": thread.state is ThreadState.OPEN,
        **card(member, thread, mails.rows),
    }


def card(member, thread, mails):
    """The lead beside the thread; `lead` is None where there is none that the member may see."""
    try:
        lead = get_lead(member, thread.lead_id) if thread.lead_id else None
    except NotFound:
        lead = None
    if lead is None:
        return {"lead": None}
    zone, today = zone_of(lead.country, lead.city), local_day(member.time_zone)
    return {
        "lead": lead,
        "their_time": clock_time(now(), zone) if zone else "",
        "findings": taking_up.findings(mails, lead, queries.todo_titles(lead), today),
        "recent": timeline(member, lead, size=RECENT).rows,
        "opens": member.reach.value == "all",  # the campaigns that it names
    }


def drawn(member, thread=None):
    """Everything that the page shows."""
    found = lists(member)
    told = {
        **frame(),
        **found,
        "thread": None,
        "label_counts": listing.label_counts(member, found["asked"].show),
        **(opened(member, thread) if thread else {}),
    }
    told["mark"] = mark_of(found, thread, told.get("outgoing", {}))
    for more in _beside:
        told |= more(member, thread)
    return told


def mark_of(found, thread, outgoing):
    """A short text that is another one when anything of the list, the counts or the open thread has changed."""
    said = [found["found"].rows, found["counts"]]
    said += [sorted(thread.__data__.items())] if thread else []
    said += [(row.id, row.state, row.attempts) for row in outgoing.values()]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


# --------------------------------------------------------------- the way on


def go_on(member, thread_id):
    """The page again, with that thread open or with none."""
    url = address(thread_id)
    thread = queries.get_thread(member, thread_id) if thread_id else None
    return at(url, parts("inbox/opened.parts.html", url, **drawn(member, thread)))


def changed(member, thread_id):
    """What a change of the open thread shows; what is being written in it stays."""
    thread = queries.get_thread(member, thread_id)
    return parts("inbox/changed.parts.html", address(thread_id), **drawn(member, thread))


def following(member, thread_id):
    """The id of the thread after this one in the list, else of the one before; None when it is the last there."""
    ids = [row.id for row in listing.thread_page(member, asked_for(), request.args.get("page")).rows]
    if thread_id not in ids:
        return None
    place = ids.index(thread_id)
    beside = ids[place + 1 :] or ids[:place][-1:]
    return beside[0] if beside else None
