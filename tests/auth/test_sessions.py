import re
from datetime import timedelta

import pyotp
import pytest

from tests import factories
from webapp.accounts.models import Membership, Role, User
from webapp.accounts.workspaces import add_member
from webapp.auth import passwords, sessions
from webapp.auth.models import Session
from webapp.core.clock import freeze, now

PASSWORD = "correct horse battery"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def mara(cast):
    """A member of Acme with a password."""
    return factories.member(cast.acme, "Mara Lindqvist", password_hash=passwords.hash_password(PASSWORD))


@pytest.fixture
def enter(app, mara):
    """A browser in which Mara has signed in with her password."""

    def enter(**fields):
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": mara.email, "password": PASSWORD, **fields})
        assert answer.status_code == 303
        return client

    return enter


def test_a_session_ends_when_it_idles_a_night(enter):
    client, start = enter(), now()
    for hours in (11, 22):
        with freeze(start + timedelta(hours=hours)):
            assert client.get("/leads").status_code == 200
    with freeze(start + timedelta(hours=22 + 12, minutes=1)):
        assert client.get("/leads").location.startswith("/sign-in")


def test_a_remembered_session_ends_when_it_idles_two_weeks(enter):
    client, start = enter(remembered="y"), now()
    with freeze(start + timedelta(days=13)):
        assert client.get("/leads").status_code == 200
    with freeze(start + timedelta(days=13 + 14, minutes=1)):
        assert client.get("/leads").location.startswith("/sign-in")


@pytest.mark.parametrize(("fields", "days", "step"), [({}, 7, 0.4), ({"remembered": "y"}, 90, 10)])
def test_a_session_ends_when_it_is_old_however_busy(enter, fields, days, step):
    client, start, passed = enter(**fields), now(), 0
    while passed < days:
        with freeze(start + timedelta(days=passed)):
            assert client.get("/leads").status_code == 200
        passed += step
    with freeze(start + timedelta(days=days, minutes=1)):
        assert client.get("/leads").location.startswith("/sign-in")


def test_the_cookie_of_a_remembered_session_outlasts_the_browser(app, mara):
    form = {"email": mara.email, "password": PASSWORD}
    brief, kept = (app.test_client().post("/sign-in", data={**form, **extra}) for extra in ({}, {"remembered": "y"}))
    assert "Expires" not in brief.headers["Set-Cookie"]
    assert "Expires" in kept.headers["Set-Cookie"]


def test_a_cookie_that_was_kept_aside_opens_nothing_after_signing_out(enter):
    client = enter()
    stolen = client.get_cookie("galena").value
    client.post("/sign-out")
    client.set_cookie("galena", stolen)
    assert client.get("/leads").location.startswith("/sign-in")


def test_signing_in_drops_all_that_the_cookie_held_before(app, mara):
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(planted="yes", csrf_token="known to whoever planted it")
    client.post("/sign-in", data={"email": mara.email, "password": PASSWORD})
    with client.session_transaction() as cookie:
        assert "planted" not in cookie and cookie["csrf_token"] != "known to whoever planted it"


def test_signing_in_ends_the_session_that_the_cookie_named_before(cast, enter, mara):
    client, former = enter(), Session.get().id
    add_member(cast.other, User.get_by_id(mara.user_id))
    Membership.delete().where(Membership.workspace == cast.acme).execute()  # the old session opens nothing more
    assert client.post("/sign-in", data={"email": mara.email, "password": PASSWORD}).location == "/"
    assert Session.get().id != former and Session.select().count() == 1
    assert client.get("/leads").status_code == 200


def test_a_change_of_ones_own_privileges_gives_the_browser_another_id(app, enter):
    client = enter(remembered="y")
    before, row = client.get_cookie("galena").value, Session.get()
    client.post("/settings/two-factor/set-up")
    key = _key_on(client.get("/settings/two-factor").text)
    assert client.post("/settings/two-factor/confirm", data={"code": pyotp.TOTP(key).now()}).status_code == 200
    assert Session.get().id == row.id and Session.get().token_hash != row.token_hash
    assert client.get("/leads").status_code == 200
    with client.session_transaction() as cookie:
        assert cookie.permanent
    client.set_cookie("galena", before)
    assert client.get("/leads").location.startswith("/sign-in")


def test_a_change_of_role_holds_at_the_next_request(cast, sign_in):
    client = sign_in(cast.bob)
    assert client.get("/leads/new").status_code == 200
    Membership.update(role=Role.VIEWER).where(Membership.user == cast.bob.user_id).execute()
    assert client.get("/leads/new").status_code == 403


