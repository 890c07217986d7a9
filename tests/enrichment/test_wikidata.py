import json

import pytest

from tests.enrichment.wikidata_server import amount, in_language, item, moment, statement
from webapp.core import clock
from webapp.core.http import Session
from webapp.enrichment import wikibase
from webapp.enrichment import wikidata as stage
from webapp.enrichment.claims import Claim, StageFailed, Subject
from webapp.enrichment.fields import FIELDS
from webapp.enrichment.page_models import FetchedPage
from webapp.enrichment.pages import Reader

PAGE = "https://www.wikidata.org/wiki/Q1"


@pytest.fixture
def look_up(app):
    """Look a company up by Wikidata alone, without what is kept of earlier answers; returns the Subject."""
    with Session() as session:

        def look_up(name="", domain="", country="", fields=tuple(FIELDS), claims=()):
            FetchedPage.delete().execute()
            subject = Subject(name, domain, country=country, claims=list(claims))
            stage.look_up(subject, Reader(session), fields=fields)
            return subject

        yield look_up


def said(subject):
    return {claim.field: claim.value for claim in subject.claims}


def halden(wikidata, **changes):
    """A company that has all that is looked for."""
    for id, label in {
        "Q10": "Oslo", "Q11": "Norway", "Q12": "furniture industry", "Q13": "Mara Lindqvist", "Q14": "Old Boss",
        "Q15": "Oslo Børs", "Q16": "chair", "Q17": "table", "Q4916": "euro", "Q18": "Ada Founder", "Q19": "A Fund",
    }.items():  # fmt: skip
        wikidata.add(id, label)
    claims = {
        "P31": item("Q4830453"),
        "P856": "https://www.halden.example/",
        "P571": moment(1998, 9, 4),
        "P159": statement(item("Q10"), P17=item("Q11")),
        "P17": item("Q11"),
        "P452": item("Q12"),
        "P169": [
            statement(item("Q14"), P580=moment(2001), P582=moment(2019)),
            statement(item("Q13"), P580=moment(2019, 4)),
        ],
        "P112": item("Q18"),
        "P1128": [statement(amount(900), P585=moment(2019)), statement(amount(1234), P585=moment(2025))],
        "P2139": statement(amount(62_000_000, "Q4916"), P585=moment(2025, 12)),
        "P414": statement(item("Q15"), P249="HALD"),
        "P1056": [item("Q16"), item("Q17")],
        "P1951": item("Q19"),
        "P4264": "halden-studio",
        "P2002": "haldenstudio",
        "P968": "mailto:post@halden.example",
        "P1329": "+47 22 12 34 56",
        "P1448": in_language("Halden Studio AS", "nb"),
    }
    options = {"description": "Norwegian furniture maker", "aliases": ["Halden"], **claims, **changes}
    return wikidata.add("Q1", "Halden Studio", **{name: one for name, one in options.items() if one is not None})


# ------------------------------------------------------------------ what it says


def test_what_wikidata_says_becomes_claims_in_words(wikidata, look_up):
    halden(wikidata)
    with clock.freeze(clock.now().replace(year=2026, month=6, day=1)):
        subject = look_up("Halden Studio AS", "halden.example")
    assert said(subject) == {
        "company_name": "Halden Studio",
        "legal_name": "Halden Studio AS",
        "description": "Norwegian furniture maker",
        "founded": "1998",
        "website": "https://www.halden.example/",
        "domain": "halden.example",
        "city": "Oslo",
        "country": "Norway",
        "industry": "Furniture industry",
        "products": "chair; table",
        "investors": "A Fund",
        "chief_executive": "Mara Lindqvist",
        "key_people": "Mara Lindqvist (chief executive); Ada Founder (founder)",
        "employees": "1234",
        "employee_range": "1001-5000",
        "revenue_range": "EUR 50–100 million",
        "linkedin": "https://www.linkedin.com/company/halden-studio",
        "social": "https://x.com/haldenstudio",
        "email": "post@halden.example",
        "phone": "+47 22 12 34 56",
        "ticker": "Oslo Børs: HALD",
    }
    quotes = {claim.field: claim.quote for claim in subject.claims}
    assert subject.best("founded") == Claim(
        "founded", "1998", PAGE, "Halden Studio: inception 4 September 1998", "wikidata", stage.SITE_AND_NAME
    )
    assert quotes["chief_executive"] == ("Halden Studio: chief executive officer Mara Lindqvist, since April 2019")
    assert quotes["employees"] == "Halden Studio: employees 1,234 (2025)"
    assert quotes["revenue_range"] == "Halden Studio: total revenue 62,000,000 euro (December 2025)"
    assert quotes["city"] == "Halden Studio: headquarters location Oslo"
    assert {(claim.source_url, claim.method) for claim in subject.claims} == {(PAGE, "wikidata")}


def test_a_company_takes_three_questions(wikidata, look_up):
    halden(wikidata)
    look_up("Halden Studio", "halden.example")
    assert [(one["action"], one.get("props")) for one in wikidata.asked] == [
        ("query", None), ("wbgetentities", "labels|aliases|descriptions|claims"), ("wbgetentities", "labels"),
    ]  # fmt: skip


