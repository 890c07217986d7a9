"""Deleting one's account: nothing of the person stays, and what others have goes on."""

from datetime import timedelta

import pyotp
import pytest

from tests import factories
from webapp.accounts import audit, invitations, pictures, workspaces
from webapp.accounts.models import (
    AuditEntry,
    CenterMember,
    Invitation,
    Membership,
    Notice,
    NoticeKind,
    Picture,
    Role,
    User,
    Workspace,
)
from webapp.auth import deleting, passwords, two_factor
from webapp.auth.models import Account, RecoveryCode, Session, Token, TwoFactor
from webapp.campaigns import drafts
from webapp.core.clock import freeze, now
from webapp.core.errors import Conflict
from webapp.imports.models import Import
from webapp.leads import notes, pipeline
from webapp.leads.models import Activity, Lead, Stage
from webapp.mail.queries import opened

PAGE = "/settings/profile/delete"
PASSWORD = "correct horse battery"


@pytest.fixture
def mara(cast):
    """A member of Acme with a password."""
    return factories.member(cast.acme, "Mara Lindqvist", password_hash=passwords.hash_password(PASSWORD))


def leave(client, email="mara@example.org", proof=PASSWORD):
    return client.post(PAGE, data={"email": email, "proof": proof})


def own(member, name):
    """A further workspace that the member owns alone."""
    return workspaces.start_workspace(member.user_id, name)


def test_an_account_ends_at_once_and_says_goodbye(app, mara, sign_in):
    client, other_browser = sign_in(mara), sign_in(mara)
    answer = leave(client)
    assert answer.status_code == 303 and answer.location == "/goodbye"
    assert "Your account is deleted" in client.get("/goodbye").text
    for browser in (client, other_browser):
        assert browser.get("/leads").location.startswith("/sign-in")
    refused = app.test_client().post("/sign-in", data={"email": mara.email, "password": PASSWORD})
    assert refused.status_code == 422


def test_nothing_is_kept_of_the_person(mara, sign_in, run_jobs):
    pictures.keep(mara.user_id, factories.picture())
    two_factor.begin(mara)
    Account.create(user=mara.user_id, issuer="https://accounts.google.com", subject="1", email=mara.email)
    User.update(locale="de", time_zone="Asia/Tokyo", theme="dark").where(User.id == mara.user_id).execute()
    client = sign_in(mara)
    client.post("/settings/verify")
    run_jobs()
    assert Token.select().exists() and Notice.select().exists()
    leave(client)
    for table in (Picture, TwoFactor, RecoveryCode, Account, Token, Session, CenterMember):
        assert not table.select().exists(), table.__name__
    assert not Membership.select().where(Membership.user == mara.user_id).exists()
    row = User.get_by_id(mara.user_id).__data__
    assert {"mara", "lindqvist", "de", "Asia/Tokyo", "dark"}.isdisjoint(str(value).lower() for value in row.values())
    assert row["full_name"] == "Somebody" and row["password_hash"] == row["picture"] == ""
    assert Notice.select().count() == 1  # the last mail


def test_nothing_is_kept_where_only_the_address_stands(app, cast, mara, sign_in, run_jobs):
    for actor in (cast.alice, cast.charlie):
        invitation = invitations.invite(actor, "mara@elsewhere.example")
        Invitation.update(email=mara.email).where(Invitation.id == invitation.id).execute()
    token = invitations.new_token(invitation)
    invitations.accept(Invitation.get_by_id(invitation.id), User.get_by_id(mara.user_id), token)
    app.test_client().post("/forgot-password", data={"email": mara.email})
    leave(sign_in(mara))
    assert [notice.kind for notice in Notice.select().where(Notice.email == mara.email)] == [NoticeKind.CHANGED]
    assert [left.workspace for left in Invitation.select()] == [cast.acme]  # that one still waits: it is Acme's


