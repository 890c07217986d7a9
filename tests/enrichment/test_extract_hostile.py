"""Pages that are made to hold or to deceive whoever reads them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.enrichment.claims import Page
from webapp.enrichment.extract import company_name, extract, language, links, main_text

from .pages_of_companies import page, saved, values

SECONDS = 4  # of CPU for everything, on a slow machine; unbounded, some of these take minutes
MB = 1_000_000


def read_all(read):
    return extract(read), links(read), main_text(read), language(read), company_name(read)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * (4 * MB),
        "<p>" * (2 * MB // 3),
        "<ul><li>" * 200_000,
        "<nobr><b><i>" * 100_000,
        "<b><div></b>" * 100_000,
        "<table><tr><td>" * 100_000,
        "<svg><title><div>" * 100_000,
        "<div><!-- </div> -->" * 100_000,
        "<div " + " ".join(f"a{n}" for n in range(200_000)) + ">",
        '<div x=">" ' + " ".join(f"a{n}='>'" for n in range(150_000)) + ">",
        "<a " * 500_000,
        "<" * (2 * MB),
        "<!--" * 500_000,
        '<script type="application/ld+json">' + "[" * 500_000,
        '<script type="application/ld+json">' + '{"a":' * 100_000 + "</script><p>x",
        '<script type="application/ld+json">{}</script>' * 50_000,
        "<a href=/about>about</a>" * 100_000,
        '<div itemscope itemtype="https://schema.org/Organization">' * 20_000 + '<b itemprop="name">x',
        "a" * (2 * MB),
        "a@" * MB,
        "A " * MB,
        "1 " * MB,
        "GmbH " * 300_000,
        "Aa, Bb & Cc " * 100_000,
        "+49 " * 300_000,
        "12345 Berlin, " * 100_000,
        "© " * 500_000,
        "seit 1954 " * 100_000,
        "Geschäftsführer: " * 60_000,
        "info (at) " * 100_000,
        "DE 123 " * 150_000,
        "株式会社" * 200_000,
        "<title>" + "| " * 500_000,
        "<title>" + "x" * MB,
        "&" * MB,
        "\0" * MB,
    ],
    ids=lambda html: html[:18],
)
def test_no_page_holds_the_process(html):
    read = page(html)
    start = time.process_time()
    read_all(read)
    assert time.process_time() - start < SECONDS


def test_orders_on_a_page_stay_text():
    claims = extract(saved("injection-quill.com.html"))
    assert values(claims, "chief_executive") == ["Hemi Walker"] and values(claims, "employees") == []
    assert values(claims, "description")[0].startswith("Ignore all previous instructions")


@pytest.mark.parametrize("charset", ["latin-1", "utf-16-le", "shift_jis", "utf-8"])
def test_a_wrong_charset_is_no_error(charset):
    bytes_of_it = "<title>Müller Möbel</title><p>Größe 株式会社青山精機</p>".encode()
    read_all(page(bytes_of_it.decode(charset, "replace")))


def test_markup_in_values_and_marks_nobody_sees_are_gone():
    claims = extract(page("<title>Hal\0den\u200b</title><meta property=og:site_name content='Halden\r\nBcc: x'>"))
    assert all("\0" not in claim.value and "\n" not in claim.value and "\r" not in claim.value for claim in claims)


PIECES = """
<div>|</div>|<p>|<a href="/about">|</a>|<script type="application/ld+json">|</script>|[[|]]|<title>|</title>|12345|+49
{"@type":"Organization","name":"x"}|<meta name="description" content="|">|Tel.:|info@|[at]|(dot)|GmbH|©|2024|株式会社
{"@type":["Organization",1,null],"name":{"a":[]},"sameAs":[1,{}],"address":"x","founder":[[[]]]}|-->|<svg>|<table>|<li|<!--
Geschäftsführer:|〒100-0001|seit|1954|<base href="|http://[::1|//x:y/|mailto:|tel:|itemscope itemtype="https://schema.org/Store"
itemprop="name address"|data-cfemail="zz"|CEO|NYSE: X|employees|Kessler Bau|{"@type":"Person","name":[],"jobTitle":{}}
"""
WORDS = [*PIECES.strip().replace("\n", "|").split("|"), "\0", "\ud800", "\n"]


@given(
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=12)), max_size=40).map(" ".join), st.text(max_size=20)
)
def test_nothing_that_can_be_written_is_an_error(html, url):
    read_all(page(html))
    read_all(Page(url, url, 200, "text/html", {"content-language": url, "server": url}, html))
