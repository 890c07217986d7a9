"""Companies, facts and their evidence; jobs that look them up; what waits for a person's word."""

from enum import StrEnum

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    Check,
    DateField,
    ForeignKeyField,
    IntegerField,
    TextField,
)
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import User, Workspace, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.leads.models import Lead


class WaterfallStage(StrEnum):
    """One stage of the waterfall, in its order. What is known already comes before all of them."""

    WEBSITE = "website"
    WIKIDATA = "wikidata"
    MODEL = "model"


class Policy(StrEnum):
    """What a job may write over in leads. What a person typed is never written over: it waits as a Conflict."""

    FILL = "fill"  # only what is empty; another value than a lead's own is only kept as a fact
    REFRESH = "refresh"  # also what an enrichment wrote
    OVERWRITE = "overwrite"  # also what an import wrote


class FactState(StrEnum):
    FOUND = "found"
    KEPT = "kept"  # a person said that it is right
    REJECTED = "rejected"  # a person said that it is wrong: it never comes back
    UNSUPPORTED = "unsupported"  # a model's, whose quote is not in what was fetched: shown, never written


class JobState(StrEnum):
    DRAFT = "draft"  # being put together: nothing is fetched before somebody starts it
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class ResultState(StrEnum):
    WAITING = "waiting"
    FETCHING = "fetching"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ConflictState(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    GONE = "gone"  # the lead or the fact changed meanwhile: nothing is left to decide


def _one_of(column, states):
    return [Check(f"{column} IN ({', '.join(repr(state.value) for state in states)})")]


class Company(WorkspaceModel):
    """What a workspace knows a company by: its `domain` (as Lead.domain), or without one its name. Its facts are those
    of all leads there. `enriched_at`: when it was last looked up to the end.
    """

    domain = CharField(default="")
    name = CharField(default="")
    name_key = CharField(default="")  # core.text.fold(name), as Lead.company_key
    enriched_at = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)


Company.add_index(
    Company.index(Company.workspace, Company.domain, where=Company.domain != "", unique=True, name="company_by_domain")
)
Company.add_index(
    Company.index(Company.workspace, Company.name_key, where=Company.domain == "", unique=True, name="company_by_name")
)


class EnrichmentSettings(WorkspaceModel):
    """How a workspace enriches: one row, made when first changed. Money is in millionths of LLM_PRICE's currency."""

    workspace = ForeignKeyField(Workspace, unique=True, on_delete="CASCADE")
    stages = JSONText(default=lambda: [stage.value for stage in WaterfallStage])
    refresh_days = IntegerField(default=90, constraints=[Check("refresh_days BETWEEN 1 AND 3650")])
    pause_ms = IntegerField(default=0, constraints=[Check("pause_ms BETWEEN 0 AND 60000")])  # between two companies
    calls_per_company = IntegerField(default=8, constraints=[Check("calls_per_company BETWEEN 1 AND 50")])
    tokens_per_company = IntegerField(default=40_000, constraints=[Check("tokens_per_company > 0")])
    seconds_per_company = IntegerField(default=90, constraints=[Check("seconds_per_company BETWEEN 5 AND 600")])
    cost_per_company = BigIntegerField(null=True, constraints=[Check("cost_per_company > 0")])
    tokens_per_day = IntegerField(default=2_000_000, constraints=[Check("tokens_per_day > 0")])
    cost_per_day = BigIntegerField(null=True, constraints=[Check("cost_per_day > 0")])

    class Meta:
        table_name = "enrichment_settings"


class EnrichmentJob(WorkspaceModel):
    """A batch of companies. `done` + `failed` of `total` have ended; `found` of `asked` fields were found in those.

    Whoever runs it holds its lease. `fields` are names of fields.FIELDS, `stages` WaterfallStages. `coverage` is
    {field: companies where it was found}. `tokens` and `cost` (in millionths) are what the model used. `estimate`: what
    estimating.py said before the start.
    """

    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    name = CharField(max_length=120)
    state = EnumField(JobState, default=JobState.DRAFT, constraints=_one_of("state", JobState))
    policy = EnumField(Policy, default=Policy.FILL, constraints=_one_of("policy", Policy))
    stages = JSONText(default=list)
    fields = JSONText(default=list)
    refreshes = BooleanField(default=False)  # look up anew what is known and not yet old
    pause_ms = IntegerField(default=0)
    total = IntegerField(default=0)
    done = IntegerField(default=0)
    failed = IntegerField(default=0)
    asked = IntegerField(default=0)
    found = IntegerField(default=0)
    coverage = JSONText(default=dict)
    tokens = BigIntegerField(default=0)
    cost = BigIntegerField(default=0)
    estimate = JSONText(default=dict)
    error = CharField(default="", max_length=500)
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    started_at = UTCDateTime(null=True)
    finished_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("workspace", "id"), False), (("state", "lease_until"), False))


