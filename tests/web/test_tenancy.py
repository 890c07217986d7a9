"""Generated from url_map: another workspace's ids are nowhere to be found, in addresses or in bodies."""

import io
import itertools

import pytest

from db import db
from tests import factories
from webapp.accounts import pictures
from webapp.accounts.centers import create_center
from webapp.accounts.invitations import invite
from webapp.accounts.models import User
from webapp.accounts.workspaces import add_member
from webapp.auth import sessions
from webapp.auth.models import Session
from webapp.campaigns import drafts, launching, sending
from webapp.campaigns.models import Delivery
from webapp.imports.uploading import upload
from webapp.leads.models import Lead
from webapp.mail.models import CapturedMail
from webapp.models import ALL
from webapp.web.guards import policy_of

WORDS = {"name": "title", "stage": "new", "listed": "rejected", "step": "leads"}
ADMINS = {"account_id": 1, "place_id": 1, "notice_id": 1}  # in addresses that are 403 for all but site admins


@pytest.fixture
def rows(cast, run_jobs):
    """One row of everything in Acme, by the name its id has in addresses."""
    lead = factories.lead(cast.acme)
    imported = upload(cast.alice, "people.csv", io.BytesIO(b"E-mail,Name\nann@globex.example,Ann Archer\n"))
    campaign = _campaign(cast.alice)
    launching.start(campaign, actor=cast.alice)
    sending.send_campaign(campaign.id)
    run_jobs()
    sessions.start(cast.alice.user_id, cast.acme)
    return {
        "lead_id": lead.id,
        "import_id": imported.id,
        "campaign_id": campaign.id,
        "delivery_id": Delivery.get().id,
        "mail_id": CapturedMail.get().id,
        "draft_id": _campaign(cast.alice).id,
        "session_id": Session.get().id,
        "member_id": cast.bob.user_id,
        "center_id": create_center(cast.acme, "Berlin").id,
        "invitation_id": invite(cast.alice, "ira@acme.example").id,
        "digest": pictures.keep(cast.alice.user_id, factories.picture()),
    }


def _campaign(member):
    fields = {
        "name": "Hello",
        "audience": {"kind": "all", "stage": "", "q": ""},
        "sender_name": "Alice",
        "reply_to": "alice@acme.example",
        "rate_per_minute": 6000,
        "subject": "Hello {{first_name}}",
        "body": "Hi {{first_name|there}}",
    }
    return drafts.save_draft(None, fields, actor=member)


def everything():
    """Every row of every table but sessions and attempts, to see that nothing changed."""
    return {
        model.__name__: sorted(map(str, model.select().tuples()))
        for model in ALL
        if model.__name__ not in ("Session", "Attempt", "User")
    }


def test_another_workspaces_ids_are_not_found_on_any_route(app, cast, rows, sign_in, htmx):
    client, before = sign_in(cast.charlie), everything()
    with app.app_context():
        owned = [rule for rule in app.url_map.iter_rules() if rows.keys() & rule.arguments]
        assert len(owned) > 20 and all(policy_of(rule.endpoint) != "public" for rule in owned)
    for rule, headers in itertools.product(owned, ({}, htmx)):
        unknown = rule.arguments - rows.keys() - WORDS.keys()
        assert not unknown, f"{rule}: give {unknown} a row above, so that this test covers it"
        url = rule.build({**WORDS, **rows}, append_unknown=False)[1]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(url, method=method, headers=headers, data={"stage": "lost", "text": "mine"})
            assert answer.status_code == 404, f"{method} {url} answered {answer.status_code}"
    assert everything() == before


def test_the_owner_finds_those_same_rows(app, cast, rows, sign_in):
    client = sign_in(cast.alice)
    with app.app_context():
        owned = [rule for rule in app.url_map.iter_rules() if rows.keys() & rule.arguments and "GET" in rule.methods]
    for rule in owned:
        answer = client.get(rule.build({**WORDS, **rows}, append_unknown=False)[1])
        assert answer.status_code in (200, 303), f"{rule} answered {answer.status_code}"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/leads/bulk/stage", {"stage": "lost", "lead": "lead_id"}),
        ("/leads/bulk/delete", {"lead": "lead_id"}),
        ("/leads/bulk/restore", {"lead": "lead_id"}),
        ("/leads/bulk/center", {"lead": "lead_id", "center": "none"}),
        ("/leads/bulk/center", {"lead": "lead_id", "center": "center_id"}),
        ("/workspaces/switch", {"workspace_id": "acme"}),
        ("/campaigns/save", {"campaign_id": "draft_id", "name": "Taken over", "rate_per_minute": "1"}),
        ("/campaigns/test", {"campaign_id": "draft_id", "lead_id": "lead_id", "rate_per_minute": "1"}),
        ("/leads/new", {"first_name": "Eve", "owner": "alice"}),
    ],
)
def test_ids_in_a_body_reach_no_other_workspace(cast, rows, sign_in, path, form):
    ids = {**rows, "acme": cast.acme.id, "alice": cast.alice.user_id}
    before = everything()
    answer = sign_in(cast.charlie).post(path, data={name: ids.get(value, value) for name, value in form.items()})
    assert answer.status_code < 500
    after = everything()
    acme = str(cast.acme.id)
    if path == "/leads/new":
        made = Lead.of(cast.other).first()
        assert made is None or made.owner_id != cast.alice.user_id
    else:
        assert after == before, f"{path} changed something (Acme is workspace {acme})"


def test_fields_that_a_form_does_not_have_are_ignored(cast, sign_in):
    lead = factories.lead(cast.acme)
    data = {"title": "CTO", "workspace": cast.other.id, "workspace_id": cast.other.id, "stage": "converted", "id": 99}
    sign_in(cast.bob).post(f"/leads/{lead.id}/edit/title", data=data)
    kept = Lead.get_by_id(lead.id)
    assert (kept.title, kept.workspace_id, kept.stage) == ("CTO", cast.acme.id, "new")


def test_no_get_changes_anything(app, cast, rows, sign_in):
    client, before = sign_in(cast.alice), everything()
    with app.app_context():
        readable = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]
    for rule in readable:
        client.get(rule.build({**WORDS, **rows, **ADMINS, "token": "x"}, append_unknown=False)[1])
    assert everything() == before


def test_a_removed_member_is_out_at_the_next_request(cast, sign_in):
    client = sign_in(cast.bob)
    assert client.get("/leads").status_code == 200
    db.execute_sql(f"DELETE FROM membership WHERE user_id = {int(cast.bob.user_id)}")
    assert client.get("/leads").location.startswith("/sign-in")


def test_a_member_of_two_workspaces_switches_and_sees_only_that_one(cast, sign_in):
    factories.lead(cast.acme, company="Acme only")
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    client = sign_in(cast.bob)
    assert "Acme only" in client.get("/leads").text
    client.post("/workspaces/switch", data={"workspace_id": cast.other.id})
    assert "Acme only" not in client.get("/leads").text
