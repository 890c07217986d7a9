"""Conditions on leads: what a filter, a saved view, an audience or a score rule asks of them.

A condition is written "field.operator.value|value", as it stands in an address; a value's own `|` and `\\` are escaped
by `\\`. A Where joins conditions with "and" and groups of them with "or", or the other way around.
"""

import re
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from .criteria import CUSTOM, KINDS, known_kind

CONDITIONS = 40  # in one Where: more than a person makes; bounds the work of one request
GROUPS = 9
VALUES = 50
LENGTH = 200  # characters of a value
WRITTEN = 12_000  # characters of all conditions: every link of a page repeats them
_SPLIT = re.compile(r"(?<!\\)((?:\\\\)*)\|")


@dataclass(frozen=True)
class Condition:
    """`field` is a name of criteria.FIELDS or "custom-" and a slug; `values` are texts as they stand in an address.

    `cut` says that values, or letters of one, were left out: it is about other leads than was asked.
    """

    field: str
    op: str
    values: tuple = ()
    cut: bool = dataclass_field(default=False, compare=False)

    @classmethod
    def read(cls, text):
        """The condition that `text` writes, or None when it cannot be one."""
        field, _, rest = text.replace("\0", "").partition(".")
        op, _, tail = rest.partition(".")
        asked = tuple(dict.fromkeys(filter(None, map(_unescaped, _parts(tail)))))
        values = tuple(dict.fromkeys(value[:LENGTH] for value in asked))[:VALUES]
        condition = cls(field, op, values, cut=values != asked)
        return condition if condition.is_sound else None

    @property
    def is_custom(self):
        return self.field.startswith(CUSTOM)

    @property
    def slug(self):
        return self.field.removeprefix(CUSTOM)

    @property
    def is_sound(self):
        """Whether its field takes the operator and these values; of a workspace's own one, whether any kind does."""
        if self.is_custom:
            return any(kind.takes(self.op, self.values) for kind in KINDS)
        kind = known_kind(self.field)
        return kind is not None and kind.takes(self.op, self.values)

    def __str__(self):
        written = "|".join(value.replace("\\", "\\\\").replace("|", "\\|") for value in self.values)
        return f"{self.field}.{self.op}.{written}" if self.values else f"{self.field}.{self.op}"


def _parts(text):
    """`text` cut at each `|` that is not escaped."""
    parts, begin = [], 0
    for found in _SPLIT.finditer(text):
        parts.append(text[begin : found.end() - 1])
        begin = found.end()
    return [*parts, text[begin:]]


def _unescaped(text):
    return re.sub(r"\\(.)", r"\1", text)


class _Room:
    """What still goes into a Where."""

    def __init__(self):
        self.conditions, self.letters, self.lacked = CONDITIONS, WRITTEN, False

    def take(self, conditions):
        """Those of `conditions` that go into it, as a tuple."""
        taken = []
        for one in conditions:
            letters = len(str(one))
            if self.conditions and letters <= self.letters:
                self.conditions -= 1
                self.letters -= letters
                taken.append(one)
                self.lacked |= one.cut
            else:
                self.lacked = True
        return tuple(taken)


@dataclass(frozen=True)
class Where:
    """`conditions` all hold, and of each group at least one; with `any`, one of them does, or all of a group."""

    conditions: tuple = ()
    groups: tuple = ()  # of tuples of conditions
    any: bool = False
    cut: bool = False  # something was left out for want of room: it is about other leads than was asked

    def __bool__(self):
        return bool(self.conditions or self.groups)

    @classmethod
    def read(cls, args):
        """What an address asks: `f` for each condition, `g1` … `g9` for those of a group, `match=any`; `cut=1` where
        it was written of one that was cut.
        """
        groups = tuple(filter(None, (_read_all(args, f"g{number}") for number in range(1, GROUPS + 1))))
        return cls(_read_all(args, "f"), groups, args.get("match") == "any", args.get("cut") == "1")._cut()

    def _cut(self):
        """As many as have room; a group of one is a condition like any other; one condition is not "any"."""
        room = _Room()
        room.lacked = len(self.groups) > GROUPS
        conditions, groups = room.take(self.conditions), []
        for group in map(room.take, self.groups[:GROUPS]):
            if len(group) == 1:
                conditions += group
            elif group:
                groups.append(group)
        is_any = self.any and len(conditions) + len(groups) > 1
        return Where(conditions, tuple(groups), is_any, self.cut or room.lacked)

    @property
    def as_shown(self):
        """The same, meant as it is."""
        return replace(self, cut=False)

    def pairs(self):
        """(name, text) of an address that says the same."""
        yield from (("f", str(condition)) for condition in self.conditions)
        for number, group in enumerate(self.groups, 1):
            yield from ((f"g{number}", str(condition)) for condition in group)
        if self.any:
            yield "match", "any"
        if self.cut:
            yield "cut", "1"

    def __iter__(self):
        """Every condition, those of groups too."""
        yield from self.conditions
        for group in self.groups:
            yield from group

    def single(self, field):
        """The value of the one condition "`field` is …" when it narrows all the rest, else None."""
        if self.any:
            return None
        found = [condition for condition in self.conditions if condition.field == field]
        if len(found) == 1 and found[0].op == "is" and len(found[0].values) == 1:
            return found[0].values[0]
        return None

    def without(self, field):
        """The same without the conditions on `field` that stand outside of groups."""
        return replace(self, conditions=tuple(one for one in self.conditions if one.field != field))._cut()

    def plus(self, *conditions):
        """The same with `conditions` joined to those outside of groups."""
        return replace(self, conditions=tuple(dict.fromkeys((*self.conditions, *conditions))))._cut()


def _read_all(args, name):
    texts = args.getlist(name) if hasattr(args, "getlist") else args.get(name, ())
    found = (Condition.read(text) for text in ([texts] if isinstance(texts, str) else texts))
    return tuple(dict.fromkeys(condition for condition in found if condition))


def one(field, value):
    """The condition "`field` is `value`"."""
    return Condition(field, "is", (str(value),))
