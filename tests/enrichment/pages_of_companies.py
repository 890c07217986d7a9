"""The saved pages of invented companies, and a page made of some HTML."""

import json
from pathlib import Path

from webapp.enrichment.claims import Page

FOLDER = Path(__file__).parent / "pages"
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8"))


def saved(file):
    about = EXPECTED[file]
    text = (FOLDER / file).read_bytes().decode(about.get("charset", "utf-8"))
    return Page(about["url"], about["url"], 200, "text/html", about.get("headers", {}), text)


def page(html, url="https://halden.example/", **more):
    return Page(url, url, 200, "text/html; charset=utf-8", more, html)


def values(claims, field):
    """The values of a field, the most trusted first."""
    return [claim.value for claim in sorted(claims, key=lambda one: -one.confidence) if claim.field == field]
