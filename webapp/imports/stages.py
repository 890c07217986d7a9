"""Which stage a cell means: its name, or what other programs call it, in English, German, French and Spanish."""

import re

from webapp.core.text import fold
from webapp.leads.models import Stage

_WORDS = {
    Stage.NEW: """new|open|lead|new lead|not contacted|open not contacted|uncontacted|to contact|cold|unworked
        |neu|offen|nicht kontaktiert|nouveau|nouvelle|ouvert|non contacte|a contacter|nuevo|nueva|abierto
        |no contactado|sin contactar|por contactar""",
    Stage.CONTACTED: """contacted|attempted to contact|attempting contact|contacting|reached out|working|in progress
        |attempted|emailed|called|working contacted|approached|kontaktiert|angeschrieben|angesprochen
        |in bearbeitung|kontakt aufgenommen|contacte|contactee|en cours|relance|contactado|contactada|en curso
        |en proceso""",
    Stage.REPLIED: """replied|responded|answered|connected|engaged|interested|in conversation|meeting|meeting booked
        |meeting scheduled|in discussion|geantwortet|hat geantwortet|im gesprach|interessiert|repondu|a repondu
        |en discussion|interesse|interessee|respondido|contesto|ha respondido|en conversacion|interesado
        |interesada""",
    Stage.CONVERTED: """converted|customer|client|won|closed won|deal won|closed converted|gewonnen|kunde|kundin
        |konvertiert|bestandskunde|gagne|gagnee|converti|convertie|ganado|ganada|cliente|convertido|convertida
        |cerrado ganado""",
    Stage.LOST: """lost|closed lost|unqualified|disqualified|not interested|bad fit|rejected|dead|junk|deal lost
        |closed not converted|no interest|verloren|abgelehnt|kein interesse|disqualifiziert|absage|perdu|perdue
        |pas interesse|disqualifie|non qualifie|perdido|perdida|rechazado|rechazada|no interesado|no interesada
        |descartado|cerrado perdido""",
}
_STAGES = {word.strip(): stage for stage, words in _WORDS.items() for word in words.split("|")}
_PUNCTUATION = re.compile(r"[^\w]+|_")
WHY = "no stage is called so"


def stage_of(text):
    """The Stage that `text` means, or None."""
    words = " ".join(_PUNCTUATION.sub(" ", fold(text)).split())
    return _STAGES.get(words) or _STAGES.get(words.lstrip("0123456789 "))
