"""What conditions find, asked one by one, in groups, and of a workspace's own fields; and in which orders."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import MultiDict

from tests import factories
from webapp.accounts.members import member_of
from webapp.accounts.models import User
from webapp.core.clock import freeze
from webapp.core.paging import encode
from webapp.leads import narrowing
from webapp.leads.chips import told
from webapp.leads.conditions import Condition, Where, one
from webapp.leads.field_models import CustomField, CustomKind, CustomValue, LeadTag, Tag
from webapp.leads.filters import Filter
from webapp.leads.listing import lanes, neighbours, table
from webapp.leads.models import Lead, Stage
from webapp.leads.queries import chosen_leads, get_lead, stage_totals

NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def noon():
    with freeze(NOON):
        yield NOON


@pytest.fixture
def ann(cast, noon):
    """A lead that has everything, beside one that has as little as can be and one of another workspace."""
    factories.lead(cast.acme, "", first_name="Zoe", last_name="", touched_at=NOON - timedelta(days=40))
    lead = factories.lead(
        cast.acme,
        "Ångström GmbH",
        first_name="Ann",
        last_name="Bo",
        title="Head of Sales",
        email="ann@angstrom.example",
        domain="angstrom.example",
        phone="+49 30 1",
        industry="Optics",
        employees=120,
        city="Berlin",
        country="Germany",
        source="Fair",
        value=5000,
        score=40,
        owner=cast.bob.user_id,
        stage=Stage.REPLIED,
        replied_at=NOON - timedelta(days=3),
        touched_at=NOON - timedelta(hours=2),
        next_due_at=NOON - timedelta(hours=1),
        next_step="Call",
        next_kind="call",
    )
    tag = Tag.create(workspace=cast.acme, name="VIP", name_key="vip")
    LeadTag.create(lead=lead, tag=tag)
    for kind, text, key, number in (
        (CustomKind.TEXT, "Größe M", "grosse m", None),
        (CustomKind.NUMBER, "2.5", "2.5", 2.5),
        (CustomKind.DATE, "2025-11-18", "2025-11-18", None),
        (CustomKind.CHOICE, "Gold", "gold", None),
        (CustomKind.URL, "https://a.example", "https://a.example", None),
        (CustomKind.YES_NO, "yes", "yes", None),
    ):
        field = CustomField.create(workspace=cast.acme, name=kind, name_key=kind, slug=f"my-{kind}", kind=kind)
        CustomValue.create(field=field, lead=lead, text=text, key=key, number=number)
    factories.lead(cast.other, "Ångström GmbH", country="Germany", value=5000, score=40)
    lead.tag = tag.id
    return lead


def found(member, *texts, **more):
    where = Where(tuple(map(Condition.read, texts)), **more)
    assert all(where.conditions), texts
    chosen = Filter(where)
    ids = {lead.id for lead in chosen_leads(member, chosen)}
    assert {row.id for row in table(member, chosen).rows} == ids
    assert {row.id for lane in lanes(member, chosen).values() for row in lane.rows} == ids
    assert sum(leads for leads, _ in stage_totals(member, chosen).values()) == len(ids)
    return ids


MEETS = [
    "stage.is.replied|lost", "stage.not.new", "owner.filled", "owner.is.me", "tag.is.{tag}", "tag.filled",
    "name.has.nn|zz", "name.is.ann+bo", "name.starts.an", "company.is.angstrom+gmbh", "company.has.STRÖM",
    "company.not.globex", "title.has.SALES", "title.hasnt.cto", "email.is.ANN@angstrom.example",
    "domain.is.angstrom.example", "phone.filled", "industry.is.Optics|Steel", "industry.not.Steel",
    "employees.from.100", "employees.between.200|100", "employees.is.120", "employees.filled", "city.is.Berlin",
    "country.starts.ger", "source.has.fair", "score.from.40", "score.between.1|40", "value.to.5000",
    "value.from.1", "value.filled",
    "due.overdue", "due.today", "due.next.1", "due.filled", "due.until.2025-11-20", "next.is.call|email",
    "touch.within.1", "touch.since.2025-11-20", "replied.on.2025-11-17", "replied.filled",
    "custom-my-text.has.GRÖSSE", "custom-my-text.is.größe+m", "custom-my-number.between.2|3",
    "custom-my-number.is.2.5", "custom-my-date.since.2025-11-18", "custom-my-date.within.5",
    "custom-my-choice.is.GOLD|Silver", "custom-my-url.filled", "custom-my-yes_no.is.yes", "custom-my-text.not.other",
    "lost.empty", "center.empty", "created.until.2025-11-20",
]  # fmt: skip


@pytest.mark.parametrize("text", MEETS)
@pytest.mark.parametrize("few", [2000, 0])
def test_each_operator_finds_the_lead_that_meets_it_and_its_opposite_does_not(cast, ann, monkeypatch, text, few):
    monkeypatch.setattr(narrowing, "FEW", few)
    text = text.format(tag=ann.tag).replace("+", " ")
    assert ann.id in found(cast.bob, text)
    field, op, *_ = text.split(".")
    opposite = {"is": "not", "not": "is", "has": "hasnt", "hasnt": "has", "filled": "empty", "empty": "filled"}.get(op)
    if opposite:
        assert ann.id not in found(cast.bob, text.replace(f"{field}.{op}", f"{field}.{opposite}", 1))


@pytest.mark.parametrize(
    "text",
    [
        "stage.is.new", "owner.empty", "tag.empty", "name.starts.bo", "employees.from.121", "employees.empty",
        "value.between.1|4999", "due.empty", "due.since.2025-11-21", "touch.older.1", "replied.on.2025-11-18",
        "custom-my-number.from.3", "custom-my-date.until.2025-11-17", "custom-my-choice.is.Silver",
        "custom-gone.is.x", "custom-gone.not.x", "tag.is.999", "title.has.%", "title.has._ead",
    ],
)  # fmt: skip
def test_what_a_lead_does_not_meet_leaves_it_out(cast, ann, text):
    assert ann.id not in found(cast.bob, text)


def test_not_and_longer_ago_hold_for_a_lead_that_has_nothing(cast, ann):
    bare = Lead.get(Lead.first_name == "Zoe").id
    for text in ("industry.not.Optics", "owner.not.me", "custom-my-choice.not.Gold", "replied.older.1", "tag.not.1"):
        assert bare in found(cast.bob, text), text


def test_me_is_whoever_looks(cast, ann):
    assert found(cast.bob, "owner.is.me") == {ann.id}
    assert found(cast.alice, "owner.is.me") == set()


def test_a_day_is_the_day_of_the_person_who_looks(cast, ann):
    Lead.update(replied_at=datetime(2025, 11, 17, 23, 30, tzinfo=UTC)).where(Lead.id == ann.id).execute()
    assert cast.alice.time_zone == "UTC" and found(cast.alice, "replied.on.2025-11-17") == {ann.id}
    User.update(time_zone="Europe/Berlin").where(User.id == cast.alice.user_id).execute()
    assert found(member_of(cast.acme, User[cast.alice.user_id]), "replied.on.2025-11-18") == {ann.id}


def test_groups_join_the_other_way_around(cast):
    for company, country, city in (("A", "Germany", "Berlin"), ("B", "Germany", "Bonn"), ("C", "Spain", "Berlin")):
        factories.lead(cast.acme, company, country=country, city=city)
    germany, berlin, bonn, spain = (Condition.read(text) for text in (
        "country.is.Germany", "city.is.Berlin", "city.is.Bonn", "country.is.Spain"
    ))  # fmt: skip

    def companies(where):
        return "".join(sorted(row.company for row in table(cast.alice, Filter(where)).rows))

    assert companies(Where((germany, berlin))) == "A"
    assert companies(Where((germany, berlin), any=True)) == "ABC"
    assert companies(Where((germany,), ((berlin, bonn),))) == "AB"
    assert companies(Where((bonn,), ((spain, berlin),), any=True)) == "BC"


@pytest.mark.parametrize(
    "text",
    [
        "", "stage", "stage.is", "stage.is.won", "stage.empty", "nothing.is.x", "owner.is.you", "owner.is.0",
        "value.from.many", "value.between.1", "touch.within.-1", "touch.since.yesterday", "touch.since.2025-13-01",
        "name.empty.x", "name.like.x", "employees.from.nan", "employees.from.9999999999999999999", "custom-x.like.1",
    ],
)  # fmt: skip
def test_what_cannot_be_a_condition_is_left_out(text):
    assert Condition.read(text) is None
    assert not Filter.read(MultiDict([("f", text)])).where


def test_a_condition_survives_its_address_whatever_its_value_holds():
    for values in (("a|b",), ("a\\", "|"), ("\\|", "x.y", "&?#"), ("é ß",)):
        condition = Condition("company", "has", values)
        assert Condition.read(str(condition)) == condition


def test_an_address_with_thousands_of_conditions_is_cut(cast):
    many = MultiDict([("f", f"company.has.{number}") for number in range(5000)])
    chosen = Filter.read(many)
    assert len(list(chosen.where)) == 40
    assert table(cast.alice, chosen).rows == ()


def test_whatever_is_written_of_what_was_cut_says_so_until_a_condition_is_taken_away(cast):
    chosen = Filter.read(MultiDict([("f", f"value.from.{number}") for number in range(41)]))
    for other in (chosen, chosen.narrowed(stage="new"), replace(chosen, where=told(cast.bob, chosen.where).other)):
        assert Filter.read(MultiDict(parse_qsl(other.query().removeprefix("?")))).where.cut
    assert not told(cast.bob, chosen.where).chips[0].rest.cut
    assert not replace(chosen, where=chosen.where.as_shown).where.cut
    forty = Filter.read(MultiDict([("f", f"value.from.{number}") for number in range(40)]))
    assert not forty.where.cut and "cut" not in forty.query()
    assert replace(forty, where=forty.where.plus(one("stage", "new"))).where.cut
    long = MultiDict([("f", f"title.is.{'|'.join(str(n) + 'y' * 190 for n in range(20))}{m}") for m in range(5)])
    assert Filter.read(long).where.cut
    values = "|".join(map(str, range(51)))
    for asked in (f"title.is.{values}", f"title.not.{values}", f"title.has.{'y' * 201}"):
        view = Filter.read(MultiDict([("f", asked), ("f", "value.from.1")]))
        assert view.where.cut and Filter.read(MultiDict(parse_qsl(view.query().removeprefix("?")))).where.cut
        assert not told(cast.bob, view.where).chips[0].rest.cut
    assert not Filter.read({"f": f"title.is.{values.removesuffix('|50')}"}).where.cut
    pairs = tuple((one("stage", "new"), one("city", str(number))) for number in range(10))
    assert replace(forty, where=Where(groups=pairs).plus()).where.cut


def test_an_address_with_as_many_texts_as_it_may_hold_is_answered(cast):
    values = "|".join(str(number) for number in range(10, 60))
    texts = [f"title.has.{values}", *(f"city.hasnt.{number}{values}" for number in range(39))]
    chosen = Filter.read(MultiDict([("f", text) for text in texts]))
    assert len(list(chosen.where)) == 40
    factories.lead(cast.acme, title="10")
    assert len(table(cast.alice, chosen).rows) == 1


def test_what_every_link_of_a_page_repeats_stays_short():
    long = ["title.is." + "|".join(f"{other}{number}{'y' * 190}" for other in range(20)) for number in range(40)]
    names = ",".join(f"custom-{'x' * 5000}{number}" for number in range(9))
    chosen = Filter.read(MultiDict([*(("f", text) for text in long), ("columns", names), ("sort", names)]))
    assert 1 < len(list(chosen.where)) < 40 and len(chosen.query()) < 15_000


def test_lists_in_any_order_visit_every_lead_once_both_ways(cast, noon):
    dice = random.Random(9)
    field = CustomField.create(workspace=cast.acme, name="x", name_key="x", slug="x", kind=CustomKind.NUMBER)
    for _ in range(40):
        lead = factories.lead(
            cast.acme,
            dice.choice(["A", "B"]),
            country=dice.choice(["", "Germany", "Spain"]),
            employees=dice.choice([None, 5, 9]),
            owner=dice.choice([None, cast.alice.user_id, cast.bob.user_id]),
            stage=dice.choice(list(Stage)),
            next_due_at=dice.choice([None, NOON, NOON + timedelta(days=1)]),
        )
        if number := dice.choice([None, 1.5, -2]):
            CustomValue.create(field=field, lead=lead, text=str(number), key=str(number), number=number)
    names = ["stage", "owner", "country", "employees", "due", "company", "custom-x", "created", "value"]
    for _ in range(25):
        sorts = tuple((name, dice.random() < 0.5) for name in dice.sample(names, dice.choice([1, 2, 3])))
        chosen = Filter(sorts=sorts, size=7, where=dice.choice([Where(), Where((one("company", "a"),))]))
        everything = [row.id for row in table(cast.alice, Filter(chosen.where, sorts=sorts, size=100)).rows]
        assert len(set(everything)) == len(everything) == chosen_leads(cast.alice, chosen).count(), sorts
        page, seen, back = table(cast.alice, chosen), [], []
        while True:
            seen += [row.id for row in page.rows]
            if not page.older:
                break
            page = table(cast.alice, Filter(**{**chosen.__dict__, "page": page.older}))
        assert seen == everything, sorts
        while page.newer:
            page = table(cast.alice, Filter(**{**chosen.__dict__, "page": page.newer}))
            back = [row.id for row in page.rows] + back
        assert back == everything[: len(back)] and len(back) >= len(everything) - 7, sorts
        at = dice.randrange(1, len(everything) - 1)
        lead = get_lead(cast.alice, everything[at])
        assert neighbours(cast.alice, lead, chosen) == (everything[at - 1], everything[at + 1]), sorts


def test_those_without_a_value_come_last_in_either_direction(cast):
    for country in ("", "Spain", "Germany"):
        factories.lead(cast.acme, country or "None", country=country)
    for falling, expected in ((False, ["Germany", "Spain", "None"]), (True, ["Spain", "Germany", "None"])):
        rows = table(cast.alice, Filter(sorts=(("country", falling),))).rows
        assert [row.company for row in rows] == expected


@pytest.mark.parametrize("keys", [(), (0,), (99, 1), (0, "x", "y"), (0, 1, 2, 3), (True, 1), (0, 2**62, "z"), (1.5, 2)])
def test_a_made_up_place_is_the_first_page(cast, keys):
    factories.lead(cast.acme, country="Spain")
    chosen = Filter(sorts=(("country", False),), page=encode("older", *keys))
    assert len(table(cast.alice, chosen).rows) == 1
