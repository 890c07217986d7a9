"""What an owner sets for everybody, and making, handing over and deleting a workspace."""

import pytest

from tests import factories
from webapp.accounts import team
from webapp.accounts.models import Membership, Role, User, Workspace
from webapp.accounts.workspaces import get_workspace
from webapp.auth.models import Session, TwoFactor
from webapp.auth.passwords import hash_password
from webapp.core.clock import now
from webapp.leads.models import Lead

HERE = "/settings/workspace"
PASSWORD = "correct horse battery"
FORM = {
    "name": "Acme & Co", "initials": "AC", "slug": "acme-co", "time_zone": "Europe/Oslo", "currency": "NOK",
    "country": "NO", "postal_address": "Main Street 1\r\n0150 Oslo",
}  # fmt: skip


def give_password(member):
    User.update(password_hash=hash_password(PASSWORD)).where(User.id == member.user_id).execute()


def test_what_is_set_is_kept_and_shows(cast, alice):
    assert alice.post(HERE, data=FORM).location == HERE
    row = get_workspace(cast.acme.id)
    assert (row.name, row.slug, row.time_zone, row.currency) == ("Acme & Co", "acme-co", "Europe/Oslo", "NOK")
    assert row.country == "NO"
    text = alice.get(HERE).text
    assert "All changes saved" in text and "0150 Oslo" in text and '<span class="name">Acme &amp; Co</span>' in text
    assert '<span class="tile" data-tone="' in text.partition("<main")[0]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " ", "Name the workspace"),
        ("slug", "other", "Another workspace here has the slug other"),
        ("slug", "Not A Slug", "small letters"),
        ("initials", "ABC", "one or two letters"),
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list"),
        ("currency", "ZZZ", "Not a valid choice"),
        ("country", "ZZ", "Not a valid choice"),
        ("postal_address", "x" * 501, "under 501"),
    ],
)
def test_a_bad_form_says_what_is_wrong_and_keeps_what_was_typed(cast, alice, field, value, sentence):
    answer = alice.post(HERE, data={**FORM, field: value})
    assert answer.status_code == 422 and sentence in answer.text and get_workspace(cast.acme.id).name == "Acme"
    assert ("acme-co" if field != "slug" else "Acme &amp; Co") in answer.text


def test_the_country_is_chosen_or_left_to_the_time_zone_and_only_by_who_sets_the_workspace(cast, alice, sign_in):
    alice.post(HERE, data=FORM)
    assert '<option selected value="NO">Norway</option>' in alice.get(HERE).text
    assert sign_in(cast.bob).post(HERE, data=FORM | {"country": "SE"}).status_code == 403
    assert get_workspace(cast.acme.id).country == "NO"
    alice.post(HERE, data=FORM | {"country": ""})
    assert get_workspace(cast.acme.id).country == ""


def test_fields_that_the_form_does_not_have_are_ignored(cast, alice):
    alice.post(HERE, data=FORM | {"id": cast.other.id, "requires_two_factor": "y", "created_at": "1999-01-01"})
    row = get_workspace(cast.acme.id)
    assert not row.requires_two_factor and row.created_at.year > 1999 and get_workspace(cast.other.id).name == "Other"


@pytest.mark.parametrize("who", ["bob", "vera"])
@pytest.mark.parametrize("path", ["", "/two-factor", "/transfer", "/delete"])
def test_only_owners_come_here(cast, sign_in, who, path):
    client = sign_in(getattr(cast, who))
    assert client.post(HERE + path, data=FORM).status_code == 403
    assert "/settings/workspace" not in client.get("/settings/members").text


def test_two_factor_is_asked_of_everybody_once_its_owner_has_it(cast, alice, sign_in):
    refused = alice.post(f"{HERE}/two-factor", data={"required": "y"}, follow_redirects=True)
    assert "Set up two-factor sign-in for yourself first" in refused.text
    assert not get_workspace(cast.acme.id).requires_two_factor
    TwoFactor.create(user=cast.alice.user_id, secret="x", confirmed_at=now())
    assert alice.post(f"{HERE}/two-factor", data={"required": "y"}).location == HERE
    assert sign_in(cast.bob).get("/leads").location == "/settings/two-factor"
    assert alice.get("/leads").status_code == 200
    alice.post(f"{HERE}/two-factor", data={})
    assert sign_in(cast.bob).get("/leads").status_code == 200


# ------------------------------------------------------------- transfer


def roles(cast):
    return [team.get_membership(cast.acme, member.user_id).role for member in (cast.alice, cast.bob)]


