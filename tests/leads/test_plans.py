"""Every list reads along an index: what pages ask the database is caught, and it is asked how it would answer.

SQLite decides without statistics. Postgres is made to believe in a million rows, in a transaction that is rolled back.
"""

import json
import random
import re
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import MultiDict

from db import db, is_sqlite
from tests import factories
from webapp.accounts import centers
from webapp.accounts.models import Reach, User
from webapp.core.clock import now
from webapp.imports.models import Import, ImportRow, Outcome
from webapp.leads import custom_fields, finding, listing, narrowing, queries, search, tags, timeline, todos
from webapp.leads.conditions import Where
from webapp.leads.criteria import FIELDS, Importing, Tags, Updating
from webapp.leads.filters import Filter
from webapp.leads.kinds import Choice, Due, Moment, Number, Text
from webapp.leads.models import ActivityKind, Lead, Stage, with_keys
from webapp.leads.ordering import ORDERS

pytestmark = pytest.mark.new_database  # what tests before left in indexes would be part of what Postgres expects
LARGE = {
    "lead", "activity", "todo", "lead_tag", "custom_value", "duplicate_group", "hand_over", "lead_search",
    "note_search", "name_word", "name_piece", "import_row",
}  # fmt: skip
WORDS = ("Globex", "Initech", "Umbrella", "Hooli", "Soylent", "Cyberdyne", "Tyrell", "Vandelay", "Wonka", "Duff")
LEADS = 80
ROWS = 1_000_000
PAGES_AS_ONE = ROWS // LEADS  # what a page of the table here stands for, and costs
SORTED = 20_000  # rows that Postgres may expect to sort for a page


@pytest.fixture
def leads(cast):
    """Some leads of each kind, with all that stands around them; the last one is given."""
    dice, moment = random.Random(4), now()
    center = centers.create_center(cast.acme, "Berlin")
    rows = [
        {
            **with_keys(
                {
                    "company": f"{dice.choice(WORDS)} {number // 2}",
                    "first_name": dice.choice(("Ann", "Bea")),
                    "last_name": dice.choice(WORDS),
                    "email": f"person{number}@{dice.choice(WORDS)}.example".lower(),
                    "domain": f"{dice.choice(WORDS)}.example".lower(),
                    "country": dice.choice(("Germany", "Spain", "")),
                    "city": dice.choice(("Berlin", "Rome")),
                    "source": dice.choice(("Fair", "Website")),
                    "industry": dice.choice(("Media", "Retail")),
                }
            ),
            "workspace": cast.acme,
            "owner": dice.choice((cast.alice.user_id, cast.bob.user_id, None)),
            "center": center if number % 2 else None,
            "stage": dice.choice(list(Stage)),
            "value": number * 10,
            "employees": number if number % 3 else None,
            "touched_at": moment - timedelta(hours=number),
            "deleted_at": moment if number % 20 == 0 else None,
        }
        for number in range(LEADS)
    ]
    with db.atomic():
        Lead.insert_many(rows).execute()
        plan = custom_fields.create_field(cast.acme, "Plan", "choice", ["Gold", "Silver"], actor=cast.alice)
        lead = Lead.select().where(Lead.deleted_at.is_null()).order_by(Lead.id.desc()).first()
        todos.add_todo(lead, {"title": "Call", "assignee": cast.alice.user_id}, actor=cast.alice)
        told = Lead.select(Lead.id).order_by(Lead.id.desc()).limit(40)
        notes = [(one.id, {"text": f"{dice.choice(WORDS)} about {dice.choice(WORDS)}."}) for one in told]
        timeline.record_each(cast.acme, notes, ActivityKind.NOTE, moment=moment)
        tags.tag_lead(lead, tags.named(cast.acme, "hot"), actor=cast.alice)
        db.execute_sql(
            f"INSERT INTO custom_value (field_id, lead_id, text, key) SELECT {plan.id}, id, 'Gold', 'gold' FROM lead"
        )
        imported = Import.create(workspace=cast.acme, filename="list.csv", path="", size=0)
        Lead.update(origin=imported).where(Lead.value < 200).execute()
        of_import = {"workspace": cast.acme, "imported": imported, "outcome": Outcome.UPDATED}
        ImportRow.insert_many([{**of_import, "number": one.id, "lead": one} for one in told]).execute()
    return lead


@contextmanager
def caught():
    """The (sql, parameters) of all that is read meanwhile."""
    asked, execute = {}, db.obj.execute_sql

    def listen(sql, parameters=None, *args, **options):
        if sql.lstrip(" (").startswith(("SELECT", "WITH")):
            asked.setdefault(sql, parameters or ())
        return execute(sql, parameters, *args, **options)

    db.obj.execute_sql = listen
    try:
        yield asked
    finally:
        del db.obj.execute_sql


