"""Enrichment: companies, facts with their evidence, jobs; pages that were read; calls of the model endpoint."""

from peewee import *

from db import UTCDateTime

CHANGES = "kind IN ('stage', 'edited', 'imported', {}'assigned', 'merged')"
ENRICHED = "'enriched', "
TABLES = (
    "host_turn", "fetched_page", "coverage_day", "fact_conflict", "lead_write", "fact", "enrichment_result",
    "enrichment_job", "enrichment_settings", "company", "model_call",
)  # fmt: skip
PARTIAL = (
    "CREATE UNIQUE INDEX company_by_domain ON company (workspace_id, domain) WHERE (domain <> '')",
    "CREATE UNIQUE INDEX company_by_name ON company (workspace_id, name_key) WHERE (domain = '')",
    "CREATE INDEX fact_best ON fact (workspace_id, field, company_id) WHERE is_best",
)


def up(migrator, db):
    create(db)
    for sql in PARTIAL:
        db.execute_sql(sql)
    index_changes(db, ENRICHED)


def index_changes(db, more):
    """What the history of leads reads: an index is found only by the very condition it was made of."""
    for name, columns in (("activity_change", ""), ("activity_change_by", "actor_id, ")):
        db.execute_sql(f"DROP INDEX {name}")
        on = f"activity (workspace_id, {columns}created_at, id)"
        db.execute_sql(f"CREATE INDEX {name} ON {on} WHERE {CHANGES.format(more)}")


