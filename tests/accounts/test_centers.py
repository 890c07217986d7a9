import pytest

from tests import factories
from webapp.accounts import centers
from webapp.accounts.models import Assignment, AuditEntry, CenterMember, Reach, Role, User
from webapp.accounts.workspaces import add_member
from webapp.core.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.onboarding.sign_up import sign_up


def names(workspace, **options):
    return [center.name for center in centers.centers_of(workspace, **options)]


def acts():
    return [(entry.action, entry.subject, entry.actor_name) for entry in AuditEntry.select().order_by(AuditEntry.id)]


def test_a_new_workspace_has_a_center_with_its_owner_in_it(app):
    user, workspace = sign_up(
        full_name="Mara Mint", email="mara@halden.example", password="a long good password", workspace_name="Halden"
    )
    [center] = centers.centers_of(workspace)
    assert (center.name, center.people) == ("Head office", 1)
    assert [person.user_id for person in centers.people_in(workspace)[center.id]] == [user.id]


def test_a_center_needs_a_name_of_its_own_whatever_its_case_and_accents(cast):
    centers.create_center(cast.acme, "  São   Paulo ", actor=cast.alice)
    assert names(cast.acme) == ["São Paulo"]
    with pytest.raises(Invalid, match="already a center named São Paulo"):
        centers.create_center(cast.acme, "SAO PAULO", actor=cast.alice)
    for wrong, sentence in ((" \0 ", "Give the center a name"), ("x" * 81, "this has 81")):
        with pytest.raises(Invalid, match=sentence):
            centers.create_center(cast.acme, wrong, actor=cast.alice)
    centers.create_center(cast.other, "São Paulo", actor=cast.charlie)
    assert acts() == [
        ("center.created", "São Paulo", "Alice Archer"),
        ("center.created", "São Paulo", "Charlie Chase"),
    ]


def test_a_name_that_folds_to_many_letters_is_kept(cast):
    assert centers.create_center(cast.acme, "\ufdfa" * 80).name == "\ufdfa" * 80


def test_renaming_keeps_names_apart_and_says_what_it_was(cast):
    berlin = centers.create_center(cast.acme, "Berlin", actor=cast.alice)
    centers.create_center(cast.acme, "Lisbon", actor=cast.alice)
    centers.rename_center(berlin, "BERLIN", actor=cast.alice)
    with pytest.raises(Invalid, match="already a center named Lisbon"):
        centers.rename_center(berlin, "lisbon", actor=cast.alice)
    assert (berlin.name, names(cast.acme)) == ("BERLIN", ["BERLIN", "Lisbon"])
    assert AuditEntry.get(AuditEntry.action == "center.renamed").data["was"] == "Berlin"


def test_an_archived_center_leaves_the_list_and_can_be_brought_back(cast):
    berlin = centers.create_center(cast.acme, "Berlin")
    centers.archive_center(berlin, actor=cast.alice)
    assert (names(cast.acme), names(cast.acme, archived=True)) == ([], ["Berlin"])
    with pytest.raises(Conflict):
        centers.archive_center(berlin, actor=cast.alice)
    with pytest.raises(Invalid, match="It is archived: bring it back instead"):
        centers.create_center(cast.acme, "Berlin")
    centers.bring_back(berlin, actor=cast.alice)
    with pytest.raises(Conflict):
        centers.bring_back(berlin, actor=cast.alice)
    assert names(cast.acme) == ["Berlin"]


def test_members_come_and_go_and_twice_is_once(cast):
    berlin = centers.create_center(cast.acme, "Berlin")
    for _ in range(2):
        centers.put_in(berlin, cast.bob.user_id, actor=cast.alice, capacity=40)
    [bob] = centers.people_in(cast.acme)[berlin.id]
    assert (bob.full_name, bob.capacity, bob.takes_leads) == ("Bob Baker", 40, True)
    centers.set_capacity(berlin, cast.bob.user_id, None, actor=cast.alice)
    assert centers.people_in(cast.acme, berlin)[berlin.id][0].capacity is None
    centers.take_out(berlin, cast.bob.user_id, actor=cast.alice)
    with pytest.raises(NotFound):
        centers.take_out(berlin, cast.bob.user_id, actor=cast.alice)
    with pytest.raises(NotFound):
        centers.set_capacity(berlin, cast.bob.user_id, 3, actor=cast.alice)
    assert [action for action, *_ in acts()] == [
        "center.created", "center.member_added", "center.capacity_set", "center.member_removed"
    ]  # fmt: skip


