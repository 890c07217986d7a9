"""Who is in an audience and who is left out of it, counted and written down by the same expression."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import db
from tests import factories
from webapp.accounts.models import Reach
from webapp.campaigns import adding, audience, launching, reasons, recipients
from webapp.campaigns.models import Campaign, CampaignState, Delivery, Recipient, RecipientState, Step
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.leads import saved_views
from webapp.leads.conditions import Where, one
from webapp.leads.filters import Filter
from webapp.leads.models import Lead
from webapp.mail import suppression
from webapp.mail.mailboxes import server_mailbox
from webapp.mail.models import Suppression, SuppressionReason

PICKED = {"kind": "picked", "stage": "", "q": ""}
SWISS = Filter(where=Where((one("country", "CH"),)))


def fresh(campaign):
    return Campaign.get_by_id(campaign.id)


def counted(member, campaign):
    return audience.counted(member, fresh(campaign).whom)


def written(campaign):
    """{reason: how many} of the recipients that a campaign has."""
    rows = Recipient.select(Recipient.reason).where(Recipient.campaign == campaign.id, Recipient.state == "skipped")
    return Counter(reason for (reason,) in rows.tuples())


def emails_of(campaign):
    waiting = (
        Recipient.select(Lead.email)
        .join(Lead)
        .where(Recipient.campaign == campaign.id, Recipient.state == RecipientState.QUEUED)
    )
    return {email for (email,) in waiting.tuples()}


def wrote(campaign, lead, *, days):
    """Another campaign's mail to `lead`, so many days ago."""
    person = Recipient.create(workspace=lead.workspace_id, campaign=campaign, lead=lead, state="sent")
    Delivery.create(
        workspace=lead.workspace_id, campaign=campaign, recipient=person, step=Step.get(Step.campaign == campaign.id),
        lead=lead, email=lead.email, message_id=f"m{person.id}", subject="Hello", state="accepted",
        changed_at=now() - timedelta(days=days),
    )  # fmt: skip


def test_each_reason_is_counted_by_its_name_and_the_first_one_holds(cast, draft):
    factories.lead(cast.acme, email="")
    factories.lead(cast.acme, email="no at sign")
    factories.lead(cast.acme, email="ada@globex.example")
    factories.lead(cast.acme, email="bo@initech.example")
    factories.lead(cast.acme, email="cy@gmail.com")
    factories.lead(cast.acme, email="c.y+x@gmail.com")
    factories.lead(cast.acme, email="info@hooli.example")
    suppression.suppress(cast.acme, "@globex.example", reason=SuppressionReason.MANUAL)
    suppression.suppress(cast.acme, "bo@initech.example", reason=SuppressionReason.BOUNCED)
    count = counted(cast.alice, draft())
    assert count.left_out == {
        "No e-mail address": 1,
        "No server takes this address": 1,
        "On the suppression list": 1,
        "Nobody has this address: a mail came back": 1,
        "Shares a mailbox with another lead": 1,
    }
    assert (count.total, count.reached, count.roles, count.private) == (7, 2, 1, 1)
    assert (count.no_address, count.suppressed) == (1, 2)


def test_of_leads_with_one_mailbox_the_first_gets_the_mail_and_one_left_out_does_not_stand_for_it(cast, draft):
    factories.lead(cast.acme, email="a.da@gmail.com")
    factories.lead(cast.acme, email="ada@gmail.com")
    suppression.suppress(cast.acme, "a.da@gmail.com", reason=SuppressionReason.MANUAL)
    campaign = draft()
    launching.start(campaign, actor=cast.alice)
    assert emails_of(campaign) == {"ada@gmail.com"}


def test_whom_another_campaign_writes_to_is_left_out_only_where_that_is_wanted(cast, draft):
    lead = factories.lead(cast.acme)
    first = draft(name="First")
    launching.start(first, actor=cast.alice)
    free, shy = draft(name="Second"), draft(name="Third", leaves_out_busy=True)
    assert counted(cast.alice, free).reached == 1
    assert counted(cast.alice, shy).left_out == {reasons.BUSY: 1}
    Recipient.update(state="sent").where(Recipient.lead == lead).execute()
    assert counted(cast.alice, shy).reached == 1


def test_whom_any_campaign_wrote_to_within_the_quiet_days_is_left_out(cast, draft):
    early, late = factories.lead(cast.acme), factories.lead(cast.acme)
    first, campaign = draft(name="First"), draft(name="Second", quiet_days=14)
    wrote(first, early, days=15)
    wrote(first, late, days=13)
    assert counted(cast.alice, campaign).left_out == {reasons.QUIET: 1}
    launching.start(campaign, actor=cast.alice)
    assert emails_of(campaign) == {early.email}