def test_ownership_is_transferred_with_the_password_and_the_session_gets_a_new_id(cast, alice):
    give_password(cast.alice)
    before = Session.get().token_hash
    form = {"user_id": cast.bob.user_id, "proof": PASSWORD}
    assert alice.post(f"{HERE}/transfer", data=form).location == "/settings/members"
    assert roles(cast) == [Role.MANAGER, Role.OWNER] and Session.get().token_hash != before
    assert alice.get(HERE).status_code == 403


def test_without_a_password_the_name_of_the_workspace_confirms(cast, alice):
    assert "Workspace name" in alice.get(f"{HERE}/transfer").text
    for typed in ("acme", ""):
        answer = alice.post(f"{HERE}/transfer", data={"user_id": cast.bob.user_id, "proof": typed})
        assert answer.status_code == 422
    assert roles(cast) == [Role.OWNER, Role.MEMBER]
    alice.post(f"{HERE}/transfer", data={"user_id": cast.bob.user_id, "proof": "Acme"})
    assert roles(cast) == [Role.MANAGER, Role.OWNER]


def test_a_wrong_password_transfers_nothing_and_cannot_be_guessed(cast, alice):
    give_password(cast.alice)
    wrong = {"user_id": cast.bob.user_id, "proof": "Acme"}
    codes = [alice.post(f"{HERE}/transfer", data=wrong).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429] and roles(cast) == [Role.OWNER, Role.MEMBER]


@pytest.mark.parametrize("who", ["alice", "charlie"])
def test_ownership_goes_to_nobody_but_another_member(cast, alice, who):
    form = {"user_id": getattr(cast, who).user_id, "proof": "Acme"}
    assert alice.post(f"{HERE}/transfer", data=form).status_code == 422
    assert roles(cast) == [Role.OWNER, Role.MEMBER]


# ------------------------------------------------------------- deletion


def test_a_deleted_workspace_is_closed_at_once_and_its_people_land_softly(cast, alice, sign_in, run_jobs):
    factories.lead(cast.acme)
    bob = sign_in(cast.bob)
    assert alice.post(f"{HERE}/delete", data={"typed_name": "Wrong"}).status_code == 422
    assert alice.post(f"{HERE}/delete", data={"typed_name": "Acme"}).location == "/"
    assert alice.get("/").location == bob.get("/leads").location == "/workspaces/new"
    assert "You are in no workspace" in bob.get("/workspaces/new").text
    run_jobs()
    assert not Lead.select().exists() and Workspace.select().count() == 1
    assert bob.get("/workspaces/new").status_code == 200


# --------------------------------------------------------- new workspaces


def test_a_new_workspace_is_owned_and_worked_in_at_once(cast, sign_in):
    bob = sign_in(cast.bob)
    assert bob.post("/workspaces/new", data={"name": "Side project", "time_zone": "Europe/Oslo"}).location == "/"
    made = Workspace.get(Workspace.name == "Side project")
    assert Membership.of(made).get().role is Role.OWNER and made.time_zone == "Europe/Oslo"
    text = bob.get("/leads").text
    assert '<span class="name">Side project</span>' in text and "Acme" in text  # in the switcher
    bob.post("/workspaces/switch", data={"workspace_id": cast.acme.id})
    assert '<span class="name">Acme</span>' in bob.get("/leads").text


@pytest.mark.parametrize(("field", "value"), [("name", " "), ("time_zone", "Nowhere")])
def test_a_bad_new_workspace_is_not_made(cast, alice, field, value):
    answer = alice.post("/workspaces/new", data={"name": "Side", "time_zone": "UTC", field: value})
    assert answer.status_code == 422 and Workspace.select().count() == 2


def test_one_person_does_not_make_workspaces_without_end(cast, alice):
    codes = [alice.post("/workspaces/new", data={"name": f"W{n}", "time_zone": "UTC"}).status_code for n in range(11)]
    assert codes == [303] * 10 + [429]


def test_the_sidebar_offers_settings_to_all_and_admin_to_site_admins(cast, sign_in):
    User.update(is_admin=False).where(User.id != cast.bob.user_id).execute()
    User.update(is_admin=True).where(User.id == cast.bob.user_id).execute()
    for member in (cast.alice, cast.bob, cast.vera):
        bar = sign_in(member).get("/leads").text.partition('id="main"')[0]
        assert 'href="/settings/profile"' in bar and 'href="/workspaces/new"' in bar
        assert ('href="/admin' in bar) == (member is cast.bob)
