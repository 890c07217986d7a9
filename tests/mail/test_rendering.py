from email import message_from_bytes, policy

import pytest

from tests import factories
from webapp.core.errors import Invalid
from webapp.leads.models import Lead
from webapp.mail import addresses, files, merging
from webapp.mail.rendering import Message

URL = "http://galena.test/u/token"


def message(**fields):
    values = {
        "sender_name": "Alice", "reply_to": "alice@acme.example", "subject": "Hi", "body": "Hello",
        "workspace_name": "Acme",
    }  # fmt: skip
    return Message(**{**values, **fields})


def parsed(mail):
    return message_from_bytes(mail.raw, policy=policy.default)


def lead(**fields):
    return Lead(**{"email": "gina@globex.example", "first_name": "Gina", "company": "Globex", **fields})


def test_headers_and_parts_are_what_receivers_expect(app):
    mail = message(subject="For {{first_name}}", body="Hi {{first_name}},\n\nhow is {{company}}?").to(lead(), URL)
    read = parsed(mail)
    assert read["From"] == "Alice <hello@galena.test>" and read["To"] == "Gina <gina@globex.example>"
    assert read["Reply-To"] == "alice@acme.example" and read["Subject"] == "For Gina" and read["Date"].datetime
    assert read["Message-ID"] == f"<{mail.message_id}>" and mail.message_id.endswith("@galena.test")
    assert read["List-Unsubscribe"] == f"<{URL}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = read.get_body(("plain",)).get_content(), read.get_body(("html",)).get_content()
    assert "how is Globex?" in text and URL in text and "Acme may be relevant to Globex" in text
    assert "<p>how is Globex?</p>" in html and f'href="{URL}"' in html
    assert not read.defects and all(not part.defects for part in read.walk())


def test_the_postal_address_stands_at_the_foot_of_both_parts_where_one_is_set(app):
    read = parsed(message(postal_address=" Main Street 1 \r\n\r\n10115 <Berlin>\n").to(lead(), URL))
    text, html = read.get_body(("plain",)).get_content(), read.get_body(("html",)).get_content()
    lines = ["Unsubscribe:", URL, "", "Acme", "Main Street 1", "10115 <Berlin>", ""]
    assert text.endswith("\r\n".join(lines))
    assert "Unsubscribe</a><br>Acme, Main Street 1, 10115 &lt;Berlin&gt;</p>" in html
    without = parsed(message(postal_address=" \n").to(lead(), URL))
    assert without.get_body(("plain",)).get_content().endswith(f"Unsubscribe:\r\n{URL}\r\n")
    assert "Unsubscribe</a></p>" in without.get_body(("html",)).get_content()


def test_every_line_ends_in_crlf_and_is_short(app):
    mail = message(subject="Ärger " * 40, body=("word " * 900 + "\r\n\r" + "Ünï" * 400)).to(lead(), URL)
    assert b"\n" not in mail.raw.replace(b"\r\n", b"") and b"\r" not in mail.raw.replace(b"\r\n", b"")
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    mail.raw.decode("ascii")


@pytest.mark.parametrize(
    "subject",
    [
        "plain", "Grüße aus Köln", "漢字 " * 40, "long " * 50, "x" * 400, "=?utf-8?b?trick?=", "emoji 🎉 end",
        "  two  blanks  ",
    ],
)  # fmt: skip
def test_any_subject_survives(app, subject):
    assert parsed(message(subject=subject).to(lead(), URL))["Subject"].strip() == subject.strip()


@pytest.mark.parametrize("name", ["Anna", "O'Neil, Jr.", 'the "boss"', "Jürgen Größe", "a\\b", "x@y", "=?q?="])
def test_any_name_survives(app, name):
    sender = parsed(message(sender_name=name).to(lead(), URL))["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (name, "hello@galena.test")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\0"])
def test_line_breaks_cannot_forge_headers(app, break_):
    evil = f"x{break_}Bcc: victim@example.org"
    for field in ("subject", "sender_name", "reply_to"):
        with pytest.raises(Invalid):
            message(**{field: evil}).to(lead(), URL)
    with pytest.raises(Invalid):
        message().to(lead(email=f"a@b.example{break_}Bcc: victim@example.org"), URL)
    mail = message(subject="{{first_name}} {{company}}").to(lead(first_name=evil, company=evil), URL)
    assert "Bcc" not in parsed(mail).keys()  # noqa: SIM118  a Message is not a dict


