"""What pages say of their companies."""

import pytest

from webapp.enrichment.claims import METHODS, Page
from webapp.enrichment.extract import company_name, extract, language, links, main_text
from webapp.enrichment.fields import FIELDS

from .pages_of_companies import EXPECTED, page, saved, values

NAMED = [file for file, about in EXPECTED.items() if "company_name" in about["expected"]]
NOBODY = [file for file, about in EXPECTED.items() if "company_name" not in about["expected"]]


def test_most_companies_are_named_and_none_wrongly():
    names = {file: company_name(saved(file)) for file in NAMED}
    right = [file for file in NAMED if names[file] in EXPECTED[file]["expected"]["company_name"]]
    wrong = {file: name for file, name in names.items() if name and file not in right}
    assert not wrong and len(right) >= 0.84 * len(NAMED)


def test_the_language_of_nearly_every_page_is_known():
    right = [file for file in EXPECTED if language(saved(file)) == EXPECTED[file]["expected"]["language"]]
    assert len(right) >= 0.95 * len(EXPECTED), set(EXPECTED) - set(right)


@pytest.mark.parametrize("file", NOBODY)
def test_a_parked_domain_a_fresh_server_and_a_wall_say_nothing(file):
    assert extract(saved(file)) == [] and company_name(saved(file)) == ""


@pytest.mark.parametrize("file", NAMED)
def test_no_e_mail_phone_year_or_profile_is_another_ones(file):
    claims, expected = extract(saved(file)), EXPECTED[file]["expected"]
    for field in ("email", "phone", "founded", "linkedin", "employees", "country", "city"):
        for value in values(claims, field)[:1]:
            assert value in expected.get(field, []), (field, value)


@pytest.mark.parametrize("file", EXPECTED)
def test_every_claim_is_of_a_known_field_with_its_evidence(file):
    read = saved(file)
    for claim in extract(read):
        assert claim.field in FIELDS and claim.method in METHODS and 0 < claim.confidence <= 100
        assert claim.value.strip() == claim.value and claim.quote and claim.source_url == read.final_url
        assert len(claim.quote) <= 260 and "\n" not in claim.value


def test_a_phone_and_an_address_are_quoted_as_they_stand():
    claims = {claim.field: claim for claim in extract(saved("talleresibarra.es.html"))}
    assert "944 123 456" in claims["phone"].quote
    assert "48013 Bilbao" in claims["city"].quote


def test_one_malformed_block_loses_no_other():
    claims = extract(saved("broken-castellan.ie.html"))
    assert values(claims, "phone") == ["+353212345678"]


def test_what_is_no_page_says_nothing():
    for read in (
        Page("https://halden.example/", note="Not read, robots.txt says no"),
        Page("https://halden.example/", "https://halden.example/", 404, "text/html", {}, "<title>Halden</title>"),
        Page("https://halden.example/x.json", "https://halden.example/x.json", 200, "application/json", {}, "{}"),
    ):
        assert extract(read) == [] and company_name(read) == "" and language(read) == "" and not any(links(read))


def test_links_are_told_by_their_address_and_their_words_in_any_language():
    found = links(
        page(
            """<a href="/">Halden</a><a href="/das-sind-wir">Über uns</a><a href="kontakt.html#karte">Kontakt</a>
            <a href="/impressum">Rechtliches</a><a href="https://www.halden.example/team/">Wer?</a>
            <a href="/company">会社概要</a><a href="https://elsewhere.example/about">About</a>
            <a href="/preise.pdf">Preise</a>
            <a href="mailto:a@b.example">Mail</a><a href="javascript:x()">x</a><a href="/login">Login</a>
            <a href="/leistungen">Leistungen</a><link rel=alternate type="application/rss+xml" href="/feed.xml">"""
        )
    )
    assert set(found.about) == {"https://halden.example/das-sind-wir", "https://halden.example/company"}
    assert found.contact == ("https://halden.example/kontakt.html",)
    assert found.imprint == ("https://halden.example/impressum",)
    assert found.team == ("https://www.halden.example/team/",)
    assert found.other == ("https://halden.example/leistungen",)
    assert found.feeds == ("https://halden.example/feed.xml",)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ('<a href="mailto:Info@Halden.example?subject=x">Mail</a>', "info@halden.example"),
        ("info&#64;halden&#46;example", "info@halden.example"),
        ("info [at] halden.example", "info@halden.example"),
        ("info(at)halden(dot)example", "info@halden.example"),
        ("kontakt {ät} halden [punkt] example", "kontakt@halden.example"),
        ("contact at halden dot example", "contact@halden.example"),
        ('<b data-cfemail="5a33343c351a323b363e3f34743f223b372a363f">x</b>', "info@halden.example"),
    ],
)
def test_a_general_address_is_read_even_where_it_is_disguised(written, address):
    assert values(extract(page(f"<title>Halden</title><p>{written}</p>")), "email") == [address]


@pytest.mark.parametrize(
    "written",
    [
        "mara.lindqvist@halden.example",
        "noreply@halden.example",
        "jobs@halden.example",
        "hello@agency.example",
        "logo@2x.png",
        "you@example.com",
        "meet at noon dot",
    ],
)
def test_addresses_of_people_other_firms_and_robots_are_not_general(written):
    assert values(extract(page(f"<title>Halden</title><p>{written}</p>")), "email") == []


@pytest.mark.parametrize(
    ("href", "profile"),
    [
        (
            "https://de.linkedin.com/company/Halden-Studio/about/?trk=x",
            "https://www.linkedin.com/company/halden-studio",
        ),
        ("//www.linkedin.com/company/halden%20?x", "https://www.linkedin.com/company/halden"),
        ("https://www.linkedin.com/in/mara-lindqvist", None),
        ("https://www.linkedin.com/shareArticle?url=x", None),
        ("https://twitter.com/halden?lang=de", "https://x.com/halden"),
        ("https://twitter.com/intent/tweet?text=x", None),
        ("https://m.facebook.com/haldenstudio/?fref=ts", "https://www.facebook.com/haldenstudio"),
        ("https://www.facebook.com/sharer/sharer.php?u=x", None),
        ("https://www.youtube.com/@halden/videos", "https://www.youtube.com/@halden"),
        ("https://www.youtube.com/watch?v=x", None),
    ],
)
def test_profiles_are_written_in_one_way_and_sharing_is_none(href, profile):
    claims = extract(page(f'<title>Halden</title><a href="{href}">x</a>'))
    assert [claim.value for claim in claims if claim.field in ("linkedin", "social")] == ([profile] if profile else [])


def test_main_text_leaves_navigation_out():
    body = "<p>" + "Halden builds small and honest boats for the lakes of the north. " * 12 + "</p>"
    text = main_text(page(f"<nav><ul><li><a href=/x>Products</a></ul></nav><main><h1>Boats</h1>{body}</main>"))
    assert "honest boats" in text and "<p>" not in text and "Products" not in text
