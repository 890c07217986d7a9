"""The page of an audience, and the editor's fields for it."""

import re

import pytest

from tests import factories
from webapp.accounts.models import Membership, Reach
from webapp.campaigns import launching, left_out
from webapp.campaigns.models import Campaign
from webapp.leads import saved_views
from webapp.leads.conditions import Where, one
from webapp.leads.filters import Filter
from webapp.mail import suppression
from webapp.mail.models import SuppressionReason

SWISS = Filter(where=Where((one("country", "CH"), one("city", "Bern"))))
FORM = {
    "name": "Spring", "kind": "all", "stage": "new", "q": "", "sender_name": "Alice", "reply_to": "alice@acme.example",
    "rate_per_minute": "60", "subject": "Hello", "body": "Hi there",
}  # fmt: skip


@pytest.fixture
def people(cast):
    suppression.suppress(cast.acme, "@hooli.example", reason=SuppressionReason.MANUAL)
    return [
        factories.lead(cast.acme, "Globex", first_name="Ann", email="ann@globex.example", country="CH", city="Bern"),
        factories.lead(cast.acme, "Hooli", first_name="Ben", email="ben@hooli.example", country="CH", city="Bern"),
        factories.lead(cast.acme, "Initech", first_name="Cleo", email=""),
    ]


def audience_of(campaign, why=""):
    return f"/campaigns/{campaign.id}/audience" + (f"?why={why}" if why else "")


@pytest.mark.parametrize("is_started", [False, True])
def test_the_page_lists_each_reason_with_its_leads_before_and_after_the_start(cast, alice, draft, people, is_started):
    campaign = draft()
    if is_started:
        launching.start(campaign, actor=cast.alice)
    page = alice.get(audience_of(campaign)).text
    assert "Ann" in page and "Ben" not in page and "No e-mail address" in page and "On the suppression list" in page
    page = alice.get(audience_of(campaign, "On the suppression list")).text
    assert "Ben" in page and "Ann" not in page
    assert "Cleo" in alice.get(audience_of(campaign, "No e-mail address")).text


def test_a_reason_that_nobody_has_shows_who_gets_it(alice, draft, people):
    assert "Ann" in alice.get(audience_of(draft(), "<script>")).text


def test_the_leads_are_paged(cast, alice, draft, monkeypatch):
    monkeypatch.setattr(left_out, "SIZE", 2)
    for name in ("One", "Two", "Three"):
        factories.lead(cast.acme, first_name=name)
    campaign = draft()
    first = alice.get(audience_of(campaign)).text
    assert "One" in first and "Three" not in first
    page = alice.get(re.search(r'href="(/campaigns/\d+/audience\?page=[^"]+)"', first)[1]).text
    assert "Three" in page and "One " not in page


def test_who_sees_fewer_leads_is_told_of_those_only(cast, sign_in, draft, people):
    Membership.update(reach=Reach.OWN).where(Membership.user == cast.bob.user_id).execute()
    campaign = draft()
    Campaign.update(actor=cast.bob.user_id).execute()
    mine = factories.lead(cast.acme, first_name="Dora", owner=cast.bob.user_id)
    page = sign_in(cast.bob).get(audience_of(campaign)).text
    assert mine.first_name in page and "Ann" not in page and "suppression list" not in page
    assert "Only leads that you see count" in page


def test_an_outsider_finds_no_audience(cast, sign_in, draft):
    assert sign_in(cast.charlie).get(audience_of(draft())).status_code == 404


def test_a_viewer_may_look(cast, sign_in, draft, people):
    assert "Ann" in sign_in(cast.vera).get(audience_of(draft())).text


# --------------------------------------------------------------- the editor


def test_the_editor_keeps_a_view_and_whom_to_leave_out(cast, alice, people):
    view = saved_views.create_view(cast.alice, "Bern", SWISS, is_shared=False)
    form = {**FORM, "kind": "view", "view": view.id, "quiet_days": "30", "leaves_out_busy": "y", "keeps_adding": "y"}
    alice.post("/campaigns/save", data=form)
    campaign = Campaign.get()
    assert campaign.audience["view"] == view.id and campaign.audience["name"] == "Bern"
    assert (campaign.quiet_days, campaign.leaves_out_busy, campaign.keeps_adding) == (30, True, True)
    page = alice.get(f"/campaigns/{campaign.id}/edit").text
    assert f'<option value="{view.id}" selected>Bern</option>' in page and 'value="30"' in page
    assert "1: On the suppression list" in page
    page = alice.get(audience_of(campaign)).text
    assert "The view “Bern”" in page and "Ann" in page and "Bern</span>" in page


def test_the_view_of_somebody_else_that_is_not_shared_is_nobodys_audience(cast, alice, people):
    view = saved_views.create_view(cast.bob, "Secret view", SWISS, is_shared=False)
    alice.post("/campaigns/save", data={**FORM, "kind": "view", "view": view.id})
    campaign = Campaign.get()
    assert "Secret" not in str(campaign.audience)
    assert "Ann" not in alice.get(audience_of(campaign)).text


def test_the_filter_of_a_list_becomes_the_audience(cast, alice, people):
    listed = alice.get("/leads" + SWISS.query()).text
    address = re.search(r'href="(/campaigns/new[^"]+)"', listed)[1].replace("&amp;", "&")
    page = alice.get(address).text
    assert 'value="filter"' in page and "Bern" in page
    query = re.search(r'name="query" type="hidden" value="([^"]+)"', page)[1].replace("&amp;", "&")
    alice.post("/campaigns/save", data={**FORM, "kind": "filter", "query": query})
    campaign = Campaign.get()
    page = alice.get(audience_of(campaign)).text
    assert "Ann" in page and "Cleo" not in page and "Bern" in page


@pytest.mark.parametrize(
    ("address", "kind"), [("?stage=new", "stage"), ("?q=globex", "search"), ("", "all"), ("?f=stage.is.new", "stage")]
)
def test_a_plain_list_becomes_the_plain_audience(alice, people, address, kind):
    page = alice.get(f"/campaigns/new{address}").text
    assert re.search(rf'<input[^>]*checked[^>]*value="{kind}"', page)
    assert 'value="filter"' not in page


@pytest.mark.parametrize("days", ["-1", "366", "soon", "1.5"])
def test_days_that_are_no_number_of_days_are_refused(alice, days):
    answer = alice.post("/campaigns/save", data={**FORM, "quiet_days": days})
    assert answer.status_code == 422 and "Give a whole number of days" in answer.text and not Campaign.select().exists()


def test_a_draft_for_leads_added_by_hand_does_not_add_by_itself(alice):
    alice.post("/campaigns/save", data={**FORM, "kind": "picked", "keeps_adding": "y"})
    assert not Campaign.get().keeps_adding
