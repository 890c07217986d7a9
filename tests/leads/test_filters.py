"""The filter's chips, and the form that adds to it."""

import re
from html import unescape

import pytest
from playhouse.test_utils import count_queries
from werkzeug.datastructures import MultiDict

from tests import factories
from webapp.accounts import centers
from webapp.leads import chips
from webapp.leads.conditions import Condition, Where
from webapp.leads.criteria import FIELDS
from webapp.leads.field_models import CustomField, Tag
from webapp.leads.models import Stage


def shown(text):
    """The words of each chip."""
    bar = text.split('id="filters"')[1].split("data-dashed")[0]
    found = re.findall(r'<span class="chip">(.*?)<a ', bar, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in found]


def removals(text):
    return [unescape(one) for one in re.findall(r'href="([^"]+)" aria-label="Remove filter', text)]


def rows(text):
    return re.findall(r'<tr id="lead-(\d+)"', text)


def test_each_condition_is_a_chip_with_names_and_words(cast, sign_in):
    berlin = centers.create_center(cast.acme, "Berlin")
    tag = Tag.create(workspace=cast.acme, name="Supplier", name_key="supplier")
    CustomField.create(
        workspace=cast.acme, name="Size", name_key="size", slug="size", kind="choice", options=["Small", "Big"]
    )
    asked = [
        f"owner.is.me|{cast.alice.user_id}",
        f"center.is.{berlin.id}",
        f"tag.not.{tag.id}",
        "stage.is.lost",
        "touch.older.14",
        "value.between.10|500",
        "city.empty",
        "custom-size.is.Big",
        "custom-gone.is.x",
    ]
    text = sign_in(cast.bob).get("/leads?" + "&".join(f"f={one}" for one in asked)).text
    assert shown(text) == [
        "Owner is Me or Alice Archer",
        "Center is Berlin",
        "Tag is not Supplier",
        "Stage is Lost",
        "Last touch more than 14 days ago",
        "Value is between 10 and 500",
        "City is empty",
        "Size is Big",
        "A field that was deleted",
    ]


@pytest.mark.parametrize("path", ["/leads", "/leads/board"])
def test_a_chip_goes_and_the_others_stay(cast, sign_in, path):
    text = sign_in(cast.bob).get(f"{path}?f=stage.is.lost&f=city.is.Oslo&q=glo").text
    assert removals(text) == [f"{path}?q=glo&f=city.is.Oslo", f"{path}?q=glo&f=stage.is.lost"]
    assert f'href="{path}">Clear' in text
    assert 'name="f" value="stage.is.lost"' in text  # a search keeps it


def test_short_addresses_are_chips_too(cast, sign_in):
    berlin = centers.create_center(cast.acme, "Berlin")
    text = sign_in(cast.bob).get(f"/leads?stage=lost&center={berlin.id}").text
    assert shown(text) == ["Stage is Lost", "Center is Berlin"]


def test_match_any_and_groups_are_told_and_taken_apart(cast, sign_in):
    oslo = factories.lead(cast.acme, city="Oslo", stage=Stage.LOST)
    rome = factories.lead(cast.acme, city="Rome", stage=Stage.LOST)
    factories.lead(cast.acme, city="Bonn", stage=Stage.LOST)
    client, address = sign_in(cast.bob), "/leads?f=stage.is.lost&g1=city.is.Oslo&g1=city.is.Rome"
    text = client.get(address).text
    assert shown(text) == ["Stage is Lost", "City is Oslo", "City is Rome"] and 'aria-label="One of"' in text
    assert set(rows(text)) == {str(oslo.id), str(rome.id)} and "Match any" in text
    assert removals(text)[1] == "/leads?f=stage.is.lost&f=city.is.Rome"
    assert "Match all" in client.get(address + "&match=any").text


