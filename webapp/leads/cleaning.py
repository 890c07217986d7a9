"""Cells and form fields made into what a lead keeps: addresses, websites, phones, names, places.

Each function is pure, takes text with its outer white space stripped or not, and gives "" for an empty one; what cannot
be read raises Invalid with a sentence. Imports call these a million times: the common case is one compiled expression.
"""

import re

from webapp.core.errors import Invalid
from webapp.core.text import fold

from .countries import CODES, NAMES

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)")
_ANGLED = re.compile(r'(?:"?[^<>"]*"?\s*)<\s*(?:mailto:)?([^<>\s]+)\s*>')
_HOST = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_WEBSITE = re.compile(r"(?:(https?)://?/?)?(?:[^/?#@\s]*@)?([^/?#:\s@]+)(:\d{1,5})?([/?#]\S*)?", re.IGNORECASE)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
_EMPTY = frozenset({"-", "--", "–", "—", ".", "?", "n/a", "na", "n.a.", "none", "null", "nil", "#n/a", "unknown"})
_SPACES = re.compile(r"\s+")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")
_HONORIFIC = re.compile(
    r"(?:(?:mr|mrs|ms|mx|miss|dr|prof|herr|frau|hr|fr|mme|mlle|monsieur|madame|sr|sra|srta|don|dipl|ing|med|rer|nat)\.?\s+)+",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|phd|ph\.d|md|m\.d|mba|esq|cpa|dds)\.?", re.IGNORECASE)
_PARTICLE_WORDS = "van von der den de del della di da dos das du la le ter ten zu zur vom bin ibn al el st. san"
PARTICLES = frozenset(_PARTICLE_WORDS.split())

# Providers of private mailboxes: such an address says nothing about a company.
_FREE_MAIL = """
    gmail.com googlemail.com yahoo.com yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.co.uk ymail.com rocketmail.com
    hotmail.com hotmail.de hotmail.fr hotmail.es hotmail.it hotmail.co.uk outlook.com outlook.de outlook.fr outlook.es
    live.com live.de live.fr live.nl live.co.uk msn.com passport.com icloud.com me.com mac.com aol.com aim.com gmx.de
    gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de arcor.de online.de posteo.de mailbox.org proton.me
    protonmail.com pm.me tutanota.com tuta.io zoho.com zohomail.com yandex.com yandex.ru mail.ru inbox.ru list.ru bk.ru
    mail.com email.com fastmail.com fastmail.fm hey.com orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr
    libero.it virgilio.it tiscali.it alice.it tin.it telefonica.net terra.com.br uol.com.br bol.com.br bluewin.ch
    sunrise.ch hispeed.ch chello.at aon.at wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz ziggo.nl kpnmail.nl
    planet.nl xs4all.nl home.nl telenet.be skynet.be btinternet.com sky.com virginmedia.com talktalk.net ntlworld.com
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net
    rogers.com shaw.ca sympatico.ca bigpond.com optusnet.com.au qq.com 163.com 126.com sina.com foxmail.com naver.com
    hanmail.net daum.net rediffmail.com"""
FREE_MAIL = frozenset(_FREE_MAIL.split())
# Sites where a company only has a page.
_SHARED = """
    linkedin.com facebook.com instagram.com twitter.com x.com youtube.com tiktok.com xing.com crunchbase.com
    google.com sites.google.com maps.google.com linktr.ee github.com medium.com"""
_SHARED_HOSTS = frozenset(_SHARED.split())


def clean_email(text):
    """The address in `text` in lower case (RFC 5321 lengths, an ASCII host with a dot). Raises Invalid."""
    address = text.strip().lower()
    match = _EMAIL.fullmatch(address)
    if match and len(address) <= 254 and len(match[1]) <= 64:
        return address
    return _unusual_email(text) if address else ""


def _unusual_email(text):
    """The same for what is not simply an address: a name around it, mailto:, invisible marks, a host in Unicode."""
    address = text.translate(_INVISIBLE).replace("\xa0", " ").strip().strip(";,'\"").strip()
    if angled := _ANGLED.fullmatch(address):
        address = angled[1]
    address = address.removeprefix("mailto:").removeprefix("MAILTO:").lower()
    if not address or address in _EMPTY:
        return ""
    local, at, host = address.rpartition("@")
    if at and not host.isascii():
        address = f"{local}@{_ascii_host(host)}"
    match = _EMAIL.fullmatch(address)
    if match and len(address) <= 254 and len(match[1]) <= 64:
        return address
    raise Invalid(_what_is_wrong(address), "email")


