"""The calendar says who gets what when, and that is what the plan makes of the rows that the start writes."""

from datetime import UTC, datetime

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Reach, Workspace
from webapp.campaigns import calendar, launching, lines, zoning
from webapp.campaigns.models import Campaign, CampaignMailbox, Recipient, Step, StepKind, WhoseZone
from webapp.campaigns.schedule import Person, plan
from webapp.core import clock
from webapp.mail import suppression
from webapp.mail.mailbox_models import Mailbox, MailboxState
from webapp.mail.models import SuppressionReason
from webapp.models import ALL

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
PLACES = [("Germany", "Berlin"), ("United States", "New York"), ("", ""), ("Japan", "")]


@pytest.fixture
def monday(app):
    with clock.freeze(MONDAY):
        yield MONDAY


@pytest.fixture
def box(cast):
    """box(email, **limits) is a mailbox of Acme."""

    def make(email, **limits):
        limits = {
            "gap_seconds": 120,
            "jitter": 30,
            "daily_cap": 4,
            "days": "12345",
            "opens": 540,
            "closes": 1020,
            **limits,
        }
        return Mailbox.create(workspace=cast.acme, email=email, smtp_host="127.0.0.1", zone="Europe/Berlin", **limits)

    return make


@pytest.fixture
def sequence(cast, draft):
    """sequence(*mailboxes, **fields) is a draft of two mails with a call between them, in the leads' own hours."""

    def make(*boxes, **fields):
        campaign = draft(**{"days": "12345", "opens": 540, "closes": 1020, "whose_zone": WhoseZone.LEAD, **fields})
        more = {"workspace": cast.acme, "campaign": campaign, "subject": "Again", "body": "Hi"}
        Step.create(position=2, kind=StepKind.CALL, wait_days=1, working_days=True, **more)
        Step.create(position=3, wait_days=2, **more)
        for one in boxes:
            CampaignMailbox.create(workspace=cast.acme, campaign=campaign, mailbox=one)
        return Campaign.get_by_id(campaign.id)

    return make


def people(cast, count=9):
    for number in range(count):
        country, city = PLACES[number % len(PLACES)]
        factories.lead(cast.acme, email=f"p{number}@d{number % 3}.example", country=country, city=city)
    suppression.suppress(cast.acme, "p1@d1.example", reason=SuppressionReason.MANUAL)


def planned(campaign, start):
    """What the plan makes of the rows of a campaign that was started."""
    zoning.put_zones(campaign)
    found = lines.lines_of(campaign.workspace_id, [campaign])
    boxes = [lines.box_of(Mailbox.get_by_id(one)) for one in lines.mailboxes_of(campaign)]
    rows = Recipient.select().where(Recipient.campaign == campaign.id, Recipient.state == "queued")
    waiting = [
        Person(
            row.id, campaign.id, row.position, row.mailbox_id, row.due_at, row.zone, row.lead.email.partition("@")[2]
        )
        for row in rows
    ]
    lead_of = {row.id: row.lead_id for row in rows}
    return [
        (one.moment, one.position, one.mailbox_id, lead_of[one.recipient_id])
        for one in plan(boxes, found.values(), waiting, start)
    ]


def said(made):
    ids = {one.email: one.id for one in Mailbox.select()}
    return [(one.moment, one.position, one.box and ids[one.box], one.lead_id) for one in made.entries]


def test_a_draft_is_told_as_the_plan_of_the_rows_that_its_start_writes(cast, monday, box, sequence):
    people(cast)
    earlier = sequence(box("old@acme.example"))
    launching.start(earlier, actor=cast.alice)
    Recipient.update(state="sent").where(Recipient.campaign == earlier.id).execute()
    campaign = sequence(box("a@acme.example"), box("b@acme.example", domain_per_hour=2, ramp_start=2, ramp_step=1))
    before = calendar.calendar(cast.alice, campaign)
    assert (before.people, before.total, before.positions) == (8, 24, (1, 2, 3)) and not before.why
    launching.start(campaign, actor=cast.alice)
    started = Campaign.get_by_id(campaign.id)
    assert said(before) == planned(started, MONDAY)
    assert said(calendar.calendar(cast.alice, started)) == said(before)


def test_leads_that_were_added_by_hand_keep_the_numbers_they_have(cast, monday, box, sequence):
    people(cast)
    campaign = sequence(box("a@acme.example"), audience={"kind": "picked", "stage": "", "q": ""})
    for lead in (7, 3, 1):
        Recipient.create(workspace=cast.acme, campaign=campaign, lead=lead)
    before = calendar.calendar(cast.alice, campaign)
    launching.start(campaign, actor=cast.alice)
    assert said(before) == planned(Campaign.get_by_id(campaign.id), MONDAY) and before.total == 9


def test_days_are_those_of_who_looks_and_add_up(cast, monday, box, sequence):
    people(cast)
    made = calendar.calendar(cast.alice, sequence(box("a@acme.example", daily_cap=3)))
    assert sum(row.total for row in made.rows) == made.total == len(made.entries)
    mails = {}
    for row in made.rows:
        if row.box:
            mails[row.day] = mails.get(row.day, 0) + row.total
    assert max(mails.values()) <= 3 and all(day.isoweekday() < 6 for day in mails)
    assert made.ends == made.entries[-1].moment


