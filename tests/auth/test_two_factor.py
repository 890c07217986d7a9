import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from tests import factories
from webapp import config
from webapp.accounts.models import AuditEntry, Notice, NoticeKind, User
from webapp.auth import entering, passwords, two_factor
from webapp.auth.models import RecoveryCode, Session, TwoFactor
from webapp.core.clock import freeze, now
from webapp.core.crypto import encrypt
from webapp.core.errors import Invalid

PASSWORD = "correct horse battery"
WRONG = "000000"


@pytest.fixture
def mara(cast):
    """A member of Acme with a password, and no second factor yet."""
    return factories.member(cast.acme, "Mara Lindqvist", password_hash=passwords.hash_password(PASSWORD))


@pytest.fixture
def device(mara):
    """Mara's authenticator app, with two-factor switched on a minute ago; `codes` are her recovery codes."""
    two_factor.begin(mara)
    app = pyotp.TOTP(two_factor.pending_key(mara))
    with freeze(now() - timedelta(minutes=1)) as earlier:
        app.codes = two_factor.confirm(mara, app.at(earlier))
    return app


@pytest.fixture
def halfway(app, mara, device):
    """A browser whose password was right and that is asked for the code."""

    def halfway(**fields):
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": mara.email, "password": PASSWORD, **fields})
        assert answer.location.startswith("/sign-in/code")
        return client

    return halfway


def is_in(client):
    return client.get("/leads").status_code == 200


def answer_with(client, code, **fields):
    return client.post("/sign-in/code", data={"code": code, **fields})


# ------------------------------------------------------------ setting it up


def test_setting_up_shows_a_key_and_its_picture_and_counts_from_the_first_code_on(app, mara, sign_in):
    client = sign_in(mara)
    assert "Set up" in client.get("/settings/two-factor").text
    client.post("/settings/two-factor/set-up")
    key = _key_on(client.get("/settings/two-factor").text)
    assert len(key) == 32 and not two_factor.is_on(mara.user_id)
    answer = app.test_client().post("/sign-in", data={"email": mara.email, "password": PASSWORD})
    assert answer.location == "/"

    answer = client.post("/settings/two-factor/confirm", data={"code": pyotp.TOTP(key).now()})
    assert answer.status_code == 200 and two_factor.is_on(mara.user_id)
    shown = re.findall(r"\b[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}\b", _between(answer.text, "<pre", "</pre>"))
    assert len(set(shown)) == 10
    assert "10 of 10 left" in client.get("/settings/two-factor").text


def test_the_picture_is_black_on_white_with_a_quiet_zone_and_is_not_kept(mara, sign_in):
    client = sign_in(mara)
    assert client.get("/settings/two-factor/qr.svg").status_code == 404
    client.post("/settings/two-factor/set-up")
    answer = client.get("/settings/two-factor/qr.svg")
    assert answer.mimetype == "image/svg+xml" and answer.headers["Cache-Control"] == "no-store"
    assert 'fill="#fff"' in answer.text and 'stroke="#000"' in answer.text and "style" not in answer.text


def test_the_key_and_the_picture_are_gone_once_it_is_on(mara, device, sign_in):
    client = sign_in(mara)
    assert client.get("/settings/two-factor/qr.svg").status_code == 404
    assert device.secret not in client.get("/settings/two-factor").text


def test_pages_with_secrets_are_kept_by_no_browser(mara, sign_in):
    client = sign_in(mara)
    client.post("/settings/two-factor/set-up")
    page = client.get("/settings/two-factor")
    codes = client.post("/settings/two-factor/confirm", data={"code": pyotp.TOTP(_key_on(page.text)).now()})
    assert [answer.headers["Cache-Control"] for answer in (page, codes)] == ["no-store", "no-store"]


@pytest.mark.parametrize("code", [WRONG, "", "12345", "abcdef", "１２３４５６"])
def test_a_wrong_first_code_says_so_and_switches_nothing_on(mara, sign_in, code):
    client = sign_in(mara)
    client.post("/settings/two-factor/set-up")
    key = _key_on(client.get("/settings/two-factor").text)
    answer = client.post("/settings/two-factor/confirm", data={"code": code})
    assert answer.status_code == 422 and 'role="alert"' in answer.text and _key_on(answer.text) == key
    assert not two_factor.is_on(mara.user_id) and RecoveryCode.select().count() == 0


