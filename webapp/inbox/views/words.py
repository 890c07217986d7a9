"""How threads and mails are told on pages: filters and names for templates."""

import re
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from jinja2.utils import urlize
from markupsafe import Markup

from webapp.core.clock import now
from webapp.web.filters import DAYS, clock_time, exact, member_zone, when

from ..models import Label, Rule
from ..texts import plain_subject
from .inbox import bp

LABELS = {
    Label.INTERESTED: ("Interested", "ok", "thumbs-up"),
    Label.NOT_NOW: ("Not now", "info", "clock"),
    Label.NOT_INTERESTED: ("Not interested", "idle", "thumbs-down"),
    Label.WRONG_PERSON: ("Wrong person", "info", "forward"),
    Label.OUT_OF_OFFICE: ("Out of office", "idle", "plane"),
    Label.UNSUBSCRIBE: ("Unsubscribe", "bad", "mail-minus"),
    Label.BOUNCE: ("Bounced", "warn", "mail-x"),
    Label.COMPLAINT: ("Complaint", "bad", "shield-alert"),
    Label.NONE: ("No label", "", "tag"),
}  # what each is called, its state and its icon
RULES = {
    Rule.REFERENCES: "Matched by its references",
    Rule.PLUS_ADDRESS: "Matched by plus-address",
    Rule.SENDER: "Matched by address",
    Rule.DOMAIN: "Matched by company domain",
    Rule.REPORT: "Matched by the report",
    Rule.OURS: "Written here",
}
SHOWN = 20_000  # letters of a mail that a page shows
_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@bp.app_template_filter()
def list_time(moment):
    """A moment as short as a list needs: "11:02", "Wed" within a week, else "18 Nov"."""
    zone = member_zone()
    local, today = (one.astimezone(ZoneInfo(zone)).date() for one in (moment, now()))
    days = (today - local).days
    if days == 0:
        words = clock_time(moment, zone)
    else:
        name = DAYS[local.weekday()][:3]
        words = name if 0 < days < 7 else when(moment, zone).removeprefix(f"{name} ")
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds")[:19]
    return Markup('<time class="when" datetime="{}Z" title="{}">{}</time>').format(stamp, exact(moment, zone), words)


@bp.app_template_filter()
def mail_text(text):
    """What a mail says in paragraphs, its addresses as links; the first SHOWN letters."""
    cut = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    linked = (urlize(part, rel="noopener noreferrer nofollow", target="_blank") for part in _GAP.split(cut.strip()))
    return Markup("").join(Markup("<p>{}</p>").format(Markup(part)) for part in linked)


@bp.app_template_filter()
def quoted_text(mail):
    """What of a mail is not new: quotes and the signature; all of it where they stand between the lines."""
    if not mail.fresh:
        return ""
    text, fresh = mail.text.strip(), mail.fresh.strip()
    if text.startswith(fresh):
        return text[len(fresh) :].strip()
    return text if mail.quoted_lines else ""


bp.add_app_template_filter(plain_subject)


@bp.app_template_filter()
def finding_words(found):
    """The day that was found in a mail, with its time."""
    noon = datetime.combine(found.day, time(12), UTC)
    words = when(noon, "UTC").removesuffix(f" {clock_time(noon, 'UTC')}")
    return f"{words} {clock_time(datetime.combine(found.day, found.at, UTC), 'UTC')}" if found.at else words
