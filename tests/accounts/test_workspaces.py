import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from db import db
from tests import factories
from webapp.accounts import erasing, workspaces
from webapp.accounts.country import country_of
from webapp.accounts.invitations import invite
from webapp.accounts.models import AuditEntry, Center, CenterMember, Invitation, Membership, Role, User, Workspace
from webapp.campaigns.models import Campaign, Recipient
from webapp.core import jobs
from webapp.core.clock import freeze, now
from webapp.core.errors import Invalid, NotFound
from webapp.imports.models import Import
from webapp.leads import timeline
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.mail.models import Suppression


def test_of_two_sign_ups_with_one_address_at_once_the_second_is_told(app, monkeypatch):
    def meanwhile(name):
        User.create(full_name="The other tab", email="mara@halden.example")
        return name

    monkeypatch.setattr(workspaces, "known_time_zone", meanwhile)
    with pytest.raises(Invalid, match="already an account"):
        workspaces.create_user(full_name="Mara", email="Mara@halden.example", password_hash="")


def test_a_new_workspace_has_an_owner_and_a_center_they_are_in(cast):
    made = workspaces.start_workspace(cast.bob.user_id, "Halden Studio", time_zone="Europe/Oslo")
    assert (made.slug, made.time_zone) == ("halden-studio", "Europe/Oslo")
    assert Membership.of(made).get().role is Role.OWNER
    assert CenterMember.get().user_id == cast.bob.user_id and Center.of(made).count() == 1


def changed(workspace, actor, **changes):
    row = workspaces.get_workspace(workspace.id)
    fields = ("name", "slug", "initials", "time_zone", "currency", "postal_address")
    workspaces.change_workspace(row, {name: getattr(row, name) for name in fields} | changes, actor=actor)
    return workspaces.get_workspace(workspace.id)


def test_a_change_is_kept_and_the_audit_log_says_what_it_was(cast):
    row = changed(cast.acme, cast.alice, name="Acme & Co", currency="CHF", postal_address="Main Street 1\nBern")
    assert (row.name, row.currency, row.postal_address, row.slug) == ("Acme & Co", "CHF", "Main Street 1\nBern", "acme")
    entry = AuditEntry.get()
    assert entry.action == "workspace.changed" and entry.data["currency"] == ["EUR", "CHF"] and "slug" not in entry.data