def test_the_last_mail_confirms_it(mara, sign_in, run_jobs):
    leave(sign_in(mara))
    run_jobs()
    mail = opened(Notice.get().raw)
    assert "Your Galena account was deleted" in mail.text and "password" not in mail.text


def test_the_address_can_be_used_again(cast, mara, sign_in):
    leave(sign_in(mara))
    again = factories.member(cast.acme, "Mara Lindqvist")
    assert again.user_id != mara.user_id


def test_the_audit_log_says_that_it_happened_and_not_to_whom(mara, sign_in):
    leave(sign_in(mara))
    entry = AuditEntry.get(AuditEntry.action == "account.deleted")
    assert (entry.actor_id, entry.actor_name, entry.subject) == (None, "", "an account")
    assert (entry.data, entry.address) == ({}, "")


# ------------------------------------------------------------------- proof


@pytest.mark.parametrize(
    "email, proof, words",
    [
        ("", PASSWORD, "Type the address of this account"),
        ("alice@example.org", PASSWORD, "Type mara@example.org"),
        ("mara@example.org", "", "Enter your password"),
        ("mara@example.org", "wrong horse", "neither your password nor a code"),
    ],
)
def test_it_takes_the_address_and_the_password(mara, sign_in, email, proof, words):
    client = sign_in(mara)
    answer = leave(client, email, proof)
    assert answer.status_code == 422 and words in answer.text
    assert client.get("/leads").status_code == 200 and User.get_by_id(mara.user_id).full_name == "Mara Lindqvist"
    assert f'value="{email}"' in answer.text and (not proof or proof not in answer.text)


def test_a_code_of_the_second_factor_will_do(mara, sign_in):
    two_factor.begin(mara)
    device = pyotp.TOTP(two_factor.pending_key(mara))
    with freeze(now() - timedelta(minutes=2)) as earlier:
        two_factor.confirm(mara, device.at(earlier))
    assert leave(sign_in(mara), proof=device.at(now())).location == "/goodbye"


def test_who_has_neither_types_only_the_address(cast, sign_in):
    client = sign_in(cast.bob)
    assert 'name="proof"' not in client.get(PAGE).text
    assert client.post(PAGE, data={"email": " BOB@example.org "}).location == "/goodbye"


def test_the_password_cannot_be_guessed_here(mara, sign_in):
    client = sign_in(mara)
    answers = [leave(client, proof=f"guess {number}").status_code for number in range(11)]
    assert answers == [422] * 10 + [429]


# -------------------------------------------------------------- workspaces


def test_a_workspace_without_anybody_else_goes_too_and_the_page_says_so_before(cast, mara, sign_in, run_jobs):
    side = own(mara, "Side project")
    for _ in range(3):
        factories.lead(side)
    kept = factories.lead(cast.acme)
    client = sign_in(mara)
    text = client.get(PAGE).text
    assert "Side project is deleted with 3 leads" in text and "Acme goes on without you" in text
    assert "Delete account and 1 workspace" in text
    leave(client)
    run_jobs()
    assert not Workspace.select().where(Workspace.id == side.id).exists()
    assert [lead.id for lead in Lead.select()] == [kept.id]


def test_the_only_owner_of_a_workspace_with_others_is_refused(cast, sign_in):
    client = sign_in(cast.alice)
    User.update(is_admin=True).where(User.id == cast.bob.user_id).execute()
    assert "You are the only owner of Acme" in client.get(PAGE).text and "<form" not in main(client)
    answer = client.post(PAGE, data={"email": "alice@example.org"})
    assert answer.status_code == 422 and User.get_by_id(cast.alice.user_id).is_active
    Membership.update(role=Role.OWNER).where(Membership.user == cast.bob.user_id).execute()
    assert client.post(PAGE, data={"email": "alice@example.org"}).location == "/goodbye"


def main(client):
    return client.get(PAGE).text.partition('id="main"')[2].partition("<dialog")[0]


