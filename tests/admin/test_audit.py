import ast
import re

import pytest
from playhouse.test_utils import count_queries

from webapp.accounts.audit import record
from webapp.accounts.models import AuditEntry, Workspace
from webapp.admin import audit
from webapp.config import ROOT

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def told(**filters):
    return [audit.sentence(entry) for entry in audit.entries(**filters).rows]


def recorded_actions():
    """Every action that is written in the source: in calls of record() and of what a file wraps it in."""
    for path in ROOT.glob("webapp/**/*.py"):
        text = path.read_text()
        if "audit import record" not in text:
            continue
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("record", "_tell", "_change"):
                for node in ast.walk(call):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACTION.fullmatch(node.value):
                        yield node.value


def test_every_act_that_is_recorded_has_a_sentence():
    actions = set(recorded_actions())
    untold = {action for action in actions if not any(known.startswith(action) for known in audit.SENTENCES)}
    assert len(actions) > 20 and not untold  # "begins with": one action ends in what a variable says


def test_entries_read_as_sentences_the_newest_first(cast):
    record(cast.alice, "member.removed", "Bob Baker", workspace=cast.acme, user_id=2)
    record(None, "invitation.accepted", "Dora Dale", workspace=cast.acme)
    record(cast.charlie, "user.deactivated", "eve@example.org", address="203.0.113.9")
    assert told() == [
        "Charlie Chase deactivated eve@example.org",
        "Dora Dale joined Acme by invitation",
        "Alice Archer removed Bob Baker from Acme",
    ]


def test_an_act_without_a_sentence_is_still_told(cast):
    record(cast.alice, "thing.done_well", "something")
    assert told() == ["Alice Archer: thing done well something"]


def test_an_entry_outlasts_its_actor_and_its_workspace(cast):
    record(cast.charlie, "member.removed", "Bob {who} Baker", workspace=cast.other)
    Workspace.delete().where(Workspace.id == cast.other.id).execute()
    assert told() == ["Charlie Chase removed Bob {who} Baker from a workspace that is gone"]


def test_details_are_told_without_ids(cast):
    record(cast.alice, "member.role_changed", "Bob", workspace=cast.acme, user_id=2, role=["member", "manager"], was="")
    assert audit.details(AuditEntry.get()) == [("role", "member, then manager")]


def test_the_log_is_narrowed_by_who_what_and_where(cast, admin):
    record(cast.alice, "center.created", "Berlin", workspace=cast.acme)
    record(cast.charlie, "center.created", "Lisbon", workspace=cast.other)
    record(cast.charlie, "center.archived", "Lisbon", workspace=cast.other)
    assert len(told(actor="char")) == 2 and len(told(action="center.created")) == 2
    assert told(workspace="acme") == told(workspace="Acm") == ["Alice Archer made the center Berlin in Acme"]
    assert told(actor="Charlie", action="center.archived", workspace="other") == [
        "Charlie Chase archived the center Lisbon of Other"
    ]
    page = admin.get("/admin/audit?actor=alice").text
    assert "made the center Berlin in Acme" in page and "Lisbon" not in page
    assert "Nothing like that" in admin.get("/admin/audit?actor=nobody").text


def test_names_are_shown_as_text(cast, admin):
    record(cast.alice, "invitation.made", "<script>alert(1)</script>", workspace=cast.acme, role="<b>", address="x")
    page = admin.get("/admin/audit").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page and "&lt;b&gt;" in page


@pytest.mark.parametrize("many", [1, 120])
def test_a_long_log_goes_on_page_by_page_with_as_few_questions(cast, admin, many):
    for number in range(many):
        record(cast.alice, "invitation.made", f"person{number}@example.org", workspace=cast.acme)
    admin.get("/admin/audit")
    with count_queries() as counted:
        page = admin.get("/admin/audit").text
    assert counted.count <= 4
    if many > audit.SIZE:
        older = re.search(r'href="([^"]+)" rel="next"', page)[1].replace("&amp;", "&")
        assert "person69@" in admin.get(older).text and "person70@" not in admin.get(older).text
