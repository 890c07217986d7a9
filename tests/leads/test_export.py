"""Leads as files: what is in them, whose, safe in a spreadsheet, and taken back by the import as they were."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from db import db
from tests import factories
from tests.imports.files import imported_from, run
from webapp.config import ROOT
from webapp.core.spreadsheets import RISKY, as_cell, from_cell
from webapp.leads import exporting
from webapp.leads.field_models import CustomField, CustomKind, CustomValue, LeadTag, Tag
from webapp.leads.filters import Filter
from webapp.leads.models import Lead, Stage
from webapp.leads.views import exports

STRINGS = json.loads(next((ROOT / "tests" / "vendor").glob("naughty-strings-*.json")).read_text())
TEXTS = ("first_name", "last_name", "company", "title", "city", "region", "country", "industry", "source")
NAME = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def table(answer):
    """The rows of a CSV file as dicts."""
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.text[1:], newline="")))


def sheet(data):
    """The rows of a workbook's first sheet: lists of (type, text)."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [[(cell.get("t"), "".join(cell.itertext())) for cell in row] for row in root.iter(f"{NAME}row")]


@pytest.fixture
def noted(cast):
    """A lead with a tag and two fields of the workspace's own."""
    lead = factories.lead(cast.acme, "Globex", value=6400, employees=12, owner=cast.bob.user_id, stage=Stage.REPLIED)
    tag = Tag.create(workspace=cast.acme, name="VIP", name_key="vip")
    LeadTag.insert(lead=lead.id, tag=tag.id).execute()
    for slug, kind, text in (("size", CustomKind.NUMBER, "-2.5"), ("hint", CustomKind.TEXT, "=1+1")):
        named = {"name": slug.capitalize(), "name_key": slug, "slug": slug, "kind": kind}
        field = CustomField.create(workspace=cast.acme, **named)
        CustomValue.create(field=field, lead=lead, text=text, key=text)
    return lead


def test_a_file_has_the_columns_that_the_view_shows(cast, sign_in, noted):
    answer = sign_in(cast.vera).get("/leads/export.csv?columns=owner,tag,custom-size,value,touch")
    assert 'attachment; filename="leads-' in answer.headers["Content-Disposition"]
    (row,) = table(answer)
    touched = row.pop("Last touch")
    assert row == {
        "First name": "Gina",
        "Last name": noted.last_name,
        "Owner": "Bob Baker",
        "Tags": "VIP",
        "Value": "6400",
        "Size": "-2.5",
    }
    assert datetime.strptime(touched, "%Y-%m-%d %H:%M")


def test_a_file_can_have_every_column(cast, sign_in, noted):
    Lead.update(next_step="Call", next_due_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC)).execute()
    (row,) = table(sign_in(cast.bob).get("/leads/export.csv?columns=all"))
    wanted = {"E-mail": noted.email, "Stage": "Replied", "Employees": "12", "Next to-do": "Call", "Hint": "'=1+1"}
    assert wanted.items() <= row.items() and row["Due"] == "2026-11-21 09:30"
    assert len(row) > 30


def test_a_file_has_what_the_filter_leaves_in_its_order(cast, sign_in):
    for company, value in (("Bb", 2), ("Aa", 1), ("Cc", 3)):
        factories.lead(cast.acme, company, value=value)
    factories.lead(cast.acme, "Lost", stage=Stage.LOST)
    rows = table(sign_in(cast.bob).get("/leads/export.csv?stage=new&sort=-value"))
    assert [row["Company"] for row in rows] == ["Cc", "Bb", "Aa"]


def test_a_file_has_only_what_its_reader_may_see(cast, sign_in):
    olga = factories.member(cast.acme, "Olga Own", reach="own")
    factories.lead(cast.acme, "Hers", owner=olga.user_id)
    factories.lead(cast.acme, "Theirs")
    Lead.update(deleted_at=datetime.now(UTC)).where(Lead.id == factories.lead(cast.acme, "Binned").id).execute()
    client = sign_in(olga)
    assert [row["Company"] for row in table(client.get("/leads/export.csv"))] == ["Hers"]
    assert [row["Company"] for row in table(sign_in(cast.charlie).get("/leads/export.csv"))] == []
    text = str(sheet(client.get("/leads/export.xlsx").data))
    assert "Hers" in text and "Theirs" not in text


@pytest.mark.parametrize("sort", ["-touch", "company", "-value,company", "country"])
def test_every_lead_is_in_the_file_once_however_many_pages_are_read(cast, sign_in, monkeypatch, sort):
    monkeypatch.setattr(exporting, "SIZE", 3)
    for number in range(11):
        factories.lead(cast.acme, f"Company{number}", value=number % 2, country="Spain" if number % 3 else "")
    rows = table(sign_in(cast.bob).get(f"/leads/export.csv?sort={sort}"))
    assert sorted(row["Company"] for row in rows) == sorted(f"Company{number}" for number in range(11))


