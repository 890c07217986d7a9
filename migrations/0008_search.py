"""What a search needs beside `lead_search`: the words of names, to find the mistyped, and the text of notes.

`name_word` holds each distinct word of four letters or more that stands in a company's or a person's name, `name_piece`
what is left of its first seven letters with one of them cut out (of a word of eight or more: also with two). Two words
that differ by one slip (two, if both are that long) have a piece in common, so that a mistyped word is looked up, never
compared with all (the deletion index of SymSpell, W. Garbe 2012). Triggers keep both; a word that no lead has any more
may stay. `activity.search_text` is the folded text of what members wrote, `note_search` its trigram index.
"""

import json
import unicodedata

from peewee import *

MARKS = "-/.,&()"  # what parts words beside spaces, as in leads/words.py
PREFIX, SHORTEST, LONGEST, LONG = 7, 4, 40, 8
CUTS = [(0, 0), *((i, 0) for i in range(1, PREFIX + 1))]
CUTS += [(i, j) for i in range(1, PREFIX) for j in range(i + 1, PREFIX + 1)]
PAIRS = ", ".join(f"({i}, {j})" for i, j in CUTS)
WRITTEN = ("note", "call", "written")
BATCH = 1000
PENDING = 256  # KiB a GIN index keeps unsorted, and reads with every search: for its standard 4 MB up to 30 ms


