from tests import factories
from webapp.accounts.models import Reach
from webapp.imports.models import Import, ImportState
from webapp.leads.models import Stage


def finished_import(member, filename):
    return Import.create(
        workspace=member.workspace, actor=member.user_id, filename=filename, path="x", size=1, state=ImportState.DONE
    )


def test_an_empty_home_says_what_to_do_first(cast, sign_in):
    page = sign_in(cast.alice).get("/").text
    assert "First steps" in page and "0 of 3 done" in page and "/imports/new" in page
    looker = sign_in(cast.vera).get("/").text
    assert "First steps" not in looker and "Nothing here yet" in looker


def test_counts_are_those_of_the_pipeline(cast, sign_in):
    for stage, value in ((Stage.NEW, 1000), (Stage.REPLIED, 500), (Stage.CONVERTED, 70_000)):
        factories.lead(cast.acme, stage=stage, value=value)
    factories.lead(cast.other)
    page = sign_in(cast.alice).get("/").text
    assert "1 of 3 done" in page and "€1.5k" in page
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
