"""Opened mails and clicked links of campaigns that asked for them; off by default.

A mail's picture is /o/<token>.gif and its links are /c/<token>. A token names a recipient, a step and a link, not a
delivery: it is written into the mail before that row has an id, and a recipient gets each step once. It is signed,
and leads only to the address that is kept under its link's id: nobody can make one that leads elsewhere.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from html import escape, unescape
from urllib.parse import urlsplit

from itsdangerous import BadSignature, Signer

from db import db
from webapp import config
from webapp.core.clock import now
from webapp.core.errors import NotFound

from . import ledger
from .models import Campaign, Delivery, DeliveryState
from .scanners import TOGETHER, is_machine
from .tracking_models import TrackedEvent, TrackedKind, TrackedLink

MOST = 20  # events of a kind that are kept of a delivery: who has its token could send thousands
_HREF = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")', re.I)
_BARE = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")  # what becomes a link in a plain message
_TOKEN = re.compile(r"[0-9]{1,10}\.[0-9]{1,10}\.[0-9]{1,10}")


@dataclass(frozen=True)
class Named:
    """What a token names, ids all; `link` is 0 in that of a picture."""

    recipient: int
    step: int
    link: int


@lru_cache(maxsize=4)
def _signer(key, fallbacks):
    return Signer([*fallbacks, key], salt="tracking", digest_method=hashlib.sha256)


def _current():
    settings = config.current()
    return _signer(settings.secret_key, tuple(reversed(settings.secret_key_fallbacks)))


def token(recipient_id, step_id, link_id=0):
    """What stands in a tracked address: signed, and read by named(). A `link_id` of 0 is of the picture."""
    return _current().sign(f"{recipient_id}.{step_id}.{link_id}").decode()


def named(text):
    """What a token names. Raises NotFound for one that we did not sign."""
    try:
        said = _current().unsign(text).decode()
    except (BadSignature, UnicodeError):
        said = ""
    if not _TOKEN.fullmatch(said):
        raise NotFound("This link is not complete. Open it again from the mail, in one piece.")
    return Named(*map(int, said.split(".")))


# --------------------------------------------------------- writing a mail


def links_of(campaign, text):
    """{address: id} of the links in `text` that may lead through Galena, each kept once for the campaign.

    `text` is a message as it was written, plain or HTML, or as it leaves: one with a field in it is no address yet.
    """
    urls = {unescape(url) for _, url, _ in _HREF.findall(text)} | {unescape(url) for url in _BARE.findall(text)}
    digests = {hashlib.sha256(url.encode()).hexdigest(): url for url in urls if _may_lead(url)}
    if not digests:
        return {}
    rows = [
        {"workspace": campaign.workspace_id, "campaign": campaign.id, "digest": digest, "url": url}
        for digest, url in digests.items()
    ]
    TrackedLink.insert_many(rows).on_conflict_ignore().execute()
    known = (TrackedLink.campaign == campaign.id) & TrackedLink.digest.in_(list(digests))
    return {link.url: link.id for link in TrackedLink.select().where(known)}


def _may_lead(url):
    """Whether a link may be tracked: on the web, and no way out of our own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    ours = url.startswith((f"{config.current().base_url}/u/", f"{config.current().base_url}/c/"))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not ours and "{{" not in url


def rewritten(html, recipient_id, step_id, links, *, opens=False):
    """The HTML part of the mail of a step to a recipient, with its `links` ({address: id}) leading through Galena,
    and with the picture that tells of an open. Reads nothing: signing depends on the secret key alone.

    Other links stay as they are: to unsubscribe, mailto:, and those that a field makes different for each lead.
    """
    base = config.current().base_url

    def through(match):
        link_id = links.get(unescape(match[2]))
        if link_id is None:
            return match[0]
        return f"{match[1]}{escape(f'{base}/c/{token(recipient_id, step_id, link_id)}')}{match[3]}"

    html = _HREF.sub(through, html) if links else html
    if not opens:
        return html
    picture = f'<img src="{base}/o/{token(recipient_id, step_id)}.gif" width="1" height="1" alt="">'
    head, end, tail = html.rpartition("</body>")
    return f"{head}{picture}{end}{tail}" if end else f"{html}{picture}"


# ------------------------------------------------------------- what comes


