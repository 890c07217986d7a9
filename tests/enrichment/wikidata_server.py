"""A Wikidata of our own for tests: it answers as the API of the real one does, over the web of tests/websites.py."""

import json
from urllib.parse import parse_qs, urlsplit

HOST = "www.wikidata.org"


class Wikidata:
    """`items` is {id: what wbgetentities says of it}; `redirects` {id: the id it was merged into}. `asked`: the
    parameters of each request. `failing`: an answer of websites.py to give instead.
    """

    def __init__(self):
        self.items, self.redirects, self.asked, self.failing = {}, {}, [], None

    def add(self, id, label, *, description="", aliases=(), language="en", **claims):
        """An item. A claim is a value (text, url(), item(), moment(), amount()), a statement() of one, or a list."""
        statements = {}
        for prop, values in claims.items():
            values = values if isinstance(values, list) else [values]
            statements[prop] = [one if "mainsnak" in one else statement(one) for one in map(_value, values)]
            for number, one in enumerate(statements[prop]):
                one["mainsnak"]["property"], one["id"] = prop, f"{id}${prop}-{number}"
        self.items[id] = {
            "type": "item",
            "id": id,
            "labels": {language: _said(language, label)},
            "descriptions": {"en": _said("en", description)} if description else [],
            "aliases": {language: [_said(language, alias) for alias in aliases]} if aliases else [],
            "claims": statements or [],
        }
        return id

    def answer(self, request):
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        self.asked.append(query)
        if self.failing is not None:
            return self.failing
        assert query["format"] == "json"
        action = {"wbsearchentities": self._search, "wbgetentities": self._entities, "query": self._query}
        return 200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(action[query["action"]](query))

    def _search(self, query):
        wanted, found = query["search"].lower(), []
        for id, item in self.items.items():
            labels = [("label", one) for one in _values(item["labels"])]
            aliases = [("alias", one) for some in _values(item["aliases"]) for one in some]
            for kind, said in labels + aliases:
                if said["value"].lower().startswith(wanted):
                    found.append(
                        {"id": id, "title": id, "pageid": 1, "repository": "wikidata", "label": said["value"],
                         "concepturi": f"http://{HOST}/entity/{id}", "url": f"//{HOST}/wiki/{id}",
                         "match": {"type": kind, "language": said["language"], "text": said["value"]}}
                    )  # fmt: skip
                    break
        return {"searchinfo": {"search": query["search"]}, "search": found[: int(query["limit"])], "success": 1}

    def _query(self, query):
        keyword, _, wanted = query["srsearch"].partition(":")
        assert (query["list"], keyword) == ("search", "haswbstatement")
        sites = {one.partition("=")[2] for one in wanted.split("|")}
        found = [
            {"ns": 0, "title": id, "pageid": 1}
            for id, item in self.items.items()
            if sites & {one["mainsnak"].get("datavalue", {}).get("value") for one in _claims(item, "P856")}
        ]
        return {"batchcomplete": "", "query": {"searchinfo": {"totalhits": len(found)}, "search": found}}

    def _entities(self, query):
        ids, entities = query["ids"].split("|"), {}
        if len(ids) > 50:
            return {"error": {"code": "toomanyvalues", "info": "Too many values supplied for parameter ids."}}
        for id in ids:
            item = self.items.get(self.redirects.get(id, id))
            if item is None:
                entities[id] = {"id": id, "missing": ""}
                continue
            entities[id] = {name: item[name] for name in ("type", "id", *query["props"].split("|"))}
            if id in self.redirects:
                entities[id]["redirects"] = {"from": id, "to": item["id"]}
            entities[id]["labels"] = self._labels(item, query)
        return {"entities": entities, "success": 1}

    def _labels(self, item, query):
        labels = item["labels"]
        if "languagefallback" in query and "en" not in labels:
            return {"en": {**next(iter(labels.values())), "for-language": "en"}}
        wanted = query["languages"].split("|")
        return {language: said for language, said in labels.items() if language in wanted} or []


class Pages(dict):
    """The pages of a web in which there is a Wikidata, too. `services`: {how an address begins: its answer}."""

    def __init__(self, wikidata):
        super().__init__({f"{HOST}/": "Welcome to Wikidata"})
        self.services = {f"{HOST}/w/api.php?": wikidata.answer}

    def get(self, page, default=None):
        for beginning, answer in self.services.items():
            if page.startswith(beginning):
                return answer
        return super().get(page, default)


# -------------------------------------------------------------------- values


def statement(value, rank="normal", **qualifiers):
    """One statement; `qualifiers` as P580=moment(…)."""
    snaks = {
        prop: [{"snaktype": "value", "property": prop, "datavalue": _value(one)}] for prop, one in qualifiers.items()
    }
    snak = (
        {"snaktype": value} if value in ("somevalue", "novalue") else {"snaktype": "value", "datavalue": _value(value)}
    )
    return {"mainsnak": snak, "type": "statement", "rank": rank, **({"qualifiers": snaks} if snaks else {})}


def item(id):
    value = {"entity-type": "item", "numeric-id": int(id[1:]), "id": id}
    return {"type": "wikibase-entityid", "value": value}


def moment(year, month=0, day=0, precision=None):
    precision = precision or (11 if day else 10 if month else 9)
    time = f"{year:+05d}-{month:02d}-{day:02d}T00:00:00Z"
    model = f"http://{HOST}/entity/Q1985727"
    value = {"time": time, "timezone": 0, "before": 0, "after": 0, "precision": precision, "calendarmodel": model}
    return {"type": "time", "value": value}


def amount(number, unit=None):
    return {
        "type": "quantity",
        "value": {"amount": f"+{number}", "unit": f"http://{HOST}/entity/{unit}" if unit else "1"},
    }


def in_language(text, language="en"):
    return {"type": "monolingualtext", "value": {"text": text, "language": language}}


def _value(one):
    return {"type": "string", "value": one} if isinstance(one, str) else one


def _said(language, text):
    return {"language": language, "value": text}


def _values(mapping):
    return mapping.values() if isinstance(mapping, dict) else []


def _claims(item, prop):
    return item["claims"].get(prop, []) if isinstance(item["claims"], dict) else []
