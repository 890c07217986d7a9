"""Opens and clicks: signed, leading only where they were meant to, and people told from machines."""

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.campaigns import past
from webapp.campaigns import tracking
from webapp.campaigns.models import Campaign, Delivery
from webapp.campaigns.scanners import is_machine
from webapp.campaigns.tracking_models import TrackedEvent, TrackedLink
from webapp.core import clock
from webapp.core.clock import now

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HTML = (
    '<html><body><p>See <a href="https://globex.example/a?b=1&amp;c=2">this</a>, '
    '<a class="x" href="https://globex.example/other">that</a>, <a href="mailto:a@b.example">me</a> or '
    '<a href="http://galena.test/u/abc">Unsubscribe</a></p></body></html>'
)


@pytest.fixture
def browser(app):
    return app.test_client()


@pytest.fixture
def mail(cast):
    """A mail that was accepted an hour ago, of a campaign that asks for opens and clicks."""
    campaign = past.campaign_of(cast.alice, track_opens=True, track_clicks=True)
    return past.mails_of(past.person(campaign))[0]


@pytest.fixture
def written(mail):
    """(its HTML part, the addresses of its links, that of its picture)."""
    links = tracking.links_of(mail.campaign, HTML)
    html = tracking.rewritten(HTML, mail.recipient_id, mail.step_id, links, opens=True)
    return html, re.findall(r'href="http://galena\.test(/c/[^"]+)"', html), re.search(r'src="[^"]*(/o/[^"]+)"', html)[1]


def counted(mail):
    campaign = Campaign.get_by_id(mail.campaign_id)
    return campaign.opened, campaign.clicked


def events():
    query = TrackedEvent.select().order_by(TrackedEvent.id)
    return [(event.kind.value, event.by_machine) for event in query]


def get(browser, url, agent=FIREFOX, **options):
    return browser.get(url, headers={"User-Agent": agent, **options.pop("headers", {})}, **options)


# ------------------------------------------------------------ writing mails


def test_only_links_of_the_mail_that_are_known_lead_through_galena(written):
    html, links, _ = written
    assert len(links) == 2 and html.count("/o/") == 1 and html.endswith('alt=""></body></html>')
    for kept in ('href="mailto:a@b.example"', 'href="http://galena.test/u/abc"', 'class="x"'):
        assert kept in html
    assert {link.url for link in TrackedLink.select()} == {
        "https://globex.example/a?b=1&c=2", "https://globex.example/other",
    }  # fmt: skip


def test_writing_is_the_same_at_each_time_and_keeps_each_address_once(mail, written):
    links = tracking.links_of(mail.campaign, HTML)
    assert tracking.rewritten(HTML, mail.recipient_id, mail.step_id, links, opens=True) == written[0]
    assert TrackedLink.select().count() == 2


def test_the_links_of_a_message_are_known_from_how_it_was_written(mail):
    plain = "See https://globex.example/a?b=1&c=2, or http://globex.example/{{company}}. Or https://globex.example/d."
    assert set(tracking.links_of(mail.campaign, plain)) == {
        "https://globex.example/a?b=1&c=2", "https://globex.example/d",
    }  # fmt: skip


def test_without_tracking_a_mail_stays_as_it_is(mail):
    assert tracking.rewritten(HTML, 1, 1, {}) == HTML
    other = HTML.replace("https://globex.example/other", "https://elsewhere.example/{{x}}")
    assert "elsewhere.example" in tracking.rewritten(other, 1, 1, {"https://globex.example/other": 1})


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/leads", "http://", "ftp://a.example/x"])
def test_what_is_no_web_address_is_never_tracked(mail, url):
    assert tracking.links_of(mail.campaign, f'<a href="{url}">x</a>') == {}


# ------------------------------------------------------------------ people


def test_a_person_who_opens_and_clicks_counts_once(browser, mail, written):
    _, (link, other), picture = written
    for _ in range(3):
        answer = get(browser, picture)
        assert answer.status_code == 200 and answer.mimetype == "image/gif" and answer.data[:3] == b"GIF"
    assert counted(mail) == (1, 0)
    answer = get(browser, link)
    assert (answer.status_code, answer.location) == (302, "https://globex.example/a?b=1&c=2")
    with clock.freeze(now() + timedelta(minutes=5)):
        assert get(browser, other).location == "https://globex.example/other"
    assert counted(mail) == (1, 1)
    row = Delivery.get()
    assert row.opened_at and row.clicked_at and row.changed_at == mail.changed_at
    assert events() == [("open", False)] * 3 + [("click", False)] * 2


def test_who_follows_a_link_has_opened_the_mail_too(browser, mail, written):
    get(browser, written[1][0])
    assert counted(mail) == (1, 1)


def test_answers_are_kept_by_nobody_and_set_no_cookie(browser, written):
    for url in (written[1][0], written[2]):
        answer = get(browser, url)
        assert "no-store" in answer.headers["Cache-Control"] and "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin", "web mail has to be able to show it"


def test_a_campaign_that_does_not_ask_learns_nothing_though_its_links_still_lead(browser, mail, written):
    Campaign.update(track_opens=False, track_clicks=False).execute()
    assert get(browser, written[2]).status_code == 200
    assert get(browser, written[1][1]).location == "https://globex.example/other"
    assert counted(mail) == (0, 0) and events() == []


# ---------------------------------------------------------------- machines


def test_asking_for_headers_or_in_advance_changes_nothing(browser, mail, written):
    for url in (written[1][0], written[2]):
        assert browser.head(url).status_code in (200, 302)
        for header in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}):
            get(browser, url, headers=header)
    assert counted(mail) == (0, 0) and events() == []


