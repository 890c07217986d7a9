import base64
import io
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import oidc_provider_mock
import pytest
import requests
from PIL import Image

from tests import factories
from tests.auth.oidc_server import CLIENT, SECRET, oidc_server
from webapp.accounts import invitations
from webapp.accounts.models import AuditEntry, CenterMember, Membership, Notice, Picture, User, Workspace
from webapp.accounts.sign_ups import CLOSED as CLOSED_TO_NEW
from webapp.auth import google, oidc, passwords
from webapp.auth.entering import CLOSED
from webapp.auth.models import Account, Session, TwoFactor
from webapp.config import DISCOVERY, activate
from webapp.core.clock import freeze, now
from webapp.core.crypto import decrypt
from webapp.models import ALL


@pytest.fixture
def set_up(app, monkeypatch):
    """Lets people sign in with the provider at the given issuer."""

    def set_up(issuer, **changes):
        keys = {"google_client_id": CLIENT, "google_client_secret": SECRET}
        config = replace(app.config["GALENA"], google_discovery_url=issuer + DISCOVERY, **keys, **changes)
        monkeypatch.setitem(app.config, "GALENA", config)
        monkeypatch.setattr(oidc, "_documents", {})
        activate(config)

    return set_up


@pytest.fixture
def provider(set_up):
    with oidc_server() as provider:
        set_up(provider.issuer)
        yield provider


def away(client, path="/auth/google"):
    """Start at `path`; the address to come back to that the provider gave."""
    answer = client.get(path)
    assert answer.status_code in (302, 303), answer.text
    return back_from(answer.location)


def back_from(url):
    answer = requests.get(url, allow_redirects=False, timeout=10)
    return answer.headers["Location"].removeprefix("http://galena.test")


def come_in(client, path="/auth/google"):
    return client.get(away(client, path))


