"""What the link of an invitation opens, for whoever holds it."""

import re
from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts import invitations
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, Notice, NoticeKind, Role, User
from webapp.auth.models import Session
from webapp.auth.passwords import hash_password
from webapp.core.clock import freeze, now

NEW = {"full_name": "Ira Novak", "password": "correct horse battery", "time_zone": "Europe/Berlin"}


@pytest.fixture
def invitation(cast):
    return invitations.invite(cast.alice, "ira@acme.example", role=Role.MANAGER)


@pytest.fixture
def link(invitation):
    return f"/invitations/{invitations.new_token(invitation)}"


@pytest.fixture
def ira(cast):
    """Somebody with an account at the invited address, in no workspace."""
    other = factories.workspace("Elsewhere")
    return factories.member(other, "Ira Novak", email="ira@acme.example", password_hash=hash_password(NEW["password"]))


def members(cast):
    return Membership.of(cast.acme).count()


def test_a_new_person_makes_an_account_right_there(app, cast, link):
    client = app.test_client()
    page = client.get(link)
    assert "Alice Archer invites you" in page.text and "ira@acme.example" in page.text and "manager" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    answer = client.post(
        link, data=NEW | {"email": "eve@evil.example", "role": "owner", "username": "eve@evil.example"}
    )
    assert answer.status_code == 303 and answer.location == "/"
    user = User.get(User.email == "ira@acme.example")
    assert member_of(cast.acme, user).role is Role.MANAGER and user.email_verified_at and not user.is_admin
    assert "Welcome to Acme" in client.get("/").text
    assert not User.select().where(User.email == "eve@evil.example").exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("full_name", " ", "Enter your name"),
        ("password", "short", "8 characters"),
        ("password", "password1", "too easy"),
    ],
)
def test_a_bad_form_says_what_is_wrong_and_makes_nothing(app, cast, link, field, value, sentence):
    answer = app.test_client().post(link, data={**NEW, field: value})
    assert answer.status_code == 422 and sentence in answer.text and members(cast) == 3
    assert not User.select().where(User.email == "ira@acme.example").exists()


def test_a_person_with_an_account_signs_in_first_and_comes_back(app, cast, link, ira):
    client = app.test_client()
    page = client.get(link)
    assert (
        "Sign in to join" in page.text and f"/sign-in?next={link}" in page.text and 'name="full_name"' not in page.text
    )
    assert client.post(link, data=NEW).status_code == 422 and members(cast) == 3
    form = {"email": "ira@acme.example", "password": NEW["password"], "next": link}
    assert client.post("/sign-in", data=form).location == link
    assert "Join Acme</button>" in client.get(link).text
    before = Session.get().token_hash
    assert client.post(f"{link}/join").location == "/"
    assert "Welcome to Acme" in client.get("/").text and ">Acme</span>" in client.get("/leads").text
    assert Session.get().token_hash != before
    assert member_of(cast.acme, User.get_by_id(ira.user_id)).role is Role.MANAGER


def test_joining_in_two_tabs_makes_one_membership(cast, link, ira, sign_in):
    first, second = sign_in(ira), sign_in(ira)
    assert [first.post(f"{link}/join").status_code, second.post(f"{link}/join").status_code] == [303, 303]
    assert members(cast) == 4


def test_who_is_signed_in_as_somebody_else_is_told_and_may_sign_out(cast, link, sign_in):
    client = sign_in(cast.charlie)
    assert "You are signed in as charlie@example.org" in client.get(link).text
    assert client.post(f"{link}/join").status_code == 409
    assert client.post(link, data=NEW).status_code == 422
    assert members(cast) == 3
    assert client.post(f"{link}/sign-out").location == link
    assert "Create account and join" in client.get(link).text
    assert not Session.select().exists()


def test_looking_changes_nothing(app, cast, link):
    before = [str(row) for row in invitations.Invitation.select().tuples()]
    for _ in range(3):
        app.test_client().get(link)
    assert [str(row) for row in invitations.Invitation.select().tuples()] == before


def test_a_closed_link_says_why_and_a_wrong_one_tells_nothing(app, cast, invitation, link):
    client = app.test_client()
    assert client.get("/invitations/guess").status_code == 404 and "does not work" in client.get("/invitations/x").text
    with freeze(now() + timedelta(days=8)):
        assert client.get(link).status_code == 410 and "has expired. Ask Alice Archer" in client.get(link).text
        assert client.post(link, data=NEW).status_code == 409
    invitations.withdraw(invitation, actor=cast.alice)
    assert client.get(link).status_code == 410 and "was withdrawn" in client.get(link).text
    assert client.post(link, data=NEW).status_code == 409
    assert members(cast) == 3 and not User.select().where(User.email == "ira@acme.example").exists()


def test_an_accepted_link_does_not_work_twice(app, cast, link):
    app.test_client().post(link, data=NEW)
    again = app.test_client()
    assert again.get(link).status_code == 410 and "was accepted already" in again.get(link).text
    assert again.post(link, data=NEW | {"full_name": "Eve"}).status_code == 410
    assert members(cast) == 4


def test_who_comes_by_a_link_that_the_inviter_copied_still_has_to_prove_the_address(app, cast, invitation):
    token = invitations.copied_token(invitation, actor=cast.alice)
    app.test_client().post(f"/invitations/{token}", data=NEW)
    user = User.get(User.email == "ira@acme.example")
    assert user.email_verified_at is None and members(cast) == 4
    assert Notice.select().where(Notice.kind == NoticeKind.VERIFY, Notice.user == user).count() == 1


def test_a_copied_link_does_not_tell_its_inviter_who_has_an_account(app, cast):
    pages = []
    for email in (cast.charlie.email, "nobody7@example.org"):
        token = invitations.copied_token(invitations.invite(cast.alice, email), actor=cast.alice)
        text = app.test_client().get(f"/invitations/{token}").text
        assert f"/sign-in?next=/invitations/{token}" in text and "Create account and join" in text
        pages.append(re.sub(r"I[jm][\w.-]{40,}", "", text.replace(token, "").replace(email, "")))
    assert pages[0] == pages[1]


def test_the_link_keeps_out_of_the_log(app, cast, link, caplog):
    with caplog.at_level("INFO"):
        app.test_client().get(link)
        app.test_client().post(link, data=NEW)
    assert link.rpartition("/")[2] not in caplog.text and "/invitations/<token>" in caplog.text


def test_the_password_form_is_throttled(app, cast, link):
    client = app.test_client()
    codes = [client.post(link, data=NEW | {"password": "password1"}).status_code for _ in range(21)]
    assert codes == [422] * 20 + [429]