def test_only_what_was_asked_for_is_claimed(wikidata, look_up):
    halden(wikidata)
    assert set(said(look_up("Halden Studio", "halden.example", fields=("city", "founded")))) == {"city", "founded"}


def test_deprecated_and_unknown_statements_say_nothing_and_preferred_ones_come_first(wikidata, look_up):
    halden(
        wikidata,
        P571=[statement(moment(1900), "deprecated"), statement("somevalue"), statement(moment(2004))],
        P452=[statement(item("Q16")), statement(item("Q12"), "preferred")],
        P1128=statement("novalue"),
        P169=statement(item("Q13"), "deprecated"),
    )
    found = said(look_up("Halden Studio", "halden.example"))
    assert found["founded"] == "2004" and found["industry"] == "Furniture industry"
    assert "employees" not in found and "chief_executive" not in found


@pytest.mark.parametrize(("when", "value"), [(moment(1990, precision=8), None), (moment(1800, precision=7), None),
                                             (moment(-200), None), (moment(1990, 5), "1990")])  # fmt: skip
def test_a_year_is_claimed_only_where_wikidata_knows_it(wikidata, look_up, when, value):
    halden(wikidata, P571=when)
    assert said(look_up("Halden Studio", "halden.example")).get("founded") == value


def test_whoever_leads_the_company_now_is_its_chief(wikidata, look_up):
    halden(wikidata, P169=[statement(item("Q14"), P580=moment(2001)), statement(item("Q13"), P580=moment(2019))])
    assert said(look_up("Halden Studio", "halden.example"))["chief_executive"] == "Mara Lindqvist"
    halden(wikidata, P169=[item("Q13"), item("Q14")])  # which one now, it does not say
    assert "chief_executive" not in said(look_up("Halden Studio", "halden.example"))


def test_an_old_or_undated_number_is_less_sure(wikidata, look_up):
    def sure(said):
        halden(wikidata, P1128=said)
        return look_up("Halden Studio", "halden.example").best("employees").confidence

    year = clock.now().year
    this, earlier, old = (statement(amount(50), P585=moment(when)) for when in (year, year - 4, year - 9))
    assert sure(this) > sure(earlier) > sure(amount(50)) > sure(old)


@pytest.mark.parametrize(
    ("number", "said_as"),
    [(999_999, "under USD 1 million"), (1_000_000, "USD 1–10 million"), (700_000_000, "USD 500 million–1 billion"),
     (2_000_000_000, "USD 1–10 billion"), (40_000_000_000, "over USD 10 billion")],
)  # fmt: skip
def test_revenue_is_a_range_with_its_currency(wikidata, look_up, number, said_as):
    wikidata.add("Q4917", "United States dollar")
    halden(wikidata, P2139=statement(amount(number, "Q4917"), P585=moment(2025)))
    assert said(look_up("Halden Studio", "halden.example"))["revenue_range"] == said_as


def test_names_that_have_no_english_are_taken_in_another_language(wikidata, look_up):
    halden(wikidata)
    wikidata.add("Q13", "Mara Lindqvist", language="mul")
    wikidata.add("Q10", "Kristiania", language="nb")
    found = said(look_up("Halden Studio", "halden.example"))
    assert found["chief_executive"] == "Mara Lindqvist" and found["city"] == "Kristiania"


# ------------------------------------------------------------- which item it is


@pytest.mark.parametrize(
    "site",
    ["http://halden.example", "https://halden.example/", "https://www.halden.example", "http://www.halden.example/"],
)
def test_a_company_is_known_by_its_official_website_however_that_is_written(wikidata, look_up, site):
    halden(wikidata, P856=[statement("https://halden-old.example/", P582=moment(2010)), statement(site)])
    subject = look_up("", "halden.example")
    assert said(subject)["city"] == "Oslo" and said(subject)["website"] == site
    assert subject.best("city").confidence == stage.SITE


def test_a_website_below_the_domain_needs_the_name_too(wikidata, look_up):
    halden(wikidata, P856="https://about.halden.example/company")
    assert look_up("Halden", "halden.example").best("city").confidence == stage.PAGE_AND_NAME
    assert not look_up("Something else", "halden.example").claims


def test_a_website_that_is_no_longer_theirs_is_not(wikidata, look_up):
    halden(wikidata, P856=statement("https://www.halden.example/", P582=moment(2015)))
    assert not look_up("", "halden.example").claims
    halden(wikidata, P856=statement("https://www.halden.example/", "deprecated"))
    assert not look_up("", "halden.example").claims


def test_of_several_items_with_one_website_the_company_is_taken(wikidata, look_up):
    site = {"P856": "https://www.halden.example/"}
    wikidata.add("Q2", "Halden Chair", P1056=item("Q16"), **site)
    wikidata.add("Q3", "Mara Lindqvist", P31=item("Q5"), P4264="mara", **site)
    halden(wikidata)
    assert said(look_up("", "halden.example"))["city"] == "Oslo"
    assert said(look_up("Halden Studio", "halden.example"))["city"] == "Oslo"