def test_values_are_escaped_in_the_html_and_plain_in_the_text(app):
    mail = message(body="Hi {{first_name}} & {{city|<nowhere>}}").to(lead(first_name='<script>"', city=""), URL)
    read = parsed(mail)
    html = read.get_body(("html",)).get_content()
    assert "Hi &lt;script&gt;&quot; &amp; &lt;nowhere&gt;" in html and "<script>" not in html
    assert 'Hi <script>" & <nowhere>' in read.get_body(("plain",)).get_content()


def test_what_a_value_says_is_never_a_tag_and_never_run(app):
    mail = message(body="{{first_name}} {% raw %} {{company}}").to(
        lead(first_name="{{company}}", company="{{7*7}}"), URL
    )
    text = parsed(mail).get_body(("plain",)).get_content()
    assert "{{company}} {% raw %} {{7*7}}" in text


def test_web_addresses_become_links_but_not_across_a_field(app):
    html = parsed(message(body="See https://a.example/x?a=1&b=2. And https://b.example/{{company}}").to(lead(), URL))
    html = html.get_body(("html",)).get_content()
    assert '<a href="https://a.example/x?a=1&amp;b=2">' in html and 'href="https://b.example' not in html


@pytest.mark.parametrize(
    ("company", "why"),
    [
        ("F5, Inc.", "may be relevant to F5, Inc. Not for you?"),
        ("Globex", "may be relevant to Globex. Not for you?"),
        ("", "may be relevant to you. Not for you?"),
    ],
)
def test_the_footer_has_one_full_stop_whatever_the_company_ends_in(app, company, why):
    read = parsed(message().to(lead(company=company), URL))
    for kind in ("plain", "html"):
        assert why in read.get_body((kind,)).get_content()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{nope}}", "{{nope}} is not a field we know. Choose one from Insert field: first_name, last_name"),
        ("{{ }}", "{{}} is not a field"),
        ("{{first_name", "not closed"),
        ("first_name}}", "not closed"),
        ("{{__class__}}", "{{__class__}} is not a field"),
    ],
)
def test_a_tag_that_means_nothing_is_refused_by_name(text, sentence):
    with pytest.raises(Invalid, match="field") as refusal:
        merging.parse(text, "body")
    assert sentence in str(refusal.value) and refusal.value.field == "body"


def test_fallbacks_are_written_for_what_is_empty(cast):
    person = factories.lead(cast.acme, first_name="", employees=1200)
    values = merging.values_of(person)
    parts = merging.parse("Hi {{ first_name | you there }}, {{employees}} {{city}}!")
    assert merging.fill(parts, values) == "Hi you there, 1,200 !"


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("gina@globex.example", "gina@globex.example"),
        ("gina@bücher.example", "gina@xn--bcher-kva.example"),
        ("o'neil+x@globex.example", "o'neil+x@globex.example"),
    ],
)
def test_addresses_as_every_server_takes_them(address, plain):
    assert addresses.ascii_address(address) == plain


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@b", "a b@c.example", "a@b@c.example", "jürgen@globex.example", "a..b@c.example", ".a@c.example",
     "a@c.example>", "<a@c.example", "x" * 65 + "@c.example", "a@" + "b" * 250 + ".example",
     "a@c.example\r\nRCPT TO:<d>"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Invalid):
        addresses.ascii_address(address)


CONDITION = "Hi,\n\n{{#if city}}\nI was in {{city}} once.\n{{else}}\nI travel a lot.\n{{/if}}\n\nBye"


@pytest.mark.parametrize(
    ("city", "said"), [("Bern", "Hi,\n\nI was in Bern once.\n\nBye"), ("", "Hi,\n\nI travel a lot.\n\nBye")]
)
def test_a_condition_asks_whether_there_is_something(app, city, said):
    made = message(subject="{{#if city}}{{city}}{{else}}Hello{{/if}}", body=CONDITION)
    for _ in range(2):  # made once, then kept
        read = parsed(made.to(lead(city=city), URL))
        assert read.get_body(("plain",)).get_content().replace("\r\n", "\n").startswith(f"{said}\n\n-- \n")
        assert read["Subject"] == (city or "Hello")
        assert said.split("\n\n")[1] in read.get_body(("html",)).get_content()


