"""An import and its undoing leave a workspace as it was; what people did in between stays, whatever it was."""

import random

import pytest

from tests.imports.files import imported_from, run, table
from webapp.core.text import fold
from webapp.imports import undoing
from webapp.imports.models import Import, ImportState
from webapp.imports.undoing import undo_import
from webapp.leads import custom, custom_fields, notes, tags
from webapp.leads.editing import add_lead, edit_lead
from webapp.leads.field_models import CustomValue, LeadTag, Tag
from webapp.leads.models import Lead, StageTotal
from webapp.leads.queries import get_lead

TEXTS = ("Ann", "Bo", "Ünal", "x y", "", "O’Brien", "-1", "名")
TOUCHED = ("touched_at", "score")  # what an undo does not claim to put back


def person(dice, number):
    """Somebody who is found by an address, or only by name and company."""
    email = f"p{number}@halden.example" if dice.random() < 0.7 else ""
    return {"email": email, "first_name": f"N{number}", "last_name": "Vale", "company": "Halden"}


def fill(dice, member, plan):
    for number in range(25):
        extra = {"title": dice.choice(TEXTS), "city": dice.choice(TEXTS), "employees": dice.choice((None, 5))}
        lead = add_lead(member, person(dice, number) | extra | {"value": dice.choice((0, 10))})
        if dice.random() < 0.4:
            custom.write_values(lead, {plan: dice.choice(("Gold", "12"))}, actor=member)
        if dice.random() < 0.4:
            tags.tag_lead(lead, tags.named(member.workspace, dice.choice(("VIP", "Fair"))), actor=member)


def file_of(dice):
    """Rows about people who are here, who are new, and who are both, with and without what they had."""
    lines = []
    for _ in range(80):
        one = person(dice, dice.randrange(45))
        rest = [
            dice.choice(TEXTS),
            dice.choice(TEXTS),
            dice.choice(("", "7", "many")),
            dice.choice(("", "Gold", "Tin")),
        ]
        rest.append(dice.choice(("", "Fair", "VIP; Partner")))
        lines.append(",".join([one["email"], one["first_name"], one["last_name"], one["company"], *rest]))
    return table("E-mail,First name,Last name,Company,Title,City,Employees,Plan,Tags", *lines)


def content(workspace):
    """{lead id: all that it is and has} of the leads that are not in the bin."""
    columns = [field for field in Lead._meta.sorted_fields if field.name not in TOUCHED]
    found = {}
    for lead in Lead.of(workspace).select(*columns).where(Lead.deleted_at.is_null()):
        own = CustomValue.select(CustomValue.field, CustomValue.text, CustomValue.key, CustomValue.number)
        named = Tag.select(Tag.name_key).join(LeadTag).where(LeadTag.lead == lead.id).order_by(Tag.name_key)
        found[lead.id] = {**lead.__data__, "own": sorted(own.where(CustomValue.lead == lead.id).tuples())}
        found[lead.id]["tags"] = [name for (name,) in named.tuples()]
    return found


def totals(workspace):
    return sorted(StageTotal.of(workspace).select(StageTotal.stage, StageTotal.leads, StageTotal.value).tuples())


def work(dice, member, imported):
    """What people do meanwhile: {lead id: {field: value}} of values that must stay."""
    stays = {}
    for lead in list(Lead.of(member.workspace).where(Lead.deleted_at.is_null())):
        if dice.random() < 0.3:
            name, text = dice.choice(("title", "city", "phone")), f"By hand {dice.random()}"
            edit_lead(get_lead(member, lead.id), {name: text}, actor=member)
            stays[lead.id] = {name: text}
        elif lead.origin_id == imported.id and dice.random() < 0.3:
            notes.add_note(get_lead(member, lead.id), "Rang.", actor=member)
            stays[lead.id] = {}
    return stays


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("policy", ["fill", "update"])
def test_an_import_and_its_undoing_leave_the_workspace_as_it_was(cast, monkeypatch, run_jobs, seed, policy):
    dice = random.Random(seed)
    monkeypatch.setattr(undoing, "BATCH", dice.choice((1, 4, 50)))
    custom_fields.create_field(cast.acme, "Plan", "text", actor=cast.alice)
    (plan,) = custom.fields_of(cast.acme)
    fill(dice, cast.alice, plan)
    before, sums = content(cast.acme), totals(cast.acme)
    imported = run(imported_from(cast.alice, file_of(dice)), policy=policy)
    assert imported.created and imported.updated and content(cast.acme) != before
    after = content(cast.acme)

    stays = work(dice, cast.bob, imported) if seed % 2 else {}
    undo_import(imported, actor=cast.alice)
    run_jobs()
    imported, now_there = Import.get_by_id(imported.id), content(cast.acme)

    assert imported.state is ImportState.UNDONE
    if not stays:
        assert now_there == before and totals(cast.acme) == sums
        return
    for lead_id, lead in before.items():
        assert without_derived(now_there[lead_id]) == without_derived(lead | stays.get(lead_id, {}))
    created = now_there.keys() - before.keys()
    assert created == stays.keys() - before.keys()
    for lead_id in created:
        assert without_derived(now_there[lead_id]) == without_derived(after[lead_id] | stays[lead_id])
    assert all(text in lead["search_text"] for lead in now_there.values() for text in (fold(lead["company"]),))


def without_derived(lead):
    return {name: value for name, value in lead.items() if name not in ("company_key", "name_key", "search_text")}
