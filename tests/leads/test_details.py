"""What stands around a lead on its page, read in one query."""

from datetime import UTC, datetime

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.centers import create_center
from webapp.accounts.models import Reach
from webapp.leads import custom, custom_fields, tags
from webapp.leads.details import OTHERS, details
from webapp.leads.models import Stage, Todo
from webapp.leads.queries import get_lead


def test_they_are_the_same_as_each_alone_and_take_one_query(cast):
    lead = factories.lead(cast.acme, "Globex")
    Todo.create(workspace=cast.acme, lead=lead, title="Without a date", kind="task")
    due = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    Todo.create(workspace=cast.acme, lead=lead, title="Call", kind="call", due_at=due, timed=True, assignee=1)
    for name in ("VIP", "DACH"):
        tags.tag_lead(lead, tags.named(cast.acme, name), actor=cast.bob)
    for name, kind in (("Tier", "text"), ("Seats", "number")):
        custom_fields.create_field(cast.acme, name, kind, actor=cast.alice)
    custom.write_values(lead, {custom.fields_of(cast.acme)[1]: "12"}, actor=cast.bob)
    lead = get_lead(cast.bob, lead.id)
    details(cast.bob, lead)
    with count_queries() as counted:
        found = details(cast.bob, lead)
    assert counted.count == 1
    assert [todo.title for todo in found.todos] == ["Call", "Without a date"]
    assert found.tags == tags.tags_on(lead) and [tag.name for tag in found.tags] == ["DACH", "VIP"]
    assert found.custom == custom.facts_of(lead) and [fact.text for fact in found.custom] == ["", "12"]
    assert found.others == ()


def test_others_at_the_company_are_found_by_name_or_else_by_domain(cast):
    lead = factories.lead(cast.acme, "Globex", domain="globex.example")
    factories.lead(cast.acme, "Initech", domain="globex.example")
    factories.lead(cast.acme, "GLOBEX", first_name="Hank", last_name="Scorpio", title="Head", stage=Stage.LOST)
    factories.lead(cast.other, "Globex")
    factories.lead(cast.acme, "Globex", deleted_at="2025-01-01 00:00:00.000000")
    (other,) = details(cast.alice, get_lead(cast.alice, lead.id)).others
    assert (other.name, other.title, other.stage) == ("Hank Scorpio", "Head", Stage.LOST)
    nameless = factories.lead(cast.acme, "", domain="globex.example")
    assert len(details(cast.alice, get_lead(cast.alice, nameless.id)).others) == 2
    alone = factories.lead(cast.acme, "", domain="")
    assert details(cast.alice, get_lead(cast.alice, alone.id)).others == ()


@pytest.mark.parametrize("reach", [Reach.OWN, Reach.CENTERS])
def test_others_beyond_the_members_reach_are_not_named(cast, reach):
    dora = factories.member(cast.acme, "Dora Dale", reach=reach)
    mine = [factories.lead(cast.acme, "Globex", owner=dora.user_id) for _ in range(2)]
    factories.lead(cast.acme, "Globex", owner=cast.bob.user_id, center=create_center(cast.acme, "Berlin"))
    others = details(dora, get_lead(dora, mine[0].id)).others
    assert [other.id for other in others] == [mine[1].id]


def test_of_very_many_others_one_more_is_read_than_are_counted(cast, sign_in):
    lead = factories.lead(cast.acme, "Globex & Sons")
    for _ in range(OTHERS + 5):
        factories.lead(cast.acme, "Globex & Sons")
    assert len(details(cast.bob, get_lead(cast.bob, lead.id)).others) == OTHERS + 1
    text = sign_in(cast.bob).get(f"/leads/{lead.id}").text
    assert f"over {OTHERS}</span>" in text and 'href="/leads?q=Globex+%26+Sons"' in text.replace("%20", "+")
