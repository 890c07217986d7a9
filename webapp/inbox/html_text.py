"""The text of an HTML mail: lines as they are seen, what is quoted behind "> ", and what the HTML says of lines."""

import re
from html import unescape

_SKIPPED = {"head", "style", "script", "title", "template", "svg", "object", "map", "select", "button", "-comment"}
_BLOCKS = {
    "address", "article", "aside", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form", "header",
    "li", "main", "nav", "ol", "section", "table", "tr", "ul", "blockquote", "pre", "hr", "body", "p", "h1", "h2", "h3",
    "h4", "h5", "h6",
}  # fmt: skip
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_NO_MARGIN = re.compile(r"margin(?:-(?:top|bottom))?\s*:\s*0", re.IGNORECASE)
_BORDER = re.compile(r"border-left(?:-width|-style)?\s*:\s*(?!none|0)", re.IGNORECASE)
_QUOTE = re.compile(
    r"gmail_quote|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|zmail_quote|moz-cite-prefix|gmail_attr"
    r"|mail-editor-reference-message-container|ms-outlook-mobile-reference-message|OLK_SRC_BODY_SECTION"
    r"|front-blockquote|wbq-blockquote|skiff-quote"
)
_ANY_TAG = ("gmail_quote",)  # a div of this name may hold answers between its quotes
_SIGNATURE = re.compile(
    r"gmail_signature|moz-signature|AppleMailSignature|(?:^|\s|x_)Signature(?:\s|$)|protonmail_signature_block"
    r"|ms-outlook-mobile-signature|yahoo-?_?signature|zmail_signature|tutanota-?_?signature"
)
_DATA = re.compile(r"""data:[a-z]+/[^\s"'>]{100,}""", re.IGNORECASE)
_LETTERS_OF_SPACE = re.compile(r"[ \t\r\n\f]+")
_RULE = "_" * 32
_DEEPEST = 500  # tags within tags, as browsers keep them: to take deeper ones apart costs its square
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*?(/?)>", re.IGNORECASE)
_OPEN = {"br", "img", "hr", "meta", "link", "input", "col", "p", "li", "td", "tr", "th", "dd", "dt", "option", "area"}


def text_of_html(html):
    """(text, {number of a line: "quote" | "signature"}) of an HTML mail."""
    html = _DATA.sub("data:,", html)
    if _is_too_deep(html):
        return re.sub(r"\n\s*\n+", "\n\n", unescape(_TAG.sub("\n", html))).strip(), {}
    from selectolax.lexbor import LexborHTMLParser  # heavy: loaded on first use

    root = LexborHTMLParser(html).root
    writer = _Writer()
    if root is not None:
        _walk(root, writer)
    return writer.finished()


def _is_too_deep(html):
    depth = 0
    for closes, tag, alone in _TAG.findall(html):
        if not alone and tag.lower() not in _OPEN:
            depth = max(0, depth - 1) if closes else depth + 1
            if depth > 4 * _DEEPEST:
                return True
    return False


class _Writer:
    """Takes text and breaks, gives lines."""

    def __init__(self):
        self.lines, self.marks, self.words = [], {}, []
        self.quoted, self.mark, self.preformatted = 0, "", 0
        self.wants_blank, self.depth = False, 0  # of the line before

    def text(self, text):
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.words.append(first)
            for line in rest:
                self.line(keep=True)
                self.words.append(line)
            return
        text = _LETTERS_OF_SPACE.sub(" ", text)
        if text == " " and (not self.words or self.words[-1].endswith(" ")):
            return
        self.words.append(text)

    def line(self, keep=False):
        """End the line; an empty one counts only if it is meant (`keep`)."""
        text = "".join(self.words).replace("\xa0", " ").replace("\u200b", "").replace("\ufeff", "")
        text = text.rstrip() if self.preformatted else text.strip()
        meant = keep or bool(self.words and not text and "\xa0" in "".join(self.words))
        self.words = []
        if not text and not meant:
            return
        if self.wants_blank and self.lines and text:
            self._add("", min(self.depth, self.quoted))
        self.wants_blank = False
        self._add(text, self.quoted)

    def apart(self):
        self.line()
        self.wants_blank = bool(self.lines) and self.lines[-1].strip("> ") != ""

    def _add(self, text, depth):
        self.depth, prefix = depth, ">" * depth
        if self.mark:
            self.marks[len(self.lines)] = self.mark
        self.lines.append(f"{prefix} {text}".rstrip() if prefix else text)

    def finished(self):
        self.line()
        return "\n".join(self.lines), self.marks


def _walk(root, writer):
    """Without recursion: mails nest deeper than Python calls."""
    stack = [(root, False)]
    undo = []
    while stack:
        node, leaving = stack.pop()
        if leaving:
            _leave(node, writer, undo.pop())
            continue
        tag = node.tag
        if tag == "-text":
            writer.text(node.text_content or "")
            continue
        if tag in _SKIPPED or (tag not in _BLOCKS and tag.startswith(("-", "!"))):
            continue
        if tag == "br":
            writer.line(keep=True)
            continue
        attributes = node.attributes
        if _HIDDEN.search(attributes.get("style") or ""):
            continue
        undo.append(_enter(node, tag, attributes, writer))
        stack.append((node, True))
        if len(undo) > _DEEPEST:
            writer.text(node.text(deep=True))
            continue
        stack += [(child, False) for child in reversed(list(node.iter(include_text=True)))]


def _enter(node, tag, attributes, writer):
    """Begin an element; what the writer was like before comes back."""
    before = (writer.quoted, writer.mark, writer.preformatted)
    style, name = attributes.get("style") or "", f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if tag in _BLOCKS:
        writer.line()
        if tag in _APART and not _is_tight(attributes):
            writer.apart()
    if tag == "hr":
        writer.text(_RULE)
    elif tag == "li":
        writer.text("- ")
    elif tag in ("td", "th"):
        writer.text(" ")
    elif tag == "pre":
        writer.preformatted += 1
    elif tag == "img" and 0 < len(attributes.get("alt") or "") <= 4:
        writer.text(attributes["alt"])  # smileys
    if tag == "blockquote" and _is_cited(attributes, name, style):
        writer.quoted += 1
    elif (found := _QUOTE.search(name)) and found[0] not in _ANY_TAG:
        writer.mark = "quote"
    elif not writer.mark and _SIGNATURE.search(name):
        writer.mark = "signature"
    return before


def _leave(node, writer, before):
    tag = node.tag
    if tag == "a" and not writer.quoted:
        writer.text(_address(node))
    if tag in _BLOCKS:
        writer.line()
    writer.quoted, writer.mark, writer.preformatted = before
    if tag in _APART and not _is_tight(node.attributes):
        writer.apart()


def _is_tight(attributes):
    """Whether a paragraph has no space around it, as each line of Outlook's is one."""
    return (attributes.get("class") or "").startswith("Mso") or bool(_NO_MARGIN.search(attributes.get("style") or ""))


def _is_cited(attributes, name, style):
    """Some indent their own words by <blockquote>, too."""
    return (
        (attributes.get("type") or "").lower() == "cite"
        or "cite" in attributes
        or bool(_QUOTE.search(name))
        or bool(_BORDER.search(style))
    )


def _address(node):
    """Where a link goes, unless its words say it."""
    address, words = (node.attributes.get("href") or "").strip(), node.text(deep=True).strip()
    if not address.startswith(("http://", "https://")) or len(address) > 300 or not words:
        return ""
    bare = re.sub(r"^https?://(?:www\.)?|/$", "", address)
    return "" if bare in words or words.rstrip("/") in bare or "@" in words else f" <{address}>"
