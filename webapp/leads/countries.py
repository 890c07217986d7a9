"""Names of countries: for telling "Dublin, Ireland" from "Columbus, Ohio" (Georgia is left to the state), and for
writing a country the same way whatever it is called in.
"""

from functools import cache, lru_cache

from webapp.core.countries import COUNTRIES
from webapp.core.text import fold

_NAMES = """
    afghanistan|albania|algeria|andorra|angola|argentina|armenia|australia|austria|azerbaijan|bahamas|bahrain
    |bangladesh|barbados|belarus|belgium|belize|benin|bermuda|bhutan|bolivia|bosnia and herzegovina|botswana|brazil
    |brunei|bulgaria|burkina faso|burundi|cambodia|cameroon|canada|cape verde|cayman islands|chad|chile|china|colombia
    |congo|costa rica|croatia|cuba|curacao|cyprus|czech republic|czechia|denmark|djibouti|dominica|dominican republic
    |ecuador|egypt|el salvador|eritrea|estonia|eswatini|ethiopia|fiji|finland|france|gabon|gambia|germany|ghana
    |gibraltar|greece|greenland|grenada|guatemala|guernsey|guinea|guyana|haiti|honduras|hong kong|hungary|iceland
    |india|indonesia|iran|iraq|ireland|isle of man|israel|italy|ivory coast|jamaica|japan|jersey|kazakhstan|kenya
    |kosovo|kuwait|kyrgyzstan|laos|latvia|lebanon|lesotho|liberia|libya|liechtenstein|lithuania|luxembourg|macau
    |madagascar|malawi|malaysia|maldives|mali|malta|mauritania|mauritius|mexico|moldova|monaco|mongolia|montenegro
    |morocco|mozambique|myanmar|namibia|nepal|netherlands|the netherlands|new zealand|nicaragua|niger|nigeria
    |north macedonia|northern ireland|norway|oman|pakistan|palestine|panama|papua new guinea|paraguay|peru|philippines
    |poland|portugal|puerto rico|qatar|romania|russia|russian federation|rwanda|saint lucia|samoa|san marino
    |saudi arabia|scotland|senegal|serbia|seychelles|sierra leone|singapore|slovakia|slovenia|somalia|south africa
    |south korea|south sudan|spain|sri lanka|sudan|suriname|sweden|switzerland|syria|taiwan|tajikistan|tanzania
    |thailand|togo|trinidad and tobago|tunisia|turkey|turkiye|turkmenistan|uganda|ukraine|united arab emirates|uae
    |united kingdom|uk|u.k.|great britain|england|wales|united states|united states of america|usa|u.s.a.|us|u.s.
    |uruguay|uzbekistan|vatican city|venezuela|vietnam|yemen|zambia|zimbabwe
    |deutschland|osterreich|schweiz|suisse|svizzera|espana|italia|frankreich|italien|spanien|niederlande|polen
    |belgique|belgien|pays-bas|royaume-uni|allemagne|autriche|espagne|etats-unis|alemania|francia|suiza|reino unido
    |estados unidos|vereinigte staaten|vereinigtes konigreich|danemark|schweden|norwegen|finnland|tschechien|irland
    |polska|nederland|danmark|sverige|norge|suomi|brasil|mexiko|turkei|korea|republic of korea"""
NAMES = frozenset(name.strip() for name in _NAMES.split("|"))
# ISO 3166 codes that no state of the US or province of Canada shares

_CODES = """
    at au be bg br ch cl cn cy cz dk ee es fi fr gb gr hk hr hu ie it jp kr lt lu lv mx mt my nl no nz ph pl pt ro
    rs ru se sg si sk th tr tw ua uk us za ae sa eg ng ke"""
CODES = frozenset(_CODES.split())

# What countries are also called in English, or were.
_ALSO = """
    GB=uk|u.k.|great britain|england|scotland|wales|northern ireland|britain
    |US=usa|u.s.a.|u.s.|united states of america|the united states|estados unidos de america
    |AE=uae|u.a.e.|emirates|NL=holland|the netherlands|CZ=czech republic|RU=russian federation
    |KR=korea|republic of korea|south korea|korea, republic of
    |KP=democratic people's republic of korea|TR=turkiye|CI=ivory coast|CV=cabo verde
    |SZ=swaziland|MK=macedonia|fyr macedonia|MM=burma|VA=vatican|holy see|TL=east timor|MO=macau|macau sar china
    |HK=hong kong sar china|hong kong sar|hongkong|CN=people's republic of china|pr china|p.r. china|mainland china
    |TW=taiwan, province of china|VN=viet nam|IR=iran, islamic republic of|SY=syrian arab republic
    |LA=lao people's democratic republic|MD=moldova, republic of|TZ=tanzania, united republic of
    |VE=venezuela, bolivarian republic of|BO=bolivia, plurinational state of|BN=brunei darussalam
    |CD=democratic republic of the congo|dr congo|drc|congo, the democratic republic of the|CG=republic of the congo
    |congo|PS=palestinian territories|palestine, state of|state of palestine|IE=republic of ireland|eire
    |DE=federal republic of germany|brd|bundesrepublik deutschland|AT=republic of austria|CH=switzerland (ch)
    |ES=kingdom of spain|SK=slovak republic|BS=the bahamas|GM=the gambia|PH=the philippines"""
_PARTS = frozenset(["england", "scotland", "wales", "northern ireland"])
_LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pl", "da", "sv", "ja")


def is_country(text):
    """Whether a cell of a file says a country, by its name in English or a code in capitals that no state shares."""
    folded = fold(text)
    return folded in NAMES or folded in _english() or (len(folded) == 2 and folded in CODES and text.isupper())


@lru_cache(maxsize=4096)
def code_of(text):
    """The ISO 3166 code of a country by its name in a usual language or its code; "" for what is none."""
    folded = " ".join(fold(text).split())
    if not folded:
        return ""
    code = folded.upper()
    if len(code) == 2 and code in COUNTRIES:
        return code
    return _english().get(folded) or _everywhere().get(folded) or ""


def clean_country(text):
    """The English name of the country in `text`; what is none stays as it is, and so does a part of one."""
    return text if fold(text) in _PARTS else COUNTRIES.get(code_of(text), text)


@cache
def _english():
    """{a name in English, folded: code}."""
    found = {fold(name): code for code, name in COUNTRIES.items()}
    code = ""
    for part in _ALSO.split("|"):
        mark, _, name = part.strip().rpartition("=")
        code = mark or code
        found[name] = code
    return found


@cache
def _everywhere():
    """The same in the languages that files are written in, with the codes of three letters."""
    from babel import Locale  # heavy: loaded on first use
    from babel.core import get_global  # heavy: loaded on first use

    found = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in COUNTRIES:
                found.setdefault(fold(name).replace("\u2019", "'"), code)
    for code, countries in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and countries[0] in COUNTRIES:
            found[code.lower()] = countries[0]
    return found
