"""What part of the leads a page shows, in which order: read from an address, written back into one."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode

from webapp.core.paging import decode

from .models import Lead, Stage

SIZES = (25, 50, 100)
SEARCH_LENGTH = 200
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Sort:
    """An order of leads: its columns (the last one unique) and how it is when first chosen."""

    columns: tuple
    falling: bool
    kind: type = str  # of the first key, as it stands in a cursor

    def takes(self, keys):
        """Whether the keys of a cursor can be compared with the columns: an address may hold anything."""
        if len(keys) != len(self.columns) or not all(type(key) is int and key <= _LARGEST for key in keys[-1:]):
            return False
        if self.kind is datetime:
            return _is_moment(keys[0])
        if self.kind is int:
            return type(keys[0]) is int and abs(keys[0]) <= _LARGEST
        return type(keys[0]) is str and "\0" not in keys[0]


SORTS = {
    "name": Sort((Lead.name_key, Lead.id), False),
    "company": Sort((Lead.company_key, Lead.id), False),
    "touch": Sort((Lead.touched_at, Lead.id), True, datetime),
    "value": Sort((Lead.value, Lead.id), True, int),
    "created": Sort((Lead.id,), True, int),  # ids are given in the order of creation
}


@dataclass(frozen=True)
class Filter:
    stage: Stage | None = None
    center: int | None = None  # the id of one
    search: str = ""
    sort: str = "touch"
    falling: bool = True
    size: int = 50
    page: str = ""  # a cursor of core/paging
    board: bool = False  # whether this was chosen on the board, for the way back from a lead
    start: int = 1  # the number of the first row shown, as far as paging here has counted

    @classmethod
    def read(cls, args):
        """The filter that an address holds; `args` is a mapping of texts. What cannot be read is left out."""
        name = args.get("sort", "").removeprefix("-")
        sort = name if name in SORTS else "touch"
        page = args.get("page", "")
        if not SORTS[sort].takes(decode(page)[1]):
            page = ""
        return cls(
            stage=next((stage for stage in Stage if stage == args.get("stage")), None),
            center=_id(args.get("center", "")),
            search=args.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH],
            sort=sort,
            falling=args["sort"].startswith("-") if name in SORTS else SORTS[sort].falling,
            size=next((size for size in SIZES if str(size) == args.get("rows")), 50),
            page=page,
            board=args.get("view") == "board",
            start=_positive(args.get("from", "")) if page else 1,
        )

    @property
    def order(self):
        return SORTS[self.sort]

    @property
    def is_lane(self):
        """Whether it shows one stage by touch, as the board does: what a center or an owner has, an index has so."""
        return self.stage is not None and self.sort == "touch"

    @property
    def is_narrow(self):
        """Whether it leaves anything out."""
        return bool(self.stage or self.center or self.search)

    def query(self, **changes):
        """The address's query, with `?` when there is any. A change begins at the first page unless it names one."""
        return _query(self, **changes)

    def _written(self, changes):
        other = replace(self, **{"page": "", "start": 1, **changes}) if changes else self
        standard = other.sort == "touch" and other.falling
        pairs = {
            "q": other.search,
            "stage": other.stage or "",
            "center": other.center or "",
            "sort": "" if standard else ("-" if other.falling else "") + other.sort,
            "rows": "" if other.size == 50 else other.size,
            "view": "board" if other.board else "",
            "page": other.page,
            "from": other.start if other.page and other.start > 1 else "",
        }
        text = urlencode({name: value for name, value in pairs.items() if value})
        return f"?{text}" if text else ""

    def sorted_by(self, name):
        """The query that sorts by `name`; the other way around when it does already."""
        falling = not self.falling if name == self.sort else SORTS[name].falling
        return self.query(sort=name, falling=falling)


@lru_cache(maxsize=1024)  # a page asks for the same few dozens again and again
def _query(chosen, **changes):
    return chosen._written(changes)


def _is_moment(text):
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except (TypeError, ValueError):
        return False


def _id(text):
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    return number if 0 < number < 2**31 else None


def _positive(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 1
