"""What the assistant asks of leads: the fields that it is told of, and its conditions read into a Filter."""

from webapp.core.text import fold
from webapp.leads import chips, kinds
from webapp.leads.conditions import Condition, Where
from webapp.leads.filters import BY_TOUCH, SEARCH_LENGTH, Filter
from webapp.leads.ordering import is_order

from .excerpts import clean, cut

FIELDS, VALUES = 60, 40  # that it is told of
LETTERS = 60  # of a name
MOST = 20  # conditions that it may give
_KINDS = {  # by class, the narrower ones first
    kinds.Choice: "choice",
    kinds.Text: "text",
    kinds.Number: "number",
    kinds.Due: "due",
    kinds.Moment: "date",
}
_TAKES = {kinds.NOTHING: "no values", kinds.ONE: "one value", kinds.TWO: "two values", kinds.SOME: "one value or more"}


class Unfit(Exception):
    """Arguments that cannot be used; the message goes to the model, and is shown."""


def fields_told(member):
    """[{"field", "label", "kind"}, …] of what can be asked of a lead; a choice has its `values`, too."""
    told = []
    for asked in _fields(member)[:FIELDS]:
        one = {"field": asked.name, "label": cut(asked.label, LETTERS), "kind": _kind(asked)}
        if asked.takes_choices:
            one["values"] = [cut(label, LETTERS) for _, label in asked.choices[:VALUES]]
        told.append(one)
    return told


def operators_told():
    """The operators of each kind, a line each."""
    lines = []
    for kind, name in _KINDS.items():
        ops = ", ".join(f'{op} ("{one.words}", {_TAKES[one.takes]})' for op, one in kind.ops.items())
        lines.append(f"  - {name}: {ops}")
    return "\n".join([*lines, "  Days are counted (within, older, next) or written as YYYY-MM-DD."])


def _fields(member):
    names = [name for name in chips.fields_to_ask(member) if name not in chips.IMPORTS]
    return [chips.asked_field(member, name) for name in names]


def _kind(asked):
    return next(name for kind, name in _KINDS.items() if isinstance(asked.kind, kind))


def filter_of(member, arguments):
    """The Filter that the arguments of a call ask for. Raises Unfit."""
    given = arguments.get("where") or []
    if not isinstance(given, list) or len(given) > MOST:
        raise Unfit(f"`where` has to be a list of up to {MOST} conditions.")
    known = {asked.name: asked for asked in _fields(member)} if given else {}
    written = [str(_condition(one, known)) for one in given]
    match = text_of(arguments, "match", ("all", "any")) or "all"
    where = Where.read({"f": written, "match": match})
    if where.cut or len(where.conditions) != len(set(written)):
        raise Unfit("these are too many conditions, or too long ones.")
    return Filter(where=where, search=text_of(arguments, "search")[:SEARCH_LENGTH], sorts=_sorts(arguments))


def _sorts(arguments):
    name = text_of(arguments, "sort")
    if name and not is_order(name.removeprefix("-")):
        raise Unfit(f"there is no order by {name[:LETTERS]!r}.")
    return ((name.removeprefix("-"), name.startswith("-")),) if name else BY_TOUCH


def _condition(given, known):
    if not isinstance(given, dict):
        raise Unfit('a condition has "field", "op" and "values".')
    name, op = text_of(given, "field"), text_of(given, "op")
    asked = known.get(name) or next((one for one in known.values() if fold(one.label) == fold(name)), None)
    if asked is None:
        raise Unfit(f"there is no field {name[:LETTERS]!r}; there are {', '.join(known)}.")
    values = given.get("values") or []
    values = values if isinstance(values, list) else [values]
    if any(isinstance(value, (list, dict, bool, type(None))) for value in values):
        raise Unfit("`values` have to be texts.")
    condition = Condition(asked.name, op, tuple(_value(asked, clean(str(value))) for value in values))
    if Condition.read(str(condition)) is None or not asked.kind.takes(op, condition.values):
        raise Unfit(f"{asked.name} takes {', '.join(asked.kind.ops)}, with values that fit: not {op[:LETTERS]!r} so.")
    return condition


def _value(asked, value):
    """A choice by its own name, or by what people call it."""
    if not asked.takes_choices or value in dict(asked.choices):
        return value
    return next((key for key, label in asked.choices if fold(label) == fold(value)), value)


def words_of(member, chosen):
    """{what: how} of a Filter, in the words of the screen."""
    told = chips.told(member, chosen.where).chips
    joined = (" or " if chosen.where.any else " and ").join(
        f"{chip.key} {chip.words} {chip.value}".strip() for chip in told
    )
    order = "" if chosen.sorts == BY_TOUCH else chosen.sort + (", falling" if chosen.falling else "")
    return {name: text for name, text in (("where", joined), ("search", chosen.search), ("sort", order)) if text}


def text_of(arguments, name, among=()):
    """The text that was given as `name`, "" for none; with `among`, one of these. Raises Unfit."""
    value = arguments.get(name)
    value = "" if value is None else value
    if not isinstance(value, str):
        raise Unfit(f"`{name}` has to be a text.")
    value = clean(value)
    if value and among and value not in among:
        raise Unfit(f"`{name}` has to be one of {', '.join(among)}.")
    return value


def number_of(arguments, name, least, most, default=None):
    """The whole number that was given as `name`, `default` for none. Raises Unfit, also where there is no default."""
    value = arguments.get(name)
    if value is None and default is not None:
        return default
    value = int(value) if type(value) is float and value.is_integer() else value
    if type(value) is not int or value < least:
        raise Unfit(f"`{name}` has to be a whole number from {least}.")
    return min(value, most)
