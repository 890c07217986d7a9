"""Twenty companies are looked up on a web of our own: somebody watches, asks how a fact is known, decides, exports."""

import csv
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.people import add_leads, sign_up
from webapp.config import ROOT

sys.path.insert(0, str(ROOT / "bench"))
from company_web import company_web

pytestmark = pytest.mark.browser
SLOW = 60_000  # ms for what a background job does
COMPANIES = 20
# read by each of the program's processes: they reach these websites, and nothing else
LEAD_THERE = "import sys\nsys.path[:0] = [{bench!r}, {root!r}]\nimport company_web\ncompany_web.lead_there({port})\n"


@pytest.fixture
def web_program(tmp_path, start_program):
    """A program whose internet is bench/company_web.py."""
    with company_web(0.05) as port:
        folder = tmp_path / "path"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(
            LEAD_THERE.format(bench=str(ROOT / "bench"), root=str(ROOT), port=port)
        )
        yield start_program(PYTHONPATH=str(folder))


def test_twenty_companies_are_enriched_watched_decided_on_and_exported(web_program, open_browser):
    page, url = open_browser(), web_program.url
    sign_up(page, url)
    add_leads(page, url, [("Ann", "Company 1")], website="https://company1.example", employees="999")
    lead = page.url
    start_job(page, url)
    expect(page.locator("#companies").get_by_text("Done", exact=True)).to_have_count(COMPANIES, timeout=SLOW)
    page.locator("#companies").get_by_role("link", name="Company 1", exact=True).click()
    inspector = page.locator("#inspector")
    expect(inspector.get_by_role("heading", name="Company 1", exact=True)).to_be_visible()
    founded = inspector.locator("li", has_text="Founded")
    expect(founded).to_contain_text("1901")
    expect(founded.get_by_role("link")).to_have_attribute("href", "https://company1.example/about")
    founded.get_by_text("Evidence").click()
    expect(founded.locator("blockquote")).to_contain_text("1901")
    export(page)
    decide(page, url)
    page.goto(lead)
    expect(page.locator("#fact-employees")).to_contain_text("4")
    panel = page.locator("#enriched")
    expect(panel.locator("#known-employees")).to_contain_text("Kept")
    expect(page.locator("#timeline")).to_contain_text("999 to 4")
    panel.get_by_role("button", name="Look it up again").click()
    expect(page.locator("#timeline")).to_contain_text("Enrichment filled", timeout=SLOW)
    expect(panel.get_by_role("button", name="Look it up again")).to_be_visible()


def start_job(page, url):
    page.goto(f"{url}/enrichment/new")
    names = "\n".join(f"Company {number}, company{number}.example" for number in range(1, COMPANIES + 1))
    page.get_by_label("Companies", exact=True).fill(names)
    page.get_by_label("Also renew what an enrichment wrote").check()
    page.get_by_label("Wikidata").uncheck()
    page.get_by_role("button", name="See what it takes").click()
    page.get_by_role("button", name="Enrich 20 companies").click()


def export(page):
    page.get_by_role("button", name="More job actions").click()
    with page.expect_download() as downloading:
        page.get_by_role("menuitem", name="Export as CSV").click()
    with open(downloading.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == COMPANIES
    assert any("company7.example" in row.values() for row in rows)


def decide(page, url):
    page.goto(f"{url}/enrichment/conflicts")
    row = page.locator("#queue tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("999")
    row.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Nothing to decide")).to_be_visible()
