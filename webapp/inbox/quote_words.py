"""How mail programs say in their languages that a quote or a signature begins."""

import re

_WROTE = (
    r"wrote|writes|said|schrieb|hat geschrieben|geschrieben|a écrit|a ecrit|écrit|escribió|escribio|ha scritto|scrisse"
    r"|schreef|heeft geschreven|escreveu|skrev|napisał(?:\(a\)|a)?|kirjoitti|написал|пишет|rašė|yazdı|írta|napsal"
)
BEGINS = re.compile(
    r"[>\s*_-]*(?:on|am|le|el|il|op|em|den|a|w dniu|dnia|le:|\d|\w{2,12}[,.]|[\"'“]?[\w.'-]+ .*|.*@)", re.IGNORECASE
)
ATTRIBUTION = re.compile(
    rf"^[*_\s-]*(?:(?:on|am|le|el|il|op|em|den|i?n?a?)\b.*\d.*\b(?:{_WROTE})\b.{{0,60}}|.*(?:<[^<>\s]+@[^<>\s]+>|\d{{4}}).*\b(?:{_WROTE})\b"
    r"[^:]{0,40})[:：]\s*[*_-]*$",
    re.IGNORECASE,
)
SEPARATOR = re.compile(
    r"^[*_>\s]*-{2,}\s*(?:original|forwarded|weitergeleitete|ursprüngliche|message|mensaje|messaggio|oorspronkelijk|mensagem"
    r"|oprindelig|ursprungligt|opprinnelig|alkuperäinen|wiadomość|reply|antwort|doorgestuurd)\b.*-{2,}[*_\s]*$"
    r"|^begin forwarded message:$|^anfang der weitergeleiteten nachricht:$|^début du message réexpédié\s*:$",
    re.IGNORECASE,
)
RULE = re.compile(r"^[-_=*]{5,}$")
FROM = re.compile(r"(?:from|von|de|da|van|från|fra|od|lähettäjä|от|expéditeur)\*?\s*:", re.IGNORECASE)
HEADER = re.compile(
    r"(?:from|von|de|da|van|från|fra|od|sent|date|gesendet|datum|envoyé|enviado|inviato|verzonden|data|fecha|to|an|à|para"
    r"|a|aan|cc|kopie|subject|betreff|objet|asunto|oggetto|onderwerp|assunto|reply-to|antwort an|skickat|till"
    r"|ämne|sendt|til|emne)\*?\s*:",
    re.IGNORECASE,
)
DASHES = re.compile(r"^(?:-- ?|—|__)$")
SENT_FROM = re.compile(
    r"^(?:sent from my |sent from (?:mail for|yahoo|outlook)|get outlook for|von meinem .{2,40}gesendet"
    r"|gesendet von (?:mail|meinem|outlook)"
    r"|envoyé de(?:puis)? mon|enviado desde mi|inviato da(?:l mio)?|verzonden vanaf mijn|enviado d[oe] meu)",
    re.IGNORECASE,
)
