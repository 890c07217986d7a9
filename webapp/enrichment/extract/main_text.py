"""A page as text to read."""

from .document import document

_SHORTEST = 200  # characters: less than that is no main text
_DEEPEST = 150  # elements within each other: the library takes seconds for thousands
_ELEMENTS = 20_000


def main_text(page):
    """What a page is about, without navigation and banners, at most 60,000 characters; all that people see where it
    has no main part. Text that is no HTML as it is.
    """
    source = getattr(page, "page", page)
    if source.status == 200 and source.content_type.startswith("text/plain"):
        return source.text[:60_000]
    page = document(page)
    if not page.html:
        return ""
    return (_main(page) or page.text)[:60_000]


def visible_text(page):
    """All that people see on a page, each piece on its own line: navigation and footer, too."""
    return document(page).text


def _main(page):
    if _is_deep(page.first("html")):
        return ""
    from resiliparse.extract.html2text import extract_plain_text  # heavy: loaded on first use

    try:
        text = extract_plain_text(page.html, main_content=True, alt_texts=False, links=False, form_fields=False)
    except (RuntimeError, ValueError):
        return ""
    return text if len(text) >= _SHORTEST else ""


def _is_deep(root):
    """Whether elements lie deeper than a person writes them."""
    waiting, seen = [(root, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST or seen > _ELEMENTS:
            return True
        child = node.child
        while child is not None:
            seen += 1
            if child.child is not None:
                waiting.append((child, depth + 1))
            child = child.next
    return False
