"""Which program a file was exported from, by the names of its columns, and what some of them mean there only."""

from .headers import plain

GALENA = "Galena"
ENOUGH = 4  # points
# program: columns that are worth 3 points, 2 points, 1 point
_SIGNS = {
    GALENA: ("kind of next to do|next to do|stage changed|last touch", "lost reason", "due|score|created|center|stage"),
    "HubSpot": (
        "hs object id|hubspot owner id|hs lead status|associated company ids|marketing contact status"
        "|fur kontakt zustandiger mitarbeiter|kontakt zustandiger mitarbeiter|propietario del contacto"
        "|proprietaire du contact|primary associated company id",
        "record id|contact owner|lifecycle stage|datensatz id|lifecycle phase|id de fiche d informations"
        "|id de registro|lifecyclestage|company owner",
        "lead status|associated company|create date|country region"
        "|state region|estado del lead|statut du lead|numero de telephone|numero de telefono",
    ),
    "Salesforce": (
        "mailing state province|is converted|system modstamp|mailing zip postal code|company account",
        "account owner|lead owner|reports to|is deleted|last modified date",
        "mailing city|mailing country|mailing street|account name|account id|owner id|unread by owner|annual revenue",
    ),
    "Apollo": (
        "apollo contact id|apollo account id|company name for emails",
        "person linkedin url|company linkedin url|work direct phone|email confidence|last raised at",
        "seniority|departments|no of employees|email status|corporate phone|technologies|keywords|sub departments",
    ),
    "LinkedIn": ("connected on", "", "first name|last name|url|email address|company|position"),
    "Google Contacts": (
        "yomi name|given name yomi|phonetic first name|group membership",
        "e mail 1 value|phone 1 value|e mail 1 type|e mail 1 label|organization 1 name|file as",
        "given name|family name|name prefix|labels|organization name|nickname",
    ),
    "Outlook": (
        "e mail display name|tty tdd phone|assistant s phone|internet free busy|directory server"
        "|government id number|organizational id number|postfach geschaftlich",
        "e mail address|business street|business phone|home phone 2|business country region|e mail 2 address"
        "|land region geschaftlich|telefon geschaftlich|ort geschaftlich|telephone bureau|ville bureau"
        "|pays region bureau|telefono del trabajo|ciudad de trabajo|adresse de messagerie",
        "web page|business city|business state|home street|home city|suffix|mobile phone|categories|sensitivity",
    ),
    "Pipedrive": (
        "person name|person organization|deal contact person|person email work|person phone work|person owner"
        "|deal organization",
        "person email|person phone|person id|organization owner|person label|person labels|email work|phone work"
        "|deal title",
        "organization name|organization address|deal value|deal owner|deal stage|won deals|lost deals|open deals"
        "|organization|next activity date",
    ),
    "Mailchimp": (
        "member rating|optin time|optin ip|leid|euid",
        "confirm time|confirm ip|gmtoff|dstoff",
        "email address|last changed|tags|latitude|longitude",
    ),
    "Meta lead ads": (
        "adset id|adset name|is organic",
        "form id|ad id|ad name|form name",
        "created time|campaign id|campaign name|platform|full name|phone number",
    ),
}  # fmt: skip
_POINTS = {
    program: {name.strip(): points for points, names in zip((3, 2, 1), signs, strict=True) for name in names.split("|")}
    for program, signs in _SIGNS.items()
}
# program: {column: target}, "" for a column that must not be taken for what it is called
_OWN = {
    GALENA: {"tag": "tags", "domain": "", "name": "full_name", "created": "", "score": "", "center": ""},
    "Apollo": {"lists": "tags", "keywords": "", "company name for emails": ""},
    "LinkedIn": {"url": "linkedin"},
    "Google Contacts": {"labels": "tags", "group membership": "tags", "location": "", "file as": ""},
    "Outlook": {"title": "", "location": "", "account": "", "user 1": "", "categories": "tags", "profession": ""},
    "Mailchimp": {"cc": "country", "address": ""},
    "Meta lead ads": {"platform": ""},
    "HubSpot": {"create date": ""},
}


def program(header):
    """The name of the program whose export has these columns, or ""."""
    names = {plain(name) for name in header}
    scores = {one: sum(points.get(name, 0) for name in names) for one, points in _POINTS.items()}
    best = max(scores, key=scores.get)
    return best if scores[best] >= ENOUGH and _is_sure(best, names) else ""


def _is_sure(one, names):
    """Names that many files have are no sign by themselves."""
    return any(_POINTS[one].get(name, 0) > 1 for name in names)


def own_names(header):
    """{column's name as plain() leaves it: target or ""} of the program that the file was exported from."""
    return _OWN.get(program(header), {})
