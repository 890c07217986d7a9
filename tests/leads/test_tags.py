"""Tags on leads, one by one and many at once, and in the settings."""

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Reach
from webapp.core.errors import Conflict, Invalid
from webapp.leads import removing, tags
from webapp.leads.bulk import delete_leads
from webapp.leads.field_models import LeadTag, Removal, Tag
from webapp.leads.models import Activity


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex")


def names(lead):
    return [tag.name for tag in tags.tags_on(lead)]


def test_a_tag_is_found_by_its_folded_name_or_made(cast):
    first = tags.named(cast.acme, "  Große   Messe ")
    assert first.name == "Große Messe" and tags.named(cast.acme, "grosse messe") == first
    assert tags.named(cast.other, "Große Messe") != first
    for text in ("", " \0", "x" * 51, "a, b", "a;b"):
        with pytest.raises(Invalid):
            tags.named(cast.acme, text)


def test_there_are_up_to_a_thousand_tags(cast, monkeypatch):
    monkeypatch.setattr(tags, "MOST", 1)
    tags.named(cast.acme, "One")
    with pytest.raises(Invalid, match="up to 1 tags"):
        tags.named(cast.acme, "Two")


def test_a_second_click_adds_nothing_and_tells_nothing(cast, lead):
    vip = tags.named(cast.acme, "VIP")
    assert tags.tag_lead(lead, vip, actor=cast.bob) and not tags.tag_lead(lead, vip, actor=cast.bob)
    assert tags.tag_lead(lead, tags.named(cast.acme, "DACH"), actor=cast.bob)
    assert tags.untag_lead(lead, vip, actor=cast.bob) and not tags.untag_lead(lead, vip, actor=cast.bob)
    told = [activity.data["changes"]["tags"] for activity in Activity.select().order_by(Activity.id)]
    assert told == [["", "VIP"], ["VIP", "DACH, VIP"], ["DACH, VIP", "DACH"]] and names(lead) == ["DACH"]


def test_many_leads_are_tagged_in_a_few_queries_within_reach_and_workspace(cast):
    vip, mine = tags.named(cast.acme, "VIP"), [factories.lead(cast.acme) for _ in range(20)]
    gone, theirs = factories.lead(cast.acme), factories.lead(cast.other)
    delete_leads(cast.alice, [gone.id])
    tags.tag_lead(mine[0], vip, actor=cast.bob)
    ids = [lead.id for lead in (*mine, gone, theirs)]
    with count_queries() as counted:
        changed = tags.tag_leads(cast.bob, ids, vip)
    assert sorted(changed) == [lead.id for lead in mine[1:]] and counted.count <= 4
    assert LeadTag.select().count() == 20
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    assert tags.untag_leads(olga, ids, vip) == [] and tags.tag_leads(cast.charlie, ids, vip) == []
    assert sorted(tags.untag_leads(cast.bob, changed, vip)) == sorted(changed) and names(mine[0]) == ["VIP"]


def test_tags_are_added_and_removed_on_the_leads_page(cast, sign_in, htmx, lead):
    client, path = sign_in(cast.bob), f"/leads/{lead.id}/tags"
    answer = client.post(path, data={"name": "VIP <b>"}, headers=htmx)
    assert answer.status_code == 200 and "VIP &lt;b&gt;" in answer.text and 'hx-target="#activity"' in answer.text
    assert client.post(path, data={"name": "typed", "pick": "Partner"}).location == f"/leads/{lead.id}"
    assert names(lead) == ["Partner", "VIP <b>"]
    tag = tags.named(cast.acme, "Partner")
    assert client.post(f"{path}/{tag.id}/remove", headers=htmx).status_code == 200
    assert client.post(f"{path}/{tag.id}/remove").status_code == 303 and names(lead) == ["VIP <b>"]
    bad = client.post(path, data={"name": ""}, headers=htmx)
    assert bad.status_code == 422 and "Type a tag first." in bad.text and "<html" not in bad.text


def test_the_chooser_offers_what_may_be_meant_and_to_create_the_rest(cast, sign_in, htmx, lead):
    for name in ("Trade fair", "Fair play", "VIP"):
        tags.named(cast.acme, name)
    tags.tag_lead(lead, tags.named(cast.acme, "Fairy"), actor=cast.bob)
    client, path = sign_in(cast.bob), f"/leads/{lead.id}/tags"
    part = client.get(f"{path}?name=FAIR", headers=htmx).text
    assert part.index("Fair play") < part.index("Trade fair") < part.index("Create “FAIR”")
    assert "VIP" not in part and "Fairy" not in part and "<html" not in part
    assert "Create" not in client.get(f"{path}?name=vip", headers=htmx).text
    page = client.get(path).text
    assert "<html" in page and "Fairy" in page and f'action="{path}"' in page


