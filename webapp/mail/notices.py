"""The mails that Galena itself owes (accounts/notices.py): each is rendered, and its link made, only as it leaves.

A token thus stands in no row and no queue, only in the mail. A second try makes a new one, which ends the first: of a
mail that came twice, the later one's link works.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from webapp import config
from webapp.accounts.invitations import new_token
from webapp.accounts.models import Membership, Notice, NoticeKind, NoticeState, User, Workspace
from webapp.auth import tokens
from webapp.auth.models import Purpose
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.jobs import later
from webapp.leads.digest import NAMED, digest_of
from webapp.leads.due import Standing, standing
from webapp.leads.mentions import mentioning

from .letters import letter
from .mailbox_models import Mailbox
from .smtp import Dropped, Rejected, Unanswered, Unavailable
from .transports import send_one

LEASE = timedelta(seconds=40)  # longer than one mail may take (see smtp.py)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))  # after each try that may be repeated
LASTS = {Purpose.SIGN_UP: timedelta(days=1), Purpose.VERIFY: timedelta(days=3), Purpose.RESET: timedelta(hours=1)}
KEPT = timedelta(days=30)  # how long a finished notice is kept
USUAL_ADVICE = "Set a new password at once, then look at who is signed in under Settings, Sessions."
QUOTED = 500  # letters of a note that a mail repeats
GAVE_UP = "It was begun {} times and never came to an end; the log says why."


def send_notice(notice_id):
    """Send the notice if it is due and nobody else has it. A failure that may pass is tried again later."""
    notice = _claim(notice_id)
    if notice is None:
        return
    try:
        _send(notice)
    except (Unavailable, Dropped, Unanswered) as error:
        _try_again(notice, error)
    except Rejected as error:
        _fail(notice, error) if error.permanent else _try_again(notice, error)
    except Invalid as error:
        _fail(notice, error)


def _claim(notice_id):
    """The Notice, ours until its lease ends, or None. A try that a crash cut off counts."""
    due = Notice.state.in_([NoticeState.QUEUED, NoticeState.SENDING]) & (Notice.due_at <= now())
    taken = Notice.update(state=NoticeState.SENDING, tries=Notice.tries + 1, due_at=now() + LEASE)
    if taken.where(Notice.id == notice_id, due).execute() != 1:
        return None
    notice = Notice.get_by_id(notice_id)
    if notice.tries > len(BACK_OFF) + 1:
        _fail(notice, GAVE_UP.format(notice.tries - 1))
        return None
    return notice


def _send(notice):
    mail = WRITERS[notice.kind](notice)
    if mail is None:
        _finish(notice, NoticeState.DROPPED)
    elif config.current().mail_url is None:
        _finish(notice, NoticeState.CAPTURED, subject=mail.subject, raw=mail.raw)
    else:
        send_one(None, mail)
        _finish(notice, NoticeState.SENT, subject=mail.subject)


def _finish(notice, state, **changes):
    """The notice's end. What a sign-up typed goes with it: from now on its token holds that."""
    if notice.kind is NoticeKind.SIGN_UP:
        changes["data"] = {}
    _change(notice, state=state, finished_at=now(), **changes)


def _fail(notice, reason):
    _finish(notice, NoticeState.FAILED, error=str(reason)[:500])


def _try_again(notice, reason):
    if notice.tries > len(BACK_OFF):
        return _fail(notice, reason)
    pause = BACK_OFF[notice.tries - 1]
    _change(notice, state=NoticeState.QUEUED, due_at=now() + pause, error=str(reason)[:500])
    return later("send_notice", notice.id, delay=pause.total_seconds())


def _change(notice, **changes):
    """Guarded by the try: one that outlived its lease writes nothing over the next."""
    ours = (Notice.id == notice.id) & (Notice.state == NoticeState.SENDING) & (Notice.tries == notice.tries)
    Notice.update(changes).where(ours).execute()


def requeue_stalled():
    """Wake every notice that is due: its job was lost, or its sender died."""
    waiting = Notice.state.in_([NoticeState.QUEUED, NoticeState.SENDING])
    for notice in Notice.select(Notice.id).where(waiting, Notice.due_at <= now()):
        later("send_notice", notice.id)


def sweep():
    """Delete finished notices after a while: they hold addresses, some of nobody who is known here."""
    Notice.delete().where(Notice.finished_at < now() - KEPT).execute()


# ------------------------------------------------ one writer a kind: the Mail, or None when there is nothing to send


def _sign_up(notice):
    known = User.get_or_none(User.email == notice.email)
    if known:
        return _known(known)
    token = tokens.make(Purpose.SIGN_UP, email=notice.email, data=notice.data, lasts=LASTS[Purpose.SIGN_UP])
    return letter("sign_up", email=notice.email, link=_link("sign-up", token))


def _known(user):
    """For a person whose address was typed as a new one: nobody but them is told that it is known."""
    return letter("known", email=user.email, link=_link("sign-in")) if user.is_active else None


