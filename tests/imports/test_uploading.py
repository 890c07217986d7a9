"""What was detected is shown, can be chosen otherwise, and a file can be imported again."""

import pytest

from tests.imports import workbooks as made
from tests.imports.files import imported_from, run, table
from webapp.core.errors import Conflict, Invalid
from webapp.imports import reading
from webapp.imports.keeping import path_of
from webapp.imports.models import Import, ImportFix
from webapp.imports.uploading import import_again, paste, preview, read_again, remove_files
from webapp.imports.workbooks import sheet_path

LIST = table("Export of today", "Name;E-mail;Ort", "Jörg;j@x.example;Köln", "Zoë;z@x.example;Århus")
SHEETS = made.xlsx(Leads=[["Name", "E-mail"], ["Ann", "ann@x.example"]], Old=[["Mail", "Who"], ["bo@x.example", "Bo"]])


def rows_of(imported):
    return [cells for _, cells in reading.rows(path_of(imported), imported.dialect)]


def state_of(imported):
    kept = Import.get_by_id(imported.id)
    files = {path.name: path.read_bytes() for path in path_of(kept).parent.iterdir()}
    return kept.dialect, kept.columns, kept.mapping, kept.version, kept.rows, files


# ------------------------------------------------------------------ pasting


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_pasted_rows_become_an_import(cast, delimiter):
    lines = ["Name|E-mail|Ort", "Jörg|j@x.example|Köln", "Zoë|z@x.example|"]
    imported = paste(cast.alice, "\r\n".join(lines).replace("|", delimiter))
    assert (imported.filename, imported.rows) == ("Pasted rows", 2)
    assert imported.mapping == ["full_name", "email", "city"]
    assert run(imported).created == 2


def test_pasted_rows_need_no_column_names(cast):
    imported = paste(cast.alice, "ann@x.example\tAnn\nbo@x.example\tBo\n")
    assert imported.dialect["header_line"] is None and imported.rows == 2 and imported.mapping[0] == "email"


@pytest.mark.parametrize("text", ["", " \n\t\n", "Name\tE-mail\n", '{"a": 1}', "\x01\x02\x03" * 99])
def test_pasting_what_is_no_list_is_answered_on_its_field(cast, text):
    with pytest.raises(Invalid) as error:
        paste(cast.alice, text)
    assert error.value.field == "text" and "file" not in str(error.value).lower() and not Import.select().exists()


# ------------------------------------------------------------------ reading again


def test_another_encoding_is_read_at_once(cast):
    imported = imported_from(cast.alice, LIST)
    read_again(imported, encoding="cp1252")
    assert rows_of(imported)[0][0] == "JÃ¶rg" and imported.version == 1
    assert imported.dialect["delimiter"] == ";" and imported.dialect["header_line"] == 1
    read_again(imported, encoding="utf-8")
    assert rows_of(imported)[0][0] == "Jörg" and Import.get_by_id(imported.id).version == 2


def test_another_delimiter_finds_other_columns(cast):
    imported = imported_from(cast.alice, table("a,b;c,d", "1,2;3,4", "5,6;7,8"))
    read_again(imported, delimiter=";")
    assert [column["name"] for column in imported.columns] == ["a,b", "c,d"]
    read_again(imported, delimiter=",")
    assert [column["name"] for column in imported.columns] == ["a", "b;c", "d"] and imported.rows == 2


def test_another_line_can_hold_the_column_names_or_none(cast):
    imported = imported_from(cast.alice, LIST)
    read_again(imported, header_line=2)
    assert imported.columns[0]["name"] == "Jörg" and imported.rows == 1
    read_again(imported, header_line=None)
    assert imported.columns[0]["name"] == "Column 1" and imported.rows == 4
    assert rows_of(Import.get_by_id(imported.id))[0] == ["Export of today"]


def test_another_sheet_is_read_and_its_table_looked_at_anew(cast):
    imported = imported_from(cast.alice, SHEETS, "list.xlsx")
    read_again(imported, header_line=None)
    read_again(imported, sheet="Old")
    assert imported.dialect["sheet"] == "Old" and imported.dialect["header_line"] == 0
    assert rows_of(Import.get_by_id(imported.id)) == [["bo@x.example", "Bo"]] and imported.mapping[0] == "email"
    assert [*path_of(imported).parent.glob(f"{path_of(imported).name}.*")] == [sheet_path(path_of(imported))]


def test_how_numbers_and_dates_are_written_can_be_said(cast):
    imported = imported_from(cast.alice, table("Name,Since", "Ann,03/04/2024"))
    assert (imported.dialect["decimal"], imported.dialect["dates"]) == (".", "dmy")
    read_again(imported, dates="mdy", decimal=",")
    read_again(imported, header_line=0)
    assert (imported.dialect["decimal"], imported.dialect["dates"]) == (",", "mdy")


def test_columns_of_the_same_name_keep_what_was_chosen_for_them(cast):
    imported = imported_from(cast.alice, LIST)
    Import.update(mapping=["company", "email", ""]).execute()
    imported.mapping = ["company", "email", ""]
    read_again(imported, encoding="latin-1")
    assert imported.mapping == Import.get_by_id(imported.id).mapping == ["company", "email", ""]
    read_again(imported, header_line=2)
    assert "company" not in imported.mapping


def test_what_was_chosen_stays_when_something_else_is_chosen(cast):
    imported = imported_from(cast.alice, LIST)
    read_again(imported, encoding="mac_roman")
    read_again(imported, delimiter="|")
    assert imported.dialect["encoding"] == "mac_roman" and imported.dialect["delimiter"] == "|"


