"""How far an import is, how fast, and how long it still takes."""

from dataclasses import dataclass

from webapp.core.clock import now

from .models import ImportState, Policy

SURE_AFTER = 1.5  # seconds; before that a rate is noise


@dataclass(frozen=True)
class Progress:
    rate: int | None  # rows per second
    seconds_left: float | None
    seconds: float  # since the start


def progress(imported):
    """The Progress of `imported` as it stands; rate and time left are None while they cannot be known."""
    if imported.started_at is None:
        return Progress(None, None, 0)
    seconds = ((imported.finished_at or now()) - imported.started_at).total_seconds()
    if imported.done_rows == 0 or seconds <= 0 or (seconds < SURE_AFTER and not imported.finished_at):
        return Progress(None, None, seconds)
    rate = imported.done_rows / seconds
    left = max(0, imported.rows - imported.done_rows) / rate
    return Progress(max(1, round(rate)), left if imported.state is ImportState.RUNNING else None, seconds)


def receipt(imported):
    """The rows of the receipt, [(name, state, icon, rows, what it means if there are any, whether they are listed)]."""
    policy = Policy(imported.options.get("policy", Policy.FILL))
    updated = {
        Policy.FILL: "Already here: empty fields were filled, nothing was overwritten",
        Policy.UPDATE: "Already here: changed to what the file says, blank cells changed nothing",
        Policy.SKIP: "Already here",
    }[policy]
    skipped = {
        Policy.SKIP: "Already here, or twice in the file: left as they were",
    }.get(policy, "Already here, or twice in the file, with nothing new in the row")
    rows = [
        ("Created", "ok", "circle-plus", imported.created, "New leads in stage New", False),
        ("Updated", "info", "refresh-cw", imported.updated, updated, False),
        ("Skipped", "idle", "copy", imported.skipped, skipped, True),
        ("Rejected", "warn", "circle-alert", imported.failed, "Each has its reason in the file below", False),
    ]
    return [
        (name, state if count else "idle", icon, count, meaning if count else "", listed and count > 0)
        for name, state, icon, count, meaning, listed in rows
    ]
