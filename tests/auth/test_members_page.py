"""The members page and what is decided there."""

import re

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts import invitations, team
from webapp.accounts.members import member_of
from webapp.accounts.models import AuditEntry, Departure, Invitation, Membership, Notice, NoticeKind, Reach, Role, User
from webapp.accounts.workspaces import add_member
from webapp.auth import joining
from webapp.auth.models import Session

HERE = "/settings/members"


@pytest.fixture
def mia(cast):
    """A manager of Acme."""
    return factories.member(cast.acme, "Mia Manager", role=Role.MANAGER)


def bobs(cast, what):
    return f"{HERE}/{cast.bob.user_id}/{what}"


def role_of(cast, member):
    return team.get_membership(cast.acme, member.user_id).role


def test_everybody_sees_who_is_there_but_only_owners_get_controls(cast, mia, sign_in):
    invitations.invite(cast.alice, "guest@acme.example")
    for member in (cast.alice, mia, cast.bob, cast.vera):
        text = sign_in(member).get(HERE).text
        assert ("guest@acme.example" in text) == (member in (cast.alice, mia))
        assert "Vera Viewer" in text and "bob@example.org" in text and "Charlie" not in text
        assert ('name="role"' in text) == (member is cast.alice)
        assert ("/settings/members/invite" in text) == (member in (cast.alice, mia))
        assert (f"/settings/members/{cast.vera.user_id}/remove" in text) == (member is cast.alice)


@pytest.mark.parametrize("reach", [Reach.ALL, Reach.CENTERS])
def test_it_takes_as_many_queries_for_many_people_as_for_few(cast, sign_in, reach):
    client = sign_in(factories.member(cast.acme, "Mia Manager", role=Role.MANAGER, reach=reach))
    invitations.invite(cast.alice, "guest@acme.example")
    client.get(HERE)
    with count_queries() as few:
        client.get(HERE)
    for number in range(20):
        factories.member(cast.acme, f"Person{number} Smith")
        invitations.invite(cast.alice, f"guest{number}@acme.example")
    with count_queries() as many:
        client.get(HERE)
    assert many.count == few.count <= 8


def test_a_role_is_saved_in_place_and_without_script(cast, alice, htmx):
    answer = alice.post(bobs(cast, "role"), data={"role": "manager"}, headers=htmx)
    assert answer.status_code == 200 and 'hx-target="#team"' in answer.text and "Bob Baker: manager now" in answer.text
    assert alice.post(bobs(cast, "role"), data={"role": "viewer"}).location == HERE
    assert role_of(cast, cast.bob) is Role.VIEWER


def test_a_role_that_does_not_exist_is_refused(cast, alice):
    assert alice.post(bobs(cast, "role"), data={"role": "king"}).status_code == 422
    assert role_of(cast, cast.bob) is Role.MEMBER


def test_fields_that_the_form_does_not_have_are_ignored(cast, alice):
    alice.post(bobs(cast, "role"), data={"role": "viewer", "reach": "own", "workspace": cast.other.id, "user": 1})
    membership = team.get_membership(cast.acme, cast.bob.user_id)
    assert (membership.role, membership.reach) == (Role.VIEWER, Reach.ALL)


def test_a_refused_role_says_why_and_draws_what_is_true(cast, alice, htmx):
    answer = alice.post(f"{HERE}/{cast.alice.user_id}/role", data={"role": "member"}, headers=htmx)
    assert answer.status_code == 409 and "You are the only owner of Acme" in answer.text
    assert re.search(r'<option value="owner" selected>', answer.text)


def test_who_changes_their_own_role_gets_a_new_session_id(cast, alice):
    team.set_role(cast.acme, cast.bob.user_id, Role.OWNER, actor=cast.alice)
    before = Session.get().token_hash
    assert alice.post(f"{HERE}/{cast.alice.user_id}/role", data={"role": "member"}).location == HERE
    assert Session.get().token_hash != before
    assert alice.post(bobs(cast, "role"), data={"role": "viewer"}).status_code == 403