def test_choosing_what_is_there_already_changes_nothing(cast):
    imported = imported_from(cast.alice, LIST)
    read_again(imported, encoding="utf-8", delimiter=";", header_line=1)
    assert imported.version == 0


@pytest.mark.parametrize(
    ("choice", "value"),
    [
        ("encoding", "rot13"), ("encoding", "utf-16-le"), ("delimiter", "x"), ("header_line", 0.5), ("header_line", -1),
        ("header_line", 99), ("header_line", 3), ("decimal", "x"), ("dates", "dd"), ("sheet", "Leads"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_refused_on_its_field_and_changes_nothing(cast, choice, value):
    imported = imported_from(cast.alice, LIST)
    before = state_of(imported)
    with pytest.raises(Invalid) as error:
        read_again(imported, **{choice: value})
    assert error.value.field == choice and str(error.value).endswith(".")
    assert state_of(imported) == before


def test_a_workbook_has_no_encoding_to_choose_and_no_sheet_that_is_not_there(cast):
    imported = imported_from(cast.alice, SHEETS, "list.xlsx")
    before = state_of(imported)
    for choice in ({"encoding": "cp1252"}, {"delimiter": ";"}, {"sheet": "None"}):
        with pytest.raises(Invalid) as error:
            read_again(imported, **choice)
        assert [error.value.field] == [*choice]
    assert state_of(imported) == before


def test_what_was_changed_meanwhile_or_has_started_is_not_read_again(cast):
    imported = imported_from(cast.alice, SHEETS, "list.xlsx")
    stale = Import.get_by_id(imported.id)
    read_again(imported, header_line=None)
    before = state_of(imported)
    with pytest.raises(Conflict):
        read_again(stale, sheet="Old")
    assert state_of(imported) == before
    run(imported, mapping=["full_name", "email"])
    before = state_of(imported)
    with pytest.raises(Conflict):
        read_again(imported, sheet="Old")
    assert state_of(imported) == before


def test_fixes_stay_with_their_cells_and_fall_with_other_rows(cast):
    imported = imported_from(cast.alice, LIST)
    ImportFix.create(workspace=cast.acme, imported=imported, number=1, column=0, was="Jörg", text="Jo")
    read_again(imported, encoding="cp1252")
    assert ImportFix.select().count() == 1
    read_again(imported, header_line=None)
    assert ImportFix.select().count() == 0


# ------------------------------------------------------------------ looking at it


def test_the_preview_shows_what_stands_above_the_column_names_too(cast):
    content = b"\r\n" * 3 + b"Export of today\r\n\r\nName,Mail\r\n\r\n" + b"Ann,ann@x.example\r\n" * 9
    imported = imported_from(cast.alice, content)
    found = [(line["line"], line["kind"], line["cells"][0]) for line in preview(imported, size=2)]
    assert found == [(3, "above", "Export of today"), (5, "header", "Name"), (7, "row", "Ann"), (8, "row", "Ann")]
    read_again(imported, header_line=None)
    assert [line["kind"] for line in preview(imported)] == ["row"] * 5


def test_the_preview_of_a_file_that_is_gone_is_empty(cast):
    imported = imported_from(cast.alice, LIST)
    path_of(imported).unlink()
    assert preview(imported) == []
    with pytest.raises(Conflict):
        read_again(imported, encoding="cp1252")


# ------------------------------------------------------------------ again, and no more


@pytest.mark.parametrize("content", [LIST, SHEETS])
def test_a_file_is_imported_again_as_it_was_set_up(cast, content):
    imported = imported_from(cast.alice, content)
    ImportFix.create(workspace=cast.acme, imported=imported, column=0, was="Ann", text="Anna")
    read_again(imported, dates="mdy")
    done = run(imported, policy="update")
    again = import_again(done, cast.bob)
    assert (again.actor_id, again.state, again.version) == (cast.bob.user_id, "uploaded", 0)
    assert [again.dialect, again.mapping, again.columns] == [done.dialect, done.mapping, done.columns]
    assert again.options["policy"] == "update" and not {"owner_id", "sees"} & again.options.keys()
    assert [fix.text for fix in ImportFix.select().where(ImportFix.imported == again)] == ["Anna"]
    path_of(done).unlink()
    assert rows_of(again) == [cells for _, cells in reading.rows(path_of(again), done.dialect)] != []


def test_a_file_that_is_gone_cannot_be_imported_again(cast):
    imported = imported_from(cast.alice, LIST)
    path_of(imported).unlink()
    before = set(path_of(imported).parent.iterdir())
    with pytest.raises(Conflict) as error:
        import_again(imported, cast.alice)
    assert "not kept any more" in str(error.value) and Import.select().count() == 1
    assert set(path_of(imported).parent.iterdir()) == before


def test_choosing_another_sheet_of_one_import_leaves_the_other_as_it_is(cast):
    imported = imported_from(cast.alice, SHEETS, "list.xlsx")
    again = import_again(imported, cast.alice)
    read_again(again, sheet="Old")
    assert rows_of(imported) == [["Ann", "ann@x.example"]] and rows_of(again) == [["bo@x.example", "Bo"]]


def test_the_files_of_a_workspace_go_with_their_sheets(cast):
    imported = imported_from(cast.alice, SHEETS, "list.xlsx")
    assert sheet_path(path_of(imported)).exists()
    remove_files(cast.acme.id)
    assert not path_of(imported).exists() and not sheet_path(path_of(imported)).exists()
