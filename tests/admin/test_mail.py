import pytest
from playhouse.test_utils import count_queries

from webapp.accounts.models import Notice, NoticeKind, NoticeState
from webapp.accounts.notices import owe
from webapp.admin import mail
from webapp.core.errors import Conflict
from webapp.core.jobs import huey


def failed(kind=NoticeKind.RESET, email="bob@example.org"):
    return Notice.create(kind=kind, email=email, state=NoticeState.FAILED, tries=5, error="550 no such user")


def test_a_captured_mail_is_shown_as_it_would_have_arrived(cast, admin, run_jobs):
    owe(NoticeKind.RESET, "bob@example.org")
    run_jobs()
    notice = Notice.get()
    page = admin.get(f"/admin/mail/{notice.id}").text
    assert "http://galena.test/reset-password/" in page and "did not leave the server" in page
    frame = admin.get(f"/admin/mail/{notice.id}/html")
    assert "http://galena.test/reset-password/" in frame.text and "sandbox" in frame.headers["Content-Security-Policy"]
    assert "Captured" in admin.get("/admin/mail").text


def test_nobody_but_a_site_admin_reads_it(cast, sign_in, run_jobs):
    owe(NoticeKind.RESET, "bob@example.org")
    run_jobs()
    notice = Notice.get()
    for member in (cast.bob, cast.charlie, cast.vera):
        client = sign_in(member)
        for path in ("", f"/{notice.id}", f"/{notice.id}/html"):
            assert client.get(f"/admin/mail{path}").status_code == 403
        assert client.post(f"/admin/mail/{notice.id}/again").status_code == 403


def test_a_failed_mail_says_why_and_is_tried_again(cast, admin, audited, run_jobs):
    notice = failed()
    assert "550 no such user" in admin.get("/admin/mail").text
    page = admin.get(f"/admin/mail/{notice.id}").text
    assert "It did not go out" in page and "Try again" in page
    assert admin.post(f"/admin/mail/{notice.id}/again").location == f"/admin/mail/{notice.id}"
    assert len(huey) == 1 and audited()[1:3] == ("notice.tried_again", "bob@example.org")
    run_jobs()
    again = Notice.get_by_id(notice.id)
    assert (again.state, again.tries, again.error) == (NoticeState.CAPTURED, 1, "")


def test_only_a_failed_mail_is_tried_again_and_once(cast, admin):
    notice = failed()
    admin.post(f"/admin/mail/{notice.id}/again")
    assert admin.post(f"/admin/mail/{notice.id}/again").status_code == 409
    with pytest.raises(Conflict):  # from a page that was opened before
        mail.try_again(notice, actor=cast.alice, address="")
    assert len(huey) == 1


def test_a_failed_sign_up_is_not_tried_again(cast, admin):
    notice = failed(kind=NoticeKind.SIGN_UP, email="dora@example.org")
    page = admin.get(f"/admin/mail/{notice.id}").text
    assert "Ask the person to sign up again" in page and "Try again</button>" not in page
    assert admin.post(f"/admin/mail/{notice.id}/again").status_code == 409


def test_mail_is_found_by_address_and_state(cast, admin):
    failed()
    owe(NoticeKind.RESET, "charlie@example.org")
    assert "charlie@" not in admin.get("/admin/mail?q=BOB").text
    assert "bob@" not in admin.get("/admin/mail?state=queued").text
    assert "charlie@" in admin.get("/admin/mail?state=made-up").text
    assert "No mail like that" in admin.get("/admin/mail?q=zzz").text


def test_a_mail_without_bytes_has_nothing_to_frame(cast, admin):
    assert admin.get(f"/admin/mail/{failed().id}/html").status_code == 404
    assert admin.get("/admin/mail/999").status_code == 404


@pytest.mark.parametrize("many", [1, 80])
def test_a_longer_list_asks_no_more_questions(cast, admin, many):
    for number in range(many):
        failed(email=f"person{number}@example.org")
    admin.get("/admin/mail")
    with count_queries() as counted:
        page = admin.get("/admin/mail").text
    assert counted.count <= 4 and (many < 80 or 'rel="next"' in page)