def test_conditions_stand_within_each_other_and_leave_one_blank_line(app):
    body = "A\n\n{{#if city}}{{#if region}}{{region}}{{/if}}{{#if country}} of {{country}}{{/if}}{{/if}}\n\nB"
    made = message(body=body)
    for fields, said in (
        ({"city": "x", "region": "r", "country": "c"}, "A\n\nr of c\n\nB"),
        ({"city": "x", "region": "r"}, "A\n\nr\n\nB"),
        ({"region": "r", "country": "c"}, "A\n\nB"),
    ):
        text = parsed(made.to(lead(**fields), URL)).get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert text.startswith(f"{said}\n\n-- ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{#if city}}x", "{{#if city}} is not closed. Write {{/if}} where it ends."),
        ("x{{/if}}", "There is no {{#if}} for this {{/if}}"),
        ("x{{else}}", "There is no {{#if}} for this {{else}}"),
        ("{{#if city}}a{{else}}b{{else}}c{{/if}}", "{{#if city}} has {{else}} twice"),
        ("{{#if town}}a{{/if}}", "{{town}} is not a field we know"),
        ("{{#if}}a{{/if}}", "is nothing we know"),
        ("{{#each city}}a{{/each}}", "{{#each city}} is nothing we know"),
        ("{{#if city}}" * 4 + "{{/if}}" * 4, "up to 3 deep"),
    ],
)
def test_a_mistyped_condition_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(Invalid) as refusal:
        merging.parse(text, "body")
    assert sentence in str(refusal.value) and refusal.value.field == "body"


def test_tags_within_their_own_condition_lack_nothing():
    found = merging.tags("{{#if city}}{{city}} {{region}}{{else}}{{country|x}}{{/if}} {{country}}")
    assert [(tag.name, tag.fallback) for tag in found] == [("region", ""), ("country", "")]


def test_the_signature_and_the_senders_name_stand_where_they_are_asked_for(app):
    made = message(
        subject="{{sender}} here {{signature}}", body="Hi\n\n{{signature}}", sender="bo@acme.example",
        sender_name="Bo & Co", signature="Bo <b>\r\nAcme {{first_name}}",
    )  # fmt: skip
    read = parsed(made.to(lead(), URL))
    assert read["From"].addresses[0].addr_spec == "bo@acme.example"
    assert read["Subject"] == "Bo & Co here Bo <b> Acme {{first_name}}"
    assert "Bo &lt;b&gt;<br>\r\nAcme {{first_name}}" in read.get_body(("html",)).get_content()
    assert "Bo <b>\r\nAcme {{first_name}}" in read.get_body(("plain",)).get_content()
    assert made.custom == set()


def test_the_preview_text_stands_hidden_at_the_top_of_the_html_only(app):
    read = parsed(message(preheader="A word for {{company|<you>}}").to(lead(company=""), URL))
    html = read.get_body(("html",)).get_content()
    body = html.partition("<body>")[2]
    assert body.lstrip().startswith('<div class="pre" style="display:none') and "A word for &lt;you&gt;</div>" in body
    assert "A word" not in read.get_body(("plain",)).get_content()
    assert 'class="pre"' not in parsed(message().to(lead(), URL)).as_string()


def test_attachments_come_back_byte_for_byte(app):
    files_ = [
        files.File("Preise für Köln.pdf", "application/pdf", bytes(range(256)) * 40),
        files.File("list.csv", "text/csv", "a;b\r\n\r\nü\n".encode()),
        files.File("x" * 110 + ".zip", "application/zip", b"PK"),
    ]
    made = message(attachments=files_, body="Hi {{first_name}}")
    for _ in range(2):
        mail = made.to(lead(), URL)
        read = parsed(mail)
        assert read.get_content_type() == "multipart/mixed" and not read.defects
        got = [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
               for part in read.iter_attachments()]  # fmt: skip
        assert got == [(each.name, each.mimetype, each.data) for each in files_]
        assert "Hi Gina" in read.get_body(("plain",)).get_content() and read.get_body(("html",))
        assert b"\n" not in mail.raw.replace(b"\r\n", b"") and max(map(len, mail.raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("name", ["a.exe", "A.SCR", "invoice.pdf.js", "x.html", "..\\..\\run.bat", "a.exe ", "a.lnk."])
def test_files_that_can_run_are_refused(name):
    with pytest.raises(Invalid, match="can run"):
        files.checked_name(name)


@pytest.mark.parametrize(
    ("name", "kept"), [("C:\\Users\\x\\a b.pdf", "a b.pdf"), ("../../etc/list", "list"), ("a\r\nb.txt", "ab.txt")]
)
def test_a_files_name_is_only_a_name(name, kept):
    assert files.checked_name(name) == kept


def test_a_follow_up_joins_the_mails_before_it(app):
    ids = [f"{number}{'x' * 60}@galena.test" for number in range(20)]
    read = parsed(message().to(lead(), URL, thread=ids, subject="Re: Hi"))
    assert read["Subject"] == "Re: Hi" and read["In-Reply-To"] == f"<{ids[-1]}>"
    assert read["References"].split() == [f"<{each}>" for each in ids] and not read.defects
