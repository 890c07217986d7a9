"""Reports that a mail did not arrive: by RFC 3464 where a server speaks it, else as flufl.bounce and we read it."""

import re
from email.message import Message
from html import unescape

from .bounce_causes import classify
from .parsed import Bounce

_DAEMON = re.compile(
    r"^(mailer-?daemon|mail-?daemon|post-?master|mail ?delivery|maildelivery|mdaemon|daemon|bounces?|mailadmin"
    r"|mail-?system|system-?attendant|microsoftexchange\w*|smtp-?daemon|no-?reply-?bounce\w*|autoresponder-bounce)\b",
    re.IGNORECASE,
)
_DAEMON_NAME = re.compile(
    r"mail(er)?[- ]?(delivery|daemon|system|administrator)|postmaster|delivery (sub)?system", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver(able|ed)|returned (e?mail|to sender)|mail (delivery )?(failed|failure|error)"
    r"|delivery (status )?(notification|failure|failed|error|report)"
    r"|failure notice|non[- ]?delivery|could ?n.t be delivered|not (be )?delivered|delivery (has )?(delayed"
    r"|problem)|message delayed|warning: (message|could not)"
    r"|unzustellbar|zustellung|nicht zugestellt|unable to deliver|non remis|non distribu|échec de (la )?(remise"
    r"|distribution)|no se (pudo|ha podido) entregar"
    r"|no entregado|mancata consegna|impossibile recapitare|onbestelbaar|niet bezorgd|não (foi )?entreg"
    r"|nie można dostarczyć|niedostarcz|kunne ikke leveres|kan inte levereras"
    r"|rejected mail|mail system error|problema de entrega|配信|退信|エラー|配送",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"^\s*(re|aw|fwd?|wg|tr|rv|sv|antw|r)\s*:", re.IGNORECASE)
_RETURNED = re.compile(
    r"^[\s\->*=_#]*(-{2,}|={2,}|_{3,})?[\s\->]*(this is a copy of (the|your) message|original message( follows|:"
    r"|\s*-{2,}|\s*$)|returned (message|mail)|"
    r"below this line is a copy|message (headers?|text|body) follows?|unsent message( follows)?"
    r"|copy of (the )?(original|message|your)|included is a copy|"
    r"start of (returned|forwarded) message|your (original )?message (follows|reads|was)|the header of the"
    r"|headers? of (the|your) (original )?message|"
    r"ursprüngliche nachricht|kopie (der|ihrer) nachricht|message d.origine|mensaje original|messaggio originale"
    r"|original message headers|old message)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]+@(?:[A-Za-z0-9\-]+\.)+[A-Za-z][A-Za-z0-9\-]*[A-Za-z0-9]")
_MESSAGE_ID = re.compile(r"^[ \t>|]*Message-ID:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(
    r"^[ \t>|]*(?:To|X-Original-To|Delivered-To|Envelope-To):[ \t]*(.+(?:\n[ \t]+.+)*)", re.IGNORECASE | re.MULTILINE
)
_FIELD = re.compile(
    r"^[ \t]*(original-recipient|final-recipient|action|status|diagnostic-code"
    r"|x-actual-recipient)[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_TAG = re.compile(
    r"<(?:(?:style|script|head)\b.*?</(?:style|script|head)\s*>|br\b[^>]*>|/?[a-z!][^>@]*>)", re.IGNORECASE | re.DOTALL
)
MOST = 200_000  # characters of a report that are looked at
MANY = 100  # recipients of one report


def _decoded(part):
    payload = part.get_payload(decode=True)
    if payload is None:
        return ""
    try:
        return payload[:MOST].decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return payload[:MOST].decode("latin-1")


def _own_parts(message):
    """The parts of a report but for what lies inside the mail that it returns."""
    if (
        message.get_content_type() in ("message/rfc822", "message/rfc822-headers", "message/global")
        or not message.is_multipart()
    ) or message.get_content_maintype() == "message":
        yield message
    else:
        for part in message.get_payload():
            yield from _own_parts(part)


class _Report:
    """A report taken apart: its own words, the blocks of its delivery status, and what it returns."""

    def __init__(self, message):
        self.blocks, words, html, returned = [], [], [], []
        for part in _own_parts(message):
            kind = part.get_content_type()
            if kind in ("message/delivery-status", "message/global-delivery-status"):
                self.blocks += _status_blocks(part)
            elif kind in ("message/rfc822", "message/global", "message/partial") and part is not message:
                inner = part.get_payload()
                returned.append(inner[0].as_string()[:MOST] if isinstance(inner, list) and inner else _decoded(part))
            elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
                returned.append(_decoded(part) if not part.is_multipart() else part.get_payload()[0].as_string()[:MOST])
            elif kind == "text/html":
                html.append(unescape(_TAG.sub("\n", _decoded(part))))
            elif part.get_content_maintype() == "text":
                words.append(_decoded(part))
        text = "\n".join(words if "".join(words).strip() else html)
        cut = _RETURNED.search(text)
        self.words = text[: cut.start()] if cut else text
        self.returned = "\n\n".join([*returned, text[cut.start() :] if cut else ""])
        if not self.blocks:
            self.blocks = _blocks_in(self.words)

    def message_ids(self):
        return tuple(dict.fromkeys(_MESSAGE_ID.findall(self.returned)))[:MANY]

    def returned_to(self):
        return {one.lower() for line in _TO.findall(self.returned[:MOST]) for one in _ADDRESS.findall(line)}