def link(client):
    """Link Google from the profile, as far as the provider's answer."""
    page = client.post("/auth/google/link")
    url = page.text.split('http-equiv="refresh" content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    return client.get(back_from(url))


def nobody_came_in(client):
    return User.select().count() == 0 and Session.select().count() == 0 and client.get("/").status_code == 303


def profile_says(client):
    """What flashed: the message waits for the next page."""
    with client.session_transaction() as cookie:
        return [message for _, message in cookie.pop("_flashes", [])]


# ------------------------------------------------------------------ coming in


def test_a_new_person_gets_an_account_and_a_workspace_of_their_own(app, provider):
    client = app.test_client()
    assert come_in(client).location == "/onboarding/workspace"
    user, workspace = User.get(), Workspace.get()
    assert (user.full_name, user.email, user.password_hash) == ("Mara Lindqvist", "mara@halden.example", "")
    assert user.email_verified_at is not None and user.is_admin
    assert (workspace.name, Membership.get().role.value) == ("Mara's workspace", "owner")
    assert CenterMember.get().user_id == user.id
    assert client.get("/leads").status_code == 200


def test_google_is_asked_with_pkce_state_nonce_and_our_own_address_whatever_the_host_says(app, provider):
    client = app.test_client()
    asked = parse_qs(urlsplit(client.get("/auth/google", headers={"Host": "evil.example"}).location).query)
    assert asked["redirect_uri"] == ["http://galena.test/auth/google/callback"]
    assert asked["code_challenge_method"] == ["S256"] and asked["scope"] == ["openid email profile"]
    assert asked["response_type"] == ["code"] and len(asked["state"][0]) > 30 and len(asked["nonce"][0]) > 30
    again = parse_qs(urlsplit(client.get("/auth/google").location).query)
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_the_provider_refuses_another_verifier_than_the_one_it_was_promised(app, provider):
    client = app.test_client()
    back = away(client)
    with client.session_transaction() as cookie:
        cookie["google"] = {**cookie["google"], "verifier": "another one, long enough to be one, in any case"}
    answer = client.get(back)
    assert answer.status_code == 403 and oidc.UNFINISHED in answer.text and nobody_came_in(client)


def test_the_same_person_comes_back_by_their_subject_whatever_their_address_and_name_are_by_now(app, provider):
    come_in(app.test_client())
    provider.person |= {"email": "mara@elsewhere.example", "name": "Mara Berg"}
    client = app.test_client()
    assert come_in(client).status_code == 303
    user = User.get()
    assert (user.email, user.full_name) == ("mara@halden.example", "Mara Lindqvist")
    assert Account.get().email == "mara@elsewhere.example"
    assert client.get("/leads").status_code == 200


def test_another_subject_with_the_same_address_is_another_person_and_stays_outside(app, provider):
    come_in(app.test_client())
    provider.person["sub"] = "1002"
    client = app.test_client()
    answer = come_in(client)
    assert answer.status_code == 403 and "already an account with mara@halden.example" in answer.text
    assert Account.select().count() == 1 and client.get("/").status_code == 303


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_google_did_not_verify_matches_and_makes_nobody(app, provider, verified):
    provider.person["email_verified"] = verified
    client = app.test_client()
    answer = come_in(client)
    assert answer.status_code == 403 and google.UNVERIFIED in answer.text and nobody_came_in(client)


@pytest.mark.parametrize("missing", ["email_verified", "email"])
def test_without_an_address_or_its_verification_nobody_is_made(app, provider, missing):
    del provider.person[missing]
    client = app.test_client()
    assert google.UNVERIFIED in come_in(client).text and nobody_came_in(client)


@pytest.mark.parametrize(
    "email", ["mara", "a@b@c.example", "mara@halden.example\nx", "x" * 250 + "@b.example", 7, "m\0@b.c"]
)
def test_what_is_no_address_makes_nobody(app, provider, email):
    provider.person["email"] = email
    client = app.test_client()
    assert google.UNVERIFIED in come_in(client).text and nobody_came_in(client)


def test_an_account_with_that_address_is_never_merged_by_signing_in(app, provider):
    factories.user("Mara Lindqvist", "mara@halden.example", passwords.hash_password("correct horse battery"))
    client = app.test_client()
    answer = come_in(client)
    assert answer.status_code == 403 and "then link Google on your profile" in answer.text
    assert Account.select().count() == 0 and client.get("/").status_code == 303


def test_an_inactive_person_is_told_nothing_more(app, provider):
    come_in(app.test_client())
    User.update(is_active=False).execute()
    client = app.test_client()
    answer = come_in(client)
    assert CLOSED in answer.text and "mara" not in answer.text.lower()
    assert client.get("/").location.startswith("/sign-in")


def test_a_name_is_shortened_and_a_missing_one_is_that_of_the_address(app, provider):
    provider.person["name"] = "  Mara\n\0 " + "x" * 500
    come_in(app.test_client())
    provider.person = {"sub": "2", "email": "Jonas@Halden.example", "email_verified": True}
    come_in(app.test_client())
    names = [user.full_name for user in User.select().order_by(User.id)]
    assert names[0].startswith("Mara xxx") and len(names[0]) == 120 and names[1] == "jonas"


def test_who_has_a_second_factor_is_asked_for_their_code(app, provider):
    come_in(app.test_client())
    TwoFactor.create(user=User.get(), secret="x", confirmed_at=now())
    client = app.test_client()
    assert urlsplit(come_in(client).location).path == "/sign-in/code"
    assert client.get("/leads").location.startswith("/sign-in")


# ------------------------------------------------------------- where one goes


def test_the_page_that_was_asked_for_is_gone_to_and_a_foreign_one_is_not(app, provider):
    come_in(app.test_client())
    assert come_in(app.test_client(), "/auth/google?next=/leads?q%3Dx").location == "/leads?q=x"
    for foreign in ("//evil.example", "/\\evil.example", "%09//evil.example", "https:evil.example"):
        assert come_in(app.test_client(), f"/auth/google?next={foreign}").location == "/"


def test_who_is_refused_can_try_again_and_still_gets_where_they_wanted(app, provider):
    provider.person["email_verified"] = False
    page = come_in(app.test_client(), "/auth/google?next=/leads").text
    assert 'href="/auth/google?next=/leads"' in page and 'href="/sign-in?next=/leads"' in page


def test_whoever_is_signed_in_already_is_not_sent_away(cast, sign_in, provider):
    client = sign_in(cast.alice)
    assert client.get("/auth/google?next=/leads").location == "/leads"
    assert client.get("/auth/google?next=//evil.example").location == "/"
    assert provider.asked == []


def test_starting_writes_nothing_down(app, provider):
    def everything():
        return {model.__name__: list(model.select().tuples()) for model in ALL}

    before = everything()
    app.test_client().get("/auth/google")
    app.test_client().get("/auth/google/callback?code=x&state=y")
    assert everything() == before


def test_without_a_client_there_is_no_button_and_no_such_page(app, cast, sign_in):
    client = app.test_client()
    assert "Google" not in client.get("/sign-in").text and "Google" not in client.get("/sign-up").text
    assert client.get("/auth/google").status_code == 404
    assert sign_in(cast.alice).post("/auth/google/link").status_code == 404


@pytest.mark.parametrize("page", ["/sign-in", "/sign-up"])
def test_with_one_the_button_stands_over_the_form_and_keeps_where_to_go(app, provider, page):
    text = app.test_client().get(f"{page}?next=/leads").text
    assert 'href="/auth/google?next=/leads"' in text and "or with your e-mail" in text


# ------------------------------------------------------- invited, or not


@pytest.fixture
def invitation(cast):
    """The path of an invitation to Acme for mara@halden.example."""
    invitation = invitations.invite(cast.alice, "mara@halden.example")
    return f"/invitations/{invitations.new_token(invitation)}"


def test_who_was_invited_gets_an_account_and_joins_but_no_workspace_of_their_own(app, cast, provider, invitation):
    workspaces = Workspace.select().count()
    client = app.test_client()
    assert come_in(client, f"/auth/google?next={invitation}").location == invitation
    mara = User.get(User.email == "mara@halden.example")
    assert not Membership.select().where(Membership.user == mara).exists()
    assert Workspace.select().count() == workspaces and client.get("/leads").location == "/workspaces/new"
    client.post(f"{invitation}/join")
    assert Membership.get(Membership.user == mara).workspace_id == cast.acme.id
    assert client.get("/leads").status_code == 200


def test_an_invitation_is_only_for_the_address_it_went_to(app, provider, invitation):
    provider.person["email"] = "other@halden.example"
    answer = come_in(app.test_client(), f"/auth/google?next={invitation}")
    assert answer.status_code == 403 and "The invitation is for mara@halden.example" in answer.text
    assert not User.select().where(User.email.startswith("other")).exists()


def test_where_people_join_by_invitation_only_the_invited_do(app, set_up, provider, invitation):
    set_up(provider.issuer, sign_up="invite")
    answer = come_in(app.test_client())
    assert answer.status_code == 403 and CLOSED_TO_NEW in answer.text
    assert CLOSED_TO_NEW in come_in(app.test_client(), "/auth/google?next=/invitations/none").text
    assert come_in(app.test_client(), f"/auth/google?next={invitation}").status_code == 303
    assert come_in(app.test_client()).status_code == 303  # who has an account comes back


# ------------------------------------------------------------- bad ID tokens


def change(**claims):
    return lambda given: {name: value for name, value in {**given, **claims}.items() if value is not None}


MINUTE = 60
BAD_CLAIMS = {
    "another issuer": change(iss="https://accounts.evil.example"),
    "no issuer": change(iss=None),
    "another audience": change(aud="somebody-else"),
    "another audience, authorized for us": change(aud="somebody-else", azp=CLIENT),
    "no audience": change(aud=None),
    "several audiences, none authorized": change(aud=[CLIENT, "somebody-else"]),
    "authorized for another": change(azp="somebody-else"),
    "another nonce": change(nonce="a nonce of another sign-in"),
    "no nonce": change(nonce=None),
    "no subject": change(sub=None),
    "an empty subject": change(sub=""),
    "a number for a subject": change(sub=1001),
    "expired": lambda given: {**given, "exp": given["iat"] - 2 * MINUTE},
    "no expiry": change(exp=None),
    "an expiry that is no number": change(exp="tomorrow"),
    "from the future": lambda given: {**given, "iat": given["iat"] + 10 * MINUTE},
    "of another access token": change(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


def refused_as_unproven(app):
    client = app.test_client()
    answer = come_in(client)
    return answer.status_code == 403 and "does not prove who you are" in answer.text and nobody_came_in(client)


@pytest.mark.parametrize("lie", BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys())
def test_an_id_token_with_wrong_claims_is_refused(app, provider, lie):
    provider.claims = lie
    assert refused_as_unproven(app)


@pytest.mark.parametrize("sign", ["none", "hs256_by_public_key", "hs256_by_client_secret", "by_another_key"])
def test_an_id_token_that_the_provider_did_not_sign_is_refused(app, provider, sign):
    provider.sign = getattr(provider, sign)
    assert refused_as_unproven(app)


BAD_ANSWERS = {
    "no ID token": lambda answer: {name: value for name, value in answer.items() if name != "id_token"},
    "null": lambda answer: {**answer, "id_token": None},
    "a number": lambda answer: {**answer, "id_token": 7},
    "no JWT": lambda answer: {**answer, "id_token": "hello"},
    "another payload": lambda answer: {**answer, "id_token": _with_subject(answer["id_token"], "1")},
}


def _with_subject(token, subject):
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"sub": subject}
    return ".".join((head, base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("="), signature))


@pytest.mark.parametrize("lie", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_an_answer_without_a_whole_id_token_is_refused(app, provider, lie):
    provider.answer = lie
    assert refused_as_unproven(app)


def test_an_elliptic_key_a_list_of_one_audience_and_a_clock_a_little_off_are_fine(app, provider):
    provider.sign = provider.es256
    provider.claims = lambda given: {**given, "aud": [CLIENT], "azp": CLIENT, "iat": given["iat"] + 30}
    assert come_in(app.test_client()).status_code == 303


def test_new_keys_of_the_provider_are_asked_for_at_once(app, provider):
    come_in(app.test_client())
    provider.rotate()
    assert come_in(app.test_client()).status_code == 303
    assert User.select().count() == 1


# ------------------------------------------------- state, and whose it is


def test_an_answer_is_taken_once_even_with_a_copy_of_the_cookie(app, provider):
    client = app.test_client()
    back = away(client)
    copy = client.get_cookie("galena").value
    assert client.get(back).status_code == 303
    again = app.test_client()
    again.set_cookie("galena", copy)
    provider._codes[parse_qs(urlsplit(back).query)["code"][0]] = provider.asked[-1]  # a provider that would play along
    answer = again.get(back)
    assert answer.status_code == 403 and google.STALE in answer.text
    assert Session.select().count() == 1


def test_an_answer_of_another_browser_or_with_another_state_does_nothing(app, provider):
    back = away(app.test_client())
    for client in (app.test_client(), started := app.test_client()):
        if client is started:
            away(client)
        answer = client.get(back)
        assert answer.status_code == 403 and google.STALE in answer.text and nobody_came_in(client)
    assert provider.redeemed == []


@pytest.mark.parametrize("query", ["", "?code=x", "?state=&code=x", "?state=%C3%A9&code=x"])
def test_an_answer_without_the_state_does_nothing(app, provider, query):
    client = app.test_client()
    away(client)
    assert google.STALE in client.get(f"/auth/google/callback{query}").text and nobody_came_in(client)


def test_an_answer_after_ten_minutes_does_nothing(app, provider):
    client = app.test_client()
    back = away(client)
    with freeze(now() + timedelta(minutes=10, seconds=1)):
        assert google.STALE in client.get(back).text
    assert nobody_came_in(client)


def test_an_id_token_of_an_earlier_sign_in_is_refused(app, provider):
    kept = []
    provider.answer = lambda answer: kept.append(answer) or answer
    come_in(app.test_client())
    provider.answer = lambda answer: kept[0]
    client = app.test_client()
    assert "does not prove who you are" in come_in(client).text and client.get("/").status_code == 303


def test_the_fifty_first_answer_from_an_address_waits(app, provider):
    provider.broken["/token"] = (400, {}, b'{"error": "invalid_grant"}')
    assert [come_in(app.test_client()).status_code for _ in range(51)] == [403] * 50 + [429]


# ---------------------------------------------------- denial, outage, garbage


@pytest.mark.parametrize(
    ("error", "sentence"), [("access_denied", google.DENIED), ("server_error", oidc.UNFINISHED), ("", oidc.UNFINISHED)]
)
def test_a_denial_has_a_sentence_of_its_own(app, provider, error, sentence):
    client = app.test_client()
    state = parse_qs(urlsplit(away(client)).query)["state"][0]
    answer = client.get("/auth/google/callback?" + urlencode({"error": error, "state": state}))
    assert answer.status_code == 403 and sentence in answer.text and nobody_came_in(client)
    assert provider.redeemed == []


GARBAGE = {
    "down": (503, {}, b"<h1>Sorry</h1>"),
    "no JSON": (200, {}, b"<h1>Hello</h1>"),
    "a list": (200, {}, b"[]"),
    "empty": (200, {}, b"{}"),
    "nothing": (200, {}, b""),
    "too large": (200, {}, b'{"x": "' + b"x" * 1_100_000 + b'"}'),
    "nested": (200, {}, b"[" * 200_000),
    "elsewhere": (302, {"Location": "http://127.0.0.1:9/"}, b""),
}


@pytest.mark.parametrize("lie", GARBAGE.values(), ids=GARBAGE.keys())
@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
def test_an_outage_or_garbage_is_a_page_with_a_sentence(app, provider, path, lie):
    provider.broken[path] = lie
    client = app.test_client()
    answer = client.get("/auth/google") if path == DISCOVERY else come_in(client)
    sentences = (oidc.AWAY, "does not prove who you are")
    assert answer.status_code in (403, 503) and any(sentence in answer.text for sentence in sentences)
    assert nobody_came_in(client)


def test_a_provider_that_is_not_there_is_a_page_with_a_sentence(app, set_up, cast, sign_in):
    set_up("http://127.0.0.1:9")
    answer = app.test_client().get("/auth/google")
    assert answer.status_code == 503 and oidc.AWAY in answer.text and "Try again with Google" in answer.text
    client = sign_in(cast.alice)
    assert client.post("/auth/google/link").location == "/settings/profile" and profile_says(client) == [oidc.AWAY]


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://accounts.evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://evil.example/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
)
def test_a_description_of_another_provider_or_with_open_addresses_is_not_believed(app, provider, change):
    described = {**provider.documents()[DISCOVERY], **change}
    provider.broken[DISCOVERY] = (200, {}, json.dumps(described).encode())
    assert app.test_client().get("/auth/google").status_code == 503


@pytest.mark.parametrize("lasts", ["soon", 1e999, -5, [], None, 10**30])
def test_an_odd_lifetime_of_the_tokens_breaks_nothing(app, provider, lasts):
    provider.answer = lambda answer: {**answer, "expires_in": lasts}
    assert come_in(app.test_client()).status_code in (303, 503)


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "scope", "token_type"])
def test_an_odd_token_beside_the_id_token_breaks_nothing(app, provider, name):
    provider.answer = lambda answer: {**answer, name: 7}
    assert come_in(app.test_client()).status_code == 303


