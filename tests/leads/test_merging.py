from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts.centers import create_center
from webapp.accounts.models import CenterMember, Reach
from webapp.campaigns.models import Campaign, Delivery, DeliveryState, Recipient, RecipientState, Step
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.imports.models import Import, ImportRow, Outcome
from webapp.leads import belongings, bulk, custom, tags
from webapp.leads.field_models import CustomField, CustomKind
from webapp.leads.list_models import NotDuplicate
from webapp.leads.merging import compare, merge_leads, merged_into
from webapp.leads.models import Activity, ActivityKind, HandOver, Lead, Stage, Todo
from webapp.leads.timeline import record
from webapp.models import ALL


@pytest.fixture
def two(cast):
    """The lead that stays, touched yesterday, and the one that goes, touched today."""
    keep = factories.lead(cast.acme, "Stripe", first_name="Elena", title="CEO", email="elena@stripe.example", phone="")
    other = factories.lead(
        cast.acme, "Stripe Inc", first_name="Elena", title="Founder", email="e+a@stripe.example", phone="+39 1", value=5
    )
    Lead.update(touched_at=now() - timedelta(days=1)).where(Lead.id == keep.id).execute()
    return Lead.get_by_id(keep.id), Lead.get_by_id(other.id)


def test_every_reference_to_a_lead_has_a_rule():
    named = {
        f"{model._meta.table_name}.{key.name}" for model in ALL for key in model._meta.refs if key.rel_model is Lead
    }
    assert named == set(belongings.RULES)
    assert {belongings.name_of(key) for key, _ in belongings.references()} == named


def test_filled_goes_over_empty_then_the_later_touch_and_the_further_stage(cast, two):
    keep, other = two
    Lead.update(stage=Stage.REPLIED).where(Lead.id == keep.id).execute()
    sides = compare(Lead.get_by_id(keep.id), other).sides
    assert (sides["phone"], sides["title"], sides["stage"], sides["value"]) == ("other", "other", "keep", "other")
    Lead.update(stage=Stage.LOST, email="e@stripe.example").where(Lead.id == keep.id).execute()
    assert compare(Lead.get_by_id(keep.id), other).sides["email"] == "keep"  # the same mailbox, plainly written
    assert compare(Lead.get_by_id(keep.id), other).sides["stage"] == "other"


def test_a_merge_takes_the_chosen_values_and_writes_down_all_others(cast, two):
    keep, other = two
    sides = {"email": "keep", "title": "other", "company": "keep", "phone": "other", "last_name": "keep"}
    merge_leads(keep, other, sides, actor=cast.bob)
    kept, gone = Lead.get_by_id(keep.id), Lead.get_by_id(other.id)
    assert (kept.email, kept.title, kept.company, kept.phone) == ("elena@stripe.example", "Founder", "Stripe", "+39 1")
    assert kept.search_text.startswith("stripe\n") and kept.touched_at == other.touched_at
    assert gone.merged_into_id == keep.id and gone.deleted_at
    told = Activity.get(Activity.kind == ActivityKind.MERGED).data
    assert told["changes"]["title"] == ["CEO", "Founder"] and told["lead_id"] == other.id
    assert told["values"]["E-mail"] == "e+a@stripe.example" and told["values"]["Company"] == "Stripe Inc"
    assert merged_into(cast.bob, other.id) == keep.id
    assert merged_into(cast.charlie, other.id) is None


def test_the_address_of_the_lead_that_goes_can_be_taken_over(cast, two):
    keep, other = two
    merge_leads(keep, other, {"email": "other"}, actor=cast.bob)
    assert Lead.get_by_id(keep.id).email == "e+a@stripe.example"


def test_each_stage_was_reached_when_the_first_of_both_reached_it(cast, two):
    keep, other = two
    early, late = now() - timedelta(days=9), now() - timedelta(days=2)
    Lead.update(stage=Stage.REPLIED, contacted_at=late, replied_at=late).where(Lead.id == keep.id).execute()
    Lead.update(stage=Stage.CONTACTED, contacted_at=early).where(Lead.id == other.id).execute()
    merge_leads(keep, other, {}, actor=cast.bob)
    kept = Lead.get_by_id(keep.id)
    assert (kept.stage, kept.contacted_at, kept.replied_at) == (Stage.REPLIED, early, late)


