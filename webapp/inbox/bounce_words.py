"""What servers say when they do not take a mail, by what it means. They meet text whose _ are spaces."""

import re


def any_of(*patterns):
    """One pattern for all of `patterns`."""
    return re.compile("|".join(patterns), re.IGNORECASE)


_WHO = r"(?:user|recipient|mail-? ?box|address|account|alias|person|addressee|customer|member|userid)"
_WHERE = r"(?:host|domain|server|site|mail exchanger)"

SPAM = any_of(
    r"\bspam(?!bouncer)",
    r"\bspam(haus|cop|assassin)",
    r"(black|block|deny)-? ?list",
    r"\b(rbl|dnsbl|uribl|surbl|uce|ube)\b",
    r"barracuda", r"unsolicited", r"\bbulk (e-?)?mail", r"\bjunk\b", r"reputation", r"\bphish", r"virus", r"malware",
    r"banned (ip|sender|content|sending)",
    r"content .{0,20}(reject|filter|block)",
    r"suspicious",
    r"abusive",
    r"senderbase",
    r"(ip|host|server|message|mail|connection|client|sender|address) .{0,60}\bblocked\b",
    r"blocked (by|for|using|due|-)",
    r"infected", r"\bjmrp\b", r"postmaster\.(live|yahoo|aol|t-online|gmx)\.\w+", r"bad sending", r"complaint",
    r"considered .{0,20}(spam|junk)", r"unerwünscht", r"indésirable", r"no deseado", r"indesiderat",
)  # fmt: skip
SENDER = any_of(
    r"\bsenders?\b(?! ?\.).{0,60}(reject|denied|unknown|invalid|not (found|exist|allowed|permitted|accepted)"
    r"|verif|must|domain)",
    r"(reject|refus|unknown|invalid|bad|unresolvable|verif\w*|forged) .{0,20}(sender|return-? ?path|from address"
    r"|envelope)",
    r"\bdmarc\b",
    r"\bdkim\b",
    r"\bspf\b",
    r"sender policy framework",
    r"reverse (dns|lookup|host)",
    r"\bptr\b|\brdns\b",
    r"in reply to (end of )?(mail from|helo|ehlo)", r"after (mail from|helo|ehlo|initial connection)",
    r"\bhelo\b.{0,40}(reject|invalid|denied)",
    r"client host.{0,60}(reject|denied)",
    r"domain .{0,40}mismatch|address is not verified",
)  # fmt: skip
POLICY = any_of(
    r"\brelay(ing)?\b",
    r"not? (authori[sz]ed|permitted|permission|allowed)",
    r"\bdenied\b",
    r"polic(y|ies)",
    r"prohibit",
    r"authenticat", r"violat", r"refused (by|to|for)", r"reject", r"moderat", r"white-? ?list", r"only accepts?",
    r"rcpthosts", r"restrict", r"\bnot (be )?accept", r"(does|do|did) ?n.?o?t (want|accept|allow)", r"\bblocked\b",
    r"confirm\w* (required|your)|requires confirmation",
    r"\(bl\)",
    r"messages? from .{0,60}(weren.t|not) (sent|accept)",
    r"not (a )?compliant", r"invalid ip", r"delivery not allowed", r"verweigert|abgelehnt|abgewiesen", r"\brefus[ée]",
)  # fmt: skip
FULL = any_of(
    r"quota\b(?! of (connections|messages))",
    r"mail-? ?(box|folder|drop|spool).{0,60}(\bfull\b|too large|exceed|too big|size limit|out of space)",
    r"(exceed|over|out of|insufficient|no|not enough|reached|lack of) .{0,40}(storage|disk|space|allotted"
    r"|allocated|allowed size)",
    r"full (mailbox|inbox)", r"(in|mail)-?box (is )?full", r"storage (limit|exceeded|full)", r"is full\b",
    r"postfach.{0,40}(voll|überfüllt|überschritten)",
    r"speicherplatz|kontingent",
    r"boîte.{0,40}pleine",
    r"espace.{0,20}insuffisant",
    r"buzón.{0,40}lleno",
    r"casella.{0,40}piena",
    r"caixa .{0,40}cheia",
    r"postvak.{0,20}vol\b",
    r"переполнен",
    r"容量|いっぱい|已满",
)  # fmt: skip
TOO_BIG = any_of(
    r"(message|mail|size|length|attachment)\b.{0,40}\b(too (large|big)|exceed\w* .{0,30}(size|limit|maximum|length))",
    r"(exceed\w*|over|maximum|max\.?|fixed|larger than) .{0,30}(message|mail) ?size",
    r"size limit",
    r"too (large|big) (for|to)",
    r"message (size|length)",
    r"exceeded .{0,20}size",
    r"nachricht .{0,30}zu groß",
    r"message .{0,20}trop (gros|volumineux)",
)  # fmt: skip
BUSY = any_of(
    r"gr[ea]y-?list",
    r"try(ing)? (it )?(again|later)|again later|retry (later|in)",
    r"too many (connections|recipients|messages|concurrent|sessions)",
    r"rate.?limit",
    r"temporar(y|ily)",
    r"(insufficient|lack of|out of) (system )?resources",
    r"deferred",
    r"throttl",
    r"at a rate",
    r"too (fast|quickly)",
    r"frequency limit",
    r"hop count|too many hops|too many received",
    r"mail loop|\bloop(ing|s|ed)?\b",
    r"quota of (connections|messages)",
    r"vorübergehend|temporär",
    r"temporaire",
    r"temporal(mente)?\b",
    r"local (configuration )?error|configuration error|internal (server )?error|system error|write error",
)  # fmt: skip
LATE = any_of(
    r"timed?[- ]?out",
    r"connection (was )?(refused|reset|dropped|lost|closed|rejected)",
    r"no route to host",
    r"(network|host) (is )?(down|unreachable)",
    r"(could|can|did|was|unable|cannot)\b ?(n.?o?t)? .{0,40}(connect|establish|contact|open)",
    r"lost connection",
    r"(time|message|delivery|retry|queue)\b.{0,20}expired",
    r"too long in (the )?queue|(in|on) (the )?queue too long|been (on|in) the queue|retry time|have been failing"
    r"|all hosts",
    r"not respond",
    r"unreachable for",
    r"for (the (past|last) )?\d+(\.\d+)? (days?|hours?)",
    r"maximum (time|lifetime)|max(imum)? retr|retr(y|ies) (count|limit|exhaust)|attempts",
    r"no (answer|response)",
    r"(undeliverable|undelivered|pending) for|been delayed", r"zeitüberschreitung", r"délai", r"tiempo de espera",
)  # fmt: skip
GONE = any_of(
    rf"\b{_WHO}\b.{{0,60}}\b(disabled|deactivated|discontinued|inactive|not active|closed|deleted|removed"
    rf"|cancel?led|terminated|expired|suspended"
    r"|has (been )?moved|has left|no longer (active|valid|available|in (use|service)|accept\w*|exists?|employed"
    r"|with|on|a valid|being used|monitored))",
    rf"(disabled|deactivated|inactive|closed|expired|terminated|discontinued|obsolete) {_WHO}\b",
    r"no longer (works?|employed|with|valid|available|in use|receiv\w+|active)",
    r"account .{0,30}(disabled|inactive)",
    r"mailbox (is )?disabled",
    r"nicht mehr (gültig|aktiv|verfügbar|vorhanden|in gebrauch)", r"n.est plus (valide|active|utilisée)",
)  # fmt: skip
NOBODY = any_of(
    rf"\b{_WHO}s?\b[^;\n]{{0,60}}?\b(unknown|not? ?found|does ?(no|n.)t exist|not? (longer )?exists?"
    rf"|not (a )?known|not recogni[sz]ed|not listed|invalid|is no|isn.t (a )?valid|(is )?not (a )?valid"
    r"|unavailable|not available|non-?exist\w*|(could|can) ?(no|n.)t be (found|resolved)|doesn.t have"
    r"|was not found|bad|not in our|not registered|not local|undeliverable|does not match|wasn.t found)",
    r"\b(unknown|invalid|no such|non-?existent?|unrouteable|unrouted|unroutable|unrecogni[sz]ed|undeliverable"
    r"|illegal|bad( destination)?|not? known|not a (known|valid|local)|no( valid)?|incorrect|wrong|unlisted) "
    rf"((local|valid|e-?mail|virtual|destination|smtp|mailbox|final|delivery|receiver|known|such|here|internet"
    rf"|smtp-?) )*{_WHO}(?!es\b)",
    r"(doesn.t|does not|do not|don.t|didn.t|did not) (have|match|exist|recogni[sz]e|know)( an?| any"
    r"| the)? ?(yahoo|account|user|mailbox|address|recipient|e-?mail|here)",
    r"(?:there is|there.s) no\b",
    r"(user|account|mailbox|address|recipient|person).{0,40}that.s not a valid",
    r"not an? (\w+ ){0,3}user",
    r"not a valid (recipient|mailbox|address|account|e-?mail)",
    r"does(n.t| not) exist",
    r"no mail-? ?box",
    r"no one (by|with|here)",
    r"not (listed )?in .{0,40}(directory|address ?book|name ?(&|and) ?address|adressbuch)",
    r"not our (customer|user)",
    r"(user|name|recipient|account) (not|un)[- ]?(found|local|exist|known|kn)",
    r"(badrcptto|bad rcpt to)\b",
    r"cannot find your recipient|recipnotfound|recipientnotfound|adr\.exrecipnotfound",
    r"no (local )?(mailbox|account|user|such person|such recipient|such address)",
    r"unknown[: ]+\S+@",
    r"mailbox (name )?not allowed",
    r"(?:all )?recipient address(es)? rejected ?: ?access denied",
    r"unknown or illegal alias",
    r"no valid recipients?|not a (valid|known) recipient",
    r"check .{0,20}(address|name|recipient).{0,30}(correct|typo|spell|valid|try again)",
    r"address(ee)? (is )?(wrong|incorrect)",
    r"invalid (final )?delivery user",
    r"not (a )?(user|mailbox|account) (here|on)",
    r"(unbekannt|ungültig)\w* (empf|benutzer|adress|e-?mail)",
    r"(empfänger|adresse|benutzer|postfach|konto)\w*\b.{0,50}(unbekannt|nicht (gefunden|bekannt|existi"
    r"|vorhanden)|existiert nicht|ungültig)",
    r"(utilisateur|destinataire|adresse|boîte|compte)\b.{0,50}(inconnu|introuvable|n.existe (pas|plus)|invalide"
    r"|n.a pas été trouvé)",
    r"(usuario|destinatario|cuenta|dirección|buzón)\b.{0,50}(desconocid|no (existe|se (ha )?encontr|encontrad)"
    r"|inexistente|no (es )?válid)",
    r"(utente|destinatario|casella|indirizzo)\b.{0,50}(sconosciut|inesistente|non (esiste|trovat|valid))",
    r"(usuário|destinatário|caixa|endereço)\b.{0,50}(desconhecid|não (existe|encontrad)|inexistente|inválid)",
    r"(gebruiker|ontvanger|adres|postvak)\b.{0,50}(onbekend|bestaat niet|niet gevonden)",
    r"nie ma takiego|nieznan\w+ (użytkownik|adres|odbiorc)|nie istnieje|konto .{0,30}(wyłączone|zablokowane)",
    r"не (существует|найден|зарегистрирован)|неизвестн", r"見つかりません|存在しません|宛先不明|不存在",
)  # fmt: skip
NO_HOST = any_of(
    rf"\b{_WHERE}( name)?s?\b.{{0,60}}\b(unknown|not (be )?(found|known)|does ?(no|n.)t exist|no such"
    rf"|non-?exist\w*|not resolve|couldn.t be found|invalid)",
    rf"(unknown|no such|bad|invalid|non-?existent|unrouteable|unroutable|illegal|incorrect) ((mail|destination"
    rf"|final|target|e-?mail|recipient) )*{_WHERE}",
    r"name (service error|or service not known|server lookup fail)",
    r"nxdomain",
    r"no (valid )?(mx|a|mail exchangers?|dns|mail server)s?\b.{0,40}(record|found|entr|host|for|exist)",
    r"(does(n.t| not) (accept|receive|handle)|no) .{0,20}(mail|smtp service)\b",
    r"null mx",
    r"unrouteable (mail )?domain",
    r"couldn.t find any host|(can.?t|can ?not|could not|unable to) (find|resolve|look ?up|route|locate)",
    r"dns .{0,30}(fail|error|not exist|no such)",
    r"mx records? point",
    r"host unknown",
    r"(domäne|domain|server|rechner)\b.{0,40}(nicht gefunden|existiert nicht|unbekannt)",
    r"(domaine|serveur|hôte)\b.{0,40}(introuvable|inconnu|n.existe pas)",
    r"(dominio|servidor)\b.{0,40}(no existe|desconocid|non esiste|inesistente|no se encontr)",
)  # fmt: skip
STILL_TRIED = any_of(
    r"still being retried|not yet (been )?delivered|has been delayed|delivery (is )?delayed|will (continue|keep"
    r"|be retried)|(do|does) not need to (re-?send|do)|no action is required|warning( message)? only"
    r"|will try|^warning\b|will (attempt|retry)|still trying|could not send (mail|message) for (the )?past"
    r"|wird weiter(hin)? versucht|zustellung verzögert|sera retentée|retardé|se seguirá intentando|delay\)",
)  # fmt: skip
