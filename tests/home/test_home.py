import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp import config
from webapp.accounts.centers import create_center, put_in
from webapp.accounts.invitations import invite
from webapp.accounts.models import Reach, Role
from webapp.campaigns.models import Campaign, CampaignState
from webapp.core.clock import freeze
from webapp.core.errors import Forbidden
from webapp.home.figures import figures
from webapp.imports.models import Import, ImportState
from webapp.leads.models import Lead, Stage
from webapp.leads.pipeline import move_lead
from webapp.leads.todos import add_todo
from webapp.onboarding import sample_data, setup
from webapp.onboarding.models import StepName


def finished_import(member, filename):
    return Import.create(
        workspace=member.workspace, actor=member.user_id, filename=filename, path="x", size=1, state=ImportState.DONE
    )


def started_campaign(workspace):
    return Campaign.create(workspace=workspace, name="Hello", state=CampaignState.SENDING)


def test_an_empty_home_says_what_to_do_first(cast, sign_in):
    page = sign_in(factories.member(factories.workspace("New"), "Nina New", role=Role.OWNER)).get("/").text
    assert "First steps" in page and "0 of 5 done" in page
    assert all(f'href="/onboarding/{step}"' in page for step in ("workspace", "mailbox", "leads", "team"))
    looker = sign_in(cast.vera).get("/").text
    assert "First steps" not in looker and "Nothing here yet" in looker


def test_numbers_are_those_of_whom_one_chooses(cast, sign_in):
    berlin = create_center(cast.acme, "Berlin")
    put_in(berlin, cast.alice.user_id, actor=cast.alice)
    for stage, value in ((Stage.NEW, 1000), (Stage.REPLIED, 500), (Stage.CONVERTED, 70_000), (Stage.LOST, 9)):
        factories.lead(cast.acme, stage=stage, value=value)
    mine = factories.lead(cast.acme, value=20, owner=cast.alice.user_id)
    factories.lead(cast.acme, value=300, center=berlin)
    factories.lead(cast.other)
    move_lead(mine, Stage.CONTACTED, actor=cast.alice)
    move_lead(mine, Stage.REPLIED, actor=cast.alice)
    everybody, me, here = (figures(cast.alice, whose) for whose in ("everyone", "me", str(berlin.id)))
    assert [one.value for one in (everybody, me, here)] == [1820, 20, 300]
    assert everybody.reached == (6, 3, 3, 1, 1) and me.reached == (1, 1, 1, 0, 0) and here.leads == 1
    assert (me.total("replies"), me.total("contacted"), me.rate()) == (1, 1, 100)
    page = sign_in(cast.alice).get("/").text
    assert "€1.8k" in page and "Berlin" in page and page.count("Show as table") == 2
    assert sign_in(cast.alice).get("/?whose=me").text.count('aria-current="true"') == 1


def test_numbers_stay_within_reach(cast, sign_in):
    berlin, paris = create_center(cast.acme, "Berlin"), create_center(cast.acme, "Paris")
    cara = factories.member(cast.acme, "Cara Center", reach=Reach.CENTERS)
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    put_in(berlin, cara.user_id, actor=cast.alice)
    put_in(berlin, olga.user_id, actor=cast.alice)
    for place in ({"center": berlin}, {"center": paris}, {"owner": cara.user_id}, {"owner": olga.user_id}):
        factories.lead(cast.acme, value=10, **place)
    assert [figures(cara, whose).value for whose in ("everyone", "me", str(berlin.id))] == [20, 10, 10]
    assert [figures(olga, whose).value for whose in ("everyone", "me", str(berlin.id))] == [10, 10, 10]
    for member, whose in ((cara, paris.id), (cast.charlie, berlin.id), (cast.alice, berlin.id), (cara, 2**40)):
        assert sign_in(member).get(f"/?whose={whose}").status_code == 404


def test_days_are_those_of_the_persons_zone_and_a_week_is_set_against_as_much_of_the_last(cast):
    lead = factories.lead(cast.acme, value=100, owner=cast.bob.user_id)
    abroad = replace(cast.bob, time_zone="Asia/Tokyo")
    moment = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # a Thursday; Friday 01:30 in Tokyo
    Lead.update(created_at=moment - timedelta(days=7), replied_at=moment).where(Lead.id == lead.id).execute()
    with freeze(moment + timedelta(hours=1)):
        for member, day in ((cast.bob, 19), (abroad, 20)):
            days = figures(member, "everyone").days
            assert len(days) == 14 and [one.date.day for one in days if one.replies] == [day] == [days[-1].date.day]
            assert [one.date.day for one in days if one.created] == [day - 7]
        shown = figures(cast.bob, "everyone")
        assert [one.date.day for one in shown.week] == [16, 17, 18, 19]
        assert [one.date.day for one in shown.week_before] == [9, 10, 11, 12]
        assert shown.change("replies") == 1 and shown.top >= 1