# ------------------------------------------------------------------- tokens


def test_the_tokens_are_kept_encrypted_and_anew_at_each_sign_in(app, provider):
    given = []
    provider.answer = lambda answer: given.append(answer) or answer
    come_in(app.test_client())
    first = Account.get()
    assert (first.scope, first.issuer, first.subject) == ("openid email profile", provider.issuer, "1001")
    assert timedelta(minutes=59) < first.expires_at - now() <= timedelta(hours=1)
    come_in(app.test_client())
    second = Account.get()
    for row, answer in zip((first, second), given, strict=True):
        for name in google.SECRETS:
            assert answer[name] not in getattr(row, name)
            assert decrypt(getattr(row, name), f"account.{name}") == answer[name]


def test_a_refresh_token_that_comes_only_once_is_kept(app, provider):
    come_in(app.test_client())
    before = Account.get().refresh_token
    provider.answer = lambda answer: {name: value for name, value in answer.items() if name != "refresh_token"}
    come_in(app.test_client())
    assert Account.get().refresh_token == before != ""


def test_no_secret_is_in_the_log(app, provider, caplog):
    given = []
    provider.answer = lambda answer: given.append(answer) or answer
    with caplog.at_level("DEBUG"):
        come_in(app.test_client())
        provider.claims = change(aud="somebody-else")
        come_in(app.test_client())
        provider.answer = lambda answer: {"error": "invalid_grant"}
        come_in(app.test_client())
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("galena"))
    secrets = [SECRET, *(answer[name] for answer in given for name in google.SECRETS)]
    secrets += [body[name] for body in provider.redeemed for name in ("code", "code_verifier")]
    assert "invalid_grant" in ours and not [secret for secret in secrets if secret in ours]