def opened(text, *, agent, address):
    """The picture of a mail was loaded. Raises NotFound for a token that is not ours."""
    name = named(text)
    if (delivery := _delivery(name)) is not None and delivery.campaign.track_opens:
        _note(delivery, TrackedKind.OPEN, None, agent, address)


def destination(text):
    """The address that a link leads to. Raises NotFound."""
    link = TrackedLink.get_or_none(TrackedLink.id == named(text).link)
    if link is None or not _may_lead(link.url):
        raise NotFound("This link leads nowhere any more: the campaign it was in is gone.")
    return link.url


def clicked(text, *, agent, address):
    """The link of a mail was followed. Raises NotFound for a token that is not ours."""
    name = named(text)
    delivery = _delivery(name)
    if delivery is None or not delivery.campaign.track_clicks:
        return
    link = TrackedLink.get_or_none(TrackedLink.id == name.link, TrackedLink.campaign == delivery.campaign_id)
    if link is not None:
        _note(delivery, TrackedKind.CLICK, link, agent, address)


def _delivery(name):
    query = Delivery.select(Delivery, Campaign).join(Campaign)
    return query.where(Delivery.recipient == name.recipient, Delivery.step == name.step).first()


def _note(delivery, kind, link, agent, address):
    moment, agent = now(), agent.replace("\0", "")[:200]
    machine = is_machine(kind.value, agent=agent, address=address, seconds=_seconds(delivery, moment))
    known = (TrackedEvent.delivery == delivery.id) & (TrackedEvent.kind == kind)
    with db.atomic():
        if TrackedEvent.select().where(known).count() >= MOST:
            return
        if kind is TrackedKind.CLICK and _with_others(delivery, link, moment):
            machine = True
        TrackedEvent.create(
            workspace=delivery.workspace_id, campaign=delivery.campaign_id, delivery=delivery.id, link=link,
            kind=kind, by_machine=machine, agent=agent, created_at=moment,
        )  # fmt: skip
        if not machine:
            _count(delivery, kind, moment)


def _seconds(delivery, moment):
    """How long ago the mail was accepted: 0 while it is on its way, None where nobody knows."""
    if delivery.state is DeliveryState.ACCEPTED:
        return (moment - delivery.changed_at).total_seconds()
    return 0 if delivery.state is DeliveryState.SENDING else None


def _with_others(delivery, link, moment):
    """Whether another link of this mail was followed in the same second: then no person followed either."""
    same = (TrackedEvent.delivery == delivery.id) & (TrackedEvent.kind == TrackedKind.CLICK)
    others = same & (TrackedEvent.link != link.id) & (TrackedEvent.created_at >= moment - timedelta(seconds=TOGETHER))
    if not TrackedEvent.select().where(others).exists():
        return False
    TrackedEvent.update(by_machine=True).where(others).execute()
    people = TrackedEvent.select().where(same & ~TrackedEvent.by_machine)
    if not people.exists():
        _uncount(delivery)
    return True


def _count(delivery, kind, moment):
    """A person did it: once a delivery. Who follows a link has opened the mail, too."""
    if kind is TrackedKind.CLICK:
        _count_first(delivery, Delivery.clicked_at, moment, "clicked")
    if kind is TrackedKind.OPEN or delivery.campaign.track_opens:
        _count_first(delivery, Delivery.opened_at, moment, "opened")


def _count_first(delivery, column, moment, counter):
    first = Delivery.update({column: moment}).where(Delivery.id == delivery.id, column.is_null())
    if first.execute():
        ledger.count(delivery.campaign_id, **{counter: 1})


def _uncount(delivery):
    """What was taken for a person's click was none, and neither was the open that it stood for."""
    clicked = (Delivery.id == delivery.id) & Delivery.clicked_at.is_null(False)
    if Delivery.update(clicked_at=None).where(clicked).execute():
        ledger.count(delivery.campaign_id, clicked=-1)
    seen = (TrackedEvent.delivery == delivery.id) & (TrackedEvent.kind == TrackedKind.OPEN) & ~TrackedEvent.by_machine
    if TrackedEvent.select().where(seen).exists():
        return
    if Delivery.update(opened_at=None).where(Delivery.id == delivery.id, Delivery.opened_at.is_null(False)).execute():
        ledger.count(delivery.campaign_id, opened=-1)
