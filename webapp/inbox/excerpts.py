"""What the model is told of a conversation and its lead: only these, and so much of them as there is room for."""

import json
import re

from webapp.leads.models import Lead

from .models import Direction, ThreadMessage

MAILS, MAIL_BYTES, BYTES = 8, 4000, 16_000
PHONE = 7  # digits
LEAD = ("first_name", "last_name", "title", "company", "industry", "city", "country", "phone", "website")
_LOOSE = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d.,:/ ()\u00a0-]*\d%?|\d%?")
_DIGITS = re.compile(r"\d+")


def mails_of(thread, until=None):
    """[{"from", "name", "sent", "text"}, …] of the newest mails, the oldest first; those up to the mail `until`, if
    given. `name` is as its writer gave it.
    """
    fields = (ThreadMessage.direction, ThreadMessage.sender_name, ThreadMessage.sent_at, ThreadMessage.fresh)
    query = ThreadMessage.select(*fields, ThreadMessage.text).where(ThreadMessage.thread == thread.id)
    if until is not None:
        query = query.where(ThreadMessage.sent_at <= until.sent_at)
    told, room = [], BYTES
    for mail in query.order_by(ThreadMessage.sent_at.desc(), ThreadMessage.id.desc()).limit(MAILS):
        text = cut(mail.fresh or mail.text, min(MAIL_BYTES, room))
        room -= len(text.encode())
        who = "them" if mail.direction is Direction.IN else "us"
        told.append({"from": who, "name": mail.sender_name, "sent": f"{mail.sent_at:%Y-%m-%d %H:%M} UTC", "text": text})
    return told[::-1]


def lead_of(lead):
    """What is told of a lead, without what is empty."""
    known = {name.replace("_", " "): cut(getattr(lead, name), 200) for name in LEAD if getattr(lead, name)}
    return {**known, "stage": lead.stage.label} if isinstance(lead, Lead) else {}


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def clean(text):
    """What the model said, without what no database keeps: NUL, and halves of letters that JSON may hold."""
    return text.encode(errors="replace").decode().replace("\0", "").strip()


def cut(text, most):
    """The beginning of `text`, up to so many bytes in UTF-8: tokens go by bytes in every language."""
    return text.encode(errors="replace")[: max(0, most)].decode(errors="ignore")


def loose_in(text, told):
    """The addresses and numbers in `text` that do not stand in `told`, each once: the model made them, or worked them
    out. A number is known by its digits, however it is written.
    """
    known, numbers, digits = told.casefold(), set(_runs(told)), _digits(told)
    found = {}
    for piece in _LOOSE.findall(text):
        piece = piece.strip(" .,:;()[]<>\"'")
        if "@" in piece or "//" in piece:
            there = piece.casefold() in known
        else:  # a telephone number is written in many ways
            there = set(_runs(piece)) <= numbers or (len(_digits(piece)) >= PHONE and _digits(piece) in digits)
        if piece and not there:
            found[piece] = True
    return list(found)[:20]


def _digits(text):
    return "".join(_DIGITS.findall(text))


def _runs(text):
    """The numbers in `text` by their digits: "64,000" is 64000, too."""
    joined = re.sub(r"(?<=\d)[.,'’ \u00a0\u202f](?=\d{3}(?!\d))", "", text)
    for run in _DIGITS.findall(joined):
        yield run.lstrip("0") or "0"
