"""What passes between the stages: who is looked up, what a page says, and what a source claims."""

from dataclasses import dataclass, field
from typing import NamedTuple

METHODS = {  # how a claim was found, in the words of the evidence
    "json-ld": "structured data of the page",
    "microdata": "structured data of the page",
    "opengraph": "the page's own summary",
    "meta": "the page's own summary",
    "title": "the page's title",
    "link": "a link on the page",
    "text": "the page's text",
    "header": "the server's answer",
    "script": "a script of the page",
    "domain": "its domain",
    "wikidata": "Wikidata",
    "model": "a language model that read the page",
}


class Claim(NamedTuple):
    """`value` as it is kept, and the evidence: on `source_url` stands `quote`. `confidence` from 0 to 100."""

    field: str  # a name of fields.FIELDS
    value: str
    source_url: str
    quote: str
    method: str  # of METHODS
    confidence: int


class Page(NamedTuple):
    """An answer, or why there is none: then `status` is 0 and `note` a sentence that people read."""

    url: str  # as it was asked for
    final_url: str = ""
    status: int = 0
    content_type: str = ""
    headers: dict = {}  # names in lower case
    text: str = ""  # the decoded body
    note: str = ""
    milliseconds: int = 0

    @property
    def is_html(self):
        return self.status == 200 and "html" in self.content_type


@dataclass
class Subject:
    """Who is looked up. A stage that learns the domain says so in `domain` (as Lead.domain: without www.)."""

    name: str = ""
    domain: str = ""
    email: str = ""
    country: str = ""  # of the lead, as English name
    pages: list = field(default_factory=list)  # Pages that were read, in order
    claims: list = field(default_factory=list)  # Claims of the stages so far
    unsupported: list = field(default_factory=list)  # a model's Claims whose quote is not in what was fetched
    asked: dict = field(default_factory=dict)  # {stage: names of the fields that it was asked for}
    notes: dict = field(default_factory=dict)  # {stage: why it could not work}

    def best(self, name):
        """The most trusted Claim of a field so far, or None."""
        return max(
            (claim for claim in self.claims if claim.field == name), key=lambda one: one.confidence, default=None
        )


class StageFailed(Exception):
    """A stage could not work at all; the message is a sentence that people read."""
