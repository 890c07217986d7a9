"""A company's pages on LinkedIn and elsewhere, without what trackers append."""

import re
from urllib.parse import unquote, urlsplit

from ..claims import Claim
from .document import tidy
from .organizations import own_organizations, profiles

_LINKEDIN = re.compile(r"^/(company|school|showcase|organization)/([^/?#]+)", re.IGNORECASE)
_DULL_WORDS = """
    share sharer sharer.php intent dialog home login signup signin search hashtag explore p tv reel reels status
    plugins watch embed policies privacy about help tr v2 v3 widgets i settings pin events groups legal terms photo
    posts oauth story.php badge badges shareArticle sharearticle submit channel_switcher playlist results feed
    directory in pub company user c"""
_DULL = frozenset(_DULL_WORDS.split())
_SITES = {  # host: how many parts of the path name the profile
    "facebook.com": 1,
    "instagram.com": 1,
    "twitter.com": 1,
    "x.com": 1,
    "tiktok.com": 1,
    "pinterest.com": 1,
    "github.com": 1,
    "threads.net": 1,
    "threads.com": 1,
    "vimeo.com": 1,
    "t.me": 1,
    "medium.com": 1,
    "dribbble.com": 1,
    "behance.net": 1,
    "crunchbase.com": 2,
    "xing.com": 2,
    "youtube.com": 2,
    "bsky.app": 2,
    "gitlab.com": 1,
    "kununu.com": 2,
    "glassdoor.com": 2,
    "note.com": 1,
    "line.me": 3,
    "soundcloud.com": 1,
    "wantedly.com": 2,
}
_TWO = {
    "youtube.com": {"channel", "c", "user"},
    "xing.com": {"companies", "pages"},
    "crunchbase.com": {"organization"},
    "bsky.app": {"profile"},
    "kununu.com": {"de", "at", "ch", "us"},
    "wantedly.com": {"companies"},
}
_BARE_WORDS = "x.com t.me github.com gitlab.com medium.com vimeo.com bsky.app note.com line.me dribbble.com"
_BARE = frozenset(_BARE_WORDS.split())  # hosts without www.
_NAME = re.compile(r"[@\w.%~+-]{1,100}")
_MAKERS_WORDS = """
    wix wixcom shopify wordpress wordpressdotcom wordpressorg squarespace webflow jimdo facebook instagram linkedin
    twitter youtube google profile.php pages weebly godaddy strato ionos automattic elementor themeforest"""
_MAKERS = frozenset(_MAKERS_WORDS.split())
_MOST = 12


def profile_claims(document, found):
    """Claims of `linkedin` and of `social`, one each profile."""
    said = []
    for method, node in own_organizations(document, found)[:2]:
        said += [(address, method, f'"sameAs": "{tidy(address, 200)}"', 92) for address in profiles(node)]
    said += [(href, "link", tidy(href, 200), 80) for href, _ in document.anchors if "//" in href[:8] and "." in href]
    claims, per_site = {}, {}
    for address, method, quote, confidence in said:
        profile = profile_of(address)
        if profile is None or profile in claims:
            continue
        host = profile.partition("://")[2].partition("/")[0]
        per_site[host] = per_site.get(host, 0) + 1
        if (
            per_site[host] > 1
        ):  # the first one is the company's: in its head or foot; others are of its people or guests
            continue
        field = "linkedin" if host == "www.linkedin.com" else "social"
        claims[profile] = Claim(field, profile, document.url, quote, method, confidence)
    return list(claims.values())[:_MOST]


def profile_of(address):
    """A profile's address written in one way, None when it is none: "https://www.linkedin.com/company/halden"."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    for prefix in ("www.", "m.", "mobile.", "web."):
        host = host.removeprefix(prefix)
    if host == "linkedin.com" or host.endswith(".linkedin.com"):
        return _linkedin(parts.path)
    if host.endswith((".facebook.com", ".pinterest.com")):
        host = host.split(".", 1)[1]
    if host.startswith("pinterest."):
        host = "pinterest.com"
    if parts.scheme not in ("http", "https", "") or host not in _SITES:
        return None
    path = [part for part in parts.path.split("/") if part]
    most = _SITES[host]
    if not path or (path[0].lower() in _DULL and path[0].lower() not in _TWO.get(host, ())):
        return None
    if most == 2 and path[0].lower() not in _TWO.get(host, ()) and not path[0].startswith("@"):
        return None
    if most == 2 and path[0].lower() in _TWO.get(host, ()) and len(path) < 2:
        return None
    kept = path[: 1 if path[0].startswith("@") else most]
    if not all(_NAME.fullmatch(part) for part in kept) or kept[-1].lower().lstrip("@") in _MAKERS:
        return None
    host = {"twitter.com": "x.com", "threads.com": "threads.net"}.get(host, host)
    www = "" if host in _BARE else "www."
    return f"https://{www}{host}/{'/'.join(kept)}"


def _linkedin(path):
    match = _LINKEDIN.match(unquote(path))
    if not match:
        return None
    name = tidy(match[2], 100).lower()
    if not re.fullmatch(r"[\w.&'’+-]+", name) or name in _MAKERS:
        return None
    kind = {"organization": "company"}.get(match[1].lower(), match[1].lower())
    return f"https://www.linkedin.com/{kind}/{name}"
