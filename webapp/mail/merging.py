"""Merge tags: `{{first_name|there}}` is the lead's first name, or "there" when it is empty.

Found by a regular expression and never given to a template engine: what a user wrote is data.
"""

import re
from dataclasses import dataclass, replace
from html import escape
from operator import attrgetter

from webapp.core.errors import Invalid

FIELDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "Full name",
    "company": "Company",
    "title": "Title",
    "email": "E-mail",
    "phone": "Phone",
    "website": "Website",
    "industry": "Industry",
    "employees": "Employees",
    "city": "City",
    "region": "Region",
    "country": "Country",
}
_TAG = re.compile(r"\{\{([^{}]*)\}\}")
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_CONTROL = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n\r"}


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    fallback: str
    label: str = ""

    def __str__(self):
        return f"{{{{{self.name}|{self.fallback}}}}}" if self.fallback else f"{{{{{self.name}}}}}"


def parse(text, field=None, known=FIELDS):
    """`text` as a list of literal strings and Tags. Raises Invalid (about `field`) for a tag that is none of `known`,
    {name: label}.
    """
    parts, end = [], 0
    for match in _TAG.finditer(text):
        parts.append(text[end : match.start()])
        parts.append(_tag(match, field, known))
        end = match.end()
    parts.append(text[end:])
    for literal in parts[::2]:
        if "{{" in literal or "}}" in literal:
            raise Invalid("A field is not closed. Write it like {{first_name}} or {{first_name|there}}.", field)
    return [part for part in parts if part != ""]


def _tag(match, field, fields):
    name, _, fallback = match[1].partition("|")
    name, fallback = name.strip(), one_line(fallback)
    if name not in fields:
        known = ", ".join(fields)
        raise Invalid(f"{{{{{name}}}}} is not a field we know. Choose one from Insert field: {known}.", field)
    return Tag(name, fallback, fields[name])


def tags(*texts, known=FIELDS):
    """The tags of `texts` in order, each field once. Raises Invalid."""
    found = {}
    for text in texts:
        for part in parse(text, known=known):
            if isinstance(part, Tag):
                found.setdefault(part.name, part)
    return list(found.values())


def values_of(lead, names=FIELDS):
    """{field: text} of a lead for `names`, each on one line and without control characters."""
    return {name: one_line(_READ[name](lead)) for name in names}


def one_line(text):
    """`text` as a value stands in a mail: without control characters, on one line."""
    return " ".join(text.translate(_CONTROL).split())


def printable(text):
    """`text` without control characters other than line breaks and tabs."""
    return text.translate(_CONTROL)


_READ = {name: attrgetter(name) for name in FIELDS}
_READ["employees"] = lambda lead: "" if lead.employees is None else f"{lead.employees:,}"
_READ["full_name"] = lambda lead: f"{lead.first_name} {lead.last_name}"


def fill(parts, values):
    """The parsed text with the tags replaced."""
    return "".join([part if type(part) is str else values[part.name] or part.fallback for part in parts])


def fill_html(parts, values):
    """The same for parts made by html_of(): values are escaped."""
    return "".join([part if type(part) is str else escape(values[part.name]) or part.fallback for part in parts])


def fill_marked(parts, values):
    """The same for a preview: what a lead lacks stands in <mark>, as the fallback or the field's name."""
    return "".join([part if type(part) is str else _marked(part, values[part.name]) for part in parts])


def _marked(tag, value):
    return escape(value) or f"<mark>{tag.fallback or f'no {escape(tag.label.lower())}'}</mark>"


def html_of(parts):
    """Parsed plain text as parts of HTML: all escaped, blank lines made paragraphs, web addresses made links."""
    made = escaped(parts)
    for index, part in enumerate(parts):
        if type(part) is str:
            made[index] = _literal_html(part, last=index == len(parts) - 1)
    return made


def escaped(parts):
    """The parts with literals and fallbacks escaped, nothing else."""
    return [escape(part) if type(part) is str else replace(part, fallback=escape(part.fallback)) for part in parts]


def _literal_html(text, *, last):
    pieces, end = [], 0
    for match in _URL.finditer(text):
        if match.end() == len(text) and not last:
            break  # the address goes on in a field, so its end is not known here
        url = escape(match[0])
        pieces += [escape(text[end : match.start()]), f'<a href="{url}">{url}</a>']
        end = match.end()
    pieces.append(escape(text[end:]))
    return re.sub(r"\n{2,}", "</p>\n<p>", "".join(pieces)).replace("\n", "<br>\n").replace("</p><br>\n<p>", "</p>\n<p>")
