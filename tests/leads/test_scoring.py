"""Scores: the rules of a workspace, and leads that follow these rules and whatever happens to them."""

import random
from datetime import UTC, datetime, timedelta

import pytest

import tasks
from tests import factories
from tests.imports.files import imported_from, run, table
from webapp.accounts.centers import create_center
from webapp.accounts.models import AuditEntry, User
from webapp.core import clock
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.leads import (
    bulk,
    custom,
    custom_fields,
    editing,
    merging,
    notes,
    pipeline,
    score_running,
    scoring,
    tags,
    todos,
)  # fmt: skip
from webapp.leads.bulk_kinds import KINDS
from webapp.leads.conditions import Condition
from webapp.leads.models import Lead, Stage
from webapp.leads.queries import get_lead
from webapp.leads.score_models import ScoreMark, ScoreRun
from webapp.leads.score_reading import clamped, rules_of, score_of, sentences, trials
from webapp.leads.score_running import run_of

DUE = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def rule(cast):
    """Makes a rule of Acme's: rule("country.is.Germany", 20)."""

    def rule(text, points, kind="fit"):
        return scoring.add_rule(cast.acme, kind, Condition.read(text), points, actor=cast.alice)

    return rule


@pytest.fixture
def settle(run_jobs):
    """Do what the sweep wakes, and everything that waits."""

    def settle():
        tasks.sweep.call_local()
        run_jobs()

    return settle


def score(lead):
    return Lead.get_by_id(lead.id).score


def why(cast, lead, fields=()):
    found = score_of(cast.alice, get_lead(cast.alice, lead.id), rules_of(cast.acme), fields)
    return found.total, [(reason.points, reason.words) for reason in found.reasons]


def test_a_rule_gives_its_points_to_all_who_meet_it_and_takes_them_back_when_it_goes(cast, rule, run_jobs):
    german, other = factories.lead(cast.acme, country="Germany"), factories.lead(cast.acme, country="Peru")
    elsewhere = factories.lead(cast.other, country="Germany")
    made = rule("country.is.Germany", 20)
    rule("country.filled", 5)
    run_jobs()
    assert (score(german), score(other), score(elsewhere)) == (25, 5, 0)
    scoring.change_rule(cast.acme, made, "fit", Condition.read("country.is.Peru"), 50, actor=cast.alice)
    run_jobs()
    assert (score(german), score(other)) == (5, 55)
    for one in rules_of(cast.acme):
        scoring.delete_rule(cast.acme, one, actor=cast.alice)
    scoring.delete_rule(cast.acme, made, actor=cast.alice)  # twice is harmless
    run_jobs()
    assert (score(german), score(other)) == (0, 0)
    assert AuditEntry.select().where(AuditEntry.action == "score.changed").count() == 5


def test_a_score_stays_between_0_and_100(cast, rule, run_jobs):
    lead, good = factories.lead(cast.acme, country="Germany"), factories.lead(cast.acme, city="Rome")
    rule("country.is.Germany", -30)
    rule("city.is.Rome", 90)
    rule("name.filled", 20)
    run_jobs()
    assert (score(lead), score(good)) == (0, 100)
    assert [clamped(points) for points in (-1, 0, 100, 101)] == [0, 0, 100, 100]


def edit(**fields):
    return lambda cast, lead: editing.edit_lead(get_lead(cast.alice, lead.id), fields, actor=cast.alice)


def set_tier(cast, lead):
    custom.write_values(lead, {custom.fields_of(cast.acme)[0]: "Gold"}, actor=cast.bob)


def imported(cast, lead):
    run(imported_from(cast.alice, table("E-mail,Country,Tier,Tags", f"{lead.email},Germany,Gold,VIP")), policy="fill")


def merged(cast, lead):
    other = factories.lead(cast.acme, country="Germany", company="Globex")
    merging.merge_leads(get_lead(cast.alice, lead.id), other, {"country": "other"}, actor=cast.alice)


