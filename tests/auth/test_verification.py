from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts.models import AuditEntry, Notice, NoticeKind, User
from webapp.auth import tokens, verification
from webapp.auth.models import Purpose, Token
from webapp.core.clock import freeze, now
from webapp.core.errors import Invalid, TooMany

from .links import link_to

NEW = "alice@new.example"


@pytest.fixture
def alice(cast):
    return cast.alice


@pytest.fixture
def link(alice, run_jobs):
    verification.ask_to_verify(alice, address="10.0.0.1")
    run_jobs()
    return link_to(alice.email)


@pytest.fixture
def change(alice, run_jobs):
    verification.change_email(alice, f" {NEW.title()} ", address="10.0.0.1")
    run_jobs()
    return link_to(NEW)


def row(member):
    return User.get_by_id(member.user_id)


def test_the_button_behind_the_link_confirms_the_address_without_signing_in(app, alice, link):
    client = app.test_client()
    assert alice.email in client.get(link).text and row(alice).email_verified_at is None
    assert client.post(link).status_code == 303
    assert row(alice).email_verified_at


def test_looking_changes_nothing_for_mail_scanners_open_links(app, alice, link):
    before = list(Token.select().tuples())
    for method in ("GET", "HEAD"):
        answer = app.test_client().open(link, method=method)
        assert answer.status_code == 200 and answer.headers["Referrer-Policy"] == "no-referrer"
    assert list(Token.select().tuples()) == before and row(alice).email_verified_at is None


@pytest.mark.parametrize("how", ["used", "too old", "unknown", "of somebody inactive"])
def test_a_link_that_is_over_says_so(app, alice, link, how):
    client = app.test_client()
    if how == "used":
        client.post(link)
    elif how == "of somebody inactive":
        User.update(is_active=False).where(User.id == alice.user_id).execute()
    with freeze(now() + timedelta(days=4 if how == "too old" else 0)):
        path = "/verify/unknown" if how == "unknown" else link
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 404 and tokens.GONE in answer.text


def test_a_mail_is_sent_again_on_request_but_not_for_ever(alice, sign_in, run_jobs):
    client = sign_in(alice)
    codes = [client.post("/settings/verify").status_code for _ in range(6)]
    assert codes == [303] * 5 + [429]
    run_jobs()
    assert Notice.select().where(Notice.kind == NoticeKind.VERIFY).count() == 5
    assert Token.select().where(Token.purpose == Purpose.VERIFY).count() == 1  # only the newest link works


def test_a_confirmed_address_needs_no_mail(alice, sign_in):
    User.update(email_verified_at=now()).execute()
    assert sign_in(alice).post("/settings/verify").status_code == 422
    assert Notice.select().count() == 0


def test_nobody_else_can_have_it_sent(app, cast):
    assert app.test_client().post("/settings/verify").location.startswith("/sign-in")


# ------------------------------------------------------------- a new address


def test_a_new_address_counts_once_its_link_is_opened(alice, sign_in, change, run_jobs):
    client = sign_in(alice)
    assert row(alice).email == alice.email and verification.pending_email(alice) == NEW
    assert NEW in client.get(change).text
    assert client.post(change).status_code == 303
    assert row(alice).email == NEW and row(alice).email_verified_at
    run_jobs()
    told = Notice.get(Notice.kind == NoticeKind.CHANGED)
    assert told.email == alice.email and NEW in told.subject
    assert AuditEntry.get(AuditEntry.action == "user.email_changed").data == {"was": alice.email, "now": NEW}


def test_who_reads_mail_at_a_mistyped_address_does_not_get_the_account(app, cast, change, sign_in):
    for client in (app.test_client(), sign_in(cast.bob)):
        assert "Sign in to that account first" in client.get(change).text
        assert client.post(change).status_code == 403
    assert row(cast.alice).email == cast.alice.email


def test_an_address_taken_meanwhile_is_refused_with_a_sentence(cast, sign_in, change):
    factories.user("Somebody Else", email=NEW)
    answer = sign_in(cast.alice).post(change)
    assert answer.status_code == 409 and verification.TAKEN in answer.text
    assert row(cast.alice).email == cast.alice.email


def test_asking_for_a_known_address_tells_only_whoever_reads_mail_there(cast, run_jobs):
    verification.change_email(cast.alice, cast.bob.email, address="10.0.0.1")
    run_jobs()
    assert Notice.get().subject == "You already have an account" and Token.select().count() == 0


def test_a_change_of_address_ends_the_links_in_the_old_mailbox(alice, sign_in, change):
    reset = tokens.make(Purpose.RESET, user=alice.user_id, email=alice.email, lasts=timedelta(hours=1))
    client = sign_in(alice)
    client.post(change)
    assert client.get(f"/reset-password/{reset}").status_code == 404


def test_a_link_made_for_one_address_does_nothing_after_another_change(alice, sign_in, change):
    User.update(email="alice@third.example").where(User.id == alice.user_id).execute()
    assert sign_in(alice).post(change).status_code == 404


def test_changes_are_limited_and_the_present_address_is_no_change(alice):
    with pytest.raises(Invalid, match="your address already"):
        verification.change_email(alice, alice.email.upper(), address="10.0.0.1")
    with pytest.raises(TooMany):
        for number in range(6):
            verification.change_email(alice, f"a{number}@new.example", address="10.0.0.1")
    assert Notice.select().count() == 5
