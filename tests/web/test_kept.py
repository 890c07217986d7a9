"""A kept region is a function of the values given to it: nobody meets what was drawn for somebody else."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from webapp.accounts.models import User
from webapp.core.clock import freeze, now
from webapp.leads.models import Lead, with_keys
from webapp.web.kept import Snapshot
from webapp.web.locale import spoken

PAGES = ("/leads", "/leads/board", "/leads/{id}", "/")
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, company="Globex", value=1000)


def tokens(text):
    return set(re.findall(r'name="csrf_token" value="([^"]+)"', text))


@pytest.mark.parametrize("path", PAGES)
def test_a_viewer_gets_no_form_that_a_member_got_before(cast, sign_in, lead, path):
    url = path.format(id=lead.id)
    assert "csrf_token" in sign_in(cast.alice).get(url).text
    looked = sign_in(cast.vera).get(url).text.partition('id="main"')[2]
    assert tokens(looked.partition("<dialog")[0]) <= {""}


@pytest.mark.parametrize("path", PAGES)
def test_everybody_gets_the_token_of_their_own_session(cast, sign_in, lead, path):
    alice, bob = sign_in(cast.alice), sign_in(cast.bob)
    url = path.format(id=lead.id)
    alice.get(url), bob.get(url)
    assert not tokens(alice.get(url).text) & tokens(bob.get(url).text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_shows_the_same_is_the_same_a_second_later(cast, sign_in, path):
    with freeze(NOON):  # a second later is not another day
        lead, client = factories.lead(cast.acme, company="Globex", value=1000), sign_in(cast.alice)
        url = path.format(id=lead.id)
        client.get(url)
        first = client.get(url).text
    with freeze(NOON + timedelta(seconds=1)):
        assert client.get(url).text == first


def test_times_move_on_while_the_lead_does_not(cast, sign_in, lead):
    client = sign_in(cast.alice)
    client.get("/leads")
    with freeze(now() + timedelta(hours=3)):
        assert "3 h ago" in client.get("/leads").text
    with freeze(now() + timedelta(days=2)):
        assert "2 d" in client.get("/leads/board").text


def test_each_member_sees_times_in_their_own_zone(cast, sign_in, lead):
    User.update(time_zone="Asia/Tokyo").where(User.id == cast.bob.user_id).execute()
    titles = [re.search(r'<time [^>]*title="([^"]+)"', sign_in(member).get("/leads").text).group(1)
              for member in (cast.alice, cast.bob)]  # fmt: skip
    assert titles[0] != titles[1]


@pytest.mark.parametrize("path", PAGES[:3])
def test_each_member_sees_a_kept_row_in_their_own_formats(cast, sign_in, lead, path):
    seen = datetime(2025, 11, 18, 14, 30, tzinfo=UTC)
    Lead.update(value=64000, created_at=seen, touched_at=seen).where(Lead.id == lead.id).execute()
    User.update(locale="de").where(User.id == cast.bob.user_id).execute()
    alice, bob, url = sign_in(cast.alice), sign_in(cast.bob), path.format(id=lead.id)
    for _ in range(2):
        english, german = alice.get(url).text, bob.get(url).text
        assert "€64k" in english or "64,000" in english
        assert "64.000" in german and "64.000" not in english
        assert "18 Nov" in english and ("18. Nov" in german and "18. Nov" not in english)


def test_a_locale_ends_with_its_request(cast, sign_in, lead):
    User.update(locale="de").where(User.id == cast.bob.user_id).execute()
    sign_in(cast.bob).get("/leads")
    assert spoken() == "en"


def test_a_change_shows_at_once(cast, sign_in, lead):
    client = sign_in(cast.alice)
    for path in PAGES[:3]:
        client.get(path.format(id=lead.id))
    changed = with_keys({"company": "Initech", "email": lead.email})
    Lead.update(**changed).where(Lead.id == lead.id).execute()
    for path in PAGES[:3]:
        assert "Initech" in client.get(path.format(id=lead.id)).text


def test_a_row_itself_is_refused_since_it_equals_its_older_self(app, lead):
    kept = app.jinja_env.filters["kept"]
    with pytest.raises(TypeError, match="snapshot"):
        kept("leads/_company_head.html", lead=lead)
    assert "Globex" in kept("leads/_company_head.html", lead=Snapshot(lead))
    lead.company = "Hooli"
    assert "Hooli" in kept("leads/_company_head.html", lead=Snapshot(lead))
