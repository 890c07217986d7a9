"""What part of the leads a page shows, in which order and how: read from an address, written back into one."""

from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

from webapp.core.paging import decode

from .conditions import Where, one
from .criteria import CUSTOM, SHOWN
from .models import Stage
from .ordering import falls_first, is_order

SIZES = (25, 50, 100)
SEARCH_LENGTH = 200
SORTS = 4
BY_TOUCH = (("touch", True),)
ALL = Where()
COLUMNS = ("company", "stage", "owner", "touch", "due", "value")  # besides the name, which always comes first
MOST_COLUMNS = 20
NAME_LENGTH = 100  # characters of a column's name: no slug of a workspace's own field has as many
CARD_FIELDS = ("value", "title", "touch", "tag", "due", "owner", "score", "industry", "city")
SHOWN_ON_CARDS = CARD_FIELDS[:6]


@dataclass(frozen=True)
class Filter:
    where: Where = ALL
    search: str = ""
    sorts: tuple = BY_TOUCH  # (name of ordering.ORDERS or of a workspace's own field, falling)
    columns: tuple = COLUMNS  # of the table: names of criteria.SHOWN or of a workspace's own field
    size: int = 50
    compact: bool = False  # of the board: cards of two lines
    cards: tuple = SHOWN_ON_CARDS  # what whole cards show
    view: int | None = None  # the saved view that this began as
    page: str = ""  # a cursor
    start: int = 1  # the number of the first row shown, as far as paging here has counted
    board: bool = False  # whether this was chosen on the board, for the way back from a lead

    @classmethod
    def read(cls, args):
        """The filter that an address holds; `args` is a MultiDict. What cannot be read is left out.

        `stage=new` and `center=3` are short for conditions.
        """
        page = args.get("page", "")
        page = page if decode(page)[0] else ""
        columns = _names(args.get("columns", ""), _is_column, MOST_COLUMNS)
        cards = _names(args.get("cards", ""), CARD_FIELDS.__contains__, len(CARD_FIELDS))
        return cls(
            where=_where(args),
            search=args.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH],
            sorts=_sorts(args.get("sort", "")) or BY_TOUCH,
            columns=columns or COLUMNS,
            size=next((size for size in SIZES if str(size) == args.get("rows")), 50),
            compact=args.get("density") == "compact",
            cards=() if args.get("cards") == "none" else cards or SHOWN_ON_CARDS,
            view=_positive(args.get("saved", "")),
            page=page,
            start=(_positive(args.get("from", "")) or 1) if page else 1,
            board=args.get("view") == "board",
        )

    @property
    def sort(self):
        """The name of the first order."""
        return self.sorts[0][0]

    @property
    def falling(self):
        return self.sorts[0][1]

    @property
    def stage(self):
        """The Stage that everything shown is in, or None."""
        value = self.where.single("stage")
        return Stage(value) if value else None

    @property
    def center(self):
        """The id of the center that everything shown is in, or None."""
        value = self.where.single("center")
        return int(value) if value and value.isdigit() else None

    @property
    def is_plain(self):
        """Whether at most one stage and one center narrow it, in one of the plain orders: what most pages ask."""
        said = (self.stage is not None) + (self.center is not None)
        plain = len(self.sorts) == 1 and self.sort in PLAIN
        return plain and not self.search and said == len(self.where.conditions) and not self.where.groups

    @property
    def is_lane(self):
        """Whether it shows one stage by touch, as the board does: what a center or an owner has, an index has so."""
        return self.stage is not None and self.sort == "touch"

    @property
    def is_narrow(self):
        """Whether it leaves anything out."""
        return bool(self.where or self.search)

    @property
    def on_board(self):
        """The same as the board shows it: all stages, each by touch."""
        return replace(self, sorts=BY_TOUCH, size=50, page="", start=1, board=True)

    def narrowed(self, **fields):
        """The same with "field is value" for each of `fields` in place of what was asked of it; None asks nothing."""
        where = self.where
        for name, value in fields.items():
            where = where.without(name)
            where = where if value is None else where.plus(one(name, value))
        return replace(self, where=where, page="", start=1)

    def query(self, **changes):
        """The address's query, with `?` when there is any. A change begins at the first page unless it names one."""
        return _query(self, **changes)

    def _written(self, changes):
        other = replace(self, **{"page": "", "start": 1, **changes}) if changes else self
        text = urlencode([(name, value) for name, value in other.pairs() if value])
        return f"?{text}" if text else ""

    def pairs(self):
        """(name, text) of the address's query; a form that keeps the filter has them as hidden fields."""
        yield "q", self.search
        yield from self.where.pairs()
        yield (
            "sort",
            "" if self.sorts == BY_TOUCH else ",".join(("-" if down else "") + name for name, down in self.sorts),
        )
        yield "columns", "" if self.columns == COLUMNS else ",".join(self.columns)
        yield "rows", "" if self.size == 50 else str(self.size)
        yield "density", "compact" if self.compact else ""
        yield "cards", "" if self.cards == SHOWN_ON_CARDS else ",".join(self.cards) or "none"
        yield "saved", str(self.view or "")
        yield "view", "board" if self.board else ""
        yield "page", self.page
        yield "from", str(self.start) if self.page and self.start > 1 else ""

    def sorted_by(self, name):
        """The query that sorts by `name` alone; the other way around when it is the first order already."""
        falling = not self.falling if name == self.sort else falls_first(name)
        return self.query(sorts=((name, falling),))


PLAIN = ("touch", "name", "company", "value", "created")


@lru_cache(maxsize=1024)  # a page asks for the same few dozens again and again
def _query(chosen, **changes):
    return chosen._written(changes)


def _where(args):
    where = Where.read(args)
    if any(stage == args.get("stage") for stage in Stage):
        where = where.plus(one("stage", args["stage"]))
    if center := _positive(args.get("center", "")):
        where = where.plus(one("center", center))
    return where


def _sorts(text):
    """(name, falling) pairs of "-value,name"."""
    found = {}
    for part in text.split(","):
        name = part.removeprefix("-")
        if len(name) <= NAME_LENGTH and is_order(name):
            found.setdefault(name, part.startswith("-"))
    return tuple(found.items())[:SORTS]


def _is_column(name):
    return (name in SHOWN and name != "name") or (name.startswith(CUSTOM) and len(name) <= NAME_LENGTH)


def _names(text, known, most):
    return tuple(dict.fromkeys(filter(known, text.split(","))))[:most]


def _positive(text):
    """The number that `text` is, when it could be a row's, else None."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    return number if 0 < number < 2**31 else None
