import re
from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts.models import AuditEntry, Notice, NoticeKind, User
from webapp.auth import passwords, tokens
from webapp.auth.models import Account, Purpose, Session, Token
from webapp.core.clock import freeze, now

from .links import link_to

OLD, NEW = "correct horse battery", "four unrelated other words"


@pytest.fixture
def mara(cast):
    return factories.member(
        cast.acme, "Mara Lindqvist", email="mara@halden.example", password_hash=passwords.hash_password(OLD)
    )


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def link(client, mara, run_jobs):
    client.post("/forgot-password", data={"email": " Mara@Halden.example "})
    run_jobs()
    return link_to(mara.email)


def row(member):
    return User.get_by_id(member.user_id)


def test_a_forgotten_password_is_replaced_with_the_link_from_the_mail(client, mara, link):
    page = client.get(link)
    assert page.status_code == 200 and mara.email in page.text
    answer = client.post(link, data={"password": NEW})
    assert answer.status_code == 303 and answer.location == "/sign-in"
    assert "Your new password is set" in client.get("/sign-in").text
    assert client.post("/sign-in", data={"email": mara.email, "password": OLD}).status_code == 422
    assert client.post("/sign-in", data={"email": mara.email, "password": NEW}).status_code == 303


def test_a_reset_signs_out_everywhere_and_in_nowhere(client, mara, link, sign_in):
    elsewhere = sign_in(mara)
    client.post(link, data={"password": NEW})
    assert Session.select().count() == 0
    assert elsewhere.get("/leads").location.startswith("/sign-in")
    assert client.get("/leads").location.startswith("/sign-in")


def test_a_reset_proves_the_address_tells_the_owner_and_is_written_down(client, mara, link, run_jobs):
    assert not mara.email_verified
    client.post(link, data={"password": NEW})
    run_jobs()
    assert row(mara).email_verified_at
    assert [notice.subject for notice in Notice.select().where(Notice.kind == NoticeKind.CHANGED)] == [
        "Your password was changed"
    ]
    assert [entry.action for entry in AuditEntry.select().where(AuditEntry.action.startswith("user."))] == [
        "user.password_reset"
    ]


def test_looking_at_the_link_changes_nothing_and_gives_its_address_to_no_other_site(client, mara, link):
    before = list(Token.select().tuples())
    for _ in range(2):
        assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
    assert list(Token.select().tuples()) == before


@pytest.mark.parametrize("how", ["used", "replaced", "too old", "unknown", "of somebody inactive"])
def test_a_link_that_is_over_says_so_in_the_same_words_however_it_came_to_be(client, mara, link, run_jobs, how):
    moment = now() + timedelta(minutes=61 if how == "too old" else 0)
    if how == "used":
        client.post(link, data={"password": NEW})
    elif how == "replaced":
        client.post("/forgot-password", data={"email": mara.email})
        run_jobs()
    elif how == "of somebody inactive":
        User.update(is_active=False).where(User.id == mara.user_id).execute()
    path = "/reset-password/nobody-made-this" if how == "unknown" else link
    before = row(mara).password_hash
    with freeze(moment):
        for answer in (client.get(path), client.post(path, data={"password": "some other words again"})):
            assert answer.status_code == 404 and tokens.GONE in answer.text
            assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert row(mara).password_hash == before


def test_a_weak_password_is_refused_and_the_link_stays_good(client, mara, link):
    for weak, sentence in (("short", "8 characters or more"), ("password1", "too easy"), ("", "Choose a password")):
        answer = client.post(link, data={"password": weak})
        assert answer.status_code == 422 and sentence in answer.text
    assert client.post(link, data={"password": NEW}).status_code == 303


def test_a_link_sent_to_a_former_address_is_over_once_the_address_changed(client, mara, link):
    tokens.end_all(mara.user_id)
    assert client.get(link).status_code == 404


def test_somebody_who_came_with_google_sets_a_first_password(client, cast, run_jobs):
    gina = factories.member(cast.acme, "Gina Google", email="gina@halden.example")
    client.post("/forgot-password", data={"email": gina.email})
    run_jobs()
    client.post(link_to(gina.email), data={"password": NEW})
    assert client.post("/sign-in", data={"email": gina.email, "password": NEW}).status_code == 303
    run_jobs()
    assert Notice.get(Notice.kind == NoticeKind.CHANGED).subject == "Your password was set"


@pytest.mark.parametrize("email, stays", [("eve@gmail.example", False), ("mara@halden.example", True)])
def test_a_reset_ends_a_google_identity_that_may_be_somebody_elses(client, mara, link, email, stays):
    Account.create(user=mara.user_id, issuer="https://accounts.google.com", subject="7", email=email)
    client.post(link, data={"password": NEW})
    assert Account.select().exists() is stays
    unlinked = AuditEntry.select().where(AuditEntry.action == "google.unlinked")
    assert [entry.subject for entry in unlinked] == ([] if stays else [email])


