"""What sources say as values: cleaned, bounded, compared; strangers' texts break nothing."""

import json

import pytest

from tests import factories
from tests.enrichment.claimed import claim, enrich, look_up
from webapp.config import ROOT
from webapp.enrichment import companies
from webapp.enrichment.claims import METHODS
from webapp.enrichment.fields import FIELDS
from webapp.enrichment.models import Fact, Policy
from webapp.enrichment.values import LONGEST, SUMMARY, cleaned, key_of
from webapp.leads.models import Lead

NAUGHTY = json.loads(next((ROOT / "tests" / "vendor").glob("naughty-strings-*.json")).read_text())
HOSTILE = [
    "x" * 1_000_000, "x; " * 300_000, "9" * 5000, "https://" + "a" * 3000 + ".example", "a" + "\u0301" * 300,
    "\0", "a\0b", "\ud800", "a\ud800b", "\x1b[31mred\x07", "\u202egnp.exe", " \t\r\n ", "٣٤٥", "²", "-1", "1e9", "NaN",
    "https://user:pw@halden.example", "javascript:alert(1)", "data:text/html,x", "http://[::1", "http://\u2100.example",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("employees", "1,200", "1200"),
        ("employees", "1.200", "1200"),
        ("employees", "1 200 000", "1200000"),
        ("employees", "1.5", ""),
        ("employees", "about 20", ""),
        ("employees", "900000000", ""),
        ("founded", "1999", "1999"),
        ("founded", "3999", ""),
        ("founded", "99", ""),
        ("country", "Deutschland", "Germany"),
        ("country", "Atlantis", ""),
        ("website", "halden.example/", "https://halden.example/"),
        ("website", "javascript:alert(1)", ""),
        ("domain", "https://www.Halden.example/x", "halden.example"),
        ("domain", "linkedin.com", ""),
        ("email", "Info@Halden.example", "info@halden.example"),
        ("email", "info at halden", ""),
        ("phone", "+49 30 123456", "+49 30 123456"),
        ("phone", "call us", ""),
        ("linkedin", "https://www.linkedin.com/company/halden", "https://www.linkedin.com/company/halden"),
        ("linkedin", "https://halden.example", ""),
        ("last_funding", "2024-02-30", ""),
        ("last_funding", "2024-02", "2024-02"),
        ("funding_total", "$12m", "$12m"),
        ("funding_total", "a lot", ""),
        ("social", "https://x.com/halden; javascript:alert(1); x.com/halden", "https://x.com/halden"),
        ("technologies", "nginx;Django ; NGINX;;", "nginx; Django"),
        ("industry", " Printing\n and\tmedia ", "Printing and media"),
        ("industry", "n/a", ""),
        ("industry", "Unknown", ""),
        ("industry", None, ""),
        ("chief_executive", "Åsa\u202e Berg\0", "Åsa Berg"),
    ],
)  # fmt: skip
def test_a_value_is_kept_as_its_field_keeps_it_or_not_at_all(name, text, value):
    assert cleaned(name, text) == value


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("company_name", "Halden GmbH", "HALDEN"),
        ("company_name", "Limited", "LIMITED"),
        ("industry", "Print & media", "print media"),
        ("website", "https://www.halden.example/", "http://halden.example"),
        ("phone", "+49 30 123456", "+49-30-123456"),
        ("country", "Deutschland", "Germany"),
        ("employee_range", "51-200", "51–200"),
        ("key_people", "Ann; Bob", "bob; ann"),
    ],
)
def test_values_are_the_same_however_they_are_written(name, one, other):
    assert key_of(name, one) == key_of(name, other) != key_of(name, "Something else 7")


def test_a_long_summary_is_cut_between_words():
    text = cleaned("description", "many words " * 1000)
    assert len(text) <= SUMMARY and text.endswith(("many…", "words…"))


def test_whatever_a_page_says_every_value_is_bounded_and_can_be_kept(cast):
    company = companies.company_of(cast.acme, domain="globex.example", name="Globex")
    lead = factories.lead(cast.acme, domain="globex.example", origin_row=2)
    texts = [text for text in [*NAUGHTY, *HOSTILE] if text]
    methods = list(METHODS)
    for start in range(0, len(texts), 5):  # as many as are kept of a stage
        some = enumerate(texts[start : start + 5])
        claims = [claim(name, text, 90 - at, methods[at], quote=text) for at, text in some for name in FIELDS]
        enrich(cast.alice, company, *claims, policy=Policy.OVERWRITE)
        for fact in Fact.select():
            assert len(fact.value) <= 50 * 202 and len(fact.value_key) <= 200 and len(fact.quote) <= 500
            assert "\0" not in fact.value + fact.quote and fact.value.strip()
            assert FIELDS[fact.field].kind != "url" or fact.value.startswith(("https://", "http://"))
    fresh = Lead.get_by_id(lead.id)
    assert fresh.city and fresh.industry and len(fresh.city) <= LONGEST and fresh.domain == "globex.example"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "", None, "https://halden.example/" + "x" * 3000, "ftp://halden.example", "http://a b"],
)  # fmt: skip
def test_what_nobody_could_look_at_is_no_evidence(cast, url):
    company = companies.company_of(cast.acme, domain="globex.example")
    assert look_up(cast.alice, company, claim("city", "Oslo")._replace(source_url=url)) == {}


def test_fields_and_methods_that_there_are_not_are_left_out(cast):
    company = companies.company_of(cast.acme, domain="globex.example")
    odd = [claim("owner", "Eve"), claim("city", "Oslo", method="guess"), claim("city", "Moss", 10**9)]
    best = look_up(cast.alice, company, *odd)
    assert best["city"].value == "Moss" and best["city"].confidence == 100 and len(best) == 1
