from dataclasses import replace

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp import config
from webapp.accounts.invitations import invite
from webapp.accounts.models import Reach, Role
from webapp.campaigns.models import Campaign, CampaignState
from webapp.core.errors import Forbidden
from webapp.imports.models import Import, ImportState
from webapp.leads.models import Stage
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


def test_counts_are_those_of_the_pipeline(cast, sign_in):
    for stage, value in ((Stage.NEW, 1000), (Stage.REPLIED, 500), (Stage.CONVERTED, 70_000)):
        factories.lead(cast.acme, stage=stage, value=value)
    factories.lead(cast.other)
    page = sign_in(cast.alice).get("/").text
    assert "€1.5k" in page
    assert "67% of all leads" in page and "1 still new" in page


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
