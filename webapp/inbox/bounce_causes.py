"""Why a server did not take a mail: from its status (RFC 3463), its reply code and its words."""

import re

from .parsed import BounceClass

HARD, SOFT, BLOCKED = BounceClass.HARD, BounceClass.SOFT, BounceClass.BLOCKED

NOBODY = HARD, "Nobody has this address."
NO_HOST = HARD, "The domain of this address takes no mail."
GONE = HARD, "This mailbox was closed."
SPAM = BLOCKED, "The server took the mail for spam or does not trust the sender."
POLICY = BLOCKED, "The server does not accept mails from this sender."
FULL = SOFT, "The mailbox is full."
TOO_BIG = SOFT, "The mail was too big for the server."
BUSY = SOFT, "The server put the mail off for now."
LATE = SOFT, "The server could not be reached in time."
TROUBLE = SOFT, "The server of the recipient has trouble."
UNTOLD = SOFT, "It came back without a reason that can be read."


def _any(*patterns):
    return re.compile("|".join(patterns), re.IGNORECASE)


_SPAM = _any(
    r"\bspam(?!bouncer|cop\.net/?\s*$)",
    r"black-?list",
    r"block-?list",
    r"\brbls?\b",
    r"\bdnsbl\b",
    r"spamhaus",
    r"spamcop",
    r"barracuda", r"\buribl\b", r"\bsurbl\b", r"unsolicited", r"\bbulk (e-?)?mail", r"\bjunk\b", r"poor reputation",
    r"reputation", r"content (was )?(rejected|filter)", r"\bphish", r"\bvirus", r"malware", r"\bUCE\b", r"unsolicited",
    r"banned (ip|sender|content|sending)",
    r"blocked (by|for|using|due)",
    r"message (was )?blocked",
    r"\babus(e|ive)\b(?!@)",
    r"suspicious", r"proofpoint.{0,40}block", r"als Spam", r"considéré comme",
)  # fmt: skip
_POLICY = _any(
    r"\brelay", r"not (authori[sz]ed|permitted|allowed)", r"access denied", r"\bdmarc\b", r"\bdkim\b", r"\bspf\b",
    r"policy", r"authentication (is )?required", r"sender.{0,40}(reject|denied|verif|not accepted|domain|unknown)",
    r"reverse dns", r"\bptr\b", r"administrative(ly)? (prohibit|restrict)", r"prohibited", r"refused to accept",
    r"rejected by .{0,40}(rule|filter|recipient)",
    r"moderat",
    r"not on the (white|allow) ?list",
    r"only accepts? mail from",
    r"rcpthosts", r"client host.{0,60}(reject|block)", r"helo", r"restricted (by|to)",
)  # fmt: skip
_FULL = _any(
    r"over[- ]?quota",
    r"quota (is )?(exceeded|full)",
    r"exceed\w* .{0,40}(quota|storage|allocat\w+|limit of)",
    r"mailbox (is |size )?(full|exceed)",
    r"mail ?box .{0,60}(\bfull\b|too large|quota|exceeds)",
    r"mailfolder is full",
    r"insufficient (disk |system )?(space|storage)",
    r"out of (storage|space)", r"full mailbox", r"no (disk )?space", r"storage (limit|quota)", r"quota",
    r"postfach.{0,40}(voll|überfüllt)",
    r"speicherplatz",
    r"boîte.{0,40}pleine",
    r"buzón.{0,40}lleno",
    r"casella.{0,40}piena",
)  # fmt: skip
_BIG = _any(
    r"(message|mail|size).{0,40}(too (large|big|long)|exceeds? .{0,30}(size|limit|maximum))",
    r"maximum (message )?size",
    r"size limit", r"fixed maximum", r"message (size|length) exceed", r"exceeded .{0,20}size",
)  # fmt: skip
_BUSY = _any(
    r"gr[ea]y-?list", r"try (again|later)|again later", r"too many (connections|recipients|messages|concurrent|hops)",
    r"rate.?limit", r"temporar(y|ily)", r"resources", r"deferred", r"throttl", r"at a rate", r"too (fast|quickly)",
    r"mail loop|looping|loops? back|loop detected", r"vorübergehend",
)  # fmt: skip
_LATE = _any(
    r"timed? ?out",
    r"connection (refused|reset|dropped|lost|closed)",
    r"no route to host",
    r"network (is )?unreachable",
    r"(could|can|did) ?n.?o?t (be )?(connect|establish|reach)",
    r"lost connection",
    r"delivery time expired",
    r"message expired",
    r"queue too long|too long in (the )?queue|retry timeout|retry time not reached|have been failing",
    r"not responding|unreachable for",
    r"maximum (time|lifetime)", r"host (is )?(down|unreachable)",
)  # fmt: skip
_GONE = _any(
    r"(account|mailbox|user|recipient|address|e-?mail)\b.{0,60}\b(disabled|deactivated|discontinued|inactive"
    r"|not active|no longer (active|valid|available|"
    r"in (use|service)|accept\w*|exists?|employed|with|on)|closed|deleted|removed|cancel?led|terminated|expired"
    r"|has (been )?moved|has left)",
    r"(disabled|deactivated|inactive|closed|expired|terminated|discontinued) (user|account|mailbox|recipient|address)",
    r"no longer (works|employed|with (us|the company)|valid)",
)  # fmt: skip
_NOBODY = _any(
    r"(user|recipient|mailbox|address|account|alias|person|addressee|e-?mail)\b[^.;\n]{0,60}\b(unknown"
    r"|not? ?found|does ?(no|n.)t exist|not exist|not known|"
    r"not recogni[sz]ed|not listed|invalid|no such|isn.t (a )?valid|is not valid|unavailable|nonexist\w*"
    r"|non-exist\w*|could not be found|not a known|doesn.t have)",
    r"(unknown|invalid|no such|non-?existent?|unrouteable|unrecogni[sz]ed|undeliverable|bad( destination)?"
    r"|nonexistent|not? known|no) "
    r"(local |e-?mail |virtual |destination |smtp |mailbox |final )*(user|recipient|mailbox|address(?!es)"
    r"|account|alias|person|addressee|local part|userid|name in)",
    r"(doesn.t|does not|do not|don.t|didn.t) (have|match|exist|recogni[sz]e|know)",
    r"there is no (user|one|such|account|mailbox|person)",
    r"no (mailbox|account|user|one)( here)? (by|with|of|named|called|under|for) ",
    r"not (listed )?in .{0,40}(directory|address ?book|name ?and ?address)",
    r"not our customer",
    r"user not (found|local|exist|known)",
    r"name not found",
    r"\bunknown[: ]+\S+@",
    r"\S+@\S+>?:? (is )?(unknown|not found)",
    r"mailbox (name )?(unavailable|not allowed)",
    r"RecipNotFound|RecipientNotFound|recipient rejected|recipient address rejected",
    r"unbekannt\w* (empf|benutzer|adress)",
    r"(empfänger|adresse|benutzer|postfach|konto)\b.{0,50}(unbekannt|nicht (gefunden|bekannt|existi|vorhanden)"
    r"|existiert nicht|ungültig)",
    r"(utilisateur|destinataire|adresse|boîte|compte)\b.{0,50}(inconnu|introuvable|n.existe (pas|plus)|invalide)",
    r"(usuario|destinatario|cuenta|dirección|buzón)\b.{0,50}(desconocid|no (existe|encontrad)|inexistente)",
    r"(utente|destinatario|casella|indirizzo)\b.{0,50}(sconosciut|inesistente|non (esiste|trovat|valid))",
    r"(usuário|destinatário|caixa|endereço)\b.{0,50}(desconhecid|não (existe|encontrad)|inexistente)",
    r"(gebruiker|ontvanger|adres|mailbox)\b.{0,50}(onbekend|bestaat niet|niet gevonden)",
    r"nie ma takiego|nieznany (użytkownik|adres|odbiorca)",
)  # fmt: skip
_NO_HOST = _any(
    r"(host|domain|server|site)( name)?\b.{0,60}\b(unknown|not (be )?found|does ?n.?o?t exist|no such"
    r"|nonexist\w*|non-exist\w*|not resolve|couldn.t be found|invalid)",
    r"(unknown|no such|bad|invalid|nonexistent|unrouteable|illegal) (mail |destination |final |target "
    r"|e-?mail )?(host|domain|server|system)",
    r"name service error",
    r"\bnxdomain\b",
    r"no (valid )?(mx|a|mail exchanger|dns)\b.{0,40}(record|found|entr|host|for)",
    r"domain .{0,60}(does not accept|doesn.t accept|no mail)",
    r"null mx",
    r"unrouteable (mail )?domain",
    r"couldn.t find any host|(can.?t|cannot|could not|unable to) (find|resolve|look ?up|route)",
    r"dns .{0,20}(fail|error|not exist)",
    r"all relevant MX records point to non-?existent",
    r"5\.4\.4 ",
    r"(domäne|domain|server|rechner) .{0,40}(nicht gefunden|existiert nicht|unbekannt)",
    r"(domaine|serveur|hôte).{0,40}(introuvable|inconnu|n.existe pas)",
    r"(dominio|servidor|host).{0,40}(no existe|desconocid|non esiste|inesistente)",
)  # fmt: skip

