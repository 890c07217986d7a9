"""Requests in words to be written to no more. Only fresh words count: the quoted mail has our own link."""

import re

_OUT = re.compile(
    r"\b(un-?subscribe\b(?!\s+(link|button|option|rate))|unsubscribe me|opt[ -]?out|opt me out|(please )?(take"
    r"|remove|delete|drop) (me|us|my (e-?mail|name|address|data|details|contact)\w*|this (e-?mail|address)"
    r"|our (e-?mail|address|company)\w*)\b"
    r"|(stop|cease|quit) (e-?mailing|contacting|sending|writing|spamming|messaging|these|bothering)|(do not"
    r"|don.?t|never|no longer) (e-?mail|contact|write( to)?|send|message|spam|bother)\w* (me|us|any|these|this)"
    r"|not (wish|want) to (receive|be contacted|hear)|no (more|further) (e-?mails?|messages?|contact|mails?)"
    r"|(don.?t|do not) want (any |your |to (get|receive) )?(more |further )?(e-?mails?|messages?)"
    r"|abmelden|austragen|(bitte )?(nehmen|streichen|löschen|entfernen|tragen) sie (mich|uns|meine|unsere|diese)"
    r"|(keine|nicht) (weiteren|mehr|weitere) (e-?mails?|mails?|nachrichten|werbung|kontaktaufnahme|anschreiben)"
    r"|keine (e-?mails|mails|werbung|nachrichten|newsletter) mehr|(schreiben|kontaktieren|senden"
    r"|schicken) sie (mir|mich|uns) (bitte )?(nicht|keine)|(nicht|keine) mehr (an)?(schreiben|kontaktier\w+"
    r"|anzuschreiben)|unterlassen sie|widerspreche"
    r"|(me |nous )?dés(abonn|inscri)\w+|désinscrire|(retire[rz]|supprime[rz]|enleve[rz])[ -](moi|nous|mon|notre"
    r"|mes)|ne (plus|pas|souhaite plus) .{0,25}(recevoir|contacter|envoyer|écrire)|ne (me"
    r"|nous) .{0,15}(contactez|écrivez|envoyez) plus|plus recevoir"
    r"|(darme|dame|darnos|denme|deme) de baja|dar de baja|baja de (su|la|esta) lista|(elimin|borr|quit"
    r"|retir)\w+ (mi|me|nuestr)\w*|no (quiero|deseo|queremos|deseamos) (recibir|que me)|no (me|nos) (escriba"
    r"|env[ií]|contact)\w*|dejen? de (enviar|escribir|contactar)\w*"
    r"|(cancell|rimuov|toglie|elimin)\w+ (il mio|la mia|il nostro|mi\b|dalla|i miei)|disiscri\w+|non (voglio"
    r"|desidero|vogliamo|desideriamo) (più )?ricevere|non (mi|ci) (scriva|scrivete|contatt|invi)\w*|smett\w+ di"
    r"|(uit|af)schrijven|afmelden|(verwijder|haal) (mij|ons|mijn|me)|(geen|niet) (verdere |meer )?(e-?mails?"
    r"|mails?|berichten) (meer|ontvangen)|niet meer (mailen|benaderen|contact\w*|te mailen)"
    r"|descadastr\w+|(remov|exclu|retir)\w+ (o )?(meu|minha|me|nosso)|não (quero|desejo"
    r"|queremos) (mais )?receber|(parem|pare) de (enviar|mandar|me)|não (me )?(envie|enviem|contate)\w*)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\s*(unsubscribe|remove|stop|opt[ -]?out|abmeld\w+|austragen|désabonn\w+|désinscri\w+|baja|cancellami"
    r"|afmelden|uitschrijven|descadastr\w+)\W*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*(please |bitte )?(unsubscribe|remove|stop|opt[ -]?out|abmelden|austragen|baja|afmelden"
    r"|uitschrijven)\b\W*((me|now|please|bitte|thanks?|thank you)\W*)*$",
    re.IGNORECASE,
)


def read(parsed):
    """The words with which the writer asks to be left alone, or ""."""
    if _SUBJECT.match(parsed.subject):
        return parsed.subject.strip()
    fresh = parsed.fresh.strip()
    if _BARE.match(fresh[:80]):
        return fresh[:80].strip()
    found = _OUT.search(fresh[:3000])
    return found.group().strip() if found else ""