@pytest.mark.parametrize("who", ["mia", "bob", "vera"])
@pytest.mark.parametrize("what", ["role", "reach", "remove", "password-link"])
def test_only_owners_decide_about_people(cast, mia, sign_in, who, what):
    client = sign_in(mia if who == "mia" else getattr(cast, who))
    assert client.post(bobs(cast, what), data={"role": "owner", "reach": "all"}).status_code == 403
    assert role_of(cast, cast.bob) is Role.MEMBER and not Notice.select().exists()


@pytest.mark.parametrize("what", ["role", "reach", "remove", "password-link"])
def test_the_owner_of_another_workspace_finds_nobody_here(cast, sign_in, what):
    answer = sign_in(cast.charlie).post(bobs(cast, what), data={"role": "viewer", "reach": "own", "heir": ""})
    assert answer.status_code == 404 and Membership.of(cast.acme).count() == 3


def test_what_somebody_sees_is_changed_in_a_dialog_or_on_its_own_page(cast, alice, htmx):
    part = alice.get(bobs(cast, "reach"), headers=htmx).text
    assert "What Bob Baker sees" in part and "<html" not in part and "<html" in alice.get(bobs(cast, "reach")).text
    assert alice.post(bobs(cast, "reach"), data={"reach": "everything"}).status_code == 422
    assert alice.post(bobs(cast, "reach"), data={"reach": "own"}).location == HERE
    assert team.get_membership(cast.acme, cast.bob.user_id).reach is Reach.OWN


def test_who_invited_as_many_as_go_in_a_day_invites_nobody_from_another_workspace(cast, alice, monkeypatch):
    monkeypatch.setitem(joining.A_DAY, "limit", 3)
    form = {"role": "member", "reach": "all", "center": ""}
    assert alice.post(f"{HERE}/invite", data=form | {"addresses": "a@b.io c@d.io e@f.io"}).location == HERE
    alice.post("/workspaces/new", data={"name": "Side project", "time_zone": "UTC"})
    assert alice.post(f"{HERE}/invite", data=form | {"addresses": "g@h.example"}).status_code == 429
    assert Invitation.select().count() == 3


def test_a_password_link_is_owed_to_them_alone(cast, alice):
    alice.post(bobs(cast, "password-link"))
    notice = Notice.get()
    assert (notice.kind, notice.email) == (NoticeKind.RESET, "bob@example.org")
    entry = AuditEntry.get()
    assert (entry.action, entry.subject) == ("user.password_link_sent", "Bob Baker")
    assert (entry.actor_name, entry.workspace) == ("Alice Archer", cast.acme)
    for _ in range(5):
        last = alice.post(bobs(cast, "password-link"))
    assert last.status_code == 429


def test_a_removed_member_is_out_at_the_next_request(cast, alice, sign_in):
    bob = sign_in(cast.bob)
    assert bob.get("/leads").status_code == 200
    assert "Remove Bob Baker?" in alice.get(bobs(cast, "remove")).text
    assert alice.post(bobs(cast, "remove"), data={"heir": ""}).location == HERE
    assert bob.get("/leads").location == "/workspaces/new"
    assert "You are in no workspace, Bob Baker" in bob.get("/workspaces/new").text


def test_who_is_in_another_workspace_goes_on_there(cast, alice, sign_in):
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    bob = sign_in(cast.bob)
    alice.post(bobs(cast, "remove"), data={"heir": ""})
    assert ">Other</span>" in bob.get("/leads").text


def test_the_dialog_says_how_many_leads_there_are_and_hands_them_over(cast, alice, run_jobs):
    for _ in range(3):
        factories.lead(cast.acme, owner=cast.bob.user_id)
    text = alice.get(bobs(cast, "remove")).text
    assert "Hand their 3 leads to" in text and f'value="{cast.vera.user_id}"' not in text
    alice.post(bobs(cast, "remove"), data={"heir": cast.alice.user_id})
    run_jobs()
    assert "Hand your 3 leads to" in alice.get(f"{HERE}/leave").text


def test_an_heir_from_elsewhere_is_refused(cast, alice):
    assert alice.post(bobs(cast, "remove"), data={"heir": cast.charlie.user_id}).status_code == 422
    assert not Departure.select().exists()


