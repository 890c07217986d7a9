"""What Home shows of leads, kept by the database itself: nobody counts a million leads to draw a chart.

`lead_day` holds, for the leads created on a day (UTC), how far they came and what the open ones are worth; `lead_hour`
holds, for an hour (UTC), how many leads were created, contacted and replied in it, and by how much the value of the
open ones changed. Both follow leads whatever happens to them, the bin and a change of owner or center included; owner
and center are 0 where a lead has none. `campaign_hour` holds how many mails a campaign sent in an hour.

SQLite has a trigger a row, Postgres one a statement, which adds up first.
"""

from peewee import *


def up(migrator, db):
    class Base(Model):
        class Meta:
            database = db

    class Workspace(Base):
        class Meta:
            table_name = "workspace"

    class Campaign(Base):
        class Meta:
            table_name = "campaign"

    class LeadDay(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
        day = CharField(max_length=10)
        owner = IntegerField()
        center = IntegerField()
        leads = IntegerField(default=0)
        contacted = IntegerField(default=0)
        replied = IntegerField(default=0)
        converted = IntegerField(default=0)
        lost = IntegerField(default=0)
        value = BigIntegerField(default=0)

        class Meta:
            table_name = "lead_day"
            indexes = (
                (("workspace", "day", "owner", "center"), True),
                (("workspace", "owner"), False),
                (("workspace", "center"), False),
            )

    class LeadHour(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
        hour = CharField(max_length=13)
        owner = IntegerField()
        center = IntegerField()
        created = IntegerField(default=0)
        contacted = IntegerField(default=0)
        replied = IntegerField(default=0)
        value = BigIntegerField(default=0)

        class Meta:
            table_name = "lead_hour"
            indexes = ((("workspace", "hour", "owner", "center"), True),)

    class CampaignHour(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
        hour = CharField(max_length=13)
        sent = IntegerField(default=0)

        class Meta:
            table_name = "campaign_hour"
            indexes = ((("campaign", "hour"), True), (("workspace", "hour"), False))

    db.create_tables([LeadDay, LeadHour, CampaignHour])
    sqlite = isinstance(db, SqliteDatabase)
    sql = SQLite() if sqlite else Postgres()
    for statement in (*sql.filling(), *sql.triggers()):
        db.execute_sql(statement)
    db.execute_sql("CREATE INDEX todo_by_due ON todo (workspace_id, due_at, id) WHERE done_at IS NULL")


def down(migrator, db):
    db.execute_sql("DROP INDEX todo_by_due")
    for statement in (SQLite() if isinstance(db, SqliteDatabase) else Postgres()).drops():
        db.execute_sql(statement)
    for table in ("campaign_hour", "lead_hour", "lead_day"):
        migrator.migrate(migrator.drop_table(table))


# ------------------------------------------------------ what a lead counts for

COUNTERS = {
    "lead_day": ("day", ("leads", "contacted", "replied", "converted", "lost", "value")),
    "lead_hour": ("hour", ("created", "contacted", "replied", "value")),
}
FURTHEST = (
    "({0}.stage IN ('contacted', 'replied', 'converted') OR {0}.contacted_at IS NOT NULL"
    " OR {0}.replied_at IS NOT NULL OR {0}.converted_at IS NOT NULL)",
    "({0}.stage IN ('replied', 'converted') OR {0}.replied_at IS NOT NULL OR {0}.converted_at IS NOT NULL)",
    "({0}.stage = 'converted' OR {0}.converted_at IS NOT NULL)",
    "({0}.stage = 'lost')",
)
COUNTS = ("stage", "value", "contacted_at", "replied_at", "converted_at")
PLACES = ("workspace_id", "owner_id", "center_id", "created_at", "deleted_at")


def worth(lead):
    """What a lead adds to the pipeline's value: nothing once it is won or lost."""
    return f"CASE WHEN {lead}.stage IN ('new', 'contacted', 'replied') THEN {lead}.value ELSE 0 END"


def differ(columns, different="IS NOT"):
    return "(" + " OR ".join(f"old.{name} {different} new.{name}" for name in columns) + ")"


class Dialect:
    """Rows to add up, as SQL. `lead` is an alias, with `source` what it is read from (nothing in a row's trigger)."""

    def row(self, lead, source, key, *counts, where=""):
        place = f"{lead}.workspace_id, {key}, coalesce({lead}.owner_id, 0), coalesce({lead}.center_id, 0)"
        return f"SELECT {place}, {', '.join(map(str, counts))} {source} WHERE {lead}.deleted_at IS NULL{where}"

    def day(self, lead, source="", sign=1):
        far = [f"CASE WHEN {test.format(lead)} THEN {sign} ELSE 0 END" for test in FURTHEST]
        return self.row(lead, source, self.cut(f"{lead}.created_at", 10), sign, *far, f"{sign} * {worth(lead)}")

    def moment(self, lead, source, column, sign=1, value=0, where=""):
        """Its row for the hour in `column` (created_at, contacted_at or replied_at)."""
        counts = [sign if name == column else 0 for name in ("created_at", "contacted_at", "replied_at")]
        where = f" AND {lead}.{column} IS NOT NULL{where}"
        return self.row(lead, source, self.cut(f"{lead}.{column}", 13), *counts, value, where=where)

    def hours(self, lead, source="", sign=1, value="0"):
        return " UNION ALL ".join(
            self.moment(lead, source, column, sign, value if column == "created_at" else 0)
            for column in ("created_at", "contacted_at", "replied_at")
        )

    def revalued(self, lead, source, value, old="old", new="new", where=""):
        """Its row for the hour in which its worth changed by `value`: as the lead says, else now."""
        hour = (
            f"CASE WHEN {old}.deleted_at IS NULL AND {new}.deleted_at IS NOT NULL"
            f" THEN {self.cut(f'{new}.deleted_at', 13)}"
            f" WHEN {old}.stage_changed_at <> {new}.stage_changed_at THEN {self.cut(f'{new}.stage_changed_at', 13)}"
            f" ELSE {self.here} END"
        )
        return self.row(lead, source, hour if new else self.here, 0, 0, 0, value, where=where)

    def add(self, table, rows):
        """Add `rows` to the counters of `table`."""
        key, counters = COUNTERS[table]
        keys = f"workspace_id, {key}, owner, center"
        change = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counters)
        into = f"INSERT INTO {table} ({keys}, {', '.join(counters)})"
        return f"{into} {rows} ON CONFLICT ({keys}) DO UPDATE SET {change};"

    def summed(self, table, rows):
        """`rows` added up by their keys, in the order of these: two who write at once wait in the same one."""
        key, counters = COUNTERS[table]
        names = ", ".join(("workspace_id", key, "owner", "center", *counters))
        sums = [f"sum({name})" for name in counters]
        some = " OR ".join(f"{total} <> 0" for total in sums)
        grouped = "GROUP BY 1, 2, 3, 4 HAVING " + some + " ORDER BY 1, 2, 3, 4"
        lives = "WHERE workspace_id IN (SELECT id FROM workspace)"  # else all of its rows are being deleted
        picked = f"SELECT workspace_id, {key}, owner, center, {', '.join(sums)}"
        return f"{picked} FROM (WITH r ({names}) AS ({rows}) SELECT * FROM r) r {lives} {grouped}"

    def filling(self):
        """What is there already is counted once."""
        yield self.add("lead_day", self.summed("lead_day", self.day("l", "FROM lead l")))
        yield self.add("lead_hour", self.summed("lead_hour", self.hours("l", "FROM lead l", value=worth("l"))))
        hour = self.cut("changed_at", 13)
        yield (
            "INSERT INTO campaign_hour (workspace_id, campaign_id, hour, sent)"
            f" SELECT workspace_id, campaign_id, {hour}, count(*) FROM delivery WHERE state = 'accepted'"
            " GROUP BY 1, 2, 3"
        )

    def sent(self):
        values = f"VALUES (new.workspace_id, new.id, {self.here}, new.sent - old.sent)"
        change = "DO UPDATE SET sent = campaign_hour.sent + excluded.sent;"
        into = "INSERT INTO campaign_hour (workspace_id, campaign_id, hour, sent)"
        return f"{into} {values} ON CONFLICT (campaign_id, hour) {change}"


class SQLite(Dialect):
    here = "strftime('%Y-%m-%d %H', 'now')"
    lives = "EXISTS (SELECT 1 FROM workspace WHERE id = {}.workspace_id)"  # else its rows are being deleted, too

    def cut(self, moment, length):
        """The first letters of a moment: 10 name its day, 13 its hour."""
        return f"substr({moment}, 1, {length})"

    def triggers(self):
        more, less = worth("new"), f"-({worth('old')})"
        yield self.on("insert", "INSERT", "new.deleted_at IS NULL", self.add("lead_day", self.day("new")),
                      self.add("lead_hour", self.hours("new", value=more)))  # fmt: skip
        counts = f"UPDATE OF {', '.join(COUNTS)}"
        yield self.on("change", counts, self.only_counts(), self.difference(), *self.changes())
        yield self.on(
            "move", f"UPDATE OF {', '.join(PLACES)}", f"{differ(PLACES)} AND {self.lives.format('new')}",
            *self.out(), self.add("lead_day", self.day("new")), self.add("lead_hour", self.hours("new")),
            self.add("lead_hour", self.revalued("old", "", less)),
            self.add("lead_hour", self.revalued("new", "", more)),
        )  # fmt: skip
        gone = self.row("old", "", self.here, 0, 0, 0, less)
        when = f"old.deleted_at IS NULL AND {self.lives.format('old')}"
        yield self.on("delete", "DELETE", when, *self.out(), self.add("lead_hour", gone))
        yield (
            "CREATE TRIGGER campaign_sent AFTER UPDATE OF sent ON campaign WHEN old.sent <> new.sent"
            f" BEGIN {self.sent()} END"
        )

    def on(self, name, event, when, *statements):
        return f"CREATE TRIGGER lead_days_{name} AFTER {event} ON lead WHEN {when} BEGIN {' '.join(statements)} END"

    def out(self):
        return self.add("lead_day", self.day("old", sign=-1)), self.add("lead_hour", self.hours("old", sign=-1))

    def only_counts(self):
        return f"new.deleted_at IS NULL AND {differ(COUNTS)} AND NOT {differ(PLACES)}"

    def difference(self):
        """A lead that stays where it is: one row changes, which is there."""
        changes = [f"{name} = {name} + ({test.format('new')}) - ({test.format('old')})"
                   for name, test in zip(COUNTERS["lead_day"][1][1:5], FURTHEST, strict=True)]  # fmt: skip
        changes.append(f"value = value + ({worth('new')}) - ({worth('old')})")
        place = f"workspace_id = new.workspace_id AND day = {self.cut('new.created_at', 10)}"
        place += " AND owner = coalesce(new.owner_id, 0) AND center = coalesce(new.center_id, 0)"
        return f"UPDATE lead_day SET {', '.join(changes)} WHERE {place};"

    def changes(self):
        for column in ("contacted_at", "replied_at"):
            for lead, sign in (("old", -1), ("new", 1)):
                yield self.add("lead_hour", self.moment(lead, "", column, sign, where=f" AND {differ([column])}"))
        by = f"{worth('new')} - {worth('old')}"
        yield self.add("lead_hour", self.revalued("new", "", by, where=f" AND {worth('new')} <> {worth('old')}"))

    def drops(self):
        for name in ("lead_days_insert", "lead_days_change", "lead_days_move", "lead_days_delete", "campaign_sent"):
            yield f"DROP TRIGGER {name}"


class Postgres(Dialect):
    here = "to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD HH24')"

    def cut(self, moment, length):
        return f"to_char({moment}, '{'YYYY-MM-DD HH24' if length == 13 else 'YYYY-MM-DD'}')"

    def triggers(self):
        new, old, both = "FROM new_rows n", "FROM old_rows o", "FROM new_rows n JOIN old_rows o USING (id)"
        more, less, gone = worth("n"), f"-({worth('o')})", self.row("o", old, self.here, 0, 0, 0, f"-({worth('o')})")
        days = f"{self.day('n', new)} UNION ALL {self.day('o', old, -1)}"
        hours = f"{self.hours('n', new)} UNION ALL {self.hours('o', old, -1)}"
        moved = f"{self.revalued('n', both, more, 'o', 'n')} UNION ALL {self.revalued('o', both, less, 'o', 'n')}"
        shown = [", ".join(f"{lead}.{name}" for name in COUNTS + PLACES) for lead in "no"]
        same = f"NOT EXISTS (SELECT 1 {both} WHERE ({shown[0]}) IS DISTINCT FROM ({shown[1]}))"
        yield from self.on("inserted", "INSERT", "NEW TABLE AS new_rows", "", self.day("n", new),
                           self.hours("n", new, value=more))  # fmt: skip
        yield from self.on("updated", "UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows",
                           f"IF {same} THEN RETURN NULL; END IF;", days, f"{hours} UNION ALL {moved}")  # fmt: skip
        yield from self.on("deleted", "DELETE", "OLD TABLE AS old_rows", "", self.day("o", old, -1),
                           f"{self.hours('o', old, -1)} UNION ALL {gone}")  # fmt: skip
        yield f"CREATE FUNCTION campaign_sent() {PLPGSQL.format(self.sent())}"
        yield (
            "CREATE TRIGGER campaign_sent AFTER UPDATE ON campaign FOR EACH ROW WHEN (old.sent <> new.sent)"
            " EXECUTE FUNCTION campaign_sent()"
        )

    def on(self, name, event, tables, first, days, hours):
        body = f"{first} {self.add('lead_day', self.summed('lead_day', days))}"
        body += f" {self.add('lead_hour', self.summed('lead_hour', hours))}"
        yield f"CREATE FUNCTION lead_days_{name}() {PLPGSQL.format(body)}"
        yield (
            f"CREATE TRIGGER lead_days_{name} AFTER {event} ON lead REFERENCING {tables} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION lead_days_{name}()"
        )

    def drops(self):
        for table, name in (("lead", "lead_days_inserted"), ("lead", "lead_days_updated"),
                            ("lead", "lead_days_deleted"), ("campaign", "campaign_sent")):  # fmt: skip
            yield f"DROP TRIGGER {name} ON {table}"
            yield f"DROP FUNCTION {name}()"


PLPGSQL = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NULL; END $$"