_BY_STATUS = {
    "1.1": NOBODY, "1.2": NO_HOST, "1.3": NOBODY, "1.6": GONE, "1.7": POLICY, "1.8": POLICY, "1.10": NOBODY,
    "2.1": GONE, "2.2": FULL, "2.3": TOO_BIG, "3.1": FULL, "3.4": TOO_BIG, "4.1": LATE, "4.2": LATE, "4.3": LATE,
    "4.4": NO_HOST, "4.6": LATE, "4.7": LATE, "4.310": NO_HOST,
}  # fmt: skip
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|\s*\.\d)")
_CODE = re.compile(r"(?<![\d.#-])([45][0-5]\d)(?=[ \-:#(]|$)")


def first_status(text):
    """The first status of RFC 3463 in `text` that tells more than x.0.0, or ""."""
    found = [".".join(one) for one in _STATUS.findall(text) if one[0] != "2"]
    telling = [one for one in found if not one.endswith(".0.0")]
    return (telling or found or [""])[0]


def _by_words(said, is_lasting):
    """What the words alone tell, the surest first."""
    nobody, host = _NOBODY.search(said), _NO_HOST.search(said)
    if _SPAM.search(said):
        return SPAM
    for words, result in ((_FULL, FULL), (_BIG, TOO_BIG)):
        if words.search(said):
            return result
    if is_lasting and _GONE.search(said):
        return GONE
    if is_lasting and (nobody or host):
        return NOBODY if nobody else NO_HOST
    for words, result in ((_BUSY, BUSY), (_LATE, LATE), (_POLICY, POLICY)):
        if words.search(said):
            return result
    return None


def classify(status, said, is_lasting=True):
    """(class, cause, status) of what a server said. `status` is the report's, "" without one; `is_lasting` is false
    when the report says that the mail is still being tried.
    """
    own = first_status(said)
    if not status or status.endswith(".0.0") or status[0] == "2":
        status = own or status
    code = _CODE.search(said)
    kind = status[:1] or (code.group(1)[0] if code else "")
    lasting = is_lasting and kind != "4"
    if not lasting:
        result = _by_words(said, False) or BUSY
        return SOFT, (result if result[0] == SOFT else BUSY)[1], status
    words, short = _by_words(said, True), status[2:]
    if short.startswith("7."):
        result = words if words in (SPAM, POLICY) else POLICY
    else:
        by_status = _BY_STATUS.get(short)
        result = words if words in (SPAM, FULL, TOO_BIG) else by_status or words
    if result is None and code and code.group(1) in ("550", "551", "553"):
        result = NOBODY if "unavailable" in said.lower() else None
    return *(result or UNTOLD), status