def _what_is_wrong(address):
    shown = f"“{_short(address)}”"
    local, at, host = address.rpartition("@")
    if len(address) > 254 or len(local) > 64:
        return f"{shown} is too long for an e-mail address."
    if not at:
        return f"{shown} has no @ sign, so it is not an e-mail address."
    if re.search(r"@.*[\s;,/|].*@", address):
        return f"{shown} is more than one address. Keep one."
    if "@" in local:
        return f"{shown} has more than one @ sign."
    if not local or not host:
        return f"{shown} is only half of an e-mail address."
    if re.search(r"\s", address):
        return f"{shown} has a space in it."
    if "." not in host:
        return f"{shown} lacks the ending of its host, such as .com."
    if ".." in address or "." in (local[0], local[-1], host[0], host[-1]):
        return f"{shown} has a dot where none can be."
    if not address.isascii():
        odd = next(character for character in address if not character.isascii())
        return f"{shown} has the letter “{odd}”, which mail servers refuse."
    return f"{shown} is not an e-mail address."


def clean_website(text):
    """The http(s) address in `text`, with its scheme; "3m.example/" becomes "https://3m.example/". Raises Invalid."""
    site = text.strip()
    if not site:
        return ""
    match = _WEBSITE.fullmatch(site) or _WEBSITE.fullmatch(site.translate(_INVISIBLE).strip(" '\"<>;,\xa0"))
    host = _ascii_host(match[2].lower()) if match else ""
    if not match or not _HOST.fullmatch(host):
        if site.lower() in _EMPTY:
            return ""
        raise Invalid(f"“{_short(site)}” is not a website. Give one such as halden.example.", "website")
    return f"{(match[1] or 'https').lower()}://{host}{match[3] or ''}{match[4] or ''}"


def domain_of(website, email):
    """The company's domain, from a cleaned website or else a cleaned address; "" for free mail and shared hosts."""
    if website:
        host = website.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0].partition(":")[0]
        host = host.removeprefix("www.")
        if host and host not in _SHARED_HOSTS and host.partition(".")[2] not in _SHARED_HOSTS:
            return host[:255]
    host = email.rpartition("@")[2]
    return "" if host in FREE_MAIL else host


def clean_phone(text):
    """The number as it is written, without what a spreadsheet put around it. Raises Invalid when it has no digits."""
    phone = text.strip()
    if phone.isascii() and phone.isprintable() and phone[:1] in "+0123456789(" and "  " not in phone:
        if phone and _SCIENTIFIC.fullmatch(phone):
            raise Invalid(f"“{phone}” was shortened by a spreadsheet, so its digits are lost.", "phone")
        return phone.removesuffix(".0") if phone[:-2].isdigit() else phone
    phone = _SPACES.sub(
        " ", phone.translate(_INVISIBLE).lstrip("'’`=\"").rstrip("'\"").removeprefix("tel:").removeprefix("p:")
    ).strip()
    if not phone or phone.lower() in _EMPTY:
        return ""
    if not any(character.isdigit() for character in phone):
        raise Invalid(f"“{_short(phone)}” is not a phone number.", "phone")
    return phone


def split_name(text):
    """(first, last) of a person's full name, written in either order: "Flantz, Markus" or "Markus Flantz"."""
    name = _SPACES.sub(" ", text).strip(" ,;\"'")
    name = _HONORIFIC.sub("", name, count=1) if _HONORIFIC.match(name) else name
    before, comma, after = name.partition(",")
    before, after = before.strip(), after.strip()
    if comma and after and not _SUFFIX.fullmatch(after):
        given, comma, suffix = after.partition(",")
        given = _HONORIFIC.sub("", given.strip() + " ", count=1).strip() or given.strip()
        return given, f"{before} {suffix.strip()}".strip()
    words = before.split(" ")
    if len(words) < 2:
        return before, after
    cut = len(words) - 1
    if cut > 1 and _SUFFIX.fullmatch(words[cut]):
        cut -= 1
    for index in range(1, cut):
        if words[index].lower() in PARTICLES:
            cut = index
            break
    return " ".join(words[:cut]), " ".join([*words[cut:], *([after] if after else [])])


def split_location(text):
    """(city, region, country) of a place: "Saint Paul, Minnesota", "Dublin, Ireland", "Austin, TX, USA", "Germany".

    A line break ends the city; what follows it in the same part (a floor, a street) is left out.
    """
    parts = [part for part in (_place(part) for part in text.split(",")) if part]
    if not parts:
        return "", "", ""
    last = fold(parts[-1])
    country = parts.pop() if last in NAMES or (last in CODES and len(parts) > 1) else ""
    if not country and len(parts) > 2:
        country = parts.pop()
    return (parts[0] if parts else ""), ", ".join(parts[1:]), country


def _place(part):
    part = part.strip()
    return part.splitlines()[0].strip(" \"'") if part else ""


def _ascii_host(host):
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""


def _short(text):
    """For quoting in a sentence: on one line, at most 60 characters."""
    text = _SPACES.sub(" ", text)
    return text if len(text) <= 60 else f"{text[:59]}…"