def test_machines_are_kept_and_not_counted(browser, mail, written):
    get(browser, written[1][0], agent="Mimecast-URL-Protect/1.0")
    get(browser, written[2], agent="Mozilla/5.0")
    assert counted(mail) == (0, 0) and events() == [("click", True), ("open", True)]
    assert Delivery.get().opened_at is None


def test_links_followed_within_seconds_of_delivery_are_a_machines(browser, mail, written):
    Delivery.update(changed_at=now()).execute()
    get(browser, written[1][0])
    assert counted(mail) == (0, 0) and events() == [("click", True)]


def test_two_links_in_the_same_second_are_a_machines_and_take_back_the_first(browser, mail, written):
    get(browser, written[1][0])
    assert counted(mail) == (1, 1)
    get(browser, written[1][1])
    assert counted(mail) == (0, 0) and events() == [("click", True), ("click", True)]
    assert Delivery.get().clicked_at is None and Delivery.get().opened_at is None


def test_a_person_who_came_before_a_scanner_still_counts(browser, mail, written):
    get(browser, written[2])
    with clock.freeze(now() + timedelta(minutes=1)):
        get(browser, written[1][0])
    with clock.freeze(now() + timedelta(minutes=9)):
        get(browser, written[1][0])
        get(browser, written[1][1])
    assert counted(mail) == (1, 1)


def test_a_thousand_requests_keep_no_thousand_rows(browser, mail, written):
    for _ in range(tracking.MOST + 5):
        get(browser, written[2])
    assert len(events()) == tracking.MOST and counted(mail) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "agent", "address", "seconds", "machine"),
    [
        ("open", FIREFOX, "198.51.100.7", 600, False),
        ("click", FIREFOX, "198.51.100.7", None, False),
        ("click", FIREFOX, "198.51.100.7", 3, True),
        ("open", FIREFOX, "198.51.100.7", 1, True),
        ("open", "Mozilla/5.0", "198.51.100.7", 600, True),
        ("open", "", "198.51.100.7", 600, True),
        ("open", FIREFOX, "17.58.1.1", 600, True),
        ("open", FIREFOX, "::ffff:17.58.1.1", 600, True),
        ("click", FIREFOX, "40.107.3.3", 600, True),
        ("open", "Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)", "", 600, False),
        ("click", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)", "", 600, True),
        ("open", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", "x", 600, False),
        ("click", "python-requests/2.32", "198.51.100.7", 600, True),
        ("click", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "", 600, True),
        ("click", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "", 600, True),
        ("click", "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/120 Mobile", "", 600, False),
        ("open", "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "198.51.100.7", 600, False),
    ],
)  # fmt: skip
def test_machines_are_known_by_their_name_their_network_or_their_haste(kind, agent, address, seconds, machine):
    assert is_machine(kind, agent=agent, address=address, seconds=seconds) is machine


# ----------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "9" + t, lambda t: t.replace(".", "x", 1), lambda t: ""]
)
def test_a_token_that_was_changed_leads_nowhere(browser, mail, written, change):
    token = written[1][0].removeprefix("/c/")
    answer = get(browser, f"/c/{change(token)}")
    assert answer.status_code == 404 and "Location" not in answer.headers
    assert get(browser, f"/o/{change(token)}.gif").status_code == 404
    assert events() == []


@pytest.mark.parametrize("more", ["?url=https://evil.example", "?next=//evil.example", "?u=javascript:alert(1)"])
def test_nothing_in_the_address_says_where_to(browser, written, more):
    assert get(browser, written[1][1] + more).location == "https://globex.example/other"


def test_tokens_of_other_kinds_are_not_taken(browser, mail, written):
    from webapp.campaigns.links import unsubscribe_url

    other = unsubscribe_url(mail.recipient_id).rpartition("/")[2]
    assert get(browser, f"/c/{other}").status_code == 404 and get(browser, f"/o/{other}.gif").status_code == 404


def test_a_link_of_another_campaign_or_one_that_is_gone_counts_for_nobody(browser, cast, mail, written):
    elsewhere = past.campaign_of(cast.charlie, "Elsewhere", track_clicks=True)
    link = next(iter(tracking.links_of(elsewhere, '<a href="https://else.example/">x</a>').values()))
    token = tracking.token(mail.recipient_id, mail.step_id, link)
    assert get(browser, f"/c/{token}").location == "https://else.example/"
    assert events() == []
    assert get(browser, f"/c/{tracking.token(mail.recipient_id, mail.step_id, 0)}").status_code == 404
    Campaign.delete().execute()
    assert get(browser, written[1][0]).status_code == 404


def test_an_address_that_became_no_web_address_is_not_followed(browser, written):
    TrackedLink.update(url="javascript:alert(1)").execute()
    assert get(browser, written[1][0]).status_code == 404


def test_the_report_shows_opens_only_where_they_are_asked_for(cast, sign_in, browser, mail, written):
    get(browser, written[2])
    alice = sign_in(cast.alice)
    text = alice.get(f"/campaigns/{mail.campaign_id}").text
    assert "Opens mean little" in text and re.search(r'Opened</dt><dd class="value">1<', text)
    Campaign.update(track_opens=False).execute()
    text = alice.get(f"/campaigns/{mail.campaign_id}").text
    assert "Opens mean little" not in text and "Opened</dt>" not in text


def test_the_written_addresses_are_escaped_as_html_asks(written):
    html, links, _ = written
    assert all(unescape(link) == link for link in links) and "<script" not in html