CHANGES = [
    ("country.is.Germany", edit(country="Germany")),
    ("country.is.Germany", imported),
    ("custom-tier.is.Gold", imported),
    ("tag.filled", imported),
    ("country.is.Germany", merged),
    ("owner.filled", lambda cast, lead: edit(owner=cast.bob.user_id)(cast, lead)),
    ("center.filled", lambda cast, lead: edit(center=create_center(cast.acme, "Berlin").id)(cast, lead)),
    ("stage.is.replied", lambda cast, lead: pipeline.move_lead(lead, Stage.REPLIED, actor=cast.bob)),
    ("replied.filled", lambda cast, lead: KINDS["stage"].change(cast.bob, [lead.id], {"stage": "replied"})),
    ("tag.filled", lambda cast, lead: tags.tag_leads(cast.bob, [lead.id], tags.named(cast.acme, "VIP"))),
    ("custom-tier.is.Gold", set_tier),
    ("due.filled", lambda cast, lead: todos.add_todo(lead, {"title": "Call", "day": DUE.date()}, actor=cast.bob)),
    ("touch.within.3", lambda cast, lead: notes.add_note(lead, "Hello", actor=cast.bob)),
]


@pytest.mark.parametrize(("text", "change"), CHANGES)
def test_the_score_follows_whatever_changes_a_lead(cast, rule, settle, text, change):
    custom_fields.create_field(cast.acme, "Tier", "choice", ["Gold", "Silver"], actor=cast.alice)
    lead = factories.lead(cast.acme, touched_at=clock.now() - timedelta(days=9))
    rule(text, 20)
    settle()
    assert score(lead) == 0
    change(cast, Lead.get_by_id(lead.id))
    settle()
    assert score(lead) == 20
    assert not ScoreMark.select().exists()


def test_it_follows_what_is_taken_away_too(cast, rule, settle):
    tier = custom_fields.create_field(cast.acme, "Tier", "choice", ["Gold", "Silver"], actor=cast.alice)
    tag, lead = tags.named(cast.acme, "VIP"), factories.lead(cast.acme, owner=cast.bob.user_id)
    tags.tag_lead(lead, tag, actor=cast.bob)
    custom.write_values(lead, {tier: "Gold"}, actor=cast.bob)
    for text, points in ((f"tag.is.{tag.id}", 1), ("custom-tier.is.Gold", 2), (f"owner.is.{cast.bob.user_id}", 4)):
        rule(text, points)
    settle()
    seen = [score(lead)]
    for take in (
        lambda: tags.untag_lead(lead, tag, actor=cast.bob),
        lambda: custom_fields.delete_field(cast.acme, tier, actor=cast.alice),
        lambda: User.delete().where(User.id == cast.bob.user_id).execute(),
    ):
        take()
        settle()
        seen.append(score(lead))
    assert seen == [7, 6, 4, 0]


def test_new_leads_and_those_back_from_the_bin_are_scored(cast, rule, settle):
    binned = factories.lead(cast.acme, country="Germany")
    bulk.delete_leads(cast.alice, [binned.id])
    rule("country.is.Germany", 20)
    settle()
    new = editing.add_lead(cast.bob, {"company": "Halden", "country": "Germany"})
    assert (score(binned), score(new)) == (0, 0)
    bulk.restore_leads(cast.alice, [binned.id])
    settle()
    assert (score(binned), score(new)) == (20, 20)


def test_nothing_is_marked_without_rules_by_a_score_or_for_tags_that_no_rule_asks(cast, rule, settle):
    lead = factories.lead(cast.acme)
    edit(country="Peru")(cast, lead)
    assert not ScoreMark.select().exists()
    rule("country.is.Germany", 20)
    settle()
    Lead.update(score=7).where(Lead.id == lead.id).execute()
    tags.tag_leads(cast.bob, [lead.id], tags.named(cast.acme, "VIP"))
    factories.lead(cast.other)
    assert not ScoreMark.select().exists()
    edit(country="Germany")(cast, Lead.get_by_id(lead.id))
    assert [mark.lead_id for mark in ScoreMark.select()] == [lead.id]


def test_time_alone_changes_scores_at_night_and_only_where_a_rule_asks_for_it(cast, rule, settle, run_jobs):
    lead = factories.lead(cast.acme)
    rule("touch.within.14", 20)
    scoring.add_rule(cast.other, "fit", Condition.read("country.filled"), 5, actor=cast.charlie)
    settle()
    asked = run_of(cast.other).asked_at
    with clock.freeze(clock.now() + timedelta(days=15)):
        settle()
        assert score(lead) == 20
        tasks.rescore_by_time.call_local()
        run_jobs()
    assert score(lead) == 0
    assert run_of(cast.other).asked_at == asked