def _verify(notice):
    user, address = notice.user, notice.email
    changes = "changes" in notice.data
    if user is None or not user.is_active or (user.email == address) is changes:
        return None
    if user.email_verified_at and not changes:
        return None
    other = User.get_or_none(User.email == address, User.id != user.id)
    if other:
        return _known(other)
    was = {"was": user.email}
    token = tokens.make(Purpose.VERIFY, user=user, email=address, data=was, lasts=LASTS[Purpose.VERIFY])
    return letter("verify", email=address, name=user.full_name, link=_link("verify", token), address=address)


def _reset(notice):
    user = User.get_or_none(User.email == notice.email, User.is_active)
    if user is None:
        return None
    token = tokens.make(Purpose.RESET, user=user, email=user.email, lasts=LASTS[Purpose.RESET])
    return letter(
        "reset", email=user.email, name=user.full_name, link=_link("reset-password", token), address=user.email
    )


def _invitation(notice):
    invitation = notice.invitation
    token = invitation and new_token(invitation)
    if not token:
        return None
    inviter = invitation.invited_by
    return letter(
        "invitation",
        email=invitation.email,
        link=_link("invitations", token),
        inviter=inviter.full_name if inviter else "Somebody",
        workspace=Workspace.get_by_id(invitation.workspace_id).name,
        until=f"{invitation.expires_at:%-d %B %Y}",
    )


def _changed(notice):
    return letter(
        "changed",
        email=notice.email,
        name=notice.user.full_name if notice.user else "",
        link=_link("forgot-password") if "advice" not in notice.data else "",
        what=notice.data["what"],
        advice=notice.data.get("advice", USUAL_ADVICE),
        when=f"{notice.created_at:%-d %B %Y at %H:%M} UTC",
    )


def _trouble(notice):
    """A mailbox that was deleted meanwhile troubles nobody."""
    if notice.user is None or not Mailbox.select().where(Mailbox.id == notice.data["mailbox_id"]).exists():
        return None
    told = {name: notice.data[name] for name in ("mailbox", "why", "since", "workspace")}
    return letter("trouble", email=notice.email, name=notice.user.full_name, link=_link(notice.data["path"]), **told)


def _mention(notice):
    found = mentioning(notice.data["activity_id"], notice.user)
    if found is None:
        return None
    entry, lead = found
    text = entry.data["text"]
    return letter(
        "mention",
        email=notice.user.email,
        name=notice.user.full_name,
        link=_link("leads", str(lead.id)),
        by=entry.actor.full_name if entry.actor else "Somebody",
        lead=lead.name,
        company=lead.company if lead.full_name else "",
        workspace=Workspace.get_by_id(lead.workspace_id).name,
        text=text if len(text) <= QUOTED else f"{text[:QUOTED]} …",
    )


def _replied(notice):
    about, user = notice.data, notice.user
    inside = (Membership.user == user) & (Membership.workspace == about["workspace_id"])
    workspace = Workspace.select().join(Membership).where(inside, Workspace.deleted_at.is_null()).first()
    if workspace is None or not user.is_active:
        return None
    return letter(
        "replied",
        email=user.email,
        name=user.full_name,
        link=_link("inbox", str(about["thread_id"])),
        by=about["by"],
        mail_subject=about["subject"],
        workspace=workspace.name,
        text=about["text"],
    )


def _digest(notice):
    found = notice.user and digest_of(notice.user, notice.data["workspace_id"])
    if not found:
        return None
    workspace, rows = found
    count = f"{NAMED}+ to-dos" if len(rows) > NAMED else "1 to-do" if len(rows) == 1 else f"{len(rows)} to-dos"
    return letter(
        "digest",
        email=notice.user.email,
        name=notice.user.full_name,
        link=_link("todos"),
        title=f"{count} for today in {workspace.name}",
        workspace=workspace.name,
        rows=[(row.title, row.name, _due(row, notice.user.time_zone)) for row in rows[:NAMED]],
        more="yes" if len(rows) > NAMED else "",
    )


def _due(todo, zone):
    local = todo.due_at.astimezone(ZoneInfo(zone))
    at = f", {local:%H:%M}" if todo.timed else ""
    late = standing(todo.due_at, zone) is Standing.OVERDUE
    return f"{'overdue since' if late else 'due'} {local:%-d %B}{at}"


def _link(*path):
    return "/".join((config.current().base_url, *path))


WRITERS = {
    NoticeKind.SIGN_UP: _sign_up,
    NoticeKind.VERIFY: _verify,
    NoticeKind.RESET: _reset,
    NoticeKind.INVITATION: _invitation,
    NoticeKind.TROUBLE: _trouble,
    NoticeKind.CHANGED: _changed,
    NoticeKind.DIGEST: _digest,
    NoticeKind.MENTION: _mention,
    NoticeKind.REPLIED: _replied,
}
