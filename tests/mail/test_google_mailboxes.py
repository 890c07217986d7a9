"""Gmail by OAuth: connecting, XOAUTH2, tokens that end and access that is taken back."""

import base64
import json
import logging
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.auth.oidc_server import CLIENT, SECRET, oidc_server
from tests.campaigns.smtp_servers import scripted_server
from tests.mail.mailboxes import FORM, HERE, mailbox
from webapp.accounts.models import AuditEntry
from webapp.auth import google, oidc
from webapp.auth.models import Account
from webapp.config import DISCOVERY, activate
from webapp.core.clock import freeze, now
from webapp.core.crypto import decrypt
from webapp.mail import google_mail, mailbox_check, mailboxes
from webapp.mail.mailbox_models import Mailbox, MailboxKind, MailboxState, Security

REFUSAL = base64.b64encode(
    json.dumps({"status": "400", "schemes": "Bearer", "scope": google_mail.MAIL}).encode()
).decode()


@pytest.fixture
def provider(app, monkeypatch):
    with oidc_server() as provider:
        keys = {"google_client_id": CLIENT, "google_client_secret": SECRET}
        config = replace(app.config["GALENA"], google_discovery_url=provider.issuer + DISCOVERY, **keys)
        monkeypatch.setitem(app.config, "GALENA", config)
        monkeypatch.setattr(oidc, "_documents", {})
        activate(config)
        yield provider


def away(client):
    """Begin to connect; the address at the provider."""
    page = client.post(f"{HERE}/google")
    return page.text.split('http-equiv="refresh" content="0; url=')[1].split('"')[0].replace("&amp;", "&")


def connect(client):
    """Connect as far as the provider's answer."""
    answer = requests.get(away(client), allow_redirects=False, timeout=10)
    return client.get(answer.headers["Location"].removeprefix("http://galena.test"))


def told(client):
    with client.session_transaction() as cookie:
        return " ".join(message for _, message in cookie.pop("_flashes", []))


@pytest.fixture
def box(alice, provider):
    """What Alice connected."""
    connect(alice)
    return Mailbox.get(Mailbox.kind == MailboxKind.GOOGLE)


def at(box, server):
    """The mailbox, with Gmail's server on this machine."""
    place = urlsplit(server.url)
    here = {"smtp_host": place.hostname, "smtp_port": place.port, "smtp_security": Security.NONE}
    Mailbox.update(here).where(Mailbox.id == box.id).execute()
    return Mailbox.get_by_id(box.id)


def bearers(server):
    """(user, token) of each AUTH that the server saw."""
    said = [line.split()[2] for line in server.lines if line.startswith("AUTH XOAUTH2 ")]
    parts = [base64.b64decode(text).decode().split("\1") for text in said]
    return [(one[0].removeprefix("user="), one[1].removeprefix("auth=Bearer ")) for one in parts]


def test_a_mailbox_is_connected_with_its_tokens_encrypted_and_nobodys_sign_in_changed(cast, alice, provider, box):
    assert (box.email, box.username, box.smtp_host, box.smtp_port) == (
        "mara@halden.example", "mara@halden.example", "smtp.gmail.com", 587,
    )  # fmt: skip
    assert (box.user_id, box.workspace_id, box.sender_name) == (cast.alice.user_id, cast.acme.id, "Alice Archer")
    assert decrypt(box.secret, mailboxes.SECRET) in provider.refreshable
    assert box.access_until > now() + timedelta(minutes=50)
    assert Account.select().count() == 0, "it is no way to sign in"
    text = alice.get(f"{HERE}/{box.id}").text
    assert "By the access that Google gave" in text and decrypt(box.secret, mailboxes.SECRET) not in text
    edit = alice.get(f"{HERE}/{box.id}/edit").text
    assert 'name="password"' not in edit and 'name="smtp_host"' not in edit and 'name="reply_to"' in edit


def test_google_is_asked_for_mail_offline_with_pkce_state_and_our_own_address(alice, provider):
    asked = parse_qs(urlsplit(away(alice)).query)
    assert asked["scope"] == ["openid email https://mail.google.com/"]
    assert asked["redirect_uri"] == ["http://galena.test/settings/mailboxes/google/callback"]
    assert asked["access_type"] == ["offline"] and "consent" in asked["prompt"][0]
    assert asked["code_challenge_method"] == ["S256"] and len(asked["state"][0]) > 30 and len(asked["nonce"][0]) > 30


def test_an_answer_counts_once_and_only_in_the_browser_and_for_the_person_that_asked(cast, alice, sign_in, provider):
    back = requests.get(away(alice), allow_redirects=False, timeout=10).headers["Location"]
    path = back.removeprefix("http://galena.test")
    bob = sign_in(cast.bob)
    bob.get(path)
    assert google.STALE in told(bob)
    alice.get(path.replace("state=", "state=x"))
    assert google.STALE in told(alice)
    alice.get(path)
    assert google.STALE in told(alice), "one answer was tried already"
    assert not Mailbox.select().exists()


def test_who_says_no_or_unticks_mail_is_told_so(alice, provider):
    alice.get(f"{HERE}/google/callback?error=access_denied")
    assert google_mail.DENIED in told(alice)
    provider.answer = lambda answer: {**answer, "scope": "openid email"}
    connect(alice)
    assert google_mail.UNTICKED in told(alice)
    provider.answer = lambda answer: {name: value for name, value in answer.items() if name != "refresh_token"}
    connect(alice)
    assert google_mail.NO_REFRESH in told(alice)
    provider.broken["/token"] = (503, {}, b"")
    connect(alice)
    assert oidc.AWAY in told(alice) and not Mailbox.select().exists()


