"""A batch of rows on its way: what is chosen for it, what its rows have changed so far, how they ended.

deciding.py fills it. A run and the check before it differ in their Store only (writing.py, rehearsal.py).
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from webapp.accounts.members import people
from webapp.leads.custom import get_field

from .extras import PREFIX
from .merging import Overwriting
from .models import Outcome, Policy
from .options import DOMAIN_NAME, SHARE, options_of
from .rows import ByAddress, ByDomainName, ByField

# Rows a transaction. In one process they hold the lock for 1.5 ms and commit in 0.5, 20 of them for 2.1 and 0.7;
# pages write in the pauses. The check takes as many: rows of one batch see each other otherwise than rows of two.
BATCH = 12
SKIPPED = (Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.SUPPRESSED, Outcome.SKIPPED)  # what Import.skipped adds up


@dataclass(slots=True)
class Ended:
    """How a row ended that did not simply create a lead. `above`: the number of the first row about that lead."""

    number: int
    outcome: Outcome
    cells: list
    reason: str = ""
    lead_id: int | None = None
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    told: dict = field(default_factory=dict)
    above: int | None = None


def key_of(imported):
    """How the rows of `imported` find their leads."""
    chosen = options_of(imported)["key"]
    if chosen.startswith(PREFIX):
        return ByField(get_field(imported.workspace_id, int(chosen.removeprefix(PREFIX))))
    return ByDomainName() if chosen == DOMAIN_NAME else ByAddress()


@dataclass
class Batch:
    """One transaction's worth of an import: what is to be written, and how the rows ended."""

    imported: object
    moment: object
    store: object
    counts: Counter = field(default_factory=Counter)  # {Outcome: rows}
    ended: list = field(default_factory=list)
    activities: list = field(default_factory=list)
    changed: dict = field(default_factory=dict)  # {lead id: Known}
    touched: dict = field(default_factory=dict)  # {lead id: number of the first row about it}
    moved: dict = field(default_factory=dict)  # {Stage: [lead ids]}
    notes: set = field(default_factory=set)  # {(lead id, text)} of what is on their timelines

    def __post_init__(self):
        self.options = options_of(self.imported)
        self.key, self.extras = self.store.key, self.store.extras()
        self.policy, self.overwriting = Policy(self.options["policy"]), Overwriting(self.options)
        center_id = self.options["center_id"]
        self.center = self.store.hold_center(center_id) if center_id else None  # before any lead's lock
        self.owner_id, self.sees = self.options.get("owner_id"), self.options.get("sees")
        if self.sees and self.center is None:
            self.owner_id = self.sees["user"]  # the center was archived meanwhile: the leads stay in their sight
        if self.owner_id and self.owner_id not in self.members:
            self.owner_id = None  # whoever left meanwhile

    @cached_property
    def members(self):
        """{user id: name} of who can own leads."""
        return {user.id: user.full_name for user in people(self.imported.workspace_id)}

    @cached_property
    def takers(self):
        """The members who take turns in owning what is created."""
        shared = self.options["owner"] == SHARE and self.sees is None
        return [user_id for user_id in self.options["share"] if user_id in self.members] if shared else []

    def owners_of(self, rows):
        """The owner of each new lead: of its row, else whose turn it is, else whom the options name."""
        first = self.imported.created + self.counts[Outcome.CREATED]
        owners = []
        for number, row in enumerate(rows, first):
            named = row.extra.owner if row.extra and self.sees is None else None
            turn = self.takers[number % len(self.takers)] if self.takers else self.owner_id
            owners.append(named or turn)
        return owners

    def may_change(self, lead):
        """Whether the lead was within the reach of who started the import."""
        if self.sees is None:
            return True
        return lead.owner_id == self.sees["user"] or lead.center_id in self.sees["centers"]

    def end(self, outcome, row, reason="", **rest):
        self.counts[outcome] += 1
        self.ended.append(Ended(row.number, outcome, row.cells, reason, **rest))

    def totals(self):
        """The columns of the Import as they are once this batch is committed."""
        imported, counts = self.imported, self.counts
        tallies = {one.value: imported.tallies.get(one.value, 0) + counts[one] for one in SKIPPED}
        return {
            "created": imported.created + counts[Outcome.CREATED],
            "updated": imported.updated + counts[Outcome.UPDATED],
            "skipped": imported.skipped + sum(counts[one] for one in SKIPPED),
            "failed": imported.failed + counts[Outcome.FAILED],
            "tallies": {name: count for name, count in tallies.items() if count},
        }
