"""Ids of another workspace in bodies, and people who come and go. Addresses are walked by tests/test_every_route.py."""

import pytest

from db import db
from tests import factories
from tests.belongings import everything
from webapp.accounts.models import User
from webapp.accounts.workspaces import add_member
from webapp.leads.models import Lead


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/leads/bulk", {"do": "stage", "stage": "lost", "lead": "lead_id"}),
        ("/leads/bulk", {"do": "delete", "lead": "lead_id"}),
        ("/leads/bulk", {"do": "center", "lead": "lead_id", "center": "none"}),
        ("/leads/bulk", {"do": "center", "lead": "lead_id", "center": "center_id"}),
        ("/campaigns/choose", {"lead": "lead_id", "campaign": "new"}),
        ("/campaigns/choose", {"all": "1", "campaign": "draft_id"}),
        ("/workspaces/switch", {"workspace_id": "acme"}),
        ("/campaigns/save", {"campaign_id": "draft_id", "name": "Taken over", "rate_per_minute": "1"}),
        ("/campaigns/test", {"campaign_id": "draft_id", "lead_id": "lead_id", "rate_per_minute": "1"}),
        ("/leads/new", {"first_name": "Eve", "owner": "alice"}),
    ],
)
def test_ids_in_a_body_reach_no_other_workspace(cast, rows, sign_in, path, form):
    ids = {**rows, "acme": cast.acme.id, "alice": cast.alice.user_id}
    client, before = sign_in(cast.charlie), everything()
    answer = client.post(path, data={name: ids.get(value, value) for name, value in form.items()})
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