def test_without_a_client_there_is_nothing_to_connect(alice):
    assert alice.post(f"{HERE}/google").status_code == 404


def test_a_mailbox_of_somebody_else_is_not_taken_over(cast, sign_in, provider, box):
    bob = sign_in(cast.bob)
    before = box.secret
    connect(bob)
    assert "is here already" in told(bob)
    kept = Mailbox.get_by_id(box.id)
    assert (kept.user_id, kept.secret) == (cast.alice.user_id, before)


def test_mail_leaves_by_xoauth2(cast, box):
    with scripted_server(ehlo="250-hi\r\n250 AUTH XOAUTH2 PLAIN", auth="235 ok") as server:
        assert mailbox_check.send_test(at(box, server), cast.alice)
    token = decrypt(box.access_token, mailboxes.ACCESS)
    assert bearers(server) == [("mara@halden.example", token)]
    assert "MAIL FROM:<mara@halden.example>" in server.lines


def test_an_access_token_is_asked_for_again_when_it_is_due_and_not_before(cast, provider, box):
    with scripted_server(auth="235 ok") as server:
        at(box, server)
        redeemed = len(provider.redeemed)
        mailbox_check.send_test(Mailbox.get_by_id(box.id), cast.alice)
        assert len(provider.redeemed) == redeemed
        with freeze(now() + timedelta(minutes=59)):
            mailbox_check.send_test(Mailbox.get_by_id(box.id), cast.alice)
    assert [body["grant_type"] for body in provider.redeemed[redeemed:]] == ["refresh_token"]
    first, second = (token for _, token in bearers(server))
    assert first != second == decrypt(Mailbox.get_by_id(box.id).access_token, mailboxes.ACCESS)


def test_a_token_that_ended_before_its_time_is_replaced_once(cast, provider, box):
    refused = {"auth": [f"334 {REFUSAL}", "235 ok"], "": "535 5.7.8 Username and Password not accepted"}
    with scripted_server(**refused) as server:
        assert mailbox_check.send_test(at(box, server), cast.alice)
    first, second = (token for _, token in bearers(server))
    assert first != second and "" in server.lines, "the reason is answered by an empty line"


def test_a_token_that_is_refused_for_good_pauses_with_the_reason_and_without_the_token(cast, alice, box, caplog):
    caplog.set_level(logging.INFO)
    with scripted_server(**{"auth": f"334 {REFUSAL}", "": "535 5.7.8 not accepted"}) as server:
        answer = alice.post(f"{HERE}/{at(box, server).id}/test")
    assert answer.status_code == 422 and "535 (status 400) 5.7.8 not accepted" in answer.text
    kept = Mailbox.get_by_id(box.id)
    assert kept.state is MailboxState.PAUSED and "(status 400)" in kept.pause_reason
    for _, token in bearers(server):
        assert token not in answer.text + caplog.text + kept.last_error
    assert len(bearers(server)) == 2


def test_access_that_was_taken_back_pauses_with_a_sentence_until_it_is_connected_again(cast, alice, provider, box):
    provider.refreshable.clear()
    with scripted_server(auth="235 ok") as server, freeze(now() + timedelta(hours=2)):
        answer = alice.post(f"{HERE}/{at(box, server).id}/test")
    assert google_mail.REVOKED in answer.text and bearers(server) == []
    kept = Mailbox.get_by_id(box.id)
    assert (kept.state, kept.pause_reason) == (MailboxState.PAUSED, google_mail.REVOKED)
    connect(alice)
    kept = Mailbox.get_by_id(box.id)
    assert (kept.state, kept.last_error) == (MailboxState.ACTIVE, "")
    assert decrypt(kept.secret, mailboxes.SECRET) in provider.refreshable
    assert AuditEntry.select().where(AuditEntry.action == "mailbox.connected").count() == 1


def test_an_outage_of_google_passes(cast, provider, box):
    provider.broken["/token"] = (503, {}, b"")
    with freeze(now() + timedelta(hours=2)), pytest.raises(google_mail.Unavailable) as raised:
        google_mail.access_token(box)
    assert str(raised.value) == google_mail.AWAY and not raised.value.lasting


def test_a_lost_secret_key_is_said(provider, box, settings):
    settings(secret_key="another key, long enough to be one as well")
    with pytest.raises(google_mail.Unavailable, match="SECRET_KEY was changed"):
        google_mail.access_token(box)


def test_one_with_a_password_and_one_by_google_can_have_the_same_address(cast, box):
    mailbox(cast.alice)
    assert Mailbox.select().count() == 2


def test_its_name_and_limits_change_and_nothing_of_its_account(alice, box):
    data = {**FORM, "owner": box.user_id, "sender_name": "Mara L.", "daily_cap": "200", "smtp_host": "evil.example"}
    assert alice.post(f"{HERE}/{box.id}/edit", data={**data, "reply_to": "nobody"}).status_code == 422
    assert alice.post(f"{HERE}/{box.id}/edit", data=data).status_code == 303
    kept = Mailbox.get_by_id(box.id)
    assert (kept.sender_name, kept.daily_cap, kept.smtp_host) == ("Mara L.", 200, "smtp.gmail.com")
    assert kept.secret == box.secret