def test_a_first_code_without_a_key_is_refused(mara, sign_in):
    assert sign_in(mara).post("/settings/two-factor/confirm", data={"code": "123456"}).status_code == 422


def test_setting_up_again_gives_another_key_and_cancelling_forgets_it(mara, sign_in):
    client, keys = sign_in(mara), []
    for _ in range(2):
        client.post("/settings/two-factor/set-up")
        keys.append(_key_on(client.get("/settings/two-factor").text))
    assert keys[0] != keys[1] and TwoFactor.select().count() == 1
    client.post("/settings/two-factor/cancel")
    assert TwoFactor.select().count() == 0


def test_what_is_on_is_neither_set_up_again_nor_cancelled_by_a_forgotten_tab(mara, device, sign_in):
    client, row = sign_in(mara), TwoFactor.get()
    assert client.post("/settings/two-factor/set-up").status_code == 409
    assert client.post("/settings/two-factor/confirm", data={"code": device.now()}).status_code == 409
    client.post("/settings/two-factor/cancel")
    assert TwoFactor.get().secret == row.secret


def test_a_key_that_was_confirmed_a_moment_ago_is_not_overwritten(mara, device, monkeypatch):
    before = TwoFactor.get().secret
    monkeypatch.setattr(two_factor, "_not_on", lambda user_id: None)  # this tab looked just before the other was done
    two_factor.begin(mara)
    assert TwoFactor.get().secret == before


def test_switching_it_on_signs_out_the_browsers_that_never_gave_a_code(mara, sign_in):
    client, other = sign_in(mara), sign_in(mara)
    client.post("/settings/two-factor/set-up")
    key = _key_on(client.get("/settings/two-factor").text)
    client.post("/settings/two-factor/confirm", data={"code": pyotp.TOTP(key).now()})
    assert is_in(client) and not is_in(other)


def test_rows_hold_neither_the_key_nor_a_recovery_code(device):
    kept = str(TwoFactor.get().__data__) + str(list(RecoveryCode.select().dicts()))
    assert device.secret not in kept
    assert all(code not in kept and code.replace("-", "") not in kept for code in device.codes)


# ------------------------------------------------------- signing in with it


def test_the_right_password_alone_opens_nothing(halfway):
    client = halfway()
    assert Session.select().count() == 0
    assert client.get("/leads").location.startswith("/sign-in")


def test_the_code_opens_the_page_that_was_asked_for(halfway, device):
    client = halfway(next="/leads?q=health")
    page = client.get("/sign-in/code?next=/leads?q%3Dhealth").text
    assert 'autocomplete="one-time-code"' in page and 'inputmode="numeric"' in page
    assert answer_with(client, device.now(), next="/leads?q=health").location == "/leads?q=health"
    assert is_in(client)


def test_the_code_is_taken_as_apps_show_it(halfway, device):
    code = device.now()
    assert answer_with(halfway(), f" {code[:3]} {code[3:]} ").location == "/"


def test_the_code_leads_to_no_foreign_place(app, mara, halfway, device):
    form = {"email": mara.email, "password": PASSWORD, "next": "//evil.example"}
    assert app.test_client().post("/sign-in", data=form).location == "/sign-in/code"
    assert answer_with(halfway(next="//evil.example"), device.now(), next="//evil.example").location == "/"


def test_keep_me_signed_in_survives_the_code(halfway, device):
    client = halfway(remembered="y")
    assert "Expires" in answer_with(client, device.now()).headers["Set-Cookie"]
    assert Session.get().remembered


def test_a_wrong_code_is_told_and_can_be_typed_again(halfway, device, htmx):
    client = halfway()
    answer = client.post("/sign-in/code", data={"code": WRONG}, headers=htmx)
    assert answer.status_code == 422 and "That code is not right" in answer.text and "<html" not in answer.text
    answer = client.post("/sign-in/code", data={"code": device.now()}, headers=htmx)
    assert answer.headers["HX-Redirect"] == "/"


