"""What is known of companies as merge tags: offered, counted where it lacks, previewed, sent, asked for."""

import pytest

from tests import factories
from tests.campaigns.test_merge_fields import campaign_of
from tests.enrichment.claimed import claim, look_up
from webapp.campaigns import audience, editing, launching, sending, sequencing
from webapp.enrichment import companies, facts, of_leads
from webapp.enrichment.models import Fact
from webapp.mail import merge_fields
from webapp.mail.models import CapturedMail

BODY = (
    "Hi. {{company.description|You make things.}} With {{company.technologies}}. "
    "{{#if company.founded}}Since {{company.founded}}{{else}}Young{{/if}}."
)


@pytest.fixture
def leads(cast):
    """Of a company known by its domain, of one known by its name, and of one that is not known."""
    known = factories.lead(cast.acme, "Halden", domain="halden.example")
    named = factories.lead(cast.acme, "Initech AG", domain="")
    other = factories.lead(cast.acme, "Globex", domain="globex.example")
    halden = companies.company_of(cast.acme.id, domain="halden.example", name="Halden")
    initech = companies.company_of(cast.acme.id, name="Initech AG")
    look_up(
        cast.alice, halden, claim("description", "Chairs <b>of\toak</b>."), claim("technologies", "React; Django"),
        claim("founded", "1902"), claim("ticker", "HLD", 30),
    )  # fmt: skip
    look_up(cast.alice, initech, claim("founded", "1999"))
    return known, named, other


def test_facts_stand_in_the_mail_and_fallbacks_where_nothing_is_known(cast, leads):
    campaign, _ = campaign_of(cast.alice, BODY)
    launching.start(campaign, actor=cast.alice)
    sending.send_campaign(campaign.id)
    sent = {mail.email: bytes(mail.raw).decode() for mail in CapturedMail.select()}
    first, second, third = (sent[lead.email] for lead in leads)
    assert "Hi. Chairs <b>of oak</b>. With React, Django. Since 1902." in first
    assert "&lt;b&gt;of oak&lt;/b&gt;" in first
    assert "Hi. You make things. With . Since 1999." in second
    assert "Hi. You make things. With . Young." in third


def test_the_editor_offers_them_and_counts_who_lacks_one(cast, leads, sign_in):
    campaign, step = campaign_of(cast.alice, "{{company.description|-}} {{company.technologies}} {{company.founded}}")
    sheet = editing.sheet(cast.alice, campaign, step, leads[2].id)
    lacks = {tag.name: lack for tag, _, lack in sheet.fields}
    assert lacks["company.description"] == 2 and lacks["company.technologies"] == 2 and lacks["company.founded"] == 1
    assert [label for _, label, _ in sheet.warnings] == ["Company: Technologies", "Company: Founded"]
    page = sign_in(cast.alice).get(f"/campaigns/{campaign.id}/edit").text
    assert 'data-insert="{{company.description}}"' in page and 'data-around="{{#if company.founded}}"' in page


def test_what_is_unsure_rejected_or_without_evidence_stands_in_no_mail(cast, leads):
    tags = merge_fields.known(cast.acme)
    assert "company.ticker" not in tags.texts([leads[0].id], {"company.ticker"}).get(leads[0].id, {})
    ticker, founded = Fact.get(Fact.field == "ticker"), Fact.get(Fact.value == "1902")
    facts.keep_fact(cast.alice, ticker)
    facts.reject(cast.alice, founded)
    asked = {"company.ticker", "company.founded"}
    assert tags.texts([leads[0].id], asked) == {leads[0].id: {"company.ticker": "HLD"}}
    assert audience.counted(cast.alice, {"kind": "all"}, ["company.founded"]).empty == {"company.founded": 2}


def test_another_workspace_knows_nothing_of_it(cast, leads):
    theirs = factories.lead(cast.other, "Halden", domain="halden.example")
    assert of_leads.texts_of([theirs.id], of_leads.TAGS) == {}
    assert audience.counted(cast.charlie, {"kind": "all"}, ["company.founded"]).empty["company.founded"] >= 1


def test_a_to_do_of_a_sequence_may_name_them(cast, leads):
    _, step = campaign_of(cast.alice, "Hi")
    step.subject = "Ask about {{company.description}} {{first_name}}"
    title = sequencing._title(step, leads[0], merge_fields.known(cast.acme))
    assert title == f"Ask about Chairs <b>of oak</b>. {leads[0].first_name}".strip()
