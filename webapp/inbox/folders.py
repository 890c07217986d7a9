"""Which folders of a mailbox are read: its inbox, the folder of what was sent, and those that a person chose."""

from datetime import timedelta

from db import db
from webapp.core.clock import now
from webapp.core.errors import Invalid

from .reading_models import FolderRole, MailboxReading, MailFolder

INBOX = "INBOX"  # of every server (RFC 3501, 5.1)
EVERY = timedelta(hours=1)  # how often they are listed
MOST_CHOSEN = 20
SENT = (
    "sent", "sent items", "sent mail", "sent messages", "gesendet", "gesendete elemente", "gesendete objekte",
    "gesendete nachrichten", "envoyés", "messages envoyés", "éléments envoyés", "courrier envoyé", "enviados",
    "elementos enviados", "mensajes enviados", "itens enviados", "mensagens enviadas", "inviati", "posta inviata",
    "elementi inviati", "messaggi inviati", "verzonden", "verzonden items", "verzonden berichten", "skickat",
    "skickade objekt", "sendt", "sendte elementer", "sendt post", "lähetetyt", "lähetetyt viestit", "wysłane",
    "elementy wysłane", "odeslané", "odeslaná pošta", "elküldött", "elküldött elemek", "odoslané", "trimise",
    "отправленные", "надіслані", "gönderilmiş öğeler", "gönderilenler", "απεσταλμένα", "送信済み", "送信済みアイテム",
    "已发送", "已发送邮件", "寄件備份", "보낸 편지함",
)  # fmt: skip
MISSING = "{} is no folder of this mailbox any more."


def refresh(mailbox, imap):
    """List the folders of `mailbox` anew when that is due, and keep the rows of those that are read in step."""
    reading = MailboxReading.get(MailboxReading.mailbox == mailbox.id)
    if reading.folders_at is None or reading.folders_at < now() - EVERY:
        _keep(reading, imap.folders())


def _keep(reading, listed):
    names = {one.name for one in listed} | {INBOX}
    with db.atomic():
        changed = {"folders_at": now(), "listed": sorted(names)}
        MailboxReading.update(changed).where(MailboxReading.id == reading.id).execute()
        MailFolder.delete().where(MailFolder.mailbox == reading.mailbox_id, MailFolder.name.not_in(names)).execute()
        _add(reading, INBOX, FolderRole.INBOX)
        if sent := sent_of(listed):
            ours = (MailFolder.mailbox == reading.mailbox_id) & (MailFolder.role == FolderRole.SENT)
            MailFolder.delete().where(ours, MailFolder.name != sent).execute()
            _add(reading, sent, FolderRole.SENT)


def _add(reading, name, role):
    row = {"workspace": reading.workspace_id, "mailbox": reading.mailbox_id, "name": name, "role": role}
    keys = [MailFolder.mailbox, MailFolder.name]
    MailFolder.insert(row).on_conflict(conflict_target=keys, update={MailFolder.role: role}).execute()


def sent_of(listed):
    """The name of the folder, of these Listed, that what was sent is in: the server says so (SPECIAL-USE, RFC 6154), or
    it is called as usual. None when there is none.
    """
    flagged = [one.name for one in listed if "\\sent" in one.flags]
    named = [one.name for one in listed if _last(one.name) in SENT]
    return next(iter([*flagged, *sorted(named, key=len)]), None)


def _last(name):
    """The last step of a path such as "INBOX.Sent" or "[Gmail]/Gesendet", in lower case."""
    return name.replace("/", ".").rpartition(".")[2].strip().lower()


def of(mailbox):
    """Its folders that are read, the inbox first."""
    found = list(MailFolder.select().where(MailFolder.mailbox == mailbox.id).order_by(MailFolder.name))
    return sorted(found, key=lambda folder: list(FolderRole).index(folder.role))


def choose(mailbox, names):
    """Read these folders besides the inbox and what was sent, and no others. Raises Invalid."""
    reading = MailboxReading.get(MailboxReading.mailbox == mailbox.id)
    names = set(names)
    if missing := sorted(names - set(reading.listed)):
        raise Invalid(MISSING.format(missing[0]), "folders")
    if len(names) > MOST_CHOSEN:
        raise Invalid(f"Choose at most {MOST_CHOSEN} folders.", "folders")
    chosen = (MailFolder.mailbox == mailbox.id) & (MailFolder.role == FolderRole.CHOSEN)
    with db.atomic():
        MailFolder.delete().where(chosen, MailFolder.name.not_in(names)).execute()
        for name in sorted(names - {folder.name for folder in of(mailbox)}):
            _add(reading, name, FolderRole.CHOSEN)
