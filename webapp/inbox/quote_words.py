"""What mail programs write, in their languages, where a quote begins. Each blank in a pattern is any white space."""

import re

_VERBS_LAST = (  # "On Monday Ann …:"
    r"wrote|writes|said|sent|a [ée]crit|[ée]crivait|escribi[óo]|escribe|ha escrito|ha scritto|scrive|scrisse|escreveu"
    r"|geschrieben|schrieb|het volgende geschreven|geschreven|schreef|skrev|kirjoitti|napisał(?:\(a\)|a)?|napsala?"
    r"|napísala?|írta|yazdı|написала?|написав|пише|пишет|va escriure|a scris|έγραψε|kirjutas|rašė"
)
_VERBS_FIRST = (  # "Am Montag … Anna:"
    r"schrieb|schreef|skrev|napisał(?:\(a\)|a)?|napsala?|wrote on|wrote at|kirjoitti|użytkownik|пользователь"
    r"|geschrieben von"
)
_VERBS_GLUED = r"写道|寫道|書きました|のメール|작성"  # no letter of another kind ends the word before
_OPENERS = (
    r"on|in a message dated|am|le|il|il giorno|in data|el|op|em|no dia|a|den|dne|dňa|på|i|w dniu|dnia|на|у|la|στις|vào"
)
_ORIGINALS = (
    r"original (?:message|e?-?mail|appointment)|(?:message|mail|courriel|e-mail) (?:d['’] ?origine|original|transféré)"
    r"|reply message|forwarded (?:message|mail|by)|urspr(?:ü|ue|u)ngliche (?:nachricht|mail|e-mail|message)"
    r"|original-?nachricht|originalmail|weitergeleitete (?:nachricht|mail|e-mail)|mensaje (?:original|reenviado)"
    r"|correo original|messaggio (?:originale|inoltrato)|mensagem (?:original|encaminhada)|oorspronkelijk bericht"
    r"|origineel bericht|doorgestuurd bericht|oprindelig (?:besked|meddelelse)|videresendt (?:besked|melding)"
    r"|opprinnelig melding|ursprungligt meddelande|vidarebefordrat meddelande|alkuperäinen viesti"
    r"|(?:oryginalna|przekazana) wiadomość|wiadomość (?:oryginalna|przekazana)|původní (?:zpráva|e-mail)"
    r"|pôvodná správa|eredeti üzenet|mesaj(?:ul)? original|orijinal (?:mesaj|ileti)|исходное сообщение"
    r"|пересылаемое сообщение|пересланное сообщение|вихідне повідомлення|原始邮件|邮件原件|原始郵件|元のメッセージ"
    r"|원본 ?메[시세]지"
)
_FORWARDS = (
    r"begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado|inizio (?:del )?messaggio inoltrato|begin doorgestuurd bericht"
    r"|in[íi]cio da mensagem (?:reencaminhada|encaminhada)|vidarebefordrat brev|videresendt besked"
)
_HEADERS = {
    "from": r"from|von|de|da|van|från|fra|od|remitente|expéditeur|mittente|lähettäjä|от|від|feladó|kimden|寄件者|发件人"
    r"|差出人|보낸 ?사람",
    "sent": r"sent|date|gesendet|datum|envoyé(?: le)?|date d['’]envoi|message du|enviado(?: (?:el|em|a))?|fecha|data"
    r"|inviato(?: il)?|verzonden|skickat|sendt|dato|päivämäärä|lähetetty|wysłano|data wysłania|odesláno|odoslané"
    r"|отправлено|дата|надіслано|elküldve|tarih|dátum|发送时间|日期|送信日時|보낸 ?날짜",
    "to": r"to|an|à|a|para|per|aan|till|til|vastaanottaja|do|komu|кому|címzett|kime|收件人|宛先|받는 ?사람",
    "subject": r"subject|betreff|objet|sujet|asunto|oggetto|onderwerp|assunto|ämne|emne|aihe|temat|předmět|predmet|тема"
    r"|tárgy|konu|主题|主旨|件名|제목",
    "other": r"cc|bcc|cci|kopie(?: an)?|copie(?: à)?|kopia|dw|reply-to|antwort an|importance|wichtigkeit|attachments"
    r"|anlagen|pièces jointes",
}
_ANNOUNCED = r"caution|warning|attention|external|achtung|warnung|vorsicht|externe|attenzione|atenci[óo]n|aten[çc][ãa]o"
_OUTSIDE = r"extern|outside|außerhalb|extérieur|esterno|fora da|buiten"


def _words(pattern):
    return re.compile(pattern.replace(" ", r"\s+").replace(r"\s+?", r"\s*"), re.IGNORECASE)


DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\d{4}[年년]"
    r"|\b\d{1,2}[:.h]\d{2}\b.{1,40}\b\d{1,2}\b|\b\d{1,2}\b.{1,40}\b\d{1,2}[:.h]\d{2}\b"
)
ADDRESS = re.compile(r"[\w.+'/=-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
OPENS = _words(rf"(?:{_OPENERS})\s.*\d")
SAYS_LAST = _words(rf"(?:\b(?:{_VERBS_LAST})|{_VERBS_GLUED})\s*[:：]$")
SAYS_FIRST = _words(rf"\b(?:{_VERBS_FIRST})\b.{{1,120}}[:：]$")
SAYS = _words(rf"(?:\b(?:{_VERBS_LAST}|{_VERBS_FIRST})|{_VERBS_GLUED})(?:\W.{{0,120}})?[:：]$")
SAYS_BARELY = _words(rf"\b(?:{_VERBS_LAST})(?:\s*-{{2,}})?$")
BARE_ENDS = ("wrote", "escribió", "écrit", "scritto", "escreveu")
DASHED = _words(rf"-{{2,}}\s*\S.{{0,200}}\b(?:{_VERBS_LAST})\s*-{{2,}}$")
GLUED = re.compile(r"\S\sOn (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?|\d|[A-Z][a-z]{2} \d).{5,200}wrote:$")
OURSELVES = _words(r"\b(?:i|we|ich|wir|je|nous|yo|ik|wij) (?:have |just )?(?:wrote|said|sent|schrieb\w*|schreef)\b")
QUOTING = _words(r"(?:quoting|zitat von|zitiere|citando|citation de|citat från|citeren)\b.{2,200}:$")
SEPARATOR = _words(rf"[-_=*~\s]{{2,}}(?:{_ORIGINALS})[^-]{{0,60}}?[-_=*~\s:]{{2,}}$|(?:{_FORWARDS})\s*:?$")
RULE = re.compile(r"[-_=*—–]{3,}$")
HEADERS = tuple((kind, _words(rf"(?:{names})\s*[:：]")) for kind, names in _HEADERS.items())
WARNING = _words(rf"(?:{_ANNOUNCED})\b.{{0,80}}(?:{_OUTSIDE})")