class EnrichmentResult(WorkspaceModel):
    """One company in a job, by its domain or its name; all leads of the workspace there get what is found. `lead` is
    the one it was asked for, if any. `stage` is the one at work, while it is FETCHING. `found` is {field: stage};
    `pages` [{url, status, ms, note}] what was read, or why not. A DONE one `writes` until all leads there have it.
    """

    job = ForeignKeyField(EnrichmentJob, on_delete="CASCADE", index=False)
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    company = ForeignKeyField(Company, null=True, on_delete="SET NULL")
    name = CharField(default="")
    domain = CharField(default="")
    email = CharField(default="")
    country = CharField(default="")
    key = CharField()  # "domain:…" or "name:…": a company is in a job once
    state = EnumField(ResultState, default=ResultState.WAITING, constraints=_one_of("state", ResultState))
    stage = CharField(default="", max_length=20)
    error = CharField(default="", max_length=500)
    attempts = IntegerField(default=0)
    asked = IntegerField(default=0)
    found = JSONText(default=dict)
    pages = JSONText(default=list)
    reused = BooleanField(default=False)  # it was known and not old: nothing was fetched
    writes = BooleanField(default=False)
    tokens = BigIntegerField(default=0)
    cost = BigIntegerField(default=0)
    milliseconds = IntegerField(default=0)
    started_at = UTCDateTime(null=True)
    finished_at = UTCDateTime(null=True)

    class Meta:
        indexes = (
            (("job", "key"), True),
            (("job", "state", "id"), False),
            (("job", "id"), False),
            (("workspace", "key", "id"), False),
        )


class Fact(WorkspaceModel):
    """One value that a source gives for a field of a company, with its evidence: on `source_url` stands `quote`.

    `value_key` is the value folded for comparing. Of all facts of a field that are not rejected or unsupported the best
    one `is_best` (facts.py says which). `confidence` is from 0 to 100; `raised` is what other sources that say the same
    gave of it. A rejected one stays, so that it is known again.
    """

    company = ForeignKeyField(Company, on_delete="CASCADE", index=False)
    result = ForeignKeyField(EnrichmentResult, null=True, on_delete="SET NULL")
    field = CharField(max_length=32)
    value = TextField()
    value_key = CharField()
    stage = EnumField(WaterfallStage, constraints=_one_of("stage", WaterfallStage))
    method = CharField(max_length=20)  # see claims.METHODS
    source_url = CharField(max_length=2000)
    quote = TextField(default="")
    confidence = IntegerField(constraints=[Check("confidence BETWEEN 0 AND 100")])
    raised = IntegerField(default=0)
    state = EnumField(FactState, default=FactState.FOUND, constraints=_one_of("state", FactState))
    is_best = BooleanField(default=False)
    decided_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
    decided_at = UTCDateTime(null=True)
    found_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("company", "field", "value_key", "stage"), True),)


Fact.add_index(Fact.index(Fact.workspace, Fact.field, Fact.company, where=Fact.is_best, name="fact_best"))


class LeadWrite(WorkspaceModel):
    """What enrichment last wrote into a field of a lead: while the lead still has that value, it is not a person's."""

    lead = ForeignKeyField(Lead, on_delete="CASCADE", index=False)
    fact = ForeignKeyField(Fact, null=True, on_delete="SET NULL")
    field = CharField(max_length=32)  # of leads.fields.FIELDS
    value = CharField()
    written_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("lead", "field"), True),)


class Conflict(WorkspaceModel):
    """A fact that says otherwise than a person did in a lead, and waits for somebody's word. One a field of a lead."""

    lead = ForeignKeyField(Lead, on_delete="CASCADE", index=False)
    fact = ForeignKeyField(Fact, on_delete="CASCADE")
    field = CharField(max_length=32)  # of leads.fields.FIELDS
    lead_value = CharField(default="")  # what stood there when it was found
    state = EnumField(ConflictState, default=ConflictState.WAITING, constraints=_one_of("state", ConflictState))
    decided_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
    decided_at = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)

    class Meta:
        table_name = "fact_conflict"
        indexes = ((("lead", "field"), False), (("workspace", "state", "id"), False))


class CoverageDay(WorkspaceModel):
    """Of one day, field and stage: how many companies were asked for it, how many times it was found there, and how
    many facts people accepted and rejected. Added to in the transaction that does it.
    """

    day = DateField()
    field = CharField(max_length=32)
    stage = CharField(max_length=20)
    asked = IntegerField(default=0)
    found = IntegerField(default=0)
    accepted = IntegerField(default=0)
    rejected = IntegerField(default=0)

    class Meta:
        indexes = ((("workspace", "day", "field", "stage"), True),)