def _status_blocks(part):
    """The fields of each recipient of a delivery status, in whatever way it is encoded."""
    payload = part.get_payload()
    if isinstance(payload, list):
        if part.get("content-transfer-encoding", "").lower().strip() in ("base64", "quoted-printable"):
            flat = Message()
            flat["Content-Transfer-Encoding"] = part["content-transfer-encoding"]
            flat.set_payload("\n\n".join(one.as_string() for one in payload).strip())
            return _blocks_in(_decoded(flat))
        payload = "\n\n".join(one.as_string() for one in payload)
    return _blocks_in(str(payload))


def _blocks_in(text):
    """[{field: value}, …]: a new recipient begins where a field comes again that the last one had."""
    blocks, block = [], {}
    for name, value in _FIELD.findall(text[:MOST]):
        name = name.lower()
        if name in block and name != "diagnostic-code" and ("recipient" in name or "final-recipient" in block):
            blocks.append(block)
            block = {}
        block.setdefault(name, " ".join(value.split()))
    return [one for one in [*blocks, block] if "final-recipient" in one or "original-recipient" in one]


def _address(field):
    found = _ADDRESS.search(field.rsplit(";", 1)[-1]) or _ADDRESS.search(field)
    return found.group().lower() if found else ""


def _recipient(block, returned_to):
    """Whom the mail was sent to: the address in the mail's own To, else what the sender asked for, else who got it."""
    named = [_address(block.get(one, "")) for one in ("original-recipient", "final-recipient", "x-actual-recipient")]
    named = [one for one in named if one]
    return next((one for one in named if one in returned_to), named[0] if named else "")


def is_from_a_server(message, parsed):
    """Whether a mail has the looks of a report by a mail server, before its body is read."""
    name, address = parsed.sender
    local = address.split("@")[0]
    if _DAEMON.match(local) or message.get("x-failed-recipients"):
        return True
    if _ANSWER.match(parsed.subject):
        return False
    is_null = str(message.get("return-path", "?")).strip() in ("<>", "")
    automatic = is_null or bool(message.get("auto-submitted")) or bool(_DAEMON_NAME.search(name)) or not address
    return bool(_SUBJECT.search(parsed.subject)) and automatic


def _of_status(report, message_ids):
    found = []
    to = report.returned_to()
    for block in report.blocks[:MANY]:
        action = block.get("action", "failed").lower()
        if not action.startswith(("fail", "error", "delayed", "bounce", "undeliver")):
            continue
        said = block.get("diagnostic-code", "")
        status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", block.get("status", ""))
        recipient = _recipient(block, to)
        if not recipient:
            continue
        words = said if said and len(said) > 12 else f"{said} {report.words[:2000]}"
        bounce_class, cause, status = classify(
            status.group() if status else "", words, not action.startswith("delayed")
        )
        found.append(Bounce(recipient, bounce_class, cause, status, said[:500], message_ids))
    return tuple({one.email: one for one in reversed(found)}.values())[::-1]


def _around(words, address):
    """What is said of `address`: from where it is named to the next blank line but one."""
    at = words.lower().find(address)
    if at < 0:
        return words[:2000].strip()
    return words[max(0, at - 300) : at + 1200].strip()


def _named(message, report, ours):
    """The addresses that a report without a delivery status names as failed, and whether for good."""
    from flufl.bounce import all_failures  # heavy: loaded on first use

    try:
        soft, hard = all_failures(message)
    except Exception:  # it meets messages of any kind
        soft, hard = (), ()
    found = {one.decode("ascii", "ignore").lower(): False for one in soft}
    found |= {one.decode("ascii", "ignore").lower(): True for one in hard}
    found = {one: lasting for one, lasting in found.items() if _ADDRESS.fullmatch(one) and one not in ours}
    if found:
        return found
    failed = _ADDRESS.findall(str(message.get("x-failed-recipients", "")))
    if failed:
        return {one.lower(): True for one in failed}
    to = report.returned_to() - ours
    named = [one.lower() for one in _ADDRESS.findall(report.words)]
    named = [one for one in dict.fromkeys(named) if one not in ours and not _DAEMON.match(one)]
    both = [one for one in named if one in to]
    chosen = both or named[:1] or (list(to) if len(to) == 1 else [])
    return dict.fromkeys(chosen[:MANY], True)


def read(message, parsed):
    """The recipients that `message` says were not reached, as Bounces; none if it is no report of that."""
    kind = message.get_content_type()
    is_report = kind == "multipart/report" and str(message.get_param("report-type", "")).lower() in (
        "delivery-status",
        "",
    )
    if not is_report and not is_from_a_server(message, parsed):
        return ()
    report = _Report(message)
    message_ids = report.message_ids() or parsed.refers_to
    if report.blocks:
        return _of_status(report, message_ids)
    if is_report and kind == "multipart/report" and not report.words.strip():
        return ()
    ours = {address for _, address in parsed.recipients} | {parsed.sender[1]} | set(parsed.delivered_to)
    found = []
    for address, lasting in _named(message, report, ours).items():
        said = _around(report.words, address)
        bounce_class, cause, status = classify("", said, lasting)
        found.append(Bounce(address, bounce_class, cause, status, said[:500], message_ids))
    return tuple(found)
