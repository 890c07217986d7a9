import threading

import pytest
from click.testing import CliRunner
from playhouse.test_utils import count_queries

from db import db
from tests import factories
from webapp import processes
from webapp.accounts.members import member_of
from webapp.accounts.models import AuditEntry, Membership, Notice, NoticeKind, User
from webapp.accounts.workspaces import add_member
from webapp.admin import people, queries
from webapp.admin.cli import make_admin
from webapp.auth import sessions
from webapp.auth.cli import create_user
from webapp.auth.models import RecoveryCode, Session, TwoFactor
from webapp.config import load
from webapp.core.clock import now
from webapp.core.errors import Conflict, Forbidden

ACTS = ("deactivate", "reactivate", "sign-out", "admin", "no-admin", "password-link", "two-factor-off")


def row(member):
    return User.get_by_id(member.user_id)


def post(client, member, act):
    return client.post(f"/admin/users/{member.user_id}/{act}", environ_base={"REMOTE_ADDR": "203.0.113.9"})


def found(**filters):
    return [user.full_name for user in queries.users(**filters).rows]


def second_admin(cast):
    User.update(is_admin=True).where(User.id == cast.bob.user_id).execute()
    return member_of(cast.acme, row(cast.bob))


# ------------------------------------------------------------------ finding


def test_only_site_admins_get_in(cast, sign_in):
    for member in (cast.charlie, cast.bob, cast.vera):
        client = sign_in(member)
        for path in ("/admin", "/admin/users", "/admin/workspaces", "/admin/audit", "/admin/mail"):
            assert client.get(path).status_code == 403, path
        for act in ACTS:
            assert post(client, cast.bob, act).status_code == 403, act
    assert AuditEntry.select().where(AuditEntry.actor.is_null(False)).count() == 0


def test_everybody_is_listed_with_their_workspaces_and_sessions(cast, admin, sign_in):
    add_member(cast.other, row(cast.bob))
    sign_in(cast.bob)
    sign_in(cast.bob)
    page = admin.get("/admin/users").text
    for words in ("Alice Archer", "bob@example.org", "Acme, Other", "Site admin", "Never"):
        assert words in page
    listed = {user.full_name: user for user in queries.users().rows}
    assert listed["Bob Baker"].open_sessions == 2 and listed["Bob Baker"].places == ["Acme", "Other"]
    assert listed["Vera Viewer"].open_sessions == 0


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("bob", ["Bob Baker"]),
        ("BAK", ["Bob Baker"]),
        ("charlie@ex", ["Charlie Chase"]),
        ("er", ["Émile Äther", "Vera Viewer", "Bob Baker", "Alice Archer"]),
        ("émile", ["Émile Äther"]),
        ("%", []),
        ("_", []),
        ("", ["Émile Äther", "Charlie Chase", "Vera Viewer", "Bob Baker", "Alice Archer"]),
    ],
)
def test_people_are_found_by_any_part_of_name_or_address(cast, typed, names):
    factories.user("Émile Äther", email="em@aether.example")
    assert found(search=typed) == names


def test_admins_and_deactivated_people_are_found_by_that(cast):
    people.deactivate(row(cast.bob), actor=cast.alice, address="")
    assert found(only="admins") == ["Alice Archer"] and found(only="deactivated") == ["Bob Baker"]
    assert len(found(only="no such filter")) == 4


def test_an_account_that_its_person_deleted_is_not_found(cast, admin):
    User.update(deleted_at=now()).where(User.id == cast.bob.user_id).execute()
    assert "Bob Baker" not in found()
    assert admin.get(f"/admin/users/{cast.bob.user_id}").status_code == 404
    assert post(admin, cast.bob, "reactivate").status_code == 404


def test_a_site_admin_needs_no_workspace(cast, admin):
    Membership.delete().where(Membership.user == cast.alice.user_id).execute()
    Session.update(workspace=None).execute()
    for path in ("users", "workspaces", "audit", "mail"):
        assert admin.get(f"/admin/{path}").status_code == 200


