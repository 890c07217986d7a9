"""Roles, reach and removal: whatever happens, somebody owns the workspace."""

import threading
from contextlib import suppress

import pytest

from db import db
from tests import factories
from webapp.accounts import invitations, team
from webapp.accounts.centers import create_center, put_in
from webapp.accounts.members import member_of
from webapp.accounts.models import AuditEntry, CenterMember, Departure, Invitation, Membership, Reach, Role, User
from webapp.accounts.workspaces import add_member
from webapp.core.errors import Conflict, Invalid, NotFound


def role_of(member):
    return team.get_membership(member.workspace, member.user_id).role


def test_a_role_changes_and_the_audit_log_says_from_what_to_what(cast):
    team.set_role(cast.acme, cast.bob.user_id, Role.MANAGER, actor=cast.alice)
    assert role_of(cast.bob) is Role.MANAGER
    entry = AuditEntry.get()
    assert (entry.action, entry.subject, entry.actor_name) == ("member.role_changed", "Bob Baker", "Alice Archer")
    assert entry.workspace == cast.acme and entry.data["role"] == ["member", "manager"]


def test_choosing_the_role_somebody_has_writes_nothing(cast):
    team.set_role(cast.acme, cast.bob.user_id, Role.MEMBER, actor=cast.alice)
    team.set_reach(cast.acme, cast.bob.user_id, Reach.ALL, actor=cast.alice)
    assert not AuditEntry.select().exists()


def test_reach_changes_what_they_see_from_then_on(cast):
    team.set_reach(cast.acme, cast.bob.user_id, Reach.OWN, actor=cast.alice)
    assert member_of(cast.acme, User.get_by_id(cast.bob.user_id)).reach is Reach.OWN
    assert AuditEntry.get().data["reach"] == ["all", "own"]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.VIEWER])
def test_the_only_owner_cannot_be_demoted(cast, role):
    with pytest.raises(Conflict, match="You are the only owner of Acme"):
        team.set_role(cast.acme, cast.alice.user_id, role, actor=cast.alice)
    assert role_of(cast.alice) is Role.OWNER


def test_the_only_owner_can_neither_leave_nor_be_removed(cast):
    with pytest.raises(Conflict, match="You are the only owner"):
        team.remove_member(cast.acme, cast.alice.user_id, actor=cast.alice)
    with pytest.raises(Conflict, match="Alice Archer is the only owner of Acme"):
        team.remove_member(cast.acme, cast.alice.user_id, actor=cast.bob)


def test_an_owner_whose_account_is_deactivated_does_not_count(cast):
    team.set_role(cast.acme, cast.bob.user_id, Role.OWNER, actor=cast.alice)
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    with pytest.raises(Conflict):
        team.set_role(cast.acme, cast.alice.user_id, Role.MEMBER, actor=cast.alice)


def test_with_a_second_owner_the_first_may_go(cast):
    team.set_role(cast.acme, cast.bob.user_id, Role.OWNER, actor=cast.alice)
    team.remove_member(cast.acme, cast.alice.user_id, actor=cast.alice)
    assert not Membership.of(cast.acme).where(Membership.user == cast.alice.user_id).exists()
    assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().action == "member.left"