def troubles(asked):
    """[(what a database would do to a large table, sql)] of what was caught."""
    find = _sqlite_troubles if is_sqlite() else _postgres_troubles
    with _believing_in_many():
        return [(trouble, sql) for sql, parameters in asked.items() for trouble in find(sql, parameters)]


@contextmanager
def _believing_in_many():
    with db.atomic() as transaction:
        if not is_sqlite():
            names = ", ".join(f"'{name}'" for name in LARGE)
            db.execute_sql("ANALYZE")
            db.execute_sql(f"SET LOCAL seq_page_cost = {PAGES_AS_ONE}")
            db.execute_sql(
                f"UPDATE pg_class SET reltuples = {ROWS}, relpages = greatest(relpages, 1) WHERE relname IN ({names})"
                f" OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid::regclass::text IN ({names}))"
            )
        yield
        transaction.rollback()


def _sqlite_troubles(sql, parameters):
    rows = db.obj.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
    aliases = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(\w+)"', sql)}
    beside, few = set(), set()  # the parents of what is read of large tables; those of few rows, for each that is shown
    for number, parent, _, told in rows:
        read = re.match(r"(SCAN|SEARCH) (\w+)", told)
        if read and aliases.get(read[2], read[2]) in LARGE:
            if "PRIMARY KEY" not in told and "(lead_id=?" not in told:  # else few: by their ids, or of one lead
                beside.add(parent)
            if read[1] == "SCAN" and "VIRTUAL TABLE INDEX 0:M" not in told:
                yield told
        if told.startswith("CORRELATED") or parent in few:
            few.add(number)
        if told.startswith("USE TEMP B-TREE") and told.endswith("ORDER BY") and parent in beside - few:
            yield told


def _postgres_troubles(sql, parameters):
    (plan,) = db.obj.execute_sql(f"EXPLAIN (FORMAT JSON) {sql}", parameters).fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    nodes = [plan[0]["Plan"]]
    for node in nodes:
        parts = node.get("Plans", ())
        cut = node["Node Type"] == "Limit" and node["Total Cost"] < parts[0]["Total Cost"] / 10
        if cut and parts[0]["Node Type"] == "Seq Scan":
            continue  # it meets enough soon
        nodes += parts
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
            yield f"Seq Scan on {node['Relation Name']}"
        if node["Node Type"] == "Sort" and node["Plans"][0]["Plan Rows"] > SORTED:
            yield f"Sort of {node['Plans'][0]['Plan Rows']} rows"


