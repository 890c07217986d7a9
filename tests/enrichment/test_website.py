import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.enrichment.wikidata_server import item
from webapp.core.http import Session
from webapp.enrichment import homes, website
from webapp.enrichment.claims import StageFailed, Subject
from webapp.enrichment.fields import FIELDS
from webapp.enrichment.page_models import FetchedPage
from webapp.enrichment.pages import Reader

ALL = tuple(FIELDS)


@pytest.fixture
def look_up(app, wikidata):
    """Look a company up by its website alone; returns the Subject."""
    with Session() as session:

        def look_up(fields=ALL, **known):
            FetchedPage.delete().execute()
            subject = Subject(**known)
            website.look_up(subject, Reader(session), fields=fields)
            return subject

        yield look_up


def page(title, body="", head="", language="en"):
    words = "We make chairs and tables of solid oak for offices and homes all over the north. " * 3
    return (
        f'<!doctype html><html lang="{language}"><head><title>{title}</title>{head}</head>'
        f"<body><main><h1>{title}</h1><p>{words}</p>{body}</main></body></html>"
    )


def link(path, text):
    return f'<a href="{path}">{text}</a> '


def refusal(look_up, **known):
    with pytest.raises(StageFailed) as failed:
        look_up(**known)
    return str(failed.value)


def pages_read(web):
    """The pages that were asked for, in order, without robots.txt and Wikidata."""
    return [one for one in web.asked if not one.endswith("/robots.txt") and not one.startswith("www.wikidata.org")]


# ------------------------------------------------------------------- the pages


HALDEN = {
    "halden.example/": page(
        "Halden Studio",
        link("/about", "About us") + link("/contact", "Contact") + link("/team", "Our team")
        + link("/impressum", "Imprint") + link("/blog", "Blog")
        + link("https://www.linkedin.com/company/halden-studio", "LinkedIn"),
    ),
    "halden.example/about": page("About us | Halden Studio", "<p>Halden Studio was founded in 1998 in Oslo.</p>"),
    "halden.example/contact": page("Contact | Halden Studio", "<p>post@halden.example, +47 22 12 34 56</p>"),
    "halden.example/team": page("Team | Halden Studio", "<p>Mara Lindqvist, CEO</p>"),
    "halden.example/impressum": page("Impressum", "<p>Halden Studio AS<br>Storgata 1<br>0155 Oslo<br>Norway</p>"),
}  # fmt: skip


def test_the_home_page_and_what_it_leads_to_is_read(web, look_up):
    web.pages.update(HALDEN)
    subject = look_up(domain="halden.example")
    assert pages_read(web) == [
        "halden.example/", "halden.example/about", "halden.example/contact", "halden.example/impressum",
        "halden.example/team",
    ]  # fmt: skip
    assert subject.best("email").value == "post@halden.example"
    assert subject.best("email").source_url == "https://halden.example/contact"
    assert subject.best("founded").value == "1998"
    assert subject.best("linkedin").value.endswith("linkedin.com/company/halden-studio")
    assert subject.name.startswith("Halden") and subject.domain == "halden.example"


def test_where_the_website_is_has_the_title_of_the_page_as_evidence(web, look_up):
    web.pages["halden.example/"] = (301, {"Location": "https://www.halden.example/en/"}, "")
    web.pages["www.halden.example/en/"] = page("Halden Studio")
    subject = look_up(name="Halden Studio AS", domain="halden.example")
    for field, value in (("website", "https://www.halden.example"), ("domain", "halden.example")):
        claim = subject.best(field)
        assert claim[1:5] == (value, "https://www.halden.example/en/", "Halden Studio", "domain")
        assert claim.confidence == homes.GIVEN


def test_only_pages_that_may_say_what_was_asked_for_are_read(web, look_up):
    web.pages.update(HALDEN)
    subject = look_up(domain="halden.example", fields=("linkedin",))
    assert {claim.field for claim in subject.claims} == {"linkedin"} and pages_read(web)[0] == "halden.example/"
    assert "halden.example/about" not in web.asked and "halden.example/team" not in web.asked


def test_no_more_than_six_pages_of_a_company_are_read(web, look_up):
    kinds = ("about", "contact", "team", "impressum")
    body = "".join(link(f"/{kind}{number}", kind) for kind in kinds for number in ("", "/more", "/again"))
    web.pages["halden.example/"] = page("Halden Studio", body)
    look_up(domain="halden.example")
    assert len(pages_read(web)) == website.PAGES