def create(db):
    def table(name, *indexes):
        return type("Meta", (), {"database": db, "table_name": name, "indexes": indexes})

    def one_of(column, *states):
        return [Check(f"{column} IN ({', '.join(map(repr, states))})")]

    class Workspace(Model):
        Meta = table("workspace")

    class User(Model):
        Meta = table("user")

    class Lead(Model):
        Meta = table("lead")

    class Of(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")

    class ModelCall(Of):
        purpose = CharField(max_length=20)
        reference = CharField(default="", max_length=60)
        model = CharField(max_length=100)
        state = CharField(default="reserved", constraints=one_of("state", "reserved", "done", "failed"))
        tokens_in = IntegerField(default=0)
        tokens_out = IntegerField(default=0)
        cost = BigIntegerField(default=0)
        milliseconds = IntegerField(default=0)
        error = CharField(default="", max_length=500)
        created_at = UTCDateTime()
        Meta = table(
            "model_call",
            (("workspace", "created_at"), False),
            (("workspace", "reference"), False),
            (("state", "created_at"), False),
        )

    class Company(Of):
        domain = CharField(default="")
        name = CharField(default="")
        name_key = CharField(default="")
        enriched_at = UTCDateTime(null=True)
        created_at = UTCDateTime()
        Meta = table("company")

    class EnrichmentSettings(Of):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", unique=True)
        stages = TextField()
        refresh_days = IntegerField(default=90, constraints=[Check("refresh_days BETWEEN 1 AND 3650")])
        pause_ms = IntegerField(default=0, constraints=[Check("pause_ms BETWEEN 0 AND 60000")])
        calls_per_company = IntegerField(default=8, constraints=[Check("calls_per_company BETWEEN 1 AND 50")])
        tokens_per_company = IntegerField(default=40000, constraints=[Check("tokens_per_company > 0")])
        seconds_per_company = IntegerField(default=90, constraints=[Check("seconds_per_company BETWEEN 5 AND 600")])
        cost_per_company = BigIntegerField(null=True, constraints=[Check("cost_per_company > 0")])
        tokens_per_day = IntegerField(default=2000000, constraints=[Check("tokens_per_day > 0")])
        cost_per_day = BigIntegerField(null=True, constraints=[Check("cost_per_day > 0")])
        Meta = table("enrichment_settings")

    class EnrichmentJob(Of):
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        name = CharField(max_length=120)
        state = CharField(
            default="draft",
            constraints=one_of("state", "draft", "queued", "running", "paused", "done", "cancelled"),
        )
        policy = CharField(default="fill", constraints=one_of("policy", "fill", "refresh", "overwrite"))
        stages = TextField()
        fields = TextField()
        refreshes = BooleanField(default=False)
        pause_ms = IntegerField(default=0)
        total = IntegerField(default=0)
        done = IntegerField(default=0)
        failed = IntegerField(default=0)
        asked = IntegerField(default=0)
        found = IntegerField(default=0)
        coverage = TextField()
        tokens = BigIntegerField(default=0)
        cost = BigIntegerField(default=0)
        estimate = TextField()
        error = CharField(default="", max_length=500)
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        created_at = UTCDateTime()
        started_at = UTCDateTime(null=True)
        finished_at = UTCDateTime(null=True)
        Meta = table("enrichment_job", (("workspace", "id"), False), (("state", "lease_until"), False))

    class EnrichmentResult(Of):
        job = ForeignKeyField(EnrichmentJob, on_delete="CASCADE", index=False)
        lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
        company = ForeignKeyField(Company, null=True, on_delete="SET NULL")
        name = CharField(default="")
        domain = CharField(default="")
        email = CharField(default="")
        country = CharField(default="")
        key = CharField()
        state = CharField(
            default="waiting", constraints=one_of("state", "waiting", "fetching", "done", "failed", "cancelled")
        )
        stage = CharField(default="", max_length=20)
        error = CharField(default="", max_length=500)
        attempts = IntegerField(default=0)
        asked = IntegerField(default=0)
        found = TextField()
        pages = TextField()
        reused = BooleanField(default=False)
        writes = BooleanField(default=False)
        tokens = BigIntegerField(default=0)
        cost = BigIntegerField(default=0)
        milliseconds = IntegerField(default=0)
        started_at = UTCDateTime(null=True)
        finished_at = UTCDateTime(null=True)
        Meta = table(
            "enrichment_result",
            (("job", "key"), True),
            (("job", "state", "id"), False),
            (("job", "id"), False),
            (("workspace", "key", "id"), False),
        )

    class Fact(Of):
        company = ForeignKeyField(Company, on_delete="CASCADE", index=False)
        result = ForeignKeyField(EnrichmentResult, null=True, on_delete="SET NULL")
        field = CharField(max_length=32)
        value = TextField()
        value_key = CharField()
        stage = CharField(constraints=one_of("stage", "website", "wikidata", "model"))
        method = CharField(max_length=20)
        source_url = CharField(max_length=2000)
        quote = TextField(default="")
        confidence = IntegerField(constraints=[Check("confidence BETWEEN 0 AND 100")])
        raised = IntegerField(default=0)
        state = CharField(default="found", constraints=one_of("state", "found", "kept", "rejected", "unsupported"))
        is_best = BooleanField(default=False)
        decided_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
        decided_at = UTCDateTime(null=True)
        found_at = UTCDateTime()
        Meta = table("fact", (("company", "field", "value_key", "stage"), True))

    class LeadWrite(Of):
        lead = ForeignKeyField(Lead, on_delete="CASCADE", index=False)
        fact = ForeignKeyField(Fact, null=True, on_delete="SET NULL")
        field = CharField(max_length=32)
        value = CharField()
        written_at = UTCDateTime()
        Meta = table("lead_write", (("lead", "field"), True))

    class Conflict(Of):
        lead = ForeignKeyField(Lead, on_delete="CASCADE", index=False)
        fact = ForeignKeyField(Fact, on_delete="CASCADE")
        field = CharField(max_length=32)
        lead_value = CharField(default="")
        state = CharField(default="waiting", constraints=one_of("state", "waiting", "accepted", "rejected", "gone"))
        decided_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
        decided_at = UTCDateTime(null=True)
        created_at = UTCDateTime()
        Meta = table("fact_conflict", (("lead", "field"), False), (("workspace", "state", "id"), False))

    class CoverageDay(Of):
        day = DateField()
        field = CharField(max_length=32)
        stage = CharField(max_length=20)
        asked = IntegerField(default=0)
        found = IntegerField(default=0)
        accepted = IntegerField(default=0)
        rejected = IntegerField(default=0)
        Meta = table("coverage_day", (("workspace", "day", "field", "stage"), True))

    class FetchedPage(Model):
        digest = CharField(max_length=64, unique=True)
        url = CharField(max_length=2000)
        final_url = CharField(max_length=2000, default="")
        status = IntegerField(default=0)
        content_type = CharField(default="")
        headers = TextField()
        etag = CharField(default="")
        last_modified = CharField(default="")
        body = BlobField()
        note = CharField(default="", max_length=500)
        milliseconds = IntegerField(default=0)
        fetched_at = UTCDateTime()
        fresh_until = UTCDateTime(index=True)
        Meta = table("fetched_page")

    class HostTurn(Model):
        host = CharField(unique=True)
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        next_at = UTCDateTime(null=True, index=True)
        Meta = table("host_turn")

    models = (ModelCall, Company, EnrichmentSettings, EnrichmentJob, EnrichmentResult, Fact, LeadWrite, Conflict)
    db.create_tables([*models, CoverageDay, FetchedPage, HostTurn])


def down(migrator, db):
    db.execute_sql("DELETE FROM activity WHERE kind = 'enriched'")
    index_changes(db, "")
    for table in TABLES:
        migrator.migrate(migrator.drop_table(table))
