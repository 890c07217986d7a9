"""What a person's reply says, by rules: a label, why, and how sure that is. What no rule knows is left to people."""

import re

from .models import Label

_RULES = (
    (
        Label.WRONG_PERSON,
        85,
        r"(wrong|not the (right|correct|best)) (person|contact|address|department)|(i am|i'm"
        r"|i’m) not (the one )?(responsible|in charge)|no longer (work|with the company|responsible|in this role"
        r"|at )|(please )?(contact|reach out to|speak (to|with)|talk to|get in touch with) (my|our) colleague"
        r"|(has|have|'ve) left the company|(forward(ed|ing)|passed) (this|your|it).{0,30} (to|on to) (my|our"
        r"|the)|copied (in )?my colleague|(looping|loop) in|falsche[rn]? (ansprechpartner|person|adresse)"
        r"|nicht (der|die) (richtige|zuständig)|nicht (dafür |mehr )?zuständig|zuständig (ist|hierfür|dafür)"
        r"|(ihre|die) (mail|nachricht|anfrage) .{0,30}weitergeleitet|wenden sie sich (bitte )?an"
        r"|pas la bonne personne|pas (le|la) (bon|responsable|bonne)|je transf[eè]re|(contactez|adressez-vous"
        r"|rapprochez-vous)|no soy la persona|persona (indicada|adecuada|correcta)|ya no trabajo"
        r"|non sono (io )?(la persona|il referente)|persona (sbagliata|giusta)|niet de (juiste|goede) (persoon"
        r"|contact)|verkeerde persoon|não sou (a pessoa|o responsável)|pessoa (errada|certa)",
    ),
    (
        Label.NOT_INTERESTED,
        85,
        r"(not|n.t|no longer) (be )?(currently )?(really )?interest(ed|ing)?\b|no interest\b|no,? thank(s| you)"
        r"|(not|isn.t|is not) (a (good )?fit|relevant|for us|what we)|(we|i) (will|'ll|have to|must) (pass"
        r"|decline)|we('ll| will)? pass\b|(don.t|do not|no) need (for )?(this|it|your|any|such)|already (have"
        r"|use|using|work with|working with|covered|got)|happy with (our|the) (current|existing)"
        r"|kein(e)? (interesse|bedarf|verwendung)|nicht interess|nein,? danke|sind (bereits|schon) (versorgt"
        r"|gut)|haben (bereits|schon) (einen|eine|ein|jemanden)|kommt (für uns )?nicht in ?frage"
        r"|pas (du tout )?intéress|non,? merci|aucun (intérêt|besoin)|(pas|plus) besoin|nous avons déjà|no (me"
        r"|nos|estoy|estamos) interes|no,? gracias|ya tenemos|no necesitamos"
        r"|non (sono|siamo|mi|ci) interess|no,? grazie|abbiamo già|geen (interesse|belangstelling|behoefte)"
        r"|niet geïnteresseerd|nee,? (dank|bedankt)|não (temos|tenho|estou|estamos) interes|não,? obrigad"
        r"|já temos",
    ),
    (
        Label.NOT_NOW,
        80,
        r"not (right )?now\b|not (at (this|the) (time|moment|present|stage)|yet|a (good|priority)|the right time"
        r"|this (year|quarter|month))|(maybe|perhaps|possibly) (later|next|in (a|the)|another time)|(get|come"
        r"|reach|check|circle|touch) (back|base|in|out)( (to|with) (me|us))? (in|after|next|later|around|at the)"
        r"|(next|in) (year|quarter|spring|summer|autumn|fall|winter|january|february|march|april|may|june|july"
        r"|august|september|october|november|december|q[1-4])"
        r"|(too busy|swamped|bad time|no (time|budget|capacity) (right now|at|for|this|currently))|(revisit"
        r"|follow up|ping me|try again|contact me again|write (to )?me again|try me) .{0,20}(in|next|after"
        r"|later)|budget .{0,30}(frozen|next year|spent)|(zur ?zeit|derzeit|aktuell|im moment|momentan"
        r"|gerade) (nicht|kein|keine|keinen)|später (noch ?mal|wieder|nochmals)|erst (im|in|ab|nächste)"
        r"|nächste[ns]? (jahr|quartal|monat|woche)"
        r"|melden sie sich .{0,30}(wieder|nochmal|später|im|in )|pas (pour l.instant|pour le moment|maintenant"
        r"|actuellement|avant)|plus tard|l.année prochaine|(recontacte|relance)[rz]|por (ahora|el momento) no"
        r"|ahora (mismo )?no|más adelante|el (próximo|año que)|per (ora|il momento) no|non (adesso|ora"
        r"|in questo momento)|più avanti|il prossimo|(nu|momenteel|op dit moment) (niet|geen)|later (weer|nog)"
        r"|volgend jaar"
        r"|(agora|no momento) não|mais (tarde|para a frente)|próximo ano",
    ),
    (
        Label.INTERESTED,
        80,
        r"(i am|i'm|i’m|we are|we're|we’re|very|definitely|quite|could be|would be|am|sounds?|looks?|seems?"
        r"|is) (very |quite |really |definitely |potentially |indeed )?(interest(ed|ing)|great|good|promising"
        r"|exactly what)|(tell|send|share|give) (me|us) (some |a bit |a little |the |your )?(more|details|info"
        r"|pricing|prices|quote|an offer|a demo|information|material|brochure|deck)|(more|further) (information"
        r"|info|details)"
        r"|(let.s|let us|can we|could we|shall we|happy to|would like to|i.d like to|love to|free to|we can"
        r"|we could) (talk|chat|discuss|meet|have a (call|chat|look)|jump on|hop on|schedule|set up|book|arrange"
        r"|connect|learn|hear|see|speak|know)|(schedule|book|set up|arrange) (a|an) (call|meeting|demo"
        r"|appointment)|(call|ring|phone) me\b|(how much|what (is|are|does|would) .{0,30}(price|pricing|cost)"
        r"|what.s the (price|cost))|(please )?send .{0,20}(quote|offer|proposal|pricing)|works (for|with) (me"
        r"|us)|count (me|us) in|yes,? (please|sure|gladly|let|that|we|i)\b"
        r"|(interessiert|interessant|interesse (hätten|haben|besteht)|klingt (gut|spannend|interessant)"
        r"|gerne? (mehr|einen|telefonieren|ein|besprechen|kennenlernen)|rufen sie (mich|uns)|(schicken"
        r"|senden) sie (mir|uns)|termin (vereinbaren|ausmachen|vorschlagen)|was kostet|preis(e|liste)"
        r"|angebot (zukommen|schicken|erstellen|machen)|ja,? (gerne?|bitte|sehr))"
        r"|(intéress(é|ant|e)|volontiers|en savoir plus|plus d.informations|appelez-moi|rendez-vous|envoyez-(moi"
        r"|nous)|combien (coûte|ça)|vos tarifs|un devis|avec plaisir)|(me|nos) interesa|interesad[oa]s?"
        r"|interesante|más información|llámeme|(envíe|mánde|enviar)(me|nos)|cuánto cuesta|presupuesto"
        r"|una (llamada|reunión)|suena bien"
        r"|(interessat[oi]|interessante|maggiori informazioni|mi chiami|(invi|mand)(i|ate)(mi|ci)|quanto costa"
        r"|un preventivo|volentieri)|(geïnteresseerd|interessant|meer informatie|bel me|stuur (me|mij|ons)"
        r"|wat kost|offerte|afspraak|klinkt goed)|(interessad[oa]s?|mais informações|me ligue|(envie|mande)(-me"
        r"|m)?|quanto custa|orçamento|uma (reunião|chamada))",
    ),
)
_COMPILED = [(label, sure, re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE)) for label, sure, words in _RULES]
_NAMES = {
    Label.WRONG_PERSON: "they are not the right person",
    Label.NOT_INTERESTED: "they are not interested",
    Label.NOT_NOW: "now is not the time",
    Label.INTERESTED: "they are interested",
}


def label(fresh):
    """(Label, reason, sure in percent) of the words that a person wrote anew; (NONE, "", None) when no rule knows."""
    text = " ".join(fresh[:3000].split())
    found = [(one, sure, match) for one, sure, words in _COMPILED if (match := words.search(text))]
    if not found:
        return Label.NONE, "", None
    first, sure, match = found[0]
    if len(found) > 1:
        sure -= 20
    return first, f"It says “{match.group()[:80]}”: {_NAMES[first]}.", sure