def test_after_ten_minutes_one_signs_in_again(halfway, device):
    client = halfway()
    with freeze(now() + timedelta(minutes=10, seconds=1)) as late:
        answer = answer_with(client, device.at(late))
        assert answer.location == "/sign-in" and Session.select().count() == 0
        assert "That took too long" in client.get("/sign-in").text


def test_a_finished_sign_in_is_not_finished_again(app, halfway, device):
    client = halfway()
    with client.session_transaction() as cookie:
        token = cookie["half_way"]
    answer_with(client, device.now())
    again = app.test_client()
    with again.session_transaction() as cookie:
        cookie["half_way"] = token
    with freeze(now() + timedelta(minutes=1)) as later:
        assert answer_with(again, device.at(later)).location == "/sign-in"
    assert Session.select().count() == 1


def test_without_a_password_there_is_no_code_to_type(app, device):
    client = app.test_client()
    assert client.get("/sign-in/code").location == "/sign-in"
    assert answer_with(client, device.now()).location == "/sign-in"


def test_who_is_made_inactive_before_the_code_is_not_let_in(halfway, device):
    client = halfway()
    User.update(is_active=False).where(User.email == "mara@example.org").execute()
    answer = answer_with(client, device.now())
    assert answer.status_code == 422 and Session.select().count() == 0


def test_another_first_factor_asks_for_the_code_too(mara, device):
    user = User.get_by_id(mara.user_id)
    entered = entering.enter(user, address="203.0.113.7", agent="")
    assert entered.needs_code and Session.select().count() == 0


# ------------------------------------------------------------- codes (6238)


def test_the_codes_are_those_of_the_rfc(mara):
    """RFC 6238, appendix B, the last six of its eight digits."""
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # 12345678901234567890 in base 32
    TwoFactor.create(user=mara.user_id, secret=encrypt(key, two_factor.SECRET), confirmed_at=now())
    vectors = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"}
    for seconds, code in vectors.items():
        with freeze(datetime.fromtimestamp(seconds, UTC)):
            two_factor.check(mara.user_id, code)


def test_a_code_is_taken_once_and_none_older_than_it_after_it(mara, device):
    moment = now()
    older, current = device.at(moment - timedelta(seconds=30)), device.at(moment)
    with freeze(moment):
        two_factor.check(mara.user_id, current)
        for code in (current, older):
            with pytest.raises(Invalid):
                two_factor.check(mara.user_id, code)


def test_of_two_who_type_the_same_code_at_once_one_gets_in(device):
    both = TwoFactor.get(), TwoFactor.get()
    code = device.now()
    assert [two_factor._take(row, code) for row in both] == [True, False]


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_one_step(mara, device, steps, taken):
    moment = now() + timedelta(minutes=5)
    with freeze(moment):
        code = device.at(moment + timedelta(seconds=30 * steps))
        if taken:
            two_factor.check(mara.user_id, code)
        else:
            with pytest.raises(Invalid):
                two_factor.check(mara.user_id, code)


def test_the_eleventh_wrong_code_waits_and_its_owner_is_told_once(halfway, device):
    client = halfway()
    told = Notice.select().count()
    assert {answer_with(client, WRONG).status_code for _ in range(10)} == {422}
    for _ in range(3):
        answer = answer_with(halfway(), device.now())  # the right one, and after the password once more
        assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert Notice.select().count() == told + 1
    assert "ten wrong codes" in Notice.select().order_by(Notice.id.desc()).get().data["what"]
    with freeze(now() + timedelta(minutes=61)) as later:
        assert answer_with(halfway(), device.at(later)).location == "/"


def test_when_the_servers_key_is_lost_a_recovery_code_still_opens(app, halfway, device):
    client = halfway()
    config.activate(replace(app.config["GALENA"], secret_key="another key than the one before, as long"))
    answer = answer_with(client, device.now())
    assert answer.status_code == 422 and "recovery code" in answer.text
    assert answer_with(client, device.codes[0]).location == "/"


