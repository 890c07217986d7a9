"""Requests in words to be written to no more. Only fresh words count: the quoted mail has our own link."""

import re

from .bounce_words import any_of

SENTENCE = 80  # characters that are quoted as what was asked
MOST = 3000  # characters of a reply that are looked at
_WORD = (
    r"(unsubscribe( me)?|remove( me)?|stop|opt[ -]?out|abmelden|abmeldung|austragen|désabonn\w+|désinscri\w+|baja"
    r"|cancellami|disiscri\w+|afmelden|uitschrijven|descadastr\w+|remover)"
)
_ALONE = re.compile(
    rf"\W*(re:\s*)?((please|bitte|kindly)\s+)?{_WORD}\b(\W*(me|now|please|bitte|thanks?|thank you))*\W*", re.I
)
_OUT = any_of(
    # English
    r"\bun-?subscribe\b(?! (link|button|option|rate|page|header|requests?\b))", r"\bopt(ed|ing)?[ -]?(me )?out\b",
    r"\b(take|remove|delete|drop|erase) (me|us|my|our|this) ?(e-?mail|name|address|data|details|contact|company"
    r"|information)?\b"
    r"(?=.{0,60}\b(list|database|records?|system|mailing|crm|campaign|files?|sequence)|\W*$|\W*(please|thanks?"
    r"|now|immediately))",
    r"\b(stop|cease|quit) (e-?mailing|contacting|sending|writing|spamming|messaging|bothering|these)",
    r"\b(do not|don'?t|never|no longer) (e-?mail|contact|write( to)?|send|message|spam|bother|solicit)\b (me|us"
    r"|any|these|this|again)",
    r"\bnot (wish|want|like) to (receive|be contacted|get|hear from you)",
    r"\bno (more|further|additional) (e-?mails?|messages?|contact|mails?|communications?|correspondence)\b",
    r"\b(don'?t|do not) want (any )?(your )?(more |further )?(e-?mails?|messages?)\b",
    r"\bcease and desist\b",
    r"\bstop it\b",
    # German
    r"\b(melden|tragen|nehmen|streichen|löschen|entfernen) sie (mich|uns|meine|unsere|diese)\b",
    r"\baus (ihrem|dem|ihrer|der) (verteiler|liste|datenbank|adressliste|mailingliste)",
    r"\bkeine (weiteren |weitere |solche[n]? )?(e-?mails?|mails?|nachrichten|werbung|werbemails?|newsletter"
    r"|kontaktaufnahme|anschreiben|anfragen)( mehr\b|.{0,30}\b(wünsch|möcht|erhalt|bekomm|schick|send|zusend))",
    r"\bkeine (weiteren|weitere) (e-?mails?|mails?|nachrichten|werbung)\b",
    r"\b(schreiben|kontaktieren|senden|schicken|belästigen|anschreiben) sie (mir|mich|uns) (bitte )?(nicht"
    r"|keine)\b",
    r"\b(nicht|keine) (mehr|weiter) (an)?(schreiben|kontaktier\w+|anzuschreiben|zu kontaktieren|kontaktiert"
    r"|angeschrieben)",
    r"\bunterlassen sie\b",
    r"\bwiderspreche (ich )?(der|jeder|einer|hiermit)",
    r"\bwerbewiderspruch\b",
    # French
    r"\b(me|nous|se) (dés(abonn|inscri)\w+|retirer|supprimer|enlever)",
    r"\bdés(abonn|inscri)\w+[ -](moi|nous)",
    r"\b(retire[rz]|supprime[rz]|enleve[rz]|effacez)[ -](moi|nous|mon|notre|mes|nos)\b",
    r"\bne (plus|souhait\w+ (plus|pas)|veux plus|désir\w+ plus) .{0,25}(recevoir|contact|écri|sollicit|dérang)",
    r"\bne (me|nous) .{0,15}(contactez|écrivez|envoyez|sollicitez) plus",
    r"\bplus (recevoir|de (mails?|messages?|courriels?))\b",
    # Spanish
    r"\b(d[aeé]r?(me|nos)?|den(me|nos)) de baja\b",
    r"\bbaja de (su|la|esta|tu) lista",
    r"\b(elimin|borr|quit|retir)(e|en|ar|a)(me|nos)?\b.{0,30}\b(lista|base|datos|correos?)\b",
    r"\bno (quiero|deseo|queremos|deseamos) (recibir|que me|que nos|más)",
    r"\bno (me|nos) (escriba|env[ií]e|contacte|moleste)\w*",
    r"\bdejen? de (enviar|escribir|contactar|molestar)\w*",
    # Italian
    r"\b(cancell|rimuov|toglie|elimin)\w+ .{0,25}\b(lista|mailing|database|indirizzo|contatt\w+|elenco)\b",
    r"\bdisiscri\w+",
    r"\bnon (voglio|desidero|vogliamo|desideriamo) (più )?ricevere",
    r"\bnon (mi|ci) (scriva|scrivete|contatt|invi|mand)\w*( più)?",
    r"\bsmett\w+ di\b",
    # Dutch
    r"\b(schrijf|meld|haal|verwijder) (mij|ons|mijn|me|onze)\b",
    r"\bgeen (verdere |e-?)?(e-?mails?|mails?|berichten) (meer|ontvangen)",
    r"\bniet meer (mailen|benaderen|contact\w*|te mailen|te benaderen)",
    # Portuguese
    r"\bdescadastr\w+",
    r"\b(remov|exclu|retir)\w+ .{0,25}\b(lista|base|e-?mail|endereço|contato|cadastro)\b",
    r"\bnão (quero|desejo|queremos|desejamos) (mais )?receber",
    r"\b(parem|pare) de (enviar|mandar|me)\b",
    r"\bnão me (envie|enviem|contate|mande)\w*",
)  # fmt: skip


_OFFER = re.compile(r"https?:|\bclick\b|\bklick|www\.|\bcliquez|\bhaga clic|\bclicca", re.IGNORECASE)  # their own foot


def is_subject(subject):
    """Whether a subject is the request itself and nothing else."""
    return bool(_ALONE.fullmatch(subject[:80]))


def read(parsed):
    """The words with which the writer asks to be left alone, or ""."""
    if is_subject(parsed.subject) and not parsed.subject.lower().startswith("re:"):
        return parsed.subject.strip()
    fresh = parsed.fresh.strip()[:MOST].replace("’", "'")
    first = fresh.split("\n")[0]
    if _ALONE.fullmatch(first[:80]):
        return first.strip()
    for found in _OUT.finditer(fresh):
        if not _OFFER.search(_line_of(fresh, found)):
            return _sentence_of(fresh, found)
    return ""


def _sentence_of(text, found):
    """The sentence with the words that were found; of a long one these words alone."""
    start = max(text.rfind(mark, 0, found.start()) for mark in ".!?\n:") + 1
    ends = (text.find(mark, found.end()) for mark in ".!?\n")
    sentence = text[start : min((end for end in ends if end >= 0), default=len(text))]
    return " ".join((sentence if len(sentence) <= SENTENCE else found.group()).split())


def _line_of(text, found):
    start = text.rfind("\n", 0, found.start()) + 1
    return text[start : (text.find("\n", found.end()) + 1 or len(text) + 1) - 1]
