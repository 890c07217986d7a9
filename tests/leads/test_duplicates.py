import random

import pytest
from peewee import IntegrityError
from playhouse.test_utils import count_queries

from db import db
from tests import factories
from webapp.accounts.models import Reach
from webapp.core.clock import now
from webapp.leads import duplicates
from webapp.leads.list_models import DuplicateGroup, NotDuplicate
from webapp.leads.look_alike import look_alike
from webapp.leads.merging import compare
from webapp.leads.models import Lead, mailbox, with_keys


def person(workspace, email="", first="Elena", last="Marchetti", company="Stripe", domain="stripe.example", **fields):
    return factories.lead(workspace, company, first_name=first, last_name=last, email=email, domain=domain, **fields)


def alike(member):
    return {(pair.first.id, pair.second.id) for pair in duplicates.pairs(member).rows}


@pytest.mark.parametrize(
    ("email", "box"),
    [
        ("ann@globex.example", "ann@globex.example"),
        ("ann+news@globex.example", "ann@globex.example"),
        ("a.n.n+x+y@gmail.com", "ann@gmail.com"),
        ("ann@googlemail.com", "ann@gmail.com"),
        ("a.nn@globex.example", "a.nn@globex.example"),
        ("+ann@globex.example", "+ann@globex.example"),
        ("", ""),
    ],
)
def test_a_mailbox_is_the_address_without_what_people_add_to_it_in_python_and_in_the_database(cast, email, box):
    lead = factories.lead(cast.acme, email=email)
    assert duplicates.mailbox_of(email) == box
    found = Lead.select(mailbox(Lead.email)).where(Lead.id == lead.id).tuples()
    assert list(found) == [(box,)]


def test_the_same_mailbox_written_differently_makes_a_pair(cast):
    one = factories.lead(cast.acme, email="elena@globex.example")
    two = factories.lead(cast.acme, email="elena+sales@globex.example")
    factories.lead(cast.acme, email="e.lena@globex.example")
    three = factories.lead(cast.acme, email="e.marchetti@gmail.com")
    four = factories.lead(cast.acme, email="emarchetti+a@googlemail.com")
    factories.lead(cast.other, email="elena@globex.example")
    assert alike(cast.bob) == {(one.id, two.id), (three.id, four.id)}
    assert not alike(cast.charlie)


def test_the_same_name_and_domain_make_a_pair_and_the_company_where_one_has_no_domain(cast):
    one = person(cast.acme, "e@stripe.example")
    two = person(cast.acme, "elena@stripe.example", first="ÉLENA", company="Stripe Inc")
    person(cast.acme, "other@stripe.example", first="Elna")
    abroad = person(cast.acme, "e@stripe.other", domain="stripe.other")
    assert alike(cast.bob) == {(one.id, two.id)}  # the same company with another domain is another office
    home = person(cast.acme, "e@gmail.com", domain="")
    assert alike(cast.bob) == {(one.id, two.id), (one.id, home.id)}
    Lead.update(deleted_at=now()).where(Lead.id == one.id).execute()
    assert alike(cast.bob) == {(abroad.id, home.id)}


def brute_force():
    """{(kind, key, name)} of a workspace, by comparing every lead with every other."""
    leads, groups = list(Lead.select().where(Lead.deleted_at.is_null())), set()
    for one in leads:
        for other in leads:
            if one.id < other.id and one.workspace_id == other.workspace_id:
                groups |= {(one.workspace_id, *shared) for shared in duplicates.shared_by(one, other)}
    return groups


def kept_groups():
    return {(group.workspace_id, group.kind, group.key, group.name) for group in DuplicateGroup.select()}


