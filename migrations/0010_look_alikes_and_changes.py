"""Leads that may be one and the same, and an index to read all changes of a workspace by.

`duplicate_group` holds what two or more live leads share: a mailbox, or a name at a domain or company. Triggers keep
it, so a list of duplicates never compares leads with each other. A mailbox is the address without what people add to
it: a tag after +, and Gmail's dots. Only addresses that differ from their mailbox need an index; it is small.
"""

from peewee import *


def up(migrator, db):
    class Workspace(Model):
        class Meta:
            database = db
            table_name = "workspace"

    class DuplicateGroup(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
        kind = CharField(max_length=10, constraints=[Check("kind IN ('email', 'domain', 'company')")])
        key = CharField()
        name = CharField(default="")

        class Meta:
            database = db
            table_name = "duplicate_group"
            indexes = ((("workspace", "kind", "key", "name"), True), (("workspace", "id"), False))

    db.create_tables([DuplicateGroup])
    sqlite = isinstance(db, SqliteDatabase)
    if not sqlite:
        db.execute_sql(INSTR)
    db.execute_sql(
        f"CREATE INDEX lead_by_mailbox ON lead (workspace_id, ({mailbox('email')})) WHERE {different('email')}"
    )
    for statement in (*FILL, *INDEXES, *(SQLITE if sqlite else POSTGRES)):
        db.execute_sql(statement)


def down(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    for name in ("lead_alike_insert", "lead_alike_update", "lead_alike_delete"):
        db.execute_sql(f"DROP TRIGGER {name}" + ("" if sqlite else " ON lead"))
    if not sqlite:
        db.execute_sql("DROP FUNCTION lead_alike_inserted()")
        db.execute_sql("DROP FUNCTION lead_alike_changed()")
    for name in ("activity_change", "activity_change_by", "lead_by_mailbox"):
        db.execute_sql(f"DROP INDEX {name}")
    migrator.migrate(migrator.drop_table("duplicate_group"))
    if not sqlite:
        db.execute_sql("DROP FUNCTION instr(text, text)")


# So that one expression serves both databases: an index is found only by the very expression it was made of.
INSTR = """CREATE FUNCTION instr(body text, part text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT strpos(body, part) $$"""


def mailbox(email):
    """The SQL of the mailbox that the column `email` names: see leads/duplicates.py, which has the same."""
    tagless = (
        f"substr({email}, 1, CASE WHEN instr({email}, '+') > 1 THEN instr({email}, '+') "
        f"ELSE instr({email} || '@', '@') END - 1)"
    )
    return (
        f"CASE WHEN substr({email}, instr({email}, '@') + 1) IN ('gmail.com', 'googlemail.com') "
        f"THEN replace({tagless}, '.', '') || '@gmail.com' "
        f"ELSE {tagless} || substr({email}, instr({email} || '@', '@')) END"
    )


def different(email, table=""):
    return f"{table}deleted_at IS NULL AND {mailbox(email)} <> {email}"


CHANGES = "kind IN ('stage', 'edited', 'imported', 'assigned', 'merged')"
INDEXES = (
    f"CREATE INDEX activity_change ON activity (workspace_id, created_at, id) WHERE {CHANGES}",
    f"CREATE INDEX activity_change_by ON activity (workspace_id, actor_id, created_at, id) WHERE {CHANGES}",
)

_INTO = "INSERT INTO duplicate_group (workspace_id, kind, key, name)"
FILL = (
    f"{_INTO} SELECT workspace_id, 'email', {mailbox('email')}, '' FROM lead "
    f"WHERE deleted_at IS NULL AND email <> '' GROUP BY workspace_id, {mailbox('email')} HAVING count(*) > 1",
    f"{_INTO} SELECT workspace_id, 'domain', domain, name_key FROM lead "
    "WHERE deleted_at IS NULL AND domain <> '' AND name_key <> '' "
    "GROUP BY workspace_id, domain, name_key HAVING count(*) > 1",
    f"{_INTO} SELECT workspace_id, 'company', company_key, name_key FROM lead "
    "WHERE deleted_at IS NULL AND company_key <> '' AND name_key <> '' "
    "GROUP BY workspace_id, company_key, name_key HAVING count(*) > 1 AND min(domain) = ''",
)


def find(row, rest="", nothing="ON CONFLICT DO NOTHING"):
    """The statements that write down what the live lead `row` shares with another. `rest` names the rows, if many."""
    box = mailbox(f"{row}.email")
    one = f"o.workspace_id = {row}.workspace_id AND o.deleted_at IS NULL AND o.id <> {row}.id"
    shared = {
        "email": (
            box, "''",
            f"{row}.email <> '' AND (EXISTS (SELECT 1 FROM lead o WHERE {one} AND o.email <> '' AND o.email = {box} "
            f"LIMIT 1 OFFSET 0) OR EXISTS (SELECT 1 FROM lead o WHERE {one} AND {different('o.email', 'o.')} "
            f"AND {mailbox('o.email')} = {box} LIMIT 1 OFFSET 0))",
        ),
        "domain": (
            f"{row}.domain", f"{row}.name_key",
            f"{row}.domain <> '' AND {row}.name_key <> '' AND EXISTS (SELECT 1 FROM lead o WHERE {one} "
            f"AND o.domain <> '' AND o.domain = {row}.domain AND o.name_key = {row}.name_key LIMIT 1 OFFSET 0)",
        ),
        "company": (
            f"{row}.company_key", f"{row}.name_key",
            f"{row}.company_key <> '' AND {row}.name_key <> '' AND EXISTS (SELECT 1 FROM lead o WHERE {one} "
            f"AND o.company_key = {row}.company_key AND o.name_key = {row}.name_key "
            f"AND (o.domain = '' OR {row}.domain = '') LIMIT 1 OFFSET 0)",
        ),
    }  # fmt: skip
    return [
        f"{_INTO} SELECT {'DISTINCT' if rest else ''} {row}.workspace_id, '{kind}', {key}, {name} {rest} "
        f"WHERE {row}.deleted_at IS NULL AND {condition} {'ORDER BY 1, 2, 3, 4' if rest else ''} {nothing}"
        for kind, (key, name, condition) in shared.items()
    ]


def drop(row):
    """The statements that take back what the lead `row`, as it was, shared with one other at most."""
    box = mailbox(f"{row}.email")
    alive = f"o.workspace_id = {row}.workspace_id AND o.deleted_at IS NULL"
    person = f"{alive} AND o.name_key = {row}.name_key"
    named = f"{person} AND o.company_key = {row}.company_key"
    few = "(SELECT count(*) FROM ({} LIMIT 2) found) < 2"
    left = {
        "email": (box, "''", few.format(
            f"SELECT id FROM lead o WHERE {alive} AND o.email <> '' AND o.email = {box} "
            f"UNION SELECT id FROM lead o WHERE {alive} AND {different('o.email', 'o.')} "
            f"AND {mailbox('o.email')} = {box}"
        )),
        "domain": (f"{row}.domain", f"{row}.name_key", few.format(
            f"SELECT id FROM lead o WHERE {person} AND o.domain <> '' AND o.domain = {row}.domain"
        )),
        "company": (f"{row}.company_key", f"{row}.name_key", "({} OR NOT EXISTS ({}))".format(
            few.format(f"SELECT id FROM lead o WHERE {named}"),
            f"SELECT 1 FROM lead o WHERE {named} AND o.domain = ''"
        )),
    }  # fmt: skip
    return [
        f"DELETE FROM duplicate_group WHERE workspace_id = {row}.workspace_id AND kind = '{kind}' AND key = {key} "
        f"AND name = {name} AND {condition}"
        for kind, (key, name, condition) in left.items()
    ]


_KEYS = ("email", "domain", "company_key", "name_key")
_CHANGED = " OR ".join(f"old.{name} <> new.{name}" for name in _KEYS)
_OF = f"AFTER UPDATE OF {', '.join(_KEYS)}, deleted_at ON lead"
_SQLITE_FIND, _SQLITE_DROP = "; ".join(find("new")), "; ".join(drop("old"))
SQLITE = (
    f"CREATE TRIGGER lead_alike_insert AFTER INSERT ON lead WHEN new.deleted_at IS NULL BEGIN {_SQLITE_FIND}; END",
    f"""CREATE TRIGGER lead_alike_update {_OF} WHEN {_CHANGED} OR old.deleted_at IS NOT new.deleted_at
        BEGIN {_SQLITE_DROP}; {_SQLITE_FIND}; END""",
    f"CREATE TRIGGER lead_alike_delete AFTER DELETE ON lead WHEN old.deleted_at IS NULL BEGIN {_SQLITE_DROP}; END",
)

# Statement by statement for what comes in by the thousand, row by row for what changes. Without seqscan: what Postgres
# believes of a table that is being filled would make each look-up one. OFFSET 0 keeps it from hashing all leads.
_QUICK = "LANGUAGE plpgsql SET enable_seqscan = off"
POSTGRES = (
    f"""CREATE FUNCTION lead_alike_inserted() RETURNS trigger {_QUICK} AS $$ BEGIN
        {"; ".join(find("n", "FROM new_rows n"))}; RETURN NULL; END $$""",
    f"""CREATE FUNCTION lead_alike_changed() RETURNS trigger {_QUICK} AS $$ BEGIN
        {"; ".join(drop("old"))};
        IF TG_OP = 'UPDATE' THEN {"; ".join(find("new"))}; END IF;
        RETURN NULL; END $$""",
    """CREATE TRIGGER lead_alike_insert AFTER INSERT ON lead REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION lead_alike_inserted()""",
    f"""CREATE TRIGGER lead_alike_update {_OF} FOR EACH ROW
        WHEN ({_CHANGED} OR old.deleted_at IS DISTINCT FROM new.deleted_at)
        EXECUTE FUNCTION lead_alike_changed()""",
    """CREATE TRIGGER lead_alike_delete AFTER DELETE ON lead FOR EACH ROW WHEN (old.deleted_at IS NULL)
        EXECUTE FUNCTION lead_alike_changed()""",
)