def test_another_campaign_takes_its_turns_in_the_same_mailbox(cast, monday, box, sequence):
    people(cast, 3)
    shared = box("a@acme.example", daily_cap=2)
    alone = calendar.calendar(cast.alice, sequence(shared))
    other = sequence(shared)
    launching.start(other, actor=cast.alice)
    beside = calendar.calendar(cast.alice, sequence(shared))
    first = [max(one.moment for one in made.entries if one.position == 1) for made in (alone, beside)]
    assert beside.total == alone.total and first[1] > first[0]
    assert {row.box for row in beside.rows} <= {None, "a@acme.example"}


def test_to_look_writes_nothing(cast, monday, draft):
    people(cast)
    campaign = draft()
    before = {model: model.select().count() for model in ALL}
    made = calendar.calendar(cast.alice, campaign)
    assert made.total == 8 and {row.box for row in made.rows} == {"hello@galena.test"}
    assert {model: model.select().count() for model in ALL} == before and not Mailbox.select().exists()


def test_a_paused_mailbox_sends_nothing_and_that_is_said(cast, monday, box, sequence):
    people(cast)
    paused = box("a@acme.example", state=MailboxState.PAUSED)
    made = calendar.calendar(cast.alice, sequence(paused))
    assert (made.total, made.stands) == (0, "Nothing leaves while a@acme.example is paused.")


def test_hours_that_never_meet_are_said(cast, monday, box, sequence):
    people(cast)
    made = calendar.calendar(cast.alice, sequence(box("a@acme.example", days="67"), whose_zone=WhoseZone.WORKSPACE))
    assert made.total == 0 and "never meet" in made.stands


def test_who_is_awake_when_no_mailbox_works_is_counted(cast, monday, box, sequence):
    factories.lead(cast.acme, country="Germany")
    factories.lead(cast.acme, country="New Zealand", city="Auckland")
    made = calendar.calendar(cast.alice, sequence(box("a@acme.example")))
    assert made.total == 3 and "3 of its steps never leave" in made.why


def test_what_takes_too_long_to_plan_is_cut_and_said(cast, monday, box, sequence):
    people(cast)
    made = calendar.calendar(cast.alice, sequence(box("a@acme.example")), seconds=-1)
    assert made.total == 0 or "more to plan" in made.why


def test_somebody_out_of_reach_has_no_name_in_it(cast, monday, box, sequence):
    bob = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    mine = factories.lead(cast.acme, owner=bob.user_id)
    other = factories.lead(cast.acme, owner=cast.alice.user_id, company="Zyxsecret")
    campaign = sequence(box("a@acme.example"))
    assert calendar.calendar(bob, campaign).people == 1, "a draft of theirs goes to whom they see"
    launching.start(campaign, actor=cast.alice)
    made = calendar.calendar(bob, Campaign.get_by_id(campaign.id))
    assert {entry.lead and entry.lead.id for entry in made.entries} == {mine.id, None} and other.id
    assert "Zyxsecret" not in str(list(calendar.table(bob, made)))


def test_the_file_names_both_times(cast, monday, box, sequence):
    Workspace.update(time_zone="Europe/Berlin").where(Workspace.id == cast.acme.id).execute()
    factories.lead(cast.acme, first_name="Nora", country="United States", city="New York")
    made = calendar.calendar(cast.alice, sequence(box("a@acme.example")))
    head, rows = calendar.table(cast.alice, made)
    first = dict(zip(head[0], rows[0], strict=True))
    assert first["First name"] == "Nora" and first["Their time zone"] == "America/New_York"
    assert first["When there"] == "2026-11-23 09:00" and first["Mailbox"] == "a@acme.example"


# ----------------------------------------------------------------------- pages


def test_the_page_tells_days_and_people_and_has_a_file(cast, monday, box, sequence, sign_in, htmx):
    people(cast)
    campaign = sequence(box("a@acme.example"))
    alice = sign_in(cast.alice)
    text = alice.get(f"/campaigns/{campaign.id}/calendar").text
    assert "Started now, it takes 24 steps for 8 leads" in text and "a@acme.example" in text and "<title>" in text
    part = alice.get(f"/campaigns/{campaign.id}/calendar", headers=htmx).text
    assert "<title>" not in part and 'id="calendar"' in part
    file = alice.get(f"/campaigns/{campaign.id}/calendar.csv")
    assert file.mimetype == "text/csv" and file.text.count("\n") == 25


def test_a_running_campaign_shows_what_is_still_to_come(cast, monday, box, sequence, sign_in):
    people(cast)
    campaign = sequence(box("a@acme.example"))
    launching.start(campaign, actor=cast.alice)
    client = sign_in(cast.alice)
    assert f"/campaigns/{campaign.id}/calendar" in client.get(f"/campaigns/{campaign.id}").text
    assert "Still to come: 24 steps" in client.get(f"/campaigns/{campaign.id}/calendar").text
    Recipient.update(state="sent").execute()
    assert "Nothing is to come." in client.get(f"/campaigns/{campaign.id}/calendar").text


def test_an_outsider_finds_no_calendar(cast, draft, sign_in):
    campaign = draft()
    for path in ("calendar", "calendar.csv"):
        assert sign_in(cast.charlie).get(f"/campaigns/{campaign.id}/{path}").status_code == 404
    assert sign_in(cast.vera).get(f"/campaigns/{campaign.id}/calendar").status_code == 200


def test_a_thousand_people_take_no_more_queries_than_ten(cast, monday, draft):
    def queries(campaign):
        with count_queries() as counted:
            calendar.calendar(cast.alice, campaign)
        return counted.count

    people(cast, 10)
    few = queries(draft())
    people_more = [factories.lead(cast.acme, email=f"m{number}@x.example") for number in range(300)]
    assert people_more and queries(draft()) == few
