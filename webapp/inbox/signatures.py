"""Where the signature of a mail begins, in a text that says so."""

import re

_SIGN = "-- "  # RFC 3676, 4.3
_MOST_LINES = 40  # below that sign
_FEW_LINES = 12  # below what may be one
_SHORT, _WIDEST = 80, 120  # characters of a line
_DASHES = re.compile(r"(?:--|—|–|__)$")
_RULE = re.compile(r"(?:[—–]{2,}|_{3,}|-{3,}|\*{3,}|={3,})$")
_FOOTER = re.compile(
    r"mailing list|mailman|list(?:s|info)?[.@/]|unsubscribe|google ?groups|\+\d[\d ()/-]{6,}|@[\w-]+\.", re.I
)
_CONFIDENTIAL = re.compile(
    r"(?:this|the|diese|ce|cet|este|questo|il presente|dit|deze|esta)\b.{0,40}\b(?:e-?mail|message|communication"
    r"|nachricht|courriel|correo|mensaje|messaggio|bericht|mensagem)\b.{0,120}(?:confidential|privileged|intended|vertraulich"
    r"|rechtlich geschützt|confidentiel|confidencial|riservat|vertrouwelijk)",
    re.IGNORECASE,
)
_MEANT_FOR = re.compile(
    r"recipient|addressee|addressed|empfänger|adressat|destinat|ontvanger|geadresseerde|disclos|unauthori",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:disclaimer|confidentiality(?: notice)?|legal notice|haftungsausschluss)\W*$", re.IGNORECASE)
_DEVICE = re.compile(
    r"""^[\s*_<(\[-]{0,3}(?:
        sent\ (?:from|via|with|by|using)\ [^,;:?!]{2,60}
      | get\ (?:the\ )?[\w ]{0,20}outlook\ for\ \w+
      | (?:von|mit)\ (?:meine[mr]|unterwegs|outlook|iphone|ipad)[^,;?!]{0,50}\ ge(?:sendet|schickt)
      | von\ meine[mr]\ [^,;?!]{2,50}\ ge(?:sendet|schickt)
      | gesendet\ (?:von|mit|über|aus)\ [^,;?!]{2,60}
      | diese\ nachricht\ wurde\ von\ mein[^,;?!]{2,60}\ gesendet
      | (?:envoyé|télécharger)\ (?:de|depuis|à\ partir\ d|avec|via|par|outlook)[^,;?!]{2,60}
      | enviado\ (?:desde|de|do|da|a\ partir|con|com|via|por)\ [^,;?!]{2,60}
      | (?:obtener|obter\ o|obter|scarica|download)\ outlook\ (?:para|per|voor)\ \w+
      | inviato\ (?:da|dal|con|tramite)\ ?[^,;?!]{2,60}
      | (?:verzonden|verstuurd)\ (?:vanaf|via|met|vanuit|van)\ [^,;?!]{2,60}
      | (?:skickat|skickades|sendt|lähetetty|wysłane|odesláno|отправлено)\ (?:från|fra|z|ze|iz|с|из)
        \ [^,;?!]{2,60}
      | lähetetty\ [^,;?!]{2,40} | iPhone(?:'|’)?(?:dan|dan\ gönderildi|から送信)
    )(?:\s*<[^<>\s]+>)?[.!]?\W{0,3}$""",
    re.IGNORECASE | re.VERBOSE,
)


def signature_start(lines, first, end, *, is_all):
    """The line in [first, end) where the signature begins; None: no line says so. `is_all`: nothing else is new."""
    said = [number for number in range(first, end) if lines[number].strip()]
    for at, number in enumerate(said):
        if at == 0 and is_all:
            continue  # nothing would be left
        line, left = lines[number].strip(), [lines[one].strip() for one in said[at + 1 : at + _MOST_LINES + 2]]
        if lines[number] == _SIGN and len(left) <= _MOST_LINES:
            return number
        if (_DASHES.match(line) and _is_short(left)) or (_RULE.match(line) and _is_footer(left)):
            return number
        if len(line) < _WIDEST and _DEVICE.match(line) and len(left) <= _MOST_LINES:
            return number
        if _CONFIDENTIAL.search(line[:1000]) and _MEANT_FOR.search(" ".join([line, *left[:3]])):
            before = said[at - 1]
            return before if at > 1 and _TITLE.match(lines[before].strip()) else number
    return None


def _is_short(left):
    return len(left) <= _FEW_LINES and all(len(line) <= _WIDEST for line in left)


def _is_footer(left):
    return _is_short(left) and all(len(line) <= _SHORT for line in left) and any(map(_FOOTER.search, left))