def test_a_run_that_stops_is_gone_on_with_behind_its_last_batch(cast, rule, run_jobs, monkeypatch):
    monkeypatch.setattr(score_running, "BATCH", 2)
    leads = [factories.lead(cast.acme, country="Germany") for _ in range(5)]
    rule("country.is.Germany", 20)
    monkeypatch.setattr(score_running, "stopping", lambda: True)
    score_running.score_leads(cast.acme.id, pause=0)
    run = run_of(cast.acme)
    assert (run.behind, run.done, run.total, run.finished_at, run.lease_until) == (leads[1].id, 2, 5, None, None)
    assert [score(lead) for lead in leads] == [20, 20, 0, 0, 0]
    monkeypatch.setattr(score_running, "stopping", lambda: False)
    Lead.update(score=9).where(Lead.id == leads[0].id).execute()  # seen again only by a run that begins anew
    score_running.score_leads(cast.acme.id, pause=0)
    run = run_of(cast.acme)
    assert (run.behind, run.done, run.lease_until) == (None, 5, None) and run.finished_at
    assert [score(lead) for lead in leads] == [9, 20, 20, 20, 20]
    score_running.score_leads(cast.acme.id, pause=0)  # nothing is left
    assert run_of(cast.acme).done == 5


def test_one_run_at_a_time_works_in_a_workspace_and_a_dead_one_is_followed(cast, rule, settle, run_jobs):
    lead = factories.lead(cast.acme, country="Germany")
    rule("country.is.Germany", 20)
    ScoreRun.update(lease_until=clock.now() + timedelta(seconds=20)).execute()  # somebody is at it
    settle()
    assert score(lead) == 0
    with clock.freeze(clock.now() + timedelta(seconds=21)):
        settle()
    assert score(lead) == 20


def test_a_run_leaves_when_the_rules_change_under_it(cast, rule, run_jobs):
    lead = factories.lead(cast.acme, country="Germany")
    made = rule("country.is.Germany", 20)
    run = score_running._claim(cast.acme.id)
    scoring.change_rule(cast.acme, made, "fit", Condition.read("country.is.Germany"), 30, actor=cast.alice)
    with pytest.raises(score_running._Lost):
        score_running._some(run, cast.acme, 0)
    assert score(lead) == 0 and run_of(cast.acme).lease_until is None
    run_jobs()
    assert score(lead) == 30


