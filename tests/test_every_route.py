"""Every route of url_map × everybody who may ask: each declares a policy, keeps to it, and tells nobody else's secrets.

All that Acme has belongs to Alice and carries a SECRET word (tests/belongings.py). A new route fails here until it says
who may call it, and until a row for each new id in its address stands among those belongings.
"""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from db import db
from tests import factories
from tests.belongings import SECRET, WORDS, everything
from webapp.accounts.models import Reach, User
from webapp.accounts.roles import ABILITIES, allowed
from webapp.auth import two_factor
from webapp.auth.models import Session
from webapp.auth.passwords import hash_password
from webapp.web.guards import own_path, policy_of

FORM = {"stage": "lost", "text": "mine"}
UNCHECKED = {"campaigns.unsubscribe"}  # a mail program's one-click POST (RFC 8058) has no cookie and no token
# what a mail asks for when it is opened or its link followed: counting that is what they are for (no token of theirs is
# known here; tests/campaigns/test_tracking.py says what they change)
COUNTING = {"tracking.opened", "tracking.clicked"}
# of Alice: out of reach for "own leads"
OWN = {
    "lead_id",
    "action_id",
    "other_id",
    "change_id",
    "todo_id",
    "import_id",
    "fix_id",
    "campaign_id",
    "delivery_id",
    "recipient_id",
    "mail_id",
    "mailbox_id",
    "thread_id",
    "message_id",
    "outgoing_id",
    "job_id",
    "result_id",
    "fact_id",
    "conflict_id",
    "question_id",
}
ALONE = {"session_id", "question_id"}  # nobody but Alice sees them, whatever they see of the workspace
OF_THE_WORKSPACE = {
    *OWN,
    "member_id",
    "invitation_id",
    "center_id",
    "digest",
    "session_id",
    "field_id",
    "tag_id",
    "rule_id",
    "snippet_id",
}
WHOLE_REACH = {"setup.remove_sample"}  # concerns all leads: a verb refuses it to whoever sees fewer
PEOPLE = ("anonymous", "outsider", "viewer", "own", "owner")


@pytest.fixture
def people(cast, rows, sign_in):
    """{one of PEOPLE: (Member or None, Cookie header)}; Alice's session gets into `rows`."""
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    members = {"outsider": cast.charlie, "viewer": cast.vera, "own": olga, "owner": cast.alice}
    cookies = {who: sign_in(member).get_cookie("galena") for who, member in members.items()}
    rows["session_id"] = Session.get(Session.user == cast.alice.user_id).id
    two_factor.begin(cast.alice)  # there is a code to scan
    signed_in = {who: (member, f"galena={cookies[who].value}") for who, member in members.items()}
    return {"anonymous": (None, ""), **signed_in}


@pytest.fixture
def ask(app):
    """Make a request with this Cookie header and no other: what an answer does to the cookie is not kept."""
    client = app.test_client(use_cookies=False)

    def ask(method, url, cookie, headers=()):
        data = None if method == "GET" else FORM
        return client.open(url, method=method, data=data, headers={"Cookie": cookie, **dict(headers)})

    return ask


def routes(app):
    with app.app_context():
        rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods)))
        return [
            (rule, method, policy_of(rule.endpoint)) for rule in rules for method in rule.methods - {"HEAD", "OPTIONS"}
        ]


def address(rule, rows):
    unknown = rule.arguments - rows.keys() - WORDS.keys() - {"filename"}
    assert not unknown, f"{rule}: give {unknown} a row in tests/belongings.py, so that this test covers it"
    return rule.build({"filename": "app.css", **WORDS, **rows}, append_unknown=False)[1]


def refusal(who, member, policy, endpoint, ids):
    """The status with which `who` is to be refused, or None."""
    if policy == "public":
        return None
    if member is None:
        return 303
    if policy == "admin":
        return None if member.is_admin else 403
    if policy != "person" and not allowed(member.role, policy):
        return 403
    if member.reach is not Reach.ALL and endpoint in WHOLE_REACH:
        return 403
    hidden = {"outsider": OF_THE_WORKSPACE, "own": OWN, "viewer": ALONE}.get(who, set())
    return 404 if ids & hidden else None


