"""The forms of companies that stand in their names, and the names without them."""

import re
from functools import lru_cache

# Patterns of what may stand behind a name, German to Turkish.
_FORMS = r"""
    gGmbH GmbH\s?&\s?Co\.?\s?KGaA GmbH\s?(?:&|und)\s?Co\.?\s?KG AG\s?&\s?Co\.?\s?KG UG\s?\(haftungsbeschränkt\)
    GmbH mbH KGaA OHG e\.\s?K\. eK e\.\s?V\. eG PartG\s?mbB PartG SE AG KG UG GbR Ges\.?m\.?b\.?H\.? OG
    S\.?A\.?R\.?L\.? EURL E\.U\.R\.L\. SASU S\.A\.S\.U\. SAS S\.A\.S\.? SCOP SCIC SNC SCI S\.A\. SA
    S\.?L\.?U\.? S\.\s?L\. SL S\.\s?Coop\.? S\.A\.U\. SAU
    S\.?r\.?l\.?s\.? S\.\s?r\.\s?l\.? Srl SRL S\.p\.A\.? SpA SPA S\.n\.c\.? S\.a\.s\. S\.c\.a\.?r\.?l\.? Soc\.\s?Coop\.?
    B\.\s?V\.? BV N\.\s?V\.? NV V\.?O\.?F\.? C\.V\. BVBA B\.V\.B\.A\. CVBA
    Sp\.\s?z\s?o\.?\s?o\.?(?:\s?[Ss]p\.\s?k\.)? sp\.\s?z\s?o\.?\s?o\.?(?:\s?sp\.\s?k\.)? [Ss]p\.\s?k\. [Ss]p\.\s?j\.
    AB Aktiebolag HB A/S ApS IVS ASA AS Oyj Oy Ab Hf\. ehf\.?
    Limited Ltd\.? LTD\.? PLC plc LLP L\.L\.P\. LLC L\.L\.C\. Inc\.? INC\.? Incorporated Corp\. Corporation
    Co\.,?\s?Ltd\.? Pty\.?\s?Ltd\.? Pvt\.?\s?Ltd\.? Pte\.?\s?Ltd\.? LP CIC
    s\.\s?r\.\s?o\. spol\.\s?s\s?r\.\s?o\. a\.\s?s\. Kft\.? Zrt\.? Nyrt\.? Bt\. d\.\s?o\.\s?o\. d\.\s?d\. S\.R\.L\.
    OÜ SIA UAB EOOD OOD ЕООД ООД ООО ТОВ Lda\.? LDA Ltda\.? LTDA Unipessoal\s+Lda\.? A\.Ş\.
    Ltd\.\s?Şti\. K\.K\. G\.K\."""
_FORM = "|".join(sorted(_FORMS.split(), key=len, reverse=True))
_EAST = "株式会社|有限会社|合同会社|一般社団法人|(?:股份)?有限公司|주식회사"
_AT_END = re.compile(rf"[\s,]+(?:{_FORM})[\s,.]*$")
_EAST_END = re.compile(rf"^(?:{_EAST}|㈱|\(株\)|（株）)\s*|\s*(?:{_EAST}|㈱|\(株\)|（株）)$")
_IN_NAME = r"&|[+]|and|und|et|y|e|en|i|och|of|the|de|du|des|la|le|di|del|van|der|für|for"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-Ž0-9][\w'’.&+/-]*"
# The words of a name, which end where its form begins; searched for backwards, as a form is quicker to find.
_WORDS = re.compile(
    rf"(?<![\w&])(?:{_CAPITAL}|[+]|für)(?:[ ,]{{1,2}}(?:{_CAPITAL}|\([\w ]+\)|{_IN_NAME}|[a-zà-ž]{{3,20}})){{0,6}},?$"
)
_NAMED_EAST = re.compile(rf"(?:{_EAST}) ?[\w・ー&]{{2,20}}|(?<![\w・ー&])[\w・ー&]{{2,20}}? ?(?:{_EAST})")
_LONGEST = 90


def _by_letter():
    """The forms in groups by their first letter: a group is passed over at once."""
    groups = {}
    for form in sorted(_FORMS.split(), key=len, reverse=True):
        first = form[:4] if form.startswith("[Ss]") else form[0]
        groups.setdefault(first, []).append(form[len(first) :])
    return "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in groups.items())


_FOUND = re.compile(rf"[ ,](?=[A-ZАЕОТa-u])(?:{_by_letter()})(?![\w])")


def named(text, most=30):
    """(name, start, end) of the names with a form in `text`, at most `most`."""
    found = []
    for match in _FOUND.finditer(text):
        start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - _LONGEST)
        if words := _WORDS.search(text[start : match.start()]):
            found.append((f"{words[0]}{match[0]}", start + words.start(), match.end()))
            if len(found) >= most:
                break
    if "会社" in text or "公司" in text or "주식회사" in text:
        found += [(match[0], *match.span()) for match in list(_NAMED_EAST.finditer(text))[:most]]
    return found


@lru_cache(maxsize=4096)
def without_form(name):
    """ "Kessler Bau GmbH & Co. KG" as "Kessler Bau"."""
    for _ in range(2):
        shorter = _AT_END.sub("", name) if " " in name or "," in name else name
        shorter = shorter if shorter.isascii() else _EAST_END.sub("", shorter)
        shorter = shorter.strip(" ,")
        if shorter == name or len(shorter) < 2:
            break
        name = shorter
    return name


def has_form(name):
    return without_form(name) != name.strip(" ,")
