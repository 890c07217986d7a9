"""The commands for when nobody can help themselves, run on a database of their own, as an admin runs them."""

import re

import pyotp
import pytest
from click.testing import CliRunner

from db import db
from tests import factories
from webapp import processes
from webapp.accounts.members import member_of
from webapp.accounts.models import AuditEntry, Notice, User
from webapp.auth import passwords, recovery, two_factor
from webapp.auth.cli import create_user, reset_password, reset_two_factor
from webapp.config import load
from webapp.core.errors import NotFound


@pytest.fixture
def run(tmp_path):
    """Runs a command in an installation where Alice is somebody; gives its exit code and output."""
    config = load({"DATA_DIR": str(tmp_path), "BASE_URL": "https://galena.example"}, dotenv=None)
    processes.migrate(config)
    with db.connection_context():
        factories.member(factories.workspace("Acme"), "Alice Archer")

    def run(command, *args, input=None):
        result = CliRunner().invoke(command, args, obj=config, input=input)
        return result.exit_code, result.output

    yield run
    db.obj.close_all()


def alice():
    return User.get(User.email == "alice@example.org")


def test_a_person_is_added_to_a_workspace(run):
    typed = "another good password\nanother good password\n"
    code, output = run(
        create_user, "--name", "Bea Long", "--email", "Bea@example.org", "--workspace", "acme", input=typed
    )
    assert code == 0 and "Bea Long can sign in with bea@example.org as member of Acme" in output
    with db.connection_context():
        bea = User.get(User.email == "bea@example.org")
        assert passwords.verify("another good password", bea.password_hash)
        assert bea.memberships.get().workspace.name == "Acme"


def test_a_link_to_a_new_password_is_printed_and_works_once(run):
    code, output = run(reset_password, "ALICE@example.org")
    token = re.search(r"https://galena.example/reset-password/(\S+)", output)[1]
    assert code == 0
    with db.connection_context():
        assert AuditEntry.get().action == "user.reset_link_printed"
        recovery.reset_password(token, "another good password", address="")
        assert passwords.verify("another good password", alice().password_hash)
        with pytest.raises(NotFound):
            recovery.find(token)


def test_a_second_factor_is_taken_off_and_its_owner_is_told(run):
    with db.connection_context():
        member = member_of(alice().memberships.get().workspace, alice())
        two_factor.begin(member)
        two_factor.confirm(member, pyotp.TOTP(two_factor.pending_key(member)).now())
    code, output = run(reset_two_factor, "alice@example.org")
    assert code == 0 and "the password alone" in output
    with db.connection_context():
        assert not two_factor.is_on(alice().id)
        assert "taken off" in Notice.select().order_by(Notice.id.desc()).get().data["what"]


@pytest.mark.parametrize("command", [reset_password, reset_two_factor])
def test_an_unknown_address_is_a_sentence(run, command):
    assert run(command, "nobody@example.org") == (1, "Error: Nobody here has the address nobody@example.org.\n")


def test_an_account_without_a_second_factor_is_a_sentence(run):
    code, output = run(reset_two_factor, "alice@example.org")
    assert code == 1 and "has no two-factor sign-in" in output
