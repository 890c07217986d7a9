# ruff: noqa: E501  the files stand here as they are
"""Awkward files: what was detected, and the same cells come out. One sentence a file."""

import codecs
import csv
import io

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.imports.files import DATA, table
from webapp.core.errors import Invalid
from webapp.imports import reading
from webapp.imports.dialect import describe, detect

ROWS = [
    ["Name", "Ort", "Notiz"],
    ["Jürgen", "Köln", "Größe"],
    ["Zoë", "Århus", "naïve"],
    ["José", "Cádiz", "niño"],
]


def text_of(rows, delimiter=",", end="\r\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def read(tmp_path, content):
    """(dialect, header, all data rows) of a file with this content."""
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    dialect, header, _ = detect(path)
    return dialect, header, [cells for _, cells in reading.rows(path, dialect)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("codec", "mark", "label"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "UTF-8"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
        ("cp1252", b"", "Windows-1252"),
    ],
)
def test_every_encoding_with_every_delimiter_gives_the_same_cells(tmp_path, codec, mark, label, delimiter):
    dialect, header, rows = read(tmp_path, mark + text_of(ROWS, delimiter).encode(codec))
    assert [header, *rows] == ROWS
    assert dialect["delimiter"] == delimiter and describe(dialect).startswith(label)


def test_latin_1_is_told_by_bytes_that_windows_1252_does_not_have(tmp_path):
    dialect, _, rows = read(tmp_path, text_of([*ROWS, ["\x85\x81", "x", "y"]]).encode("latin-1"))
    assert describe(dialect).startswith("Latin-1") and rows[0] == ROWS[1]


def test_one_broken_letter_does_not_spoil_a_utf_8_file(tmp_path):
    content = text_of(ROWS * 5).encode() + b"Caf\xe9,x,y\r\n"
    dialect, _, rows = read(tmp_path, content)
    assert describe(dialect).startswith("UTF-8") and rows[0] == ROWS[1] and rows[-1][0] == "Caf\ufffd"


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        # Lines of a report stand above the column names.
        (b"Export from CRM;;;\r\n\r\nName;Mail;City;Land\r\nAnn;a@x.example;Oslo;NO\r\n", ["Name", "Mail", "City", "Land"], [["Ann", "a@x.example", "Oslo", "NO"]]),
        # LinkedIn explains itself first, with commas and quotes.
        (b'Notes:\n"When exporting your data, you may notice"\n\nFirst Name,Last Name,URL\nAnn,Bo,https://www.linkedin.com/in/annbo\n', ["First Name", "Last Name", "URL"], [["Ann", "Bo", "https://www.linkedin.com/in/annbo"]]),
        # Excel names the delimiter in a line of its own.
        (b"sep=;\r\nName;Note\r\nAnn;a,b,c\r\nBo;d,e,f\r\n", ["Name", "Note"], [["Ann", "a,b,c"], ["Bo", "d,e,f"]]),
        # Every place holds a comma, but the semicolons part the cells.
        (b"Name;Place\nAnn;Oslo, Norway\nBo;Rome, Italy\n", ["Name", "Place"], [["Ann", "Oslo, Norway"], ["Bo", "Rome, Italy"]]),
        # A quoted cell has line breaks, delimiters and quotes in it.
        (b'Name,Note\n"Ann","one\ntwo, ""three"""\nBo,x\n', ["Name", "Note"], [["Ann", 'one\ntwo, "three"'], ["Bo", "x"]]),
        # Line ends are those of an old Mac.
        (b"Name,City\rAnn,Oslo\rBo,Rome\r", ["Name", "City"], [["Ann", "Oslo"], ["Bo", "Rome"]]),
        # The last line has no end.
        (b"Name,City\nAnn,Oslo", ["Name", "City"], [["Ann", "Oslo"]]),
        # Rows are shorter and longer than the header.
        (b"Name,City,Zip\nAnn\nBo,Rome,1,extra\nCy,Bern,2\n", ["Name", "City", "Zip"], [["Ann"], ["Bo", "Rome", "1", "extra"], ["Cy", "Bern", "2"]]),
        # NULs stand between the letters' bytes.
        (b"Name,City\nA\0nn,Oslo\0\n", ["Name", "City"], [["Ann", "Oslo"]]),
        # Blank lines and lines of delimiters alone are no rows.
        (b"Name,City\n\nAnn,Oslo\n,\n   ,\nBo,Rome\n\n", ["Name", "City"], [["Ann", "Oslo"], ["Bo", "Rome"]]),
        # There is one column only.
        (b"E-mail\na@x.example\nb@x.example\n", ["E-mail"], [["a@x.example"], ["b@x.example"]]),
        # Nobody named the columns.
        (b"a@x.example,Ann\nb@x.example,Bo\n", [], [["a@x.example", "Ann"], ["b@x.example", "Bo"]]),
        # Names are there twice, or not at all.
        (b"Phone,Phone,,City\n1,2,3,Oslo\n", ["Phone", "Phone", "", "City"], [["1", "2", "3", "Oslo"]]),
        # A quote opens a cell and never closes: only its own line is taken as it stands.
        (b'Name,City\nAnn,Oslo\n"Bo,Rome\nCy,Bern\n', ["Name", "City"], [["Ann", "Oslo"], ['"Bo', "Rome"], ["Cy", "Bern"]]),
        # Inches stand within a cell.
        (b'Name,Size\nAnn,5" pipe\nBo,6" pipe\n', ["Name", "Size"], [["Ann", '5" pipe'], ["Bo", '6" pipe']]),
        # A space follows each comma, also before quotes.
        (b'Name, Place\nAnn, "Oslo, Norway"\nBo, "Rome, Italy"\n', ["Name", "Place"], [["Ann", "Oslo, Norway"], ["Bo", "Rome, Italy"]]),
    ],
)  # fmt: skip
def test_awkward_files(tmp_path, content, header, rows):
    assert read(tmp_path, content)[1:] == (header, rows)


