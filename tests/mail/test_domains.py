"""What a look at a domain finds out, asked of a real name server."""

from datetime import timedelta

import pytest

from tests.mail.name_server import KEY, WELL, name_server
from webapp.core import clock
from webapp.mail import domains
from webapp.mail.domain_findings import findings, sender_of
from webapp.mail.domains import Seen
from webapp.mail.findings import blocks
from webapp.mail.mailbox_models import Mailbox, MailboxKind
from webapp.mail.models import DomainCheck

SPF, DMARC = ("acme.example", "TXT"), ("_dmarc.acme.example", "TXT")


@pytest.fixture
def told(app, settings):
    """told(changes) are the texts of what is found about acme.example, with these records in place of good ones."""

    def look(changes=None, *, silent=False, host="smtp.gmail.com", domain="acme.example", more=()):
        records = {key: texts for key, texts in {**WELL, **(changes or {})}.items() if texts}
        with name_server(records, silent=silent) as server:
            settings(dns_server=server.address)
            found = domains.look_up(domain, more)
        return findings(Seen(domain, found), [host])

    return look


def states(found):
    return [(finding.state, finding.text) for finding in found]


def test_a_domain_that_has_all_is_well(told):
    assert states(told()) == [
        ("ok", "SPF is set for acme.example"),
        ("ok", "DKIM is set for acme.example"),
        ("ok", "DMARC is set for acme.example"),
        ("ok", "acme.example takes mail"),
    ]