def test_a_lead_that_is_touched_meanwhile_is_neither_missed_nor_doubled(cast, monkeypatch):
    monkeypatch.setattr(exporting, "SIZE", 2)
    leads = [factories.lead(cast.acme, f"Company{number}") for number in range(6)]
    found = exporting.tables(cast.bob, Filter())
    seen = [*next(found), *next(found)]
    Lead.update(touched_at=datetime(2030, 1, 1, tzinfo=UTC)).where(Lead.id == leads[0].id).execute()
    seen += [row for rows in found for row in rows]
    assert sorted(row[2] for row in seen[1:]) == [f"Company{number}" for number in range(6)]


def test_no_transaction_is_open_while_a_part_is_sent(cast, monkeypatch):
    monkeypatch.setattr(exporting, "SIZE", 2)
    for number in range(6):
        factories.lead(cast.acme, f"Company{number}")
    assert [db.in_transaction() for _ in exporting.tables(cast.bob, Filter())] == [False] * 4


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30", "-x", "@me", "'=1+1", "''-x", "'tis", "plain", "'", "", "＝1", "\t=x"]
)
def test_a_cell_begins_no_formula_and_comes_back_as_it_was(text):
    assert not as_cell(text).startswith(RISKY)
    assert from_cell(as_cell(text)) == text


def test_what_was_exported_imports_as_the_same_leads(cast, sign_in):
    strings = [*STRINGS, "=1+1", "'=1+1", '="007"', '=HYPERLINK("http://x.example","Click")', "-5", "@SUM(A1)"]
    kept = [" ".join(text.replace("\0", "").split()) for text in strings]
    kept = [text for text in kept if text and text.isprintable() and len(text) <= 255]
    for number, text in enumerate(kept):
        fields = dict.fromkeys(TEXTS, "Plain") | {TEXTS[number % len(TEXTS)]: text}
        factories.lead(cast.acme, **fields, email=f"n{number}@x.example", phone="+49 30 1234567", value=number)
    factories.lead(cast.acme, "Only a company")
    factories.lead(cast.acme, "", first_name="Only", last_name="Name")
    data = sign_in(cast.bob).get("/leads/export.csv?columns=all").data
    finished = run(imported_from(cast.charlie, data))
    assert (finished.created, finished.failed, finished.skipped) == (len(kept) + 2, 0, 0)
    assert values(cast.other) == values(cast.acme)


def values(workspace):
    names = (*TEXTS, "email", "phone", "website", "linkedin", "employees", "value")
    columns = [getattr(Lead, name) for name in names]
    return list(Lead.of(workspace).select(*columns).order_by(Lead.email, Lead.company).tuples())


def test_a_workbook_has_texts_as_texts_and_numbers_as_numbers(cast, sign_in, noted):
    Lead.update(company="=1+1", phone="+49 30 1234567").execute()
    answer = sign_in(cast.bob).get("/leads/export.xlsx?columns=company,phone,value,custom-size,custom-hint")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].endswith(".xlsx")
    header, row = sheet(answer.data)
    assert [text for _, text in header] == ["First name", "Last name", "Company", "Phone", "Value", "Size", "Hint"]
    assert row[2:] == [
        ("inlineStr", "=1+1"),
        ("inlineStr", "+49 30 1234567"),
        (None, "6400"),
        (None, "-2.5"),
        ("inlineStr", "=1+1"),
    ]


def test_a_workbook_goes_on_in_another_sheet_where_one_is_full(cast, sign_in, monkeypatch):
    monkeypatch.setattr(exporting, "SHEET", 2)
    for number in range(3):
        factories.lead(cast.acme, f"Company{number}")
    with zipfile.ZipFile(io.BytesIO(sign_in(cast.bob).get("/leads/export.xlsx").data)) as book:
        assert [name for name in book.namelist() if "worksheets/" in name] == [
            "xl/worksheets/sheet1.xml",
            "xl/worksheets/sheet2.xml",
        ]


def test_a_workbook_without_a_lead_has_its_header(cast, sign_in):
    (header,) = sheet(sign_in(cast.bob).get("/leads/export.xlsx").data)
    assert header[0][1] == "First name"


def test_only_a_few_files_are_made_at_a_time(cast, sign_in):
    factories.lead(cast.acme)
    client = sign_in(cast.bob)
    with exports.turn(), exports.turn():
        for kind in ("csv", "xlsx"):
            answer = client.get(f"/leads/export.{kind}")
            assert answer.status_code == 429 and "Try again in 20 seconds" in answer.text
    for _ in range(3):  # also when nobody reads what is sent
        assert client.get("/leads/export.csv").status_code == 200
