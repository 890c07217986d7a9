"""Offering a place in a workspace, and taking it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts import invitations
from webapp.accounts.centers import archive_center, create_center, put_in
from webapp.accounts.models import (
    AuditEntry,
    CenterMember,
    Invitation,
    Membership,
    Notice,
    NoticeKind,
    NoticeState,
    Reach,
    Role,
    User,
)
from webapp.core.clock import freeze, now
from webapp.core.crypto import digest
from webapp.core.errors import Conflict, Forbidden, Invalid, NotFound


def invite(member, email="Ira@Acme.example", **place):
    return invitations.invite(member, email, **place)


def opened(invitation):
    """(the row as its link finds it, the token)"""
    token = invitations.new_token(invitation)
    return invitations.find(token), token


def test_an_invitation_is_written_down_and_its_mail_owed_without_a_token(cast):
    invitation = invite(cast.alice, role=Role.MANAGER, reach=Reach.OWN)
    notice = Notice.get()
    assert (notice.kind, notice.email, notice.invitation) == (NoticeKind.INVITATION, "ira@acme.example", invitation)
    assert invitation.token_hash is None and invitation.role is Role.MANAGER and invitation.reach is Reach.OWN
    assert AuditEntry.get().action == "invitation.made"


def test_only_the_digest_of_a_token_is_kept_and_a_new_one_ends_the_former(cast):
    invitation = invite(cast.alice)
    first, second = invitations.new_token(invitation), invitations.new_token(invitation)
    assert Invitation.get().token_hash == digest(second)
    with pytest.raises(NotFound, match="use the newest mail"):
        invitations.find(first)


@pytest.mark.parametrize(
    "address",
    [
        "", "ira", "ira@", "ira@acme", "a b@acme.example", "ira@acme.example\r\nBcc: x@y.example", "ira@acme.example,",
        "<ira@acme.example>", "x" * 250 + "@acme.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_invited(cast, address):
    with pytest.raises(Invalid, match="not an e-mail address"):
        invite(cast.alice, address)
    assert not Invitation.select().exists() and not Notice.select().exists()


def test_the_answer_is_the_same_for_an_address_with_an_account_and_one_without(cast):
    invite(cast.alice, "charlie@example.org"), invite(cast.alice, "nobody@example.org")
    assert Notice.select().count() == 2


def test_who_is_in_the_workspace_or_invited_already_is_not_invited_again(cast):
    with pytest.raises(Invalid, match="Already in Acme"):
        invite(cast.alice, "BOB@example.org")
    invite(cast.alice)
    with pytest.raises(Invalid, match="Invited already"):
        invite(cast.alice, "ira@acme.example")
    invite(cast.charlie)  # another workspace may


def test_an_expired_invitation_makes_room_for_a_new_one(cast):
    invite(cast.alice)
    with freeze(now() + timedelta(days=8)):
        invite(cast.alice)
        assert [one.withdrawn_at is None for one in Invitation.select().order_by(Invitation.id)] == [False, True]


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_a_manager_invites_only_below_their_own_role(cast, role):
    manager = factories.member(cast.acme, "Mia Manager", role=Role.MANAGER)
    with pytest.raises(Forbidden, match="below your own"):
        invite(manager, role=role)
    invite(manager, role=Role.VIEWER)


@pytest.mark.parametrize(
    ("own", "given"), [(Reach.OWN, Reach.ALL), (Reach.OWN, Reach.CENTERS), (Reach.CENTERS, Reach.ALL)]
)
def test_nobody_invites_somebody_to_see_more_than_they_do(cast, own, given):
    manager = replace(factories.member(cast.acme, "Mia Manager", role=Role.MANAGER), reach=own)
    with pytest.raises(Forbidden, match="more leads than you do"):
        invite(manager, reach=given)
    invite(manager, reach=own)


def test_a_center_is_one_of_the_workspace_and_in_the_inviters_reach(cast):
    ours, theirs = create_center(cast.acme, "Berlin"), create_center(cast.other, "Oslo")
    manager = factories.member(cast.acme, "Mia Manager", role=Role.MANAGER, reach=Reach.CENTERS)
    for member, center in ((cast.alice, theirs), (manager, ours)):
        with pytest.raises(Invalid, match="one of the centers"):
            invite(member, reach=Reach.CENTERS, center_id=center.id)
    put_in(ours, manager.user_id, actor=cast.alice)
    assert invite(manager, reach=Reach.CENTERS, center_id=ours.id).center == ours


def test_who_could_not_have_made_an_invitation_cannot_act_on_it_either(cast):
    manager = factories.member(cast.acme, "Mia Manager", role=Role.MANAGER)
    high, low = invite(cast.alice, role=Role.OWNER), invite(cast.alice, "low@acme.example")
    with pytest.raises(Forbidden):
        invitations.get_invitation(manager, high.id)
    assert invitations.get_invitation(manager, low.id) == low
    with pytest.raises(NotFound):
        invitations.get_invitation(cast.charlie, low.id)


def test_accepting_gives_the_place_that_was_offered(cast):
    center = create_center(cast.acme, "Berlin")
    invitation, token = opened(invite(cast.alice, role=Role.VIEWER, reach=Reach.CENTERS, center_id=center.id))
    ira = factories.user("Ira Novak", "ira@acme.example")
    invitations.accept(invitation, ira, token)
    membership = Membership.of(cast.acme).where(Membership.user == ira).get()
    assert (membership.role, membership.reach) == (Role.VIEWER, Reach.CENTERS)
    assert CenterMember.get(CenterMember.user == ira).center == center
    assert User.get_by_id(ira.id).email_verified_at is not None  # the link came by mail


def test_an_archived_center_is_left_out(cast):
    center = create_center(cast.acme, "Berlin")
    invitation, token = opened(invite(cast.alice, center_id=center.id))
    archive_center(center, actor=cast.alice)
    invitations.accept(invitation, factories.user("Ira Novak", "ira@acme.example"), token)
    assert not CenterMember.select().exists()


def test_two_tabs_make_one_membership(cast):
    invitation, token = opened(invite(cast.alice))
    ira = factories.user("Ira Novak", "ira@acme.example")
    invitations.accept(invitation, ira, token)
    invitations.accept(invitation, ira, token)
    assert Membership.of(cast.acme).where(Membership.user == ira).count() == 1
    assert AuditEntry.select().where(AuditEntry.action == "invitation.accepted").count() == 1


def test_an_invitation_is_for_its_address_alone(cast):
    invitation, token = opened(invite(cast.alice, role=Role.OWNER))
    with pytest.raises(Conflict, match="This invitation is for ira@"):
        invitations.accept(invitation, User.get_by_id(cast.charlie.user_id), token)
    assert Membership.of(cast.acme).count() == 3 and Invitation.get().accepted_at is None


def test_what_is_closed_says_why_and_lets_nobody_in(cast):
    ira = factories.user("Ira Novak", "ira@acme.example")
    invitation, token = opened(invite(cast.alice))
    with freeze(now() + timedelta(days=7, seconds=1)):
        assert invitations.why_closed(invitation) == "This invitation has expired. Ask Alice Archer to send it again."
        assert invitations.new_token(invitation) is None
        with pytest.raises(Conflict, match="expired"):
            invitations.accept(invitation, ira, token)
    invitations.withdraw(invitation, actor=cast.alice)
    with pytest.raises(Conflict, match="withdrawn"):
        invitations.accept(invitation, ira, token)
    with pytest.raises(Conflict, match="just accepted or withdrawn"):
        invitations.withdraw(invitation, actor=cast.alice)
    assert not Membership.of(cast.acme).where(Membership.user == ira).exists()


def test_sending_again_owes_another_mail_and_gives_all_of_the_time(cast):
    invitation = invite(cast.alice)
    with freeze(now() + timedelta(days=10)):
        invitations.send_again(invitation, actor=cast.alice)
        assert Invitation.get().expires_at == now() + invitations.LIFE and Notice.select().count() == 2
        assert invitations.new_token(Invitation.get())


def test_a_copied_link_drops_the_mail_that_would_replace_it_and_proves_no_address(cast):
    invitation = invite(cast.alice)
    token = invitations.copied_token(invitation, actor=cast.alice)
    assert Notice.get().state is NoticeState.DROPPED
    ira = factories.user("Ira Novak", "ira@acme.example")
    invitations.accept(invitations.find(token), ira, token)
    assert User.get_by_id(ira.id).email_verified_at is None
    with pytest.raises(Conflict, match="not open any more"):
        invitations.copied_token(invitation, actor=cast.alice)


def test_a_place_taken_otherwise_stays_as_it_is(cast):
    invitation, token = opened(invite(cast.alice, role=Role.OWNER))
    ira = factories.member(cast.acme, "Ira Novak", role=Role.VIEWER, email="ira@acme.example")
    invitations.accept(invitation, User.get_by_id(ira.user_id), token)
    assert Membership.of(cast.acme).where(Membership.user == ira.user_id).get().role is Role.VIEWER