def test_the_answer_is_the_same_for_everybody_and_only_the_known_get_mail(client, mara, cast, run_jobs):
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    pages = [
        client.post("/forgot-password", data={"email": address})
        for address in (mara.email, "nobody@halden.example", cast.bob.email)
    ]
    assert {page.status_code for page in pages} == {200}
    assert len({re.sub(r"I[jm][\w.-]{40,}", "", page.text) for page in pages}) == 1
    assert "Check your mail" in pages[0].text
    run_jobs()
    assert [notice.email for notice in Notice.select().where(Notice.raw.is_null(False))] == [mara.email]


def test_what_is_no_address_is_said_and_kept(client):
    answer = client.post("/forgot-password", data={"email": "mara at halden"})
    assert answer.status_code == 422 and "not an e-mail address" in answer.text and "mara at halden" in answer.text
    assert Notice.select().count() == 0


def test_asking_is_limited_by_account_and_by_address(client, mara):
    form = {"email": mara.email}
    assert [client.post("/forgot-password", data=form).status_code for _ in range(6)] == [200] * 5 + [429]
    others = [client.post("/forgot-password", data={"email": f"p{number}@x.example"}) for number in range(15)]
    assert [answer.status_code for answer in others] == [200] * 14 + [429]
    assert "Try again in" in others[-1].text and Notice.select().count() == 19


def test_the_links_host_is_the_configured_one_whatever_the_request_says(client, mara, run_jobs):
    client.post("/forgot-password", data={"email": mara.email}, headers={"Host": "evil.example"})
    run_jobs()
    assert b"evil.example" not in Notice.get().raw and link_to(mara.email).startswith("/reset-password/")


def test_two_who_use_one_link_at_once_set_one_password(client, mara, link, monkeypatch):
    hashed = passwords.hash_password

    def overtaken(password):
        monkeypatch.setattr(passwords, "hash_password", hashed)
        assert client.post(link, data={"password": "the other tab was faster"}).status_code == 303
        return hashed(password)

    monkeypatch.setattr(passwords, "hash_password", overtaken)
    assert client.post(link, data={"password": NEW}).status_code == 404
    assert passwords.verify("the other tab was faster", row(mara).password_hash)


def test_the_sign_in_page_leads_to_it(client):
    assert 'href="/forgot-password"' in client.get("/sign-in").text


# ------------------------------------------------------------ with the old one


def change(client, **form):
    return client.post("/settings/password", data=form)


def test_a_password_is_changed_with_the_present_one(mara, sign_in, run_jobs):
    client = sign_in(mara)
    assert "Present password" in client.get("/settings/password").text
    answer = change(client, current=OLD, password=NEW)
    assert answer.status_code == 303 and answer.location == "/settings/password"
    assert passwords.verify(NEW, row(mara).password_hash)
    run_jobs()
    assert Notice.get().subject == "Your password was changed"
    assert AuditEntry.get(AuditEntry.action == "user.password_changed").actor_id == mara.user_id


def test_a_change_ends_all_other_sessions_and_keeps_this_one_under_a_new_id(mara, cast, sign_in):
    client, elsewhere, bob = sign_in(mara), sign_in(mara), sign_in(cast.bob)
    stolen = client.get_cookie("galena").value
    change(client, current=OLD, password=NEW)
    assert client.get("/leads").status_code == 200 and bob.get("/leads").status_code == 200
    assert elsewhere.get("/leads").status_code == 303
    elsewhere.set_cookie("galena", stolen)
    assert elsewhere.get("/leads").status_code == 303


def test_a_change_ends_links_that_are_under_way(mara, sign_in):
    token = tokens.make(Purpose.RESET, user=mara.user_id, email=mara.email, lasts=timedelta(hours=1))
    change(sign_in(mara), current=OLD, password=NEW)
    assert sign_in(mara).get(f"/reset-password/{token}").status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"current": "not the present one", "password": NEW}, "not your present password"),
        ({"current": "", "password": NEW}, "Enter the password you have now"),
        ({"password": NEW}, "Enter the password you have now"),
        ({"current": OLD, "password": "short"}, "8 characters or more"),
        ({"current": OLD, "password": OLD}, "Choose another one"),
        ({"current": OLD, "password": "mara@halden.example"}, "too easy to guess"),
    ],
)
def test_a_change_that_cannot_be_says_why_and_changes_nothing(mara, sign_in, form, sentence):
    client, before = sign_in(mara), row(mara).password_hash
    answer = change(client, **form)
    assert answer.status_code == 422 and sentence in answer.text
    assert row(mara).password_hash == before and Notice.select().count() == 0


def test_guessing_the_present_password_is_limited(mara, sign_in):
    client = sign_in(mara)
    codes = [change(client, current=f"guess {number}", password=NEW).status_code for number in range(11)]
    assert codes == [422] * 10 + [429]


def test_a_member_without_a_password_sets_one_without_an_old_one(cast, sign_in):
    client = sign_in(cast.bob)
    page = client.get("/settings/password").text
    assert "Set a password" in page and "Present password" not in page
    assert change(client, password=NEW).status_code == 303
    assert passwords.verify(NEW, row(cast.bob).password_hash)