def test_a_condition_is_added_step_by_step_without_javascript(cast, sign_in):
    client = sign_in(cast.bob)
    assert "Choose a field" in client.get("/leads/filter?f=stage.is.lost").text
    second = client.get("/leads/filter?f=stage.is.lost&field=owner").text
    assert "Alice Archer" in second and "is not empty" in second
    done = client.get(f"/leads/filter?f=stage.is.lost&field=owner&op=not&value=me&value={cast.alice.user_id}&done=1")
    assert done.status_code == 303
    assert done.location == f"/leads?f=stage.is.lost&f=owner.not.me%7C{cast.alice.user_id}"
    board = client.get("/leads/filter?view=board&field=city&op=is&value=Oslo&done=1")
    assert board.location == "/leads/board?f=city.is.Oslo"


def test_htmx_gets_the_form_alone_and_is_sent_on(cast, sign_in, htmx):
    client = sign_in(cast.bob)
    part = client.get("/leads/filter?field=value", headers=htmx)
    assert "<html" not in part.text and 'id="filter-form"' in part.text
    done = client.get("/leads/filter?field=value&op=from&value=64,000&done=1", headers=htmx)
    assert done.headers["HX-Redirect"] == "/leads?f=value.from.64000"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("field=owner&op=is", "Choose at least one."),
        ("field=value&op=from&value=lots", "Write a number, such as 500."),
        ("field=value&op=between&value=1", "Write two numbers."),
        ("field=touch&op=within&value=x", "Write a number of days."),
        ("field=touch&op=on&value=2026-13-01", "Choose a date."),
        ("field=city&op=has&value=", "Write what to look for."),
    ],
)
def test_what_cannot_be_asked_is_a_sentence_and_stays_typed(cast, sign_in, asked, sentence):
    answer = sign_in(cast.bob).get(f"/leads/filter?{asked}&done=1")
    assert answer.status_code == 422 and sentence in answer.text
    assert "value=lots" not in asked or 'value="lots"' in answer.text


def test_a_condition_goes_into_a_group_beside_another(cast, sign_in):
    client = sign_in(cast.bob)
    done = client.get("/leads/filter?f=city.is.Oslo&beside=city.is.Oslo&field=city&op=is&value=Rome&done=1")
    assert done.location == "/leads?g1=city.is.Oslo&g1=city.is.Rome"
    third = client.get(done.location.replace("?", "/filter?") + "&beside=city.is.Rome&field=city&op=empty&done=1")
    assert third.location == "/leads?g1=city.is.Oslo&g1=city.is.Rome&g1=city.empty"


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_asked_by_each_of_its_operators(cast, sign_in, field):
    client = sign_in(cast.bob)
    for op in FIELDS[field].kind.ops:
        assert client.get(f"/leads/filter?field={field}&op={op}").status_code == 200


def test_names_of_another_workspace_are_never_told(cast, sign_in):
    tag = Tag.create(workspace=cast.other, name="Zyx", name_key="zyx")
    center = centers.create_center(cast.other, "Zyxtown")
    client = sign_in(cast.bob)
    text = client.get(f"/leads?f=tag.is.{tag.id}&f=center.not.{center.id}&f=owner.not.{cast.charlie.user_id}").text
    assert "Zyx" not in text and cast.charlie.full_name not in text
    assert shown(text) == ["Tag is deleted", "Center is not deleted", "Owner is not somebody who left"]
    assert "Zyx" not in client.get("/leads/filter?field=tag").text + client.get("/leads/filter?field=center").text


def test_a_whole_filter_takes_few_queries(cast, sign_in):
    client = sign_in(cast.bob)
    address = "/leads?f=owner.is.me&f=owner.not.1&f=tag.empty&f=value.from.5&f=city.empty"
    client.get(address)
    with count_queries() as counted:
        client.get(address)
    assert counted.count <= 8


def test_a_wheres_chips_hold_what_is_left_without_each(cast):
    where = Where.read(MultiDict([("f", "stage.is.new"), ("g1", "city.is.Oslo"), ("g1", "stage.is.new")]))
    told = chips.told(cast.bob, where)
    assert [str(one) for one in told.chips[2].rest] == ["stage.is.new", "city.is.Oslo"]  # a group of one is no group
    assert told.other.any and chips.beside(where, "nonsense", Condition.read("city.empty")) == where
