import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories
from webapp import create_app
from webapp.accounts.models import Membership, User, Workspace
from webapp.accounts.workspaces import add_member
from webapp.auth import passwords, recovery, tokens
from webapp.auth.models import Purpose, Session, Token, TwoFactor
from webapp.core.clock import freeze, now

SIGN_UP = {
    "full_name": "Mara Lindqvist",
    "email": " Mara@Halden.example ",
    "password": "correct horse battery",
    "workspace_name": "Halden Studio",
    "time_zone": "Europe/Berlin",
}


def test_signing_up_makes_a_user_a_workspace_and_a_session(app):
    client = app.test_client()
    answer = client.post("/sign-up", data=SIGN_UP)
    assert answer.status_code == 303 and answer.location == "/onboarding/workspace"
    user = User.get()
    assert (user.email, user.is_admin, user.time_zone) == ("mara@halden.example", True, "Europe/Berlin")
    assert Workspace.get().slug == "halden-studio"
    assert Membership.get().role.value == "owner"
    assert Session.select().count() == 1
    assert client.get("/").status_code == 200


def test_only_the_first_user_is_site_admin(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    app.test_client().post("/sign-up", data={**SIGN_UP, "email": "second@halden.example"})
    assert [user.is_admin for user in User.select().order_by(User.id)] == [True, False]
    assert Workspace.select().count() == 2


def test_a_known_address_is_told_to_sign_in_and_keeps_what_was_typed(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    answer = app.test_client().post("/sign-up", data=SIGN_UP)
    assert answer.status_code == 422
    assert "already an account" in answer.text and "Halden Studio" in answer.text
    assert User.select().count() == 1


def test_a_signed_out_cookie_opens_nothing_any_more(app):
    client = app.test_client()
    client.post("/sign-up", data=SIGN_UP)
    stolen = client.get_cookie("galena").value
    client.post("/sign-out")
    client.set_cookie("galena", stolen)
    assert client.get("/").location.startswith("/sign-in")


def test_signing_in_with_the_password_goes_to_the_page_that_was_asked_for(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    client = app.test_client()
    asked = client.get("/leads?q=health").location
    assert asked == "/sign-in?next=/leads?q%3Dhealth"
    form = {"email": "MARA@halden.example", "password": SIGN_UP["password"], "next": "/leads?q=health"}
    assert client.post("/sign-in", data=form).location == "/leads?q=health"
    assert User.get().last_login_at is not None


def test_a_foreign_next_leads_home(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    form = {"email": "mara@halden.example", "password": SIGN_UP["password"], "next": "//evil.example/x"}
    assert app.test_client().post("/sign-in", data=form).location == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    client = app.test_client()
    answers = [
        client.post("/sign-in", data={"email": address, "password": "not the password"})
        for address in ("mara@halden.example", "nope@halden.example")
    ]
    wrong, unknown = [answer.text.replace("nope@", "mara@") for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert "do not match an account" in wrong
    assert _without_tokens(wrong) == _without_tokens(unknown)


def _without_tokens(text):
    return re.sub(r"I[jm][\w.-]{40,}", "", text)


def test_the_eleventh_try_on_an_account_waits_whatever_the_password(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    client = app.test_client()
    form = {"email": "mara@halden.example", "password": "not the password"}
    assert {client.post("/sign-in", data=form).status_code for _ in range(10)} == {422}
    answer = client.post("/sign-in", data={**form, "password": SIGN_UP["password"]})
    assert answer.status_code == 429 and "Try again in" in answer.text and int(answer.headers["Retry-After"]) > 0
    with freeze(now() + timedelta(minutes=16)):
        assert client.post("/sign-in", data={**form, "password": SIGN_UP["password"]}).status_code == 303


def test_the_fifty_first_try_from_an_address_waits(app):
    client = app.test_client()
    forms = ({"email": f"person{number}@halden.example", "password": "guess"} for number in range(51))
    assert [client.post("/sign-in", data=form).status_code for form in forms] == [422] * 50 + [429]


def test_a_forwarded_address_is_not_believed_without_a_proxy(app):
    client = app.test_client()
    for number in range(51):
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        answer = client.post("/sign-in", data={"email": f"p{number}@x.example", "password": "guess"}, headers=headers)
    assert answer.status_code == 429


def test_last_seen_is_written_once_a_minute_at_most(app):
    client = app.test_client()
    client.post("/sign-up", data=SIGN_UP)
    before = Session.get().last_seen_at
    client.get("/leads")
    assert Session.get().last_seen_at == before
    with freeze(now() + timedelta(seconds=61)) as later:
        client.get("/leads")
    assert Session.get().last_seen_at == later


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("full_name", "", "Enter your name"),
        ("email", "not an address", "is not an e-mail address"),
        ("password", "short", "8 characters or more"),
        ("password", "aaaaaaaaaa", "too easy to guess"),
        ("workspace_name", "  ", "Name the workspace"),
    ],
)
def test_a_bad_sign_up_says_what_is_wrong_and_keeps_the_rest(app, field, value, sentence):
    answer = app.test_client().post("/sign-up", data={**SIGN_UP, field: value})
    assert answer.status_code == 422 and sentence in answer.text
    assert ("Halden Studio" if field != "workspace_name" else "Mara Lindqvist") in answer.text
    assert User.select().count() == 0


def test_no_byte_of_a_long_password_is_ignored():
    long = "x" * 71 + "ab" * 20
    assert passwords.verify(long, passwords.hash_password(long))
    assert not passwords.verify(long[:-1], passwords.hash_password(long))


@pytest.mark.parametrize(
    "word", ["password", "Password1!", "12345678", "9876543210", "qwertyuiop", "PASSWORT2024", "11111111"]
)
def test_a_password_that_everybody_tries_is_refused(app, word):
    answer = app.test_client().post("/sign-up", data={**SIGN_UP, "password": word})
    assert answer.status_code == 422 and "too easy to guess" in answer.text
    assert User.select().count() == 0


@pytest.fixture
def mara(cast):
    return factories.member(cast.acme, "Mara Lindqvist", password_hash=passwords.hash_password(SIGN_UP["password"]))


def test_an_inactive_user_is_told_no_more_than_a_stranger(app, mara):
    form = {"email": mara.email, "password": SIGN_UP["password"]}
    User.update(is_active=False).where(User.id == mara.user_id).execute()
    inactive = app.test_client().post("/sign-in", data=form)
    wrong = app.test_client().post("/sign-in", data={**form, "password": "not the password"})
    assert inactive.status_code == 422 and _without_tokens(inactive.text) == _without_tokens(wrong.text)
    assert Session.select().count() == 0


@pytest.mark.parametrize("second_factor", [False, True])
def test_a_former_password_opens_nothing_when_it_is_replaced_while_it_is_checked(app, mara, monkeypatch, second_factor):
    verify = passwords.verify
    if second_factor:
        TwoFactor.create(user=mara.user_id, secret="", confirmed_at=now())

    def while_it_is_reset(password, password_hash):
        token = tokens.make(Purpose.RESET, user=mara.user_id, lasts=timedelta(hours=1))
        recovery.reset_password(token, "four unrelated other words", address="")
        return verify(password, password_hash)

    monkeypatch.setattr(passwords, "verify", while_it_is_reset)
    answer = app.test_client().post("/sign-in", data={"email": mara.email, "password": "correct horse battery"})
    assert answer.status_code == 422 and "Sign in once more" in answer.text
    assert not Session.select().exists() and not Token.select().exists()


def test_whoever_is_in_no_workspace_may_sign_in_and_is_led_to_make_one(app):
    user = factories.user(password_hash=passwords.hash_password(SIGN_UP["password"]))
    client = app.test_client()
    assert client.post("/sign-in", data={"email": user.email, "password": SIGN_UP["password"]}).location == "/"
    assert client.get("/").location == "/workspaces/new"


def test_signing_in_goes_on_in_the_workspace_that_was_used_last(cast, app, mara):
    user = User.get_by_id(mara.user_id)
    add_member(cast.other, user)
    form = {"email": mara.email, "password": SIGN_UP["password"]}
    app.test_client().post("/sign-in", data=form)
    with freeze(now() + timedelta(hours=1)):
        elsewhere = app.test_client()
        elsewhere.post("/sign-in", data=form)
        elsewhere.post("/workspaces/switch", data={"workspace_id": cast.other.id})
        app.test_client().post("/sign-in", data=form)
    workspaces = [session.workspace_id for session in Session.select().order_by(Session.id)]
    assert workspaces == [cast.acme.id, cast.other.id, cast.other.id]


def test_signing_in_is_written_down_as_the_last_time(app, mara):
    with freeze(now() + timedelta(minutes=5)) as moment:
        app.test_client().post("/sign-in", data={"email": mara.email, "password": SIGN_UP["password"]})
    assert User.get_by_id(mara.user_id).last_login_at == moment


def test_a_whole_office_that_signs_in_behind_one_address_is_not_kept_waiting(app, mara):
    form = {"email": mara.email, "password": SIGN_UP["password"]}
    assert {app.test_client().post("/sign-in", data=form).status_code for _ in range(60)} == {303}


def test_one_who_signs_in_clears_nothing_that_others_tried_from_the_address(app, mara):
    client = app.test_client()
    for number in range(50):
        client.post("/sign-in", data={"email": f"p{number}@x.example", "password": "guess"})
        if number % 10 == 0:
            form = {"email": mara.email, "password": SIGN_UP["password"]}
            assert app.test_client().post("/sign-in", data=form).status_code == 303
    assert client.post("/sign-in", data={"email": "p51@x.example", "password": "guess"}).status_code == 429


@pytest.fixture
def behind_a_proxy(app, monkeypatch):
    """The app as it is with TRUSTED_PROXIES=1, over the database that is open already."""
    monkeypatch.setattr("webapp.open_database", lambda *args, **options: None)
    proxied = create_app(replace(app.config["GALENA"], trusted_proxies=1))
    proxied.config.update(WTF_CSRF_ENABLED=False)
    return proxied


def test_behind_a_configured_proxy_the_address_it_names_is_believed(behind_a_proxy):
    client = behind_a_proxy.test_client()
    for number in range(51):
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        answer = client.post("/sign-in", data={"email": f"p{number}@x.example", "password": "guess"}, headers=headers)
    assert answer.status_code == 422


def test_behind_a_proxy_what_the_browser_itself_claims_is_not_believed(behind_a_proxy, mara):
    client = behind_a_proxy.test_client()
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}  # the proxy adds whom it talks to at the end
    client.post("/sign-in", data={"email": mara.email, "password": SIGN_UP["password"]}, headers=headers)
    assert Session.get().address == "203.0.113.7"
