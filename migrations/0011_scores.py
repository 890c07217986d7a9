"""Which leads are to be scored again, and how far a workspace's scoring is.

Triggers mark every lead whose score may have changed, whoever changed it and wherever, as long as its workspace has a
rule that could care. A mark is a row of its own each time rather than one for a lead: nobody waits for anybody, and a
change that commits while its lead is scored leaves a mark that was not there when that began.
"""

from peewee import *

from db import UTCDateTime


def up(migrator, db):
    class Base(Model):
        class Meta:
            database = db

    class Workspace(Base):
        class Meta:
            table_name = "workspace"

    class ScoreRun(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", unique=True)
        behind = IntegerField(null=True)
        done = IntegerField(default=0)
        total = IntegerField(default=0)
        asked_at = UTCDateTime()
        finished_at = UTCDateTime(null=True)
        lease_until = UTCDateTime(null=True)

        class Meta:
            table_name = "score_run"

    class ScoreMark(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
        lead_id = IntegerField()

        class Meta:
            table_name = "score_mark"
            indexes = ((("workspace", "id"), False),)

    db.create_tables([ScoreRun, ScoreMark])
    for statement in _sqlite() if isinstance(db, SqliteDatabase) else _postgres():
        db.execute_sql(statement)


def down(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    for name, table in (*_names(sqlite), ("score_lead_insert", "lead"), ("score_lead_update", "lead")):
        db.execute_sql(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        for name in ("score_leads_inserted", "score_lead_updated", "score_beside_changed"):
            db.execute_sql(f"DROP FUNCTION {name}()")
    for table in ("score_mark", "score_run"):
        migrator.migrate(migrator.drop_table(table))


# What leads/criteria.py asks of a lead's own row; when it was created never changes.
READ = (
    "stage, owner_id, center_id, name_key, company_key, title, email, domain, phone, website, linkedin, industry, "
    "employees, city, region, country, source, value, lost_reason, next_due_at, next_kind, touched_at, "
    "stage_changed_at, contacted_at, replied_at, converted_at, lost_at, deleted_at"
)
BESIDE = {"lead_tag": "tag.", "custom_value": "custom-"}  # tables beside leads: how conditions on them begin
EVENTS = ("insert", "update", "delete")
_MARK = "INSERT INTO score_mark (workspace_id, lead_id)"
_RULED = "EXISTS (SELECT 1 FROM score_rule r WHERE r.workspace_id = {}.workspace_id)"


def _names(sqlite):
    for table in BESIDE:
        for event in EVENTS if sqlite else ("change",):
            yield f"score_{table}_{event}", table


def _beside(lead_id, begins):
    """The statement that marks the lead with this id if a rule's condition begins so."""
    return (
        f"{_MARK} SELECT l.workspace_id, l.id FROM lead l WHERE l.id = {lead_id} AND EXISTS (SELECT 1 "
        "FROM score_rule r WHERE r.workspace_id = l.workspace_id "
        f"AND substr(r.condition, 1, length({begins})) = {begins})"
    )


def _sqlite():
    mark = f"WHEN {_RULED.format('new')} BEGIN {_MARK} VALUES (new.workspace_id, new.id); END"
    yield f"CREATE TRIGGER score_lead_insert AFTER INSERT ON lead {mark}"
    yield f"CREATE TRIGGER score_lead_update AFTER UPDATE OF {READ} ON lead {mark}"
    for table, begins in BESIDE.items():
        for event in EVENTS:
            lead_id = "old.lead_id" if event == "delete" else "new.lead_id"
            yield (
                f"CREATE TRIGGER score_{table}_{event} AFTER {event.upper()} ON {table} "
                f"BEGIN {_beside(lead_id, repr(begins))}; END"
            )


def _postgres():
    function = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$"
    inserted = f"{_MARK} SELECT n.workspace_id, n.id FROM new_rows n WHERE {_RULED.format('n')}"
    updated = f"IF {_RULED.format('new')} THEN {_MARK} VALUES (new.workspace_id, new.id); END IF"
    yield function.format("score_leads_inserted", inserted)
    yield function.format("score_lead_updated", updated)
    yield function.format("score_beside_changed", _beside("COALESCE(new.lead_id, old.lead_id)", "TG_ARGV[0]"))
    yield """CREATE TRIGGER score_lead_insert AFTER INSERT ON lead REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION score_leads_inserted()"""
    yield f"""CREATE TRIGGER score_lead_update AFTER UPDATE OF {READ} ON lead
        FOR EACH ROW EXECUTE FUNCTION score_lead_updated()"""
    for table, begins in BESIDE.items():
        yield f"""CREATE TRIGGER score_{table}_change AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION score_beside_changed('{begins}')"""
