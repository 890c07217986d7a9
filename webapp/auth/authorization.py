"""A question to a provider from a browser to its answer: asked once, answered once, by that browser, in time.

oidc.py speaks with the provider; this keeps what an answer is checked with, which rests in the browser's signed cookie.
"""

import hmac
from datetime import timedelta

from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import TooMany

from . import throttle
from .refusals import UNFINISHED, Refused

WITHIN = timedelta(minutes=10)  # from the question to the answer
ADDRESS_LIMIT = {"limit": 50, "seconds": 900}
STALE = "That was started in another window or browser, was used already, or took longer than 10 minutes. Start again."


def oidc():
    """What asks a provider, with Authlib and requests, which neither a start nor most processes need."""
    from . import oidc  # heavy: loaded on first use

    return oidc


def ask(provider, **wishes):
    """Where to send a browser to be asked who it is, and what to keep in its signed cookie until it comes back.

    `wishes` are those of oidc.ask(). Raises Away.
    """
    url, state, nonce, verifier = oidc().ask(provider, **wishes)
    return url, {"state": state, "nonce": nonce, "verifier": verifier, "asked_at": now().timestamp()}


def answered(provider, answer, asked, *, address, **place):
    """(claims, tokens) behind `answer`, a mapping of what the browser brought back, to `asked` from its own cookie;
    `place` is the `callback` of ask(), if it was another one.

    Raises Refused, Away or TooMany. An answer is taken once, by this browser only, within ten minutes.
    """
    if not asked or not hmac.compare_digest(answer.get("state", "").encode(), asked["state"].encode()):
        raise Refused(STALE)
    if now().timestamp() - asked["asked_at"] > WITHIN.total_seconds():
        raise Refused(STALE)
    key = f"{provider.name.lower()} address {address}"
    throttle.hit(key, **ADDRESS_LIMIT)
    _use_up(asked["state"])
    if not answer.get("code"):
        raise Refused(provider.said(UNFINISHED))
    found = oidc().redeem(provider, answer["code"], nonce=asked["nonce"], verifier=asked["verifier"], **place)
    throttle.take_back(key)
    return found


def _use_up(state):
    """A cookie can be copied and sent again. That a state was used stands in a row that outlasts the state."""
    try:
        throttle.hit(f"google state {digest(state)}", limit=1, seconds=2 * WITHIN.total_seconds())
    except TooMany:
        raise Refused(STALE) from None