def test_nobody_from_outside_and_nobody_inactive_is_put_into_a_center(cast):
    berlin = centers.create_center(cast.acme, "Berlin")
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    for stranger in (cast.charlie.user_id, cast.bob.user_id, 10**9):
        with pytest.raises(Invalid, match="Choose somebody in your workspace"):
            centers.put_in(berlin, stranger, actor=cast.alice)
    assert not CenterMember.select().exists()


@pytest.mark.parametrize("capacity", [-1, 10**9])
def test_a_capacity_is_a_number_that_can_be(cast, capacity):
    berlin = centers.create_center(cast.acme, "Berlin")
    with pytest.raises(Invalid, match="whole number from 0"):
        centers.put_in(berlin, cast.bob.user_id, actor=cast.alice, capacity=capacity)


def test_a_center_counts_only_its_own_workspaces_active_members(cast):
    berlin = centers.create_center(cast.acme, "Berlin")
    for member in (cast.alice, cast.bob, cast.vera):
        centers.put_in(berlin, member.user_id, actor=cast.alice)
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    add_member(cast.other, User.get_by_id(cast.alice.user_id))
    [shown] = centers.centers_of(cast.acme)
    assert shown.people == 2
    assert [person.takes_leads for person in centers.people_in(cast.acme)[berlin.id]] == [True, False]


def test_who_leaves_the_workspace_leaves_its_centers_only(cast):
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    ours, theirs = centers.create_center(cast.acme, "Berlin"), centers.create_center(cast.other, "Lisbon")
    for center in (ours, theirs):
        centers.put_in(center, cast.bob.user_id, actor=cast.alice)
    centers.leave_centers(cast.acme, cast.bob.user_id)
    assert [row.center_id for row in CenterMember.select()] == [theirs.id]


def test_leads_go_where_ones_reach_goes(cast):
    berlin, lisbon, closed = (centers.create_center(cast.acme, name) for name in ("Berlin", "Lisbon", "Rome"))
    centers.create_center(cast.other, "Elsewhere")
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.CENTERS)
    for center in (berlin, closed):
        centers.put_in(center, dora.user_id, actor=cast.alice)
    centers.archive_center(closed, actor=cast.alice)
    assert centers.open_to(cast.bob) == [(berlin.id, "Berlin"), (lisbon.id, "Lisbon")]
    assert centers.open_to(dora) == [(berlin.id, "Berlin")]


def test_the_way_of_assigning_is_kept(cast):
    berlin = centers.create_center(cast.acme, "Berlin")
    centers.set_assignment(berlin, "round_robin", actor=cast.alice)
    assert centers.get_center(cast.acme, berlin.id).assignment is Assignment.ROUND_ROBIN
    assert AuditEntry.get(AuditEntry.action == "center.assignment_set").data["assignment"] == "round_robin"
    with pytest.raises(NotFound):
        centers.get_center(cast.other, berlin.id)


def test_nobody_widens_their_reach_by_putting_themselves_into_a_center(cast):
    mia = factories.member(cast.acme, "Mia Manager", role=Role.MANAGER, reach=Reach.CENTERS)
    near, far = (centers.create_center(cast.acme, name, actor=cast.alice) for name in ("Near", "Far"))
    centers.put_in(near, mia.user_id, actor=cast.alice)
    for person in (mia, cast.bob):
        with pytest.raises(Forbidden, match="only into centers of which you see all leads"):
            centers.put_in(far, person.user_id, actor=mia)
    centers.put_in(near, cast.bob.user_id, actor=mia)
    assert centers.centers_with(mia) == centers.centers_with(cast.bob) == {near.id}


def test_who_may_not_put_anybody_into_a_center_is_not_offered_it(cast, sign_in):
    mia = factories.member(cast.acme, "Mia Manager", role=Role.MANAGER, reach=Reach.CENTERS)
    far = centers.create_center(cast.acme, "Far", actor=cast.alice)
    page = f"/settings/centers/{far.id}"
    assert "Put in</button>" in sign_in(cast.alice).get(page).text
    assert "Put in</button>" not in sign_in(mia).get(page).text
    assert sign_in(mia).post(f"{page}/members", data={"user": mia.user_id}).status_code == 403
