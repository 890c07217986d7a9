"""A lead at a glance, beside the table."""

from playhouse.test_utils import count_queries

from tests import factories
from webapp.leads import notes, tags, todos
from webapp.leads.models import Stage


def test_a_peek_shows_who_it_is_what_comes_next_and_what_was_last(cast, sign_in, htmx):
    lead = factories.lead(
        cast.acme, title="CTO", stage=Stage.REPLIED, value=64_000, phone="+49 30 1", owner=cast.bob.user_id
    )
    tags.tag_lead(lead, tags.named(cast.acme, "Fair"), actor=cast.bob)
    todos.add_todo(lead, {"title": "Send the offer"}, actor=cast.bob)
    for number in range(7):
        notes.add_note(lead, f"Note {number} <b>", actor=cast.bob)
    text = sign_in(cast.vera).get(f"/leads/{lead.id}/peek?sort=name", headers=htmx).text
    said = ("CTO at Globex", "Replied", "€64,000", "Bob Baker", "+49 30 1", lead.email, "Fair", "Send the offer")
    assert all(word in text for word in said) and "<html" not in text
    assert "Note 6 &lt;b&gt;" in text and "Note 2" in text and "Note 1" not in text
    assert f'href="/leads/{lead.id}?sort=name"' in text


def test_without_javascript_a_peek_is_the_leads_own_page(cast, sign_in):
    lead = factories.lead(cast.acme)
    client = sign_in(cast.bob)
    assert f'href="/leads/{lead.id}" hx-get="/leads/{lead.id}/peek"' in client.get("/leads").text
    answer = client.get(f"/leads/{lead.id}/peek?q=glo")
    assert answer.status_code == 303 and answer.location == f"/leads/{lead.id}?q=glo"


def test_a_peek_takes_as_many_queries_for_much_as_for_little(cast, sign_in, htmx):
    lead, client, counts = factories.lead(cast.acme), sign_in(cast.bob), []
    client.get(f"/leads/{lead.id}/peek", headers=htmx)
    for number in (1, 9):
        for _ in range(number):
            notes.add_note(lead, "Called", actor=cast.bob)
            todos.add_todo(lead, {"title": "Call again"}, actor=cast.bob)
            tags.tag_lead(lead, tags.named(cast.acme, f"Tag {number}"), actor=cast.bob)
        with count_queries() as counted:
            client.get(f"/leads/{lead.id}/peek", headers=htmx)
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8
