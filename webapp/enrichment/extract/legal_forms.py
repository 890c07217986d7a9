"""The forms of companies that stand in their names, and the names without them."""

import re

# The longest first where one begins another.
_FORMS = r"""
    gGmbH|GmbH\s?&\s?Co\.?\s?KGaA|GmbH\s?&\s?Co\.?\s?KG|GmbH\s?und\s?Co\.?\s?KG|AG\s?&\s?Co\.?\s?KG|UG\s?\(haftungsbeschränkt\)
    GmbH|mbH|KGaA|OHG|e\.\s?K\.|eK|e\.\s?V\.|eG|PartG\s?mbB|PartG|SE|AG|KG|UG|GbR|Ges\.?m\.?b\.?H\.?|OG
    S\.?A\.?R\.?L\.?|SARL|EURL|E\.U\.R\.L\.|SASU|S\.A\.S\.U\.|SAS|S\.A\.S\.?|SCOP|SCIC|SNC|SCI|S\.A\.|SA
    S\.?L\.?U\.?|S\.\s?L\.|SL|S\.\s?Coop\.?|S\.A\.U\.|SAU
    S\.?r\.?l\.?s\.?|S\.r\.l\.?|Srl|SRL|S\.p\.A\.?|SpA|SPA|S\.n\.c\.?|S\.a\.s\.|S\.c\.a\.?r\.?l\.?|Soc\.\s?Coop\.?
    B\.\s?V\.?|BV|N\.\s?V\.|NV|V\.?O\.?F\.?|C\.V\.|BVBA|B\.V\.B\.A\.|CVBA
    [Ss]p\.\s?z\s?o\.?\s?o\.?(?:\s?[Ss]p\.\s?k\.)?|[Ss]p\.\s?k\.|[Ss]p\.\s?j\.|S\.A\.
    AB|Aktiebolag|HB|A/S|ApS|IVS|ASA|AS|Oyj|Oy|Ab|Hf\.|ehf\.?
    Limited|Ltd\.?|LTD\.?|PLC|plc|LLP|L\.L\.P\.|LLC|L\.L\.C\.|Inc\.?|INC\.?|Incorporated|Corp\.|Corporation|Co\.,?\s?Ltd\.?|Pty\.?\s?Ltd\.?|Pvt\.?\s?Ltd\.?|Pte\.?\s?Ltd\.?|LP|CIC
    s\.\s?r\.\s?o\.|spol\.\s?s\s?r\.\s?o\.|a\.\s?s\.|Kft\.?|Zrt\.?|Nyrt\.?|Bt\.|d\.\s?o\.\s?o\.|d\.\s?d\.|S\.R\.L\.|OÜ|SIA|UAB|EOOD|OOD|ЕООД|ООД|ООО|ТОВ
    Lda\.?|LDA|Ltda\.?|LTDA|Unipessoal\s+Lda\.?|A\.Ş\.|Ltd\.\s?Şti\.|K\.K\.|G\.K\.
"""
_FORM = "|".join(
    sorted((form.strip() for line in _FORMS.split("\n") for form in line.split("|") if form.strip()), key=len)[::-1]
)
_EAST = "株式会社|有限会社|合同会社|一般社団法人|(?:股份)?有限公司|주식회사"
AT_END = re.compile(rf"[\s,]+(?:{_FORM})[\s,.]*$")
EAST = re.compile(rf"^(?:{_EAST}|㈱|\(株\)|（株）)\s*|\s*(?:{_EAST}|㈱|\(株\)|（株）)$")
# A name with its form: capitalised words before it, on one line.
NAMED = re.compile(
    rf"(?<![\w&])((?:[A-ZÀ-ÖØ-ÞĀ-Ž0-9][\w'’.&+/-]*|&|[+]|and|und|et|y|e|en|i|och|of|the|de|du|des|la|le|di|del|"
    rf"van|der|für|for)"
    rf"(?:[ ,]{{1,2}}(?:[A-ZÀ-ÖØ-ÞĀ-Ž0-9(][\w'’.&+/)-]*|&|[+]|and|und|et|y|e|en|i|och|of|the|de|du|des|la|le|di|"
    rf"del|van|der|für|for|[a-zà-ž]{{3,20}}))"
    rf"{{0,6}}?,?\s(?:{_FORM}))(?![\w])"
)
NAMED_EAST = re.compile(rf"(?:{_EAST})\s?[\w・ー&A-Za-z]{{2,20}}|[\w・ー&A-Za-z]{{2,20}}\s?(?:{_EAST})")


def without_form(name):
    """ "Kessler Bau GmbH & Co. KG" as "Kessler Bau"."""
    for _ in range(2):
        shorter = AT_END.sub("", EAST.sub("", name)).strip(" ,")
        if shorter == name or len(shorter) < 2:
            break
        name = shorter
    return name


def has_form(name):
    return bool(AT_END.search(name) or EAST.search(name))
