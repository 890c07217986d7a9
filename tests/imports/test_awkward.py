# ruff: noqa: E501  a line a file
"""Awkward files, each a sentence: what is said of the file, its column names, and its rows as they come out."""

from pathlib import Path

import pytest

from webapp.imports import reading
from webapp.imports.dialect import describe, detect

FOLDER = Path(__file__).parent / "awkward"
FILES = {
    # Semicolons part the cells, commas the decimals.
    'decimal-commas.csv': ("UTF-8, semicolon separated", ['Firma', 'Umsatz', 'Quote'], [['Acme', '1.234,56', '0,5'], ['Globex', '12,00', '1,25']]),
    # Each note holds exactly as many commas as the next one, and still the semicolon parts the cells.
    'many-commas-in-notes.csv': ("UTF-8, semicolon separated", ['Name', 'Note'], [['Ann', 'tall, dark, friendly, busy'], ['Bo', 'small, fair, friendly, idle'], ['Cy', 'old, wise, friendly, here']]),
    # Tags stand in a cell, parted by commas without a space.
    'tags-in-a-cell.csv': ("UTF-8, semicolon separated", ['Name', 'Tags'], [['Ann', 'a,b,c,d,e,f'], ['Bo', 'b,c,d,e,f,g']]),
    # Lists with semicolons stand in quotes between commas.
    'lists-in-quotes.csv': ("UTF-8, comma separated", ['Name', 'Tags'], [['Ann', 'a;b;c'], ['Bo', 'b;c;d'], ['Cy', 'c;d;e']]),
    # Every first cell holds a comma, also in the column names.
    "commas-in-names.csv": (
        "UTF-8, semicolon separated",
        ["Last, first, title", "City"],
        [["Archer, Ann, Dr", "Oslo"], ["Berg, Bo, Prof", "Rome"]],
    ),
    # There is one column of places, each with a comma.
    'one-column.csv': ("UTF-8, tab separated", ['Place'], [['Oslo, Norway'], ['Rome, Italy'], ['Bern, Switzerland']]),
    # There is one column of names, without any delimiter.
    'one-column-of-names.csv': ("UTF-8, comma separated", ['Full name'], [['Ann Archer'], ['Bo Berg'], ['Cy Clark']]),
    # Single quotes stand around cells, apostrophes within them.
    'single-quotes.csv': ("UTF-8, comma separated", ['Name', 'Place', 'Note'], [["Ann O'Neil", 'Oslo, Norway', "it's fine"], ['Bo', 'Rome, Italy', "don't know"]]),
    # A backslash stands before quotes within a cell, as MySQL writes them; those of paths stay.
    'backslashes.csv': ("UTF-8, comma separated", ['Name', 'Note'], [['Ann', 'She said "hello, you" twice'], ['Bo', 'in C:\\temp']]),
    # Spaces stand around every cell.
    'padded.csv': ("UTF-8, comma separated", ['Name', 'Mail', 'City'], [['Ann   ', ' ann@x.example   ', ' Oslo'], ['Bo    ', ' bo@x.example    ', ' Rome']]),
    # A report explains itself first, with commas and semicolons.
    'preamble.csv': ("UTF-8, semicolon separated", ['Name', 'Mail', 'City'], [['Ann', 'ann@x.example', 'Oslo']]),
    # Titles of groups of columns stand above the column names.
    'group-titles.csv': ("UTF-8, comma separated", ['Name', 'Mail', 'Company', 'City', 'Country'], [['Ann', 'ann@x.example', 'Acme', 'Oslo', 'Norway']]),
    # Excel names the tab as the delimiter.
    'sep-tab.csv': ("UTF-8, tab separated", ['Name', 'City'], [['Ann', 'Oslo']]),
    # There is one row below the column names.
    'one-row.csv': ("UTF-8, comma separated", ['Name', 'Mail'], [['Ann', 'ann@x.example']]),
    # Many blank lines stand above the table and within it.
    'blank-lines.csv': ("UTF-8, comma separated", ['Name', 'City'], [['Ann', 'Oslo'], ['Bo', 'Rome']]),
    # Lines end in three ways.
    'mixed-line-ends.csv': ("UTF-8, comma separated", ['Name', 'City'], [['Ann', 'Oslo'], ['Bo', 'Rome'], ['Cy', 'Bern']]),
    # An old Mac wrote it: its letters and its line ends.
    'old-mac.csv': ("Mac Roman, comma separated", ['Name', 'Ort'], [['Jörg', 'Köln'], ['Renée', 'Zürich']]),
    # A Mac wrote its letters, with today's line ends.
    'mac-letters.csv': ("Mac Roman, semicolon separated", ['Nombre', 'Ciudad'], [['José Núñez', 'Córdoba'], ['Ángel Ibáñez', 'León']]),
    # Windows wrote its letters, with curly quotes and consonants that a Mac would show as vowels.
    'windows-letters.csv': ("Windows-1252, comma separated", ['Name', 'Note'], [['Tomáš Žižka', '“fine”'], ['Pešek', 'L’Oréal – Škoda']]),
    # It is UTF-16 without a mark, parted by tabs, as Excel saves “Unicode text”.
    'utf-16-without-mark.txt': ("UTF-16, tab separated", ['Name', 'Ort'], [['Jörg', 'Köln'], ['Zoë', 'Århus']]),
    # Pipes part the cells, also where there is none.
    'pipes.txt': ("UTF-8, pipe separated", ['Name', 'Mail', 'City'], [['Ann', '', 'Oslo'], ['Bo', 'bo@x.example', '']]),
    # Carets part the cells.
    'carets.txt': ("UTF-8, caret separated", ['Name', 'Mail', 'City'], [['Ann', 'ann@x.example', 'Oslo'], ['Bo', 'bo@x.example', 'Rome']]),
    # Inches and feet stand within cells, quoted and not.
    'inches.csv': ("UTF-8, comma separated", ['Name', 'Size'], [['Ann', '5" pipe'], ['Bo', '6" pipe, long'], ['Cy', "7'"]]),
    # A quote opens a cell and never closes.
    'open-quote.csv': ("UTF-8, comma separated", ['Name', 'City'], [['Ann', 'Oslo'], ['"Bo', 'Rome'], ['Cy', 'Bern'], ['Di', 'Kiel']]),
    # Text stands behind a closing quote.
    'text-behind-quotes.csv': ("UTF-8, comma separated", ['Name', 'City'], [['Ann Archer', 'Oslo'], ['Bo', 'Rome']]),
    # Rows are shorter and longer than the column names.
    'ragged.csv': ("UTF-8, comma separated", ['Name', 'City', 'Zip'], [['Ann'], ['Bo', 'Rome', '1', 'extra'], ['Cy', 'Bern', '2']]),
    # Every line ends in a delimiter.
    'trailing-delimiters.csv': ("UTF-8, semicolon separated", ['Name', 'City', ''], [['Ann', 'Oslo', ''], ['Bo', 'Rome', '']]),
    # A total and a line about its origin stand below the rows; they stay, and the check says why they are no people.
    'footer.csv': ("UTF-8, comma separated", ['Name', 'Mail', 'Value'], [['Ann', 'ann@x.example', '10'], ['Bo', 'bo@x.example', '20'], ['Total', '', '30'], ['Generated by CRM']]),
    # Column names are there twice, or not at all.
    'twice-the-same-name.csv': ("UTF-8, comma separated", ['Phone', 'Phone', '', 'City'], [['030 1', '030 2', 'x', 'Oslo']]),
    # Nobody named the columns.
    'no-names.csv': ("UTF-8, semicolon separated", [], [['ann@x.example', 'Ann', '+47 22 00 00 00'], ['bo@x.example', 'Bo', '+39 06 000 000']]),
    # NULs stand between the letters.
    'nuls.csv': ("UTF-8, comma separated", ['Name', 'City'], [['Ann', 'Oslo'], ['Bo', 'Rome']]),
    # Every row holds a time and an address, with colons.
    'times.csv': ("UTF-8, comma separated", ['Mail', 'When'], [['ann@x.example', '10:30:15'], ['bo@x.example', '11:45:00']]),
    # Thousands are parted by commas, in quotes.
    'thousands.csv': ("UTF-8, comma separated", ['Company', 'Revenue'], [['Acme', '1,234,567'], ['Globex', '12,500']]),
    # A cell holds lines, one of them blank, and the delimiter.
    'cells-with-lines.csv': ("UTF-8, semicolon separated", ['Name', 'Address'], [['Ann', '1 Road;\r\n\r\nOslo'], ['Bo', '2 Road\nRome']]),
    # The column names are repeated further down; the check says that they are no person.
    'names-below-each-other.csv': ("UTF-8, comma separated", ['Name', 'Mail'], [['Ann', 'ann@x.example'], ['Name', 'Mail'], ['Bo', 'bo@x.example']]),
    # A spreadsheet wrote numbers as text, and a formula.
    'spreadsheet-text.csv': ("UTF-8, comma separated", ['Name', 'Zip', 'Site'], [['Ann', '="007"', '=HYPERLINK("https://x.example","X")']]),
    # Letters beyond the first plane, marks that read from right to left, and a BOM.
    'emoji.csv': ("UTF-8, comma separated", ['Name', 'City'], [['🐙 Ann', 'Oslo'], ['دانا', 'تهران']]),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_an_awkward_file_is_read_as_its_author_meant_it(name):
    dialect, header, _ = detect(FOLDER / name)
    found = [cells for _, cells in reading.rows(FOLDER / name, dialect)]
    assert (describe(dialect), header, found) == FILES[name]


def test_every_awkward_file_has_its_sentence():
    assert {path.name for path in FOLDER.iterdir()} == set(FILES)