def test_a_page_that_leads_to_another_site_says_nothing_of_the_company(web, look_up):
    web.pages.update(HALDEN)
    web.pages["halden.example/contact"] = (302, {"Location": "https://forms.example/"}, "")
    web.pages["forms.example/"] = page("Forms", "<p>hello@forms.example</p>")
    assert not any("forms.example" in claim.value for claim in look_up(domain="halden.example").claims)


def test_a_page_that_cannot_be_read_does_not_stop_the_others(web, look_up):
    web.pages.update(HALDEN)
    web.pages["halden.example/about"] = (500, {}, "")
    web.pages["halden.example/robots.txt"] = "User-agent: *\nDisallow: /team"
    assert look_up(domain="halden.example").best("email").value == "post@halden.example"
    assert "halden.example/team" not in web.asked


def test_a_site_in_another_language_is_read_as_well(web, look_up):
    web.pages["kessler.example/"] = page(
        "Kessler Bau GmbH",
        link("/ueber-uns", "Über uns") + link("/kontakt", "Kontakt") + link("/impressum", "Impressum"),
        language="de",
    )  # fmt: skip
    web.pages["kessler.example/ueber-uns"] = page("Über uns", "<p>Seit der Gründung 1921 bauen wir.</p>", language="de")
    web.pages["kessler.example/kontakt"] = page("Kontakt", "<p>030 901820, info@kessler.example</p>", language="de")
    web.pages["kessler.example/impressum"] = page(
        "Impressum", "<p>Kessler Bau GmbH<br>Hauptstraße 5<br>10115 Berlin<br>Deutschland</p>", language="de"
    )
    subject = look_up(name="Kessler Bau", domain="kessler.example")
    assert len(pages_read(web)) == 4 and subject.best("email").value == "info@kessler.example"
    assert subject.best("legal_name").value == "Kessler Bau GmbH" and subject.best("city").value == "Berlin"


# --------------------------------------------------------------------- sitemaps


def sitemap(*urls, kind="urlset", each="url"):
    rows = "".join(f"<{each}><loc>{url}</loc></{each}>" for url in urls)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return (
        200,
        {"Content-Type": "application/xml"},
        f'{head}<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{kind}>',
    )


def test_where_the_home_page_leads_nowhere_the_sitemap_does(web, look_up):
    web.pages.update(HALDEN)
    web.pages["halden.example/"] = page("Halden Studio")
    web.pages["halden.example/sitemap.xml"] = sitemap(
        "https://halden.example/", "https://halden.example/blog/2024/about-oak", "https://halden.example/about",
        "https://halden.example/contact?a=1&amp;b=2", "https://elsewhere.example/team",
    )  # fmt: skip
    assert look_up(domain="halden.example").best("founded").value == "1998"
    assert pages_read(web) == ["halden.example/", "halden.example/sitemap.xml", "halden.example/about",
                               "halden.example/contact?a=1&b=2"]  # fmt: skip


def test_the_sitemap_that_robots_txt_names_is_taken_and_of_several_the_one_of_pages(web, look_up):
    web.pages.update(HALDEN)
    web.pages["halden.example/"] = page("Halden Studio")
    web.pages["halden.example/robots.txt"] = "User-agent: *\nAllow: /\nSitemap: https://halden.example/maps/all.xml"
    web.pages["halden.example/maps/all.xml"] = sitemap(
        "https://halden.example/maps/posts.xml", "https://halden.example/maps/pages.xml",
        kind="sitemapindex", each="sitemap",
    )  # fmt: skip
    web.pages["halden.example/maps/pages.xml"] = sitemap("https://halden.example/contact")
    assert look_up(domain="halden.example").best("email").value == "post@halden.example"
    assert "halden.example/maps/posts.xml" not in web.asked and "halden.example/sitemap.xml" not in web.asked


def test_of_a_huge_sitemap_the_beginning_is_read(web, look_up):
    web.pages.update(HALDEN)
    web.pages["halden.example/"] = page("Halden Studio")
    shop = (f"https://halden.example/shop/chairs/chair-{number}" for number in range(60_000))
    web.pages["halden.example/sitemap.xml"] = sitemap("https://halden.example/contact", *shop)
    assert look_up(domain="halden.example").best("email").value == "post@halden.example"
    assert len(pages_read(web)) == 3


