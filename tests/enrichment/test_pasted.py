"""Names and domains that people paste."""

import json
from pathlib import Path

import pytest

from webapp.core.errors import Conflict, Invalid
from webapp.enrichment import adding, jobs, pasted, queries
from webapp.enrichment.models import EnrichmentJob, EnrichmentResult

NAUGHTY = Path(__file__).parent.parent / "vendor/naughty-strings-1.0.0.json"


def keys(text):
    return [one.key for one in pasted.read(text)[0]]


def refused(text):
    return [(bad.number, bad.reason) for bad in pasted.read(text)[1]]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("Halden Studio", "name:halden studio"),
        ("halden.example", "domain:halden.example"),
        ("https://www.Stripe.com/de?x=1#top", "domain:stripe.com"),
        ("info@grafana.com", "domain:grafana.com"),
        ("1. Booking.com", "domain:booking.com"),
        ("Acme Inc.", "name:acme inc."),
        ("Node.js", "name:node.js"),
        ("Smith, Jones & Co.", "name:smith, jones & co."),
        ("Figma, figma.com", "domain:figma.com"),
        ("Figma\tfigma.com\tDesign", "domain:figma.com"),
        ("Figma;https://figma.com/", "domain:figma.com"),
        ("Figma\tDesign", "name:figma"),
        ("- ÄÖÜ GmbH; äöü.de", "domain:xn--4ca0bs.de"),
        ("日本電気株式会社", "name:日本電気株式会社"),
        ("Mo\0re \u202eAG", "name:mo re ag"),
        ("=HYPERLINK(1)", "name:=hyperlink(1)"),
    ],
)
def test_a_line_is_a_name_a_domain_or_both(line, key):
    assert keys(line) == [key]


def test_a_name_beside_its_domain_is_kept():
    assert pasted.read("Figma, figma.com")[0] == [pasted.Named("Figma", "figma.com")]


@pytest.mark.parametrize("line", ["---", "joe@gmail.com", "linkedin.com/company/halden", "@", "x" * 300])
def test_a_line_that_names_no_company_is_reported_with_its_number(line):
    ((number, reason),) = refused(f"\n{line}\n")
    assert number == 2 and reason.endswith(".") and keys(line) == []


def test_each_naughty_string_is_a_company_or_reported_and_never_an_error(cast):
    strings = [one for one in json.loads(NAUGHTY.read_text()) if one.strip()]
    job = jobs.new_job(cast.alice, "Naughty")
    added = adding.add_names(job, "\n".join(strings))
    assert added.companies + added.again + len(added.bad) >= len(strings) - 20, "but for those of invisible letters"
    assert EnrichmentJob.get_by_id(job.id).total == added.companies == EnrichmentResult.select().count()


def test_ten_thousand_lines_are_taken_and_one_more_is_not(cast):
    job = jobs.new_job(cast.alice, "Many")
    lines = [f"Company {number}" for number in range(pasted.MOST)]
    with pytest.raises(Invalid):
        adding.add_names(job, "\n".join([*lines, "One more"]))
    assert EnrichmentJob.get_by_id(job.id).total == 0
    assert adding.add_names(job, "\r\n".join(lines)) == (pasted.MOST, 0, ())
    assert EnrichmentJob.get_by_id(job.id).total == pasted.MOST
    first = queries.results(job).rows
    assert [row.name for row in first[:2]] == ["Company 0", "Company 1"]
    assert queries.results(job, cursor=queries.results(job).older).rows[0].name == "Company 50"


def test_of_lines_about_one_company_the_first_stays_and_pasting_again_adds_nothing(cast):
    job = jobs.new_job(cast.alice, "Twice")
    text = "Figma, figma.com\nwww.figma.com\nDesign tools, https://figma.com/about\nHalden\nHALDEN\n???"
    added = adding.add_names(job, text)
    assert (added.companies, added.again, len(added.bad)) == (2, 3, 1)
    assert [row.name for row in queries.results(job).rows] == ["Figma", "Halden"]
    assert adding.add_names(job, text)[:2] == (0, 5)
    assert EnrichmentJob.get_by_id(job.id).total == 2


def test_lines_of_which_none_can_be_used_are_refused_with_the_reason(cast):
    job = jobs.new_job(cast.alice, "None")
    for text in ("", " \n ", "---"):
        with pytest.raises(Invalid):
            adding.add_names(job, text)


def test_a_company_can_be_taken_out_until_the_job_starts(cast):
    job = jobs.new_job(cast.alice, "Less")
    adding.add_names(job, "One\nTwo")
    one, two = queries.results(job).rows
    adding.take_out(job, one.id)
    adding.take_out(job, one.id)
    job = queries.get_job(cast.alice, job.id)
    assert job.total == 1
    jobs.start(job)
    with pytest.raises(Conflict):
        adding.take_out(job, two.id)