def test_the_list_goes_on_behind_its_last_row(cast, admin):
    for number in range(60):
        factories.user(f"Person {number:02d}", email=f"person{number}@example.org")
    first = queries.users()
    second = queries.users(cursor=first.older)
    assert (len(first.rows), len(second.rows)) == (50, 14)
    assert first.rows[0].full_name == "Person 59" and second.rows[0].full_name == "Person 09"
    page = admin.get(f"/admin/users?page={first.older}").text
    assert "Alice Archer" in page and 'rel="prev"' in page


@pytest.mark.parametrize("more", [1, 30])
def test_a_longer_list_asks_no_more_questions(cast, admin, more):
    for number in range(more):
        add_member(cast.acme, factories.user(f"Person {number}", email=f"person{number}@example.org"))
    admin.get("/admin/users")
    with count_queries() as counted:
        admin.get("/admin/users")
    assert counted.count <= 5


def test_a_person_is_shown_whole(cast, admin):
    page = admin.get(f"/admin/users/{cast.bob.user_id}").text
    for words in ("bob@example.org", "Not confirmed", "Member, joined", "Deactivate", "Send a link", "Make site admin"):
        assert words in page
    own = admin.get(f"/admin/users/{cast.alice.user_id}").text
    assert "This is your own account" in own and "Deactivate</button>" not in own
    assert admin.get("/admin/users/999").status_code == 404


# --------------------------------------------------------------------- acts


def test_a_deactivated_person_is_out_at_once_and_comes_back(cast, admin, sign_in, audited):
    bob = sign_in(cast.bob)
    assert post(admin, cast.bob, "deactivate").location == f"/admin/users/{cast.bob.user_id}"
    assert bob.get("/leads").location.startswith("/sign-in") and not row(cast.bob).is_active
    assert audited() == ("Alice Archer", "user.deactivated", "bob@example.org", "203.0.113.9")
    assert post(admin, cast.bob, "deactivate").status_code == 409
    post(admin, cast.bob, "reactivate")
    assert row(cast.bob).is_active and audited()[1] == "user.reactivated"
    assert bob.get("/leads").location.startswith("/sign-in")  # the old session stays ended
    assert post(admin, cast.bob, "reactivate").status_code == 409


def test_sessions_are_ended_everywhere(cast, admin, sign_in, audited):
    browsers = [sign_in(cast.bob), sign_in(cast.bob)]
    post(admin, cast.bob, "sign-out")
    assert all(browser.get("/leads").location.startswith("/sign-in") for browser in browsers)
    assert admin.get("/admin/users").status_code == 200 and audited()[1] == "user.signed_out"


def test_a_new_admin_signs_in_again_and_is_told(cast, admin, sign_in, audited):
    bob = sign_in(cast.bob)
    post(admin, cast.bob, "admin")
    assert row(cast.bob).is_admin and bob.get("/admin").location.startswith("/sign-in")
    assert sign_in(cast.bob).get("/admin/users").status_code == 200
    assert audited() == ("Alice Archer", "user.made_admin", "bob@example.org", "203.0.113.9")
    notice = Notice.get()
    assert (notice.kind, notice.email) == (NoticeKind.CHANGED, "bob@example.org")
    assert post(admin, cast.bob, "admin").status_code == 409


def test_the_rights_of_an_admin_end_at_once(cast, admin, sign_in, audited):
    bob = sign_in(second_admin(cast))
    assert bob.get("/admin/users").status_code == 200
    post(admin, cast.bob, "no-admin")
    assert bob.get("/admin/users").location.startswith("/sign-in") and audited()[1] == "user.unmade_admin"
    assert sign_in(cast.bob).get("/admin/users").status_code == 403


def test_nobody_does_it_to_oneself(cast, admin):
    second_admin(cast)
    for act in ("deactivate", "sign-out", "no-admin", "two-factor-off"):
        answer = post(admin, cast.alice, act)
        assert answer.status_code == 403 and "That is your own account." in answer.text, act
    assert row(cast.alice).is_admin and row(cast.alice).is_active


