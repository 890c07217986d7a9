"""The four tools of the model. They only read, and only about the company that is looked up: its own website, what a
search for its name finds, and LinkedIn. Which addresses may be connected to at all, core/http.py says.
"""

import json

from webapp import config
from webapp.core.text import fold
from webapp.core.urls import take_apart

from . import prompts
from .extract import document, main_text, visible_text
from .searching import search

MOST_CALLS = 12  # of tools, for a company
PAGE_BYTES = 6000  # of a page's text that the model is given at once
KEPT = 100_000  # letters of a page's text that quotes are searched in
LINKEDIN = "linkedin.com"


class Toolbox:
    """`texts` is what was read, {address: text}, and `excerpts` what a search showed of addresses that were not."""

    def __init__(self, subject, reader):
        self.subject, self.reader = subject, reader
        self.texts, self.excerpts, self.calls, self.most = {}, {}, 0, PAGE_BYTES
        self._tools = {
            "find_company_website": self.find_company_website,
            "scrape_website": self.scrape_website,
            "search_web": self.search_web,
            "get_linkedin_info": self.get_linkedin_info,
        }

    def run(self, call, most=PAGE_BYTES):
        """The answer to a client.ToolCall, as JSON with up to `most` bytes of texts. Never raises: what cannot be done
        is said.
        """
        self.calls, self.most = self.calls + 1, most
        return json.dumps(self._answer(call), ensure_ascii=False)

    def _answer(self, call):
        if call.name not in self._tools:
            return {"error": prompts.NO_SUCH_TOOL}
        if self.calls > MOST_CALLS:
            return {"error": prompts.NO_MORE_TOOLS}
        needed = prompts.TOOLS[call.name][1]
        try:
            given = json.loads(call.arguments or "{}")
            arguments = {name: given[name] for name in needed}
        except (ValueError, TypeError, KeyError, RecursionError):
            arguments = {"": None}
        if not all(isinstance(value, str) and value.strip() for value in arguments.values()):
            return {"error": prompts.WRONG_ARGUMENTS.format(needed=json.dumps(needed))}
        return self._tools[call.name](**arguments)

    def find_company_website(self):
        if self.subject.domain:
            return {"website": f"https://{self.subject.domain}/"}
        return self._results(f"{self.subject.name} {self.subject.country}".strip())

    def scrape_website(self, url):
        key = key_of(url)
        if key is None or _is_service(key) or not self._is_ours(key):
            return {"error": prompts.NOT_OURS}
        return self.read(key)

    def search_web(self, query):
        name = self.subject.name or self.subject.domain
        about = fold(name) in fold(query) or (self.subject.domain and self.subject.domain in query.lower())
        return self._results(query if about else f"{name} {query}")

    def get_linkedin_info(self):
        known = self.subject.best("linkedin")
        if known and (key := key_of(known.value)) and _is_at(key, LINKEDIN):
            page = self.read(key)
            if "text" in page:
                return page
        return self._results(f"{self.subject.name} LinkedIn", lambda url: _is_at(url, LINKEDIN))

    def read(self, url):
        """What the model is told of the page at `url`, through the reader and its rules."""
        page = self.reader.read(url)
        return self.take(page, self.most) or {"url": url, "error": page.note or prompts.EMPTY_PAGE}

    def take(self, page, most):
        """What the model is told of a claims.Page that was read; None when there is nothing to read on it."""
        is_text = page.is_html or (page.status == 200 and page.content_type.startswith("text/plain"))
        keys = [key for key in map(key_of, (page.url, page.final_url)) if key]
        text = _text_of(page) if is_text and keys and not _is_service(page.url) else ""
        if not text:
            return None
        self.texts.update(dict.fromkeys(keys, text[:KEPT]))
        return {"url": keys[-1], "text": cut(text, most)}

    def _results(self, query, wanted=lambda url: True):
        """What a search finds; without a web search, what Wikidata knows by the company's name."""
        query = query if config.current().search_url else self.subject.name
        results, room = [], self.most
        for hit in search(query, self.reader):
            room -= len("".join(hit).encode())
            if wanted(hit.url) and room >= 0:
                self.excerpts.setdefault(hit.url, f"{hit.title}\n{hit.snippet}")
                results.append(hit._asdict())
        return {"results": results} if results else {"error": prompts.NOTHING_FOUND}

    def _is_ours(self, url):
        """Whether the model may have `url` read: no address that it, or a page, made up to carry something away."""
        if url in self.texts or url in self.excerpts:
            return True
        parts = take_apart(url)
        if self.subject.domain and _is_at(url, self.subject.domain):
            return True
        return "?" not in parts.target and any(take_apart(one).host == parts.host for one in self.excerpts)


def key_of(url):
    """`url` as addresses are compared here, or None when it is none of the web."""
    try:
        return take_apart(url).url
    except ValueError:  # Unusable, or halves of letters
        return None


def cut(text, most):
    """The beginning of `text`, up to so many bytes in UTF-8: tokens go by bytes in every language."""
    return text.encode()[:most].decode(errors="ignore")


def _text_of(page):
    """What people see on a page: first what it is about, then the rest."""
    read = document(page)
    main = main_text(read).strip()
    told = {line.strip() for line in main.splitlines()}
    return "\n".join([main, *(line for line in visible_text(read).splitlines() if line.strip() not in told)]).strip()


def _is_service(url):
    """Whether `url` is one of the search of this installation, which nobody else may see."""
    services = filter(None, (config.current().search_url, f"{config.current().wikidata_url}/w/"))
    return url.startswith(tuple(services))


def _is_at(url, domain):
    host = take_apart(url).host
    return host == domain or host.endswith(f".{domain}")
