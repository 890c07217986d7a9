"""What the inbox of a workspace does by itself."""

from webapp.accounts.models import AuditEntry
from webapp.inbox.models import InboxSettings

HERE = "/settings/inbox"


def test_an_owner_switches_what_the_inbox_does_by_itself(cast, alice, settings):
    settings(llm_base_url="http://127.0.0.1:9/v1", llm_model="small")
    text = alice.get(HERE).text
    assert text.count(" checked") == 3, "all of it is on at first"
    assert not InboxSettings.select().exists()
    assert alice.post(HERE, data={"makes_todos": "y"}).status_code == 303
    kept = InboxSettings.get()
    assert (kept.workspace_id, kept.makes_todos, kept.sends_notices, kept.asks_model) == (
        cast.acme.id,
        True,
        False,
        False,
    )
    entry = AuditEntry.get(AuditEntry.action == "inbox.settings_changed")
    assert entry.data["changes"] == {"sends_notices": [True, False], "asks_model": [True, False]}
    assert alice.get(HERE).text.count(" checked") == 1


def test_without_a_model_it_says_what_to_set_and_keeps_what_was_chosen(alice):
    text = alice.get(HERE).text
    assert "LLM_BASE_URL" in text and 'type="checkbox" value="y"' in text
    alice.post(HERE, data={"makes_todos": "y", "asks_model": "y"})
    assert InboxSettings.get().asks_model


def test_only_owners_may(cast, sign_in):
    for member in (cast.bob, cast.vera):
        assert sign_in(member).get(HERE).status_code == 403
        assert sign_in(member).post(HERE, data={}).status_code == 403
    sign_in(cast.charlie).post(HERE, data={"makes_todos": "y"})
    assert [row.workspace_id for row in InboxSettings.select()] == [cast.other.id]