# ------------------------------------------------------- linking, unlinking


@pytest.fixture
def mara(app, sign_in):
    """Somebody with a password and a workspace, whose address at Google is another."""
    member = factories.member(
        factories.workspace("Halden"), "Mara Lindqvist", password_hash=passwords.hash_password("correct horse battery")
    )
    client = sign_in(member)
    client.user_id = member.user_id
    return client


def test_who_is_signed_in_links_google_and_signs_in_with_it_from_then_on(app, provider, mara, run_jobs):
    answer = link(mara)
    assert answer.location == "/settings/profile" and "mara@halden.example is linked" in profile_says(mara)[0]
    account = Account.get()
    assert (account.user_id, account.subject) == (mara.user_id, "1001")
    assert decrypt(account.id_token, "account.id_token").count(".") == 2
    other = app.test_client()
    assert come_in(other).location == "/" and other.get("/leads").status_code == 200
    assert User.select().count() == 1 and User.get().full_name == "Mara Lindqvist"


def test_the_profile_offers_what_can_be_done(app, provider, mara):
    assert "Link Google" in mara.get("/settings/profile").text
    link(mara)
    page = mara.get("/settings/profile").text
    assert "mara@halden.example" in page and ">Unlink<" in page and "Link Google" not in page
    User.update(password_hash="").execute()
    page = mara.get("/settings/profile").text
    assert "The only way you sign in" in page and ">Unlink<" not in page


