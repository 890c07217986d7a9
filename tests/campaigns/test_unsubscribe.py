import re

import pytest

from tests import factories
from webapp import config
from webapp.campaigns import drafts, launching, leases, links
from webapp.campaigns.models import Campaign, Delivery, DeliveryState, Recipient
from webapp.leads.models import Activity, ActivityKind
from webapp.mail.models import Suppression

from .conftest import hold, write_down


@pytest.fixture
def link(app, started, send):
    """The path of the link in the mail to lead0, after it was sent."""
    send(started(2))
    return link_of(Delivery.get(Delivery.email == "lead0@globex.example"))


def link_of(delivery):
    header = re.search(rb"List-Unsubscribe: <http://galena.test([^>]+)>", bytes(delivery.raw))
    return header[1].decode()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(app, link, method):
    answer = app.test_client().open(link, method=method)
    assert answer.status_code == 200 and answer.headers["Referrer-Policy"] == "no-referrer"
    assert Suppression.select().count() == 0 and Campaign.get().unsubscribed == 0


def test_the_page_names_the_workspace_and_has_two_buttons(app, link):
    page = app.test_client().get(link).text
    assert "Acme" in page and "lead0@globex.example" in page and page.count("<button") - page.count("data-dismiss") == 2


def test_a_one_click_post_needs_no_cookie_and_no_token(app, cast, link):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 200 and "You are unsubscribed" in answer.text
    row = Suppression.get()
    assert (row.workspace_id, row.email, row.reason.value) == (cast.acme.id, "lead0@globex.example", "unsubscribed")
    assert Campaign.get().unsubscribed == 1 and Campaign.get().sent == 2
    assert Recipient.get(Recipient.state == "unsubscribed").lead.email == "lead0@globex.example"
    assert Activity.select().where(Activity.kind == ActivityKind.UNSUBSCRIBED).count() == 1


def test_doing_it_twice_counts_once(app, link):
    for _ in range(2):
        assert app.test_client().post(link).status_code == 200
    assert Suppression.select().count() == 1 and Campaign.get().unsubscribed == 1
    assert Activity.select().where(Activity.kind == ActivityKind.UNSUBSCRIBED).count() == 1


def test_what_waits_for_this_address_elsewhere_is_not_sent(app, cast, link, draft, send):
    second = draft(name="Second")
    launching.start(second, actor=cast.alice)
    app.test_client().post(link)
    assert Campaign.get_by_id(second.id).skipped == 1
    second = send(second)
    assert (second.sent, second.skipped, second.state.value) == (1, 1, "completed")
    assert Delivery.select().where(Delivery.email == "lead0@globex.example").count() == 1


def test_a_mail_written_down_but_not_sent_is_withdrawn(app, cast, link, draft, send):
    second = draft(name="Second")
    launching.start(second, actor=cast.alice)
    lease = hold(second)
    write_down(lease, 10)
    app.test_client().post(link)
    leases.release(lease)
    second = send(second)
    assert (second.sent, second.skipped, second.state.value) == (1, 1, "completed")


def test_another_workspace_may_still_write(app, cast, link):
    app.test_client().post(link)
    factories.lead(cast.other, email="lead0@globex.example")
    fields = {
        "name": "Theirs", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Charlie",
        "reply_to": "c@other.example", "rate_per_minute": 60, "subject": "Hello", "body": "Hello",
    }  # fmt: skip
    theirs = drafts.save_draft(None, fields, actor=cast.charlie)
    launching.start(theirs, actor=cast.charlie)
    assert Recipient.select().where(Recipient.campaign == theirs, Recipient.state == "queued").count() == 1


def test_who_clicks_the_link_of_an_unknown_mail_has_got_it(app, link):
    Delivery.update(state="unknown").where(Delivery.email == "lead0@globex.example").execute()
    first = Delivery.get(Delivery.email == "lead0@globex.example").recipient_id
    Recipient.update(state="unknown").where(Recipient.id == first).execute()
    Campaign.update(sent=1, unknown=1).execute()
    app.test_client().post(link)
    campaign = Campaign.get()
    assert (campaign.sent, campaign.unknown, campaign.unsubscribed) == (2, 0, 1)


@pytest.mark.parametrize("token", ["x", "1.notsigned", "1", "1.", "%00", "%C3%A9.x"])
def test_a_link_we_did_not_sign_is_not_found(app, link, token):
    for method in ("get", "post"):
        assert getattr(app.test_client(), method)(f"/u/{token}").status_code == 404
    assert Suppression.select().count() == 0


def test_the_link_of_a_test_mail_unsubscribes_nobody(app):
    path = links.unsubscribe_url(links.TEST).removeprefix(config.current().base_url)
    assert "test mail" in app.test_client().post(path).text
    assert Suppression.select().count() == 0


def test_a_member_who_decides_at_the_same_moment_does_not_stop_the_unsubscribe(app, link):
    """The mail was unknown when the link's page was read, and settled before the answer was written."""
    Delivery.update(state=DeliveryState.UNKNOWN).where(Delivery.email == "lead0@globex.example").execute()
    assert app.test_client().post(link).status_code == 200  # its recipient is not unknown any more: a Conflict inside
    assert [row.email for row in Suppression.select()] == ["lead0@globex.example"]
