"""Asking a provider who somebody is: authorization code with PKCE, addresses by discovery. Knows no row and no user.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; Discovery 1.0, section 4; PKCE: RFC 7636; good practice: RFC 9700.
"""

import json
import logging
import secrets
import socket
import time
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from webapp import config
from webapp.core.clock import now
from webapp.core.errors import AppError

from . import providers
from .refusals import UNFINISHED, Away, Refused

log = logging.getLogger("galena.google")
SCOPE = "openid email profile"
CALLBACK = "/auth/google/callback"  # the page that people come back to with their answer
ALGORITHMS = ("RS256", "ES256")  # no `none`, and no HMAC: a public key, or the client's secret, signs nothing here
LEEWAY = 60  # seconds that a provider's clock and ours may differ
TIMEOUT = (3, 7)  # seconds: to connect, and for each answer
KEPT = timedelta(hours=1)  # of a provider's addresses and keys; a key we do not know is asked for at once
DOCUMENT = 1_000_000  # bytes

TAKEN_BACK = ("invalid_grant", "interaction_required", "consent_required")  # the person has to sign in there again

AWAY = "Google does not answer as it should right now. Try again in a minute, or sign in with your e-mail."
UNPROVEN = (
    "What Google answered does not prove who you are, so nothing happened. Start again; if it keeps happening, tell "
    "whoever runs this Galena."
)


class Question(NamedTuple):
    """Where to send a browser, and what its answer is checked with. All but `url` stay with that browser and us."""

    url: str
    state: str
    nonce: str
    verifier: str


def ask(provider, *, callback=CALLBACK, scope=SCOPE, prompt="select_account", **more):
    """A new Question to the provider, to be answered at the page `callback`; `more` are parameters of its own.

    By `prompt` people choose an account: they have several, and an unknown one makes a new workspace. Raises Away.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _or_else(Away(provider.said(AWAY))), _client(provider, callback, scope) as client:
        url, state = client.create_authorization_url(
            _described(provider)["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_verifier=verifier,
            prompt=prompt,
            **more,
        )
    return Question(url, state, nonce, verifier)


def redeem(provider, code, *, nonce, verifier, callback=CALLBACK):
    """What the provider says for `code`: (verified claims of the ID token, the answer with the tokens), both dicts.

    Raises Away and Refused.
    """
    with _or_else(Away(provider.said(AWAY))), _client(provider, callback) as client:
        try:
            answer = client.fetch_token(
                _described(provider)["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                allow_redirects=False,  # the client's secret goes to no other place
            )
        except OAuthError as error:
            log.warning("refused by the provider: %s", error.error)
            raise Refused(provider.said(UNFINISHED)) from error
        _keys(provider)  # an outage is told as one
    with _or_else(Refused(provider.said(UNPROVEN))):
        return _verified(provider, answer, nonce), answer


def refresh(provider, token, *, scope=SCOPE):
    """The answer with a new access token (for `scope`) for a refresh token, a dict.

    Raises Away, and Refused when the provider takes that token no more: whoever gave it took it back.
    """
    with _or_else(Away(provider.said(AWAY))), _client(provider, scope=scope) as client:
        try:
            place = _described(provider)["token_endpoint"]
            answer = client.refresh_token(place, refresh_token=token, allow_redirects=False)
        except OAuthError as error:
            log.warning("no new token: %s", error.error)
            taken_back = error.error in TAKEN_BACK
            raise (Refused(UNFINISHED) if taken_back else Away(AWAY)) from error
        return {**answer, "access_token": str(answer["access_token"])}


def fetch(url, limit):
    """The bytes at `url`, `limit` at most, unpacked. Follows no redirect. Raises ValueError or requests' errors."""
    deadline, body = time.monotonic() + sum(TIMEOUT), b""
    with requests.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
        if answer.status_code != 200:
            raise ValueError(f"{url} answered {answer.status_code}")
        for chunk in answer.iter_content(8192):
            body += chunk
            if len(body) > limit or time.monotonic() > deadline:
                raise ValueError(f"{url} is too large or too slow")
    return body


def _is_private(url, provider):
    """Whether nobody on the way reads along: https, or the address of a provider on this very machine."""
    return url.startswith(("https://", f"{provider.issuer}/"))


def may_fetch(url):
    """Whether `url`, which somebody may have chosen at Google, is there or at a public place behind https.

    The name could resolve to another address a moment later: nothing there would have a certificate for it.
    """
    if url.startswith(f"{providers.google().issuer}/"):
        return True
    try:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.port not in (None, 443) or not parts.hostname:
            return False
        found = socket.getaddrinfo(parts.hostname, 443)
    except (OSError, ValueError):
        return False
    addresses = {ip_address(place[0]) for *_, place in found}
    return all(address.is_global and not address.is_multicast for address in addresses)


def _client(provider, callback=CALLBACK, scope=SCOPE):
    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope=scope,
        redirect_uri=f"{config.current().base_url}{callback}",  # never from a Host header
        code_challenge_method="S256",
        default_timeout=TIMEOUT,
    )


def _described(provider):
    """How the provider describes itself: as the one we asked (Discovery 1.0, section 4.3), at private addresses."""
    found = _document(provider.discovery_url)
    if not provider.is_described_by(found["issuer"]):
        raise ValueError(f"{provider.discovery_url} speaks for {found['issuer']}")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not _is_private(found[name], provider):
            raise ValueError(f"{name} is {found[name]}")
    return found


def _keys(provider, fresh=False):
    return KeySet.import_key_set(_document(_described(provider)["jwks_uri"], fresh))


def _verified(provider, answer, nonce):
    """The claims of the ID token, checked as OpenID Connect Core 3.1.3.7 has it."""
    token = _decoded(provider, answer["id_token"])  # a provider that sends none proves nothing: KeyError
    issuer = _described(provider)["issuer"]
    if provider.tenants:
        issuer = issuer.replace("{tenantid}", str(token.claims["tid"]))
    expected = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": provider.client_id},  # Authlib checks it only when told to
    }
    given = {"client_id": provider.client_id, "nonce": nonce, "access_token": answer.get("access_token")}
    claims = CodeIDToken(token.claims, token.header, expected, given)
    claims.validate(now=int(now().timestamp()), leeway=LEEWAY)  # expiry, nonce, azp and at_hash, too
    if not claims["sub"]:
        raise ValueError("the subject is empty")
    return claims


def _decoded(provider, id_token):
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        return jwt.decode(id_token, _keys(provider), registry=registry)
    except InvalidKeyIdError:  # keys change
        return jwt.decode(id_token, _keys(provider, fresh=True), registry=registry)


_documents = {}  # address: (when it was fetched, what it said)


def _document(url, fresh=False):
    """The JSON object at `url`, not older than KEPT."""
    fetched, found = _documents.get(url, (None, None))
    if fresh or fetched is None or now() - fetched > KEPT:
        found = json.loads(fetch(url, DOCUMENT))
        _documents[url] = (now(), found)
    return found


@contextmanager
def _or_else(refusal):
    """Whatever breaks within becomes `refusal`: what comes from outside can break its readers in any way."""
    try:
        yield
    except AppError:
        raise
    except Exception as error:
        log.warning("%s: %s: %s", type(refusal).__name__, type(error).__name__, error)
        raise refusal from error