def test_linking_and_unlinking_stand_in_the_audit_log_and_are_told_by_mail(app, provider, mara):
    link(mara)
    mara.post("/auth/google/unlink")
    assert [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)] == [
        "google.linked",
        "google.unlinked",
    ]
    told = [(notice.email, notice.data["what"]) for notice in Notice.select().order_by(Notice.id)]
    assert told == [
        ("mara@example.org", "mara@halden.example at Google was linked to your account"),
        ("mara@example.org", "mara@halden.example at Google was unlinked from your account"),
    ]
    assert Account.select().count() == 0


def test_linking_takes_a_post_with_a_token_and_no_foreign_page_can_start_it(app, provider, mara):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert mara.post("/auth/google/link").status_code == 400
        assert mara.post("/auth/google/unlink").status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert mara.get("/auth/google/link").status_code == 405
    assert app.test_client().post("/auth/google/link").location.startswith("/sign-in")


def test_an_answer_to_signing_in_links_nothing(app, provider, mara, sign_in):
    client = app.test_client()
    back = away(client)
    with client.session_transaction() as cookie, mara.session_transaction() as signed_in:
        cookie["_user_id"] = signed_in["_user_id"]
    client.get(back)
    assert Account.get().user.email == "mara@halden.example" and Account.get().user_id != mara.user_id