def test_what_leads_share_is_kept_whatever_happens_to_them(cast):
    dice = random.Random(11)

    def fields():
        email = dice.choice(
            ["", "ann@a.example", "ann+1@a.example", "ann+2@a.example", "a.n@gmail.com", "an@gmail.com"]
        )
        first, company = dice.choice(["Ann", "ann", "Bea", ""]), dice.choice(["Globex", ""])
        named = {"first_name": first, "last_name": "", "company": company}
        return with_keys({**named, "email": email, "domain": dice.choice(["", "a.example", "b.example"])})

    for _ in range(150):
        some, act = list(Lead.select().order_by(Lead.id)), dice.randrange(6)
        try:
            with db.atomic():
                if act < 2 or not some:
                    Lead.insert_many(
                        [{"workspace": cast.acme, **fields()} for _ in range(dice.choice([1, 2]))]
                    ).execute()
                elif act == 2:
                    Lead.update(fields()).where(Lead.id == dice.choice(some).id).execute()
                elif act == 3:
                    Lead.update(deleted_at=now()).where(Lead.id == dice.choice(some).id).execute()
                elif act == 4:
                    Lead.update(deleted_at=None).where(Lead.id == dice.choice(some).id).execute()
                else:
                    Lead.delete().where(Lead.id == dice.choice(some).id).execute()
        except IntegrityError:
            continue
        # a company's group may also hold leads whose domains say that they are different
        kept, true = kept_groups(), brute_force()
        assert true <= kept and {group for group in kept - true if group[1] != "company"} == set()


# ---------------------------------------------------------------------- pages


@pytest.fixture
def two(cast):
    return person(cast.acme, "e@stripe.example", title="CEO"), person(
        cast.acme, "elena@stripe.example", title="Founder"
    )


def test_duplicates_are_listed_with_why_and_a_way_to_compare_for_who_may_change_leads(cast, sign_in, two):
    text = sign_in(cast.bob).get("/leads/duplicates").text
    assert "The same name and domain" in text and f"/leads/{two[0].id}/merge/{two[1].id}" in text
    assert "/merge/" not in sign_in(cast.vera).get("/leads/duplicates").text
    assert "No duplicates" in sign_in(cast.charlie).get("/leads/duplicates").text


def test_a_pair_called_different_is_not_shown_any_more_until_that_is_undone(cast, sign_in, two):
    first, second = two
    client = sign_in(cast.bob)
    for _ in range(2):
        assert client.post(f"/leads/{second.id}/merge/{first.id}/different").status_code == 303
    assert NotDuplicate.select().count() == 1 and alike(cast.bob) == set()
    assert not DuplicateGroup.select().exists()
    third = person(cast.acme, "em@stripe.example")
    assert alike(cast.bob) == {(first.id, third.id)}
    assert look_alike(cast.bob, first).id == third.id
    client.post(f"/leads/{first.id}/merge/{second.id}/alike")
    assert alike(cast.bob) == {(first.id, second.id), (first.id, third.id)}


def test_a_lead_alone_looks_like_the_one_it_shares_something_with(cast, two):
    first, second = two
    hint = look_alike(cast.bob, first)
    assert (hint.id, hint.name, hint.why) == (second.id, "Elena Marchetti", "the same name and domain")
    lone = factories.lead(cast.acme, email="lone@globex.example")
    assert look_alike(cast.bob, lone) is None
    tagged = factories.lead(cast.acme, email="lone+x@globex.example")
    assert look_alike(cast.bob, lone).id == tagged.id
    assert look_alike(cast.bob, tagged).why == "the same mailbox"
    homeless = person(cast.acme, domain="")
    assert look_alike(cast.bob, homeless).why == "the same name and company"


def test_nobody_sees_the_duplicates_of_leads_beyond_their_reach(cast, sign_in, two, monkeypatch):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    Lead.update(owner=olga.user_id).where(Lead.id == two[0].id).execute()
    assert alike(olga) == set() and look_alike(olga, two[0]) is None
    client = sign_in(olga)
    assert client.get(f"/leads/{two[0].id}/merge/{two[1].id}").status_code == 404
    assert client.post(f"/leads/{two[0].id}/merge/{two[1].id}").status_code == 404
    Lead.update(owner=olga.user_id).where(Lead.id == two[1].id).execute()
    monkeypatch.setattr(duplicates, "SIZE", 1)
    for number in range(3):
        for email in ("a", "b"):
            person(cast.acme, f"{email}@{number}.example", domain=f"{number}.example")
    assert alike(olga) == {(two[0].id, two[1].id)}


