"""How well enrichment does, by field, by stage and over time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.enrichment.claimed import claim, look_up
from webapp.core.clock import freeze
from webapp.enrichment import companies, facts
from webapp.enrichment.models import Fact, WaterfallStage
from webapp.enrichment.quality import coverage

WEBSITE, WIKIDATA, MODEL = WaterfallStage
ASKED = {WEBSITE: ["city", "industry"], WIKIDATA: ["city"]}
DAY = datetime(2026, 11, 4, 12, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def looked_up(cast):
    def look(member, domain, *claims):
        company = companies.company_of(member.workspace, domain=domain)
        return look_up(member, company, *claims, asked=ASKED)

    return look


def test_coverage_counts_a_company_once_for_a_field_and_each_stage_for_itself(cast, looked_up):
    looked_up(cast.alice, "a.example", claim("city", "Oslo"), claim("city", "Oslo", 70, "wikidata"))
    looked_up(cast.alice, "b.example", claim("city", "Moss", 70, "wikidata"))
    looked_up(cast.charlie, "c.example", claim("industry", "Printing"))
    told = coverage(cast.acme, date(2020, 1, 1))
    fields = {line.name: line for line in told.fields}
    assert len(fields) == 29
    assert (fields["city"].asked, fields["city"].found, fields["city"].coverage) == (2, 2, 100)
    assert (fields["industry"].asked, fields["industry"].coverage, fields["ticker"].coverage) == (2, 0, None)
    stages = {line.name: line for line in told.stages}
    assert (stages[WEBSITE].asked, stages[WEBSITE].found, stages[WEBSITE].coverage) == (4, 1, 25)
    assert (stages[WIKIDATA].coverage, stages[MODEL].coverage) == (100, None)
    assert told.by_stage[WIKIDATA]["city"].found == 2 and told.by_stage[WEBSITE]["city"].found == 1
    assert (told.total.asked, told.total.found) == (4, 2)


def test_acceptance_is_of_what_somebody_decided(cast, looked_up):
    for domain in ("a.example", "b.example", "c.example"):
        looked_up(cast.alice, domain, claim("city", "Oslo"))
    first, second, third = Fact.select().order_by(Fact.id)
    facts.keep_fact(cast.bob, first)
    facts.keep_fact(cast.bob, second)
    facts.reject(cast.bob, third)
    told = coverage(cast.acme, date(2020, 1, 1))
    city = next(line for line in told.fields if line.name == "city")
    assert (city.accepted, city.rejected, city.acceptance) == (2, 1, 67)
    assert (told.stages[0].acceptance, told.stages[1].acceptance) == (67, None)


def test_a_short_span_is_told_by_days_without_gaps(cast, looked_up):
    for ago in (0, 2, 40):
        with freeze(DAY - timedelta(days=ago)):
            looked_up(cast.alice, f"{ago}.example", claim("city", "Oslo"))
    with freeze(DAY):
        told = coverage(cast.acme, DAY.date() - timedelta(days=3))
    assert not told.weekly and [(line.label, line.asked) for line in told.times] == [
        ("1 Nov 2026", 0), ("2 Nov 2026", 2), ("3 Nov 2026", 0), ("4 Nov 2026", 2),
    ]  # fmt: skip
    assert told.total.asked == 4


def test_a_long_span_is_told_by_weeks_from_their_mondays(cast, looked_up):
    for ago in (0, 2, 9):
        with freeze(DAY - timedelta(days=ago)):
            looked_up(cast.alice, f"{ago}.example", claim("city", "Oslo"))
    with freeze(DAY):
        told = coverage(cast.acme, DAY.date() - timedelta(days=90))
    assert told.weekly and len(told.times) == 14
    assert [(line.name, line.asked) for line in told.times[-2:]] == [(date(2026, 10, 26), 2), (date(2026, 11, 2), 4)]


def test_a_workspace_without_a_job_has_nothing_to_tell(cast):
    with freeze(DAY):
        told = coverage(cast.acme, DAY.date())
    assert told.total.coverage is None and told.total.acceptance is None and len(told.times) == 1