def test_the_list_says_device_address_and_when(app, enter):
    enter()
    phone = app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = IPHONE
    phone.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    with freeze(now() + timedelta(hours=2)):
        phone.post("/sign-in", data={"email": "mara@example.org", "password": PASSWORD})
        text = phone.get("/settings/sessions").text
    here, there = text.split('<li class="item"')[1:]
    assert "Safari on iPhone" in here and "203.0.113.7" in here and "This device" in here and "#smartphone" in here
    assert "127.0.0.1" in there and "2 h ago" in there and "Revoke" in there and "This device" not in there


def test_a_session_that_has_run_out_is_not_listed(enter):
    enter()
    client = enter(remembered="y")
    with freeze(now() + timedelta(hours=13)):
        assert client.get("/settings/sessions").text.count('<li class="item"') == 1


def test_revoking_a_session_signs_that_browser_out_at_its_next_request(enter, htmx):
    mine, other = enter(), enter()
    session_id = Session.select().order_by(Session.id.desc()).get().id
    answer = mine.post(f"/settings/sessions/{session_id}/revoke", headers=htmx)
    assert answer.status_code == 200 and answer.text.count('<li class="item"') == 1
    assert 'hx-target="#sessions"' in answer.text and "That browser is signed out" in answer.text
    assert other.get("/leads", headers=htmx).headers["HX-Redirect"].startswith("/sign-in")
    assert other.get("/leads").location.startswith("/sign-in")
    assert mine.get("/leads").status_code == 200


def test_revoking_works_without_script(enter):
    mine, other = enter(), enter()
    session_id = Session.select().order_by(Session.id.desc()).get().id
    assert mine.post(f"/settings/sessions/{session_id}/revoke").location == "/settings/sessions"
    assert other.get("/leads").status_code == 303


@pytest.mark.parametrize("parts", [False, True])
def test_nobody_revokes_the_session_of_somebody_else(cast, sign_in, enter, htmx, parts):
    hers = enter()
    session_id = Session.get().id
    for member in (cast.bob, cast.charlie):
        answer = sign_in(member).post(f"/settings/sessions/{session_id}/revoke", headers=htmx if parts else {})
        assert answer.status_code == 404
    assert hers.get("/leads").status_code == 200


def test_signing_out_everywhere_else_leaves_this_browser_and_other_people_alone(cast, sign_in, enter):
    bob, mine, others = sign_in(cast.bob), enter(), [enter(), enter()]
    mine.post("/settings/sessions/revoke-others")
    assert "2 other browsers signed out" in mine.get("/settings/sessions").text
    assert [browser.get("/leads").status_code for browser in (bob, mine, *others)] == [200, 200, 303, 303]


def test_all_sessions_of_a_person_end_at_once(cast, sign_in):
    first, second, bob = sign_in(cast.alice), sign_in(cast.alice), sign_in(cast.bob)
    assert sessions.end_all(cast.alice.user_id) == 2
    assert [browser.get("/leads").status_code for browser in (first, second, bob)] == [303, 303, 200]


def test_who_leaves_a_workspace_works_on_in_another_one_of_theirs(cast, sign_in):
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    client = sign_in(cast.bob)
    Membership.delete().where(Membership.user == cast.bob.user_id, Membership.workspace == cast.acme).execute()
    sessions.move_out(cast.bob.user_id, cast.acme)
    assert client.get("/leads").status_code == 200
    assert Session.get().workspace_id == cast.other.id


def test_who_leaves_their_only_workspace_stays_signed_in_and_is_led_to_make_one(cast, sign_in):
    client = sign_in(cast.bob)
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    sessions.move_out(cast.bob.user_id, cast.acme)
    assert client.get("/settings/sessions").status_code == 200
    assert client.get("/leads").location == "/workspaces/new"


def test_moving_out_of_a_workspace_leaves_sessions_in_others_where_they_are(cast):
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    sessions.start(cast.bob.user_id, cast.other)
    sessions.move_out(cast.bob.user_id, cast.acme)
    assert Session.get().workspace_id == cast.other.id


def test_a_session_token_stands_in_no_row_and_no_log(enter, caplog):
    with caplog.at_level("DEBUG"):
        client = enter()
        client.get("/settings/sessions")
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert token not in caplog.text
    assert all(token not in str(row) for row in Session.select().dicts())
    assert token not in client.get("/settings/sessions").text


def test_the_list_takes_as_many_queries_for_twenty_sessions_as_for_one(enter, caplog):
    client, counts = enter(), []
    for more in (0, 19):
        for _ in range(more):
            enter()
        caplog.clear()
        with caplog.at_level("DEBUG", logger="peewee"):
            client.get("/settings/sessions")
        counts.append(sum(record.name == "peewee" for record in caplog.records))
    assert 0 < counts[0] == counts[1]


def _key_on(page):
    return re.search(r'id="two-factor-key"[^>]*>([^<]+)<', page)[1].replace(" ", "")