def test_the_only_owner_cannot_leave_and_is_told_what_to_do_first(cast, alice):
    answer = alice.post(f"{HERE}/leave", data={"heir": ""})
    assert answer.status_code == 422 and "Transfer the ownership to somebody else first" in answer.text


def test_everybody_else_may_leave(cast, sign_in):
    vera = sign_in(cast.vera)
    assert vera.post(f"{HERE}/leave", data={"heir": ""}).location == "/"
    assert vera.get("/").location == "/workspaces/new"


# ------------------------------------------------------------- inviting


def invited(client, addresses, **fields):
    data = {"addresses": addresses, "role": "member", "reach": "all", "center": "", **fields}
    return client.post(f"{HERE}/invite", data=data)


def test_several_people_are_invited_at_once(cast, alice):
    answer = invited(alice, "ann@acme.example, Ben@acme.example\n cid@acme.example;ann@acme.example")
    assert answer.location == HERE
    assert {one.email for one in Invitation.select()} == {"ann@acme.example", "ben@acme.example", "cid@acme.example"}
    text = alice.get(HERE).text
    assert text.count("Waiting") == 3 and "3 invitations on the way" in text


def test_each_address_is_answered_for_and_what_failed_stays_to_be_mended(cast, alice):
    answer = invited(alice, "ann@acme.example nonsense bob@example.org")
    assert answer.status_code == 422 and Invitation.select().count() == 1
    assert "That is not an e-mail address." in answer.text and "Already in Acme." in answer.text
    assert re.search(r"<textarea[^>]*>\s*nonsense\nbob@example.org</textarea>", answer.text)


def test_the_answer_tells_nothing_about_accounts(cast, alice):
    known, unknown = [
        invited(alice, f"{name}@example.org nonsense").text.replace(name, "who") for name in ("charlie", "nobody1")
    ]
    assert known == unknown


@pytest.mark.parametrize(
    ("addresses", "sentence"),
    [(" , ", "Enter at least one"), (" ".join(f"p{n}@acme.example" for n in range(51)), "up to 50 people at once")],
)
def test_none_or_too_many_at_once_are_refused(cast, alice, addresses, sentence):
    answer = invited(alice, addresses)
    assert answer.status_code == 422 and sentence in answer.text and not Invitation.select().exists()


def test_a_manager_is_offered_and_may_give_only_what_is_below(cast, mia, sign_in):
    client = sign_in(mia)
    assert 'value="manager"' not in client.get(f"{HERE}/invite").text
    assert invited(client, "ann@acme.example", role="owner").status_code == 422
    assert not Invitation.select().exists()
    assert invited(client, "ann@acme.example", role="viewer").location == HERE


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_members_and_viewers_invite_nobody(cast, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(f"{HERE}/invite").status_code == 403
    assert invited(client, "ann@acme.example").status_code == 403 and not Invitation.select().exists()


def test_a_waiting_invitation_is_sent_again_withdrawn_or_copied(cast, alice, htmx):
    invitation = invitations.invite(cast.alice, "ann@acme.example")
    address = f"{HERE}/invitations/{invitation.id}"
    assert alice.post(f"{address}/again").location == HERE and Notice.select().count() == 2
    link = re.search(r"http://galena.test/invitations/\S+?(?=<)", alice.post(f"{address}/link", headers=htmx).text)
    assert alice.get(link.group().removeprefix("http://galena.test")).status_code == 200
    assert alice.post(f"{address}/withdraw").location == HERE and "Waiting" not in alice.get(HERE).text
    assert alice.post(f"{address}/withdraw").status_code == 404


def test_a_manager_gets_no_link_that_would_make_them_an_owner(cast, mia, sign_in):
    invitation = invitations.invite(cast.alice, "ann@acme.example", role=Role.OWNER)
    client = sign_in(mia)
    for what in ("link", "again", "withdraw"):
        assert client.post(f"{HERE}/invitations/{invitation.id}/{what}").status_code == 403
    assert "Send again" not in client.get(HERE).text and Invitation.get().token_hash is None


def test_a_deactivated_person_is_marked(cast, alice):
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    assert "Deactivated" in alice.get(HERE).text and member_of(cast.acme, User.get_by_id(cast.bob.user_id))
