"""What a search finds and in which order: the same on SQLite and on Postgres, where this file runs, too."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playhouse.test_utils import count_queries

from db import db
from tests import factories
from webapp.accounts.centers import create_center
from webapp.accounts.models import CenterMember, Reach
from webapp.imports.models import Import
from webapp.imports.rows import ByAddress
from webapp.imports.writing import Store
from webapp.leads import finding, notes, words
from webapp.leads.editing import edit_lead
from webapp.leads.finding import Match, find_leads, leads_by_id, respelled
from webapp.leads.models import Activity, Lead
from webapp.leads.words import slips

START = datetime(2026, 1, 1, tzinfo=UTC)
LEADS = {
    "grafana": ("Grafana Labs", "Sofia", "Lindgren", "sofia@grafana.example", "grafana.example"),
    "stripe": ("Stripe", "Elena", "Marchetti", "elena@stripe.example", "stripe.example"),
    "pinstripe": ("Pinstripe Tailors", "Noor", "Haddad", "noor@pinstripe.example", "pinstripe.example"),
    "striped": ("Striped Fox", "Hugo", "Lemaire", "hugo@fox.example", "fox.example"),
    "angstrom": ("Ångström Über GmbH", "José", "Núñez", "jose@angstroem.example", "angstroem.example"),
    "strasse": ("Straßenbau Weiß", "Jörg", "Müller-Lüdenscheidt", "joerg@strassenbau.example", "strassenbau.example"),
    "obrien": ("O'Brien & Sons", "Aoife", "O'Brien", "aoife@obrien.example", "obrien.example"),
    "kowalczyk": ("Zielona (Polska) Sp. z o.o.", "Łucja", "Kowalczyk", "lucja@zielona.example", "zielona.example"),
    "schwarz": ("Alpenblick AG", "Arnold", "Schwarzenegger", "arnold@alpenblick.example", "alpenblick.example"),
    "3m": ("3M", "", "", "", ""),
    "moskva": ("Компания Ромашка", "Анна", "Петрова", "anna@romashka.example", "romashka.example"),
    "anna": ("Contentful", "Anna", "Brandt", "anna@contentful.example", "contentful.example"),
    "hannah": ("Webflow", "Hannah", "Annable", "hannah@webflow.example", "webflow.example"),
    "mail": ("", "", "", "help.desk@mail-only.example", "mail-only.example"),
    "noted": ("Quiet Partners", "Ines", "Carvalho", "ines@quiet.example", "quiet.example"),
    "called": ("Loud Partners", "Bea", "Dias", "bea@loud.example", "loud.example"),
}
EXACT, BEGINS, WITHIN, MISTYPED, NOTE = Match
QUERIES = [
    # text, [(lead, match)] in this order: the lead last touched comes first within a match
    ("stripe", [("stripe", EXACT), ("striped", BEGINS), ("pinstripe", WITHIN)]),
    ("STRIPE", [("stripe", EXACT), ("striped", BEGINS), ("pinstripe", WITHIN)]),
    (" stripe  ", [("stripe", EXACT), ("striped", BEGINS), ("pinstripe", WITHIN)]),
    ("stri", [("striped", BEGINS), ("stripe", BEGINS), ("pinstripe", WITHIN)]),
    ("trip", [("striped", WITHIN), ("pinstripe", WITHIN), ("stripe", WITHIN)]),
    ("ripe", [("striped", WITHIN), ("pinstripe", WITHIN), ("stripe", WITHIN)]),
    ("stripe.example", [("stripe", EXACT), ("pinstripe", WITHIN)]),
    ("elena@stripe.example", [("stripe", EXACT)]),
    ("elena@", [("stripe", BEGINS)]),
    ("grafana", [("grafana", BEGINS)]),
    ("grafana labs", [("grafana", EXACT)]),
    ("labs grafana", [("grafana", BEGINS)]),
    ("sofia lindgren", [("grafana", EXACT)]),
    ("lindgren sofia", [("grafana", BEGINS)]),
    ("lindgren labs", [("grafana", BEGINS)]),
    ("lind lab", [("grafana", BEGINS)]),
    ("indgr rafan", [("grafana", WITHIN)]),
    ("sofia stripe", []),
    ("grafna", [("grafana", MISTYPED)]),
    ("graffana", [("grafana", MISTYPED)]),
    ("garfana", [("grafana", MISTYPED)]),
    ("grafona", [("grafana", MISTYPED)]),
    ("grafna labs", [("grafana", MISTYPED)]),
    ("grafna-labs", [("grafana", MISTYPED)]),
    ("Grafna lindgern", [("grafana", MISTYPED)]),
    ("grfna", []),  # two slips in a short word
    ("grafn", []),  # the beginning of a mistyped word
    ("lindgern", [("grafana", MISTYPED)]),
    ("sofia lindgern", [("grafana", MISTYPED)]),
    ("angstrom", [("angstrom", BEGINS)]),
    ("Ångström", [("angstrom", BEGINS)]),
    ("ANGSTRÖM uber", [("angstrom", BEGINS)]),
    ("gström", [("angstrom", WITHIN)]),
    ("angstrum", [("angstrom", MISTYPED)]),
    ("jose nunez", [("angstrom", EXACT)]),
    ("nuñez josé", [("angstrom", BEGINS)]),
    ("nunes", [("angstrom", MISTYPED)]),
    ("strassenbau", [("strasse", BEGINS)]),
    ("STRAẞENBAU", [("strasse", BEGINS)]),
    ("weiss", [("strasse", BEGINS)]),
    ("ludenscheidt", [("strasse", BEGINS)]),
    ("lüdenscheid", [("strasse", BEGINS)]),
    ("ludenschiet", [("strasse", MISTYPED)]),
    ("muller", [("strasse", BEGINS)]),
    ("miller", [("strasse", MISTYPED)]),
    ("o'brien", [("obrien", BEGINS)]),
    ("obrien", [("obrien", BEGINS)]),
    ("o’brien", [("obrien", MISTYPED)]),
    ("kowalzcyk", [("kowalczyk", MISTYPED)]),
    ("kovalzyk", [("kowalczyk", MISTYPED)]),
    ("polska", [("kowalczyk", BEGINS)]),
    ("ł", [("kowalczyk", BEGINS)]),
    ("schwartzeneger", [("schwarz", MISTYPED)]),
    ("schwarznegger", [("schwarz", MISTYPED)]),
    ("swarzenegger", [("schwarz", MISTYPED)]),
    ("zenegg", [("schwarz", WITHIN)]),
    ("3m", [("3m", EXACT)]),
    ("3", [("3m", BEGINS)]),
    ("петрова", [("moskva", BEGINS)]),
    ("ПЕТР", [("moskva", BEGINS)]),
    ("петрава", [("moskva", MISTYPED)]),
    ("анна", [("moskva", BEGINS)]),
    ("anna", [("hannah", BEGINS), ("anna", BEGINS), ("moskva", BEGINS)]),
    ("nna", [("hannah", WITHIN), ("anna", WITHIN), ("moskva", WITHIN)]),
    ("hannah annabel", [("hannah", MISTYPED)]),
    ("annab", [("hannah", BEGINS), ("anna", MISTYPED), ("moskva", MISTYPED)]),
    ("contentfull", [("anna", MISTYPED)]),
    ("help.desk", [("mail", BEGINS)]),
    ("desk", [("mail", BEGINS)]),
    ("mail-only", [("mail", BEGINS)]),
    ("budget", [("called", NOTE), ("noted", NOTE)]),
    ("Größe", [("noted", NOTE)]),
    ("groesse budget", []),
    ("budget frei", [("noted", NOTE)]),
    ("udge", [("called", NOTE), ("noted", NOTE)]),
    ("offer 2026", [("called", NOTE)]),
    ("quiet budget", []),  # a note has all words, or a lead's own fields have
    ("xyzzy", []),
    ("", []),
    ("   ", []),
    ('"', []),
    ("%", []),
    ("gra%na", []),
    ("___", []),
    ("* OR *", []),
    ("x\0y", [("mail", WITHIN), ("kowalczyk", WITHIN)]),
]


@pytest.fixture
def leads(cast):
    """{key of LEADS: its id}: each touched a day after the one above it."""
    made = {}
    for day, (key, values) in enumerate(LEADS.items()):
        fields = dict(zip(("company", "first_name", "last_name", "email", "domain"), values, strict=True))
        made[key] = factories.lead(cast.acme, touched_at=START + timedelta(days=day), **fields)
    notes.add_note(made["noted"], "Kein Budget frei,\nsagt sie. Größe der Firma: 40", actor=cast.alice)
    notes.log_call(made["called"], "reached", "The budget is there: offer in 2026", actor=cast.alice)
    return {key: lead.id for key, lead in made.items()}


def found(member, leads, text):
    names = {number: key for key, number in leads.items()}
    return [(names[hit.lead.id], hit.match) for hit in find_leads(member, text)]


def test_a_search_finds_what_is_meant_the_likeliest_first(cast, leads):
    answers = {text: found(cast.bob, leads, text) for text, _ in QUERIES}
    wrong = {text: (answers[text], wanted) for text, wanted in QUERIES if answers[text] != wanted}
    assert not wrong, "\n".join(f"{text!r}: {got} and not {wanted}" for text, (got, wanted) in wrong.items())


def test_steps_that_are_cut_short_find_the_same_while_little_matches(cast, leads, monkeypatch):
    """Without the leads last touched, all comes from the indexes, as it does among a million."""
    monkeypatch.setattr(finding, "LATELY", 0)
    for text, wanted in QUERIES:
        if text != "x\0y":  # letters within words are looked for among these leads only
            assert found(cast.bob, leads, text) == wanted, text


def test_where_very_many_match_the_exact_ones_and_those_that_begin_so_come_first(cast, monkeypatch):
    for name, bound in (("LATELY", 0), ("MANY", 2)):
        monkeypatch.setattr(finding, name, bound)
    for company in ("Pinstripe", "Pinstripe II", "Pinstripe III", "The Striped Fox", "Striped Owl", "Stripe"):
        factories.lead(cast.acme, company)
    found = [hit.lead.company for hit in find_leads(cast.bob, "stripe", limit=3)]
    assert found == ["Stripe", "Striped Owl", "The Striped Fox"]


def test_nobody_finds_what_they_may_not_see(cast, leads):
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.OWN)
    Lead.update(owner=dora.user_id).where(Lead.id.in_([leads["striped"], leads["noted"]])).execute()
    assert found(dora, leads, "stripe") == [("striped", BEGINS)]
    assert found(dora, leads, "budget") == [("noted", NOTE)]
    assert found(dora, leads, "grafna") == [] == find_leads(cast.charlie, "grafana")
    assert respelled(dora, "grafna") is None and respelled(cast.charlie, "grafna") is None
    assert find_leads(cast.charlie, "budget") == []
    assert [row.id for row in leads_by_id(dora, list(leads.values()))] == [leads["striped"], leads["noted"]]


def test_who_sees_their_centers_finds_the_leads_there_and_their_own(cast, leads):
    cleo = factories.member(cast.acme, "Cleo Center", reach=Reach.CENTERS)
    center = create_center(cast.acme, "Berlin")
    CenterMember.create(center=center, user=cleo.user_id)
    Lead.update(owner=cleo.user_id).where(Lead.id == leads["pinstripe"]).execute()
    Lead.update(center=center.id).where(Lead.id == leads["stripe"]).execute()
    assert found(cleo, leads, "stripe") == [("stripe", EXACT), ("pinstripe", WITHIN)]


def test_deleted_leads_are_not_found(cast, leads):
    Lead.update(deleted_at=START).where(Lead.id.in_([leads["stripe"], leads["noted"], leads["grafana"]])).execute()
    assert [key for key, _ in found(cast.bob, leads, "stripe")] == ["striped", "pinstripe"]
    assert found(cast.bob, leads, "frei") == [] == found(cast.bob, leads, "grafna")


def test_a_note_is_found_by_what_it_says_now(cast, leads):
    entry = Activity.get(Activity.lead == leads["noted"])
    lead = Lead.get_by_id(leads["noted"])
    hit = find_leads(cast.bob, "frei")[0]
    assert hit.note == "Kein Budget frei,"
    notes.rewrite(entry, lead, {"text": "Doch Geld da"}, actor=cast.alice)
    assert found(cast.bob, leads, "frei") == [] and found(cast.bob, leads, "geld") == [("noted", NOTE)]
    notes.delete_entry(entry)
    assert found(cast.bob, leads, "geld") == []
    add_long = "word " * 40 + "needle" + " word" * 40
    notes.add_note(lead, add_long, actor=cast.alice)
    assert (
        "needle" in (note := find_leads(cast.bob, "needle")[0].note) and note[0] == note[-1] == "…" and len(note) < 90
    )


def test_what_an_import_could_not_place_is_found_as_a_note(cast, leads):
    data = {"text": "Left out by the import: “Größe XXL”"}
    with db.atomic():
        rows = [(leads["stripe"], "note", data), (leads["stripe"], "imported", {"filename": "xxl.csv"})]
        Store(Import(workspace=cast.acme), ByAddress()).insert_activities(rows, START)
    assert found(cast.bob, leads, "xxl") == [("stripe", NOTE)]
    assert found(cast.bob, leads, "csv") == []


def test_a_name_that_changes_is_known_for_the_mistyped_too(cast, leads):
    edit_lead(Lead.get_by_id(leads["stripe"]), {"company": "Bauhaus"}, actor=cast.alice)
    assert found(cast.bob, leads, "bauhuas") == [("stripe", MISTYPED)]
    assert found(cast.bob, leads, "strip")[0] == ("striped", BEGINS)


def test_a_list_is_offered_the_name_that_was_meant(cast, leads):
    assert respelled(cast.bob, "Grafna") == "grafana"
    assert respelled(cast.bob, "Sofia lindgern") == "sofia lindgren"
    assert respelled(cast.bob, "grafna elena") is None  # no lead is both
    assert respelled(cast.bob, "xyzzy") is None and respelled(cast.bob, "") is None


def test_no_more_than_asked_for_come_back_and_by_few_reads(cast, leads):
    assert len(find_leads(cast.bob, "example", limit=3)) == 3
    counts = []
    for _ in range(2):
        with count_queries() as counted:
            find_leads(cast.bob, "grafna quiet budget")
        counts.append(counted.count)
        for number in range(50):
            factories.lead(cast.acme, f"Grafana {number}")
    assert counts[0] == counts[1] <= 8


letters = st.text("abc", min_size=4, max_size=12)


@given(letters, letters)
def test_words_that_are_that_near_have_a_piece_in_common(one, other):
    near = slips(one, other, 2 if min(len(one), len(other)) >= words.LONG else 1)
    assert near is None or words.pieces_of(one) & words.pieces_of(other)


@pytest.mark.parametrize(
    ("one", "other", "most", "count"),
    [
        ("grafana", "grafana", 1, 0), ("grafana", "grafna", 1, 1), ("grafana", "garfana", 1, 1), ("abcd", "abdc", 1, 1),
        ("abcd", "badc", 1, None), ("abcd", "badc", 2, 2), ("xbcdefgz", "abcdefgh", 2, 2), ("abcd", "abcdef", 1, None),
    ],
)  # fmt: skip
def test_slips_are_counted(one, other, most, count):
    assert slips(one, other, most) == slips(other, one, most) == count


def test_the_words_of_a_workspace_that_is_given_up_are_forgotten(cast, leads):
    factories.lead(cast.other, "Grafana Labs")
    words.forget(cast.acme.id)
    left = db.execute_sql("SELECT DISTINCT workspace_id FROM name_piece").fetchall()
    assert left == [(cast.other.id,)] and words.meant(cast.acme.id, ["grafna"]) == [{}]
    assert words.meant(cast.other.id, ["grafna"]) == [{"grafana": 1}]
