"""The text of a mail is found among its parts, and the rest is listed."""

from email.message import EmailMessage

import pytest

from webapp.inbox.bodies import LONGEST
from webapp.inbox.html_text import text_of_html
from webapp.inbox.parsed import Attachment
from webapp.inbox.parsing import parse


def mail(kind, body, encoding="8bit"):
    return f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode() + body


@pytest.mark.parametrize(
    "charset, body",
    [
        ("utf-8", "Grüße".encode()),
        ("iso-8859-1", "Grüße".encode("latin-1")),
        ("us-ascii", "Grüße".encode()),
        ("us-ascii", "Grüße".encode("cp1252")),
        ("iso-8859-1", "Grüße".encode()),  # says one thing and is another
        ("utf-8", "Grüße".encode("cp1252")),
        ("nonsense", "Grüße".encode()),
        ("utf-16", "Grüße".encode("utf-16")),
        ('"iso-8859-15"', "Grüße".encode("iso-8859-15")),
        ("rot13", "Grüße".encode()),
        ("", "Grüße".encode()),
        ("a\0b", "Grüße".encode()),
    ],
)
def test_text_is_decoded_whatever_its_charset_says(charset, body):
    assert parse(mail(f"text/plain; charset={charset}", body)).text == "Grüße"


@pytest.mark.parametrize(
    "encoding, body",
    [
        ("quoted-printable", b"Gr=C3=BC=\n=C3=9Fe"),
        ("base64", b"R3LDvMOfZQ=="),
        ("base64", b"R3LDvMOfZQ"),
        ("BASE64 ", b"R3LD\nvMOfZQ==\n"),
        ("nonsense", "Grüße".encode()),
    ],
)
def test_text_is_decoded_however_it_was_encoded(encoding, body):
    assert parse(mail("text/plain; charset=utf-8", body, encoding)).text == "Grüße"


def test_no_text_has_what_a_database_does_not_take():
    assert parse(mail("text/plain; charset=utf-7", b"a\0b\x07 +2AA-c")).text == "ab c"


def test_flowed_lines_are_joined():
    body = b"We would like to \nmeet.\n\n> Is your roof \n> tight?\n-- \nMara\n"
    text = parse(mail("text/plain; format=flowed", body)).text
    assert text == "We would like to meet.\n\n> Is your roof tight?\n-- \nMara"
    deleted = parse(mail("text/plain; format=flowed; delsp=yes", b"Don \naudampf\n"))
    assert deleted.text == "Donaudampf"


def whole():
    message = EmailMessage()
    message["Subject"] = "Offer"
    message.set_content("Please find it enclosed.\n")
    message.add_alternative("<p>Please find it enclosed.</p>", subtype="html")
    message.get_payload()[1].add_related(b"x" * 20_000, "image", "png", cid="<shot>", filename="shot.png")
    message.get_payload()[1].add_related(b"x" * 500, "image", "png", cid="<logo>", filename="logo.png")
    message.add_attachment(b"%PDF" + b"x" * 996, maintype="application", subtype="pdf", filename="Angebot für Sie.pdf")
    inner = EmailMessage()
    inner["Subject"] = "Before"
    inner.set_content("Inner words")
    message.add_attachment(inner)
    return message.as_bytes()


def test_the_parts_of_a_mail_are_told_apart_and_numbered_as_imap_does():
    found = parse(whole())
    assert found.text == "Please find it enclosed." and found.trouble == ""
    *files, inner = found.attachments
    assert files == [
        Attachment("shot.png", "image/png", 20_000, "1.2.2"),
        Attachment("Angebot für Sie.pdf", "application/pdf", 1000, "2"),
    ]
    assert inner.type == "message/rfc822" and inner.part == "3" and "Inner words" not in found.text


def test_a_mail_that_is_one_file_has_no_text():
    found = parse(mail('application/pdf; name="a/b.pdf"', b"QUJD", "base64"))
    assert found.text == "" and found.attachments == (Attachment("a_b.pdf", "application/pdf", 3, "1"),)


def test_an_invitation_is_listed():
    calendar = b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n"
    raw = b'Content-Type: multipart/alternative; boundary="x"\n\n--x\n\nPlease come.\n--x\n' + mail(
        "text/calendar; method=REQUEST", calendar
    )
    found = parse(raw + b"--x--\n")
    assert found.text == "Please come."
    assert [(one.name, one.type, one.part) for one in found.attachments] == [("invite.ics", "text/calendar", "2")]


def test_the_name_of_a_file_is_read_in_each_of_its_notations():
    for parameter in (
        b"filename*=utf-8''Gr%C3%BC%C3%9Fe.txt",
        b'filename="=?utf-8?q?Gr=C3=BC=C3=9Fe=2Etxt?="',
        b"filename*0*=utf-8''Gr%C3%BC; filename*1*=%C3%9Fe.txt",
        'filename="Grüße.txt"'.encode(),
    ):
        raw = b"Content-Type: text/plain\nContent-Disposition: attachment; " + parameter + b"\n\nx"
        assert parse(raw).attachments[0].name == "Grüße.txt", parameter


def test_text_that_only_says_that_there_is_html_is_passed_over():
    raw = b'Content-Type: multipart/alternative; boundary="x"\n\n--x\n\nYour program shows no HTML.\n--x\n' + mail(
        "text/html", b"<p>" + b"Long words of a real answer. " * 20 + b"</p>"
    )
    assert parse(raw + b"--x--\n").text.startswith("Long words")


def test_a_multipart_without_its_boundary_is_text():
    assert "Good morning" in parse(b"Content-Type: multipart/mixed\n\nGood morning").text
    assert "Good morning" in parse(b"Content-Type: multipart/mixed; boundary=x\n\nGood morning").text


def test_an_encrypted_mail_says_so():
    found = parse(b"Content-Type: application/pkcs7-mime; name=smime.p7m\n\nx")
    assert found.trouble == "This mail is encrypted." and found.text == ""


def test_a_long_text_is_cut_and_says_so():
    found = parse(mail("text/plain", b"word " * (LONGEST // 4)))
    assert len(found.text) == LONGEST and found.trouble.startswith("Only the first 500,000 characters")


def test_html_reads_like_its_page():
    html = (
        "<html><head><title>No</title><style>p{}</style></head><body><p>Hello&nbsp;Mara,</p><p>see <a "
        'href="https://kessler.example/dach">our roof</a> &amp; call<br>us: <a href="tel:1">030</a></p><ul><li>one'
        '<li>two</ul><div style="display:none">hidden</div><table><tr><td>A</td><td>B</td></tr></table>'
        '<p class="MsoNormal">x</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">y</p><pre>a\n  b</pre>'
        '<blockquote style="margin:0 0 0 40px">indented</blockquote><blockquote type="cite">quoted</blockquote>'
    )
    text, _ = text_of_html(html)
    assert text.split("\n") == [
        "Hello Mara,", "", "see our roof <https://kessler.example/dach> & call", "us: 030", "", "- one", "- two", "A B",
        "x", "", "y", "", "a", "  b", "", "indented", "", "> quoted",
    ]  # fmt: skip


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "table><tr><td", "font"])
def test_html_nested_deeper_than_any_page_is_text_all_the_same(tag):
    assert "words" in text_of_html(f"<{tag}>" * 20_000 + "words")[0]
