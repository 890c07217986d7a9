from webapp.inbox.models import Kind, Label

from .reports import BACK
from .understood import understood

HEAD = "From: fbl@isp.example\nTo: abuse@us.example\nSubject: FW: Hello\nMIME-Version: 1.0\n"


def complaint(kind="abuse", fields="", head_only=False):
    part = "text/rfc822-headers" if head_only else "message/rfc822"
    return (
        f'{HEAD}Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: X/1\nVersion: 1\n{fields}\n"
        f"--b\nContent-Type: {part}\n\n{BACK.format(to='jo@acme.example')}\n--b--\n"
    )


def test_a_complaint_names_who_complained_and_of_which_mail():
    got = understood(complaint(fields="Original-Rcpt-To: <Ed@acme.example>\n"))
    assert (got.kind, got.label) == (Kind.COMPLAINT, Label.COMPLAINT)
    assert got.complaint == ("ed@acme.example", ("<one@us.example>",))
    assert got.reason == "ed@acme.example reported a mail as spam."


def test_without_that_field_it_is_whom_the_mail_was_for():
    assert understood(complaint()).complaint.email == "jo@acme.example"
    assert understood(complaint(head_only=True)).complaint == ("jo@acme.example", ("<one@us.example>",))


def test_a_report_that_accuses_nobody_is_no_complaint():
    for kind in ("not-spam", "auth-failure", "dmarc"):
        got = understood(complaint(kind))
        assert got.complaint is None and got.kind == Kind.AUTO_REPLY


def test_microsofts_own_form_is_known():
    text = (
        "From: staff@hotmail.com\nTo: abuse@us.example\nSubject: complaint about message from "
        "192.0.2.1\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: message/rfc822\n\n'
        f"{BACK.format(to='jo@acme.example')}\n--b--\n"
    )
    assert understood(text).complaint == ("jo@acme.example", ("<one@us.example>",))
