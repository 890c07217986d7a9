"""A small OpenID Connect provider on loopback: real HTTP, real keys, PKCE enforced, and a liar on request."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "galena-client", "galena-client-secret-of-tests"
MARA = {
    "sub": "1001",
    "email": "mara@halden.example",
    "email_verified": True,
    "name": "Mara Lindqvist",
}
ANY_ALGORITHM = jws.JWSRegistry(algorithms=["none", "RS256", "ES256", "HS256"])


SPARE_KEYS = []  # that no provider signs with any more: to make them takes longer than most tests


def _new_keys():
    name = secrets.token_hex(4)
    return (
        RSAKey.generate_key(2048, {"kid": f"rsa-{name}", "use": "sig"}),
        ECKey.generate_key("P-256", {"kid": f"ec-{name}", "use": "sig"}),
    )


class Provider:
    """Whoever comes is `person`. Tests lie through `claims` and `answer`, which may change what goes out, `sign`, and
    `broken`: {path: (status, headers, body)}.
    """

    def __init__(self, issuer):
        self.issuer = self.described = issuer  # `described`: as its document names it
        self.person = dict(MARA)
        self.claims = lambda claims: claims
        self.answer = lambda answer: answer
        self.sign = self.rs256
        self.broken = {}
        self.asked = []  # the queries of the authorization endpoint
        self.redeemed = []  # the bodies of the token endpoint
        self._codes = {}
        self.refreshable = set()  # refresh tokens that are good; taking one out is revoking it
        self._keys = []
        self.rotate()

    def rotate(self):
        """Sign with new keys from now on."""
        self._keys.append(SPARE_KEYS.pop() if SPARE_KEYS else _new_keys())
        self.rsa, self.ec = self._keys[-1]

    def close(self):
        SPARE_KEYS.extend(self._keys)

    def rs256(self, claims):
        return jwt.encode({"alg": "RS256", "kid": self.rsa.kid}, claims, self.rsa)

    def es256(self, claims):
        return jwt.encode({"alg": "ES256", "kid": self.ec.kid}, claims, self.ec)

    def none(self, claims):
        return jwt.encode({"alg": "none"}, claims, None, registry=ANY_ALGORITHM)

    def hs256_by_public_key(self, claims):
        """The classic confusion: the public key, which everybody has, taken for a shared secret."""
        return self._hs256(claims, self.rsa.as_pem(private=False))

    def hs256_by_client_secret(self, claims):
        return self._hs256(claims, SECRET.encode())

    def _hs256(self, claims, secret):
        """Made by hand: libraries refuse to take a public key for a secret."""
        parts = {"alg": "HS256", "typ": "JWT", "kid": self.rsa.kid}, claims
        text = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
        return f"{text}.{_base64url(hmac.digest(secret, text.encode(), 'sha256'))}"

    def by_another_key(self, claims):
        other = RSAKey.generate_key(2048)
        return jwt.encode({"alg": "RS256", "kid": self.rsa.kid}, claims, other)

    def documents(self):
        keys = [self.rsa.as_dict(private=False), self.ec.as_dict(private=False)]
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.described,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            },
            "/keys": {"keys": [*keys, {"kty": "of the future", "kid": "x"}]},
        }

    def authorize(self, query):
        """The address to send the browser back to."""
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})

    def redeem(self, body, authorization):
        """(status, answer) of the token endpoint. A code is good once, with its client, address and verifier."""
        self.redeemed.append(body)
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {client}":
            return 401, {"error": "invalid_client"}
        if body["grant_type"] == "refresh_token":
            return self.refresh(body["refresh_token"])
        asked = self._codes.pop(body["code"], None)
        if asked is None or body["redirect_uri"] != asked["redirect_uri"] or not _proven(asked, body):
            return 400, {"error": "invalid_grant"}
        moment = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": moment, "exp": moment + 300, "nonce": asked["nonce"]}
        self.refreshable.add(refresh := secrets.token_urlsafe(24))
        answer = {
            "access_token": secrets.token_urlsafe(24),
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": asked["scope"],
            "id_token": self.sign(self.claims({**claims, **self.person})),
        }
        return 200, self.answer(answer)

    def refresh(self, token):
        if token not in self.refreshable:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        return 200, {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "expires_in": 3600}


def _proven(asked, body):
    digest = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
    return asked.get("code_challenge_method") == "S256" and asked.get("code_challenge") == _base64url(digest)


def _base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@contextmanager
def oidc_server():
    """A Provider that runs within the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, query = urlsplit(self.path).path, _flat(urlsplit(self.path).query)
            if path in provider.broken:
                self.say(*provider.broken[path])
            elif path == "/authorize":
                self.say(302, {"Location": provider.authorize(query)})
            elif path in provider.documents():
                self.say(200, {}, json.dumps(provider.documents()[path]).encode())
            else:
                self.say(404, {})

        def do_POST(self):
            body = _flat(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.path in provider.broken:
                self.say(*provider.broken[self.path])
            else:
                status, answer = provider.redeem(body, self.headers["Authorization"])
                self.say(status, {"Content-Type": "application/json"}, json.dumps(answer).encode())

        def say(self, status, headers, body=b""):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *parts):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        provider.close()


def _flat(query):
    return {name: values[0] for name, values in parse_qs(query).items()}