@pytest.mark.parametrize(
    "answer",
    [(404, {}, ""), "<loc>", "<urlset>" * 1000, (200, {"Content-Type": "application/gzip"}, b"\x1f\x8b"),
     sitemap("not an address", "javascript:alert(1)", "https://[::1", "ftp://halden.example/about"),
     sitemap("https://halden.example/sitemap.xml", kind="sitemapindex", each="sitemap"),
     "<!DOCTYPE x [<!ENTITY a 'b'>]><urlset>&a;</urlset>"],
)  # fmt: skip
def test_a_sitemap_that_is_none_costs_nothing_else(web, look_up, answer):
    web.pages["halden.example/"] = page("Halden Studio")
    web.pages["halden.example/sitemap.xml"] = answer
    assert look_up(domain="halden.example").best("domain").value == "halden.example"
    assert len(pages_read(web)) == 2


# --------------------------------------------------------- which website it has


def test_the_domain_of_the_lead_counts_before_that_of_the_e_mail(web, look_up):
    web.pages.update({"halden.example/": page("Halden"), "other.example/": page("Other")})
    assert look_up(domain="halden.example", email="mara@other.example").domain == "halden.example"
    assert "other.example/" not in web.asked


@pytest.mark.parametrize("email", ["mara@halden.example", "mara@mail.halden.example", "Mara@EU.Halden.example"])
def test_without_a_domain_that_of_the_e_mail_is_taken(web, look_up, email):
    web.pages["halden.example/"] = page("Halden")
    subject = look_up(email=email)
    assert subject.domain == "halden.example" and subject.best("website").confidence == homes.OF_EMAIL


@pytest.mark.parametrize(
    "email", ["mara@gmail.com", "mara@mailinator.com", "mara@sub.mailinator.com", "mara", "mara@", ""]
)
def test_an_address_of_a_free_mail_or_throw_away_domain_names_no_company(web, look_up, email):
    web.pages.update({"gmail.com/": page("Gmail"), "mailinator.com/": page("Mailinator")})
    sentence = "There is no domain, e-mail address or company name to find a website by."
    assert refusal(look_up, email=email) == sentence and pages_read(web) == []


def test_a_website_that_calls_itself_otherwise_is_less_sure(web, look_up):
    web.pages["halden.example/"] = page("Nordic Oak Holding")
    sure = look_up(name="Halden Studio", domain="halden.example").best("domain").confidence
    assert sure == homes.GIVEN - homes.UNLIKE
    assert look_up(name="Halden", domain="halden.example").best("domain").confidence == homes.GIVEN
    assert look_up(name="Nordic Oak", domain="halden.example").best("domain").confidence == homes.GIVEN


def test_the_address_without_www_or_encryption_is_tried_where_there_is_nothing_else(web, look_up):
    web.pages["www.halden.example/"] = page("Halden")
    assert look_up(domain="halden.example").best("website").value == "https://www.halden.example"


def test_a_page_that_only_leads_on_is_followed_once(web, look_up):
    web.pages["halden.example/"] = '<meta http-equiv="Refresh" content="0; URL=/en/"><title>Halden</title>'
    web.pages["halden.example/en/"] = page("Halden Studio", link("/about", "About us"))
    assert look_up(domain="halden.example").best("website").source_url == "https://halden.example/en/"


# ------------------------------------------------------------------ where none is


PARKED = [
    "<title>halden.example</title><p>This domain is for sale! Inquire about this domain.</p>",
    '<title>halden.example</title><script src="https://img1.wsimg.com/parking-lander/x.js"></script>',
    "<html><head><script>window.onload=function(){window.location.href='/lander'}</script></head></html>",
    "<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>",
    "<title>Apache2 Ubuntu Default Page: It works</title>",
    "<title>Index of /</title><h1>Index of /</h1>",
    "<title>halden.example steht zum Verkauf</title><p>Die Domain halden.example steht zum Verkauf.</p>",
    "<title>Account Suspended</title>",
]


@pytest.mark.parametrize("home", PARKED)
def test_a_parked_domain_is_no_website(web, look_up, home):
    web.pages["halden.example/"] = home
    assert refusal(look_up, domain="halden.example") == "halden.example is parked: nobody has put a website there."


