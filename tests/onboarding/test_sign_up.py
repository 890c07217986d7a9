import re
from datetime import timedelta

import pytest

from tests import factories
from tests.auth.links import link_to
from webapp.accounts.models import Center, Membership, Notice, NoticeKind, Role, User, Workspace
from webapp.auth import passwords, tokens
from webapp.auth.models import Session, Token
from webapp.core.clock import freeze, now

FIRST_PAGE = "/onboarding/workspace"
PASSWORD = "correct horse battery"
FORM = {
    "full_name": "Nora Newcomer",
    "email": "nora@new.example",
    "password": PASSWORD,
    "workspace_name": "Newcomers",
    "time_zone": "Europe/Berlin",
}


@pytest.fixture
def by_mail(app, inbox):
    """There is a mail server, and somebody has an account already."""
    return factories.user("Mara Lindqvist", email="mara@halden.example", password_hash=passwords.hash_password("x"))


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def link(by_mail, client, inbox, run_jobs):
    client.post("/sign-up", data=FORM)
    run_jobs()
    return re.search(r"http://galena\.test(/sign-up/[\w-]+)", inbox.mails[-1][2].decode())[1]


def test_the_first_user_signs_up_at_once_though_there_is_a_mail_server(client, inbox, run_jobs):
    assert client.post("/sign-up", data=FORM).location == FIRST_PAGE
    assert client.get("/leads").status_code == 200 and User.get().is_admin
    run_jobs()
    assert inbox.message()["Subject"] == "Confirm your e-mail address"


def test_where_mail_is_captured_everybody_signs_up_at_once(client, cast, run_jobs):
    assert client.post("/sign-up", data=FORM).location == FIRST_PAGE
    assert client.get("/leads").status_code == 200
    run_jobs()
    assert link_to(FORM["email"]).startswith("/verify/") and User.get(email=FORM["email"]).email_verified_at is None


def test_else_the_link_in_the_mail_makes_user_workspace_and_center_and_signs_in(client, link):
    assert User.select().count() == 1
    page = client.get(link)
    assert page.status_code == 200 and "Newcomers" in page.text
    assert client.post(link).location == FIRST_PAGE
    user, workspace = User.get(email=FORM["email"]), Workspace.get()
    assert (user.full_name, user.time_zone, user.is_admin) == ("Nora Newcomer", "Europe/Berlin", False)
    assert user.email_verified_at and passwords.verify(PASSWORD, user.password_hash)
    assert Membership.get().role is Role.OWNER and workspace.name == "Newcomers"
    assert Center.select().count() == 1
    assert client.get("/leads").status_code == 200


def test_the_answer_is_the_same_for_a_known_address_whose_owner_is_told_by_mail(client, by_mail, inbox, run_jobs):
    answers = [client.post("/sign-up", data={**FORM, "email": email}) for email in (by_mail.email, FORM["email"])]
    assert [answer.status_code for answer in answers] == [200, 200]
    known, unknown = [re.sub(r"I[jm][\w.-]{40,}", "", answer.text) for answer in answers]
    assert known == unknown and "Check your mail" in known
    run_jobs()
    subjects = {inbox.recipients[index]: inbox.message(index)["Subject"] for index in range(2)}
    assert subjects == {
        by_mail.email: "You already have an account",
        FORM["email"]: "Confirm your address to start",
    }
    assert User.select().count() == 1


def test_a_hash_is_made_whoever_has_the_address(client, by_mail, monkeypatch):
    made = []
    monkeypatch.setattr("webapp.onboarding.sign_up.hash_password", lambda password: made.append(password) or "hash")
    for email in (by_mail.email, FORM["email"]):
        client.post("/sign-up", data={**FORM, "email": email})
    assert len(made) == 2


def test_looking_at_the_link_makes_nothing_and_gives_its_address_to_no_other_site(client, link):
    assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
    assert User.select().count() == 1 and Token.get().used_at is None


def test_in_another_browser_the_link_takes_the_password_too(app, link):
    """Somebody else may have signed up with the reader's address, and would know the password of their account."""
    other = app.test_client()
    assert "this is another browser" in other.get(link).text
    for form in ({}, {"password": "a guess at it"}):
        assert other.post(link, data=form).status_code == 422
    assert User.select().count() == 1
    assert other.post(link, data={"password": PASSWORD}).status_code == 303
    assert User.select().count() == 2


def test_guessing_that_password_is_limited(app, link):
    other = app.test_client()
    codes = [other.post(link, data={"password": f"guess {number}"}).status_code for number in range(11)]
    assert codes == [422] * 10 + [429]


@pytest.mark.parametrize("how", ["used", "too old", "unknown", "replaced"])
def test_a_link_that_is_over_says_so(app, client, link, run_jobs, how):
    if how == "used":
        client.post(link)
    if how == "replaced":
        client.post("/sign-up", data=FORM)
        run_jobs()
    users, path = User.select().count(), "/sign-up/unknown" if how == "unknown" else link
    with freeze(now() + timedelta(days=2 if how == "too old" else 0)):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 404 and tokens.GONE in answer.text
    assert User.select().count() == users


def test_an_address_that_got_an_account_meanwhile_is_told_to_sign_in(client, link):
    factories.user("Nora Earlier", email=FORM["email"])
    answer = client.post(link)
    assert answer.status_code == 422 and "Sign in instead" in answer.text
    assert Workspace.select().count() == 0 and Session.select().count() == 0


def test_signing_up_is_limited_by_account_and_by_address(client, by_mail):
    codes = [client.post("/sign-up", data=FORM).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    codes = [client.post("/sign-up", data={**FORM, "email": f"p{n}@x.example"}).status_code for n in range(15)]
    assert codes == [200] * 14 + [429]


def test_a_weak_password_is_refused_before_anything_is_owed(client, by_mail):
    answer = client.post("/sign-up", data={**FORM, "password": "password1"})
    assert answer.status_code == 422 and "too easy to guess" in answer.text and "Newcomers" in answer.text
    assert Notice.select().count() == 0


def test_with_sign_up_by_invitation_only_the_first_user_signs_up(client, settings):
    settings(sign_up="invite")
    assert 'href="/sign-up"' in client.get("/sign-in").text
    assert client.post("/sign-up", data=FORM).location == FIRST_PAGE
    client.post("/sign-out")
    assert 'href="/sign-up"' not in client.get("/sign-in").text
    for answer in (client.get("/sign-up"), client.post("/sign-up", data={**FORM, "email": "second@new.example"})):
        assert answer.status_code == 403 and "join by invitation" in answer.text
    assert User.select().count() == 1


def test_the_mail_of_a_sign_up_is_of_its_kind(client, by_mail):
    client.post("/sign-up", data=FORM)
    notice = Notice.get()
    assert notice.kind is NoticeKind.SIGN_UP and PASSWORD not in str(notice.data)
