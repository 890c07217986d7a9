"""`reach_total` holds how many leads of an owner in a center stand in a stage, and what they are worth together.

What a member with a smaller reach sees, or what is in one center, is a sum of a few of its rows, however many leads
that are. Owner and center are 0 where a lead has none. Written by triggers: a row's on SQLite; on Postgres those of a
statement, which come behind those of `lead_day` (migration 0013), where the lock of the workspace is taken.
"""

from peewee import *

KEYS = "workspace_id, owner, center, stage"
COLUMNS = ("workspace_id", "owner_id", "center_id", "stage", "value", "deleted_at")
GROUPS = f"GROUP BY {KEYS} HAVING sum(leads) <> 0 OR sum(value) <> 0 ORDER BY {KEYS}"
PLPGSQL = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NULL; END $$"
EVENTS = {
    "inserted": ("INSERT", "NEW TABLE AS new_rows"),
    "updated": ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "deleted": ("DELETE", "OLD TABLE AS old_rows"),
}


def up(migrator, db):
    class Workspace(Model):
        class Meta:
            database = db
            table_name = "workspace"

    class ReachTotal(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
        owner = IntegerField()
        center = IntegerField()
        stage = CharField()
        leads = IntegerField(default=0)
        value = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "reach_total"
            indexes = ((("workspace", "owner", "center", "stage"), True), (("workspace", "center"), False))

    db.create_tables([ReachTotal])
    for statement in _sqlite() if isinstance(db, SqliteDatabase) else _postgres():
        db.execute_sql(statement)  # on Postgres this keeps who writes leads out, so that none is missed below
    db.execute_sql(add(summed(counted("lead", "FROM lead"))))


def down(migrator, db):
    for name in EVENTS:
        if isinstance(db, SqliteDatabase):
            db.execute_sql(f"DROP TRIGGER lead_reach_{name}")
        else:
            db.execute_sql(f"DROP TRIGGER lead_reach_{name} ON lead")
            db.execute_sql(f"DROP FUNCTION lead_reach_{name}()")
    migrator.migrate(migrator.drop_table("reach_total"))


def counted(lead, source="", sign=1):
    """What `lead` (an alias, of `source`) counts for, as rows: nothing in the bin."""
    place = f"{lead}.workspace_id, coalesce({lead}.owner_id, 0) AS owner, coalesce({lead}.center_id, 0) AS center"
    return (
        f"SELECT {place}, {lead}.stage, {sign} AS leads, {sign} * {lead}.value AS value {source}"
        f" WHERE {lead}.deleted_at IS NULL"
    )


def summed(rows):
    lives = "workspace_id IN (SELECT id FROM workspace)"  # else all of its rows are being deleted
    return f"SELECT {KEYS}, sum(leads), sum(value) FROM ({rows}) AS r WHERE {lives} {GROUPS}"


def add(rows):
    change = "leads = reach_total.leads + excluded.leads, value = reach_total.value + excluded.value"
    return f"INSERT INTO reach_total ({KEYS}, leads, value) {rows} ON CONFLICT ({KEYS}) DO UPDATE SET {change};"


def _sqlite():
    more, less = add(counted("new")), add(counted("old", sign=-1))
    differ = " OR ".join(f"old.{name} IS NOT new.{name}" for name in COLUMNS)
    lives = "EXISTS (SELECT 1 FROM workspace WHERE id = old.workspace_id)"
    for name, event, when, statements in (
        ("inserted", "INSERT", "new.deleted_at IS NULL", more),
        ("updated", f"UPDATE OF {', '.join(COLUMNS)}", f"({differ}) AND {lives}", f"{less} {more}"),
        ("deleted", "DELETE", f"old.deleted_at IS NULL AND {lives}", less),
    ):
        yield f"CREATE TRIGGER lead_reach_{name} AFTER {event} ON lead WHEN {when} BEGIN {statements} END"


def _postgres():
    more, less = counted("n", "FROM new_rows n"), counted("o", "FROM old_rows o", -1)
    new, old = (", ".join(f"{lead}.{name}" for name in COLUMNS) for lead in "no")
    both = f"SELECT 1 FROM new_rows n JOIN old_rows o USING (id) WHERE ({new}) IS DISTINCT FROM ({old})"
    bodies = {
        "inserted": add(summed(more)),
        "updated": f"IF NOT EXISTS ({both}) THEN RETURN NULL; END IF; {add(summed(f'{more} UNION ALL {less}'))}",
        "deleted": add(summed(less)),
    }
    for name, (event, tables) in EVENTS.items():
        yield f"CREATE FUNCTION lead_reach_{name}() {PLPGSQL.format(bodies[name])}"
        yield (
            f"CREATE TRIGGER lead_reach_{name} AFTER {event} ON lead REFERENCING {tables} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION lead_reach_{name}()"
        )