def test_nothing_changed_writes_nothing(cast):
    changed(cast.acme, cast.alice)
    assert not AuditEntry.select().exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("slug", "Acme", "small letters"),
        ("slug", "a--b", "small letters"),
        ("slug", "-a", "small letters"),
        ("slug", "a" * 41, "Use up to 40"),
        ("slug", "acme\n", "small letters"),
        ("slug", "other", "Another workspace here has the slug other"),
        ("time_zone", "Mars/Olympus", "Choose a time zone"),
        ("currency", "XXX", "Choose a currency"),
        ("country", "XX", "Choose a country"),
        ("initials", "ABC", "one or two letters"),
        ("initials", "<b", "one or two letters"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(cast, field, value, sentence):
    with pytest.raises(Invalid, match=sentence) as refusal:
        changed(cast.acme, cast.alice, **{field: value})
    assert refusal.value.field == field and Workspace.get_by_id(cast.acme.id).slug == "acme"


def test_an_owner_without_two_factor_cannot_require_it(cast):
    with pytest.raises(Invalid, match="Set up two-factor sign-in for yourself first"):
        workspaces.require_two_factor(cast.acme, True, actor=cast.alice)
    workspaces.require_two_factor(cast.acme, True, actor=replace(cast.alice, two_factor=True))
    assert Workspace.get_by_id(cast.acme.id).requires_two_factor
    workspaces.require_two_factor(cast.acme, False, actor=cast.alice)
    assert [entry.action.rpartition("_")[2] for entry in AuditEntry.select().order_by(AuditEntry.id)] == [
        "required", "required",
    ]  # fmt: skip


def test_a_workspace_is_given_up_only_by_its_name(cast):
    with pytest.raises(Invalid, match="Type Acme to delete it"):
        workspaces.give_up(cast.acme, typed_name="acme", actor=cast.alice)
    assert Membership.of(cast.acme).count() == 3


def test_given_up_it_is_empty_at_once_and_gone_when_its_job_has_run(cast, run_jobs):
    fill(cast)
    invite(cast.alice, "ira@acme.example")
    users = workspaces.give_up(cast.acme, typed_name="Acme", actor=cast.alice)
    assert sorted(users) == [cast.alice.user_id, cast.bob.user_id, cast.vera.user_id]
    assert not Membership.of(cast.acme).exists() and not Invitation.select().exists()
    with pytest.raises(NotFound):
        workspaces.give_up(cast.acme, typed_name="Acme", actor=cast.alice)
    run_jobs()
    assert [row.name for row in Workspace.select()] == ["Other"]
    assert {model.__name__: model.select().count() for model in ROWS} == {model.__name__: 1 for model in ROWS}
    assert AuditEntry.select().where(AuditEntry.action == "workspace.deleted").get().subject == "Acme"


ROWS = (Lead, Activity, Import, Campaign, Recipient, Suppression)


def fill(cast):
    """In each workspace a row of everything that may be large; in Acme more than one batch of it."""
    for workspace, member, count in ((cast.acme, cast.alice, 2 * erasing.BATCH + 1), (cast.other, cast.charlie, 1)):
        imported = Import.create(
            workspace=workspace, actor=member.user_id, filename="a.csv", path="uploads/none.csv", size=1,
            dialect={}, columns=[], mapping=[],
        )  # fmt: skip
        campaign = Campaign.create(workspace=workspace, actor=member.user_id, name="Hello")
        Suppression.create(workspace=workspace, email="no@globex.example", reason="unsubscribed")
        for _ in range(count):
            lead = factories.lead(workspace, owner=member.user_id, origin=imported)
            timeline.record(workspace, lead.id, ActivityKind.CREATED)
            Recipient.create(workspace=workspace, campaign=campaign, lead=lead)


def test_a_deletion_that_a_crash_ended_goes_on(cast, run_jobs):
    fill(cast)
    workspaces.give_up(cast.acme, typed_name="Acme", actor=cast.alice)
    jobs.huey.flush()
    erasing.requeue_stalled()
    assert jobs.huey.pending_count() == 0  # it may still be running
    with freeze(now() + erasing.STALLED + timedelta(seconds=1)):
        erasing.requeue_stalled()
        run_jobs()
    assert Workspace.select().count() == 1 and Lead.select().count() == 1


def test_what_refers_to_a_row_goes_before_it(app):
    """Or deleting one import would change a million leads in one statement."""
    tables = [key.model for key in erasing._belonging()]
    assert len(tables) > 15
    for table in tables:
        for other in set(table._meta.refs.values()) & set(tables) - {table}:
            assert tables.index(table) < tables.index(other), f"{table.__name__} refers to {other.__name__}"


def test_a_workspace_that_nobody_gave_up_is_not_erased(cast):
    erasing.erase_workspace(cast.acme.id)
    assert Membership.of(cast.acme).count() == 3


def test_of_two_first_accounts_at_once_one_is_site_admin(app):
    together = threading.Barrier(2)

    def sign_up(name):
        with db.connection_context():
            together.wait()
            workspaces.create_user(full_name=name, email=f"{name}@example.org", password_hash="")

    for _ in range(5):
        User.delete().execute()
        threads = [threading.Thread(target=sign_up, args=(name,)) for name in ("ann", "ben")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(user.is_admin for user in User.select()) == [False, True]


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Europe/Berlin", "DE"), ("Europe/Kiev", "UA"), ("Asia/Calcutta", "IN"), ("US/Eastern", "US"), ("UTC", "")],
)
def test_a_workspace_is_where_it_says_else_where_its_time_zone_is(zone, country):
    assert country_of(Workspace(time_zone=zone)) == country
    assert country_of(Workspace(time_zone=zone, country="CH")) == "CH"