def test_a_google_account_of_somebody_else_is_not_linked(app, provider, mara):
    come_in(app.test_client())
    assert link(mara).location == "/settings/profile" and profile_says(mara) == [google.TAKEN]
    assert Account.select().count() == 1 and Account.get().user_id != mara.user_id


def test_a_second_google_account_is_not_linked_and_the_first_one_again_changes_nothing(app, provider, mara):
    link(mara), link(mara)
    provider.person["sub"] = "1002"
    profile_says(mara)
    link(mara)
    assert profile_says(mara) == [google.SECOND]
    assert Account.get().subject == "1001" and AuditEntry.select().count() == 1


def test_who_signed_in_as_somebody_else_meanwhile_links_nothing(app, provider, mara, sign_in):
    page = mara.post("/auth/google/link")
    url = page.text.split("0; url=")[1].split('"')[0].replace("&amp;", "&")
    other = factories.member(factories.workspace("Other"), "Olga Other")
    with mara.session_transaction() as cookie, sign_in(other).session_transaction() as others:
        cookie["_user_id"] = others["_user_id"]
    mara.get(back_from(url))
    assert profile_says(mara) == [google.STALE] and Account.select().count() == 0


def test_the_only_way_to_sign_in_is_not_unlinked(app, provider):
    client = app.test_client()
    come_in(client)
    answer = client.post("/auth/google/unlink")
    assert answer.status_code == 409 and google.ONLY_WAY in answer.text
    assert Account.select().count() == 1


def test_after_unlinking_google_opens_nothing(app, provider, mara):
    link(mara)
    assert mara.post("/auth/google/unlink").location == "/settings/profile"
    User.update(email="mara@halden.example").execute()
    client = app.test_client()
    assert "already an account" in come_in(client).text and client.get("/").status_code == 303


