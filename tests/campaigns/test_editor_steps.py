"""The sequence as it is written: steps, waits, rules; two tabs; and what holds once it has started."""

import json
import re
from datetime import UTC, datetime
from html import unescape

import pytest

from tests import factories
from webapp.campaigns import attachments, drafts, steps
from webapp.campaigns.models import Campaign, CampaignEvent, CampaignMailbox, CampaignState, Delivery, Step, StepKind
from webapp.campaigns.writing_models import Attachment, StepVersion
from webapp.core.errors import Conflict, Invalid
from webapp.mail.mailbox_models import Mailbox

from .test_views import FORM


def fields_of(page):
    """What a browser sends of the editor's form: names, values, ticked boxes."""
    form = page[page.index('<form id="editor"') :].partition("</form>")[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        boxed = attributes.get("type") in ("checkbox", "radio")
        if (
            attributes.get("name")
            and attributes.get("type") != "file"
            and (not boxed or re.search(r"\bchecked\b", tag))
        ):
            sent.setdefault(attributes["name"], []).append(unescape(attributes.get("value", "y")))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.DOTALL):
        sent[name] = [unescape(text)]
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"|<option value="([^"]*)" selected', options)
        chosen = chosen or re.search(r'<option value="([^"]*)"', options)  # as browsers do
        sent[name] = [chosen[1] or chosen[chosen.lastindex]]
    return sent


def order(campaign):
    return [(step.position, step.kind.value, step.subject) for step in steps.steps_of(campaign)]


def test_steps_are_added_with_what_was_typed_kept_first(cast, alice, three):
    page = alice.get(f"/campaigns/{three.id}/edit").text
    sent = fields_of(page) | {"subject": "Typed", "kind_of_step": "linkedin"}
    answer = alice.post("/campaigns/steps/add", data=sent)
    last = steps.steps_of(three)[-1]
    assert answer.status_code == 303 and answer.location.endswith(f"/edit?step={last.id}&lead={sent['lead_id'][0]}")
    assert last.kind is StepKind.LINKEDIN and Step.get(Step.position == 1).subject == "Typed"
    assert "Day 9, LinkedIn" in alice.get(answer.location).text
    assert alice.post("/campaigns/steps/add", data={**sent, "kind_of_step": "fax"}).status_code == 303
    assert len(steps.steps_of(three)) == 4


def test_the_cards_say_day_kind_and_subject(cast, alice, three):
    page = alice.get(f"/campaigns/{three.id}/edit").text
    assert "2 messages, 6 days" in page and ">Day 0</span>" in page and ">Day 3</span>" in page
    assert "Re: A question about {company}" in page and ">Ring</span>" in page


def test_moving_renumbers_and_the_first_waits_for_nothing(cast, alice, three, htmx):
    one, two, call = steps.steps_of(three)
    answer = alice.post(
        "/campaigns/steps/move", data={**FORM, "campaign_id": three.id, "move": f"{call.id}:1"}, headers=htmx
    )
    assert answer.status_code == 200 and 'hx-target="#sequence"' in answer.text
    assert [step.id for step in steps.steps_of(three)] == [call.id, one.id, two.id]
    assert [step.wait_days for step in steps.steps_of(three)] == [0, steps.WAITS, 3]
    for move in ("x:y", f"{call.id}:99", "999:1", ""):
        sent = {**FORM, "campaign_id": three.id, "move": move}
        assert alice.post("/campaigns/steps/move", data=sent).status_code == 303
    assert len({step.position for step in steps.steps_of(three)}) == 3


def test_a_copy_of_a_step_brings_its_versions_and_files(cast, three):
    first = steps.steps_of(three)[0]
    steps.add_version(three, first.id)
    attachments.attach(three, first.id, "a.pdf", b"%PDF")
    made = steps.duplicate_step(three, first.id)
    assert [step.id for step in steps.steps_of(three)][1] == made.id
    assert StepVersion.get(StepVersion.step == made.id).body == first.body
    assert bytes(Attachment.get(Attachment.step == made.id).data) == b"%PDF"


def test_a_step_is_deleted_but_not_the_last_one(cast, alice, three):
    one, two, call = steps.steps_of(three)
    for step in (two, call):
        alice.post("/campaigns/steps/delete", data={**FORM, "campaign_id": three.id, "step_id": step.id})
    assert [step.id for step in steps.steps_of(three)] == [one.id]
    with pytest.raises(Invalid, match="one step at least"):
        steps.delete_step(three, one.id)


def test_two_tabs_overwrite_only_what_was_changed_in_each(cast, alice, three, htmx):
    first, second = (fields_of(alice.get(f"/campaigns/{three.id}/edit").text) for _ in range(2))
    alice.post("/campaigns/save", data=first | {"subject": "From the first"}, headers=htmx)
    answer = alice.post("/campaigns/save", data=second | {"body": "From the second", "stop_company": "y"}, headers=htmx)
    step, campaign = steps.steps_of(three)[0], Campaign.get_by_id(three.id)
    assert (step.subject, step.body, campaign.stop_company) == ("From the first", "From the second", True)
    seen = re.search(r'name="seen" type="hidden" value="([^"]*)"', answer.text)
    assert json.loads(unescape(seen[1])), "the tab learns what it has sent"
    alice.post("/campaigns/save", data=first | {"stop_on_reply": []}, headers=htmx)
    assert Campaign.get_by_id(three.id).stop_on_reply is False and steps.steps_of(three)[0].body == "From the second"


def test_a_step_that_the_other_tab_deleted_says_so_and_loses_nothing(cast, alice, three, htmx):
    two = steps.steps_of(three)[1]
    sent = fields_of(alice.get(f"/campaigns/{three.id}/edit?step={two.id}").text)
    steps.delete_step(three, two.id)
    changed = sent | {"body": "Long work", "name": "Still kept"}
    part = alice.post("/campaigns/save", data=changed, headers=htmx)
    assert part.status_code == 409 and "This step was deleted meanwhile" in part.text
    page = alice.post("/campaigns/save", data=changed)
    assert page.status_code == 409 and "Long work" in page.text and "This step was deleted meanwhile" in page.text
    assert Campaign.get_by_id(three.id).name == "Still kept"
    assert "Long work" not in [step.body for step in steps.steps_of(three)]


def test_waits_and_rules_are_kept_and_bad_ones_refused_with_everything_typed(cast, alice, three):
    two = steps.steps_of(three)[1]
    sent = fields_of(alice.get(f"/campaigns/{three.id}/edit").text)
    rules = {
        f"wait_{two.id}": "5", f"working_{two.id}": "y", "days": ["1", "2", "3", "4", "5"], "opens": "540",
        "closes": "960", "whose_zone": "lead", "starts_at": "2026-12-01T09:30", "stop_stages": ["lost"],
        "track_clicks": "y", "quiet_days": "14", "leaves_out_busy": "y",
    }  # fmt: skip
    cast.acme.time_zone = "Europe/Berlin"
    cast.acme.save()
    assert alice.post("/campaigns/save", data=sent | rules).status_code == 303
    campaign, two = Campaign.get_by_id(three.id), Step.get_by_id(two.id)
    assert (two.wait_days, two.working_days) == (5, True)
    assert (campaign.days, campaign.opens, campaign.closes, campaign.whose_zone) == ("12345", 540, 960, "lead")
    assert campaign.starts_at == datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    assert (campaign.stop_stages, campaign.track_clicks, campaign.quiet_days) == ("lost", True, 14)
    page = alice.get(f"/campaigns/{three.id}/edit").text
    assert "Mon to Fri, 9:00 to 16:00, lead’s time" in page and 'value="2026-12-01T09:30"' in page
    for bad in ({f"wait_{two.id}": "soon"}, {"quiet_days": "many"}, {"starts_at": "someday"}):
        answer = alice.post("/campaigns/save", data=sent | {"body": "kept anyway"} | bad)
        assert answer.status_code == 422 and "kept anyway" in answer.text
    alice.post("/campaigns/save", data=fields_of(page) | {"closes": "480"})
    assert "Sending ends before it begins" in alice.get(f"/campaigns/{three.id}/edit").text


def test_only_mailboxes_of_the_workspace_can_be_chosen(cast, alice, three):
    mine = Mailbox.create(workspace=cast.acme, email="alice@acme.example", daily_cap=40, signature="Alice\nAcme")
    other = Mailbox.create(workspace=cast.other, email="x@other.example")
    sent = fields_of(alice.get(f"/campaigns/{three.id}/edit").text)
    alice.post("/campaigns/save", data=sent | {"mailboxes": [mine.id, other.id], "body": "Hi\n\n{{signature}}"})
    assert [row.mailbox_id for row in CampaignMailbox.select()] == [mine.id]
    page = alice.get(f"/campaigns/{three.id}/edit").text
    assert "alice@acme.example, 40 a day" in page and "x@other.example" not in page
    lead = factories.lead(cast.acme)
    assert "Alice<br>\nAcme" in alice.get(f"/campaigns/{three.id}/preview/{lead.id}").text


def test_a_paused_campaign_takes_texts_and_rules_but_keeps_what_somebody_got(cast, alice, started, send):
    campaign = started(2, rate_per_minute=60)
    Campaign.update(state=CampaignState.PAUSED).where(Campaign.id == campaign.id).execute()
    later = steps.add_step(Campaign.get_by_id(campaign.id), "email")
    Campaign.update(state=CampaignState.SENDING).where(Campaign.id == campaign.id).execute()
    first = steps.steps_of(campaign)[0]
    assert alice.get(f"/campaigns/{campaign.id}/edit").status_code == 303, "not while it sends"
    refused = alice.post(
        "/campaigns/save", data={"campaign_id": campaign.id, "rate_per_minute": "60", "subject": "New"}
    )
    assert refused.status_code == 409 and "Pause it" in refused.text
    lead = factories.lead(cast.acme)
    recipient = campaign.people.get()
    sent = {"workspace": cast.acme, "campaign": campaign, "recipient": recipient, "step": first, "lead": lead}
    Delivery.create(**sent, email="a@b.example", message_id="x@y", subject="s")
    Campaign.update(state=CampaignState.PAUSED).where(Campaign.id == campaign.id).execute()
    page = alice.get(f"/campaigns/{campaign.id}/edit").text
    assert "This campaign is paused" in page and "Back to the campaign" in page
    sent = fields_of(page) | {"subject": "Better words", "stop_company": "y"}
    assert alice.post("/campaigns/save", data=sent).status_code == 303
    campaign = Campaign.get_by_id(campaign.id)
    assert Step.get_by_id(first.id).subject == "Better words" and campaign.stop_company
    assert [event.kind for event in CampaignEvent.select().where(CampaignEvent.kind == "edited")] == ["edited"]
    with pytest.raises(Conflict, match="Somebody got that step"):
        steps.delete_step(campaign, first.id)
    for move in ((first.id, 2), (later.id, 1)):
        with pytest.raises(Conflict, match="stays where it is"):
            steps.move_step(campaign, *move)
    with pytest.raises(Conflict, match="audience is settled"):
        drafts.save_draft(campaign, {"audience": {"kind": "stage", "stage": "new", "q": ""}}, actor=cast.alice)
    steps.delete_step(campaign, later.id)


def test_outsiders_and_viewers_change_nothing(cast, sign_in, three):
    first, before = steps.steps_of(three)[0], order(three)
    sent = {**FORM, "campaign_id": three.id, "step_id": first.id, "kind_of_step": "call", "move": f"{first.id}:2"}
    paths = (
        "steps/add steps/move steps/duplicate steps/delete steps/format versions/add versions/switch versions/delete"
    )
    for path in f"{paths} files/add files/remove go save test review".split():
        assert sign_in(cast.charlie).post(f"/campaigns/{path}", data=sent).status_code == 404, path
        assert sign_in(cast.vera).post(f"/campaigns/{path}", data=sent).status_code == 403, path
    assert order(three) == before
    stolen = {**FORM, "step_id": first.id}
    assert sign_in(cast.charlie).post("/campaigns/save", data=stolen).status_code == 303, "a draft of their own"
    assert order(three) == before
