"""The company that a page's structured data is about, and what it says of it."""

from urllib.parse import urlsplit

from .document import host_of
from .links import is_same_site
from .structured import each, is_organization, kinds, nodes, text_of

_ABOUT = ("name", "url", "logo", "address", "telephone", "sameAs", "description", "legalName", "foundingDate", "email")
_OTHERS = ("brand", "sponsor", "performinggroup", "sportsteam")


def own_organizations(document, found=None):
    """(method, node) of the organizations that the page's site belongs to, the best described first."""
    found = nodes(document) if found is None else found
    rows = []
    for order, (method, node) in enumerate(found):
        if not is_organization(node):
            continue
        host = host_of(text_of(node.get("url"), "@id"))
        if host and not is_same_site(host, document.host):
            continue
        score = sum(1 for name in _ABOUT if node.get(name)) + (2 if host else 0)
        score -= 6 if kinds(node) & set(_OTHERS) else 0
        if score > 0:
            rows.append((-score, order, method, node))
    return [(method, node) for *_, method, node in sorted(rows, key=lambda row: row[:2])]


def website_names(found):
    """(method, name) of what a WebSite object says."""
    return [
        (method, text_of(node.get("name")))
        for method, node in found
        if "website" in kinds(node) and text_of(node.get("name"))
    ]


def people(found):
    """(method, name, job title) of the persons who work here, as the organization or a page of the team lists them."""
    for method, node in found:
        if "person" in kinds(node) and text_of(node.get("jobTitle")):
            yield method, text_of(node.get("name")), text_of(node.get("jobTitle"))
        elif is_organization(node):
            for one in each(node.get("founder")) + each(node.get("founders")):
                if name := text_of(one):
                    yield method, name, "Founder"


def addresses(node):
    """The PostalAddress objects of an organization, and of its places."""
    found = [one for one in each(node.get("address")) if isinstance(one, dict)]
    for place in each(node.get("location")):
        if isinstance(place, dict):
            found += [one for one in each(place.get("address")) if isinstance(one, dict)]
    return found


def profiles(node):
    """The addresses of its pages elsewhere."""
    found = [text_of(one, "@id") for one in each(node.get("sameAs"))]
    return [one for one in found if urlsplit_safe(one)]


def urlsplit_safe(address):
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