def test_an_owner_who_cannot_sign_in_does_not_count(cast, sign_in):
    Membership.update(role=Role.OWNER).where(Membership.user == cast.bob.user_id).execute()
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    User.update(is_admin=True).where(User.id == cast.vera.user_id).execute()
    assert "You are the only owner of Acme" in sign_in(cast.alice).get(PAGE).text


def test_who_joins_at_the_last_moment_keeps_the_workspace(cast, mara, monkeypatch):
    side = own(mara, "Side project")
    seen = deleting.leaving(mara)
    workspaces.add_member(side, User.get_by_id(cast.bob.user_id))
    monkeypatch.setattr(deleting, "leaving", lambda member: seen)
    with pytest.raises(Conflict, match="just joined Side project"):
        deleting.delete_account(mara, email=mara.email, proof=PASSWORD)
    assert Workspace.get_by_id(side.id).deleted_at is None and User.get_by_id(mara.user_id).is_active


# -------------------------------------------------------------- site admins


def test_the_last_site_admin_stays_while_there_are_others(cast, sign_in):
    Membership.update(role=Role.OWNER).execute()
    client = sign_in(cast.alice)  # the first user is the site admin
    assert "You are the only site admin" in client.get(PAGE).text
    assert client.post(PAGE, data={"email": "alice@example.org"}).status_code == 422
    User.update(is_admin=True).where(User.id == cast.bob.user_id).execute()
    assert client.post(PAGE, data={"email": "alice@example.org"}).location == "/goodbye"


def test_the_very_last_account_may_go_and_the_next_one_is_site_admin(app, sign_in, run_jobs):
    alone = factories.member(factories.workspace("Alone"), "Ann Archer", role=Role.OWNER)
    assert sign_in(alone).post(PAGE, data={"email": alone.email}).location == "/goodbye"
    run_jobs()
    assert not Workspace.select().exists()
    assert factories.user("Next Person").is_admin and not factories.user("Later Person").is_admin


# ----------------------------------------------------- what others still have


def test_what_they_did_elsewhere_was_somebodys_doing(cast, mara, sign_in, run_jobs):
    lead = factories.lead(cast.acme, owner=mara.user_id)
    notes.add_note(lead, "Call again in May", actor=mara)
    pipeline.move_lead(lead, Stage.CONTACTED, actor=mara)
    Import.create(
        workspace=cast.acme, actor=mara.user_id, filename="people.csv", path="uploads/x.csv", size=1, dialect={},
        columns=[], mapping=[], options={}, rows=1, state="done", finished_at=now(),
    )  # fmt: skip
    campaign = drafts.save_draft(None, CAMPAIGN, actor=mara)
    audit.record(mara, "workspace.changed", "Acme", workspace=cast.acme.id)
    leave(sign_in(mara))
    run_jobs()
    client = sign_in(cast.alice)
    timeline = client.get(f"/leads/{lead.id}").text
    assert (
        "<strong>Somebody</strong> left a note" in timeline and "<strong>Somebody</strong> moved the lead" in timeline
    )
    assert Lead.get_by_id(lead.id).owner_id is None and Activity.of(cast.acme).count() >= 3
    imported, edited = f"/imports/{Import.get().id}", f"/campaigns/{campaign.id}/edit"
    for path in ("/", "/leads", "/leads/board", "/imports", imported, edited):
        answer = client.get(path)
        assert answer.status_code == 200 and "Mara" not in answer.text, path
    assert "by Somebody" in client.get("/imports").text
    assert AuditEntry.get(AuditEntry.action == "workspace.changed").actor_name == "Mara Lindqvist"


CAMPAIGN = {
    "name": "Hello", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Acme",
    "reply_to": "hello@acme.example", "rate_per_minute": 60, "subject": "Hello", "body": "Hi",
}  # fmt: skip


def test_goodbye_is_for_who_has_left(cast, sign_in):
    assert sign_in(cast.bob).get("/goodbye").location == "/"
