import pytest

from tests import factories
from webapp.accounts.models import Membership, Reach
from webapp.leads.models import Lead
from webapp.mail import transports
from webapp.mail.models import CapturedMail
from webapp.mail.rendering import Message


@pytest.fixture
def captured(cast):
    message = Message(
        sender_name="Alice", reply_to="", subject="Hi {{first_name}}", body="Hello <b>", workspace_name="Acme"
    )
    mail = message.to(Lead(first_name="Gina", email="gina@globex.example"), "http://galena.test/u/x")
    transports.send_one(cast.acme, mail)
    transports.send_one(cast.acme, mail)  # the same again: kept once
    return CapturedMail.get()


def test_the_outbox_lists_what_was_captured_once(cast, sign_in, captured):
    assert CapturedMail.select().count() == 1
    page = sign_in(cast.vera).get("/outbox").text
    assert "gina@globex.example" in page and "Hi Gina" in page


def test_the_outbox_is_whole_for_whoever_asks_for_a_part_of_it(cast, sign_in, captured, htmx):
    assert "gina@globex.example" in sign_in(cast.vera).get("/outbox", headers=htmx).text


def test_an_empty_outbox_says_what_belongs_there(cast, sign_in):
    assert "Nothing captured" in sign_in(cast.alice).get("/outbox").text


def test_a_captured_mail_is_shown_exactly(cast, sign_in, captured):
    client = sign_in(cast.alice)
    page = client.get(f"/outbox/{captured.id}").text
    assert captured.message_id in page and "7bit" in page and "Hello &lt;b&gt;" in page
    frame = client.get(f"/outbox/{captured.id}/html")
    policy = frame.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "frame-ancestors 'self'" in policy and "unsafe" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN" and "<p>Hello &lt;b&gt;</p>" in frame.text


def test_outsiders_find_no_captured_mail(cast, sign_in, captured):
    charlie = sign_in(cast.charlie)
    assert charlie.get(f"/outbox/{captured.id}").status_code == 404
    assert charlie.get(f"/outbox/{captured.id}/html").status_code == 404
    assert "gina@globex.example" not in charlie.get("/outbox").text


def test_a_member_with_own_leads_sees_mail_to_those(cast, sign_in, captured):
    Membership.update(reach=Reach.OWN).where(Membership.user == cast.bob.user_id).execute()
    bob = sign_in(cast.bob)
    assert bob.get(f"/outbox/{captured.id}").status_code == 404
    factories.lead(cast.acme, email="gina@globex.example", owner=cast.bob.user_id)
    assert bob.get(f"/outbox/{captured.id}").status_code == 200
