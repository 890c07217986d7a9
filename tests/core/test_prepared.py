from playhouse.test_utils import count_queries

from tests import factories
from webapp.core.prepared import Prepared, PreparedWrite
from webapp.leads.models import Lead, Stage

built = []


@Prepared
def leads_of(in_stage, *, workspace, stage="", size=10):
    built.append(in_stage)
    query = Lead.select(Lead.id, Lead.company, Lead.stage, Lead.created_at, Lead.owner).where(
        Lead.workspace == workspace
    )
    return (query.where(Lead.stage == stage) if in_stage else query).order_by(Lead.id).limit(size)


def test_rows_have_the_columns_as_peewee_would_give_them(cast):
    lead = Lead.get_by_id(factories.lead(cast.acme, company="Globex", owner=cast.bob.user_id).id)
    (row,) = leads_of(False, workspace=cast.acme.id, size=5)
    assert (row.id, row.company, row.stage, row.owner) == (lead.id, "Globex", Stage.NEW, cast.bob.user_id)
    assert row.created_at == lead.created_at


def test_each_shape_is_built_once_and_values_only_fill_it_in(cast, monkeypatch):
    monkeypatch.setattr(leads_of, "compiled", {})
    factories.lead(cast.acme)
    factories.lead(cast.acme, stage=Stage.LOST)
    factories.lead(cast.other)
    built.clear()
    with count_queries() as counted:
        for workspace, expected in ((cast.acme, 2), (cast.other, 1)):
            assert len(leads_of(False, workspace=workspace.id, size=5)) == expected
        for stage in ("lost", "new"):
            assert [row.stage for row in leads_of(True, workspace=cast.acme.id, stage=stage, size=5)] == [stage]
    assert built == [False, True] and counted.count == 4
    assert leads_of.one(True, workspace=cast.other.id, stage="lost", size=5) is None


@PreparedWrite
def renamed(*, lead, company):
    return Lead.update(company=company).where(Lead.id == lead)


@Prepared
def added(**values):
    return Lead.insert(values).returning(Lead.id, Lead.stage)


def test_a_write_says_how_many_rows_it_wrote(cast):
    mine, theirs = factories.lead(cast.acme, company="Globex"), factories.lead(cast.acme, company="Globex")
    assert [renamed(lead=mine.id, company=name) for name in ("Initech", "Hooli")] == [1, 1]
    assert renamed(lead=0, company="Hooli") == 0
    assert [Lead.get_by_id(lead.id).company for lead in (mine, theirs)] == ["Hooli", "Globex"]


def test_a_write_that_returns_something_gives_rows(cast):
    made = [added.one(workspace=cast.acme.id, company=name) for name in ("Globex", "Initech")]
    assert [Lead.get_by_id(row.id).company for row in made] == ["Globex", "Initech"]
    assert made[0].stage is Stage.NEW