def test_notes_to_dos_tags_custom_values_hand_overs_and_import_rows_come_along(cast, two):
    keep, other = two
    made = Import.create(workspace=cast.acme, filename="a.csv", path="x", size=1)
    row = ImportRow.create(workspace=cast.acme, imported=made, number=1, outcome=Outcome.SKIPPED, lead=other)
    note = record(cast.acme, other.id, ActivityKind.NOTE, {"text": "likes tea"}, actor_id=cast.bob.user_id)
    todo = Todo.create(workspace=cast.acme, lead=other, title="Call back")
    passed = HandOver.create(workspace=cast.acme, lead=other, reason="Round robin")
    tags.give_tags(keep, ["VIP"])
    tags.give_tags(other, ["VIP", "Partner"])
    field = field_of(cast.acme, "Plan")
    size = field_of(cast.acme, "Size")
    custom.write_values(keep, {size: "L"}, actor=cast.bob)
    custom.write_values(other, {field: "Gold", size: "M"}, actor=cast.bob)
    moved = {part.one: part.count for part in belongings.moving(keep.id, other.id)}
    assert (moved["note"], moved["to-do"], moved["hand-over"], moved["row of an import"]) == (1, 1, 1, 1)
    merge_leads(keep, other, {size.input: "keep"}, actor=cast.bob)
    for moved_row in (note, todo, passed, row):
        assert type(moved_row).get_by_id(moved_row.id).lead_id == keep.id
    assert [tag.name for tag in tags.tags_on(keep)] == ["Partner", "VIP"]
    assert {field.name: text for field, text in custom.values_of(keep).items()} == {"Plan": "Gold", "Size": "L"}
    told = Activity.get(Activity.kind == ActivityKind.MERGED).data
    assert told["changes"]["Plan"] == ["", "Gold"] and told["custom"] == {"Plan": field.identity}
    assert told["values"]["Size"] == "M" and told["changes"]["tags"] == ["VIP", "Partner, VIP"]


def field_of(workspace, name):
    made = CustomField.create(
        workspace=workspace, name=name, name_key=name.lower(), slug=name.lower(), kind=CustomKind.TEXT
    )
    return custom.get_field(workspace, made.id)


def campaign(cast, *leads):
    made = Campaign.create(workspace=cast.acme, name="Autumn")
    step = Step.create(workspace=cast.acme, campaign=made)
    places = [Recipient.create(workspace=cast.acme, campaign=made, lead=lead) for lead in leads]
    return step, places


def mail(step, place, state):
    return Delivery.create(
        workspace=step.workspace_id, campaign=step.campaign_id, recipient=place, step=step, lead=place.lead_id,
        email="x@y.example", message_id=f"<{place.id}@x>", subject="Hi", state=state,
    )  # fmt: skip


def test_a_place_in_a_campaign_moves_and_its_mails_with_it(cast, two):
    keep, other = two
    step, (place,) = campaign(cast, other)
    sent = mail(step, place, DeliveryState.ACCEPTED)
    merge_leads(keep, other, {}, actor=cast.bob)
    assert Recipient.get_by_id(place.id).lead_id == keep.id and Delivery.get_by_id(sent.id).lead_id == keep.id


def test_in_a_campaign_of_both_one_goes_on_and_nobody_is_written_to_twice(cast, two):
    keep, other = two
    step, (mine, theirs) = campaign(cast, keep, other)
    Recipient.update(state=RecipientState.SENT).where(Recipient.id == theirs.id).execute()
    sent = mail(step, theirs, DeliveryState.ACCEPTED)
    assert belongings.staying_behind(keep.id, other.id) == 1
    merge_leads(keep, other, {}, actor=cast.bob)
    assert Recipient.get_by_id(theirs.id).lead_id == keep.id  # written to already: so it is the one to go on with
    assert Recipient.get_by_id(mine.id).lead_id == other.id  # which is deleted, so this one is left out
    assert Delivery.get_by_id(sent.id).lead_id == keep.id