@pytest.mark.parametrize("market", ["www.hugedomains.com", "dan.com"])
def test_a_domain_that_leads_to_a_market_of_domains_is_parked(web, look_up, market):
    web.pages["halden.example/"] = (302, {"Location": f"https://{market}/halden"}, "")
    web.pages[f"{market}/halden"] = page("halden.example")
    assert "is parked" in refusal(look_up, domain="halden.example")


def test_a_company_that_writes_about_domains_for_sale_is_not_parked(web, look_up):
    words = "We help you when the domain you want is for sale, and when it is parked. " * 60
    web.pages["halden.example/"] = page("Halden Domains", f"<p>{words}</p>")
    assert look_up(domain="halden.example").domain == "halden.example"


def test_where_a_known_domain_is_parked_or_gone_the_website_is_searched(web, wikidata, look_up):
    wikidata.add("Q1", "Halden Studio", P856="https://haldenstudio.example/", P452=item("Q2"))
    web.pages["haldenstudio.example/"] = page("Halden Studio")
    web.pages["halden.example/"] = PARKED[0]
    assert look_up(name="Halden Studio", domain="halden.example").domain == "haldenstudio.example"
    del web.pages["halden.example/"]
    assert look_up(name="Halden Studio", email="mara@halden.example").domain == "haldenstudio.example"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((503, {}, ""), "the server said 503 Service Unavailable"),
        ((403, {}, ""), "the server said 403 Forbidden"),
        (lambda request: request.connection.close(), "halden.example hung up in the middle"),
        ((200, {"Content-Type": "application/pdf"}, b"%PDF-1.7"), "it is not a page (application/pdf)"),
        ((200, {"Content-Type": "application/json"}, "{}"), "it is not a page (application/json)"),
        ((200, {"Content-Type": "image/png"}, b"\x89PNG"), "it is not a page (image/png)"),
    ],
)
def test_a_site_that_is_down_or_no_page_is_told_and_nothing_else_is_guessed(web, look_up, answer, why):
    web.pages["halden.example/"] = answer
    web.pages["halden.example/robots.txt"] = ""
    web.pages["haldenstudio.com/"] = web.pages["other.example/"] = page("Halden Studio")
    known = {"name": "Halden Studio", "domain": "halden.example", "email": "mara@other.example"}
    assert refusal(look_up, **known) == f"halden.example was not read: {why}."
    assert "haldenstudio.com/" not in web.asked and "other.example/" not in web.asked


def test_a_site_that_forbids_reading_is_not_read_in_other_ways(web, look_up):
    web.pages["halden.example/robots.txt"] = "User-agent: *\nDisallow: /"
    web.pages["www.halden.example/"] = web.pages["halden.example/"] = page("Halden")
    sentence = "halden.example was not read: robots.txt says no."
    assert refusal(look_up, name="Halden", domain="halden.example") == sentence and pages_read(web) == []


def test_a_site_that_lets_no_programs_in_is_not_taken_for_parked(web, look_up):
    web.pages["halden.example/"] = "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue</p>"
    assert refusal(look_up, domain="halden.example") == "halden.example was not read: it lets no programs in."


def test_a_domain_that_does_not_exist_is_told(look_up):
    assert refusal(look_up, domain="halden.example") == "halden.example was not read: there is no halden.example."


# --------------------------------------------------------------- other domains


def test_a_rebrand_is_followed_only_where_the_name_agrees(web, look_up):
    web.pages["halden.example/"] = (301, {"Location": "https://nordicoak.example/"}, "")
    web.pages["nordicoak.example/"] = page("Halden Studio | Nordic Oak")
    subject = look_up(name="Halden Studio", domain="halden.example")
    assert subject.domain == "nordicoak.example" and subject.best("domain").confidence == homes.REDIRECTED
    web.pages["nordicoak.example/"] = page("Nordic Oak")
    sentence = "halden.example leads to nordicoak.example, which does not name Halden Studio."
    assert refusal(look_up, name="Halden Studio AS", domain="halden.example") == sentence


def test_the_same_name_under_another_ending_is_the_company(web, look_up):
    web.pages["halden.example/"] = (301, {"Location": "https://www.halden.test/"}, "")
    web.pages["www.halden.test/"] = page("Willkommen")
    assert look_up(domain="halden.example").domain == "halden.test"


def test_a_page_at_a_network_is_no_website_of_a_company(web, look_up):
    web.pages["halden.example/"] = (302, {"Location": "https://www.facebook.com/halden"}, "")
    web.pages["www.facebook.com/halden"] = page("Halden | Facebook")
    assert refusal(look_up, domain="halden.example") == "halden.example only leads to a page at facebook.com."