@pytest.mark.parametrize(
    ("text", "points", "field"),
    [
        ("country.is.Germany", 0, "points"),
        ("country.is.Germany", 101, "points"),
        ("country.is.Germany", None, "points"),
        ("nonsense.is.1", 5, "condition"),
        ("score.from.5", 5, "condition"),
        ("owner.is.me", 5, "condition"),
        ("custom-theirs.is.x", 5, "condition"),
        ("city.filled", 5, "condition"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(cast, rule, text, points, field):
    custom_fields.create_field(cast.other, "Theirs", "text", actor=cast.charlie)
    rule("city.filled", 1)
    with pytest.raises(Invalid) as refused:
        rule(text, points)
    assert refused.value.field == field
    assert len(rules_of(cast.acme)) == 1


def test_a_workspace_has_30_rules_at_most(cast, rule):
    for number in range(scoring.MOST):
        rule(f"country.is.Land {number}", 1)
    with pytest.raises(Invalid, match="up to 30"):
        rule("country.is.Germany", 1)


def test_another_workspaces_rule_is_none_of_ours(cast, rule):
    theirs = scoring.add_rule(cast.other, "fit", Condition.read("country.filled"), 5, actor=cast.charlie)
    with pytest.raises(NotFound):
        scoring.get_rule(cast.acme, theirs.id)
    with pytest.raises(NotFound):
        scoring.change_rule(cast.acme, theirs, "fit", theirs.condition, 9, actor=cast.alice)
    scoring.delete_rule(cast.acme, theirs, actor=cast.alice)
    assert rules_of(cast.other) == (theirs,)


def test_the_starting_rules_come_with_one_call_where_there_are_none(cast, run_jobs):
    lead = factories.lead(cast.acme, title="Head of Sales", stage=Stage.REPLIED, employees=12)
    scoring.begin_with_starting_rules(cast.acme, actor=cast.alice)
    run_jobs()
    assert score(lead) == 10 + 15 + 15 + 30 + 10  # e-mail, employees, title, replied, touched now
    assert [rule[1:] for rule in rules_of(cast.acme)] == list(scoring.STARTING)
    with pytest.raises(Conflict):
        scoring.begin_with_starting_rules(cast.acme, actor=cast.alice)


def test_reasons_are_told_in_words_and_add_up(cast, rule, settle):
    tag = tags.named(cast.acme, "VIP")
    tier = custom_fields.create_field(cast.acme, "Tier", "choice", ["Gold", "Silver"], actor=cast.alice)
    lead = factories.lead(cast.acme, country="Germany", owner=cast.bob.user_id)
    assert not score_of(cast.alice, lead, (), ())
    tags.tag_lead(lead, tag, actor=cast.bob)
    custom.write_values(lead, {tier: "Gold"}, actor=cast.bob)
    rule("touch.within.14", 5, "engagement")
    rule("phone.empty", -10)
    rule(f"owner.is.{cast.bob.user_id}", 1)
    rule(f"tag.is.{tag.id}", 2)
    rule("custom-tier.is.Gold", 3)
    rule("country.is.Germany|Austria", 20)
    rule("country.is.Peru", 50)
    settle()
    reasons = [
        (20, "Country is Germany or Austria"),
        (3, "Tier is Gold"),
        (2, "Tag is VIP"),
        (1, "Owner is Bob Baker"),
        (-10, "Phone is empty"),
        (5, "Last touch in the last 14 days"),
    ]
    assert why(cast, lead, custom.fields_of(cast.acme)) == (21, reasons)
    assert score(lead) == 21
    custom_fields.delete_field(cast.acme, tier, actor=cast.alice)
    assert sentences(cast.alice, rules_of(cast.acme))[rules_of(cast.acme)[4]] == "A field that was deleted"
    assert why(cast, lead, custom.fields_of(cast.acme))[0] == 18


def test_a_trial_tells_how_many_of_the_newest_leads_meet_each_rule_and_how_all_stand(cast, rule):
    for country in ("Germany", "Germany", "Peru"):
        factories.lead(cast.acme, country=country)
    factories.lead(cast.other, country="Germany")
    made = [rule("country.is.Germany", 20), rule("country.filled", 90)]
    found, less = trials(cast.alice, made, made[:1])
    assert (found.sample, found.met, found.spread) == (3, (2, 3), (0, 0, 0, 0, 0, 0, 0, 0, 0, 3))
    assert less.spread == (1, 0, 2, 0, 0, 0, 0, 0, 0, 0)
    assert trials(cast.charlie, ())[0].spread[0] == 1


def test_the_scores_are_what_the_reasons_say_whatever_happened(cast, settle):
    """A hundred random changes: in the end every lead's score is the sum of its reasons."""
    dice = random.Random(4)
    scoring.begin_with_starting_rules(cast.acme, actor=cast.alice)
    leads = [factories.lead(cast.acme, phone=dice.choice(["", "1"])) for _ in range(8)]
    for step in range(100):
        lead = dice.choice(leads)
        [
            lambda lead: Lead.update(stage=dice.choice(list(Stage))).where(Lead.id == lead.id).execute(),
            lambda lead: Lead.update(employees=dice.choice([None, 9, 10])).where(Lead.id == lead.id).execute(),
            lambda lead: Lead.update(title=dice.choice(["", "CEO", "Co-founder"])).where(Lead.id == lead.id).execute(),
            lambda lead: Lead.update(next_due_at=dice.choice([None, DUE])).where(Lead.id == lead.id).execute(),
            lambda lead: leads.append(factories.lead(cast.acme)),
        ][step % 5](lead)
        if step % 17 == 0:
            settle()
    settle()
    rules = rules_of(cast.acme)
    for lead in leads:
        assert score(lead) == score_of(cast.alice, lead, rules, ()).total
