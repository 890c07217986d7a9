"""Generated from url_map: who may call what, and that ids of another workspace are nowhere to be found."""

from webapp.accounts.roles import ABILITIES
from webapp.web.guards import policy_of


def routes(app):
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods)))


def test_every_route_declares_who_may_call_it(app):
    with app.app_context():
        for rule in routes(app):
            policy = policy_of(rule.endpoint)
            assert policy in {"public", "person", "admin", *ABILITIES}, f"{rule} declares no policy"


def test_nobody_gets_in_without_signing_in(app, cast):
    client = app.test_client()
    with app.app_context():
        guarded = [rule for rule in routes(app) if policy_of(rule.endpoint) != "public"]
    for rule in guarded:
        url = _url(rule, {})
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(url, method=method)
            assert answer.status_code == 303 and answer.location.startswith("/sign-in"), f"{method} {url}"


def test_a_viewer_is_refused_every_change(app, cast, sign_in):
    client = sign_in(cast.vera)
    with app.app_context():
        writing = [rule for rule in routes(app) if policy_of(rule.endpoint) == "write"]
    for rule in writing:
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert client.open(_url(rule, {}), method=method).status_code == 403, f"{method} {rule}"


def _url(rule, ids):
    """The rule's address with `ids` by argument name, 1 for what is not given."""
    values = {name: ids.get(name, 1) for name in rule.arguments}
    return rule.build(values, append_unknown=False)[1]
