"""The accounts that a workspace sends through: who manages which, and adding, changing, pausing, deleting."""

from zoneinfo import ZoneInfo

from peewee import IntegrityError

from db import db
from webapp import config
from webapp.accounts.audit import record
from webapp.accounts.workspaces import get_workspace, known_time_zone
from webapp.core.clock import now
from webapp.core.crypto import encrypt
from webapp.core.errors import Conflict, Invalid, NotFound

from . import health
from .mailbox_models import Mailbox, MailboxKind, MailboxState
from .mailbox_rules import check_limits, check_owner, check_servers, check_writer
from .mailbox_uses import uses

SECRET, ACCESS = "mailbox.secret", "mailbox.access_token"  # what they are encrypted for
SERVER = ("smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security")
WRITER = ("email", "sender_name", "reply_to", "plus_replies", "signature")
LIMITS = (
    "daily_cap", "gap_seconds", "jitter", "ramp_start", "ramp_step", "domain_per_hour", "days", "opens", "closes",
    "zone",
)  # fmt: skip
DEFAULTS = {
    "daily_cap": 50, "gap_seconds": 120, "jitter": 30, "ramp_start": 10, "ramp_step": 5, "domain_per_hour": 10,
    "days": "12345", "opens": 9 * 60, "closes": 17 * 60, "zone": "", "reply_to": "",
    "plus_replies": False, "signature": "",
}  # fmt: skip

TAKEN = "{} is here already. Each address is connected once."
AGAIN = "Type the password again: it was given for another server, and is not shown to this one without you."
NO_SECRET = "Paste the password. Without one the server will not let us in."


def server_mailbox(workspace_id):
    """The Mailbox that stands for the installation's own mail server, made when it is first asked for.

    Without MAIL_URL what goes through it is captured.
    """
    ours = Mailbox.of(workspace_id).where(Mailbox.kind == MailboxKind.SERVER)
    if (found := ours.first()) is not None:
        return found
    which = {"workspace": workspace_id, "kind": MailboxKind.SERVER, "email": ""}
    Mailbox.insert(which).on_conflict_ignore().execute()
    return ours.get()


def name_of(email):
    """What a mailbox with this address is called; the server's has none of its own, and is from MAIL_FROM."""
    return email or config.current().mail_from


def is_managed(member, mailbox):
    """Whether `member` may look into and change `mailbox`."""
    if member.can("mailboxes"):
        return True
    return member.can("write") and mailbox.kind is not MailboxKind.SERVER and mailbox.user_id == member.user_id


def get_mailbox(member, mailbox_id):
    """The mailbox, if `member` may manage it. Raises NotFound."""
    mailbox = Mailbox.of(member.workspace).where(Mailbox.id == mailbox_id).first()
    if mailbox is None or not is_managed(member, mailbox):
        raise NotFound("That mailbox does not exist, or is not yours to manage.")
    return mailbox


def of_address(member, kind, email):
    """The workspace's mailbox of this kind with this address, or None. Raises Conflict when it is somebody else's."""
    mailbox = Mailbox.of(member.workspace).where(Mailbox.kind == kind, Mailbox.email == email).first()
    if mailbox is not None and not is_managed(member, mailbox):
        raise Conflict(TAKEN.format(email))
    return mailbox


def add(member, fields):
    """A new mailbox of `fields`: SERVER, WRITER, LIMITS, `username`, `password`, `owner` (a user's id), and
    `needs_secret`, whether its provider lets nobody in without one. Raises Invalid.
    """
    fields = {**fields, "email": fields["email"].lower()}
    _check(member, fields, secret=bool(fields["password"]))
    if fields["needs_secret"] and not fields["password"]:
        raise Invalid(NO_SECRET, "password")
    kept = {name: fields[name] for name in (*SERVER, *WRITER, *LIMITS)}
    return insert(member, {**kept, **_credentials(fields), "user": fields["owner"]})


def insert(member, fields):
    """The Mailbox of checked `fields`, its member's unless they name a `user`. Raises Invalid when it is here."""
    row = {"user": member.user_id, "ramp_from": _today(member, fields), **fields}
    try:
        with db.atomic():
            mailbox = Mailbox.create(workspace=member.workspace.id, **row)
            _tell(member, "mailbox.added", mailbox)
    except IntegrityError:
        raise Invalid(TAKEN.format(fields["email"]), "email") from None
    return mailbox


