import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Role
from webapp.admin import queries
from webapp.campaigns.models import Campaign


def test_workspaces_are_listed_with_how_much_is_in_them(cast, admin):
    for _ in range(3):
        factories.lead(cast.acme, company="Hidden Company")
    acme = {workspace.name: workspace for workspace in queries.workspaces().rows}["Acme"]
    assert (acme.members, acme.leads, acme.owners) == (3, 3, ["Alice Archer"])
    page = admin.get("/admin/workspaces").text
    assert "Acme" in page and "Other" in page and "Charlie Chase" in page and "Hidden Company" not in page


def test_a_workspace_is_found_by_name_or_slug(cast, admin):
    for typed in ("acm", "ACME", "cme"):
        assert [workspace.name for workspace in queries.workspaces(search=typed).rows] == ["Acme"]
    assert "No workspace like that" in admin.get("/admin/workspaces?q=zzz").text


def test_one_workspace_shows_its_members_and_counts_and_no_lead(cast, admin):
    factories.lead(cast.acme, company="Hidden Company")
    Campaign.create(workspace=cast.acme, name="Hidden campaign")
    page = admin.get(f"/admin/workspaces/{cast.acme.id}").text
    for words in ("Alice Archer", "Owner", "bob@example.org", "Viewer", "/admin/audit?workspace=acme"):
        assert words in page
    assert "Charlie" not in page and "Hidden" not in page
    counts = queries.get_workspace(cast.acme.id)
    assert (counts.members, counts.leads, counts.campaigns, counts.centers) == (3, 1, 1, 0)
    assert admin.get("/admin/workspaces/999").status_code == 404


def test_a_site_admin_who_is_not_in_it_still_finds_no_lead(cast, admin):
    lead = factories.lead(cast.other)
    assert admin.get(f"/admin/workspaces/{cast.other.id}").status_code == 200
    assert admin.get(f"/leads/{lead.id}").status_code == 404


@pytest.mark.parametrize("more", [1, 30])
def test_longer_lists_ask_no_more_questions(cast, admin, more):
    for number in range(more):
        workspace = factories.workspace(f"Workspace {number}")
        factories.member(workspace, f"Owner {number}", role=Role.OWNER, email=f"owner{number}@example.org")
        factories.member(cast.acme, f"Member {number}", email=f"member{number}@example.org")
    for path, most in (("/admin/workspaces", 5), (f"/admin/workspaces/{cast.acme.id}", 7)):
        admin.get(path)
        with count_queries() as counted:
            admin.get(path)
        assert counted.count <= most, path


def test_members_go_on_behind_the_last_of_a_page(cast, admin):
    for number in range(60):
        factories.member(cast.acme, f"Member {number}", email=f"member{number}@example.org")
    first = queries.members(cast.acme)
    second = queries.members(cast.acme, cursor=first.older)
    assert len(first.rows) == 50 and len(second.rows) == 13 and second.rows[-1].user.full_name == "Member 59"
