"""A workspace's own fields as merge tags: offered, counted, previewed, sent."""

import pytest

from tests import factories
from webapp.campaigns import audience, drafts, editing, launching, sending
from webapp.campaigns.models import Campaign, Step
from webapp.core.errors import Invalid
from webapp.leads import custom, custom_fields
from webapp.mail.models import CapturedMail

BODY = "Hi {{first_name}}, by {{contract_end|the end}} at {{budget}} see {{site|nowhere}} ({{in}}) {{notice|-}}."


@pytest.fixture
def leads(cast):
    kinds = (("Contract end", "date"), ("Budget", "number"), ("Site", "url"), ("In", "yes_no"), ("Notice", "text"))
    fields = {name: custom_fields.create_field(cast.acme, name, kind, actor=cast.alice) for name, kind in kinds}
    full, bare = factories.lead(cast.acme, first_name="Gina"), factories.lead(cast.acme, first_name="Bo")
    typed = {
        "Contract end": "2026-11-05",
        "Budget": "12400.5",
        "Site": "x.example/a",
        "In": "yes",
        "Notice": "<b>\n{{x}}",
    }
    custom.write_values(full, {fields[name]: text for name, text in typed.items()}, actor=cast.alice)
    return full, bare


def campaign_of(member, body):
    fields = {
        "name": "Autumn", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Alice",
        "reply_to": "alice@acme.example", "rate_per_minute": 6000, "subject": "For {{first_name}}", "body": body,
    }  # fmt: skip
    campaign = drafts.save_draft(None, fields, actor=member)
    return campaign, Step.get(Step.campaign == campaign)


def test_values_stand_in_the_mail_as_people_write_them_and_fallbacks_where_there_is_none(cast, leads):
    campaign, _ = campaign_of(cast.alice, BODY)
    launching.start(campaign, actor=cast.alice)
    sending.send_campaign(campaign.id)
    sent = {mail.email: bytes(mail.raw).decode() for mail in CapturedMail.select()}
    text = sent[leads[0].email]
    assert "by 5 Nov 2026 at 12,400.5 see https://x.example/a (yes) <b> {{x}}." in text
    assert "&lt;b&gt; {{x}}" in text
    assert "by the end at  see nowhere () -." in sent[leads[1].email]


def test_the_editor_offers_them_and_counts_who_lacks_one(cast, leads, sign_in):
    campaign, step = campaign_of(cast.alice, "{{budget}} {{contract_end|soon}}")
    sheet = editing.sheet(cast.alice, campaign, step, leads[1].id)
    assert [(tag.name, label, lack) for tag, label, lack in sheet.fields if tag.name != "first_name"] == [
        ("budget", "Budget", 1),
        ("contract_end", "Contract end", 1),
    ]
    assert [label for _, label, _ in sheet.warnings] == ["Budget"] and sheet.problems == []
    page = sign_in(cast.alice).get(f"/campaigns/{campaign.id}/edit").text
    assert 'data-insert="{{contract_end}}"' in page and ">Contract end</button>" in page
    _, html = editing.preview(campaign, step, leads[1])
    assert "<mark>no budget</mark>" in html and "<mark>soon</mark>" in html
    assert "12,400.5" in editing.preview(campaign, step, leads[0])[1]


def test_another_workspaces_or_a_deleted_field_is_no_merge_tag(cast, leads):
    custom_fields.create_field(cast.other, "Secret", "text", actor=cast.charlie)
    campaign, step = campaign_of(cast.alice, "{{secret}}")
    assert "not a field we know" in str(drafts.problems(campaign, step)[0])
    campaign, step = campaign_of(cast.alice, "{{budget}}")
    assert drafts.problems(campaign, step) == []
    budget = next(field for field in custom.fields_of(cast.acme) if field.slug == "budget")
    custom_fields.delete_field(cast.acme, budget, actor=cast.alice)
    with pytest.raises(Invalid, match="not a field we know"):
        launching.start(campaign, actor=cast.alice)
    assert Campaign.select().count() == 2 and audience.counted(cast.alice, campaign.audience).total == 2