@contextmanager
def nothing_few():
    """Lists walk along their order meanwhile instead of looking leads up."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((narrowing, "FEW"), (queries, "FEW"), (queries, "SMALL"), (search, "PROBE")):
            patch.setattr(module, name, 0)
        yield


def ask(member, query, lead=None):
    """Read the table of an address as a page does, its next page too, and the neighbours of `lead`."""
    chosen = Filter.read(dict(pair.split("=") for pair in query.split("&") if pair))
    found = listing.table(member, chosen)
    queries.stage_totals(member, chosen)
    if found.older:
        listing.table(member, Filter(**{**chosen.__dict__, "page": found.older}))
    if lead:
        listing.neighbours(member, lead, chosen)


def test_every_order_is_an_index(cast, leads):
    with caught() as asked:
        for name in (*ORDERS, "custom-plan"):
            for sign in ("", "-"):
                ask(cast.alice, f"sort={sign}{name}&rows=25", leads)
    assert len(asked) > 60 and any("UNION ALL" in sql for sql in asked) and troubles(asked) == []


def conditions():
    """Each field with each of its operators."""
    for name, criterion in FIELDS.items():
        for op, operator in criterion.kind.ops.items():
            value = SAMPLES.get((name, op)) or SAMPLES.get(name) or SAMPLES[type(criterion.kind)]
            yield f"f={name}.{op}" + {0: "", 2: f".{value}|9"}.get(operator.takes, f".{value}")
    yield from ("f=custom-plan.is.Gold", "f=custom-plan.not.Gold", "f=custom-plan.empty")


SAMPLES = {Text: "globex", Number: "5", Moment: "2026-01-05", Due: "2026-01-05"}
SAMPLES |= dict.fromkeys((Choice, Importing, Tags, Updating), "1")
SAMPLES |= {"stage": "new", "next": "call"}
SAMPLES |= {(name, op): "3" for name in FIELDS for op in ("within", "older", "next")}


def test_every_filter_is_an_index(cast, leads):
    with caught() as few:
        for query in list(conditions())[::4]:
            ask_filtered(cast.alice, query)
    with nothing_few(), caught() as many:
        for query in conditions():
            ask_filtered(cast.alice, query)
    assert len(few) > 40 and len(many) > 150
    assert [one for one in troubles(few) if "ORDER BY" not in one[0]] == []  # a few may be sorted
    assert troubles(many) == []


def ask_filtered(member, query):
    assert Filter.read(dict([query.split("=", 1)])).where, query
    ask(member, query)


def test_board_lanes_and_table_of_every_reach_are_indexes(cast, leads):
    center = Lead.select(Lead.center).where(Lead.center.is_null(False)).first().center
    for reach in Reach:
        member = factories.member(cast.acme, f"{reach} Rita", reach=reach)
        centers.put_in(center, member.user_id, actor=cast.alice)
        Lead.update(owner=member.user_id).where(Lead.value > 500).execute()
        with nothing_few(), caught() as asked:
            for query in ("", "stage=new", f"center={center.id}", "f=country.is.Spain", "q=glo", "sort=name"):
                ask_board_and_table(member, query)
            ask_board_and_table(member, "sort=owner")
        assert troubles(asked) == [], reach


def ask_board_and_table(member, query):
    chosen = Filter.read(dict([query.split("=")] if query else ()))
    ask(member, query)
    listing.lanes(member, chosen.on_board)
    listing.lane(member, Stage.NEW, chosen.on_board)


PAGES = (
    "/", "/leads/{lead}", "/leads/{lead}?sort=company,-value", "/leads/{lead}/history", "/leads/history", "/todos",
    "/todos?whose=team", "/leads/duplicates", "/leads/bin", "/leads/bin?q=vale",
)  # fmt: skip


def test_what_else_is_listed_is_an_index(cast, leads, sign_in):
    client = sign_in(cast.alice)
    with caught() as asked:
        for path in PAGES:
            assert client.get(path.format(lead=leads.id)).status_code == 200, path
    ties = "PART OF ORDER BY"  # of a second order, among the leads of one company
    assert [one for one in troubles(asked) if ties not in one[0]] == []


def test_every_step_of_a_search_is_an_index(cast, leads):
    with caught() as asked:
        for text in ("g", "gl", "globex", "lobe", "globex hooli", "glabex", "wonka duff", "person1@globex.example"):
            finding.find_leads(cast.alice, text)
            ask(cast.alice, f"q={text}")
    assert [one for one in troubles(asked) if "ORDER BY" not in one[0]] == []


def test_an_index_that_is_gone_is_noticed(cast, leads):
    for order in ("name", "country", "value"):
        with nothing_few(), caught() as asked:
            ask(cast.alice, f"sort={order}")
        with db.atomic() as transaction:
            db.execute_sql(f"DROP INDEX lead_by_{order}")
            found = troubles(asked)
            transaction.rollback()
        assert found, order


NARROWING = (
    "f=company.has.lobe",
    "f=country.has.spai",
    "f=city.starts.Rom",
    "f=country.is.Spain&f=title.has.x",
    "g1=country.is.Spain&g1=city.is.Rome",
    "f=country.is.Spain&f=custom-plan.is.Gold&match=any",
    "f=country.is.Spain&g1=city.is.Rome&g1=title.is.x&match=any",
)


def test_what_indexes_tell_is_looked_up_and_is_what_a_walk_finds(cast, leads):
    for query in NARROWING:
        where = Where.read(MultiDict(parse_qsl(query)))
        looked_up = narrowing.Asked(cast.alice, where).few
        assert looked_up is not None, query
        found = shown(cast.alice, where)
        with nothing_few():
            assert narrowing.Asked(cast.alice, where).few is None or not found, query
            assert shown(cast.alice, where) == found, query
        assert found <= set(looked_up), query


def shown(member, where):
    """The ids of the leads in a table."""
    return {row.id for row in listing.table(member, Filter(where=where, size=100)).rows}


def test_leads_of_closed_accounts_come_behind_everybodys_and_before_nobodys(cast):
    gone = factories.member(cast.acme, "Aaron Away")
    owners = [None, gone.user_id, cast.bob.user_id, cast.alice.user_id]
    for owner in owners:
        factories.lead(cast.acme, owner=owner)
    User.update(is_active=False).where(User.id == gone.user_id).execute()
    rows = listing.table(cast.alice, Filter.read({"sort": "owner"})).rows
    assert [row.owner_id for row in rows] == [cast.alice.user_id, cast.bob.user_id, gone.user_id, None]
