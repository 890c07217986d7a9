"""Searching the web for a company: a SearXNG instance where SEARCH_URL names one, else Wikidata's search of companies.

SearXNG: https://docs.searxng.org/dev/search_api.html (its `json` format has to be switched on there). Wikidata:
https://www.wikidata.org/w/api.php, wbsearchentities and wbgetentities.
"""

import json
from typing import NamedTuple
from urllib.parse import urlencode

from webapp import config
from webapp.core.urls import take_apart

from .values import plain

MOST = 10  # hits
QUERY, TITLE, SNIPPET = 200, 200, 300  # letters
WEBSITE = "P856"  # Wikidata's property "official website", which companies have


class Hit(NamedTuple):
    title: str
    url: str
    snippet: str = ""


def search(query, reader):
    """Up to MOST Hits, best first, read through `reader` (a pages.Reader). None where there is nothing, or no answer:
    then the last of `reader.pages` says why. Without SEARCH_URL `query` should be a name, and hits are the official
    websites of what Wikidata knows by it.
    """
    query = plain(query)[:QUERY]
    if not query:
        return []
    found = _searxng(query, reader) if config.current().search_url else _wikidata(query, reader)
    hits = [_hit(*one) for one in found]
    return list({hit.url: hit for hit in reversed(hits) if hit}.values())[::-1][:MOST]


def _searxng(query, reader):
    url = f"{config.current().search_url}/search?{urlencode({'q': query, 'format': 'json'})}"
    for result in _list(_read(url, reader).get("results")):
        yield result.get("title"), result.get("url"), result.get("content")


def _wikidata(name, reader):
    said = _ask({"action": "wbsearchentities", "search": name, "language": "en", "limit": MOST}, reader)
    ids = [one["id"] for one in _list(said.get("search")) if isinstance(one.get("id"), str)]
    if not ids:
        return
    wanted = {"ids": "|".join(ids), "props": "labels|descriptions|claims", "languages": "en"}
    entities = _dict(_ask({"action": "wbgetentities", **wanted}, reader).get("entities"))
    for entity in filter(None, (_dict(entities.get(one)) for one in ids)):
        label, description = (
            _dict(_dict(entity.get(name)).get("en")).get("value") for name in ("labels", "descriptions")
        )
        for claim in _list(_dict(entity.get("claims")).get(WEBSITE)):
            value = _dict(_dict(claim.get("mainsnak")).get("datavalue")).get("value")
            yield label or name, value, description


def _ask(parameters, reader):
    return _read(f"{config.current().wikidata_url}/w/api.php?{urlencode({**parameters, 'format': 'json'})}", reader)


def _read(url, reader):
    try:
        return _dict(json.loads(reader.read(url, service=True).text))
    except (ValueError, RecursionError):
        return {}


def _dict(value):
    return value if isinstance(value, dict) else {}


def _list(value):
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _hit(title, url, snippet):
    """A Hit of what a service said, or None."""
    if not isinstance(url, str):
        return None
    try:
        url = take_apart(url).url
    except ValueError:  # Unusable, or halves of letters
        return None
    title, snippet = (plain(text) if isinstance(text, str) else "" for text in (title, snippet))
    return Hit(title[:TITLE], url, snippet[:SNIPPET])
