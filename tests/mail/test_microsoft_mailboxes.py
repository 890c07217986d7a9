"""Microsoft 365 and Outlook.com by OAuth: connecting, issuers of many tenants, tokens that end or are taken back."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests

from tests.auth.oidc_server import CLIENT, SECRET, oidc_server
from tests.campaigns.smtp_servers import scripted_server
from tests.mail.mailboxes import HERE
from tests.mail.test_google_mailboxes import at, bearers, told
from webapp.auth import authorization, oidc
from webapp.auth.models import Account
from webapp.config import DISCOVERY, activate
from webapp.core.clock import freeze, now
from webapp.core.crypto import decrypt
from webapp.mail import access, mailbox_check, mailboxes, microsoft_mail
from webapp.mail.mailbox_models import Mailbox, MailboxKind, MailboxState

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PERSON = {"sub": "1", "tid": TENANT, "preferred_username": "Mara@Halden.example", "name": "Mara Lindqvist"}


@pytest.fixture
def set_up(app, monkeypatch):
    """Make `issuer` the provider that Microsoft is looked for at."""

    def set_up(issuer):
        keys = {"microsoft_client_id": CLIENT, "microsoft_client_secret": SECRET}
        config = replace(app.config["GALENA"], microsoft_discovery_url=issuer + DISCOVERY, **keys)
        monkeypatch.setitem(app.config, "GALENA", config)
        monkeypatch.setattr(oidc, "_documents", {})
        activate(config)

    return set_up


@pytest.fixture
def provider(set_up):
    """One that signs in the name of the tenant that somebody is of, as `common` does."""
    with oidc_server() as provider:
        provider.described = f"{provider.issuer}/{{tenantid}}/v2.0"
        provider.person = dict(PERSON)
        provider.claims = lambda claims: {**claims, "iss": f"{provider.issuer}/{claims['tid']}/v2.0"}
        set_up(provider.issuer)
        yield provider


def away(client):
    page = client.post(f"{HERE}/microsoft")
    return page.text.split('http-equiv="refresh" content="0; url=')[1].split('"')[0].replace("&amp;", "&")


def connect(client):
    answer = requests.get(away(client), allow_redirects=False, timeout=10)
    return client.get(answer.headers["Location"].removeprefix("http://galena.test"))


@pytest.fixture
def box(alice, provider):
    connect(alice)
    return Mailbox.get(Mailbox.kind == MailboxKind.MICROSOFT)


def test_a_mailbox_is_connected_with_its_servers_and_its_tokens_encrypted(cast, alice, provider, box):
    assert (box.email, box.username, box.user_id) == ("mara@halden.example", "mara@halden.example", cast.alice.user_id)
    assert (box.smtp_host, box.imap_host) == ("smtp.office365.com", "outlook.office365.com")
    assert decrypt(box.secret, mailboxes.SECRET) in provider.refreshable
    assert Account.select().count() == 0, "it is no way to sign in"
    text = alice.get(f"{HERE}/{box.id}").text
    assert "By the access that Microsoft gave" in text and decrypt(box.secret, mailboxes.SECRET) not in text
    assert 'name="password"' not in alice.get(f"{HERE}/{box.id}/edit").text


def test_a_personal_account_gets_the_servers_of_outlook_com(alice, provider):
    provider.person |= {"tid": microsoft_mail.PERSONAL, "email": "mara@outlook.example"}
    connect(alice)
    box = Mailbox.get(Mailbox.kind == MailboxKind.MICROSOFT)
    assert (box.smtp_host, box.email, box.username) == (
        "smtp-mail.outlook.com", "mara@outlook.example", "mara@halden.example",
    )  # fmt: skip


def test_microsoft_is_asked_for_mail_and_a_refresh_token_with_pkce_state_and_nonce(alice, provider):
    asked = parse_qs(urlsplit(away(alice)).query)
    assert {"offline_access", *microsoft_mail.NEEDED} <= {
        one.rpartition("/")[2].lower() for one in asked["scope"][0].split()
    }
    assert asked["redirect_uri"] == ["http://galena.test/settings/mailboxes/microsoft/callback"]
    assert asked["code_challenge_method"] == ["S256"] and len(asked["state"][0]) > 30 and len(asked["nonce"][0]) > 30


def test_an_answer_counts_once_and_only_for_who_asked(cast, alice, sign_in, provider):
    path = requests.get(away(alice), allow_redirects=False, timeout=10).headers["Location"]
    path = path.removeprefix("http://galena.test")
    bob = sign_in(cast.bob)
    bob.get(path)
    assert authorization.STALE in told(bob) and not Mailbox.select().exists()
    alice.get(path)
    alice.get(path)
    assert authorization.STALE in told(alice) and Mailbox.select().count() == 1


@pytest.mark.parametrize(
    "lie",
    [{"iss": "https://evil.example/{tid}/v2.0"}, {"tid": "another"}, {"tid": None}, {"aud": "another"}, {"nonce": "x"}],
    ids=["issuer", "tenant", "no tenant", "audience", "nonce"],
)  # fmt: skip
def test_an_id_token_that_does_not_prove_itself_connects_nothing(alice, provider, lie):
    honest = provider.claims

    def lying(claims):
        claims = {**honest(claims), **lie}
        return {name: value for name, value in claims.items() if value is not None}

    provider.claims = lying
    connect(alice)
    said = told(alice)
    assert "What Microsoft answered does not prove who you are" in said and not Mailbox.select().exists()


def test_a_description_in_the_name_of_somebody_else_is_none(alice, provider):
    provider.described = "https://evil.example/{tenantid}/v2.0"
    alice.post(f"{HERE}/microsoft")
    assert "Microsoft does not answer as it should" in told(alice)


def test_who_says_no_or_gives_too_little_is_told_so(alice, provider):
    alice.get(f"{HERE}/microsoft/callback?error=access_denied")
    assert microsoft_mail.DENIED in told(alice)
    provider.answer = lambda answer: {**answer, "scope": "openid https://outlook.office.com/IMAP.AccessAsUser.All"}
    connect(alice)
    assert microsoft_mail.NOT_ALLOWED in told(alice)
    provider.answer = lambda answer: {name: value for name, value in answer.items() if name != "refresh_token"}
    connect(alice)
    assert microsoft_mail.NO_REFRESH in told(alice)
    provider.answer = lambda answer: answer
    provider.person["preferred_username"] = "not an address"
    connect(alice)
    assert microsoft_mail.NO_ADDRESS in told(alice)
    provider.broken["/token"] = (503, {}, b"")
    connect(alice)
    assert "Microsoft does not answer as it should" in told(alice) and not Mailbox.select().exists()


def test_without_a_client_there_is_nothing_to_connect(alice):
    assert alice.post(f"{HERE}/microsoft").status_code == 404
    assert "Connect with Microsoft" not in alice.get(f"{HERE}/new").text


def test_the_button_stands_where_a_mailbox_is_connected(alice, provider):
    page = alice.get(f"{HERE}/new").text
    assert "Connect with Microsoft" in page and "Connect with Google" not in page


def test_a_mailbox_of_somebody_else_is_not_taken_over(cast, sign_in, provider, box):
    bob = sign_in(cast.bob)
    connect(bob)
    assert "is here already" in told(bob)
    kept = Mailbox.get_by_id(box.id)
    assert (kept.user_id, kept.secret) == (cast.alice.user_id, box.secret)


def test_mail_leaves_by_xoauth2(cast, box):
    with scripted_server(ehlo="250-hi\r\n250 AUTH XOAUTH2 LOGIN", auth="235 ok") as server:
        assert mailbox_check.send_test(at(box, server), cast.alice)
    assert bearers(server) == [("mara@halden.example", decrypt(box.access_token, mailboxes.ACCESS))]


def test_a_token_is_refreshed_for_mail_when_it_is_due_and_a_new_refresh_token_replaces_the_old(provider, box):
    first = access.access_token(box)
    assert first == access.access_token(box), "none is due yet"
    turned = {
        "access_token": "next-access",
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": "next-refresh",
    }
    provider.refresh = lambda token: (200, turned)
    with freeze(now() + timedelta(minutes=59)):
        assert access.access_token(box) == "next-access"
    body = provider.redeemed[-1]
    assert body["grant_type"] == "refresh_token"
    assert "SMTP.Send" in body["scope"], "else the token would be one for another service of Microsoft"
    assert decrypt(Mailbox.get_by_id(box.id).secret, mailboxes.SECRET) == "next-refresh"
    assert access.access_token(box, fresh=True) == "next-access" and len(provider.redeemed) == 3


@pytest.mark.parametrize("error", ["invalid_grant", "interaction_required"])
def test_access_that_was_taken_back_pauses_until_it_is_connected_again(alice, provider, box, error):
    refresh, provider.refresh = provider.refresh, lambda token: (400, {"error": error})
    with scripted_server(auth="235 ok") as server, freeze(now() + timedelta(hours=2)):
        answer = alice.post(f"{HERE}/{at(box, server).id}/test")
    assert microsoft_mail.REVOKED in answer.text and bearers(server) == []
    kept = Mailbox.get_by_id(box.id)
    assert (kept.state, kept.pause_reason) == (MailboxState.PAUSED, microsoft_mail.REVOKED)
    provider.refresh = refresh
    connect(alice)
    kept = Mailbox.get_by_id(box.id)
    assert (kept.state, kept.last_error) == (MailboxState.ACTIVE, "")


def test_an_outage_passes_and_a_lost_secret_key_is_said(provider, box, settings):
    provider.broken["/token"] = (503, {}, b"")
    with freeze(now() + timedelta(hours=2)), pytest.raises(microsoft_mail.granted.Unavailable) as raised:
        access.access_token(box)
    assert str(raised.value) == microsoft_mail.AWAY and not raised.value.lasting
    settings(secret_key="another key, long enough to be one as well")
    with pytest.raises(microsoft_mail.granted.Unavailable, match="SECRET_KEY was changed"):
        access.access_token(box)


def test_a_provider_that_others_wrote_is_understood_as_far_as_it_goes(cast, alice, set_up):
    people = [oidc_provider_mock.User(sub="mara", claims=PERSON)]
    with oidc_provider_mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        set_up(f"http://localhost:{server.server_port}")
        url = away(alice)
        back = requests.post(url, data={"sub": "mara"}, allow_redirects=False, timeout=10).headers["Location"]
        alice.get(back.removeprefix("http://galena.test"))
    assert microsoft_mail.NOT_ALLOWED in told(alice), "who she is was proven; this one knows no such scopes"