# ----------------------------------------------------------- recovery codes


def test_a_recovery_code_opens_once_however_it_is_typed(halfway, device):
    code = next((code for code in device.codes if set(code) & {"0", "1"}), device.codes[0])
    typed = code.upper().replace("-", " ").replace("0", "O").replace("1", "l")
    page = halfway().get("/sign-in/code?recovery=1").text
    assert "Recovery code" in page and "numeric" not in page
    client = halfway()
    assert client.post("/sign-in/code?recovery=1", data={"code": typed}).location == "/"
    assert "9 of 10 left" in client.get("/settings/two-factor").text
    answer = halfway().post("/sign-in/code?recovery=1", data={"code": code})
    assert answer.status_code == 422 and Session.select().count() == 1


def test_the_use_of_a_recovery_code_is_told_and_written_down(halfway, device):
    answer_with(halfway(), device.codes[0])
    assert "recovery code" in Notice.select().order_by(Notice.id.desc()).get().data["what"]
    assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().action == "two_factor.recovery_code_used"


def test_a_recovery_code_opens_only_its_owners_account(cast, halfway, device):
    two_factor.begin(cast.bob)
    theirs = two_factor.confirm(cast.bob, pyotp.TOTP(two_factor.pending_key(cast.bob)).now())
    assert answer_with(halfway(), theirs[0]).status_code == 422


def test_few_recovery_codes_left_are_warned_of(mara, device, sign_in):
    for code in device.codes[:8]:
        two_factor.check(mara.user_id, code)
    assert "You have 2 recovery codes left" in sign_in(mara).get("/settings/two-factor").text


def test_new_recovery_codes_replace_all_former_ones(mara, device, sign_in, halfway):
    answer = sign_in(mara).post("/settings/two-factor/codes", data={"renew-proof": PASSWORD})
    shown = re.findall(r"\b[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}\b", _between(answer.text, "<pre", "</pre>"))
    assert len(shown) == 10 and not set(shown) & set(device.codes)
    assert answer_with(halfway(), device.codes[0]).status_code == 422
    assert answer_with(halfway(), shown[0]).location == "/"


def test_new_recovery_codes_need_two_factor(mara, sign_in):
    assert sign_in(mara).post("/settings/two-factor/codes", data={"renew-proof": PASSWORD}).status_code == 404
    assert RecoveryCode.select().count() == 0


# ------------------------------------------------------ changing it, and why


@pytest.mark.parametrize("path", ["codes", "off"])
@pytest.mark.parametrize("proof", ["", "not the password", WRONG])
def test_an_open_page_alone_changes_nothing(mara, device, sign_in, path, proof):
    prefix = "renew" if path == "codes" else "off"
    answer = sign_in(mara).post(f"/settings/two-factor/{path}", data={f"{prefix}-proof": proof})
    assert answer.status_code == 422 and answer.text.count('-proof-error"><') == 1
    assert two_factor.is_on(mara.user_id)
    two_factor.check(mara.user_id, device.codes[0])


@pytest.mark.parametrize("proof", ["password", "code", "recovery code"])
def test_switching_it_off_takes_a_password_or_a_code(app, mara, device, sign_in, proof):
    typed = {"password": PASSWORD, "code": device.now(), "recovery code": device.codes[0]}[proof]
    client = sign_in(mara)
    assert client.post("/settings/two-factor/off", data={"off-proof": typed}).location == "/settings/two-factor"
    assert not two_factor.is_on(mara.user_id) and RecoveryCode.select().count() == 0
    assert is_in(client)
    form = {"email": mara.email, "password": PASSWORD}
    assert app.test_client().post("/sign-in", data=form).location == "/"


def test_whoever_came_with_google_and_has_no_password_proves_it_with_a_code(cast, sign_in):
    two_factor.begin(cast.bob)
    codes = two_factor.confirm(cast.bob, pyotp.TOTP(two_factor.pending_key(cast.bob)).now())
    client = sign_in(cast.bob)
    assert client.post("/settings/two-factor/off", data={"off-proof": " "}).status_code == 422
    assert client.post("/settings/two-factor/off", data={"off-proof": codes[0]}).status_code == 303