# ------------------------------------------------------------ searched, guessed


@pytest.fixture
def engine(web, settings):
    """A SearXNG whose results are in `engine.results`, as (title, url)."""
    settings(search_url="https://search.test")

    def engine(request):
        engine.asked.append(parse_qs(urlsplit(request.path).query)["q"][0])
        results = [{"title": title, "url": url, "content": ""} for title, url in engine.results]
        return 200, {"Content-Type": "application/json"}, json.dumps({"results": results})

    engine.asked, engine.results = [], []
    web.pages.services["search.test/search?"] = engine
    web.pages["search.test/"] = "hello"
    return engine


def test_a_name_is_searched_and_the_website_must_confirm_it(web, look_up, engine):
    engine.results = [
        ("Halden Studio | LinkedIn", "https://www.linkedin.com/company/halden"),
        ("Halden Studio - Wikipedia", "https://en.wikipedia.org/wiki/Halden"),
        ("A shop", "https://shop.example/brands/halden"),
        ("Halden Studio", "https://www.haldenstudio.example/en/about"),
    ]
    web.pages["shop.example/"] = page("The Shop")
    web.pages["en.wikipedia.org/"] = web.pages["www.linkedin.com/"] = page("Halden Studio")
    web.pages["www.haldenstudio.example/"] = web.pages["haldenstudio.example/"] = page("Halden Studio")
    subject = look_up(name="Halden Studio AS", country="Norway")
    assert engine.asked == ["Halden Studio AS Norway"] and subject.domain == "haldenstudio.example"
    assert subject.best("domain").confidence == homes.FOUND_SAME_LABEL
    assert all(claim.confidence <= homes.FOUND_SAME_LABEL for claim in subject.claims)
    assert "en.wikipedia.org/" not in web.asked and "www.linkedin.com/" not in web.asked


def test_what_is_found_but_named_otherwise_is_not_taken(web, look_up, engine):
    engine.results = [("Halden", "https://halden-oak.example/"), ("Halden", "https://other.example/")]
    web.pages.update({"halden-oak.example/": page("Oak of the North"), "other.example/": page("Halden Bank")})
    assert refusal(look_up, name="Halden Studio AS") == "No website was found that names Halden Studio."


def test_a_website_of_another_country_is_less_sure(web, look_up, engine):
    engine.results = [("Halden Studio", "https://halden.de/")]
    web.pages["halden.de/"] = page("Halden Studio")
    assert look_up(name="Halden Studio", country="Germany").best("domain").confidence == homes.FOUND_SAME
    abroad = look_up(name="Halden Studio", country="Norway").best("domain").confidence
    assert abroad == homes.FOUND_SAME - homes.ABROAD


def test_a_website_is_guessed_only_where_the_page_confirms_the_name(web, look_up):
    web.pages["halden-studio.com/"] = page("Halden Studio")
    subject = look_up(name="Halden Studio AS")
    assert subject.domain == "halden-studio.com" and subject.best("domain").confidence == homes.GUESSED
    web.pages["halden-studio.com/"] = page("Somebody Else")
    assert "No website" in refusal(look_up, name="Halden Studio AS")
    web.pages["halden-studio.com/"] = "<title>Halden Studio</title>This domain is for sale."
    assert "No website" in refusal(look_up, name="Halden Studio AS")


def test_a_guess_at_the_countrys_own_ending_comes_first(web, look_up):
    web.pages.update({"haldenstudio.no/": page("Halden Studio"), "haldenstudio.com/": page("Halden Studio")})
    assert look_up(name="Halden Studio AS", country="Norway").domain == "haldenstudio.no"


def test_a_guess_by_one_word_is_too_vague_to_be_written_to_leads(web, look_up):
    web.pages.update({"halden.com/": page("Halden"), "halden.no/": page("Halden")})
    assert look_up(name="Halden").best("domain").confidence == homes.VAGUE
    assert look_up(name="Halden", country="Norway").best("domain").confidence == homes.GUESSED


def test_a_search_that_fails_is_no_end(web, look_up, engine):
    web.pages.services["search.test/search?"] = (500, {}, "")
    web.pages["haldenstudio.com/"] = page("Halden Studio")
    assert look_up(name="Halden Studio").domain == "haldenstudio.com"