def test_what_is_due_is_ticked_off_in_place(cast, sign_in, htmx):
    lead = factories.lead(cast.acme, first_name="Gina", last_name="Vale")
    due = add_todo(lead, {"title": "Call <her>", "kind": "call", "day": date(2020, 1, 2)}, actor=cast.bob)
    client = sign_in(cast.bob)
    page = client.get("/").text
    assert "Call &lt;her&gt;" in page and "Overdue by" in page
    assert '<span class="nav-count">1<span class="sr-only"> due</span></span>' in page
    part = client.post(f"/todos/{due.id}/done?at=home", headers=htmx).text
    assert 'hx-target="#due-today"' in part and "Nothing is due today." in part and "Undo" in part
    assert "nav-count" not in client.get("/").text


def filled_buttons(page):
    return len(re.findall(r'<(?:a|button) class="btn"(?![^>]*data-variant)', page))


def test_exactly_one_button_is_filled_whatever_is_set_up(cast, sign_in):
    client = sign_in(cast.charlie)
    assert filled_buttons(client.get("/").text) == 1
    for step in setup.WIZARD:
        setup.skip(cast.charlie, step)
    started_campaign(cast.other)
    assert filled_buttons(client.get("/").text) == 1
    factories.lead(cast.other)
    assert filled_buttons(client.get("/").text) == 1


def test_a_member_with_own_leads_sees_own_numbers_and_own_imports(cast, sign_in):
    finished_import(cast.alice, "everybody.csv")
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    finished_import(olga, "mine.csv")
    factories.lead(cast.acme, owner=olga.user_id)
    factories.lead(cast.acme)
    page = sign_in(olga).get("/").text
    assert "mine.csv" in page and "everybody.csv" not in page
    assert "everybody.csv" in sign_in(cast.alice).get("/").text


# ------------------------------------------------------------- first steps


def done(client):
    """What Home says of the first steps: "3 of 5", or None when it says nothing."""
    page = client.get("/").text
    return page.partition(" done</span>")[0].rpartition(">")[2] if "First steps" in page else None


def test_steps_are_ticked_off_by_what_is_really_there(cast, sign_in):
    client = sign_in(cast.charlie)
    assert done(client) == "0 of 5"
    lead = factories.lead(cast.other)
    assert done(client) == "1 of 5"
    invitation = invite(cast.charlie, "dora@example.org")
    assert done(client) == "2 of 5"
    started_campaign(cast.other)
    assert done(client) == "3 of 5"
    invitation.delete_instance()
    lead.delete_instance()
    assert done(client) == "1 of 5"


def test_a_colleague_who_is_here_is_a_team(cast, sign_in):
    assert done(sign_in(cast.charlie)) == "0 of 5" and done(sign_in(cast.alice)) == "1 of 5"


def test_a_mail_server_decides_where_mail_leaves_from(cast, sign_in):
    config.activate(replace(config.current(), mail_url="smtp://localhost:2525"))
    assert done(sign_in(cast.charlie)) == "1 of 5"


def test_the_card_goes_once_all_is_done(cast, sign_in):
    factories.lead(cast.acme)
    started_campaign(cast.acme)
    setup.finish(cast.alice, StepName.MAILBOX)
    assert done(sign_in(cast.alice)) == "4 of 5"
    setup.finish(cast.alice, StepName.WORKSPACE)
    assert done(sign_in(cast.alice)) is None


def test_a_skipped_step_stays_on_the_card_until_somebody_hides_it(cast, sign_in):
    client = sign_in(cast.charlie)
    for step in setup.WIZARD:
        setup.skip(cast.charlie, step)
    page = client.get("/").text
    assert page.count("skipped</span>") == 4 and 'href="/onboarding/team"' in page
    assert client.post("/onboarding/away").location == "/"
    assert done(client) is None


def test_people_are_asked_only_for_what_they_may_do(cast, sign_in):
    page = sign_in(cast.bob).get("/").text
    assert "0 of 2 done" in page and "Ask your team in" not in page and "Hide</button>" not in page
    assert sign_in(cast.bob).post("/onboarding/away").status_code == 403
    with pytest.raises(Forbidden):
        setup.put_away(cast.bob)
    mona = factories.member(cast.acme, "Mona Manager", role=Role.MANAGER)
    assert done(sign_in(mona)) == "1 of 3"


def test_sample_leads_are_offered_to_be_removed_by_who_may(cast, sign_in):
    sample_data.add(cast.alice)
    assert "Remove sample leads" in sign_in(cast.bob).get("/").text
    assert "Remove sample leads" not in sign_in(cast.vera).get("/").text
    assert "Remove sample leads" not in sign_in(cast.charlie).get("/").text


@pytest.mark.parametrize("campaigns", [1, 5])
def test_home_asks_few_questions_however_much_there_is(cast, sign_in, campaigns):
    for number in range(campaigns):
        started_campaign(cast.acme)
        finished_import(cast.alice, f"{number}.csv")
        factories.lead(cast.acme)
    client = sign_in(cast.alice)
    client.get("/")
    with count_queries() as counted:
        client.get("/")
    assert counted.count <= 8
