"""The waterfall: which stage is asked for what, and what becomes of one that cannot work."""

import pytest

from tests.enrichment.claimed import claim
from webapp.enrichment import waterfall
from webapp.enrichment.claims import StageFailed, Subject
from webapp.enrichment.fields import FIELDS
from webapp.enrichment.models import WaterfallStage

WEBSITE, WIKIDATA, MODEL = WaterfallStage


@pytest.fixture
def stages(monkeypatch):
    """A function that lets the stages answer with what is given: claims, or a StageFailed; it returns what they are
    asked for, {stage: fields}.
    """
    modules = {WEBSITE: waterfall.website, WIKIDATA: waterfall.wikidata, MODEL: waterfall.model_stage}

    def answering(**answers):
        asked = {}

        def stage_of(stage):
            def look_up(subject, reader, *, fields, **budget):
                asked[stage] = list(fields)
                assert bool(budget) == (stage is MODEL)
                answer = answers.get(stage.value, [])
                if isinstance(answer, Exception):
                    raise answer
                subject.claims += answer

            return look_up

        for stage, module in modules.items():
            monkeypatch.setattr(module, "look_up", stage_of(stage))
        return asked

    return answering


def look_up(subject, fields, stages=tuple(WaterfallStage), report=lambda stage: None):
    nobody = {"reader": None, "settings": None, "workspace": None, "reference": "result:1"}
    waterfall.look_up(subject, stages=list(stages), fields=fields, report=report, **nobody)


def test_the_stages_are_asked_in_their_order_whatever_order_they_are_given_in(stages):
    asked, reported = stages(), []
    look_up(Subject("Halden"), ["city", "funding_stage"], [MODEL, WIKIDATA, WEBSITE], reported.append)
    assert list(asked) == reported == [WEBSITE, WIKIDATA, MODEL]


def test_a_stage_that_is_switched_off_is_not_asked(stages):
    asked = stages()
    look_up(Subject("Halden"), ["city"], [WIKIDATA])
    assert list(asked) == [WIKIDATA]


def test_what_is_known_well_enough_ends_it(stages):
    asked = stages(website=[claim("city", "Halden", 80), claim("industry", "Printing", 95)])
    subject = Subject("Halden")
    look_up(subject, ["city", "industry"])
    assert list(asked) == list(subject.asked) == [WEBSITE]


def test_two_that_agree_are_enough_where_one_alone_is_not(stages):
    once = claim("city", "Halden", 60)
    asked = stages(website=[once], wikidata=[claim("city", "halden", 60, "wikidata")])
    look_up(Subject("Halden", "halden.example"), ["city"])
    assert list(asked) == [WEBSITE, WIKIDATA]
    asked = stages(website=[once], wikidata=[once])  # the same page twice
    look_up(Subject("Halden", "halden.example"), ["city"])
    assert list(asked) == [WEBSITE, WIKIDATA, MODEL]


def test_the_model_is_asked_only_for_what_is_missing(stages):
    asked = stages(website=[claim("city", "Halden", 90)], wikidata=[claim("founded", "1999", 90, "wikidata")])
    look_up(Subject("Halden"), ["city", "founded", "competitors"])
    assert asked[WIKIDATA] == ["city", "founded"] and asked[MODEL] == ["competitors"]


def test_wikidata_is_not_asked_for_what_it_never_knows(stages):
    asked = stages(website=[claim("city", "Halden", 90)])
    look_up(Subject("Halden"), ["city", "technologies"])
    assert list(asked) == [WEBSITE, MODEL]


def test_a_claim_that_is_no_value_of_its_field_is_not_known(stages):
    asked = stages(website=[claim("founded", "long ago", 99)])
    look_up(Subject("Halden"), ["founded"])
    assert list(asked) == [WEBSITE, WIKIDATA, MODEL]


def test_a_stage_that_cannot_work_is_noted_and_the_next_one_runs(stages):
    asked = stages(website=StageFailed("The site took over 30 s."), wikidata=[claim("city", "Oslo", 90, "wikidata")])
    subject = Subject("Halden")
    look_up(subject, ["city"])
    assert list(asked) == [WEBSITE, WIKIDATA]
    assert subject.notes == {WEBSITE: "The site took over 30 s."} and subject.best("city").value == "Oslo"


def test_when_nothing_is_found_it_fails_with_the_reason(stages):
    stages(website=StageFailed("The site took over 30 s."))
    with pytest.raises(StageFailed, match="The site took over 30 s"):
        look_up(Subject("Halden"), list(FIELDS))


def test_nothing_found_without_a_failure_is_an_answer(stages):
    stages()
    look_up(Subject("Halden"), list(FIELDS))


def test_whoever_is_reported_to_may_end_it(stages):
    asked = stages()

    def cancelled(stage):
        if stage is WIKIDATA:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        look_up(Subject("Halden"), ["city"], report=cancelled)
    assert list(asked) == [WEBSITE]
