"""The kinds of what can be asked of a lead. A kind knows its operators: the words they are shown with, how many values
each takes, and the SQL of each.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from peewee import NodeList, fn

from db import is_sqlite
from webapp.core.clock import now
from webapp.core.text import fold

NOTHING, ONE, TWO, SOME = 0, 1, 2, -1  # how many values an operator takes
_LARGEST = 10**15
_DAYS = 36_500


@dataclass(frozen=True)
class Operator:
    """`words` go between field and value on screen; `driven` says that its leads can be read from an index."""

    words: str
    takes: int = SOME
    driven: bool = False


EMPTY = {"empty": Operator("is empty", NOTHING), "filled": Operator("is not empty", NOTHING)}
CHOICE_OPS = {"is": Operator("is", SOME, True), "not": Operator("is not"), **EMPTY}
TEXT_OPS = {
    "has": Operator("contains"),
    "is": Operator("is", SOME, True),
    "not": Operator("is not"),
    "hasnt": Operator("does not contain"),
    "starts": Operator("starts with"),
    **EMPTY,
}
NUMBER_OPS = {
    "from": Operator("is at least", ONE, True),
    "to": Operator("is at most", ONE, True),
    "between": Operator("is between", TWO, True),
    "is": Operator("is", SOME, True),
    "not": Operator("is not"),
    **EMPTY,
}
DATE_OPS = {
    "within": Operator("in the last", ONE, True),  # days
    "older": Operator("more than", ONE, True),  # days ago, or never
    "since": Operator("on or after", ONE, True),
    "until": Operator("on or before", ONE, True),
    "on": Operator("on", ONE, True),
    **EMPTY,
}
DUE_OPS = {
    "overdue": Operator("is overdue", NOTHING, True),
    "today": Operator("is today or overdue", NOTHING, True),
    "next": Operator("in the next", ONE, True),  # days
    "since": DATE_OPS["since"],
    "until": DATE_OPS["until"],
    **EMPTY,
}


class Kind:
    """`ops` by name; sql(column, op, values, member) is the condition."""

    ops = {}

    def takes(self, op, values):
        """Whether `values`, texts, can follow `op`."""
        known = self.ops.get(op)
        if known is None or (len(values) != known.takes if known.takes != SOME else not values):
            return False
        return all(self.reads(op, value) for value in values)

    def reads(self, op, value):
        return True

    def sql(self, column, op, values, member):
        return getattr(self, f"_{op}")(column, values, member)

    def _empty(self, column, values, member):
        return column == ""

    def _filled(self, column, values, member):
        return ~self._empty(column, values, member)

    def _not(self, column, values, member):
        return ~self._is(column, values, member) | self._unknown(column)

    def _unknown(self, column):
        """Where SQL's "not" would be unknown, and people mean yes."""
        return column.is_null()


class Choice(Kind):
    """One of a list: texts (`options`), or rows of the workspace by their ids."""

    ops = CHOICE_OPS

    def __init__(self, options=None, always=False):
        self.options = options
        if always:
            self.ops = {name: op for name, op in CHOICE_OPS.items() if name not in EMPTY}

    def reads(self, op, value):
        return value in self.options if self.options else is_id(value) or value == "me"

    def _is(self, column, values, member):
        return column.in_(self.kept(values, member))

    def kept(self, values, member):
        """The values as the column has them; "me" is whoever looks."""
        if self.options:
            return list(values)
        return [member.user_id if value == "me" else int(value) for value in values]

    def _empty(self, column, values, member):
        return column == "" if self.options else column.is_null()