def change(mailbox, fields, *, actor):
    """Change what `fields` has of add()'s. An empty password keeps the one there was. Raises Invalid.

    What is kept of a password goes to no server that it was not given for.
    """
    if "email" in fields:
        fields = {**fields, "email": fields["email"].lower()}
    whole = {**{name: getattr(mailbox, name) for name in (*SERVER, *WRITER, *LIMITS, "username")}, **fields}
    if mailbox.kind is MailboxKind.SMTP:
        secret = bool(mailbox.secret or whole["password"])
        _check(actor, whole, secret=secret, owner=mailbox.user_id)
        moved = any(whole[name] != getattr(mailbox, name) for name in SERVER)
        if moved and mailbox.secret and not whole["password"]:
            raise Invalid(AGAIN, "password")
    else:
        check_limits(whole)
        if mailbox.kind.by_oauth:
            check_writer(whole)
            check_owner(actor, whole["owner"], mailbox.user_id)
    written = {name: value for name, value in fields.items() if name in (*SERVER, *WRITER, *LIMITS)}
    if mailbox.kind is MailboxKind.SMTP:
        written |= _credentials(whole)
    if "owner" in fields:
        written["user"] = fields["owner"]
    _write(mailbox, written, actor)


def _write(mailbox, written, actor):
    before = {name: getattr(mailbox, "user_id" if name == "user" else name) for name in written}
    changed = {name: value for name, value in written.items() if value != before[name]}
    if not changed:
        return
    if changed.get("ramp_start"):
        changed["ramp_from"] = _today(actor, {"zone": written.get("zone", mailbox.zone)})
    changes = {**changed, "updated_at": now(), **health.awake()}
    if changed.keys() & {*SERVER, "username", "secret"}:
        changes["checked_at"] = None
    try:
        with db.atomic():
            Mailbox.update(changes).where(Mailbox.id == mailbox.id).execute()
            _tell(actor, "mailbox.changed", mailbox, fields=", ".join(sorted(changed)))
            if "checked_at" in changes:
                health.mended(mailbox)
    except IntegrityError:
        raise Invalid(TAKEN.format(written["email"]), "email") from None


def _check(member, fields, *, secret, owner=None):
    check_writer(fields)
    check_servers(fields, secret=secret)
    check_limits(fields)
    check_owner(member, fields["owner"], owner)


def _credentials(fields):
    """The user name and, when one was typed, the password as rows keep them."""
    password = fields["password"]
    if fields["smtp_host"].lower() == "smtp.gmail.com":
        password = "".join(password.split())  # shown in four groups, which are no part of it
    kept = {"username": fields["username"] or fields["email"]}
    return {**kept, "secret": encrypt(password, SECRET)} if password else kept


def _today(member, fields):
    zone = fields.get("zone") or known_time_zone(get_workspace(member.workspace.id).time_zone)
    return now().astimezone(ZoneInfo(zone)).date()


def _tell(actor, action, mailbox, **data):
    record(actor, action, mailbox.email or "of the server", workspace=mailbox.workspace_id, **data)


def pause(mailbox, reason, *, actor):
    """Send nothing through it until it is resumed. What waits for it keeps waiting."""
    with db.atomic():
        paused = Mailbox.update(state=MailboxState.PAUSED, pause_reason=reason or f"Paused by {actor.full_name}.")
        if paused.where(Mailbox.id == mailbox.id, Mailbox.state == MailboxState.ACTIVE).execute():
            _tell(actor, "mailbox.paused", mailbox, reason=reason)


def resume(mailbox, *, actor):
    """Send through it again, whatever was wrong before."""
    with db.atomic():
        resumed = Mailbox.update(state=MailboxState.ACTIVE, pause_reason="", **health.anew())
        if resumed.where(Mailbox.id == mailbox.id, Mailbox.state == MailboxState.PAUSED).execute():
            _tell(actor, "mailbox.resumed", mailbox)


def delete(mailbox, *, actor):
    """Forget it and its password. What was sent through it keeps its history. Raises Conflict while it is needed."""
    with db.atomic():
        if why := why_kept(mailbox):
            raise Conflict(why)
        Mailbox.delete().where(Mailbox.id == mailbox.id).execute()
        _tell(actor, "mailbox.deleted", mailbox)


def why_kept(mailbox):
    """Why it cannot be deleted, in words; nothing when it can."""
    if mailbox.kind is MailboxKind.SERVER:
        return "The server’s own mailbox stays. Pause it instead."
    names = uses(mailbox)
    if not names:
        return ""
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{listed} would lose {mailbox.email}. Choose another mailbox there, or stop it, first."
