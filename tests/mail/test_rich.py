"""Formatted messages: what is left of any HTML, the text part made from it, and what fields may do in it."""

import re
from html.parser import HTMLParser

import pytest

from webapp.core.errors import Invalid
from webapp.mail import rich

from .test_rendering import URL, lead, message, parsed

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<p onclick=alert(1)>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' JaVaScRiPt:alert(1)'>x</a>", "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "<a href='vbscript:x'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>", "<iframe src=https://evil.example></iframe>", "<style>*{}</style>",
    "<p style='position:fixed'>x</p>", "<form action=/x><input name=a></form>", "<math><mi//xlink:href='data:x'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", "<!--><script>alert(1)</script>-->",
    "<a href=x target=_blank onfocus=alert(1) autofocus>x</a>", "<base href=//evil.example>",
    "<object data=x></object>",
    "<meta http-equiv=refresh content='0;url=//evil'>", "<link rel=stylesheet href=//evil>", "<p><p><p", "<<p>>x",
    "<div><b><i>x", "<template><script>x</script></template>", "<textarea></textarea><script>x</script>",
    "<xmp><img src=x onerror=alert(1)></xmp>", "<b onmouseover=alert(1)>x</b>", "\0<scr\0ipt>alert(1)</script>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>", "<a href='\x01javascript:alert(1)'>x</a>",
]  # fmt: skip


class Seen(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]


@pytest.mark.parametrize("html", HOSTILE)
def test_of_hostile_html_only_harmless_tags_are_left(app, html):
    sent = parsed(message(body=f"<p>Hello</p>{html}", is_rich=True).to(lead(), URL))
    page = sent.get_body(("html",)).get_content().partition("<body>")[2]
    seen = Seen(page.partition('<p class="foot">')[0])
    assert set(seen.tags) <= rich.TAGS
    for tag, name, value in seen.attributes:
        assert (tag, name) == ("a", "href") and not re.match(
            r"\s*(javascript|data|vbscript)", value or "", re.IGNORECASE
        )
    assert "alert" not in sent.get_body(("plain",)).get_content().replace("alert(1)>", "") or "<script" not in page


def test_a_rich_message_has_both_parts(app):
    body = (
        "<h2>Hi {{first_name|there}}</h2><div>See <b>our</b> <a href='https://a.example/x?a=1&b=2'>page</a>.<br>Now</div>"
        "<ul><li>one</li><li>two</li></ul><ol><li>first</li></ol><blockquote>said</blockquote>"
    )
    sent = parsed(message(body=body, is_rich=True).to(lead(first_name="G&na"), URL))
    html, text = sent.get_body(("html",)).get_content(), sent.get_body(("plain",)).get_content()
    assert "<h2>Hi G&amp;na</h2>" in html and "<p>See <strong>our</strong> <a href=" in html
    expected = "Hi G&na\n\nSee our page (https://a.example/x?a=1&b=2).\nNow\n\n- one\n- two\n\n1. first\n\n> said"
    assert text.replace("\r\n", "\n").startswith(expected)


def test_values_cannot_bring_tags_into_a_rich_message(app):
    sent = message(body="<p>{{first_name}} {{company|R&amp;D}}</p>", is_rich=True).to(
        lead(first_name="<img src=x>", company=""), URL
    )
    assert "<p>&lt;img src=x&gt; R&amp;D</p>" in parsed(sent).get_body(("html",)).get_content()
    assert "<img src=x> R&D" in parsed(sent).get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("website", "href"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("a.example", "https://a.example"),
        ("javascript:alert(1)", "https://b.example"),
        ("data:text/html,x", "https://b.example"),
        ('https://a.example/"onclick="x', "https://a.example/&quot;onclick=&quot;x"),
        ("", "https://b.example"),
    ],
)
def test_a_field_as_the_address_of_a_link_leads_only_to_an_address(app, website, href):
    body = '<p><a href="{{website|b.example}}">here</a></p>'
    sent = parsed(message(body=body, is_rich=True).to(lead(website=website), URL))
    assert f'<a href="{href}">here</a>' in sent.get_body(("html",)).get_content()


def test_a_field_within_an_address_is_quoted(app):
    body = '<p><a href="https://a.example/?c={{company}}&x=1">here</a></p>'
    sent = parsed(message(body=body, is_rich=True).to(lead(company="R&D, Köln/1"), URL))
    assert '"https://a.example/?c=R%26D%2C%20K%C3%B6ln%2F1&amp;x=1"' in sent.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('<a href="java{{city|script:alert(1)}}">x</a>', "begins with https://"),
        ('<a href="{{city}}javascript:alert(1)">x</a>', "begins with https://"),
        ('<a href="{{#if city}}https://a.example{{/if}}">x</a>', "no conditions"),
        ("<p>{{first<strong>_name</strong>}}</p>", "Formatting ends within {{first_name}}"),
    ],
)
def test_a_link_or_field_that_could_become_something_else_is_refused(app, body, sentence):
    with pytest.raises(Invalid) as refusal:
        message(body=body, is_rich=True)
    assert sentence in str(refusal.value) and refusal.value.field == "body"


def test_a_fallback_can_be_no_hostile_address_either(app):
    sent = message(body='<p><a href="{{website|javascript:alert(1)}}">x</a></p>', is_rich=True).to(
        lead(website=""), URL
    )
    assert "javascript" not in parsed(sent).get_body(("html",)).get_content()


def test_conditions_leave_no_empty_paragraphs_and_nothing_open(app):
    body = "<p>Hi</p><p>{{#if city}}</p><p>In <em>{{city}}</em></p><p>{{else}}</p>Here<p>{{/if}}</p><p>Bye</p>"
    made = message(body=body, is_rich=True)
    there = parsed(made.to(lead(city="Bern"), URL)).get_body(("html",)).get_content()
    none = parsed(made.to(lead(city=""), URL)).get_body(("html",)).get_content()
    assert "<p>Hi</p><p>In <em>Bern</em></p><p>Bye</p>" in there
    assert "<p>Hi</p>Here<p>Bye</p>" in none
    torn = message(body="<p>a {{#if city}}<strong>b</p><p>c{{/if}}</strong></p>", is_rich=True)
    for city in ("Bern", ""):
        page = parsed(torn.to(lead(city=city), URL)).get_body(("html",)).get_content()
        for tag in ("p", "strong"):
            assert page.count(f"<{tag}>") + page.count(f"<{tag} ") == page.count(f"</{tag}>")


def test_plain_text_becomes_formatted_and_says_the_same():
    assert rich.from_plain("Hi <you>,\n\na\nb") == "<p>Hi &lt;you&gt;,</p><p>a<br>b</p>"
    assert rich.text_of(rich.from_plain("Hi <you>,\n\na\nb")) == "Hi <you>,\n\na\nb"