def test_the_last_active_admin_stays_one(cast):
    bob = second_admin(cast)
    people.unmake_admin(row(cast.alice), actor=bob, address="")
    with pytest.raises(Conflict, match="only active site admin"):
        people.unmake_admin(row(bob), actor=cast.alice, address="")
    with pytest.raises(Conflict, match="only active site admin"):
        people.deactivate(row(bob), actor=cast.alice, address="")
    assert row(bob).is_admin and row(bob).is_active


def test_a_deactivated_admin_does_not_count_as_one(cast):
    bob = second_admin(cast)
    User.update(is_active=False).where(User.id == bob.user_id).execute()
    with pytest.raises(Conflict):
        people.deactivate(row(cast.alice), actor=bob, address="")


def test_of_two_admins_who_take_it_from_each_other_one_stays(cast):
    bob, errors = second_admin(cast), []

    def take(victim, actor):
        with db.connection_context():
            try:
                people.unmake_admin(row(victim), actor=actor, address="")
            except Conflict as error:
                errors.append(error)

    threads = [threading.Thread(target=take, args=pair) for pair in ((bob, cast.alice), (cast.alice, bob))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.select().where(User.is_admin).count() == 1 and len(errors) == 1


def test_a_password_link_is_mailed_and_a_deactivated_person_gets_none(cast, admin, audited):
    post(admin, cast.bob, "password-link")
    notice = Notice.get()
    assert (notice.kind, notice.email, notice.user_id) == (NoticeKind.RESET, "bob@example.org", cast.bob.user_id)
    assert audited()[1] == "user.password_link_sent"
    people.deactivate(row(cast.bob), actor=cast.alice, address="")
    assert post(admin, cast.bob, "password-link").status_code == 409
    assert Notice.select().count() == 1


def test_two_factor_is_taken_off_who_lost_the_device(cast, admin, sign_in, audited):
    TwoFactor.create(user=cast.bob.user_id, secret="sealed", confirmed_at=now())
    RecoveryCode.create(user=cast.bob.user_id, code_hash="0" * 64)
    bob = sign_in(cast.bob)
    assert "Switch off" in admin.get(f"/admin/users/{cast.bob.user_id}").text
    post(admin, cast.bob, "two-factor-off")
    assert TwoFactor.select().count() == RecoveryCode.select().count() == 0
    assert bob.get("/leads").location.startswith("/sign-in")
    assert audited() == ("Alice Archer", "two_factor.reset", "bob@example.org", "203.0.113.9")
    assert post(admin, cast.bob, "two-factor-off").status_code == 409


def test_a_refused_act_leaves_no_trace(cast):
    before = AuditEntry.select().count()
    with pytest.raises(Forbidden):
        people.deactivate(row(cast.alice), actor=cast.alice, address="")
    with pytest.raises(Conflict):
        people.reactivate(row(cast.bob), actor=cast.alice, address="")
    assert AuditEntry.select().count() == before


def test_an_expired_session_is_not_counted(cast):
    sessions.start(cast.bob.user_id, cast.acme)
    Session.update(last_seen_at="2020-01-01 00:00:00.000000").execute()
    assert queries.get_user(cast.bob.user_id).open_sessions == 0


def test_an_admin_is_made_from_the_command_line(tmp_path):
    config = load({"DATA_DIR": str(tmp_path)}, dotenv=None)
    processes.migrate(config)
    words = "\n".join(["correct horse battery"] * 2)
    with db.connection_context():
        factories.user("Alice Archer")
        factories.workspace("Acme")
    given = ["--name", "Bob Baker", "--email", "bob@example.org", "--workspace", "acme"]
    assert CliRunner().invoke(create_user, given, obj=config, input=words).exit_code == 0
    assert "Bob Baker is a site admin" in CliRunner().invoke(make_admin, ["Bob@Example.org"], obj=config).output
    with db.connection_context():
        assert User.get(User.email == "bob@example.org").is_admin
        assert AuditEntry.get().action == "user.made_admin"
    again = CliRunner().invoke(make_admin, ["bob@example.org"], obj=config)
    assert again.exit_code == 1 and "is a site admin already" in again.output
    assert "Nobody here" in CliRunner().invoke(make_admin, ["eve@example.org"], obj=config).output