class Text(Kind):
    """A text. `folded` columns are kept folded; others are compared exactly by "is" and without case by the rest."""

    ops = TEXT_OPS

    def __init__(self, folded=False):
        self.folded = folded

    def kept(self, values, member=None):
        return [fold(value)[:255] for value in values] if self.folded else list(values)

    def _is(self, column, values, member):
        return column.in_(self.kept(values))

    def _has(self, column, values, member):
        return _any([contains(self._plain(column), self._needle(value)) for value in values])

    def _hasnt(self, column, values, member):
        return ~self._has(column, values, member)

    def _starts(self, column, values, member):
        return _any([fn.SUBSTR(self._plain(column), 1, len(one)) == one for one in map(self._needle, values)])

    def _plain(self, column):
        return column if self.folded else fn.LOWER(column)

    def _needle(self, value):
        return fold(value) if self.folded else value.lower()


class Number(Kind):
    """A number. A column that cannot be null says "empty" by 0."""

    ops = NUMBER_OPS

    def __init__(self, whole=True, zero_is_empty=False):
        self.read = int if whole else float
        self.zero_is_empty = zero_is_empty

    def reads(self, op, value):
        try:
            return abs(self.read(value)) <= _LARGEST
        except ValueError:
            return False

    def kept(self, values, member=None):
        return [self.read(value) for value in values]

    def _is(self, column, values, member):
        return column.in_(self.kept(values))

    def _from(self, column, values, member):
        return column >= self.kept(values)[0]

    def _to(self, column, values, member):
        return column <= self.kept(values)[0]

    def _between(self, column, values, member):
        low, high = sorted(self.kept(values))
        return (column >= low) & (column <= high)

    def _empty(self, column, values, member):
        return column == 0 if self.zero_is_empty else column.is_null()


class Moment(Kind):
    """A moment in UTC, asked for by days of the person who looks."""

    ops = DATE_OPS

    def reads(self, op, value):
        if op in ("within", "older", "next"):
            return value.isascii() and value.isdigit() and int(value) <= _DAYS
        return as_date(value) is not None

    def _within(self, column, values, member):
        return column >= now() - timedelta(days=int(values[0]))

    def _older(self, column, values, member):
        return (column < now() - timedelta(days=int(values[0]))) | column.is_null()

    def _since(self, column, values, member):
        return column >= start_of(as_date(values[0]), member)

    def _until(self, column, values, member):
        return column < start_of(as_date(values[0]) + timedelta(days=1), member)

    def _on(self, column, values, member):
        return self._since(column, values, member) & self._until(column, values, member)

    def _empty(self, column, values, member):
        return column.is_null()


class Due(Moment):
    """When the next to-do is due."""

    ops = DUE_OPS

    def _overdue(self, column, values, member):
        return column < now()

    def _today(self, column, values, member):
        return column < start_of(_today(member) + timedelta(days=1), member)

    def _next(self, column, values, member):
        return column < start_of(_today(member) + timedelta(days=int(values[0]) + 1), member)


class Day(Moment):
    """A date without a time, kept as ISO text: a workspace's own field."""

    def _within(self, column, values, member):
        today = _today(member)
        since = today - timedelta(days=int(values[0]))
        return (column >= since.isoformat()) & (column <= today.isoformat())

    def _older(self, column, values, member):
        return column < (_today(member) - timedelta(days=int(values[0]))).isoformat()

    def _since(self, column, values, member):
        return column >= values[0]

    def _until(self, column, values, member):
        return column <= values[0]


def as_date(text):
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 and text == found.isoformat() else None


def start_of(day, member):
    """The moment when `day` begins for `member`."""
    return datetime.combine(day, time(), ZoneInfo(member.time_zone))


def _today(member):
    return now().astimezone(ZoneInfo(member.time_zone)).date()


def is_id(text):
    return text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) < 2**31


class FreeChoice(Choice):
    """A choice whose options a workspace made: compared folded, as the values are kept."""

    def reads(self, op, value):
        return True

    def kept(self, values, member):
        return [fold(value)[:255] for value in values]


def contains(column, text):
    """The condition that `text` is a part of `column`, letter for letter."""
    position = fn.instr if is_sqlite() else fn.strpos
    return position(column, text) > 0


def _any(conditions):
    """One of them, side by side: each within the last, as | has them, they would be deeper than SQLite reads."""
    return NodeList(conditions, " OR ", parens=True)
