"""Mails that say that a mail did not arrive: by RFC 3464, else by what flufl.bounce and we know of servers' words."""

import logging
import re

from .bounce_causes import UNTOLD, classify
from .bounce_words import NOBODY, STILL_TRIED
from .parsed import Bounce
from .reports import ADDRESS, Report

MANY = 100  # recipients of one report
_DAEMON = re.compile(
    r"(mailer[-_.]?daemon|mail[-_.]?daemon|post[-_.]?master|mail[-_ .]?delivery|mdaemon|daemon|bounces?|mail-?admin|ndr"
    r"|mail[-_.]?(system|server)|system-?attendant|microsoftexchange\w*|smtp[-_.]?daemon|e500_smtp\w*|imss|smtp)\b",
    re.IGNORECASE,
)
_DAEMON_NAME = re.compile(r"mail(er)?[- ]?(delivery|daemon|system)|postmaster|delivery (sub)?system", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver(able|ed)|returned (e?mail|to sender)|mail (delivery )?(failed|failure|error)|rejected mail"
    r"|mail system error|error sending your mail"
    r"|delivery (status |has )?(notification|failure|failed|error|report|delayed|problem)|failure notice"
    r"|non[- ]?delivery"
    r"|(could|can) ?(no|n.)t be delivered|not (be )?delivered|message delayed|warning: (message|could not)"
    r"|unable to deliver"
    r"|nicht zugestellt|unzustellbar|zustellung\w* (fehl|nicht|verz)|fehler bei der zustellung|übermittlungsfehler"
    r"|non (remis|distribu)|échec de (la )?(remise|distribution)|no se (pudo|ha podido) entregar|no entregado"
    r"|error de entrega|mancata consegna|impossibile recapitare|recapito|onbestelbaar|niet (bezorgd|afgeleverd)"
    r"|não (foi )?entreg|falha (na|de) entrega|nie (można|udało się) dostarczyć|niedostarcz|kunne ikke leveres"
    r"|kan inte levereras|не (доставлено|может быть доставлено)|недоставленное|配信|退信|エラー|送信できません",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\s*(re|aw|fwd?|wg|tr|rv|sv|antw|r)\s*:", re.IGNORECASE)
_AT = rf"<?(?:mailto:|smtp:)?({ADDRESS.pattern})>?"
_SURE = re.compile(  # lines of a session, of lists of what failed
    rf"^(?:.{{0,20}}\brcpt to:\s*{_AT}|\s*[45]\d\d[ \-].{{0,40}}?<({ADDRESS.pattern})>\.\.\."
    rf"|\s*<({ADDRESS.pattern})>(?::|\.\.\.|\s*\(|\s*$))",
    re.IGNORECASE | re.MULTILINE,
)
_LIKELY = re.compile(
    rf"^[\s*•\-]*{_AT}(?:\s*[:;,(\[\-–]|\s*$|\s+on \d|\s+\S.{{0,30}}(?:unknown|invalid|not|error))"
    rf"|\b(?:deliver\w*|sen[dt]|mail|message|recipients?(?:\(s\))?|user(?:id)?|address(?:\(es\)|es)?|mailbox|account"
    rf"|reach|fail\w*|to|for|an|à|para|empfänger|destinataires?|destinatari[oi]s?|ontvanger)\b[ :\t]*(?:\n\s*)?{_AT}",
    re.IGNORECASE | re.MULTILINE,
)
_WRITER = re.compile(r"(?:from|by|von|sender|de|contact|reply-to)[:\s]*(?:<|mailto:)?$", re.IGNORECASE)
_CHALLENGE = re.compile(r"\b(click|verify|confirm|approve|guest list|allowed (list|senders))", re.IGNORECASE)
_RULE = re.compile(r"\s*[_=*~-]{5}")
_ALIAS = re.compile(rf"\((?:expanded|ultimately generated|generated) (?:from|by):?\s*{_AT}", re.IGNORECASE)


def is_from_a_server(message, parsed):
    """Whether a mail is from a mail server by its head alone."""
    if message.get_content_type() == "multipart/report":
        return str(message.get_param("report-type", "delivery-status")).lower() == "delivery-status"
    sender = str(message.get("from", ""))
    is_daemon = bool(_DAEMON.match(parsed.sender[1]) or _DAEMON_NAME.search(sender))
    return bool(message.get("x-failed-recipients")) or (is_daemon and not _ANSWER.match(parsed.subject))


def _may_be_a_report(message, parsed):
    """Whether it may be one for all that its head says: then its words have to say whom it is about."""
    if _DAEMON.match(parsed.sender[1]) or _SUBJECT.search(parsed.subject):
        return not _ANSWER.match(parsed.subject) or _DAEMON.match(parsed.sender[1])
    has_no_sender = str(message.get("from", "?")).strip().endswith("<>")
    is_null = str(message.get("return-path", "?")).strip() == "<>"
    returns = any(part.get_content_type() == "message/rfc822" for part in message.walk())
    return has_no_sender or (is_null and returns)


def _address(field):
    found = ADDRESS.search(field.rsplit(";", 1)[-1]) or ADDRESS.search(field)
    return found.group().lower() if found else ""


def _recipient(block, returned_to):
    """Whom the mail was sent to: the address in the mail's own To, else what the sender asked for, else who got it."""
    named = [_address(block.get(one, "")) for one in ("original-recipient", "final-recipient", "x-actual-recipient")]
    named = [one for one in named if one]
    return next((one for one in named if one in returned_to), named[0] if named else "")


def _failed(blocks):
    """The blocks of recipients that were not reached, or not yet."""
    for block in blocks[:MANY]:
        action = block.get("action", "").lower()
        if action.startswith(("deliver", "relay", "expand")) or (
            not action and block.get("status", "").startswith("2")
        ):
            continue
        yield block, not action.startswith("delay")


def _of_status(report, message_ids):
    found, to = {}, report.returned_to()
    failed = [(_recipient(block, to), block, is_lasting) for block, is_lasting in _failed(report.blocks)]
    addresses = [one for one, _, _ in failed if one]
    for recipient, block, is_lasting in failed:
        if not recipient or recipient in found:
            continue
        said = block.get("diagnostic-code", "")
        status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", block.get("status", ""))
        judged = classify(status.group() if status else "", said, is_lasting)
        if judged[1] == UNTOLD[1]:
            judged = classify(judged[2], f"{said} {_said_of(recipient, addresses, report.words)}", is_lasting)
        found[recipient] = Bounce(recipient, *judged, said[:500], message_ids)
    return tuple(found.values())


def _by_flufl(message, words, at):
    """The addresses flufl.bounce finds, {address: for good?}, but for those that the report does not speak of: with its
    own domain it may leave out."""
    from flufl.bounce import all_failures  # heavy: loaded on first use

    logging.getLogger("flufl.bounce").disabled = True  # it logs what it raises
    try:
        soft, hard = all_failures(message)
    except Exception:  # it meets messages of any kind
        return {}
    found = {
        one.decode("ascii", "ignore").lower(): is_lasting
        for all_, is_lasting in ((soft, False), (hard, True))
        for one in all_
    }
    return {
        one: lasting
        for one, lasting in found.items()
        if ADDRESS.fullmatch(one) and (one in words or (at and at in one.split("@")[-1] and one.split("@")[0] in words))
    }


def _all(pattern, words):
    """The addresses that a pattern finds, but for those that wrote."""
    found = []
    for match in pattern.finditer(words):
        address = next(group for group in match.groups() if group)
        at = match.start(match.lastindex)
        if not _WRITER.search(words[max(0, at - 20) : at]):
            found.append(address.lower().strip("."))
    return list(dict.fromkeys(found))


def _named(message, parsed, report, is_sure):
    """The addresses that a report in mere words names as failed, {address: for good?}."""
    words, to = report.words.lower(), report.returned_to()
    ours = {address for _, address in parsed.recipients} | {parsed.sender[1], *parsed.delivered_to}
    listed = [one.lower() for one in ADDRESS.findall(str(message.get("x-failed-recipients", "")))]
    found = dict.fromkeys(listed, True) or _by_flufl(
        message, words, ".".join(parsed.sender[1].split("@")[-1].split(".")[-2:])
    )
    sure = _all(_SURE, words)
    found |= {one: True for one in sure if one not in found}
    if not found:
        likely = _all(_LIKELY, words)
        likely = [one for one in likely if one not in ours and not _DAEMON.match(one)] or likely
        found = dict.fromkeys([one for one in likely if one in to] or likely, True)
    if not found and is_sure and _says_so(parsed.subject, report.words):
        others = [one for one in to if one not in ours]
        found = dict.fromkeys(others if len(others) == 1 else [], True)
    return _without_aliases(found, words, to)


def _says_so(subject, words):
    """Whether a mail speaks of a failure, and asks for nothing instead ("click to have it delivered")."""
    said = f"{subject}\n{words[:3000]}"
    return bool(_SUBJECT.search(said) or NOBODY.search(said)) and not _CHALLENGE.search(said)


def _without_aliases(found, words, to):
    """Of an address and the one it stands for, the one that was written to."""
    aliases = [one.lower() for one in _ALIAS.findall(words)]
    written = [one for one in aliases if one in to]
    if written and not any(one in to for one in found if one not in aliases):
        return dict.fromkeys(written, True)
    kept = {one: lasting for one, lasting in found.items() if one not in aliases}
    return kept or found


def _said_of(address, addresses, words):
    """What a report says of one of its addresses: the lines that name it and those that follow."""
    said, left = [], 0
    for line in words.split("\n"):
        low = line.lower()
        if address in low:
            left = 12
        elif any(one in low for one in addresses):
            left = 0
        if len(said) > 1 and _RULE.match(line):
            left = 0
        if left and line.strip():
            said.append(line)
            left -= 1
    return "\n".join(said)[:4000]


def read(message, parsed):
    """The recipients that `message` says were not reached, as Bounces; none if it is no report of that."""
    is_sure = is_from_a_server(message, parsed)
    if not is_sure and not _may_be_a_report(message, parsed):
        return ()
    report = Report(message, parsed)
    message_ids = report.message_ids() or parsed.refers_to
    if not _DAEMON.match(parsed.sender[1]) and _CHALLENGE.search(report.words[:3000]):
        return ()
    if report.blocks:
        found = _of_status(report, message_ids)
        if found or not list(_failed(report.blocks)):
            return found
    if not is_sure and not _says_so(parsed.subject, report.words):
        return ()
    named = _named(message, parsed, report, is_sure or _SUBJECT.search(parsed.subject))
    is_tried = bool(STILL_TRIED.search(parsed.subject) or STILL_TRIED.search(report.words[:3000]))
    found = []
    for address, lasting in list(named.items())[:MANY]:
        said = _said_of(address, list(named), report.words)
        judged = classify("", said, lasting and not is_tried)
        if judged[1] == UNTOLD[1] and len(named) == 1:
            judged = classify("", report.words[:4000], lasting and not is_tried)
        found.append(Bounce(address, *judged, " ".join(said.split())[:500], message_ids))
    return tuple(found)
