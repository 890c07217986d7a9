import threading

import pytest

from db import db
from tests import factories
from webapp.accounts.models import Reach
from webapp.core.errors import Forbidden
from webapp.imports.models import Import
from webapp.leads.models import Activity, Lead, Stage
from webapp.leads.notes import add_note
from webapp.leads.queries import stage_totals
from webapp.onboarding import sample_data
from webapp.onboarding.models import StepName
from webapp.onboarding.queries import set_up


def counted(workspace):
    """What stands in each stage, counted by hand: the triggers must agree."""
    totals = dict.fromkeys(Stage, (0, 0))
    for lead in Lead.of(workspace).where(Lead.deleted_at.is_null()):
        leads, value = totals[lead.stage]
        totals[lead.stage] = (leads + 1, value + lead.value)
    return totals


def test_sample_leads_stand_in_every_stage_and_have_a_past(cast):
    assert sample_data.add(cast.alice) == 40
    totals = stage_totals(cast.alice)
    assert all(leads for leads, _ in totals.values()) and sum(value for _, value in totals.values()) > 100_000
    assert totals == counted(cast.acme)
    for lead in Lead.of(cast.acme):
        assert lead.email.endswith(".example") and lead.owner_id == cast.alice.user_id
        assert lead.created_at <= lead.stage_changed_at
        if lead.stage is not Stage.NEW:
            assert getattr(lead, lead.stage.reached_column) == lead.stage_changed_at
    kinds = [activity.kind for activity in Activity.of(cast.acme)]
    assert kinds.count("note") >= 5 and kinds.count("stage") >= 22


def test_adding_them_again_adds_nothing(cast):
    sample_data.add(cast.alice)
    assert sample_data.add(cast.bob) == 0
    assert Lead.of(cast.acme).count() == 40 and Import.of(cast.acme).count() == 1


def test_two_who_ask_at_the_same_moment_get_them_once(cast):
    def ask(member):
        with db.connection_context():
            sample_data.add(member)

    threads = [threading.Thread(target=ask, args=[member]) for member in (cast.alice, cast.bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Lead.of(cast.acme).count() == 40 and Import.of(cast.acme).count() == 1


def test_removing_them_leaves_no_trace_and_touches_no_other_lead(cast):
    own = factories.lead(cast.acme, value=700)
    add_note(own, "Called.", actor=cast.bob)
    twin = factories.lead(cast.other)
    before = stage_totals(cast.alice)
    sample_data.add(cast.alice)
    add_note(Lead.of(cast.acme).where(Lead.origin.is_null(False)).first(), "Mine.", actor=cast.bob)
    assert sample_data.remove(cast.bob) == 40
    assert [lead.id for lead in Lead.select().order_by(Lead.id)] == [own.id, twin.id]
    assert [activity.data["text"] for activity in Activity.select()] == ["Called."]
    assert Import.select().count() == 0
    assert stage_totals(cast.alice) == before == counted(cast.acme)
    assert sample_data.remove(cast.bob) == 0


def test_they_can_come_again_after_they_went(cast):
    sample_data.add(cast.alice)
    sample_data.remove(cast.alice)
    assert not set_up(cast.alice).step(StepName.LEADS).done
    assert sample_data.add(cast.alice) == 40


def test_a_sample_lead_in_the_bin_goes_too(cast):
    sample_data.add(cast.alice)
    Lead.update(deleted_at="2025-01-01 00:00:00.000000").where(Lead.stage == Stage.NEW).execute()
    assert sample_data.remove(cast.alice) == 40 and Lead.select().count() == 0


def test_whoever_is_here_already_is_not_sampled(cast):
    factories.lead(cast.acme, email="markus.flantz@3m.example")
    assert sample_data.add(cast.alice) == 39
    assert sample_data.remove(cast.alice) == 39


def test_a_file_of_that_name_is_no_sample(cast):
    imported = Import.create(workspace=cast.acme, filename="Sample data", path="uploads/x.csv", size=9)
    lead = factories.lead(cast.acme, origin=imported)
    assert sample_data.remove(cast.alice) == 0 and Lead.get_by_id(lead.id)
    assert not set_up(cast.alice).has_sample


def test_only_who_sees_all_leads_decides_about_them(cast):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    for verb in (sample_data.add, sample_data.remove):
        for member in (olga, cast.vera):
            with pytest.raises(Forbidden):
                verb(member)


def test_the_step_puts_them_on_the_board_and_home_takes_them_away(cast, sign_in):
    charlie = sign_in(cast.charlie)
    assert charlie.post("/onboarding/leads", data={"kind": "sample"}).location == "/onboarding/team"
    assert "40 sample leads are on your board." in charlie.get("/onboarding/team").text
    assert "There are sample leads" in charlie.get("/onboarding/leads").text
    assert "Sample data" in charlie.get(f"/leads/{Lead.of(cast.other).first().id}").text
    assert charlie.get(f"/imports/{Import.get().id}").status_code == 200
    assert charlie.post("/onboarding/leads/sample/remove").location == "/"
    assert Lead.select().count() == 0 and "There are sample leads" not in charlie.get("/").text


def test_the_settings_offer_to_remove_them_while_they_are_there(cast, sign_in):
    charlie = sign_in(cast.charlie)
    assert "Remove sample leads" not in charlie.get("/settings/workspace").text
    sample_data.add(cast.charlie)
    assert "Remove sample leads" in charlie.get("/settings/workspace").text


def test_the_sample_option_is_not_shown_to_who_may_not_take_it(cast, sign_in):
    olga = factories.member(cast.other, "Olga Own", reach=Reach.OWN)
    page = sign_in(olga).get("/onboarding/leads").text
    assert "Upload a CSV" in page and "Use sample leads" not in page
    assert sign_in(olga).post("/onboarding/leads", data={"kind": "sample"}).status_code == 403
