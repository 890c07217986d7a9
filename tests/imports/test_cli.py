"""`run.py import`: the same import from a command line, in an installation of its own."""

import pytest
from click.testing import CliRunner

from db import db
from tests import factories
from tests.imports.files import DATA, table
from webapp import processes
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, Role, Workspace
from webapp.config import load
from webapp.core.clock import now
from webapp.imports.cli import import_file
from webapp.imports.models import Import, ImportState
from webapp.imports.undoing import BEGINNING
from webapp.leads.custom_fields import create_field
from webapp.leads.models import Lead

PEOPLE = table("E-mail,Name,Job", "a@halden.example,Ann Bo,CTO", "broken at,Cy Dee,CFO", "a@halden.example,Ann Bo,CTO")


@pytest.fixture
def command(tmp_path):
    """Runs the command on a file where Alice owns Acme and Vera only looks; gives (exit code, what it printed)."""
    config = load({"DATA_DIR": str(tmp_path / "data"), "BASE_URL": "https://galena.example"}, dotenv=None)
    processes.migrate(config)
    with db.connection_context():
        acme = factories.workspace("Acme")
        factories.member(acme, "Vera Viewer", role=Role.VIEWER)
        factories.member(acme, "Bob Baker")
        factories.member(acme, "Alice Archer", role=Role.OWNER)

    def run(*args, content=PEOPLE, input=None):
        path = tmp_path / "people.csv"
        path.write_bytes(content)
        result = CliRunner().invoke(import_file, [str(path), *args], obj=config, input=input)
        return result.exit_code, result.stdout, result.stderr

    yield run
    db.obj.close_all()


def kept():
    with db.connection_context():
        return Import.select().count(), Lead.select().count()


def test_a_file_is_imported_and_its_receipt_printed(command):
    code, out, err = command("--workspace", "acme", "--yes")
    assert code == 0, err
    assert "  Created                    1  New leads in stage New" in out
    assert "  Rejected                   1  " in out and "  Twice in the file          1  " in out
    assert "  Rows                       3  https://galena.example/imports/1" in out
    assert "E-mail  →  E-mail" in err
    with db.connection_context():
        imported, lead = Import.get(), Lead.get()
        assert (imported.actor.full_name, imported.state) == ("Alice Archer", ImportState.DONE)
        assert (lead.email, lead.first_name, lead.title) == ("a@halden.example", "Ann", "CTO")


def test_a_real_file_arrives_whole(command):
    code, *_ = command("--workspace", "acme", "--yes", content=(DATA / "leads-500.csv").read_bytes())
    assert code == 0 and kept() == (1, 503)


def test_columns_and_the_member_can_be_named(command):
    args = ("--as", "BOB@example.org", "--map", "job=", "--map", "name=Company", "--policy", "update")
    code, _, err = command("--workspace", "acme", "--yes", *args)
    assert code == 0 and "Job  →  left out" in err
    with db.connection_context():
        assert (Lead.get().company, Lead.get().title, Import.get().actor.full_name) == ("Ann Bo", "", "Bob Baker")
        assert Import.get().options["policy"] == "update"


def test_it_asks_before_it_begins_and_leaves_nothing_behind_after_a_no(command, tmp_path):
    code, out, err = command("--workspace", "acme", input="n\n")
    assert code == 0 and "Import 3 rows into Acme as Alice Archer?" in err and "Nothing was imported." in out
    assert kept() == (0, 0) and not list((tmp_path / "data" / "uploads").iterdir())
    assert command("--workspace", "acme", input="y\n")[0] == 0 and kept() == (1, 1)


def test_a_check_says_what_would_happen_and_does_nothing(command, tmp_path):
    code, out, _ = command("--workspace", "acme", "--check")
    assert code == 0 and "  Created                    1" in out and "no @ sign" in out
    assert kept() == (0, 0) and not list((tmp_path / "data" / "uploads").iterdir())


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--workspace", "nowhere"], "There is no workspace 'nowhere'."),
        (["--workspace", "acme", "--as", "eve@example.org"], "eve@example.org is nobody in Acme."),
        (["--workspace", "acme", "--as", "vera@example.org"], "Vera Viewer may not import into Acme."),
        (["--workspace", "acme", "--map", "Nickname=email"], "The file has no column “Nickname”."),
        (["--workspace", "acme", "--map", "Name=shoe size"], "There is no field “shoe size”."),
        (["--workspace", "acme", "--map", "E-mail=", "--map", "Name="], "a lead needs one or the other"),
    ],
)
def test_what_cannot_be_ends_with_a_sentence_and_leaves_nothing_behind(command, tmp_path, args, sentence):
    code, _, err = command(*args, "--yes")
    assert code == 1 and sentence in err and "Traceback" not in err
    uploads = tmp_path / "data" / "uploads"
    assert kept() == (0, 0) and not (uploads.exists() and list(uploads.iterdir()))


def test_fields_of_the_workspaces_own_are_offered_by_name(command):
    with db.connection_context():
        acme = Workspace.get()
        owner = Membership.get(Membership.role == Role.OWNER).user
        create_field(acme, "Customer number", "text", actor=member_of(acme, owner))
    code, _, err = command("--workspace", "acme", "--map", "Name=shoe size", "--yes")
    assert code == 1 and "tags, “Customer number”." in err and "custom:" not in err
    code, _, err = command("--workspace", "acme", "--map", "Job=customer number", "--yes")
    assert code == 0 and "Job  →  Customer number" in err


def test_a_file_that_is_none_is_refused(command):
    code, _, err = command("--workspace", "acme", "--yes", content=b"")
    assert code == 1 and err.startswith("Error: ") and kept() == (0, 0)


def test_an_import_that_was_started_before_goes_first(command):
    command("--workspace", "acme", "--yes")
    with db.connection_context():
        Import.update(state=ImportState.UNDOING, undo=BEGINNING, queued_at=now(), lease_until=now()).execute()
    code, _, _ = command("--workspace", "acme", "--yes")
    with db.connection_context():
        first, second = Import.select().order_by(Import.id)
        assert code == 0 and (first.state, second.state) == (ImportState.UNDONE, ImportState.DONE)
        assert first.undone_at <= second.started_at and second.created == 1
