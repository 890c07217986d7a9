"""For random tables in random dialects, all of it detected: what goes in comes out."""

import codecs

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from webapp.imports import reading
from webapp.imports.dialect import detect

NAMES = ["First name", "Nachname", "Company", "Ort", "Notiz", "Téléphone", "Straße", "Value", "Tags"]
TEXTS = st.sampled_from([
    "Oslo", "Köln", "Århus", "García Núñez", "Oslo, Norway", "a, b; c", "a;b;c", "x|y", "1,5", "1.234,56", "007",
    "+47 22 00 00 00", "say “hi”", 'say "hi"', "it's fine", "two\nlines", "two\r\nlines\r\n\r\nmore", "", "-", "=1+1",
    "C:\\temp", "tab\there", 'a "quoted, word" within', "Müller & Söhne", "31/12/2024", "https://x.example/?a=1,2;b=3",
])  # fmt: skip
PREAMBLES = st.sampled_from([
    [], [], ["Export of today"], ["Contacts, of Ann", ""], ["Report: all; by owner", "City = Oslo, Rome", ""], [""] * 3,
])  # fmt: skip
ENCODINGS = [
    ("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE),
    ("utf-16-le", b""), ("utf-32-le", codecs.BOM_UTF32_LE), ("cp1252", b""),
]  # fmt: skip


@st.composite
def tables(draw):
    """A header and rows; each row has an e-mail address, as lists of people do, so none is blank."""
    width = draw(st.integers(1, 6))
    at = draw(st.integers(0, width))
    header = draw(st.lists(st.sampled_from(NAMES), min_size=width, max_size=width, unique=True))
    rows = draw(st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=30))
    mails = [f"person{number}@x.example" for number in range(len(rows))]
    return [
        [*header[:at], "E-mail", *header[at:]],
        *([*row[:at], mail, *row[at:]] for row, mail in zip(rows, mails, strict=True)),
    ]


def written(rows, delimiter, end, quote, escaped, always):
    """The lines of `rows`, as programs write them that quote `always` or what needs it."""

    def cell(text):
        if not always and not any(mark in text for mark in (delimiter, quote, "\n", "\r")):
            return text
        return quote + text.replace(quote, "\\" + quote if escaped else quote * 2) + quote

    return end.join(delimiter.join(map(cell, row)) for row in rows)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=tables(),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(ENCODINGS),
    quote=st.sampled_from(['"', '"', "'"]),
    escaped=st.booleans(),
    always=st.booleans(),
    preamble=PREAMBLES,
    last=st.booleans(),
)
def test_what_goes_in_comes_out(tmp_path, rows, delimiter, end, encoding, quote, escaped, always, preamble, last):
    codec, mark = encoding
    always = always or quote == "'"  # single quotes around some cells only are told from apostrophes by nobody
    cells = [text for row in rows for text in row]
    assume(not escaped or not any("\\" in text for text in cells))
    assume(quote == '"' or len(rows) > 2)
    text = end.join([*preamble, written(rows, delimiter, end, quote, escaped, always)]) + end * last
    path = tmp_path / "file.csv"
    path.write_bytes(mark + text.encode(codec))
    dialect, header, _ = detect(path)
    assert dialect["delimiter"] == delimiter
    assert [header, *(found for _, found in reading.rows(path, dialect))] == rows
