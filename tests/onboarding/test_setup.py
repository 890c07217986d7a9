import email
import email.policy
from dataclasses import replace

import pytest

from tests import factories
from tests.campaigns.smtp_servers import mail_server
from tests.mail.mailboxes import mailbox as connect
from webapp import config
from webapp.accounts.models import Invitation, Reach, Role, User, Workspace
from webapp.imports.models import Import, ImportState
from webapp.mail.models import CapturedMail
from webapp.onboarding.models import SetupStep, StepName
from webapp.onboarding.queries import set_up


@pytest.fixture
def charlie(cast, sign_in):
    """Charlie's browser: alone in a workspace where nothing is set up."""
    return sign_in(cast.charlie)


def kept():
    return {(row.workspace_id, row.name, row.state) for row in SetupStep.select()}


def test_a_young_workspace_begins_with_its_name(cast, charlie):
    assert charlie.get("/onboarding").location == "/onboarding/workspace"
    page = charlie.get("/onboarding/workspace").text
    assert 'value="Other"' in page and "Finish later" in page and 'aria-current="step"><span>Workspace' in page


def test_the_browsers_time_zone_is_preselected(cast, sign_in):
    dora = factories.member(factories.workspace("Fresh"), "Dora Dale", role=Role.OWNER)
    User.update(time_zone="Asia/Kolkata").where(User.id == dora.user_id).execute()
    assert 'value="Asia/Kolkata"' in sign_in(dora).get("/onboarding/workspace").text


def test_saving_the_workspace_goes_on_to_mail(cast, charlie):
    typed = {"name": " Halden  Studio ", "time_zone": "Europe/Lisbon", "currency": "CHF"}
    assert charlie.post("/onboarding/workspace", data=typed).location == "/onboarding/mailbox"
    saved = Workspace.get_by_id(cast.other.id)
    assert (saved.name, saved.time_zone, saved.currency) == ("Halden Studio", "Europe/Lisbon", "CHF")
    assert kept() == {(cast.other.id, "workspace", "done")}


def test_a_workspace_without_a_name_says_so_and_keeps_the_rest(cast, charlie):
    answer = charlie.post("/onboarding/workspace", data={"name": " ", "time_zone": "Europe/Lisbon", "currency": "CHF"})
    assert answer.status_code == 422 and "Name the workspace" in answer.text
    assert 'value="Europe/Lisbon"' in answer.text and kept() == set()
    made_up = charlie.post("/onboarding/workspace", data={"name": "X", "time_zone": "Mars/Base", "currency": "CHF"})
    assert made_up.status_code == 422


def test_skipping_all_steps_leads_home_and_changes_nothing_else(cast, charlie):
    addresses = [
        charlie.post(f"/onboarding/{step}/skip").location for step in ("workspace", "mailbox", "leads", "team")
    ]
    assert addresses == ["/onboarding/mailbox", "/onboarding/leads", "/onboarding/team", "/"]
    assert {state for _, _, state in kept()} == {"skipped"}
    assert charlie.get("/onboarding").location == "/"


def test_a_skipped_step_can_be_done_and_a_done_one_is_not_skipped(cast, charlie):
    charlie.post("/onboarding/mailbox/skip")
    charlie.post("/onboarding/mailbox")
    charlie.post("/onboarding/mailbox/skip")
    assert kept() == {(cast.other.id, "mailbox", "done")}


def test_the_next_visit_goes_on_where_one_stopped(cast, charlie):
    charlie.post("/onboarding/workspace/skip")
    charlie.post("/onboarding/mailbox")
    assert charlie.get("/onboarding").location == "/onboarding/leads"
    Import.create(workspace=cast.other, filename="people.csv", path="x", size=1, state=ImportState.RUNNING)
    assert charlie.get("/onboarding").location == "/onboarding/team"
    assert "Your file is being imported" in charlie.get("/onboarding/leads").text


def test_capturing_is_explained_while_no_mail_server_is_set(cast, charlie):
    page = charlie.get("/onboarding/mailbox").text
    assert "Capture mail for now" in page and "MAIL_URL=smtp://" in page and "Send me a test mail" not in page
    assert charlie.post("/onboarding/mailbox").location == "/onboarding/leads"
    assert kept() == {(cast.other.id, "mailbox", "done")}


def test_a_test_mail_really_goes_to_oneself(cast, charlie):
    with mail_server() as inbox:
        config.activate(replace(config.current(), mail_url=inbox.url, mail_from="hello@halden.example"))
        page = charlie.get("/onboarding/mailbox").text
        assert "127.0.0.1:" in page and "hello@halden.example" in page and "Capture mail" not in page
        assert charlie.post("/onboarding/mailbox/test").location == "/onboarding/mailbox"
        ((sender, recipients, raw),) = inbox.mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert (sender, recipients) == ("hello@halden.example", "charlie@example.org")
    assert mail["Subject"] == "Mail from Galena arrives"
    assert "Other" in mail.get_body(("plain",)).get_content() and mail.get_body(("html",))
    assert CapturedMail.select().count() == 0


