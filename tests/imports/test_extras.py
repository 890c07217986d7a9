"""Owners, stages and notes in a file, and the fields that a workspace could make of its columns."""

import pytest

from tests import factories
from tests.imports.files import imported_from, table
from webapp.imports.extras import Columns, targets
from webapp.imports.owners import Owners, people_found, told_of
from webapp.imports.proposing import propose_field
from webapp.imports.shaping import tidy
from webapp.imports.stages import stage_of
from webapp.leads.field_models import CustomKind
from webapp.leads.models import Stage


@pytest.mark.parametrize(
    "text",
    [
        "alice archer",
        "ALICE@{email}",
        "Archer, Alice",
        "A. Archer",
        "Alice Archer <alice@{email}>",
        "Alice A.",
        "Archer A",
    ],
)  # fmt: skip
def test_a_member_is_found_by_address_name_and_initial(cast, text):
    host = cast.alice.email.partition("@")[2]
    assert Owners(cast.acme).find(text.format(email=host))[0] == cast.alice.user_id


@pytest.mark.parametrize("text", ["Charlie Chase", "Alice", "A.", "nobody@x.example", "?"])
def test_nobody_is_found_by_less_or_in_another_workspace(cast, text):
    found, why = Owners(cast.acme).find(text)
    assert found is None and "nobody" in why


def test_a_name_that_two_people_have_is_nobodys_and_an_address_decides(cast):
    other = factories.member(cast.acme, "Anna Archer")
    owners = Owners(cast.acme)
    assert owners.find("A. Archer") == (None, "more than one person here is called so")
    assert owners.find("Anna Archer")[0] == other.user_id
    assert owners.find(f"A. Archer ({other.email})")[0] == other.user_id


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("new", Stage.NEW), ("OPEN", Stage.NEW), ("Working - Contacted", Stage.CONTACTED),
        ("IN_PROGRESS", Stage.CONTACTED),
        ("Open - Not Contacted", Stage.NEW), ("Kontaktiert", Stage.CONTACTED), ("Répondu", Stage.REPLIED),
        ("Closed Won", Stage.CONVERTED), ("Kunde", Stage.CONVERTED), ("perdido", Stage.LOST),
        ("2. Contacted", Stage.CONTACTED),
        ("Evangelist", None), ("", None), ("subscribed", None),
    ],
)  # fmt: skip
def test_a_stage_is_known_by_its_usual_names(text, stage):
    assert stage_of(text) is stage


def test_a_row_carries_its_owner_stage_and_note_and_tells_what_it_could_not_keep(cast):
    header = "E-mail,Lead owner,Lead status,Notes"
    imported = imported_from(
        cast.alice, table(header, 'a@x.example,Bob Baker,Closed Won,"two\nlines"', "b@x.example,Zed,?,")
    )
    assert imported.mapping == ["email", "owner", "stage", "note"]
    read, left_out = Columns(imported).read, []
    found = read(["a@x.example", "Bob Baker", "Closed Won", "two\nlines"], tidy, left_out)
    assert (found.owner, found.stage, found.note, left_out) == (cast.bob.user_id, Stage.CONVERTED, "two\nlines", [])
    assert read(["b@x.example", "Zed", "?", ""], tidy, left_out) is None
    assert [(column, label, text) for column, label, text, _ in left_out] == [(1, "Owner", "Zed"), (2, "Stage", "?")]


def test_the_page_says_how_many_people_of_an_owner_column_are_here(cast):
    imported = imported_from(cast.alice, table("E-mail,Owner", "a@x.example,Bob Baker", "b@x.example,Zed Zorn"))
    assert people_found(imported) == "1 of 2 people found"
    assert told_of(cast.acme, ["Bob Baker", "BOB BAKER"]) == "1 of 1 person found"
    assert people_found(imported_from(cast.alice, table("E-mail,City", "a@x.example,Oslo"))) == ""


def test_owner_note_and_stage_can_be_chosen(cast):
    assert {"owner": "Owner", "note": "Note", "stage": "Stage"}.items() <= targets(cast.acme).items()


@pytest.mark.parametrize(
    ("name", "cells", "kind", "options"),
    [
        ("plan_tier", ["Gold", "Silver", "Gold", "Gold", "Silver", "Gold"], CustomKind.CHOICE, ["Gold", "Silver"]),
        ("Budget", ["1,200", "7.5", "-3"], CustomKind.NUMBER, []),
        ("Postal code", ["01234", "09876"], CustomKind.TEXT, []),
        ("Renewal", ["21/11/2026", "2026-11-22", "3 Dec 2026"], CustomKind.DATE, []),
        ("Opted in", ["Yes", "no", "YES"], CustomKind.YES_NO, []),
        ("Blog", ["https://x.example/a", "www.y.example"], CustomKind.URL, []),
        ("About", ["Makes nuts", "Makes bolts", "Makes both"], CustomKind.TEXT, []),
        ("Empty", [], CustomKind.TEXT, []),
    ],
)
def test_a_column_without_a_field_proposes_one(name, cells, kind, options):
    assert propose_field(name, cells)[1:] == (kind, options)


def test_a_proposed_name_is_one_for_people():
    assert propose_field("plan_tier", []).name == "Plan tier" and len(propose_field("x" * 99, []).name) == 60