def test_a_first_mail_is_stopped_when_another_campaign_wrote_since_the_start(cast, draft):
    lead, other = factories.lead(cast.acme), factories.lead(cast.acme)
    first, campaign = draft(name="First"), draft(name="Second", quiet_days=14)
    launching.start(campaign, actor=cast.alice)
    people = {person.lead_id: person.id for person in Recipient.select()}
    assert recipients.unwelcome(fresh(campaign), list(people.values()), now()) == {}
    wrote(first, lead, days=1)
    suppression.suppress(cast.acme, other.email, reason=SuppressionReason.COMPLAINED)
    said = recipients.unwelcome(fresh(campaign), list(people.values()), now())
    assert said == {people[lead.id]: reasons.QUIET, people[other.id]: "Complained about a mail"}


def test_two_campaigns_that_leave_out_each_others_leads_do_not_wait_for_each_other(cast, draft):
    factories.lead(cast.acme)
    first, second = draft(name="First", leaves_out_busy=True), draft(name="Second")
    launching.start(first, actor=cast.alice)
    launching.start(second, actor=cast.alice)
    Campaign.update(leaves_out_busy=True).execute()
    ids = [person.id for person in Recipient.select().order_by(Recipient.id)]
    assert recipients.unwelcome(fresh(first), ids, now()) == {}
    Recipient.update(reached_at=now()).where(Recipient.campaign == second.id).execute()
    assert list(recipients.unwelcome(fresh(first), ids[:1], now()).values()) == [reasons.BUSY]


# ------------------------------------------------------- views and filters


def test_a_view_is_fixed_when_the_campaign_starts(cast, draft):
    swiss = factories.lead(cast.acme, country="CH")
    factories.lead(cast.acme, country="AT")
    view = saved_views.create_view(cast.alice, "Swiss", SWISS, is_shared=True)
    campaign = draft(audience={"kind": "view", "stage": "", "q": "", "view": view.id})
    assert audience.describe(campaign.audience) == "The view “Swiss”"
    view = saved_views.get_view(cast.alice, view.id)
    saved_views.save_filter(cast.alice, view, Filter(where=Where((one("country", "AT"), one("city", "Wien")))))
    assert counted(cast.alice, campaign).reached == 0
    saved_views.save_filter(cast.alice, view, SWISS)
    launching.start(campaign, actor=cast.alice)
    assert emails_of(campaign) == {swiss.email}
    saved_views.delete_view(cast.alice, view)
    assert fresh(campaign).audience["query"] == SWISS.query().lstrip("?")


def test_a_view_that_is_gone_or_anothers_own_keeps_a_campaign_from_starting(cast, draft):
    factories.lead(cast.acme, country="CH")
    view = saved_views.create_view(cast.bob, "Swiss", SWISS, is_shared=False)
    campaign = draft(audience={"kind": "view", "stage": "", "q": "", "view": view.id})
    assert counted(cast.alice, campaign).total == 0
    with pytest.raises(Invalid, match="was deleted"):
        launching.start(campaign, actor=cast.alice)
    assert fresh(campaign).state is CampaignState.DRAFT


def test_a_filter_is_kept_with_its_conditions_and_its_search(cast, draft):
    lead = factories.lead(cast.acme, "Alpenbank", country="CH")
    factories.lead(cast.acme, "Seebank", country="CH")
    factories.lead(cast.acme, "Alpenhotel", country="AT")
    query = Filter(where=SWISS.where, search="alpen").query()
    campaign = draft(audience={"kind": "filter", "stage": "", "q": "", "query": query})
    search, chips = audience.told(cast.alice, campaign.whom)
    assert (search, [chip.value for chip in chips]) == ("alpen", ["CH"])
    launching.start(campaign, actor=cast.alice)
    assert emails_of(campaign) == {lead.email}


def test_a_filter_that_asks_for_nothing_is_refused_and_does_not_mean_everybody(cast, draft):
    factories.lead(cast.acme)
    campaign = draft(audience={"kind": "filter", "stage": "", "q": "", "query": ""})
    assert counted(cast.alice, campaign).total == 0
    with pytest.raises(Invalid, match="asks for nothing"):
        launching.start(campaign, actor=cast.alice)


