"""Where a company seems to be, judged by its domain, its language and what was found already."""

import re
from functools import cache

from webapp.core.countries import COUNTRIES

# Endings that people everywhere use for something else than the country.
_ABUSED_WORDS = "co io ai me tv cc fm am ly gg sh st to ws la eu su vc ag nu pw re sc so tk ml ga cf gq"
_ABUSED = frozenset(_ABUSED_WORDS.split())
_UK = {"uk": "GB"}
_LANGUAGE_WORDS = """
    ja=JP pl=PL sv=SE it=IT da=DK fi=FI cs=CZ hu=HU no=NO ko=KR ro=RO tr=TR el=GR he=IL sk=SK bg=BG hr=HR
    sl=SI de=DE fr=FR nl=NL"""
_LANGUAGES = dict(word.split("=") for word in _LANGUAGE_WORDS.split())


def of_domain(host):
    """The ISO 3166 code that a domain's ending says, "" where it says none."""
    ending = host.rpartition(".")[2]
    code = _UK.get(ending, ending.upper())
    return code if len(ending) == 2 and ending not in _ABUSED and code in COUNTRIES else ""


def of_language(document):
    """The code by the region in the page's own language tag ("de-AT"), else by the language; "" where many share it."""
    said = document.lang or document.meta("og:locale")
    if match := re.fullmatch(r"[a-zA-Z]{2,3}[-_]([A-Za-z]{2})", said.strip()):
        code = match[1].upper()
        if code in COUNTRIES and code not in ("US", "GB"):
            return code
    return _LANGUAGES.get(said[:2].lower(), "")


def region_of(document, claims):
    """The code of the country for what is written in a national way: numbers, postal codes."""
    told = [claim for claim in claims if claim.field == "country"]
    if told:
        return codes().get(max(told, key=lambda claim: claim.confidence).value, "")
    return of_domain(document.host) or of_language(document)


@cache
def codes():
    """{English name of a country: its code}."""
    return {name: code for code, name in COUNTRIES.items()}
