"""What the look before the start finds about the domains that mail is from."""

import pytest

from tests import factories
from tests.mail.name_server import WELL, name_server
from webapp.campaigns import rehearsal
from webapp.campaigns.models import Campaign, CampaignState, Recipient
from webapp.mail.findings import blocks
from webapp.mail.models import DomainCheck

from .test_rehearsal import states


@pytest.fixture
def names(settings):
    with name_server(WELL) as server:
        settings(dns_server=server.address)
        yield server


def test_a_job_looks_at_each_domain_and_the_page_waits_for_it(cast, names, box, through, alice, run_jobs):
    factories.lead(cast.acme)
    campaign = through(box(), box("bob@acme.example"))
    address = f"/campaigns/{campaign.id}"
    first = alice.get(f"{address}/start").text
    assert "SPF, DKIM and DMARC of acme.example are not looked at yet" in first and "load" in first
    assert not DomainCheck.select().exists(), "to look at the page changes nothing"
    assert alice.post(f"{address}/domains", data={"first": "1"}).location == f"{address}/start"
    assert names.asked == [], "the web process asks nobody"
    looking = alice.get(f"{address}/start").text
    assert "Looking at SPF, DKIM and DMARC of acme.example" in looking and "every 2s" in looking
    run_jobs()
    done = alice.get(f"{address}/start").text
    assert "SPF is set for acme.example" in done and "DKIM is set" in done and "DMARC is set" in done
    assert "every 2s" not in done and "Look again" in done


def test_reviewing_a_draft_looks_by_itself_and_keeps_it_for_an_hour(cast, names, box, through, alice, run_jobs):
    factories.lead(cast.acme)
    campaign = through(box())
    form = {"campaign_id": campaign.id, "name": "Partners", "kind": "all", "rate_per_minute": 60}
    for _ in range(2):
        alice.post("/campaigns/review", data=form)
        run_jobs()
    assert names.asked.count("_dmarc.acme.example") == 1
    alice.post(f"/campaigns/{campaign.id}/domains")
    run_jobs()
    assert names.asked.count("_dmarc.acme.example") == 2, "Look again asks again"


def test_the_selector_of_a_test_mail_is_found_in_its_header(cast, names, box, through, alice, run_jobs):
    factories.lead(cast.acme)
    names.records[("mine._domainkey.acme.example", "TXT")] = names.records.pop(
        ("google._domainkey.acme.example", "TXT")
    )
    campaign = through(box())
    address = f"/campaigns/{campaign.id}"
    alice.post(f"{address}/domains", data={"selector": "DKIM-Signature: v=1; d=acme.example; s=mine; b=x"})
    run_jobs()
    assert "A key is published under mine." in alice.get(f"{address}/start").text
    alice.post(f"{address}/domains", data={"selector": "what is this"})
    assert "That is no selector." in alice.get(f"{address}/start").text
    alice.post(f"{address}/domains")
    run_jobs()
    assert "A key is published under mine." in alice.get(f"{address}/start").text, "it is remembered"


def test_an_outage_of_dns_does_not_keep_it_from_starting(cast, names, box, through, alice, run_jobs):
    factories.lead(cast.acme)
    names.silent = True
    campaign = through(box())
    alice.post(f"/campaigns/{campaign.id}/domains")
    run_jobs()
    assert "DNS did not answer about acme.example" in alice.get(f"/campaigns/{campaign.id}/start").text
    assert not blocks(rehearsal.rehearse(cast.alice, campaign))


def test_a_domain_that_forbids_mail_blocks_the_start(cast, names, box, through, alice, run_jobs):
    factories.lead(cast.acme)
    names.records[("acme.example", "TXT")] = ["v=spf1 -all"]
    campaign = through(box())
    alice.post(f"/campaigns/{campaign.id}/domains")
    run_jobs()
    page = alice.get(f"/campaigns/{campaign.id}/start").text
    assert "SPF of acme.example forbids all mail" in page and "v=spf1 -all" in page and "disabled" in page
    assert alice.post(f"/campaigns/{campaign.id}/start").location == f"/campaigns/{campaign.id}/start"
    assert Campaign.get_by_id(campaign.id).state is CampaignState.DRAFT and not Recipient.select().exists()


def test_captured_mail_needs_no_dns(cast, draft, alice):
    factories.lead(cast.acme)
    page = alice.get(f"/campaigns/{draft().id}/start").text
    assert "Mail is captured, nothing leaves this server" in page and "DKIM" not in page


def test_what_dns_says_of_the_servers_own_address_keeps_nobody_back(cast, draft, settings):
    factories.lead(cast.acme)
    settings(mail_url="smtp://127.0.0.1:1", mail_from="galena@acme-misspelt.org")
    DomainCheck.create(domain="acme-misspelt.org", found={"exists": False, "silent": []})
    assert states(cast, draft())["The domain acme-misspelt.org does not exist"] == "warn"