def test_unlinking_twice_is_harmless(provider, mara):
    link(mara)
    mara.post("/auth/google/unlink")
    assert mara.post("/auth/google/unlink").status_code == 303
    assert AuditEntry.select().where(AuditEntry.action == "google.unlinked").count() == 1


# ----------------------------------------------------------------- pictures


def picture():
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(file, "PNG")
    return file.getvalue()


def test_the_picture_is_taken_at_sign_up_and_never_again(app, provider, run_jobs):
    provider.broken["/mara.png"] = (200, {"Content-Type": "image/png"}, picture())
    provider.person["picture"] = f"{provider.issuer}/mara.png"
    come_in(app.test_client())
    assert User.get().picture == ""
    run_jobs()
    assert User.get().picture != "" and Picture.get().mimetype == "image/webp"
    User.update(picture="").execute()
    come_in(app.test_client())
    run_jobs()
    assert User.get().picture == ""


NO_PICTURES = {
    "no picture": (200, {}, b"<svg/>"),
    "gone": (404, {}, b""),
    "elsewhere": (302, {"Location": "/mara.png"}, b""),
    "too large": (200, {}, b"\x89PNG" + b"x" * 5_100_000),
}


@pytest.mark.parametrize("answer", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_a_picture_that_fails_leaves_the_initials(app, provider, run_jobs, answer):
    provider.broken |= {"/mara.png": (200, {}, picture()), "/bad.png": answer}
    provider.person["picture"] = f"{provider.issuer}/bad.png"
    assert come_in(app.test_client()).status_code == 303
    run_jobs()
    assert User.get().picture == "" and Picture.select().count() == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1/x.png", "https://127.0.0.1/x.png", "https://10.0.0.1/x.png", "https://[::1]/x.png",
        "https://169.254.169.254/x", "https://localhost/x.png", "https://1.1.1.1:8443/x", "file:///etc/passwd",
        "https://", "https://[", "https://224.0.0.1/x", "", "//x",
    ],
)  # fmt: skip
def test_a_picture_comes_from_a_public_place_or_from_the_provider(provider, url):
    assert not oidc.may_fetch(url)
    assert oidc.may_fetch("https://1.1.1.1/x.png") and oidc.may_fetch(f"{provider.issuer}/x.png")


def test_no_more_is_fetched_than_asked_for(provider):
    provider.broken["/some"] = (200, {}, b"x" * 1000)
    assert len(oidc.fetch(f"{provider.issuer}/some", 1000)) == 1000
    with pytest.raises(ValueError, match="too large"):
        oidc.fetch(f"{provider.issuer}/some", 999)


def test_nobody_gets_a_picture_who_chose_one_or_left_meanwhile_or_from_elsewhere_on_this_machine(app, provider, cast):
    provider.broken["/mara.png"] = (200, {}, picture())
    User.update(picture="chosen").where(User.id == cast.bob.user_id).execute()
    google.fetch_picture(cast.bob.user_id, f"{provider.issuer}/mara.png")
    google.fetch_picture(cast.vera.user_id, f"{provider.issuer}/mara.png".replace("127.0.0.1", "localhost"))
    google.fetch_picture(10_000, f"{provider.issuer}/mara.png")
    assert Picture.select().count() == 0


# --------------------------------------------- a provider that others wrote


def test_it_works_with_another_provider_too(app, set_up):
    claims = {"email": "priya@halden.example", "email_verified": True, "name": "Priya Nair"}
    people = [oidc_provider_mock.User(sub="priya", claims=claims), oidc_provider_mock.User(sub="none", claims={})]
    with oidc_provider_mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        set_up(f"http://localhost:{server.server_port}")
        client = app.test_client()
        assert _approve(client, sub="priya").status_code == 303
        assert client.get("/leads").status_code == 200 and User.get().full_name == "Priya Nair"
        assert google.UNVERIFIED in _approve(app.test_client(), sub="none").text
        assert google.DENIED in _approve(app.test_client(), action="deny").text


def _approve(client, **form):
    url = client.get("/auth/google").location
    back = requests.post(url, data=form, allow_redirects=False, timeout=10).headers["Location"]
    return client.get(back.removeprefix("http://galena.test"))