def test_what_the_starter_sees_counts_not_what_the_views_owner_sees(cast, draft):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    hers = factories.lead(cast.acme, country="CH", owner=olga.user_id)
    factories.lead(cast.acme, country="CH")
    view = saved_views.create_view(cast.alice, "Swiss", SWISS, is_shared=True)
    campaign = draft(audience={"kind": "view", "stage": "", "q": "", "view": view.id})
    assert counted(cast.alice, campaign).total == 2 and counted(olga, campaign).total == 1
    Campaign.update(actor=olga.user_id).execute()
    launching.start(fresh(campaign), actor=olga)
    assert emails_of(campaign) == {hers.email}


def test_of_leads_that_were_added_by_hand_those_beyond_the_starters_reach_are_left_out(cast, draft):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    hers = factories.lead(cast.acme, owner=olga.user_id)
    others, gone = factories.lead(cast.acme), factories.lead(cast.acme)
    campaign = draft(audience=PICKED)
    adding.KIND.change(cast.alice, [hers.id, others.id, gone.id], {"campaign": campaign.id})
    Lead.update(deleted_at=now()).where(Lead.id == gone.id).execute()
    Campaign.update(actor=olga.user_id).execute()
    expected = {reasons.OUTSIDE: 1, reasons.DELETED: 1}
    assert counted(olga, campaign).left_out == expected
    launching.start(fresh(campaign), actor=olga)
    assert written(campaign) == expected and emails_of(campaign) == {hers.email}


# ------------------------------------------- counted is what is written down

ADA = "ada@gmail.com"
LOCAL = st.sampled_from(["ada", "a.da", "ada+x", "bo", "info", "cy cy", "dee..x"])
HOST = st.sampled_from(["gmail.com", "globex.example", "initech.example", "", "no_host"])
LEADS = st.lists(st.tuples(LOCAL, HOST, st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=12)
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from([ADA, "@globex.example", "bo@initech.example", suppression.hash_of("info@gmail.com")]),
        st.sampled_from(list(SuppressionReason)), st.sampled_from([None, -1, 1]),
    ),
    max_size=3, unique_by=lambda entry: entry[0],
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=LEADS, entries=ENTRIES, busy=st.booleans(), quiet=st.sampled_from([0, 7]), kind=st.sampled_from("apv"))
def test_what_is_counted_is_exactly_what_the_start_writes_down(cast, draft, people, entries, busy, quiet, kind):
    with db.atomic() as transaction:
        leads, taken = [], {""}
        first = draft(name="First", audience=PICKED)
        Campaign.update(state="sending").where(Campaign.id == first.id).execute()
        for local, host, swiss, is_busy, is_quiet in people:
            email = f"{local}@{host}" if host else ""
            if email and email in taken:
                continue
            taken.add(email)
            lead = factories.lead(cast.acme, email=email, country="CH" if swiss else "AT")
            leads.append(lead)
            if is_quiet:
                wrote(first, lead, days=3)
            elif is_busy:
                Recipient.create(workspace=cast.acme, campaign=first, lead=lead)
        for entry, reason, days in entries:
            until = days and now() + timedelta(days=days)
            Suppression.create(workspace=cast.acme, email=entry, reason=reason, until=until)
        whom = {"stage": "", "q": "", "kind": {"a": "all", "p": "picked", "v": "filter"}[kind], "query": SWISS.query()}
        campaign = draft(name="Second", audience=whom, leaves_out_busy=busy, quiet_days=quiet)
        if kind == "p":
            adding.KIND.change(cast.alice, [lead.id for lead in leads[1:]], {"campaign": campaign.id})
        count = counted(cast.alice, campaign)
        if count.reached:
            launching.start(fresh(campaign), actor=cast.alice)
            assert written(campaign) == count.left_out
            assert len(emails_of(campaign)) == count.reached == fresh(campaign).queued
            assert fresh(campaign).recipients == count.total
        transaction.rollback()


def test_the_start_asks_as_much_for_many_leads_as_for_few(cast, draft, monkeypatch):
    def started():
        campaign, said = draft(quiet_days=3, leaves_out_busy=True), []
        execute = type(db.obj).execute_sql
        with monkeypatch.context() as patch:
            patch.setattr(
                type(db.obj), "execute_sql", lambda *args, **more: said.append(args) or execute(*args, **more)
            )
            launching.start(campaign, actor=cast.alice)
        Recipient.update(state="sent").execute()
        return len(said)

    server_mailbox(cast.acme.id)
    factories.lead(cast.acme)
    few = started()
    for _ in range(30):
        factories.lead(cast.acme)
    assert started() == few