def test_two_owners_who_demote_each_other_at_once_leave_one(cast):
    together = threading.Barrier(2)

    def demote(victim, actor):
        with db.connection_context():
            together.wait()
            with suppress(Conflict):
                team.set_role(cast.acme, victim.user_id, Role.MEMBER, actor=actor)

    for _ in range(10):
        Membership.update(role=Role.OWNER).where(Membership.user != cast.vera.user_id).execute()
        pairs = ((cast.bob, cast.alice), (cast.alice, cast.bob))
        threads = [threading.Thread(target=demote, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Membership.of(cast.acme).where(Membership.role == Role.OWNER).count() == 1


def test_removal_takes_them_out_of_the_centers_of_this_workspace_only(cast):
    here, there = create_center(cast.acme, "Berlin"), create_center(cast.other, "Oslo")
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    put_in(here, cast.bob.user_id, actor=cast.alice)
    put_in(there, cast.bob.user_id, actor=cast.charlie)
    team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice)
    assert [row.center_id for row in CenterMember.select().where(CenterMember.user == cast.bob.user_id)] == [there.id]
    assert Membership.select().where(Membership.user == cast.bob.user_id).get().workspace == cast.other


def test_somebody_of_another_workspace_is_not_found(cast):
    for change in (
        lambda: team.set_role(cast.acme, cast.charlie.user_id, Role.OWNER, actor=cast.alice),
        lambda: team.set_reach(cast.acme, cast.charlie.user_id, Reach.OWN, actor=cast.alice),
        lambda: team.remove_member(cast.acme, cast.charlie.user_id, actor=cast.alice),
        lambda: team.transfer_ownership(cast.acme, cast.charlie.user_id, actor=cast.alice),
    ):
        with pytest.raises(NotFound):
            change()


@pytest.mark.parametrize("heir", ["charlie", "vera", "bob"])
def test_leads_go_only_to_somebody_in_the_workspace_who_may_change_them(cast, heir):
    with pytest.raises(Invalid, match="who may change leads"):
        team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice, heir_id=getattr(cast, heir).user_id)
    assert Membership.of(cast.acme).count() == 3 and not Departure.select().exists()


def test_ownership_goes_to_another_member_and_the_giver_becomes_a_manager(cast):
    team.transfer_ownership(cast.acme, cast.bob.user_id, actor=cast.alice)
    assert (role_of(cast.bob), role_of(cast.alice)) == (Role.OWNER, Role.MANAGER)
    with pytest.raises(Conflict, match="not an owner of this workspace any more"):
        team.transfer_ownership(cast.acme, cast.vera.user_id, actor=cast.alice)
    assert (role_of(cast.bob), role_of(cast.vera)) == (Role.OWNER, Role.VIEWER)


def test_ownership_goes_neither_to_oneself_nor_to_a_deactivated_account(cast):
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    for user_id in (cast.alice.user_id, cast.bob.user_id):
        with pytest.raises(Invalid, match="Choose somebody else"):
            team.transfer_ownership(cast.acme, user_id, actor=cast.alice)
    assert role_of(cast.alice) is Role.OWNER


@pytest.fixture
def mia(cast):
    """A second owner, who has invited to each role with two reaches."""
    mia = factories.member(cast.acme, "Mia Mint", role=Role.OWNER)
    for role in Role:
        for reach in (Reach.ALL, Reach.OWN):
            invitations.invite(mia, f"{role}-{reach}@mint.example", role=role, reach=reach)
    invitations.invite(cast.alice, "hers@acme.example", role=Role.OWNER)
    return mia


def waiting():
    return {one.email.partition("@")[0] for one in Invitation.select().where(Invitation.withdrawn_at.is_null())}


def test_who_is_removed_comes_back_by_no_invitation_of_their_own(cast, mia):
    team.remove_member(cast.acme, mia.user_id, actor=cast.alice)
    assert waiting() == {"hers"}
    assert AuditEntry.select().where(AuditEntry.action == "invitation.withdrawn").count() == 8


def test_who_leaves_by_themselves_leaves_their_invitations(cast, mia):
    team.remove_member(cast.acme, mia.user_id, actor=mia)
    assert len(waiting()) == 9


def test_less_of_a_role_or_reach_withdraws_invitations_to_more_than_that(cast, mia):
    team.set_reach(cast.acme, mia.user_id, Reach.CENTERS, actor=cast.alice)
    assert waiting() == {"hers", "owner-own", "manager-own", "member-own", "viewer-own"}
    team.set_role(cast.acme, mia.user_id, Role.MANAGER, actor=cast.alice)
    assert waiting() == {"hers", "member-own", "viewer-own"}
    team.set_role(cast.acme, mia.user_id, Role.MEMBER, actor=cast.alice)
    assert waiting() == {"hers"}


def test_who_hands_the_ownership_over_has_no_invitation_to_it_left(cast, mia):
    team.transfer_ownership(cast.acme, cast.bob.user_id, actor=mia)
    assert waiting() == {"hers", "member-all", "member-own", "viewer-all", "viewer-own"}
