"""What a mailbox may be: where its servers may stand, and what its limits can be."""

import re

from webapp import config
from webapp.accounts.members import people
from webapp.core.errors import Invalid
from webapp.core.networks import is_allowed, is_barred
from webapp.core.zones import zones

from .addresses import ascii_address, one_line
from .mailbox_models import Security

PORTS = {"smtp": (25, 465, 587, 2525), "imap": (143, 993)}
DAYS = "1234567"
DAY = 24 * 60  # minutes
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.I)
_V6 = re.compile(r"[0-9a-f:.]+", re.I)

BARRED = "{} is within this server’s own network. Give a mail server on the internet."
PORT = "Port {} is not one of {}. Ask your provider which of them it has."
BARE = "Without encryption the password would be readable on its way. Choose STARTTLS or TLS."
NO_HOST = "Give the name of the server, such as {}.example.com."
NOT_A_HOST = "{} is no name of a server. It looks like {}.example.com."


def check_writer(fields):
    """Who writes: `email`, `sender_name`, `reply_to`. Raises Invalid."""
    _address(fields["email"], "email")
    if fields["reply_to"]:
        _address(fields["reply_to"], "reply_to")
    one_line(fields["sender_name"], "The name", "sender_name")


def _address(text, field):
    try:
        ascii_address(text)
    except Invalid as error:
        raise Invalid(str(error), field) from None


def check_servers(fields, *, secret):
    """Both servers; `secret`: whether a password is sent to them. Raises Invalid."""
    if not fields["smtp_host"]:
        raise Invalid(NO_HOST.format("smtp"), "smtp_host")
    _check_server(fields, "smtp", secret)
    if fields["imap_host"]:
        _check_server(fields, "imap", secret)


def _check_server(fields, kind, secret):
    host, port, security = (fields[f"{kind}_{part}"] for part in ("host", "port", "security"))
    allowed = config.current().fetch_allow
    if not (_HOST.fullmatch(host) or (":" in host and _V6.fullmatch(host))):
        raise Invalid(NOT_A_HOST.format(host, kind), f"{kind}_host")
    if is_barred(host, port, allowed):
        raise Invalid(BARRED.format(host), f"{kind}_host")
    if is_allowed(host, port, allowed):
        return
    if port not in PORTS[kind]:
        raise Invalid(PORT.format(port, ", ".join(map(str, PORTS[kind]))), f"{kind}_port")
    if secret and security is Security.NONE:
        raise Invalid(BARE, f"{kind}_security")


def check_limits(fields):
    """How much and when. Raises Invalid."""
    for name in ("daily_cap", "ramp_start", "domain_per_hour"):
        if fields[name] is not None and not 1 <= fields[name] <= 100_000:
            raise Invalid("Give a number from 1 to 100,000, or nothing for no limit.", name)
    for name, most in (("gap_seconds", 86_400), ("jitter", 90), ("ramp_step", 10_000)):
        if not 0 <= fields[name] <= most:
            raise Invalid(f"Give a number from 0 to {most:,}.", name)
    if fields["ramp_start"] and not fields["ramp_step"]:
        raise Invalid("Say how many more it may be each day.", "ramp_step")
    if not fields["days"] or not set(fields["days"]) <= set(DAYS):
        raise Invalid("Choose at least one day.", "days")
    if not 0 <= fields["opens"] < fields["closes"] <= DAY:
        raise Invalid("The end has to come after the beginning.", "closes")
    if fields["zone"] and fields["zone"] not in zones():
        raise Invalid("Choose a time zone from the list, such as Europe/Berlin.", "zone")


def check_owner(member, user_id, kept=None):
    """Whose it is: the member's own, or for who manages mailboxes, anybody's in the workspace; or still that of `kept`.
    Raises Invalid.
    """
    if user_id in (member.user_id, kept):
        return
    if not member.can("mailboxes") or user_id not in {person.id for person in people(member.workspace)}:
        raise Invalid("Choose a person of this workspace.", "owner")
