"""Excel and OpenDocument: which sheet, what its cells become, and what of a hostile file."""

import datetime
import io
import subprocess
import sys

import pytest

from tests.imports import workbooks as made
from tests.imports.files import DATA, imported_from, run
from webapp.config import ROOT
from webapp.core.errors import Invalid
from webapp.imports import reading
from webapp.imports.dialect import describe
from webapp.imports.keeping import path_of
from webapp.imports.models import Import
from webapp.imports.uploading import upload

OLE = b"\xd0\xcf\x11\xe0" + bytes(500)
PEOPLE = [["Name", "E-mail"], ["Ann", "ann@x.example"], ["Bo", "bo@x.example"]]


def rows_of(imported):
    return [cells for _, cells in reading.rows(path_of(imported), imported.dialect)]


def refusal(member, content, name="list.xlsx"):
    """The sentence with which a file is refused; nothing of it is kept."""
    with pytest.raises(Invalid) as error:
        upload(member, name, io.BytesIO(content))
    assert error.value.field == "file" and not Import.select().exists()
    return str(error.value)


def test_cells_become_text_that_means_the_same(cast):
    row = {
        "Whole": 1200.0, "Part": 12.5, "Sum": 0.1 + 0.2, "Large": 491701234567, "Zip": "01067",
        "Since": datetime.date(2024, 5, 1), "Asked": datetime.datetime(2024, 5, 1, 13, 30), "At": datetime.time(8, 15),
        "Yes": True, "No": False, "Broken": "=NA()", "Said": "#N/A", "Lines": 'a "b",\nc', "Hash": "#1 fan",
    }  # fmt: skip
    imported = imported_from(cast.alice, made.xlsx(Leads=[[*row], [*row.values()]]), "list.xlsx")
    assert [column["name"] for column in imported.columns] == [*row]
    (cells,) = rows_of(imported)
    assert cells[:5] == ["1200", "12.5", "0.3", "491701234567", "01067"]
    assert cells[5:10] == ["2024-05-01", "2024-05-01 13:30:00", "08:15:00", "yes", "no"]
    assert cells[10:] == ["", "", 'a "b",\nc', "#1 fan"]


def test_an_xlsx_is_told_by_what_is_in_it_whatever_its_name(cast):
    imported = imported_from(cast.alice, made.xlsx(Leads=PEOPLE), "list.csv")
    assert imported.dialect["format"] == "xlsx" and imported.rows == 2 and imported.mapping == ["full_name", "email"]
    assert describe(imported.dialect) == "Excel, sheet “Leads”"


def test_an_old_xls_is_read(cast):
    imported = imported_from(cast.alice, DATA / "leads.xls")
    assert describe(imported.dialect) == "Excel, sheet “Leads”"
    assert imported.dialect["sheets"] == ["Read me", "Leads"]
    assert rows_of(imported) == [
        ["Jürgen Groß", "jg@x.example", "01067", "1200", "2024-05-01", "2024-05-01 13:30:00", "yes", ""],
        ["Zoë Ångström", "zoe@x.example", "007", "12.5", "", "", "no", ""],
    ]


def test_an_ods_is_read(cast):
    content = made.ods([["Name", "Zip", "Size"], ["Ann", "007", 12], ["Bo", "", 1.5]])
    imported = imported_from(cast.alice, content, "a.ods")
    assert describe(imported.dialect) == "OpenDocument, sheet “Leads”"
    assert rows_of(imported) == [["Ann", "007", "12"], ["Bo", "", "1.5"]]


def test_the_first_sheet_with_a_table_is_chosen_and_all_with_content_are_listed(cast):
    sheets = {"Cover": [["Contacts of spring"]], "Choices": [["a", "b"], ["c", "d"]], "Empty": []}
    content = made.xlsx(hidden=["Choices"], **sheets, Leads=PEOPLE, Old=PEOPLE)
    imported = imported_from(cast.alice, content, "list.xlsx")
    assert imported.dialect["sheet"] == "Leads"
    assert imported.dialect["sheets"] == ["Cover", "Choices", "Leads", "Old"]


def test_lines_above_the_table_and_blank_ones_are_left_out(cast):
    content = made.xlsx(Leads=[[], ["Report of May"], [], ["", *PEOPLE[0]], ["", *PEOPLE[1]], [], ["", *PEOPLE[2]]])
    imported = imported_from(cast.alice, content, "list.xlsx")
    assert [cells[-2:] for cells in rows_of(imported)] == PEOPLE[1:]


def test_a_workbook_becomes_leads(cast):
    done = run(imported_from(cast.alice, made.xlsx(Leads=PEOPLE), "list.xlsx"))
    assert (done.created, done.failed) == (2, 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (made.xlsx(Sheet1=[], Sheet2=[]), "This workbook is empty"),
        (made.xlsx(Leads=PEOPLE[:1]), "no rows below"),
        (made.xlsx(Leads=PEOPLE)[:3000], "damaged"),
        (b"PK\x03\x04" + bytes(500), "damaged"),
        (OLE, "damaged"),
        (made.with_sheet(made.xlsx(Leads=PEOPLE), b"<row><c></row>", 1), "damaged"),
        (made.ods(PEOPLE, manifest="<manifest:encryption-data/>"), "protected by a password"),
        (made.archive({"xl/workbook.xml": "<a"}), "damaged"),
        (made.archive({"leads.csv": "Name,City\nAnn,Oslo\n"}), "This is a ZIP archive"),
        (made.archive({"inner.xlsx": made.xlsx(Leads=PEOPLE)}), "This is a ZIP archive"),
        (made.archive({"word/document.xml": "<a/>"}), "not a workbook"),
        (made.archive({"Index/Document.iwa": "x"}), "Apple Numbers"),
        (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(500), "protected by a password"),
        (OLE + "WordDocument".encode("utf-16-le") + bytes(500), "not a workbook"),
        (made.archive({f"{number}.xml": "" for number in range(10_001)}), "far more than"),
        (made.xlsx(Leads=[[f"c{number}" for number in range(5000)], ["x"] * 5000]), "5,000 columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_with_a_sentence(cast, content, sentence):
    assert sentence in refusal(cast.alice, content)


def test_a_workbook_that_unpacks_to_much_more_than_it_weighs_is_not_opened(cast):
    row = b"<row>" + b'<c t="n"><v>1</v></c>' * 100 + b"</row>"
    content = made.with_sheet(made.xlsx(Leads=PEOPLE), row * 100, 400)
    assert len(content) < 1_000_000 and "unpacks to far more" in refusal(cast.alice, content)


def test_a_cell_at_the_far_end_of_a_sheet_costs_no_memory_of_ours(cast):
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "too large" in refusal(cast.alice, made.with_sheet(made.xlsx(Leads=PEOPLE), far, 1))


def test_a_refused_workbook_leaves_no_file(cast, app):
    uploads = app.config["GALENA"].uploads
    before = set(uploads.glob("*")) if uploads.exists() else set()
    refusal(cast.alice, made.xlsx(Leads=PEOPLE[:1]))
    assert set(uploads.glob("*")) == before


def test_the_reading_of_a_workbook_cannot_take_all_memory():
    program = "from webapp.imports.sheets import set_limits; set_limits(); bytearray(3 << 30)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT)
    assert done.returncode and b"MemoryError" in done.stderr
