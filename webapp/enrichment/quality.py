"""How well enrichment does: by field, by stage and over time, how often something was found, and how often people
accepted it.

Kept by day in CoverageDay. Its rows with stage "" tell of a field whichever stage it was found at: adding up those of
the stages would count a company once for each.
"""

from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from peewee import fn

from db import execute_many
from webapp.core.clock import now

from .fields import FIELDS
from .models import CoverageDay, WaterfallStage

ALL = ""  # the stage of what is told of all stages together
COUNTS = ("asked", "found", "accepted", "rejected")
STAGES = {
    WaterfallStage.WEBSITE: "Website",
    WaterfallStage.WIKIDATA: "Wikidata",
    WaterfallStage.MODEL: "Language model",
}
DAYS = 45  # of a span up to this long, each day is told, and of a longer one each week


class Line(NamedTuple):
    """Of a field, a stage or a time: how many companies were asked for it, how often it was found, and what people said
    of what was found.
    """

    name: object  # a name of FIELDS, a WaterfallStage, or a date: the day, or the Monday of the week
    label: str
    asked: int = 0
    found: int = 0
    accepted: int = 0
    rejected: int = 0

    @property
    def coverage(self):
        """In percent; None where nothing was asked."""
        return round(100 * self.found / self.asked) if self.asked else None

    @property
    def acceptance(self):
        """In percent of what somebody decided; None where nobody did."""
        decided = self.accepted + self.rejected
        return round(100 * self.accepted / decided) if decided else None


class Coverage(NamedTuple):
    """Tuples of Lines: every field and every stage; `times` from the oldest on, without gaps; `by_stage` is
    {WaterfallStage: {field: Line}}; `total` is a Line of everything.
    """

    total: Line
    fields: tuple
    stages: tuple
    by_stage: dict
    times: tuple
    weekly: bool


def coverage(workspace, since):
    """The Coverage of a workspace from the date `since` on, to today (UTC)."""
    rows = _rows(workspace, since)
    by_field, by_stage, each = defaultdict(_nothing), defaultdict(_nothing), defaultdict(_nothing)
    for name, stage, *counts in rows:
        target = by_field[name] if stage == ALL else by_stage[stage]
        _add(target, counts)
        if stage != ALL:
            _add(each[stage, name], counts)
    total = _nothing()
    for counts in by_field.values():
        _add(total, counts)
    return Coverage(
        Line("", "All fields", *total),
        tuple(Line(name, field.label, *by_field[name]) for name, field in FIELDS.items()),
        tuple(Line(stage, label, *by_stage[stage]) for stage, label in STAGES.items()),
        {stage: {name: Line(name, FIELDS[name].label, *each[stage, name]) for name in FIELDS} for stage in STAGES},
        *_over_time(workspace, since),
    )


def _nothing():
    return [0, 0, 0, 0]


def _add(target, counts):
    for index, count in enumerate(counts):
        target[index] += int(count)


def _sums():
    return [fn.SUM(getattr(CoverageDay, name)) for name in COUNTS]


def _rows(workspace, since):
    """(field, stage, counts…) of the fields that there are."""
    query = CoverageDay.select(CoverageDay.field, CoverageDay.stage, *_sums())
    query = query.where(CoverageDay.workspace == workspace, CoverageDay.day >= since)
    rows = query.group_by(CoverageDay.field, CoverageDay.stage).tuples()
    return [row for row in rows if row[0] in FIELDS and row[1] in (ALL, *STAGES)]


def _over_time(workspace, since):
    """(Lines of days or weeks, whether of weeks)."""
    today = now().date()
    weekly = (today - since).days > DAYS
    query = CoverageDay.select(CoverageDay.day, *_sums()).group_by(CoverageDay.day)
    query = query.where(CoverageDay.workspace == workspace, CoverageDay.day >= since, CoverageDay.stage == ALL)
    found = defaultdict(_nothing)
    for day, *counts in query.tuples():
        _add(found[_start(day, weekly)], counts)
    first, step = _start(since, weekly), timedelta(days=7 if weekly else 1)
    count = max(0, (today - first) // step + 1)
    times = [first + number * step for number in range(count)]
    return tuple(Line(day, f"{day:%d %b %Y}".lstrip("0"), *found[day]) for day in times), weekly


def _start(day, weekly):
    return day - timedelta(days=day.weekday()) if weekly else day


# ------------------------------------------------------------------- counting


def count_look_up(workspace_id, asked, found):
    """Count one company, in the caller's transaction: `asked` is {stage: fields}, `found` a set of (field, stage)."""
    counts = {}
    for stage, names in asked.items():
        for name in names:
            counts[name, str(stage)] = (1, 0, 0, 0)
            counts.setdefault((name, ALL), (1, 0, 0, 0))
    for name, stage in found:
        for key in ((name, str(stage)), (name, ALL)):
            if key in counts:  # what a stage came across unasked says nothing of how often it finds it
                counts[key] = (1, 1, 0, 0)
    _count(workspace_id, counts)


def count_verdict(workspace_id, fact, accepted):
    """Count that somebody accepted or rejected a Fact, in the caller's transaction."""
    counts = (0, 0, 1, 0) if accepted else (0, 0, 0, 1)
    _count(workspace_id, {(fact.field, fact.stage.value): counts, (fact.field, ALL): counts})


def _count(workspace_id, counts):
    """Add to today's rows, all in one order: two who do so wait for each other, and neither for both."""
    day = CoverageDay.day.db_value(now().date())
    rows = [(workspace_id, day, *key, *counts[key]) for key in sorted(counts)]
    added = ", ".join(f"{name} = coverage_day.{name} + excluded.{name}" for name in COUNTS)
    columns = ", ".join(("workspace_id", "day", "field", "stage", *COUNTS))
    sql = f"INSERT INTO coverage_day ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    execute_many(f"{sql} ON CONFLICT (workspace_id, day, field, stage) DO UPDATE SET {added}", rows)