def up(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    for statement in (*BOTH, *(SQLITE if sqlite else POSTGRES)):
        db.execute_sql(statement)
    fold_notes(db)


def down(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    for trigger, table in (
        ("lead_words_insert", "lead"), ("lead_words_update", "lead"), ("note_search_insert", "activity"),
        ("note_search_update", "activity"), ("note_search_delete", "activity"),
    ):  # fmt: skip
        if sqlite or trigger != "note_search_delete":
            db.execute_sql(f"DROP TRIGGER {trigger}" + ("" if sqlite else f" ON {table}"))
    for table in ("note_search", "name_piece", "name_word"):
        db.execute_sql(f"DROP TABLE {table}")
    db.execute_sql("ALTER TABLE activity DROP COLUMN search_text")
    if not sqlite:
        db.execute_sql("ALTER INDEX lead_search_grams RESET (gin_pending_list_limit)")
        for function in ("lead_words()", "note_indexed()", "galena_words(text)"):
            db.execute_sql(f"DROP FUNCTION {function}")


def fold_notes(db):
    """Fill activity.search_text of what is there."""
    mark = "?" if isinstance(db, SqliteDatabase) else "%s"
    kinds = ", ".join(f"'{kind}'" for kind in WRITTEN)
    read = f"SELECT id, data FROM activity WHERE id > {mark} AND kind IN ({kinds}) ORDER BY id LIMIT {BATCH}"
    write = f"UPDATE activity SET search_text = {mark} WHERE id = {mark}"
    last = 0
    while rows := db.execute_sql(read, (last,)).fetchall():
        texts = [(folded(data), row_id) for row_id, data in rows]
        db.cursor().executemany(write, [(text, row_id) for text, row_id in texts if text])
        last = rows[-1][0]


def folded(data):
    """As leads/words.py does it."""
    data = json.loads(data or "{}")
    text = "\n".join(filter(None, (data.get("subject"), data.get("text"))))
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


BOTH = ("ALTER TABLE activity ADD COLUMN search_text TEXT NOT NULL DEFAULT ''",)


def sqlite_words(row):
    """The statement that keeps the words of `row`, a lead."""
    names = f"{row}.company_key || ' ' || {row}.name_key"
    for mark in MARKS:
        names = f"replace({names}, '{mark}', ' ')"
    return f"""INSERT OR IGNORE INTO name_word (workspace_id, word) SELECT {row}.workspace_id, part.value
        FROM json_each('[' || replace(json_quote({names}), ' ', '","') || ']') AS part
        WHERE length(part.value) BETWEEN {SHORTEST} AND {LONGEST} AND part.value NOT GLOB '*[0-9]*'"""


SQLITE = (
    """CREATE TABLE name_word (
        workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE, word TEXT NOT NULL,
        PRIMARY KEY (workspace_id, word)) WITHOUT ROWID""",
    """CREATE TABLE name_piece (
        workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE, piece TEXT NOT NULL,
        word TEXT NOT NULL, PRIMARY KEY (workspace_id, piece, word)) WITHOUT ROWID""",
    f"""CREATE TRIGGER name_word_insert AFTER INSERT ON name_word BEGIN
        INSERT OR IGNORE INTO name_piece (workspace_id, piece, word) SELECT new.workspace_id,
            CASE WHEN j > 0 THEN substr(head, 1, i - 1) || substr(head, i + 1, j - i - 1) || substr(head, j + 1)
                 WHEN i > 0 THEN substr(head, 1, i - 1) || substr(head, i + 1) ELSE head END, new.word
        FROM (SELECT column1 AS i, column2 AS j, substr(new.word, 1, {PREFIX}) AS head FROM (VALUES {PAIRS}))
        WHERE max(i, j) <= length(new.word) AND (j = 0 OR length(new.word) >= {LONG}); END""",
    f"CREATE TRIGGER lead_words_insert AFTER INSERT ON lead BEGIN {sqlite_words('new')}; END",
    f"""CREATE TRIGGER lead_words_update AFTER UPDATE OF company_key, name_key ON lead
        WHEN old.company_key <> new.company_key OR old.name_key <> new.name_key BEGIN
        {sqlite_words("new")}; END""",
    sqlite_words("lead").replace("FROM json_each", "FROM lead CROSS JOIN json_each"),
    """CREATE VIRTUAL TABLE note_search USING fts5(
        search_text, content='activity', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER note_search_insert AFTER INSERT ON activity WHEN new.search_text <> '' BEGIN
        INSERT INTO note_search (rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER note_search_update AFTER UPDATE OF search_text ON activity
        WHEN old.search_text <> new.search_text BEGIN
        INSERT INTO note_search (note_search, rowid, search_text)
            SELECT 'delete', old.id, old.search_text WHERE old.search_text <> '';
        INSERT INTO note_search (rowid, search_text) SELECT new.id, new.search_text WHERE new.search_text <> ''; END""",
    """CREATE TRIGGER note_search_delete AFTER DELETE ON activity WHEN old.search_text <> '' BEGIN
        INSERT INTO note_search (note_search, rowid, search_text) VALUES ('delete', old.id, old.search_text); END""",
)


def postgres_words(rows):
    """The statement that keeps the words of `rows`, a table of leads.

    No unique index: two transactions that bring the same new words in different orders would wait for each other. Both
    may write a word then, which changes no answer.
    """
    return f"""WITH fresh AS (INSERT INTO name_word (workspace_id, word)
        SELECT DISTINCT n.workspace_id, w FROM {rows} n, unnest(galena_words(n.company_key || ' ' || n.name_key)) w
        WHERE NOT EXISTS (SELECT FROM name_word k WHERE k.workspace_id = n.workspace_id AND k.word = w)
        RETURNING workspace_id, word)
    INSERT INTO name_piece (workspace_id, piece, word) SELECT DISTINCT workspace_id,
        CASE WHEN j > 0 THEN substr(head, 1, i - 1) || substr(head, i + 1, j - i - 1) || substr(head, j + 1)
             WHEN i > 0 THEN substr(head, 1, i - 1) || substr(head, i + 1) ELSE head END, word
    FROM (SELECT workspace_id, word, left(word, {PREFIX}) AS head FROM fresh) f, (VALUES {PAIRS}) AS cut (i, j)
    WHERE greatest(i, j) <= length(word) AND (j = 0 OR length(word) >= {LONG})"""


POSTGRES = (
    """CREATE TABLE name_word (
        workspace_id integer NOT NULL REFERENCES workspace (id) ON DELETE CASCADE, word text COLLATE "C" NOT NULL)""",
    "CREATE INDEX name_word_word ON name_word (workspace_id, word)",
    """CREATE TABLE name_piece (
        workspace_id integer NOT NULL REFERENCES workspace (id) ON DELETE CASCADE, piece text COLLATE "C" NOT NULL,
        word text COLLATE "C" NOT NULL)""",
    "CREATE INDEX name_piece_piece ON name_piece (workspace_id, piece, word)",
    f"""CREATE FUNCTION galena_words(body text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(array_agg(DISTINCT w COLLATE "C"), '{{}}')
        FROM unnest(string_to_array(translate(body, '{MARKS}', '{" " * len(MARKS)}'), ' ')) w
        WHERE length(w) BETWEEN {SHORTEST} AND {LONGEST} AND w !~ '[0-9]' $$""",
    f"""CREATE FUNCTION lead_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN
            {postgres_words("new_rows")};
        ELSIF EXISTS (SELECT FROM new_rows n JOIN old_rows o ON o.id = n.id
                      WHERE o.company_key <> n.company_key OR o.name_key <> n.name_key) THEN
            {postgres_words("new_rows")};
        END IF;
        RETURN NULL; END $$""",
    """CREATE TRIGGER lead_words_insert AFTER INSERT ON lead REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION lead_words()""",
    """CREATE TRIGGER lead_words_update AFTER UPDATE ON lead REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION lead_words()""",
    postgres_words("lead"),
    """CREATE TABLE note_search (
        activity_id integer PRIMARY KEY REFERENCES activity (id) ON DELETE CASCADE, grams text[] NOT NULL)""",
    f"CREATE INDEX note_search_grams ON note_search USING gin (grams) WITH (gin_pending_list_limit = {PENDING})",
    f"ALTER INDEX lead_search_grams SET (gin_pending_list_limit = {PENDING})",
    """CREATE FUNCTION note_indexed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM note_search WHERE activity_id = new.id;
        IF new.search_text <> '' THEN INSERT INTO note_search VALUES (new.id, galena_trigrams(new.search_text)); END IF;
        RETURN NULL; END $$""",
    """CREATE TRIGGER note_search_insert AFTER INSERT ON activity FOR EACH ROW WHEN (new.search_text <> '')
        EXECUTE FUNCTION note_indexed()""",
    """CREATE TRIGGER note_search_update AFTER UPDATE OF search_text ON activity FOR EACH ROW
        WHEN (old.search_text <> new.search_text) EXECUTE FUNCTION note_indexed()""",
)
