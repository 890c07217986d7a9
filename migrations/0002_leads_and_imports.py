"""Leads, their timeline, the imports they come from, and what the database keeps in step by itself.

`lead_search` is a trigram index over `lead.search_text`: FTS5 on SQLite, an array with a GIN index on Postgres (which
needs no extension). `stage_total` holds the count and value of every workspace's stages, so a board never counts.
"""

from peewee import *

from db import UTCDateTime

STAGES = ("new", "contacted", "replied", "converted", "lost")


def up(migrator, db):
    class Workspace(Model):
        class Meta:
            database = db
            table_name = "workspace"

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Import(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        filename = CharField()
        path = CharField()
        size = BigIntegerField()
        state = CharField(default="uploaded")
        dialect = TextField()
        columns = TextField()
        mapping = TextField()
        options = TextField()
        rows = IntegerField(default=0)
        done_rows = IntegerField(default=0)
        created = IntegerField(default=0)
        updated = IntegerField(default=0)
        skipped = IntegerField(default=0)
        failed = IntegerField(default=0)
        error = CharField(max_length=500, default="")
        created_at = UTCDateTime()
        started_at = UTCDateTime(null=True)
        finished_at = UTCDateTime(null=True)
        lease_until = UTCDateTime(null=True)

        class Meta:
            database = db
            table_name = "import"
            indexes = ((("workspace", "id"), False), (("state",), False))

    class Lead(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        company = CharField(default="")
        first_name = CharField(default="")
        last_name = CharField(default="")
        title = CharField(default="")
        email = CharField(default="")
        phone = CharField(default="")
        website = CharField(default="")
        domain = CharField(default="")
        linkedin = CharField(default="")
        industry = CharField(default="")
        employees = IntegerField(null=True)
        city = CharField(default="")
        region = CharField(default="")
        country = CharField(default="")
        source = CharField(default="")
        value = BigIntegerField(default=0)
        owner = ForeignKeyField(User, null=True, on_delete="SET NULL")
        stage = CharField(default="new", constraints=[Check(f"stage IN {STAGES}")])
        stage_changed_at = UTCDateTime()
        contacted_at = UTCDateTime(null=True)
        replied_at = UTCDateTime(null=True)
        converted_at = UTCDateTime(null=True)
        lost_at = UTCDateTime(null=True)
        touched_at = UTCDateTime()
        created_at = UTCDateTime()
        deleted_at = UTCDateTime(null=True)
        origin = ForeignKeyField(Import, null=True, on_delete="SET NULL")
        origin_row = IntegerField(null=True)
        company_key = CharField(default="")
        name_key = CharField(default="")
        search_text = TextField(default="")

        class Meta:
            database = db
            table_name = "lead"

    alive = Lead.deleted_at.is_null()
    for name, columns, where, unique in (
        ("lead_by_email", [Lead.email], alive & (Lead.email != ""), True),
        ("lead_by_touch", [Lead.touched_at, Lead.id], alive, False),
        ("lead_by_stage_touch", [Lead.stage, Lead.touched_at, Lead.id], alive, False),
        ("lead_by_owner", [Lead.owner, Lead.stage, Lead.touched_at, Lead.id], alive, False),
        ("lead_by_company", [Lead.company_key, Lead.id], alive, False),
        ("lead_by_name", [Lead.name_key, Lead.id], alive, False),
        ("lead_by_value", [Lead.value, Lead.id], alive, False),
    ):
        Lead.add_index(Lead.index(Lead.workspace, *columns, where=where, unique=unique, name=name))

    class StageTotal(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        stage = CharField()
        leads = IntegerField(default=0)
        value = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "stage_total"
            indexes = ((("workspace", "stage"), True),)

    class Activity(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, on_delete="CASCADE")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        kind = CharField()
        data = TextField()
        created_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "activity"
            indexes = ((("lead", "created_at", "id"), False),)

    class ImportRow(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        imported = ForeignKeyField(Import, column_name="import_id", on_delete="CASCADE")
        number = IntegerField()
        outcome = CharField()
        lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
        reason = CharField(max_length=500, default="")
        cells = TextField()
        before = TextField()

        class Meta:
            database = db
            table_name = "import_row"
            indexes = ((("imported", "number"), True), (("imported", "outcome", "number"), False))

    db.create_tables([Import, Lead, StageTotal, Activity, ImportRow])
    for statement in SQLITE if isinstance(db, SqliteDatabase) else POSTGRES:
        db.execute_sql(statement)


def down(migrator, db):
    if isinstance(db, SqliteDatabase):
        db.execute_sql("DROP TRIGGER workspace_totals")
    else:
        db.execute_sql("DROP TRIGGER workspace_totals ON workspace")
    db.execute_sql("DROP TABLE lead_search")
    for table in ("import_row", "activity", "stage_total", "lead", "import"):
        migrator.migrate(migrator.drop_table(table))
    if not isinstance(db, SqliteDatabase):
        for function in (
            "workspace_totals()",
            "lead_inserted()",
            "lead_updated()",
            "lead_deleted()",
            "galena_trigrams(text)",
        ):
            db.execute_sql(f"DROP FUNCTION {function}")


SQLITE = (
    "CREATE VIRTUAL TABLE lead_search USING fts5(search_text, content='lead', content_rowid='id', tokenize='trigram')",
    f"""CREATE TRIGGER workspace_totals AFTER INSERT ON workspace BEGIN
        INSERT INTO stage_total (workspace_id, stage, leads, value)
        VALUES {", ".join(f"(new.id, '{stage}', 0, 0)" for stage in STAGES)}; END""",
    """CREATE TRIGGER lead_search_insert AFTER INSERT ON lead BEGIN
        INSERT INTO lead_search (rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER lead_search_update AFTER UPDATE OF search_text ON lead
        WHEN old.search_text <> new.search_text BEGIN
        INSERT INTO lead_search (lead_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
        INSERT INTO lead_search (rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER lead_search_delete AFTER DELETE ON lead BEGIN
        INSERT INTO lead_search (lead_search, rowid, search_text) VALUES ('delete', old.id, old.search_text); END""",
    """CREATE TRIGGER lead_total_insert AFTER INSERT ON lead WHEN new.deleted_at IS NULL BEGIN
        UPDATE stage_total SET leads = leads + 1, value = value + new.value
        WHERE workspace_id = new.workspace_id AND stage = new.stage; END""",
    """CREATE TRIGGER lead_total_update AFTER UPDATE OF stage, value, deleted_at ON lead
        WHEN old.stage <> new.stage OR old.value <> new.value OR old.deleted_at IS NOT new.deleted_at BEGIN
        UPDATE stage_total SET leads = leads - 1, value = value - old.value
        WHERE workspace_id = old.workspace_id AND stage = old.stage AND old.deleted_at IS NULL;
        UPDATE stage_total SET leads = leads + 1, value = value + new.value
        WHERE workspace_id = new.workspace_id AND stage = new.stage AND new.deleted_at IS NULL; END""",
    """CREATE TRIGGER lead_total_delete AFTER DELETE ON lead WHEN old.deleted_at IS NULL BEGIN
        UPDATE stage_total SET leads = leads - 1, value = value - old.value
        WHERE workspace_id = old.workspace_id AND stage = old.stage; END""",
)

_ADD = """UPDATE stage_total t SET leads = t.leads + d.leads, value = t.value + d.value
    FROM (SELECT workspace_id, stage, sum(leads) AS leads, sum(value) AS value FROM ({rows}) r
          GROUP BY workspace_id, stage HAVING sum(leads) <> 0 OR sum(value) <> 0 ORDER BY workspace_id, stage) d
    WHERE t.workspace_id = d.workspace_id AND t.stage = d.stage;"""
_PLUS = "SELECT workspace_id, stage, 1 AS leads, value FROM new_rows WHERE deleted_at IS NULL"
_MINUS = "SELECT workspace_id, stage, -1 AS leads, -value AS value FROM old_rows WHERE deleted_at IS NULL"

POSTGRES = (
    """CREATE FUNCTION galena_trigrams(body text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(array_agg(DISTINCT substr(body, i, 3)), '{}') FROM generate_series(1, length(body) - 2) AS i
        $$""",
    """CREATE TABLE lead_search (
        lead_id integer PRIMARY KEY REFERENCES lead (id) ON DELETE CASCADE, grams text[] NOT NULL)""",
    "CREATE INDEX lead_search_grams ON lead_search USING gin (grams)",
    f"""CREATE FUNCTION workspace_totals() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO stage_total (workspace_id, stage, leads, value)
        VALUES {", ".join(f"(new.id, '{stage}', 0, 0)" for stage in STAGES)}; RETURN NULL; END $$""",
    "CREATE TRIGGER workspace_totals AFTER INSERT ON workspace FOR EACH ROW EXECUTE FUNCTION workspace_totals()",
    f"""CREATE FUNCTION lead_inserted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO lead_search SELECT id, galena_trigrams(search_text) FROM new_rows;
        {_ADD.format(rows=_PLUS)}
        RETURN NULL; END $$""",
    f"""CREATE FUNCTION lead_updated() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE lead_search s SET grams = galena_trigrams(n.search_text) FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE s.lead_id = n.id AND o.search_text <> n.search_text;
        {_ADD.format(rows=f"{_PLUS} UNION ALL {_MINUS}")}
        RETURN NULL; END $$""",
    f"""CREATE FUNCTION lead_deleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {_ADD.format(rows=_MINUS)}
        RETURN NULL; END $$""",
    """CREATE TRIGGER lead_inserted AFTER INSERT ON lead REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION lead_inserted()""",
    """CREATE TRIGGER lead_updated AFTER UPDATE ON lead REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION lead_updated()""",
    """CREATE TRIGGER lead_deleted AFTER DELETE ON lead REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION lead_deleted()""",
)
