"""What a row adds to a lead that is here: which of its values are taken, and what is told of that."""

from dataclasses import dataclass, field

from webapp.leads.cleaning import domain_of

from .models import Policy
from .shaping import DOMAIN, EMAIL, EMPTY, FIELDS, WEBSITE

_SPREAD = {"full_name": ("first_name", "last_name"), "location": ("city", "region", "country")}


class Overwriting:
    """Where a row wins over what a lead has: by the policy, but for the exceptions chosen for single columns."""

    def __init__(self, options):
        self.usual = options["policy"] == Policy.UPDATE.value
        self.exceptions = {
            one: wins for target, wins in options["overwrite"].items() for one in _SPREAD.get(target, (target,))
        }
        self.slots = [self.wins(name) for name in FIELDS]

    def wins(self, target):
        return self.exceptions.get(target, self.usual)


@dataclass
class Change:
    """What a row changed: `told` ({name: [old, new]}), `custom` and `ids` for the timeline, the rest for the undo."""

    told: dict = field(default_factory=dict)
    custom: dict = field(default_factory=dict)
    ids: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)

    def add(self, name, old, new):
        self.told[name], self.before[name], self.after[name] = [old, new], old, new

    def data(self):
        """The parts of an activity's data that say something. A stage has an activity of its own."""
        changes = {name: change for name, change in self.told.items() if name != "stage"}
        return {"changes": changes, **({"custom": self.custom} if self.custom else {}), **self._ids()}

    def _ids(self):
        return {"ids": self.ids} if self.ids else {}


def merge(values, new, slots, *, takes_address):
    """Change `values` in place by what `new` adds; an empty cell never erases. Returns {field: [old, new]}.

    `slots` says of each field whether the row wins; an address that is there gives way only if `takes_address`.
    """
    changes = {}
    for slot, value in enumerate(new):
        old = values[slot]
        if value == old or value == EMPTY[slot] or slot == DOMAIN:
            continue
        if old == EMPTY[slot] or (slots[slot] and (slot != EMAIL or takes_address)):
            values[slot] = value
            changes[FIELDS[slot]] = [old, value]
    if "website" in changes or (changes and not values[DOMAIN]):
        values[DOMAIN] = domain_of(values[WEBSITE], values[EMAIL])
    return changes