def test_a_mail_of_the_other_place_that_waits_is_not_sent_any_more(cast, two):
    keep, other = two
    step, (mine, theirs) = campaign(cast, keep, other)
    Recipient.update(state=RecipientState.SENT).where(Recipient.id == mine.id).execute()
    Recipient.update(state=RecipientState.SENDING).where(Recipient.id == theirs.id).execute()
    waiting = mail(step, theirs, DeliveryState.CLAIMED)
    merge_leads(keep, other, {}, actor=cast.bob)
    assert Delivery.get_by_id(waiting.id).lead_id == other.id and Recipient.get_by_id(mine.id).lead_id == keep.id


def test_a_lead_that_changed_since_it_was_looked_at_is_not_merged(cast, two):
    keep, other = two
    seen = compare(keep, other).seen
    Lead.update(title="CTO").where(Lead.id == other.id).execute()
    with pytest.raises(Conflict, match=r"Title of Elena .* is now “CTO”"):
        merge_leads(keep, other, {}, actor=cast.bob, seen=seen)
    tags.give_tags(keep, ["VIP"])
    Lead.update(title="Founder").where(Lead.id == other.id).execute()
    with pytest.raises(Conflict, match="Tags of Elena"):
        merge_leads(keep, other, {}, actor=cast.bob, seen=seen)
    for nonsense in ("", "[]", "[1, 2]", "{}", "null"):
        with pytest.raises(Conflict):
            merge_leads(keep, other, {}, actor=cast.bob, seen=nonsense)
    assert Lead.get_by_id(other.id).deleted_at is None


def test_a_second_merge_of_the_same_two_changes_nothing(cast, two):
    keep, other = two
    merge_leads(keep, other, {}, actor=cast.bob)
    for pair in ((keep, other), (other, keep)):
        with pytest.raises(Conflict):
            merge_leads(*pair, {}, actor=cast.bob)
    with pytest.raises(Invalid):
        compare(keep, keep)
    assert Activity.select().where(Activity.kind == ActivityKind.MERGED).count() == 1


def test_what_was_merged_before_leads_on_to_the_last_lead(cast, two):
    keep, other = two
    third = factories.lead(cast.acme)
    merge_leads(keep, other, {}, actor=cast.bob)
    merge_leads(third, Lead.get_by_id(keep.id), {}, actor=cast.bob)
    assert merged_into(cast.bob, other.id) == merged_into(cast.bob, keep.id) == third.id


def test_nobody_merges_a_lead_out_of_their_own_sight(cast, two):
    keep, other = two
    berlin = create_center(cast.acme, "Berlin")
    cora = factories.member(cast.acme, "Cora Center", reach=Reach.CENTERS)
    CenterMember.create(center=berlin, user=cora.user_id)
    Lead.update(owner=cora.user_id).where(Lead.id == keep.id).execute()
    Lead.update(owner=cast.bob.user_id, center=berlin).where(Lead.id == other.id).execute()
    with pytest.raises(Invalid, match="would not see"):
        merge_leads(keep, other, {"owner": "other", "center": "keep"}, actor=cora)
    assert Lead.get_by_id(other.id).deleted_at is None
    merge_leads(keep, other, {"owner": "keep"}, actor=cora)


@pytest.mark.parametrize("which", [0, 1])
def test_nobody_merges_a_lead_that_left_their_sight_since_they_opened_it(cast, two, which):
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.OWN)
    Lead.update(owner=dora.user_id).execute()
    Lead.update(owner=cast.bob.user_id).where(Lead.id == two[which].id).execute()
    with pytest.raises(Conflict, match="out of your sight"):
        merge_leads(*two, {"owner": "other" if which == 0 else "keep"}, actor=dora)
    assert Lead.get_by_id(two[1].id).deleted_at is None


def test_a_merged_lead_does_not_come_out_of_the_bin(cast, two):
    keep, other = two
    NotDuplicate.create(workspace=cast.acme, first=keep, second=other)
    merge_leads(keep, other, {}, actor=cast.bob)
    assert bulk.restore_leads(cast.bob, [other.id]) == ([], [])
