import re
from html import unescape

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Reach, User
from webapp.accounts.workspaces import add_member
from webapp.campaigns.models import Campaign
from webapp.leads import notes
from webapp.leads.filters import Filter
from webapp.leads.saved_views import create_view


def options(text):
    """{group: [label of each option]} of a part."""
    groups = re.split(r'<span class="group-label"[^>]*>', text)[1:]
    return {
        unescape(re.match(r"[^<]*", group)[0]): [
            unescape(label) for label in re.findall(r'<span class="truncate">([^<]*)</span>', group)
        ]
        for group in groups
    }


@pytest.fixture
def ask(sign_in, htmx):
    """What the palette shows a member for these words."""

    def ask(member, text="", **more):
        answer = sign_in(member).get("/search", query_string={"q": text, **more}, headers=htmx)
        assert answer.status_code == 200
        return options(answer.text)

    return ask


def test_before_anything_is_typed_there_are_the_leads_opened_last_and_the_first_commands(cast, ask):
    leads = [factories.lead(cast.acme, f"Company {number}", first_name="", last_name="") for number in range(7)]
    ids = [lead.id for lead in reversed(leads)]
    shown = ask(cast.bob, recent=",".join(map(str, ids)))
    assert shown["Recent leads"] == [f"Company {number}" for number in (6, 5, 4, 3, 2)]
    assert "New lead" in shown["Commands"] and "Dark theme" not in shown["Commands"]


def test_leads_opened_last_are_named_only_to_those_who_may_see_them(cast, ask):
    lead = factories.lead(cast.acme)
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    for member in (cast.charlie, olga):
        assert "Recent leads" not in ask(member, recent=str(lead.id))
    assert "Recent leads" not in ask(cast.bob, recent="x,-1,99999999999999999999,²,," + "9" * 5000)


def test_words_find_leads_views_campaigns_and_commands(cast, ask):
    factories.lead(cast.acme, "Newcastle Coal", first_name="Ann", last_name="Archer")
    create_view(cast.alice, "New in Newcastle", Filter.read({"q": "newc"}), is_shared=True)
    create_view(cast.alice, "New and mine", Filter.read({}), is_shared=False)
    Campaign.create(workspace=cast.acme, name="Newcastle spring", actor=cast.alice.user_id)
    shown = ask(cast.bob, "new")
    assert shown["Leads"] == ["Ann Archer"]
    assert shown["Views"] == ["New in Newcastle"] and ask(cast.alice, "new")["Views"][0] == "New and mine"
    assert shown["Campaigns"] == ["Newcastle spring"]
    assert {"New lead", "New campaign"} <= set(shown["Commands"])
    assert shown["In the table"] == ["All leads with “new”"]
    assert not ask(cast.charlie, "newcastle")


def test_a_lead_is_found_by_its_note_and_the_note_is_shown(cast, ask):
    lead = factories.lead(cast.acme, first_name="Ann", last_name="Archer")
    notes.add_note(lead, "Asked for a discount of 10 %", actor=cast.alice)
    assert ask(cast.bob, "discount") == {"In notes": ["Ann Archer"]}


def test_what_only_nearly_matches_stands_behind_and_says_so(cast, ask):
    factories.lead(cast.acme, "Globex", first_name="Mark", last_name="Archer")
    shown = ask(cast.bob, "dark")
    assert list(shown) == ["Commands", "No lead has “dark”. Spelled like it"]
    assert shown["Commands"] == ["Dark theme"]


def test_only_what_a_member_may_do_is_offered(cast, ask):
    assert "Import leads" in ask(cast.bob, "import")["Commands"]
    assert ask(cast.vera, "import")["Commands"] == ["Go to Imports"]
    assert "Invite a member" not in ask(cast.bob)["Commands"]
    assert "Invite a member" in ask(cast.alice)["Commands"]
    assert "Workspace" in ask(cast.alice, "settings")["Commands"]
    assert "Workspace" not in ask(cast.bob, "settings")["Commands"]


def test_every_command_leads_somewhere(cast, sign_in, htmx):
    client = sign_in(cast.alice)
    seen = set()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        seen |= set(
            re.findall(r'role="option"[^>]*href="([^"]+)"', client.get(f"/search?q={letter}", headers=htmx).text)
        )
    assert len(seen) > 20
    for url in seen:
        assert client.get(unescape(url)).status_code == 200, url


def test_other_workspaces_are_a_choice_of_the_sidebars_form(cast, sign_in, htmx):
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    text = sign_in(cast.bob).get("/search?q=other", headers=htmx).text
    assert f'form="switch-workspace" name="workspace_id" value="{cast.other.id}"' in text
    assert 'form="switch-workspace"' in sign_in(cast.bob).get("/search?q=switch").text
    assert "Switch to" not in sign_in(cast.alice).get("/search?q=switch", headers=htmx).text


def test_without_javascript_it_is_a_page(cast, sign_in):
    lead = factories.lead(cast.acme, "Globex <b>", first_name="Ann", last_name="Archer")
    client = sign_in(cast.bob)
    assert 'class="search-button" href="/search"' in client.get("/").text
    text = client.get("/search?q=globex").text
    assert f'href="/leads/{lead.id}"' in text and "Globex &lt;b&gt;" in text and 'name="q" value="globex"' in text
    main = text.partition('id="main"')[2].partition("</main>")[0]
    assert 'role="option"' not in main
    assert "Nothing found" in client.get("/search?q=xyzzyq").text


def test_what_is_found_is_counted_for_those_who_hear_it(cast, sign_in, htmx):
    factories.lead(cast.acme, "Zebra")
    client = sign_in(cast.bob)
    assert 'data-said data-text="zebra">1 lead</p>' in client.get("/search?q=zebra", headers=htmx).text
    assert 'data-said data-text="xyzzyq">Nothing found</p>' in client.get("/search?q=xyzzyq", headers=htmx).text


@pytest.mark.parametrize("text", ["", "globex", "globxe", "nothing at all"])
def test_the_reads_are_few_and_the_same_for_any_number_of_leads(cast, sign_in, htmx, text):
    client, counts = sign_in(cast.bob), []
    for _ in range(2):
        for _ in range(30):
            factories.lead(cast.acme, "Globex")
        client.get("/search?q=warm", headers=htmx)
        with count_queries() as counted:
            client.get("/search", query_string={"q": text, "recent": "1,2,3"}, headers=htmx)
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8, counts