def test_every_route_declares_who_may_call_it(app):
    for rule, _, policy in routes(app):
        assert policy in {"public", "person", "admin", *ABILITIES}, f"{rule} declares no policy"


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("as_part", [False, True], ids=["page", "part"])
def test_everybody_gets_what_the_policy_says_and_nothing_more(app, rows, people, ask, htmx, who, as_part):
    (member, cookie), before = people[who], everything()
    for rule, method, policy in routes(app):
        url, expected = address(rule, rows), refusal(who, member, policy, rule.endpoint, rule.arguments)
        with db.atomic() as undone:
            answer = ask(method, url, cookie, htmx if as_part else {})
            if expected is None:
                undone.rollback()
        what = f"{who}: {method} {url} answered {answer.status_code}"
        if expected == 303:
            place = answer.headers.get("HX-Redirect") if as_part else answer.location
            assert answer.status_code in (204, 303) and place.startswith("/sign-in"), what
        elif expected:
            assert answer.status_code == expected, what
        else:
            assert answer.status_code < 500 and (answer.status_code != 403 or policy == "public"), what
            if who == "owner" and method == "GET" and policy != "public":
                assert answer.status_code < 400, what
        if who in ("anonymous", "outsider", "own"):
            assert SECRET.encode() not in answer.data.lower(), f"{what} and tells a secret"
    assert everything() == before


@pytest.mark.parametrize("as_part", [False, True], ids=["page", "part"])
def test_every_change_without_a_csrf_token_is_refused(app, rows, people, ask, htmx, as_part):
    (_, cookie), before = people["owner"], everything()
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for rule, method, _ in routes(app):
            if method != "GET" and rule.endpoint not in UNCHECKED:
                answer = ask(method, address(rule, rows), cookie, htmx if as_part else {})
                assert answer.status_code == 400, f"{method} {rule} answered {answer.status_code} without a token"
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert everything() == before


def test_no_get_changes_anything_whatever_address_or_link_is_followed(app, rows, people, ask):
    (_, cookie), before = people["owner"], everything()
    asking = [rule for rule, method, _ in routes(app) if method == "GET" and rule.endpoint not in COUNTING]
    waiting = [address(rule, rows) for rule in asking]
    seen = set()
    while waiting and len(seen) < 500:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = ask("GET", url, cookie)
        assert answer.status_code < 500, url
        if answer.mimetype == "text/html":
            links = (urljoin(url, unescape(link)) for link in re.findall(r'(?:href|hx-get)="([^"#]+)', answer.text))
            waiting += [link for link in links if link.startswith("/") and not link.startswith("/static/")]
    assert len(seen) > 60
    assert everything() == before


@pytest.mark.parametrize(
    "target",
    ["//x", "/\\x", "%09//x", "\t//x", "/\t/x", "https:x", "https://x", "javascript:alert(1)", "x", "/ /x", "\\\\x"],
)
def test_next_leads_to_no_foreign_place(app, target):
    factories.member(factories.workspace("Here"), "Nora Next", password_hash=hash_password("a fine password"))
    assert own_path(target) is None
    client = app.test_client()
    data = {"email": "nora@example.org", "password": "a fine password", "next": target}
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 303 and urlsplit(answer.location)[:3] == ("", "", "/")


def test_a_site_admin_of_another_workspace_still_finds_nothing_of_this_one(app, cast, rows, sign_in):
    User.update(is_admin=True).where(User.id == cast.charlie.user_id).execute()
    client = sign_in(cast.charlie)
    for rule, method, policy in routes(app):
        if method == "GET" and policy in ABILITIES and rule.arguments & OF_THE_WORKSPACE:
            assert client.get(address(rule, rows)).status_code == 404, rule