@pytest.mark.parametrize(
    ("changes", "state", "text", "help"),
    [
        ({SPF: None}, "warn", "SPF is missing for acme.example", "Add a TXT record"),
        ({SPF: ["v=spf1 -all"]}, "bad", "SPF of acme.example forbids all mail", "Name your provider"),
        ({SPF: ["v=spf1 a -all", "v=spf1 mx -all"]}, "warn", "acme.example has 2 SPF records", "one record"),
        ({SPF: ["v=spf1 a +all"]}, "warn", "SPF of acme.example lets everybody send", "~all"),
        ({SPF: ["v=spf1 incude:x -all"]}, "warn", "SPF of acme.example is broken", "“incude:x” means nothing"),
        ({SPF: ["v=spf1 mx ~all"]}, "warn", "SPF of acme.example does not name Google", "include:_spf.google.com"),
        ({SPF: [f"v=spf1 {'mx ' * 11}-all"]}, "warn", "SPF of acme.example refers to too much", "more than 10"),
        ({DMARC: None}, "warn", "DMARC is missing for acme.example", "at _dmarc.acme.example"),
        ({DMARC: ["v=DMARC1; p=all"]}, "warn", "DMARC of acme.example is broken", "says “all”"),
        ({("acme.example", "MX"): None}, "warn", "acme.example names no mail servers", "Replies"),
        ({("acme.example", "MX"): ["0 ."]}, "warn", "acme.example takes no mail", "MX"),
        (
            {("google._domainkey.acme.example", "TXT"): None},
            "warn", "No DKIM key was found for acme.example", "selector",
        ),
        (
            {("google._domainkey.acme.example", "TXT"): ["v=DKIM1; p="]},
            "warn", "DKIM of acme.example does not count", "withdrawn",
        ),
        (
            {SPF: None, ("google._domainkey.acme.example", "TXT"): None},
            "bad", "DMARC of acme.example turns your mail away", "put aside",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_or_broken_is_named_with_how_to_mend_it(told, changes, state, text, help):
    found = {finding.text: finding for finding in told(changes)}
    assert found[text].state == state and help in found[text].help


def test_what_would_be_refused_blocks_and_what_is_only_missing_does_not(told):
    assert not blocks(told({DMARC: None, ("acme.example", "MX"): None}))
    assert blocks(told({SPF: ["v=spf1 -all"]}))


def test_a_domain_that_does_not_exist_blocks_unless_it_is_for_trials_only(told):
    (finding,) = told(domain="acme-misspelt.org")
    assert (finding.state, finding.text) == ("bad", "The domain acme-misspelt.org does not exist")
    (finding,) = told(domain="acme-misspelt.example")
    assert finding.state == "warn"


def test_a_record_for_missing_ones_is_ready_to_be_copied(told):
    found = {finding.text: finding.record for finding in told({SPF: None, DMARC: None})}
    assert found["SPF is missing for acme.example"] == "v=spf1 include:_spf.google.com ~all"
    assert found["DMARC is missing for acme.example"] == "v=DMARC1; p=none"


def test_dmarc_of_the_organization_holds_for_what_is_below(told):
    below = {
        ("mail.acme.example", "TXT"): ["v=spf1 include:_spf.google.com -all"],
        ("mail.acme.example", "MX"): ["1 smtp.google.com."],
    }
    found = [finding.text for finding in told(below, domain="mail.acme.example")]
    assert "DMARC is set for mail.acme.example, by that of acme.example" in found


def test_the_selector_of_a_test_mail_is_tried_too(told):
    moved = {("google._domainkey.acme.example", "TXT"): None, ("galena7._domainkey.acme.example", "TXT"): [KEY]}
    assert "No DKIM key was found for acme.example" in dict(map(reversed, states(told(moved))))
    assert "DKIM is set for acme.example" in dict(map(reversed, states(told(moved, more=["galena7"]))))


def test_one_answer_for_all_selectors_proves_nothing(told):
    found = told({("no-such-selector-galena._domainkey.acme.example", "TXT"): [KEY]})
    assert ("warn", "No DKIM key was found for acme.example") in states(found)


def test_an_outage_says_so_and_does_not_block(told):
    (finding,) = told(silent=True)
    assert finding.state == "warn" and finding.text == "DNS did not answer about acme.example"
    found = told(silent={"_dmarc.acme.example"})
    assert ("warn", "DNS did not answer about DMARC of acme.example") in states(found) and not blocks(found)


def test_the_domain_is_that_of_the_address_unless_there_is_nothing_to_look_up(app, settings):
    ours = Mailbox(kind=MailboxKind.SERVER, email="")
    assert domains.domain_of(ours) == "", "captured mail needs no DNS"
    settings(mail_url="smtp://127.0.0.1", mail_from="hello@Galena.example")
    assert domains.domain_of(ours) == "galena.example"
    of = lambda email: domains.domain_of(Mailbox(kind=MailboxKind.SMTP, email=email))  # noqa: E731
    assert of("me@bücher.example") == "xn--bcher-kva.example"
    assert [of(email) for email in ("me@localhost", "me@gmail.com", "me@[192.0.2.1]", "me@192.0.2.1")] == [""] * 4


def test_a_look_is_kept_for_an_hour(app, settings):
    with name_server(WELL) as server:
        settings(dns_server=server.address)
        assert domains.ask(["acme.example"]) == ["acme.example"]
        assert domains.known(["acme.example"])[0].looking and domains.ask(["acme.example"]) == []
        domains.check(["acme.example"])
        asked = len(server.asked)
        domains.check(["acme.example"])
        assert len(server.asked) == asked, "a job that runs twice asks once"
        assert domains.known(["acme.example"])[0].is_fresh and domains.ask(["acme.example"]) == []
        assert domains.ask(["acme.example"], again=True) == ["acme.example"]
        domains.check(["acme.example"])
        with clock.freeze(clock.now() + timedelta(minutes=61)):
            assert domains.ask(["acme.example"]) == ["acme.example"]


def test_what_nobody_answered_is_asked_for_again(app, settings):
    with name_server(silent=True) as server:
        settings(dns_server=server.address)
        domains.ask(["acme.example"])
        domains.check(["acme.example"])
        assert domains.ask(["acme.example"]) == ["acme.example"]


def test_a_look_that_a_crash_took_is_over_after_a_minute(app):
    domains.ask(["acme.example"])
    with clock.freeze(clock.now() + timedelta(seconds=61)):
        assert not domains.known(["acme.example"])[0].looking and domains.ask(["acme.example"]) == ["acme.example"]
    assert DomainCheck.select().count() == 1


def test_known_hosts_tell_the_provider():
    assert sender_of("smtp.gmail.com")[0] == sender_of("smtp-relay.gmail.com")[0] == "Google"
    assert sender_of("smtp.office365.com.")[0] == "Microsoft"
    assert sender_of("notgmail.com.example")[0] == sender_of("")[0] == ""
