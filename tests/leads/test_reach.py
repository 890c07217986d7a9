"""What a member with a narrower reach meets of leads beyond it, on any page, in any count, by any id: nothing."""

import io
import itertools
from types import SimpleNamespace

import pytest

from tests import factories
from tests.belongings import WORDS
from tests.enrichment import claimed
from tests.inbox.threads import make_thread
from tests.questions import questions
from webapp.accounts import centers
from webapp.accounts.models import Reach, User
from webapp.accounts.workspaces import add_member
from webapp.campaigns import audience, drafts, launching, sending
from webapp.campaigns.models import Campaign, CampaignState, Delivery, DeliveryState
from webapp.core.errors import Invalid, NotFound
from webapp.enrichment.companies import company_of
from webapp.enrichment.models import Conflict, EnrichmentJob, EnrichmentResult, Fact, Policy
from webapp.home.queries import beside_pages, overview
from webapp.imports.models import Import, ImportFix
from webapp.imports.uploading import upload
from webapp.inbox.models import Outgoing, Thread, ThreadMessage
from webapp.leads import (
    assignment,
    bulk,
    custom_fields,
    editing,
    in_centers,
    listing,
    queries,
    saved_views,
    tags,
    todos,
)  # fmt: skip
from webapp.leads.filters import PLAIN, Filter
from webapp.leads.models import ActivityKind, Lead, Stage, with_keys
from webapp.leads.ordering import falls_first
from webapp.leads.timeline import record
from webapp.mail.models import CapturedMail
from webapp.web.guards import policy_of

SENTINEL = "Beyondland"  # stands in every lead that neither may see, and in what was written to it


@pytest.fixture
def world(cast, run_jobs):
    """Olga sees her own leads, Cora those of Berlin and her own. Alice wrote to everybody."""
    berlin, lisbon = (centers.create_center(cast.acme, name) for name in ("Berlin", "Lisbon"))
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    cora = factories.member(cast.acme, "Cora Center", reach=Reach.CENTERS)
    for member in (olga, cora, cast.bob):
        centers.put_in(berlin if member is cora else lisbon, member.user_id, actor=cast.alice)
    lead = factories.lead
    leads = {
        "olgas": lead(cast.acme, "Olgacorp", value=1000, owner=olga.user_id, center=lisbon),
        "coras": lead(cast.acme, "Coracorp", value=3000, owner=cora.user_id),
        "berlins": lead(cast.acme, "Berlincorp", value=5000, owner=cast.bob.user_id, center=berlin),
        "both": lead(cast.acme, "Bothcorp", value=7000, owner=cora.user_id, center=berlin, stage=Stage.REPLIED),
    }
    beyond = [
        _beyond(cast.acme, name, stage=stage, **where)
        for name, stage, where in (
            ("lisbon", Stage.NEW, {"owner": cast.bob.user_id, "center": lisbon}),
            ("nowhere", Stage.REPLIED, {}),
        )
    ]
    centers.set_assignment(lisbon, "round_robin", actor=cast.alice)
    waiting = _beyond(cast.acme, "waiting", center=lisbon)
    assignment.assign_waiting(lisbon, actor=cast.alice)
    Lead.update(owner=cast.bob.user_id).where(Lead.id == waiting.id).execute()
    campaign = _sent(cast.alice)
    run_jobs()
    return SimpleNamespace(
        acme=cast.acme, alice=cast.alice, bob=cast.bob, berlin=berlin, lisbon=lisbon, olga=olga, cora=cora,
        beyond=[*beyond, waiting], campaign=campaign, **leads,
    )  # fmt: skip


def _beyond(workspace, name, **fields):
    named = {"first_name": name, "last_name": SENTINEL, "email": f"{name}@beyondland.example"}
    return factories.lead(workspace, f"{SENTINEL} {name}", value=900_000, **named, **fields)