def test_two_companies_with_one_website_are_told_apart_only_by_the_name(wikidata, look_up):
    wikidata.add("Q2", "Nord Works", P856="https://halden.example/", P452=item("Q16"))
    wikidata.add("Q3", "Syd Works", P856="https://halden.example/", P452=item("Q16"))
    assert not look_up("", "halden.example").claims
    assert said(look_up("Syd Works AB", "halden.example"))["company_name"] == "Syd Works"


def test_a_company_of_the_same_name_with_another_website_is_another(wikidata, look_up):
    halden(wikidata, P856="https://www.haldenfurniture.example/")
    assert not look_up("Halden Studio", "halden.example").claims


def test_the_same_name_and_the_same_label_under_another_ending_are_enough(wikidata, look_up):
    halden(wikidata, P856="https://www.halden.test/")
    assert look_up("Halden Studio", "halden.example").best("founded").confidence == stage.NAME_AND_LABEL


def test_a_name_alone_counts_when_only_one_company_has_it(wikidata, look_up):
    halden(wikidata, P856=None)
    assert look_up("Halden Studio AS").best("founded").confidence == stage.NAME
    assert look_up("halden").best("founded").confidence == stage.NAME  # also called so
    assert not look_up("Halden Studio Works").claims and not look_up("Hal").claims


def test_of_two_companies_with_a_name_the_one_in_the_country_is_taken(wikidata, look_up):
    halden(wikidata)
    wikidata.add("Q21", "Chile")
    wikidata.add("Q2", "Halden Studio", P17=item("Q21"), P452=item("Q12"))
    assert not look_up("Halden Studio").claims
    assert said(look_up("Halden Studio", country="Norway"))["city"] == "Oslo"
    assert said(look_up("Halden Studio", country="Chile"))["country"] == "Chile"
    assert not look_up("Halden Studio", country="Peru").claims


@pytest.mark.parametrize("changes", [{"P31": item("Q5")}, {"P31": item("Q4167410")}, {"P576": moment(2012)}])
def test_people_pages_about_names_and_companies_that_are_no_more_are_not_it(wikidata, look_up, changes):
    halden(wikidata, **changes)
    assert not look_up("Halden Studio").claims and not look_up("Halden Studio", "halden.example").claims


def test_an_item_that_was_merged_into_another_is_that_one(wikidata, look_up):
    halden(wikidata, P159=item("Q99"))
    wikidata.redirects["Q99"] = "Q10"
    assert said(look_up("Halden Studio", "halden.example"))["city"] == "Oslo"
    wikidata.redirects["Q77"] = "Q1"
    with Session() as session:
        found = wikibase.entities(["Q77", "Q5555"], Reader(session))
    assert set(found) == {"Q77", "Q1"} and found["Q77"] is found["Q1"]


def test_the_name_that_the_website_gave_is_looked_for_when_the_lead_has_none(wikidata, look_up):
    halden(wikidata, P856=None)
    claim = Claim("company_name", "Halden Studio", "https://halden.example/", "Halden Studio", "title", 70)
    assert look_up("", "halden.example", claims=[claim]).best("city").confidence == stage.NAME


# ------------------------------------------------------------------ when it fails


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((429, {}, ""), "Wikidata could not be asked: the server said 429 Too Many Requests."),
        ((500, {}, ""), "Wikidata could not be asked: the server said 500 Internal Server Error."),
        ("<html>Sorry</html>", "Wikidata could not be asked: the answer was none of its API."),
        ("[" * 100_000, "Wikidata could not be asked: the answer was none of its API."),
        ('{"error": {"info": "Waiting."}}', "Wikidata could not be asked. It said: Waiting."),
        ("", "Wikidata could not be asked: the answer was empty."),
        ("x" * 2_500_000, "Wikidata could not be asked: the answer was too long."),
    ],
)
def test_a_wikidata_that_fails_is_told_in_a_sentence(wikidata, look_up, answer, sentence):
    wikidata.failing = answer
    with pytest.raises(StageFailed) as failed:
        look_up("Halden Studio", "halden.example")
    assert str(failed.value) == sentence


FOUND = {"query": {"search": [{"title": "Q1"}]}}
VALUE = {"snaktype": "value", "datavalue": 9}
WRONG = [
    [], {}, "", None, 1, {"query": []}, {"query": {"search": {}}}, {"query": {"search": [1, {"title": 3}]}},
    {"search": [{"id": "Q1"}, 7], **FOUND, "entities": {"Q1": 5}}, {**FOUND, "entities": [1]},
    {**FOUND, "entities": {"Q1": {"id": "Q1", "labels": [], "claims": {"P856": 3}}}},
    {**FOUND, "entities": {"Q1": {"id": "Q1", "aliases": {"en": 1}, "labels": {"en": 1}, "claims": {
        "P856": [1, {"mainsnak": 2}], "P571": [{"mainsnak": VALUE, "qualifiers": {"P580": 1}}]}}}},
]  # fmt: skip


@pytest.mark.parametrize("answer", WRONG)
def test_answers_of_other_shapes_say_nothing_and_break_nothing(wikidata, look_up, answer):
    wikidata.failing = json.dumps(answer)
    assert not look_up("Halden", "halden.example").claims