def test_the_list_is_paged_both_ways(cast, monkeypatch):
    monkeypatch.setattr(duplicates, "SIZE", 2)
    for number in range(5):
        for _ in range(2):
            person(cast.acme, domain=f"{number}.example", last=f"Number {number}")
    first = duplicates.pairs(cast.bob)
    second = duplicates.pairs(cast.bob, first.older)
    third = duplicates.pairs(cast.bob, second.older)
    assert [pair.first.last_name[-1] for page in (first, second, third) for pair in page.rows] == list("43210")
    assert duplicates.pairs(cast.bob, third.newer).rows == second.rows and third.older is None
    for nonsense in ("x", first.older[:-2]):
        assert duplicates.pairs(cast.bob, nonsense).rows == first.rows


def test_the_page_takes_as_many_queries_for_two_pairs_as_for_twenty(cast, sign_in):
    client, counts = sign_in(cast.bob), []
    for many in (2, 20):
        for number in range(many):
            for _ in range(2):
                person(cast.acme, domain=f"{many}-{number}.example")
        client.get("/leads/duplicates")
        with count_queries() as counted:
            client.get("/leads/duplicates")
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8


def test_a_lead_to_merge_with_is_found_by_search(cast, sign_in, two, htmx):
    lone = factories.lead(cast.acme, "Initech", first_name="Ann", last_name="Hall")
    client = sign_in(cast.bob)
    assert "elena@stripe.example" in client.get(f"/leads/{two[0].id}/merge").text
    part = client.get(f"/leads/{two[0].id}/merge?q=initech", headers=htmx).text
    assert f"/leads/{two[0].id}/merge/{lone.id}" in part and "<html" not in part
    assert f"merge/{two[0].id}" not in client.get(f"/leads/{two[0].id}/merge?q=stripe").text


def test_the_comparison_says_what_happens_before_it_does(cast, sign_in, two, htmx):
    first, second = two
    client, address = sign_in(cast.bob), f"/leads/{first.id}/merge/{second.id}"
    text = client.get(address).text
    assert "Founder" in text and "A merge cannot be undone" in text and "Kept in its history only" in text
    part = client.post(f"{address}/preview", data={"title": "other", "email": "keep"}, headers=htmx).text
    assert "Title" in part and "elena@stripe.example" in part and "<html" not in part
    assert Lead.get_by_id(second.id).deleted_at is None


def test_merging_by_the_page_leads_to_the_lead_that_stays_also_by_the_old_address(cast, sign_in, two):
    first, second = two
    client, address = sign_in(cast.bob), f"/leads/{first.id}/merge/{second.id}"
    seen = compare(Lead.get_by_id(first.id), Lead.get_by_id(second.id)).seen
    for _ in range(2):  # a double click
        answer = client.post(address, data={"title": "other", "seen": seen})
        assert answer.status_code == 303 and answer.location.endswith(f"/leads/{first.id}")
    assert Lead.get_by_id(first.id).title == "Founder" and alike(cast.bob) == set()
    assert client.get(f"/leads/{second.id}").location.endswith(f"/leads/{first.id}")
    assert sign_in(cast.charlie).get(f"/leads/{second.id}").status_code == 404


def test_a_comparison_that_is_out_of_date_keeps_what_was_chosen_and_says_what_changed(cast, sign_in, two):
    first, second = two
    seen = compare(Lead.get_by_id(first.id), Lead.get_by_id(second.id)).seen
    Lead.update(city="Rome").where(Lead.id == second.id).execute()
    answer = sign_in(cast.bob).post(f"/leads/{first.id}/merge/{second.id}", data={"title": "keep", "seen": seen})
    assert answer.status_code == 409 and "City of Elena Marchetti is now “Rome”" in answer.text
    assert Lead.get_by_id(second.id).deleted_at is None
    assert sign_in(cast.bob).get(f"/leads/{first.id}/merge/{first.id}").status_code == 422
