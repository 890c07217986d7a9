"""The third step: what the rows do, and why one may write to these people."""

import pytest

from tests import factories
from tests.imports.files import imported_from, table
from tests.imports.steps import BASIS, at, columns_form, fresh, options_form
from webapp.accounts import centers
from webapp.imports.models import Import, ImportState
from webapp.imports.options import options_of

PEOPLE = table("E-mail,Name,Company", "a@halden.example,Ann Bo,Halden", "b@halden.example,Cy Dee,Halden")
ROUTES = ("options", "options/keep")


@pytest.fixture
def imported(cast):
    return imported_from(cast.alice, PEOPLE)


def test_what_was_chosen_is_kept_and_the_rows_are_checked(cast, client, imported):
    berlin = centers.create_center(cast.acme, "Berlin")
    more = {
        "policy": "update",
        "over-company": "fill",
        "source": " Fair ",
        "tags": "VIP, dach",
        "center_id": berlin.id,
        "owner": cast.bob.user_id,
        "leave_role": "y",
    }
    answer = client.post(at(imported, "options"), data=options_form(imported, **more))
    assert answer.status_code == 303 and answer.location == at(imported, "check")
    kept = options_of(fresh(imported))
    assert (kept["policy"], kept["overwrite"], kept["source"], kept["tags"]) == (
        "update",
        {"company": False},
        "Fair",
        ["VIP", "dach"],
    )
    assert (kept["center_id"], kept["owner"], kept["leave_role"], kept["suppressed"]) == (
        berlin.id,
        cast.bob.user_id,
        True,
        False,
    )
    assert (kept["basis"], kept["basis_note"]) == ("interest", "Trade fair in Berlin")
    page = client.get(at(imported, "options")).text
    assert 'value="VIP, dach"' in page and 'value="Trade fair in Berlin"' in page


def test_why_one_may_write_to_them_is_asked_for_and_the_rest_is_kept(client, imported):
    answer = client.post(at(imported, "options"), data=options_form(imported, basis="", basis_note="", tags="VIP"))
    assert answer.status_code == 422 and answer.text.count("autofocus") == 1
    assert "Choose one, or leave out the people" in answer.text
    assert fresh(imported).options["tags"] == ["VIP"] and fresh(imported).check == {}


def test_where_the_list_comes_from_need_not_be_said(client, imported):
    answer = client.post(at(imported, "options"), data=options_form(imported, basis_note=""))
    assert answer.status_code == 303 and answer.location == at(imported, "check")


def test_a_list_without_addresses_is_a_choice_that_is_warned_of(cast, client):
    imported = imported_from(cast.alice, table("Name,Company", "Ann Bo,Halden"))
    answer = client.post(at(imported, "options"), data=options_form(imported))
    assert (
        answer.status_code == 422 and "No column has e-mail addresses" in answer.text and "without-error" in answer.text
    )
    answer = client.post(at(imported, "options"), data=options_form(imported, without_email="y"))
    assert answer.status_code == 303


def test_sharing_out_asks_among_whom(cast, client, imported):
    answer = client.post(at(imported, "options"), data=options_form(imported, owner="share"))
    assert answer.status_code == 422 and "Choose who takes part" in answer.text
    form = options_form(imported, owner="share", share=[cast.alice.user_id, cast.bob.user_id])
    assert client.post(at(imported, "options"), data=form).status_code == 303
    assert fresh(imported).options["share"] == sorted([cast.alice.user_id, cast.bob.user_id])


def test_options_that_are_not_on_the_page_are_refused(cast, client, imported):
    theirs = centers.create_center(cast.other, "Theirs")
    for bad in ({"policy": "delete"}, {"owner": cast.charlie.user_id}, {"center_id": theirs.id}, {"basis": "none"}):
        assert client.post(at(imported, "options"), data=options_form(imported, **bad)).status_code == 422, bad
    assert "center_id" not in fresh(imported).options


def test_each_choice_is_kept_at_once(client, imported, htmx):
    answer = client.post(at(imported, "options/keep"), data=options_form(imported, tags="VIP", basis=""), headers=htmx)
    assert answer.status_code == 204 and fresh(imported).options["tags"] == ["VIP"]


def test_back_keeps_what_was_typed(client, imported):
    answer = client.post(at(imported, "options/keep"), data=options_form(imported, source="Fair", basis=""))
    assert answer.status_code == 303 and answer.location == at(imported, "columns")
    assert 'value="Fair"' in client.get(at(imported, "options")).text


def test_a_tag_that_is_too_long_is_said_when_going_on(client, imported):
    answer = client.post(at(imported, "options"), data=options_form(imported, tags="x" * 60))
    assert answer.status_code == 422 and "tags" in answer.text and fresh(imported).options["basis"] == "interest"


def test_who_sees_their_own_leads_chooses_no_other_owner(cast, sign_in):
    mia = factories.member(cast.acme, "Mia Moon", reach="centers")
    berlin = centers.create_center(cast.acme, "Berlin")
    centers.put_in(berlin, mia.user_id, actor=cast.alice)
    lisbon = centers.create_center(cast.acme, "Lisbon")
    imported = imported_from(mia, PEOPLE)
    client = sign_in(mia)
    page = client.get(at(imported, "options")).text
    assert "Berlin" in page and "Lisbon" not in page and 'name="owner"' not in page
    assert client.post(at(imported, "options"), data=options_form(imported, center_id=lisbon.id)).status_code == 422
    assert client.post(at(imported, "options"), data=options_form(imported, owner=cast.bob.user_id)).status_code == 422


def test_a_form_about_columns_that_are_others_by_now_changes_nothing(client, imported):
    for route in ROUTES:
        answer = client.post(at(imported, route), data=options_form(imported, shape="old", source="Fair"))
        assert answer.status_code == 409
    assert "source" not in fresh(imported).options


def test_two_tabs_keep_the_last_choice_and_the_check_is_of_it(client, imported):
    client.post(at(imported, "options"), data=options_form(imported, source="One"))
    client.post(at(imported, "options"), data=options_form(imported, source="Two"))
    kept = fresh(imported)
    assert kept.options["source"] == "Two" and kept.check["version"] == kept.version


def test_columns_that_became_wrong_meanwhile_are_said(client, imported):
    client.post(at(imported, "columns/keep"), data=columns_form(imported, "company", "company", "-"))
    answer = client.post(at(imported, "options"), data=options_form(fresh(imported), without_email="y"))
    assert answer.status_code == 422 and "Company is chosen for" in answer.text


def test_after_the_start_nothing_is_changed(client, imported):
    Import.update(state=ImportState.DONE, finished_at=imported.created_at).execute()
    assert client.get(at(imported, "options")).location == at(imported)
    for route in ROUTES:
        assert client.post(at(imported, route), data=options_form(imported)).status_code == 409


def test_outsiders_viewers_and_own_reach(cast, sign_in, imported):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    for member, status in ((cast.charlie, 404), (mia, 404), (cast.vera, 403)):
        client = sign_in(member)
        for route in ROUTES:
            assert client.post(at(imported, route), data=options_form(imported)).status_code == status
    assert sign_in(cast.charlie).get(at(imported, "options")).status_code == 404
    assert "waits for its options" in sign_in(cast.vera).get(at(imported, "options")).text
    assert BASIS["basis_note"] not in str(fresh(imported).options)
