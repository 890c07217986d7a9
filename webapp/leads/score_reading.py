"""What the rules of a workspace make of leads: the score of each with its reasons, and what a new rule would change.

Rules are asked by nobody in particular, in the workspace's time zone: a score is the same whoever looks at it.
"""

from functools import lru_cache, partial
from types import SimpleNamespace
from typing import NamedTuple

from peewee import Case

from webapp.core.prepared import Prepared

from .chips import told
from .conditions import Condition, Where
from .criteria import FIELDS, Custom
from .custom import fields_of
from .list_models import ScoreKind, ScoreRule
from .models import Lead
from .narrowing import NOBODY
from .queries import visible

HIGHEST = 100
SAMPLE = 200  # leads, the newest, on which a rule is tried
STEPS = 10  # bars of a distribution
GONE = "A condition that cannot be asked any more"


_read = lru_cache(maxsize=4096)(Condition.read)


class Rule(NamedTuple):
    """`text` is the condition as conditions.py writes one."""

    id: int
    kind: ScoreKind
    text: str
    points: int

    @property
    def condition(self):
        """None where it cannot be asked any more."""
        return _read(self.text)


@partial(Prepared, row=Rule)
def _rules(*, workspace):
    columns = (ScoreRule.id, ScoreRule.kind, ScoreRule.condition, ScoreRule.points)
    return ScoreRule.select(*columns).where(ScoreRule.workspace == workspace).order_by(ScoreRule.position, ScoreRule.id)


def rules_of(workspace):
    """The Rules of a workspace (a row or its id), in the order in which they were made."""
    return tuple(_rules(workspace=getattr(workspace, "id", workspace)))


class Asking:
    """Asks the conditions of Rules of leads. `fields` are the workspace's custom Fields, read when not given."""

    def __init__(self, workspace, rules, fields=None):
        self.rules = rules
        self.asker = SimpleNamespace(workspace=workspace, time_zone=workspace.time_zone, user_id=None)
        conditions = [rule.condition for rule in rules]
        if fields is None:
            fields = fields_of(workspace) if any(one and one.is_custom for one in conditions) else ()
        self.own = {field.slug: field for field in fields}
        self.columns = [Case(None, [(self._asked(condition), 1)], 0) for condition in conditions]

    def _asked(self, condition):
        if condition is None:
            return NOBODY
        field = self.own.get(condition.slug) if condition.is_custom else None
        if field is None:
            if condition.is_custom:
                return NOBODY  # a field that is gone
            criterion = FIELDS[condition.field]
            return criterion.kind.sql(criterion.column, condition.op, condition.values, self.asker)
        custom = Custom(field)
        takes = custom.kind.takes(condition.op, condition.values)
        return custom.sql(condition.op, condition.values, self.asker) if takes else NOBODY

    def met(self, lead_ids, *columns):
        """[(values of `columns`, for each rule whether the lead meets it)] of those of these leads that are alive."""
        alive = Lead.select(*columns, *self.columns).where(Lead.id.in_(lead_ids), Lead.deleted_at.is_null())
        width = len(columns)
        return [(row[:width], row[width:]) for row in alive.tuples()]

    def score(self, met):
        return clamped(sum(rule.points for rule, is_met in zip(self.rules, met, strict=True) if is_met))


def clamped(points):
    return max(0, min(HIGHEST, points))


class Reason(NamedTuple):
    """Why a lead has points: a condition that it meets, in words."""

    kind: ScoreKind
    points: int
    words: str


class Score(NamedTuple):
    """The score of one lead; `points` is what its reasons add up to. Falsy in a workspace without rules."""

    has_rules: bool = False
    points: int = 0
    reasons: tuple = ()

    def __bool__(self):
        return self.has_rules

    @property
    def total(self):
        return clamped(self.points)


def score_of(member, lead, rules, fields):
    """The Score of a lead by these Rules as it is this moment. `fields` are the workspace's custom Fields.

    One query, and one more where a reason has a name in it: a tag's, a center's, somebody's.
    """
    if not rules:
        return Score()
    found = Asking(member.workspace, rules, fields).met([lead.id], Lead.id)
    flags = found[0][1] if found else [0] * len(rules)
    met = [rule for rule, is_met in zip(rules, flags, strict=True) if is_met]
    words = sentences(member, met)
    reasons = [Reason(rule.kind, rule.points, words[rule]) for rule in met]
    reasons.sort(key=lambda reason: (reason.kind is not ScoreKind.FIT, -reason.points))
    return Score(True, sum(rule.points for rule in met), tuple(reasons))


def sentences(member, rules):
    """{Rule: its condition in words}."""
    asked = [rule for rule in rules if rule.condition]
    chips = told(member, Where(tuple(rule.condition for rule in asked))).chips
    words = [" ".join(filter(None, (chip.key, chip.words, chip.value))) for chip in chips]
    return dict.fromkeys(rules, GONE) | dict(zip(asked, words, strict=True))


class Trial(NamedTuple):
    """Rules tried on the `sample` newest leads: how many of them each rule meets, by its place among the rules, and
    how many have a score in each of STEPS steps, the lowest first.
    """

    sample: int
    met: tuple
    spread: tuple

    @property
    def top(self):
        """Where the axis of a chart ends: a number that four parts."""
        return max(4, -(-max(self.spread) // 4) * 4)


def trials(member, *sets):
    """A Trial of each of these sets of Rules on the newest leads that the member sees, in one query."""
    rules = list(dict.fromkeys(rule for rules in sets for rule in rules))
    newest = visible(member, Lead.id).order_by(Lead.id.desc()).limit(SAMPLE)
    found = [dict(zip(rules, met, strict=True)) for _, met in Asking(member.workspace, rules).met(newest, Lead.id)]
    return [_trial(rules, found) for rules in sets]


def _trial(rules, found):
    """`found` has for each lead {Rule: whether it meets it}."""
    spread = [0] * STEPS
    for met in found:
        score = clamped(sum(rule.points for rule in rules if met[rule]))
        spread[min(STEPS - 1, score * STEPS // HIGHEST)] += 1
    return Trial(len(found), tuple(sum(met[rule] for met in found) for rule in rules), tuple(spread))
