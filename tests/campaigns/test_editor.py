"""The editor of a draft: what is kept, what is refused, and what each field says about it."""

import re

import pytest

from tests import factories
from webapp.campaigns import audience, drafts
from webapp.campaigns.models import Campaign, Step

from .test_views import FORM


def problem_at(name, page):
    """What the page says at a field, as HTML."""
    return re.search(rf'<div class="problem" id="{name}-problem"[^>]*>(.*?)</div>', page, re.DOTALL)[1]


def test_bad_numbers_are_refused_and_nothing_typed_is_lost(cast, alice, htmx):
    bad = {**FORM, "rate_per_minute": "many"}
    page = alice.post("/campaigns/save", data=bad)
    assert page.status_code == 422 and "may I ask?" in page.text and "whole number" in page.text
    part = alice.post("/campaigns/save", data=bad, headers=htmx)
    assert part.status_code == 422 and "Not saved" in part.text and "<html" not in part.text
    for answer in (page, part):
        assert (
            "Not a valid" not in answer.text and problem_at("rate_per_minute", answer.text).count("whole number") == 1
        )
    assert re.search(r'<input[^>]*aria-invalid="true"[^>]*name="rate_per_minute"', page.text)
    assert Campaign.select().count() == 0


@pytest.mark.parametrize(
    ("field", "typed", "where"), [("rate_per_minute", "0", "send-rules"), ("sender_name", "a" * 300, "from-rules")]
)
def test_the_fold_that_a_wrong_field_is_in_is_open(cast, alice, draft, field, typed, where):
    campaign = draft()
    folds = re.compile(r'<details class="fact" id="([\w-]+)" open>')
    assert where not in folds.findall(alice.get(f"/campaigns/{campaign.id}/edit").text)
    page = alice.post("/campaigns/review", data={**FORM, "campaign_id": campaign.id, field: typed})
    assert page.status_code == 422 and where in folds.findall(page.text)


def test_what_could_not_be_sent_is_kept_and_marked_at_its_field(cast, alice, htmx):
    factories.lead(cast.acme)
    part = alice.post("/campaigns/save", data={**FORM, "reply_to": "nonsense", "subject": ""}, headers=htmx).text
    assert Campaign.get().reply_to == "nonsense"
    assert "“nonsense” is not an e-mail address" in problem_at("reply_to", part)
    assert problem_at("subject", part) == "", "nothing is typed there yet"
    assert "Saved, 1 to mend<" in part
    page = alice.get(f"/campaigns/{Campaign.get().id}/edit").text
    assert re.search(r'<input[^>]*aria-invalid="true"[^>]*name="reply_to"', page)
    part = alice.post("/campaigns/save", data={**FORM, "campaign_id": Campaign.get().id}, headers=htmx).text
    assert problem_at("reply_to", part) == "" and "to mend" not in part


def test_the_audience_is_counted_again_only_when_what_tells_it_changed(cast, alice, draft, htmx, monkeypatch):
    factories.lead(cast.acme)
    campaign, counts = draft(), []
    count = audience.counted
    monkeypatch.setattr(audience, "counted", lambda *asked: counts.append(asked) or count(*asked))

    def type_into(**fields):
        part = alice.post("/campaigns/save", data={**FORM, "campaign_id": campaign.id, **fields}, headers=htmx)
        assert part.status_code == 200
        return len(counts)

    alice.get(f"/campaigns/{campaign.id}/edit")
    before = type_into(body="Hello")
    assert type_into(body="Hello you", rate_per_minute="7") == before
    assert type_into(body="Hello {{city}}") == before + 1, "who lacks a city is new"
    assert type_into(body="Hello {{city}}", kind="stage", stage="lost") == before + 2
    factories.lead(cast.acme, email="second@x.example", stage="lost")
    alice.get(f"/campaigns/{campaign.id}/edit")
    assert len(counts) == before + 3, "a page that is opened shows what is true now"


def test_the_preview_is_sandboxed_escaped_and_marks_what_is_missing(cast, alice, draft):
    lead = factories.lead(cast.acme, company="<b>Globex</b>", first_name="")
    campaign = draft(body="Hi {{first_name|there}} of {{company}} in {{city}}")
    answer = alice.get(f"/campaigns/{campaign.id}/preview/{lead.id}")
    assert "<mark>there</mark>" in answer.text and "<mark>no city</mark>" in answer.text
    assert "&lt;b&gt;Globex" in answer.text and "<b>Globex" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "unsafe" not in policy


def test_previewing_walks_through_the_audience(cast, alice, draft):
    first, second, third = (factories.lead(cast.acme, company=name) for name in ("Aaa", "Bbb", "Ccc"))
    campaign = draft()
    page = alice.get(f"/campaigns/{campaign.id}/edit?lead={second.id}").text
    assert "A question about Bbb" in page
    assert f'value="{first.id}"' in page and f'value="{third.id}"' in page


def test_a_nul_is_taken_out_or_refused_with_a_sentence(cast, alice):
    assert alice.post("/campaigns/save", data={**FORM, "subject": "a\0b"}).status_code == 303
    assert Step.get().subject == "ab"
    answer = alice.post("/campaigns/save", data={**FORM, "body": "a\0b"})
    assert answer.status_code == 422 and "NUL" in answer.text


def test_names_from_a_browser_do_not_break_the_page(cast, alice):
    factories.lead(cast.acme)
    nasty = "<script>alert(1)</script>\"&'"
    answer = alice.post("/campaigns/save", data={**FORM, "name": nasty, "sender_name": nasty, "subject": nasty})
    page = alice.get(answer.location).text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert drafts.problems(Campaign.get(), Step.get()) == []
