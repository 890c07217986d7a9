"""Saved views: a filter with a name, as a tab and in the sidebar."""

import re
from html import unescape

import pytest

from tests import factories
from webapp.accounts.models import Membership
from webapp.core.errors import Forbidden, Invalid, NotFound
from webapp.leads import saved_views
from webapp.leads.filters import Filter
from webapp.leads.list_models import PinnedView, SavedView
from webapp.leads.models import Stage


def tabs(text):
    nav = text.split('id="lead-tabs"')[1].split("</nav>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"<a [^>]*>(.*?)</a>", nav, re.S)]


def current_tab(text):
    nav = text.split('id="lead-tabs"')[1].split("</nav>")[0]
    found = re.search(r'aria-current="page">([^<]*)', nav)
    return found and found[1].strip()


def save(client, query="", **data):
    return client.post(f"/leads/views/new{query}", data={"seen": "me", **data})


def view(member, name="Lost ones", query="f=stage.is.lost", **fields):
    whose = {"workspace": member.workspace.id, "owner": member.user_id}
    return SavedView.create(**whose, name=name, query=query, **fields)


def test_a_filter_is_saved_and_becomes_a_tab_with_its_count(cast, sign_in):
    lost = factories.lead(cast.acme, stage=Stage.LOST)
    factories.lead(cast.acme)
    client = sign_in(cast.bob)
    answer = save(client, "?f=stage.is.lost&sort=name&page=x&columns=city", name="  Lost   ones ")
    kept = SavedView.get()
    assert (kept.name, kept.query, kept.is_shared) == ("Lost ones", "f=stage.is.lost&sort=name&columns=city", False)
    assert answer.status_code == 303 and answer.location.endswith(f"saved={kept.id}")
    text = client.get(answer.location).text
    assert tabs(text) == ["All leads", "Lost ones 1", "New view"] and current_tab(text) == "Lost ones"
    assert re.findall(r'<tr id="lead-(\d+)"', text) == [str(lost.id)]
    assert tabs(client.get("/leads").text)[0] == "All leads 2"


def test_a_view_of_the_board_opens_the_board(cast, sign_in):
    client = sign_in(cast.bob)
    answer = save(client, "?view=board&q=glo", name="Board")
    assert answer.location.startswith("/leads/board?q=glo") and SavedView.get().on_board
    assert current_tab(client.get(answer.location).text) == "Board"


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_view_needs_a_short_name(cast, sign_in, name):
    answer = save(sign_in(cast.bob), "?f=stage.is.lost", name=name)
    assert answer.status_code == 422 and SavedView.select().count() == 0
    assert "Give the view a name." in answer.text or "Keep it under 61 characters." in answer.text


def test_who_has_enough_views_is_told(cast, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 1)
    view(cast.bob)
    with pytest.raises(Invalid):
        saved_views.create_view(cast.bob, "Another", Filter(), is_shared=False)


def test_own_and_shared_views_show_and_nobody_elses(cast):
    mine, shared = view(cast.bob, "Mine"), view(cast.alice, "Shared", is_shared=True)
    hidden = view(cast.alice, "Hidden")
    view(cast.charlie, "Theirs", is_shared=True)
    assert [one.id for one in saved_views.views_of(cast.bob)] == [mine.id, shared.id]
    for member in (cast.bob, cast.charlie):
        with pytest.raises(NotFound):
            saved_views.get_view(member, hidden.id)


def test_the_views_of_who_left_go(cast):
    view(cast.alice, is_shared=True)
    Membership.delete().where(Membership.user == cast.alice.user_id).execute()
    assert saved_views.views_of(cast.bob) == ()


def test_a_changed_filter_can_be_saved_or_reset(cast, sign_in):
    kept = view(cast.bob)
    client = sign_in(cast.bob)
    same = client.get(f"/leads?f=stage.is.lost&saved={kept.id}").text
    assert ">Save</button>" not in same and ">Reset</a>" not in same
    changed = client.get(f"/leads?f=stage.is.new&saved={kept.id}").text
    action = unescape(re.search(r'formaction="([^"]+/save[^"]*)"', changed)[1])
    assert f'href="/leads?f=stage.is.lost&amp;saved={kept.id}">Reset' in changed
    answer = client.post(action)
    assert answer.location == f"/leads?f=stage.is.new&saved={kept.id}"
    assert SavedView.get_by_id(kept.id).query == "f=stage.is.new"


def test_a_shared_view_is_its_owners_to_change(cast, sign_in):
    kept = view(cast.alice, is_shared=True)
    client = sign_in(cast.bob)
    text = client.get(f"/leads?f=stage.is.new&saved={kept.id}").text
    assert ">Save view</a>" in text and "/save" not in text and ">Edit view" not in text
    for path in ("save", "delete", "edit"):
        answer = client.post(f"/leads/views/{kept.id}/{path}", data={"name": "Mine now", "seen": "me"})
        assert answer.status_code == 403
    stored = SavedView.get_by_id(kept.id)
    assert (stored.name, stored.query) == ("Lost ones", "f=stage.is.lost")
    assert sign_in(cast.charlie).post(f"/leads/views/{kept.id}/delete").status_code == 404


def test_who_only_looks_keeps_views_to_themselves(cast, sign_in):
    client = sign_in(cast.vera)
    assert "Everybody in the workspace" not in client.get("/leads/views/new").text
    assert save(client, name="Mine").status_code == 303
    with pytest.raises(Forbidden):
        saved_views.create_view(cast.vera, "Ours", Filter(), is_shared=True)


def test_a_view_is_renamed_shared_and_deleted(cast, sign_in):
    kept = view(cast.bob)
    client = sign_in(cast.bob)
    client.post(f"/leads/views/{kept.id}/edit", data={"name": "Gone cold", "seen": "all"})
    stored = SavedView.get_by_id(kept.id)
    assert (stored.name, stored.is_shared) == ("Gone cold", True)
    assert "Gone cold" in client.get(f"/leads/views/{kept.id}/delete").text
    assert client.post(f"/leads/views/{kept.id}/delete").location == "/leads"
    assert SavedView.select().count() == 0


def test_a_view_is_pinned_to_the_sidebar_once_and_unpinned(cast, sign_in):
    kept = view(cast.alice, "For all", is_shared=True)
    client = sign_in(cast.bob)
    for _ in range(2):
        assert client.post(f"/leads/views/{kept.id}/pin").status_code == 303
    assert PinnedView.select().count() == 1
    home = client.get("/leads/views/new").text
    assert "Pinned views" in home and f'href="/leads?f=stage.is.lost&amp;saved={kept.id}"' in home
    assert "Pinned views" not in sign_in(cast.alice).get("/leads/views/new").text
    client = sign_in(cast.bob)
    client.post(f"/leads/views/{kept.id}/unpin")
    assert "Pinned views" not in client.get("/leads/views/new").text


def test_a_view_of_ones_own_has_a_place_however_many_others_share(cast):
    others = {"workspace": cast.acme, "owner": cast.bob.user_id, "is_shared": True, "query": ""}
    SavedView.insert_many([{**others, "name": f"A {number}"} for number in range(saved_views.SHOWN)]).execute()
    mine = saved_views.create_view(cast.alice, "Zoo", Filter(), is_shared=False)
    assert saved_views.get_own(cast.alice, mine.id).name == "Zoo"
    names = [view.name for view in saved_views.views_of(cast.alice)]
    assert names == sorted(names) and len(names) == saved_views.SHOWN
