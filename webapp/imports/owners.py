"""Whom an owner column means: a member's address or name, as other programs write them."""

import re

from webapp.accounts.members import people
from webapp.core.text import fold

_SEVERAL = "more than one person here is called so"
_NOBODY = "nobody of this name or address works here"
_ADDRESS = re.compile(r"[^\s@<>()\[\]]+@[^\s@<>()\[\]]+")
LONGEST = 255  # letters; more are no name, and looking for an address in them would take minutes
_MARKS = re.compile(r"[.,;]")


class Owners:
    """The active members of a workspace (a row or its id), loaded once: one query."""

    def __init__(self, workspace):
        self.known = {}  # {an address or a folded name: ids of who is called so}
        for person in people(workspace):
            for name in _names_of(person):
                self.known.setdefault(name, set()).add(person.id)

    def find(self, text):
        """(the id of the person, "") or (None, why nobody is meant)."""
        for name in _spellings(text) if len(text) <= LONGEST else ():
            if found := self.known.get(name):
                return (next(iter(found)), "") if len(found) == 1 else (None, _SEVERAL)
        return None, _NOBODY


def _names_of(person):
    """What a person is called: the address, "Mara Lindqvist", "Lindqvist Mara", "M Lindqvist", "Mara L"."""
    words = _words(person.full_name)
    names = {person.email, " ".join(words)}
    if len(words) > 1:
        first, last = words[0], words[-1]
        rest = " ".join(words[1:])
        names |= {f"{first} {last}", f"{rest} {first}", f"{last} {first}"}
        names |= {f"{first[0]} {last}", f"{first[0]} {rest}", f"{last} {first[0]}", f"{first} {last[0]}"}
    return names - {""}


def _spellings(text):
    """What to look for, the surest first: an address in `text`, then the name without it."""
    folded = fold(text)
    if address := _ADDRESS.search(folded):
        yield address[0]
        folded = folded.replace(address[0], " ")
    if name := " ".join(_words(re.sub(r"[<>()\[\]\"]", " ", folded))):
        yield name


def _words(name):
    return _MARKS.sub(" ", fold(name)).split()


def people_found(imported):
    """How many people of the column that is the owner in `imported` are here, as told_of() says; "" without one."""
    if "owner" not in imported.mapping:
        return ""
    column = imported.columns[imported.mapping.index("owner")]
    return told_of(imported.workspace_id, column.get("options") or column["samples"])


def told_of(workspace, names):
    """ "2 of 3 people found" for texts that say owners; "" for none."""
    if not (names := {fold(name): name for name in names}):
        return ""
    owners = Owners(workspace)
    found = sum(owners.find(name)[0] is not None for name in names.values())
    return f"{found} of {len(names)} {'person' if len(names) == 1 else 'people'} found"
