"""How far an import is, how fast, and how long it still takes; and what became of its rows."""

from dataclasses import dataclass
from typing import NamedTuple

from webapp.core.clock import now
from webapp.leads.filters import Filter

from .models import ImportState, Outcome, Policy
from .rejected import LISTED
from .used import overwritten

SURE_AFTER = 1.5  # seconds; before that a rate is noise
UPDATED = {
    Policy.FILL: "Already here: empty fields were filled, nothing was overwritten",
    Policy.UPDATE: "Already here: changed to what the file says, blank cells changed nothing",
    Policy.SKIP: "Already here",
}
BUT_SOME = {  # where single fields had another rule
    Policy.FILL: "Already here: empty fields were filled, and the fields below overwritten",
    Policy.UPDATE: "Already here: changed to what the file says, but for the fields below",
}
UNCHANGED = {Policy.SKIP: "Already here, and left as they were"}
BEFORE = {Policy.SKIP: "Already here, or twice in the file: left as they were"}  # of imports without tallies


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


class Line(NamedTuple):
    """A line of the receipt. `listed` is the word of LISTED under which its rows are found, `leads` the query of the
    list of its leads; each is "" where there are none.
    """

    name: str
    state: str
    icon: str
    rows: int
    meaning: str
    listed: str = ""
    leads: str = ""


def receipt(imported):
    """The Lines of the receipt: their rows add up to those that were looked at."""
    policy = Policy(imported.options.get("policy", Policy.FILL))
    whose = {"created": "import", "updated": "import_updated"}
    lines = [
        ("Created", "ok", "circle-plus", imported.created, _created(imported), Outcome.CREATED),
        ("Updated", "info", "refresh-cw", imported.updated, _updated(imported, policy), Outcome.UPDATED),
        *_skipped(imported, policy),
        ("Rejected", "warn", "circle-alert", imported.failed, "Each has its reason in the file below", Outcome.FAILED),
    ]
    words = {outcome: word for word, outcome in LISTED.items()}
    return [
        Line(name, state, icon, rows, meaning, words[outcome], _leads(imported, whose.get(outcome.value)))
        if rows
        else Line(name, "idle", icon, 0, "")
        for name, state, icon, rows, meaning, outcome in lines
    ]


def _created(imported):
    return "New leads in the stage that the file says" if "stage" in imported.mapping else "New leads in stage New"


def _updated(imported, policy):
    excepted = policy in BUT_SOME and overwritten(imported, wins=policy is Policy.FILL)
    return BUT_SOME[policy] if excepted else UPDATED[policy]


def _skipped(imported, policy):
    """Those of the rows that neither created nor changed a lead: by kind, as far as they were told apart."""
    unchanged = UNCHANGED.get(policy, "Already here, with nothing new in the row")
    kinds = [
        ("Unchanged", "copy", unchanged, Outcome.UNCHANGED),
        ("Twice in the file", "copy", "The same person as a row above", Outcome.DUPLICATE),
        ("Suppressed", "ban", "People who must not be written to: they did not become leads", Outcome.SUPPRESSED),
    ]
    counts = {outcome: imported.tallies.get(outcome.value, 0) for *_, outcome in kinds}
    rest = imported.skipped - sum(counts.values())
    left_out = "Left out by your choices, or leads of a colleague"
    if not imported.tallies:  # an import of before they were told apart
        left_out = BEFORE.get(policy, "Already here, or twice in the file, with nothing new in the row")
    lines = [(name, "idle", icon, counts[outcome], meaning, outcome) for name, icon, meaning, outcome in kinds]
    return [line for line in (*lines, ("Skipped", "idle", "copy", rest, left_out, Outcome.SKIPPED)) if line[3]]


def _leads(imported, field):
    return Filter().narrowed(**{field: imported.id}).query() if field else ""


class Undone(NamedTuple):
    """How far the undoing of an import is, or what it did."""

    looked: int  # rows and leads it has looked at
    total: int  # of so many
    leads: int  # leads brought back to what they were
    binned: int  # leads that it had created, now in the bin
    kept: int  # values and leads that somebody changed since, and that stayed: see queries.kept()


def undone(imported):
    """The Undone of an import; None when nobody asked for it."""
    if not imported.undo:
        return None
    undo, total = imported.undo, imported.created + imported.updated
    looked = total if imported.state is ImportState.UNDONE else min(undo["looked"], total)
    return Undone(looked, total, undo["rows"], undo["leads"], undo["kept"])
