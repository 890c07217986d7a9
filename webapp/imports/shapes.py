"""What a workspace made of files with the same columns: the next one is matched as the last one was.

A shape is known by the names of its columns in any order. Its mapping is [[name as plain() leaves it, target], …]: of
several columns of one name, the first is the first again.
"""

from hashlib import sha256

from webapp.core.clock import now

from .columns import ADDED, column_name
from .extras import OTHERS, targets
from .headers import plain
from .matching import TARGETS
from .models import ImportShape

# Options that hold for the next file too. What it does to leads, who gets them, who agreed: that is said each time.
KEPT = ("key", "source", "country", "clean_names", "leave_role", "leave_throwaway")
_ADDED = [plain(name) for name in ADDED]


def remembered(workspace, columns):
    """The ImportShape of these columns (names of a file, or what describe_columns() gives), or None.

    Rejected rows that come back are matched as the file was that they are from.
    """
    names = _names(columns)
    if not _are_named(names):
        return None
    shapes = [names, names[: -len(_ADDED)]] if names[-len(_ADDED) :] == _ADDED else [names]
    known = ImportShape.of(workspace).where(ImportShape.digest.in_([_digest(one) for one in shapes]))
    found = {shape.digest: shape for shape in known}
    return next((found[_digest(one)] for one in shapes if _digest(one) in found), None)


def remember(imported):
    """Keep how `imported` was matched, in place of what was kept for such columns before."""
    names = _names(imported.columns)
    if not _are_named(names):
        return
    kept = {
        "mapping": [[name, target] for name, target in zip(names, imported.mapping, strict=True)],
        "options": {name: imported.options[name] for name in KEPT if name in imported.options},
        "used_at": now(),
    }
    insert = ImportShape.insert(workspace=imported.workspace_id, digest=_digest(names), **kept)
    insert.on_conflict(conflict_target=[ImportShape.workspace, ImportShape.digest], update=kept).execute()


def recalled(workspace, columns):
    """[target or ""] for each of `columns`, as the last file with the same ones was matched; None for new ones.

    Fields that are gone since are left out.
    """
    shape = remembered(workspace, columns)
    if shape is None:
        return None
    known = {"", *TARGETS, *OTHERS}
    if any(target not in known for _, target in shape.mapping):
        known = {"", *targets(workspace)}
    waiting = {}
    for name, target in shape.mapping:
        waiting.setdefault(name, []).append(target if target in known else "")
    return [waiting[name].pop(0) if waiting.get(name) else "" for name in _names(columns)]


def recalled_options(workspace, columns):
    """Those of the last import's options that hold for the next file with the same columns, too."""
    shape = remembered(workspace, columns)
    return shape.options if shape else {}


def _names(columns):
    return [
        plain(column["name"] if isinstance(column, dict) else column_name(column, index))
        for index, column in enumerate(columns)
    ]


def _are_named(names):
    """Whether the file says what its columns are: those without any names have only their number in common."""
    return any(name != plain(column_name("", index)) for index, name in enumerate(names))


def _digest(names):
    return sha256("\n".join(sorted(names)).encode()).hexdigest()
