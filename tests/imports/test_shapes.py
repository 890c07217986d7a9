"""The next file with the same columns is matched as the last one was."""

from tests.imports.files import imported_from, run, table
from webapp.imports.matched import matched as matched_columns
from webapp.imports.models import ImportShape, Outcome
from webapp.imports.rejected import rejected_rows
from webapp.imports.shapes import remember, remembered
from webapp.leads import custom_fields


def matched(imported):
    return [(column["field"], column["by"]) for column in imported.columns]


def test_what_was_chosen_once_is_chosen_again_in_any_order_of_columns(cast):
    first = imported_from(cast.alice, table("E-mail,Who,Place", "a@x.example,Ann Bo,Oslo"))
    assert matched(first) == [("email", "name"), ("", ""), ("location", "name")]
    run(first, mapping=["email", "full_name", ""])
    again = imported_from(cast.alice, table("PLACE,E-Mail,who", "Rome,b@x.example,Cy Dee"))
    assert matched(again) == [("", "memory"), ("email", "memory"), ("full_name", "memory")]
    assert again.mapping == ["", "email", "full_name"]


def test_the_last_choice_wins_and_other_columns_are_another_shape(cast):
    for target in ("full_name", "company"):
        run(imported_from(cast.alice, table("E-mail,Who", "a@x.example,Ann Bo")), mapping=["email", target])
    assert ImportShape.select().count() == 1
    assert imported_from(cast.alice, table("E-mail,Who", "b@x.example,Cy")).mapping == ["email", "company"]
    assert imported_from(cast.alice, table("E-mail,Who,Age", "b@x.example,Cy,3")).mapping == ["email", "", ""]


def test_rejected_rows_that_come_back_are_matched_as_their_file_was(cast):
    first = imported_from(cast.alice, table("E-mail,Who,Firm X", "a@@x.example,Ann Bo,Halden"))
    first = run(first, mapping=["email", "full_name", "company"], country="DE")
    lines = "".join(rejected_rows(first, Outcome.FAILED)).replace("a@@x", "a@x")
    again = imported_from(cast.alice, lines.encode(), name="rejected.csv")
    assert again.mapping == ["email", "full_name", "company", "", ""] and again.options == {"country": "DE"}
    assert not any(column.is_open for column in matched_columns(again))
    run(again, mapping=["email", "full_name", "", "company", ""])
    assert imported_from(cast.alice, lines.encode()).mapping == ["email", "full_name", "", "company", ""]


def test_nobody_elses_choices_are_recalled_and_a_file_without_names_has_no_shape(cast):
    run(imported_from(cast.alice, table("E-mail,Who", "a@x.example,Ann Bo")), mapping=["email", "full_name"])
    assert imported_from(cast.charlie, table("E-mail,Who", "b@x.example,Cy")).mapping == ["email", ""]
    nameless = imported_from(cast.alice, table("a@x.example,Ann", "b@x.example,Cy"))
    remember(nameless)
    assert remembered(cast.acme, nameless.columns) is None and ImportShape.select().count() == 1


def test_columns_of_one_name_keep_their_order(cast):
    run(
        imported_from(cast.alice, table("E-mail,Name,Name", "a@x.example,Ann,Bo")),
        mapping=["email", "first_name", "last_name"],
    )
    again = imported_from(cast.alice, table("Name,Name,E-mail", "Cy,Dee,b@x.example"))
    assert again.mapping == ["first_name", "last_name", "email"]


def test_a_field_that_is_gone_is_not_recalled(cast):
    field = custom_fields.create_field(cast.acme, "Budget", "number", actor=cast.alice)
    run(imported_from(cast.alice, table("E-mail,Money", "a@x.example,5")), mapping=["email", f"custom:{field.id}"])
    custom_fields.delete_field(cast.acme, field, actor=cast.alice)
    assert imported_from(cast.alice, table("E-mail,Money", "b@x.example,5")).mapping == ["email", ""]


def test_what_holds_for_the_next_file_is_kept_and_who_agreed_is_not(cast):
    imported = imported_from(cast.alice, table("E-mail,Who", "a@x.example,Ann Bo"))
    imported.options = {
        "policy": "update",
        "key": "domain_name",
        "country": "DE",
        "basis": "consent",
        "owner": 7,
        "without_email": True,
    }
    remember(imported)
    assert remembered(cast.acme, imported.columns).options == {"key": "domain_name", "country": "DE"}
