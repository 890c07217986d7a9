"""What to look at in a message before it goes out: nothing here keeps it from being sent.

The words are of those that filters count against a mail (SpamAssassin's and Rspamd's public rules know most of them);
whether a link can be reached is not looked at, because to fetch it could set something off.
"""

import re
from urllib.parse import urlsplit

from webapp.mail import rich

LONG_SUBJECT = 70  # letters; about what a mail program shows
MANY_LINKS = 3
MANY_CAPITALS = 3  # words
SPAM = re.compile(
    r"(?i)\b(100% free|act now|as seen on|buy now|cash bonus|click here|click below|congratulations|dear friend|"
    r"double your|earn money|extra income|fast cash|free gift|free money|get rich|guaranteed|increase sales|"
    r"limited time|lowest price|make money|million dollars|miracle|money back|no obligation|no risk|once in a lifetime|"
    r"order now|risk[- ]free|special promotion|this is not spam|urgent|weight loss|while supplies last|winner|"
    r"work from home|you have been selected|viagra|casino|jetzt kaufen|gratis|garantiert)\b"
)
SHORTENERS = frozenset(
    ("bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly", "shorturl.at",
     "rb.gy", "tiny.cc", "t.ly", "bl.ink", "lnkd.in", "s.id", "v.gd")
)  # fmt: skip
_ADDRESS = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]{1,9}:/{1,3}|www\.)[^\s<>\"']*")
_HREF = re.compile(r'<a href="([^"]*)"')
_TAG = re.compile(r"\{\{[^{}]*\}\}")
_CAPITALS = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")
_MARKS = re.compile(r"[!?]{2,}|!.*!.*!", re.DOTALL)


def hints(subject, body, is_rich=False):
    """Sentences about a message as it is written."""
    html = rich.clean(body) if is_rich else ""
    words = _TAG.sub(" ", f"{subject}\n{rich.bare(html) if is_rich else body}")
    links = [*_HREF.findall(html), *_ADDRESS.findall(_TAG.sub("x", rich.bare(html) if is_rich else body))]
    found = [*_of_words(subject, words), *_of_links(list(dict.fromkeys(links)))]
    if re.search(r"(?i)<img\b", body):
        found.append("Pictures are left out of messages. Attach them, or link to a page that shows them.")
    return found


def _of_words(subject, words):
    found = list(dict.fromkeys(match[0].lower() for match in SPAM.finditer(words)))
    if found:
        yield f"Spam filters know {_listed(found)}. Say it in other words."
    if len(_CAPITALS.findall(words)) >= MANY_CAPITALS or _all_capitals(subject):
        yield "Words in CAPITALS read as shouting, to filters, too."
    if _MARKS.search(words):
        yield "Several exclamation or question marks look like advertising."
    if len(subject) > LONG_SUBJECT:
        yield f"The subject has {len(subject)} letters. Most programs show about {LONG_SUBJECT}."


def _all_capitals(subject):
    letters = [letter for letter in _TAG.sub("", subject) if letter.isalpha()]
    return len(letters) > 5 and all(letter.isupper() for letter in letters)


def _of_links(links):
    if len(links) > MANY_LINKS:
        yield f"There are {len(links)} links. First mails with more than {MANY_LINKS} are taken for spam more often."
    for link in links:
        if sentence := _wrong(link):
            yield sentence


def _wrong(link):
    if link.startswith(("mailto:", "tel:")) or _TAG.match(link):
        return ""
    bare = _TAG.sub("x", link)
    scheme = re.match(r"(?i)([a-z][a-z0-9+.-]*):", bare)
    if bare.lower().startswith("www."):
        return f"{link} has no https:// before it, so many programs make no link of it."
    if not scheme:
        return f"The link to {link or 'nothing'} leads nowhere from a mail. Begin it with https://."
    if scheme[1].lower() not in ("http", "https"):
        return f"{link} begins with {scheme[1]}://, which is no web address. Write https://."
    host = _host(bare)
    if "." not in host.strip("."):
        return f"{link} names no host. Write the whole address."
    if host.removeprefix("www.") in SHORTENERS:
        return f"{host} hides where a link leads, so filters distrust it. Link to the page itself."
    return ""


def _host(address):
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _listed(words):
    shown = [f"“{word}”" for word in words[:3]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