def test_a_viewer_sees_tags_and_an_outsider_nothing(cast, sign_in, lead):
    vip, theirs = tags.named(cast.acme, "VIP"), tags.named(cast.other, "Theirs")
    tags.tag_lead(lead, vip, actor=cast.bob)
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    paths = [f"/leads/{lead.id}/tags", f"/leads/{lead.id}/tags/{vip.id}/remove"]
    for member, status in ((cast.vera, 403), (cast.charlie, 404), (olga, 404)):
        for path in paths:
            assert sign_in(member).post(path, data={"name": "X"}).status_code == status
    assert sign_in(cast.bob).post(f"/leads/{lead.id}/tags/{theirs.id}/remove").status_code == 404
    page = sign_in(cast.vera).get(f"/leads/{lead.id}").text
    assert "VIP" in page and "Remove tag" not in page and "Add tag" not in page
    assert names(lead) == ["VIP"] and Tag.select().count() == 2


def test_a_tag_is_renamed_merged_after_a_question_and_deleted_in_the_settings(cast, sign_in, lead):
    other, client = factories.lead(cast.acme), sign_in(cast.alice)
    vip, partner = tags.named(cast.acme, "VIP"), tags.named(cast.acme, "Partner")
    tags.tag_leads(cast.bob, [lead.id, other.id], vip)
    tags.tag_lead(other, partner, actor=cast.bob)
    path = f"/settings/tags/{vip.id}/rename"
    assert client.post(path, data={"name": "vip!"}).status_code == 303 and names(lead) == ["vip!"]
    asked = client.post(path, data={"name": "PARTNER"})
    assert asked.status_code == 422 and "already a tag Partner" in asked.text and "2 leads with vip!" in asked.text
    assert f'name="merge" value="{partner.id}"' in asked.text and names(lead) == ["vip!"]
    assert client.post(path, data={"name": "PARTNER", "merge": partner.id}).status_code == 303
    assert names(lead) == names(other) == ["Partner"]
    assert Tag.select().count() == 1 and Removal.select().count() == 0
    assert client.post(path, data={"name": "X"}).status_code == 404
    assert "2 leads lose the tag" in client.get(f"/settings/tags/{partner.id}/delete").text
    assert client.post(f"/settings/tags/{partner.id}/delete").status_code == 303
    assert names(lead) == [] and Tag.select().count() == 0
    with pytest.raises(Conflict):
        tags.delete_tag(cast.acme, partner, actor=cast.alice)


def test_a_tag_that_many_have_is_merged_in_batches_and_follows_a_second_merge(cast, run_jobs, monkeypatch):
    monkeypatch.setattr(removing, "BATCH", 2)
    leads = [factories.lead(cast.acme) for _ in range(5)]
    one, two, three = (tags.named(cast.acme, name) for name in ("One", "Two", "Three"))
    tags.tag_leads(cast.bob, [lead.id for lead in leads], one)
    tags.tag_lead(leads[4], two, actor=cast.bob)
    tags.merge_tags(cast.acme, one, two, actor=cast.alice)
    assert names(leads[0]) == ["Two"] and names(leads[3]) == []
    tags.merge_tags(cast.acme, two, three, actor=cast.alice)
    for removal in Removal.select().order_by(Removal.id.desc()):  # the second one is done first
        removing.remove_from_leads(removal.id)
    run_jobs()
    assert [names(lead) for lead in leads] == [["Three"]] * 5
    assert Tag.select().count() == 1 and Removal.select().count() == 0


def test_the_list_counts_its_tags_in_as_many_queries_for_three_as_for_fifty(cast, sign_in, lead):
    client, counts = sign_in(cast.alice), []
    for total in (3, 60):
        while Tag.select().count() < total:
            tags.tag_lead(lead, tags.named(cast.acme, f"Tag {Tag.select().count():02}"), actor=cast.bob)
        with count_queries() as counted:
            page = client.get("/settings/tags").text
        counts.append(counted.count)
    assert counts[0] == counts[1] and "Tag 49" in page and "Tag 50" not in page and "page=" in page
    assert client.post("/settings/tags/new", data={"name": "tag 01"}).status_code == 303 and Tag.select().count() == 60
    assert sign_in(cast.bob).get("/settings/tags").status_code == 403
