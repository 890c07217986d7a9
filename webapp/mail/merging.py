"""Merge tags: `{{first_name|there}}` is the lead's first name, or "there" when it is empty; and conditions:
`{{#if city}}in {{city}}{{else}}near you{{/if}}` asks whether there is anything.

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
OURS = {"sender": "Sender", "signature": "Signature"}  # the same for all leads: who writes
ALL = {**FIELDS, **OURS}
DEEPEST = 3  # conditions within each other
_TAG = re.compile(r"\{\{([^{}]*)\}\}")
_ALONE = re.compile(r"(?m)^[ \t]*(\{\{\s*(?:#if\b[^{}]*|else|/if)\s*\}\})[ \t]*(?:\n|\Z)")
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_CONTROL = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n\r"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A merge tag as somebody wrote it, {{name|fallback}}; `label` is what people call it."""

    name: str
    fallback: str
    label: str = ""

    def __str__(self):
        return f"{{{{{self.name}|{self.fallback}}}}}" if self.fallback else f"{{{{{self.name}}}}}"


@dataclass(frozen=True, slots=True)
class Condition:
    """`then` if there is something in the field `name`, else `other`: lists as parse() returns them."""

    name: str
    then: list
    other: list


def parse(text, field=None, known=FIELDS):
    """`text` as a list of literal strings, Tags and Conditions. Raises Invalid (about `field`) for a tag that is none
    of `known`, {name: label}, and for a condition that is not closed.
    """
    found, end = _Open(), 0
    for match in _TAG.finditer(text):
        found.add(_literal(text[end : match.start()], field))
        _take(found, match, field, known)
        end = match.end()
    found.add(_literal(text[end:], field))
    if found.outer:
        raise Invalid(f"{{{{#if {found.names[-1]}}}}} is not closed. Write {{{{/if}}}} where it ends.", field)
    return found.parts


class _Open:
    """Where parse() stands: `parts` is what is being filled, `outer` what it is in, and in which conditions."""

    def __init__(self):
        self.parts, self.outer, self.names = [], [], []

    def add(self, part):
        if part != "":
            self.parts.append(part)

    def begin(self, name):
        condition = Condition(name, [], [])
        self.parts.append(condition)
        self.outer.append((self.parts, condition))
        self.names.append(name)
        self.parts = condition.then

    def turn(self):
        self.parts = self.outer[-1][1].other

    def close(self):
        self.parts, _ = self.outer.pop()
        self.names.pop()

    @property
    def turned(self):
        return self.parts is self.outer[-1][1].other


def _take(found, match, field, known):
    word = match[1].strip()
    if word[:1] == "#":
        kind, _, name = word.partition(" ")
        if kind != "#if" or not name.strip():
            raise Invalid(f"{{{{{word}}}}} is nothing we know. A condition looks like {HOW}.", field)
        if len(found.outer) == DEEPEST:
            raise Invalid(f"Conditions stand within each other up to {DEEPEST} deep. Take one out.", field)
        found.begin(_known(name.strip(), field, known))
    elif word in ("else", "/if"):
        if not found.outer:
            raise Invalid(f"There is no {{{{#if}}}} for this {{{{{word}}}}}. A condition looks like {HOW}.", field)
        if word == "/if":
            found.close()
        elif found.turned:
            raise Invalid(f"{{{{#if {found.names[-1]}}}}} has {{{{else}}}} twice. Take one out.", field)
        else:
            found.turn()
    else:
        found.add(_tag(match, field, known))


HOW = "{{#if city}}in {{city}}{{else}}near you{{/if}}"


def _literal(text, field):
    if "{{" in text or "}}" in text:
        raise Invalid("A field is not closed. Write it like {{first_name}} or {{first_name|there}}.", field)
    return text


def _known(name, field, known):
    if name not in known:
        names = ", ".join(known)
        raise Invalid(f"{{{{{name}}}}} is not a field we know. Choose one from Insert field: {names}.", field)
    return name


def _tag(match, field, fields):
    name, _, fallback = match[1].partition("|")
    name, fallback = _known(name.strip(), field, fields), one_line(fallback)
    return Tag(name, fallback, fields[name])


def walk(parts, within=()):
    """(Tag or Condition, names of the fields that have something where it stands) of all that is in `parts`."""
    for part in parts:
        if type(part) is str:
            continue
        yield part, within
        if type(part) is Condition:
            yield from walk(part.then, (*within, part.name))
            yield from walk(part.other, within)


def tags(*texts, known=FIELDS):
    """The tags of `texts` in order, each field once, but those that are asked for by an {{#if}} around them; a tag
    without a fallback counts before one with. Raises Invalid.
    """
    found = {}
    for text in texts:
        for part, within in walk(parse(text, known=known)):
            if type(part) is Tag and part.name not in within and (had := found.setdefault(part.name, part)).fallback:
                found[part.name] = part if not part.fallback else had
    return list(found.values())


def conditions(*parsed):
    """The fields that the conditions in parsed texts ask for."""
    return sorted({part.name for parts in parsed for part, _ in walk(parts) if type(part) is Condition})


def braced(text):
    """Written text for a list: {{company|you}} is {company}, what a condition asks is left out."""
    return _TAG.sub(_braced, text)


def _braced(match):
    word = match[1].strip()
    return "" if word[:1] in "#/" or word == "else" else f"{{{word.partition('|')[0].strip()}}}"


def alone(text):
    """Plain `text` in which a condition's tag that has a line to itself takes no line."""
    return _ALONE.sub(r"\1", text)


def chosen(parts, has):
    """What is left of parsed text when the conditions are decided; `has` are the fields that have something."""
    made = []
    for part in parts:
        if type(part) is Condition:
            made.append(chosen(part.then if part.name in has else part.other, has))
        else:
            made.append(str(part))
    return "".join(made)


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
