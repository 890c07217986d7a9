"""One page, parsed once, for all that looks for something in it."""

import re
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from .bounds import bounded

_UNSEEN = ["script", "style", "noscript", "template", "svg", "iframe", "object", "select"]
_SPACES = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00ad\x00-\x1f\x7f]+")
_DIGIT = re.compile(r"\d")
_NEAR = 160  # characters
BREAK = "\x1e"
_HEAD, _TAIL = 100_000, 40_000  # characters of visible text that are looked at, of both ends


def tidy(text, limit=300):
    """`text` on one line without invisible marks, at most `limit` characters."""
    text = _SPACES.sub(" ", text[: limit * 8]).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _line_end(text, place, most):
    """Where the line after the one at `place` ends, at most `most` characters behind it."""
    end = text.find("\n", place)
    end = text.find("\n", end + 1) if end >= 0 else -1
    return min(end if end >= 0 else len(text), place + most)


class Document:
    """What a claims.Page shows. `url` is where it was read in the end, `host` its host without www."""

    def __init__(self, page):
        from selectolax.lexbor import LexborHTMLParser  # heavy: loaded on first use

        self.page = page
        self.url = page.final_url or page.url
        self.host = host_of(self.url)
        self.html = bounded(page.text) if page.is_html else ""
        self._tree = LexborHTMLParser(self.html)
        self._take_apart()

    def _take_apart(self):
        """Read what the head and the scripts say, then remove what nobody sees."""
        tree = self._tree
        root = tree.css_first("html")
        self.lang = _attribute(root, "lang") or _attribute(root, "xml:lang")
        self.metas = {}
        for node in tree.css("meta[content]"):
            attributes = node.attributes
            name = attributes.get("property") or attributes.get("name") or attributes.get("http-equiv")
            if name:
                self.metas.setdefault(name.strip().lower(), attributes["content"] or "")
        title = tree.css_first("title")  # that of an svg stands behind the page's own
        self.title = tidy(title.text()) if title is not None else ""
        self.scripts = [(node.attributes, node) for node in tree.css("script")]
        self.blocks = [
            node.text() for attributes, node in self.scripts if "ld+json" in (attributes.get("type") or "").lower()
        ][:50]
        self.sources = [attributes["src"] for attributes, _ in self.scripts if attributes.get("src")]
        self.inline = [node.text()[:5_000] for attributes, node in self.scripts if not attributes.get("src")]
        self.head_links = [node.attributes for node in tree.css("link[href]")]
        lower = self.html.lower()  # each tag to strip costs a walk through the tree
        tree.strip_tags([tag for tag in _UNSEEN if f"<{tag}" in lower])

    def css(self, selector):
        """The elements that match, in what people see."""
        return self._tree.css(selector)

    def first(self, selector):
        return self._tree.css_first(selector)

    def meta(self, *names):
        """The first of these metas that says something, on one line."""
        for name in names:
            if (text := self.metas.get(name)) and (text := tidy(text, 1000)):
                return text
        return ""

    @cached_property
    def text(self):
        """What people see, each piece of text on its own line."""
        body = self._tree.body
        text = body.text(separator="\n", strip=True) if body is not None else ""
        if len(text) > _HEAD + _TAIL:
            text = f"{text[:_HEAD]}\n{text[-_TAIL:]}"
        for odd in "\xa0\u202f\u2009\u3000":
            if odd in text:
                text = text.replace(odd, " ")
        return text

    @cached_property
    def edges(self):
        """Where a page says whose it is: the beginning and the end of its text."""
        text = self.text
        return text if len(text) <= 9_000 else f"{text[:4_000]}\n{BREAK}\n{text[-5_000:]}"

    @cached_property
    def figures(self):
        """The lines of `text` with a digit and those beside them, a BREAK where others are left out: whatever needs a
        number is looked for in them, a tenth of a page.
        """
        text, pieces, last = self.text, [], -1
        place = 0
        while (match := _DIGIT.search(text, place)) and len(pieces) < 400:
            first = max(text.rfind("\n", 0, match.start()), match.start() - _NEAR)
            first = max(text.rfind("\n", 0, max(first, 0)), match.start() - _NEAR, last, 0)
            end = _line_end(text, match.end(), _NEAR)
            if first > last:
                pieces.append(BREAK)
            pieces.append(text[first:end])
            place = last = end
            if place >= len(text):
                break
        return "\n".join(pieces)

    @cached_property
    def anchors(self):
        """(address as it is written, its words, the element) of each link, at most 2,000."""
        return [(node.attributes["href"] or "", node) for node in self.css("a[href]")[:2_000]]

    @cached_property
    def base(self):
        node = self.first("base[href]")
        return self.absolute(node.attributes["href"] or "", self.url) if node is not None else self.url

    def absolute(self, address, base=None):
        """`address` of a link as http(s) address without fragment, "" when it is something else."""
        try:
            url = urljoin(base or self.base, address.strip())
            parts = urlsplit(url)
            return url.partition("#")[0] if parts.scheme in ("http", "https") and parts.hostname else ""
        except ValueError:
            return ""

    @cached_property
    def path(self):
        """Path and query in lower case."""
        return self.url.partition("://")[2].partition("/")[2].lower()


def document(page):
    """The Document of a claims.Page; one that is parsed already stays as it is."""
    return page if isinstance(page, Document) else Document(page)


def host_of(url):
    """The host in an address, in lower case without www.; "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


def _attribute(node, name):
    return (node.attributes.get(name) or "").strip() if node is not None else ""