def test_a_mail_server_that_does_not_answer_is_told_on_the_page(cast, charlie):
    config.activate(replace(config.current(), mail_url="smtp://127.0.0.1:9", mail_from="hello@halden.example"))
    answer = charlie.post("/onboarding/mailbox/test")
    assert answer.status_code == 422 and "The test did not go out." in answer.text


def test_a_file_is_chosen_on_the_import_page(cast, charlie):
    assert charlie.post("/onboarding/leads", data={"kind": "file"}).location == "/imports/new"
    answer = charlie.post("/onboarding/leads", data={"kind": "thin air"})
    assert answer.status_code == 422 and kept() == set()


def test_an_import_page_leads_back_to_the_open_step(cast, charlie):
    imported = Import.create(workspace=cast.other, filename="a.csv", path="x", size=1, state=ImportState.DONE)
    assert "Go on setting up" not in charlie.get(f"/imports/{imported.id}").text
    charlie.post("/onboarding/workspace/skip")
    charlie.post("/onboarding/mailbox")
    factories.lead(cast.other)
    page = charlie.get(f"/imports/{imported.id}").text
    assert "Go on setting up" in page and 'href="/onboarding/team"' in page
    charlie.post("/onboarding/away")
    assert "Go on setting up" not in charlie.get(f"/imports/{imported.id}").text


def test_colleagues_are_invited_all_at_once(cast, charlie):
    typed = {"addresses": "Dora@example.org, emil@example.org\nfay@example.org;dora@example.org", "role": "viewer"}
    assert charlie.post("/onboarding/team", data=typed).location == "/"
    invited = {(row.email, row.role, row.workspace_id) for row in Invitation.select()}
    assert invited == {(f"{name}@example.org", Role.VIEWER, cast.other.id) for name in ("dora", "emil", "fay")}
    assert kept() == {(cast.other.id, "team", "done")}
    assert "fay@example.org" in charlie.get("/onboarding/team").text


def test_one_bad_address_invites_nobody_and_loses_nothing(cast, charlie):
    typed = {"addresses": "dora@example.org, charlie@example.org, nonsense", "role": "member"}
    answer = charlie.post("/onboarding/team", data=typed)
    assert answer.status_code == 422 and Invitation.select().count() == 0 and kept() == set()
    assert "charlie@example.org: Already in Other." in answer.text and "nonsense: That is not" in answer.text
    assert "dora@example.org, charlie@example.org, nonsense</textarea>" in answer.text
    for nobody in ({}, {"addresses": " ", "role": "member"}, {"addresses": ",;", "role": "member"}):
        empty = charlie.post("/onboarding/team", data=nobody)
        assert empty.status_code == 422 and "Type an address, or skip this step." in empty.text


def test_back_keeps_what_was_typed(cast, charlie):
    typed = {"addresses": "dora@example.org, nonsense", "role": "viewer"}
    assert charlie.post("/onboarding/team/keep", data=typed).location == "/onboarding/leads"
    page = charlie.get("/onboarding/team").text
    assert "dora@example.org, nonsense</textarea>" in page and '<option selected value="viewer">' in page
    charlie.post("/onboarding/team", data={"addresses": "dora@example.org", "role": "member"})
    assert "nonsense" not in charlie.get("/onboarding/team").text


def test_a_manager_invites_to_lower_roles_within_their_own_reach(cast, sign_in):
    mona = factories.member(cast.other, "Mona Manager", role=Role.MANAGER, reach=Reach.OWN)
    client = sign_in(mona)
    assert 'value="owner"' not in client.get("/onboarding/team").text
    client.post("/onboarding/team", data={"addresses": "dora@example.org", "role": "owner"})
    assert Invitation.select().count() == 0
    client.post("/onboarding/team", data={"addresses": "dora@example.org", "role": "member"})
    assert Invitation.get().reach is Reach.OWN


def test_others_skip_what_they_may_not_do(cast, sign_in):
    bob = sign_in(cast.bob)
    assert bob.get("/onboarding").location == "/onboarding/leads"
    assert bob.get("/onboarding/workspace").location == "/onboarding/leads"
    for path in ("workspace", "mailbox", "mailbox/test", "team", "workspace/skip", "team/skip"):
        assert bob.post(f"/onboarding/{path}").status_code == 403, path
    assert sign_in(cast.vera).get("/onboarding/leads").status_code == 403
    assert kept() == set()


def test_there_are_no_other_steps(cast, charlie):
    for step in ("campaign", "wallet"):
        assert charlie.get(f"/onboarding/{step}").status_code == 404
        assert charlie.post(f"/onboarding/{step}/skip").status_code == 404


def test_what_one_workspace_did_is_nothing_to_another(cast, charlie):
    charlie.post("/onboarding/mailbox")
    mailbox = {step.name: step.done for step in set_up(cast.alice).steps}[StepName.MAILBOX]
    assert mailbox is False


def test_a_mailbox_of_ones_own_is_offered_and_does_the_step(charlie, cast):
    assert "/settings/mailboxes/new" in charlie.get("/onboarding/mailbox").text
    connect(cast.charlie)
    assert {step.name: step.done for step in set_up(cast.charlie).steps}[StepName.MAILBOX] is True