def test_guessing_the_proof_waits_too(mara, device, sign_in):
    client = sign_in(mara)
    guesses = [client.post("/settings/two-factor/off", data={"off-proof": f"guess {n}"}) for n in range(11)]
    assert [answer.status_code for answer in guesses] == [422] * 10 + [429]


def test_every_change_is_told_by_mail_and_written_down(mara, device, sign_in):
    client = sign_in(mara)
    client.post("/settings/two-factor/codes", data={"renew-proof": PASSWORD})
    client.post("/settings/two-factor/off", data={"off-proof": PASSWORD})
    actions = [(entry.action, entry.actor_name) for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions == [(f"two_factor.{what}", "Mara Lindqvist") for what in ("on", "codes_renewed", "off")]
    notices = list(Notice.select().order_by(Notice.id))
    assert {(notice.kind, notice.email) for notice in notices} == {(NoticeKind.CHANGED, mara.email)}
    assert [notice.data["what"].split()[0] for notice in notices] == ["Two-factor", "New", "Two-factor"]


def test_resetting_it_for_somebody_signs_them_out_and_asks_only_the_password(app, mara, device, sign_in, halfway):
    client, waiting = sign_in(mara), halfway()
    assert two_factor.reset(User.get_by_id(mara.user_id))
    assert not is_in(client)
    assert waiting.get("/sign-in/code").location == "/sign-in"
    assert app.test_client().post("/sign-in", data={"email": mara.email, "password": PASSWORD}).location == "/"
    assert not two_factor.reset(User.get_by_id(mara.user_id))


# ------------------------------------------------- a workspace that asks for it


@pytest.fixture
def strict(cast):
    cast.acme.requires_two_factor = True
    cast.acme.save()
    return cast.acme


@pytest.mark.parametrize("path", ["/", "/leads", "/leads/board", "/campaigns", "/imports"])
def test_a_member_without_it_is_led_to_set_it_up(mara, sign_in, strict, htmx, path):
    client = sign_in(mara)
    assert client.get(path).location == "/settings/two-factor"
    assert client.get(path, headers=htmx).headers["HX-Redirect"] == "/settings/two-factor"
    page = client.get("/settings/two-factor").text
    assert "Acme asks everybody for it" in page


def test_a_member_without_it_still_reaches_their_own_account(mara, sign_in, strict):
    client = sign_in(mara)
    for path in ("/settings/two-factor", "/settings/profile", "/settings/sessions", "/settings/password"):
        assert client.get(path).status_code == 200, path
    assert client.post("/sign-out").location == "/sign-in"


def test_a_member_goes_on_once_it_is_set_up(mara, sign_in, strict):
    client = sign_in(mara)
    client.post("/settings/two-factor/set-up")
    key = _key_on(client.get("/settings/two-factor").text)
    assert not is_in(client)
    client.post("/settings/two-factor/confirm", data={"code": pyotp.TOTP(key).now()})
    assert is_in(client)


def test_it_stays_on_while_a_workspace_asks_for_it(mara, device, sign_in, strict):
    client = sign_in(mara)
    assert "Acme asks everybody for two-factor" in client.get("/settings/two-factor").text
    answer = client.post("/settings/two-factor/off", data={"off-proof": PASSWORD})
    assert answer.status_code == 403 and "Acme asks everybody" in answer.text
    assert two_factor.is_on(mara.user_id)


def test_it_stays_on_also_while_working_in_another_workspace(cast, mara, device, strict):
    factories.add_member(cast.other, User.get_by_id(mara.user_id))
    assert two_factor.required_by(mara.user_id) == ["Acme"]


def _key_on(page):
    return re.search(r'id="two-factor-key"[^>]*>([^<]+)<', page)[1].replace(" ", "")


def _between(text, start, end):
    return text.partition(start)[2].partition(end)[0]