def _draft(member, **fields):
    given = {
        "name": "To everybody",
        "audience": {"kind": "all", "stage": "", "q": ""},
        "sender_name": member.full_name,
        "reply_to": member.email,
        "rate_per_minute": 6000,
        "subject": "About {{company}}",
        "body": "Hi {{first_name|there}}",
    }
    return drafts.save_draft(None, {**given, **fields}, actor=member)


def _sent(member, **fields):
    campaign = _draft(member, **fields)
    launching.start(campaign, actor=member)
    sending.send_campaign(campaign.id)
    return campaign


REACHES = pytest.mark.parametrize("who", ["olga", "cora"])
SEEN = {"olga": {"Olgacorp"}, "cora": {"Coracorp", "Berlincorp", "Bothcorp"}}
TOTALS = {
    "olga": {Stage.CONTACTED: (1, 1000)},
    "cora": {Stage.CONTACTED: (2, 8000), Stage.REPLIED: (1, 7000)},
}  # the campaign moved the new ones to contacted


# ------------------------------------------------------------------- reads


@REACHES
def test_every_list_shows_only_what_is_within_reach(world, who):
    member, seen = getattr(world, who), SEEN[who]
    for sort, falling, few in itertools.product(PLAIN, (True, False), (1000, 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(queries, "FEW", few)  # both ways to the leads: by their ids, and along the list's index
            found = listing.table(member, Filter(sorts=((sort, falling),)))
            assert {row.company for row in found.rows} == seen
            searched = listing.table(member, Filter(search="corp", sorts=((sort, falling),)))
            assert {row.company for row in searched.rows} == seen
            lanes, found = (listing.lanes(member, Filter(search=text)) for text in ("", "o"))
            assert {row.company for lane in lanes.values() for row in lane.rows} == seen
            assert {row.company for lane in found.values() for row in lane.rows} == seen
            assert not listing.table(member, Filter(search=SENTINEL)).rows
    assert {lead.company for lead in queries.visible(member)} == seen


@REACHES
def test_every_count_and_sum_is_of_what_is_within_reach(world, who):
    member = getattr(world, who)
    expected = {stage: TOTALS[who].get(stage, (0, 0)) for stage in Stage}
    assert queries.stage_totals(member) == expected
    assert queries.stage_totals(member, Filter(search="corp")) == expected
    assert sum(count for count, _ in queries.stage_totals(member, Filter(search=SENTINEL)).values()) == 0
    assert overview(member).figures.leads == len(SEEN[who])
    assert audience.counted(member, {"kind": "all"}).total == len(SEEN[who])
    assert sum(in_centers.lead_counts(member).values()) == {"olga": 1, "cora": 2}[who]


@REACHES
def test_paging_through_ones_leads_meets_each_once(world, who, monkeypatch):
    member = getattr(world, who)
    for number in range(60):
        factories.lead(world.acme, f"{SENTINEL} {number}")
        factories.lead(world.acme, f"More {number}", owner=member.user_id)
    for few in (1000, 0):
        monkeypatch.setattr(queries, "FEW", few)
        met, cursor = [], ""
        while cursor is not None:
            page = listing.table(member, Filter(size=25, page=cursor))
            met += [row.id for row in page.rows]
            cursor = page.older
        assert len(met) == len(set(met)) == 60 + len(SEEN[who])


@REACHES
def test_next_and_previous_stay_within_reach(world, who):
    member, seen = getattr(world, who), set()
    lead = world.olgas if who == "olga" else world.coras
    for sort in PLAIN:
        chosen, here = Filter(sorts=((sort, falls_first(sort)),)), queries.get_lead(member, lead.id)
        for beside in listing.neighbours(member, here, chosen):
            seen |= {beside} - {None}
    assert not seen & {lead.id for lead in world.beyond}
    for lead in world.beyond:
        with pytest.raises(NotFound):
            queries.get_lead(member, lead.id)


@pytest.mark.parametrize("few", [1000, 0])
def test_the_leads_of_one_center_are_those_of_it_within_reach(world, monkeypatch, few):
    monkeypatch.setattr(queries, "FEW", few)

    def companies(member, center, **narrower):
        chosen = Filter(**narrower).narrowed(center=center.id)
        rows = listing.table(member, chosen).rows
        lanes = listing.lanes(member, chosen).values()
        met = {row.company for row in rows}
        assert met == {row.company for lane in lanes for row in lane.rows}
        totals = queries.stage_totals(member, chosen)
        assert sum(count for count, _ in totals.values()) == len(met)
        return met

    assert companies(world.alice, world.berlin) == {"Berlincorp", "Bothcorp"} == companies(world.cora, world.berlin)
    assert companies(world.olga, world.lisbon) == {"Olgacorp"} and companies(world.olga, world.berlin) == set()
    assert companies(world.cora, world.lisbon) == set() and len(companies(world.alice, world.lisbon)) == 3
    assert companies(world.alice, world.berlin, search="both") == {"Bothcorp"}


# ------------------------------------------------------------------- pages


@pytest.fixture
def beyond_ids(world):
    """An id of each kind that belongs to what is beyond, by the name it has in addresses."""
    lead = world.beyond[0]
    imported = upload(world.alice, f"{SENTINEL}.csv", io.BytesIO(b"E-mail\nann@beyondland.example\n"))
    delivery = Delivery.get(Delivery.lead == lead.id)
    noted = record(world.alice.workspace, lead.id, ActivityKind.NOTE, {"text": SENTINEL}, actor_id=world.alice.user_id)
    result = _enriched(world.alice, lead)
    thread = make_thread(lead, subject=SENTINEL, mails=[("in", f"{SENTINEL} wrote")])
    return {
        "lead_id": lead.id,
        "job_id": result.job_id,
        "result_id": result.id,
        "fact_id": Fact.get().id,
        "conflict_id": Conflict.get().id,
        "other_id": world.beyond[1].id,
        "entry_id": noted.id,
        "change_id": noted.id,
        "todo_id": todos.add_todo(lead, {"title": SENTINEL}, actor=world.alice).id,
        "view_id": saved_views.create_view(world.alice, SENTINEL, Filter(), is_shared=False).id,
        "campaign_id": world.campaign.id,
        "import_id": imported.id,
        "fix_id": ImportFix.create(workspace=imported.workspace, imported=imported, column=0, was="a", text="b").id,
        "delivery_id": delivery.id,
        "thread_id": thread.id,
        **_written_in(thread),
        "recipient_id": delivery.recipient_id,
        "mail_id": CapturedMail.get(CapturedMail.email == lead.email).id,
    }


def _enriched(member, lead):
    """What was found of a lead's company, which says otherwise than somebody did."""
    editing.edit_lead(lead, {"industry": SENTINEL}, actor=member)
    company = company_of(member.workspace.id, domain=lead.domain, name=lead.company)
    claimed.enrich(member, company, claimed.claim("industry", f"{SENTINEL} trade"), policy=Policy.OVERWRITE)
    EnrichmentResult.update(company=company.id).execute()
    return EnrichmentResult.get()


def _written_in(thread):
    message = ThreadMessage.get(ThreadMessage.thread == thread.id)
    row = Outgoing.create(workspace=thread.workspace_id, message=message, token="x", raw=b"")
    return {"message_id": message.id, "outgoing_id": row.id}


def within(world):
    """Ids of what every member knows of, by their names in addresses."""
    field = custom_fields.create_field(world.alice.workspace, "Size", "text", [], actor=world.alice)
    tag = tags.named(world.alice.workspace, "VIP")
    return {"center_id": world.lisbon.id, "member_id": world.bob.user_id, "field_id": field.id, "tag_id": tag.id}


def everything():
    return {
        model.__name__: sorted(map(str, model.select().tuples()))
        for model in (
            Lead,
            Campaign,
            Import,
            ImportFix,
            Delivery,
            CapturedMail,
            EnrichmentJob,
            Fact,
            Conflict,
            Thread,
            ThreadMessage,
        )
    }


@REACHES
def test_no_page_tells_of_what_is_beyond(app, world, beyond_ids, sign_in, who):
    client = sign_in(getattr(world, who))
    ids = {**beyond_ids, **within(world)}
    with app.app_context():
        pages = [
            rule
            for rule in app.url_map.iter_rules()
            if "GET" in rule.methods and policy_of(rule.endpoint) not in ("public", "admin")
        ]
    visited = 0
    for rule in pages:
        if rule.arguments - ids.keys() - WORDS.keys() or rule.endpoint == "static":
            continue
        url = rule.build({**WORDS, **ids}, append_unknown=False)[1]
        for query in ("", "?q=beyond", f"?center={world.lisbon.id}"):
            answer = client.get(url + query)
            if answer.mimetype not in ("text/html", "text/csv"):
                continue  # a workbook has the rows of the CSV
            assert SENTINEL not in answer.text and "beyondland" not in answer.text, url + query
            assert f"/campaigns/{world.campaign.id}" not in answer.text, url + query  # no link that leads nowhere
        if rule.arguments & beyond_ids.keys():
            assert answer.status_code == 404, url
        visited += 1
    assert visited > 25


def test_the_board_sums_up_only_what_is_within_reach(world, sign_in):
    board = sign_in(world.cora).get("/leads/board").text
    assert [board.count(f'<span class="sum">{money}</span>') for money in ("€8k", "€7k", "€0")] == [1, 1, 3]
    assert "1–3" in sign_in(world.cora).get("/leads").text


@REACHES
def test_no_id_from_beyond_changes_anything(app, world, beyond_ids, sign_in, htmx, who):
    client, before = sign_in(getattr(world, who)), everything()
    with app.app_context():
        changing = [r for r in app.url_map.iter_rules() if "POST" in r.methods and r.arguments & beyond_ids.keys()]
    ids = {**WORDS, **beyond_ids, **within(world)}
    assert len(changing) > 8 and not {name for rule in changing for name in rule.arguments} - ids.keys()
    data = {"stage": "lost", "was": "new", "text": "mine", "title": "mine", "name": "mine"}
    for rule in changing:
        url = rule.build(ids, append_unknown=False)[1]
        assert client.post(url, data=data, headers=htmx).status_code == 404, url
    for path, given in (
        ("/leads/bulk", {"do": "stage", "stage": "lost"}),
        ("/leads/bulk", {"do": "delete"}),
        ("/leads/bulk", {"do": "center", "center": world.berlin.id if who == "cora" else world.lisbon.id}),
        ("/campaigns/choose", {"campaign": "new"}),
        ("/enrichment/choose", {"job": "new"}),
    ):
        assert client.post(path, data={**given, "lead": beyond_ids["lead_id"]}).status_code == 404
    for path in ("/campaigns/save", "/campaigns/test"):
        given = {"campaign_id": beyond_ids["campaign_id"], "lead_id": beyond_ids["lead_id"], "rate_per_minute": 1}
        assert client.post(path, data=given).status_code == 404
    assert everything() == before


@REACHES
def test_the_pages_of_leads_take_eight_queries_at_most(world, sign_in, who):
    client = sign_in(getattr(world, who))
    lead = world.olgas if who == "olga" else world.coras
    for path in (
        "/leads",
        "/leads/board",
        f"/leads/{lead.id}",
        f"/leads/{lead.id}?f=owner.is.me&f=stage.is.new",
        "/leads?stage=contacted",
        "/leads?q=corp",
        "/leads?q=o",
    ):
        assert len(questions(client, path)) <= 8, (
            path
        )  # one more than who sees all: their few leads are looked up first


# --------------------------------------------------------------- campaigns


@REACHES
def test_a_campaign_of_theirs_goes_to_whom_they_see_and_is_theirs_to_steer(world, sign_in, who):
    member = getattr(world, who)
    campaign = _sent(member, name="Mine")
    assert Campaign.get_by_id(campaign.id).recipients == len(SEEN[who])
    client = sign_in(member)
    page = client.get("/campaigns").text
    assert "Mine" in page and "To everybody" not in page
    assert client.get(f"/campaigns/{campaign.id}").status_code == 200
    home = client.get("/").text
    assert "Mine" in home and "To everybody" not in home


@REACHES
def test_another_ones_campaign_is_not_theirs_to_pause_or_to_decide_about(world, sign_in, who):
    member = getattr(world, who)
    Campaign.update(state=CampaignState.SENDING).where(Campaign.id == world.campaign.id).execute()
    assert [beside_pages(one).campaigns for one in (world.alice, member)] == [1, 0]
    client = sign_in(member)
    assert client.post(f"/campaigns/{world.campaign.id}/pause").status_code == 404
    lead = world.olgas if who == "olga" else world.berlins
    mail = Delivery.get(Delivery.lead == lead.id)
    Delivery.update(state=DeliveryState.UNKNOWN).where(Delivery.id == mail.id).execute()
    assert client.get(f"/mail-log/{mail.id}").status_code == 200  # the mail itself went to a lead of theirs
    for decision in ("arrived", "again"):
        assert client.post(f"/mail-log/{mail.id}/{decision}").status_code == 404
    assert Delivery.get_by_id(mail.id).state is DeliveryState.UNKNOWN
    assert Campaign.get_by_id(world.campaign.id).state is CampaignState.SENDING


# ------------------------------------------------------- staying in sight


def test_who_sees_their_centers_puts_no_lead_out_of_their_sight(world):
    cora, bob = world.cora, world.bob.user_id
    refused = (
        (world.coras, {"owner": None}),
        (world.berlins, {"center": None}),
        (world.berlins, {"center": world.lisbon.id}),
        (world.coras, {"owner": bob}),
    )
    for lead, change in refused:
        with pytest.raises(Invalid):
            editing.edit_lead(queries.get_lead(cora, lead.id), change, actor=cora)
    with pytest.raises(Invalid):
        editing.add_lead(cora, {"first_name": "Ann", "owner": None, "center": None})
    editing.edit_lead(queries.get_lead(cora, world.both.id), {"owner": None}, actor=cora)
    editing.edit_lead(queries.get_lead(cora, world.coras.id), {"center": world.berlin.id}, actor=cora)
    made = editing.add_lead(cora, {"first_name": "Ann", "owner": None, "center": world.berlin.id})
    assert queries.get_lead(cora, made.id).center.name == "Berlin"


def test_leads_are_given_to_people_of_ones_own_centers(world):
    centers.put_in(world.berlin, world.alice.user_id, actor=world.alice)
    assert {person.full_name for person in editing.possible_owners(world.cora)} == {"Alice Archer", "Cora Center"}
    assert {person.full_name for person in editing.possible_owners(world.olga)} == {"Olga Own"}
    assert len(editing.possible_owners(world.alice)) == 5


def test_who_sees_only_their_own_leads_moves_them_only_into_their_centers(world):
    assert bulk.move_to_center(world.olga, [world.beyond[0].id, world.berlins.id], world.lisbon.id) == ({}, 0)
    for refused in (world.berlin.id, None, 10**9):
        with pytest.raises(Invalid):
            bulk.move_to_center(world.olga, [world.olgas.id], refused)


def test_in_no_center_and_owning_nothing_one_sees_nothing(cast, sign_in):
    factories.lead(cast.acme)
    nobody = factories.member(cast.acme, "Nora None", reach=Reach.CENTERS)
    assert "No leads yet" in sign_in(nobody).get("/leads").text
    assert queries.stage_totals(nobody) == dict.fromkeys(Stage, (0, 0))


def test_a_center_of_another_workspace_opens_nothing(cast):
    """Somebody in two workspaces, with a center in each: the leads of the one stay out of the other."""
    theirs = centers.create_center(cast.other, "Elsewhere")
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.CENTERS)
    add_member(cast.other, User.get_by_id(dora.user_id))
    centers.put_in(theirs, dora.user_id, actor=cast.charlie)
    Lead.create(workspace=cast.other, center=theirs, **with_keys({"company": "Foreign"}))
    assert list(queries.visible(dora)) == []