def test_a_quote_that_never_closes_costs_its_line_not_the_file(tmp_path):
    lines = [f"Person {number},Oslo" for number in range(5000)]
    lines[10] = '"Person 10,Oslo'
    _, _, rows = read(tmp_path, table("Name,City", *lines))
    assert len(rows) == 5000 and rows[10] == ['"Person 10', "Oslo"] and rows[4999] == ["Person 4999", "Oslo"]


def test_a_megabyte_in_one_cell_is_read(tmp_path):
    long = "x" * 900_000
    _, _, rows = read(tmp_path, table("Name,Note", f"Ann,{long}", "Bo,short"))
    assert rows == [["Ann", long], ["Bo", "short"]]


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Reading holds no more than a record, whatever the length of the file."""
    path = tmp_path / "file.csv"
    path.write_bytes(table("Name,City", *(f"Ann {number},Oslo" for number in range(50_000))))
    found = reading.rows(path, detect(path)[0])
    first = next(found)
    assert first == (1, ["Ann 0", "Oslo"]) and sum(1 for _ in found) == 49_999


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\0\0\0", codecs.BOM_UTF16_LE, b"a,b\n", b"\xff\xfe\xfd" * 999])
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path, content):
    with pytest.raises(Invalid) as error:
        read(tmp_path, content)
    assert str(error.value).endswith(".") and error.value.field == "file"


def test_the_careless_export_is_read_for_what_it_is(tmp_path):
    dialect, header, rows = read(tmp_path, (DATA / "leads-messy-cp1252.csv").read_bytes())
    assert describe(dialect) == "Windows-1252, semicolon separated"
    assert header[:3] == ["Full Name", "Company / Account", "Title"] and len(rows) == 228


# ------------------------------------------------------------------ any table, any dialect

letters = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs", "Cc"))
cells = st.one_of(
    st.sampled_from(["Oslo", "a, b; c", 'say "hi"', "two\nlines", "Ærø", "x|y", "tab\there", "", "-", "=1+1"]),
    st.text(letters, max_size=12),
)


@st.composite
def tables(draw):
    width = draw(st.integers(2, 6))
    row = st.lists(cells, min_size=width, max_size=width).filter(lambda found: any(cell.strip() for cell in found))
    rows = draw(st.lists(row, min_size=3, max_size=12))
    return [[f"Column {letter}" for letter in "ABCDEF"[:width]], *rows]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=tables(),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    preamble=st.sampled_from(["", "Export of today", "\n"]),
)
def test_what_goes_in_comes_out(tmp_path, rows, delimiter, end, codec, quoting, preamble):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    head = preamble + end if preamble else ""
    text = head + out.getvalue()
    assume(not text.startswith("\ufeff"))
    assume(end != "\r" or quoting == csv.QUOTE_ALL)  # Python's own writer leaves a bare line feed unquoted then
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode(codec))
    dialect, _, _ = detect(path)
    found = [line for _, line in reading.rows(path, {**dialect, "delimiter": delimiter, "spaces": False})]
    assert found == rows[1:]


# A word in single quotes is one between quotes, whoever meant it otherwise.
words = st.text(st.sampled_from("abc xyzÄß'-./()&"), min_size=1, max_size=9).filter(
    lambda word: word.strip(" '-./()&") and word[0] != "'"
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(2, 6).flatmap(lambda width: st.lists(st.lists(words, min_size=width, max_size=width), min_size=2)),
    delimiter=st.sampled_from(",;\t|"),
)
def test_the_delimiter_is_found_in_any_table_of_words(tmp_path, rows, delimiter):
    path = tmp_path / "file.csv"
    path.write_bytes(text_of(rows, delimiter).encode())
    dialect, header, _ = detect(path)
    assert dialect["delimiter"] == delimiter and header == [cell.strip() for cell in rows[0]]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_end_in_rows_or_a_sentence(tmp_path, content):
    try:
        _, _, rows = read(tmp_path, content)
    except Invalid as error:
        assert str(error).endswith(".")
    else:
        assert all(isinstance(cell, str) and "\0" not in cell for cells in rows for cell in cells)
