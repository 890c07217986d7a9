"""What a person chose for an import that is not as it is by default, as its receipt says it."""

from typing import NamedTuple

from webapp.accounts.members import people
from webapp.accounts.models import Center
from webapp.core.countries import COUNTRIES

from .extras import targets
from .models import Policy
from .options import EMAIL, KEYS, SHARE, options_of

GONE = "a field that was deleted"
LEFT = "somebody who left"
MOST = 12  # columns that are named


class Used(NamedTuple):
    label: str
    text: str


def used(imported):
    """The Useds of an import, in the order of the options' page."""
    chosen, fields = options_of(imported), targets(imported.workspace_id)
    told = [
        ("A row found its lead by", _key(chosen["key"], fields)),
        ("Overwritten", _excepted(imported, fields, wins=True)),
        ("Filled only where empty", _excepted(imported, fields, wins=False)),
        ("Center of new leads", _center(imported, chosen["center_id"])),
        *_owner(imported, chosen),
        ("Source of new leads", chosen["source"]),
        ("Country of phone numbers", COUNTRIES.get(chosen["country"], chosen["country"])),
        ("Names in CAPITALS", "" if chosen["clean_names"] else "Left as they were"),
        ("Left out", _listed(_left_out(chosen))),
        ("Suppression list", "People on it were imported, too" if chosen["suppressed"] else ""),
        ("Columns not imported", _columns(imported)),
    ]
    return [Used(label, text) for label, text in told if text]


def overwritten(imported, *, wins):
    """The targets with a rule of their own under which the row wins, or loses, against the policy."""
    chosen = options_of(imported)
    usual = chosen["policy"] == Policy.UPDATE.value
    rules = chosen["overwrite"] if chosen["policy"] != Policy.SKIP.value else {}
    return [target for target, yes in rules.items() if yes == wins != usual and target in imported.mapping]


def _excepted(imported, fields, *, wins):
    names = [fields.get(target, GONE) for target in overwritten(imported, wins=wins)]
    return _listed(names)


def _key(key, fields):
    return "" if key == EMAIL else _listed([KEYS.get(key) or fields.get(key, GONE)])


def _center(imported, center_id):
    center = Center.of(imported.workspace_id).where(Center.id == center_id).first() if center_id else None
    return center.name if center else "One that was deleted" if center_id else ""


def _owner(imported, chosen):
    """What is told of whose the new leads are: shared out among several, or one person's, also by a small reach."""
    if chosen["owner"] == SHARE:
        return [("New leads shared out among", _listed(_names(imported, chosen["share"])))]
    owner_id = chosen.get("owner_id") or chosen["owner"]
    return [("Owner of new leads", _listed(_names(imported, [owner_id])))] if owner_id else []


def _names(imported, user_ids):
    names = {person.id: person.full_name for person in people(imported.workspace_id)}
    return [names.get(one, LEFT) for one in user_ids]


def _left_out(chosen):
    kinds = [("leave_role", "shared addresses"), ("leave_throwaway", "throw-away addresses")]
    return [words for name, words in kinds if chosen[name]]


def _columns(imported):
    """The columns with something in them that became nothing."""
    columns = zip(imported.columns, imported.mapping, strict=True)
    names = [column["name"] for column, target in columns if not target and column["samples"]]
    more = [f"{len(names) - MOST:,} more"] if len(names) > MOST else []
    return _listed(names[:MOST] + more)


def _listed(words):
    """ "A, B and C", its first letter a capital one."""
    *rest, last = words or [""]
    text = f"{', '.join(rest)} and {last}" if rest else last
    return text[:1].upper() + text[1:]
