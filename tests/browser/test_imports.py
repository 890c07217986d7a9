"""An import through its five steps in a browser: Back, a field made on the way, cells mended, run, receipt, undo."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import add_leads, sign_up
from tests.browser.test_accessibility import serious, show_theme

pytestmark = pytest.mark.browser
SLOW = 30_000  # ms for what a background job does
CSV = """Contact,Mail,Organisation,Segment
Elena Marchetti,e.marchetti@stripe.example,Stripe,Tier A
Ann Globex,ann@globex.example,Globex,Tier B
Noor Haddad,noor@,Webflow,Tier A
Ines Park,noor@,Figma,Tier B
Ada Bell,ada.bell at hooli.example,Hooli,Tier A
"""


def begin(page, url):
    """Mara has one lead that the file knows, too."""
    sign_up(page, url)
    add_leads(page, url, [("Ann", "Globex")], last_name="Globex", email="ann@globex.example")


@pytest.fixture
def page(after):
    return after(begin, reduced_motion="reduce")  # axe judges colours that are there, not on their way


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(CSV)
    return path


def accessible(page):
    """axe finds nothing serious on the page as it is, in both themes and on a phone, which it fits."""
    for width, theme in ((1440, "light"), (1440, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        show_theme(page, theme)
        assert serious(page) == [], f"{page.url} at {width}, {theme}"
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.set_viewport_size({"width": 1440, "height": 900})


def upload(page, url, file):
    page.goto(f"{url}/imports/new")
    accessible(page)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Match columns").click()
    expect(page.get_by_role("heading", name="Match the columns of people.csv")).to_be_visible()


def match(page):
    """A choice shows what follows from it at once; a column gets a field; another way to read the file is tried."""
    expect(page.get_by_text("1 needs you")).to_be_visible()
    accessible(page)
    page.get_by_label("Field for column Organisation").select_option("-")
    expect(page.get_by_text("1 not imported")).to_be_visible()
    page.get_by_label("Field for column Organisation").select_option("company")
    expect(page.get_by_text("3 matched")).to_be_visible()
    page.get_by_text("How the file was read").click()
    page.get_by_label("Columns are parted by").select_option(";")
    expect(page.get_by_text("semicolon separated")).to_be_visible()
    page.get_by_label("Columns are parted by").select_option(",")
    expect(page.get_by_text("comma separated")).to_be_visible()
    page.get_by_label("Name of the new field for Segment").fill("Tier")
    page.get_by_label("Name of the new field for Segment").press("Enter")
    expect(page.get_by_text("4 matched")).to_be_visible()
    page.get_by_role("button", name="Continue").click()


def choose(page):
    expect(page.get_by_role("heading", name=re.compile("What happens with the rows"))).to_be_visible()
    page.get_by_label("Tag every lead").fill("Partner list")
    page.get_by_label("Where the list comes from").fill("Trade fair in Berlin")
    page.get_by_label("Why you may write to them").select_option("interest")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", name="Match the columns of people.csv")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Tag every lead")).to_have_value("Partner list")
    expect(page.get_by_label("Why you may write to them")).to_have_value("interest")
    accessible(page)
    page.get_by_role("button", name="Check 5 rows").click()


def tab(page, name):
    return page.get_by_role("navigation", name="Rows by what becomes of them").get_by_role("link", name=name)


def mend(page):
    """A bad cell is typed over, then all that say the same; what is not saved yet stays as it was typed."""
    expect(page.get_by_role("button", name="Import 1 lead, update 1")).to_be_visible()
    tab(page, "Errors 3").click()
    expect(page.get_by_label("Mail in row 5")).to_have_value("ada.bell at hooli.example")
    accessible(page)
    page.get_by_label("Mail in row 3").fill("noor@webflow.example")
    page.get_by_label("Mail in row 5").fill("ada.bell@hooli.example")
    page.get_by_label("Mail in row 5").press("Enter")
    expect(page.get_by_role("button", name="Import 2 leads, update 1")).to_be_visible()
    expect(page.get_by_label("Mail in row 3")).to_have_value("noor@webflow.example")
    page.locator("#checked-3").get_by_role("button", name="All like this (2)").click()
    expect(tab(page, "Errors 0")).to_be_visible()
    expect(tab(page, "Twice in the file 1")).to_be_visible()
    page.locator("#fixes-title").locator("xpath=../..").get_by_role(
        "button", name=re.compile("Undo noor@webflow")
    ).click()
    expect(tab(page, "Errors 2")).to_be_visible()
    page.locator("#checked-3").get_by_role("textbox").fill("noor@webflow.example")
    page.locator("#checked-3").get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Import 3 leads, update 1")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Where the list comes from")).to_have_value("Trade fair in Berlin")
    page.get_by_role("list", name="Import steps").get_by_role("link", name="Match columns").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Check 5 rows").click()


def run(page):
    page.get_by_role("button", name="Import 3 leads, update 1").click()
    expect(page.get_by_text("3 new leads are ready")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Every row of the file")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Show the rows: Updated").click()
    expect(page.get_by_role("row", name=re.compile("Tier B"))).to_be_visible()
    accessible(page)
    page.go_back()
    page.get_by_role("link", name="Open the leads").click()
    expect(page.get_by_role("row")).to_have_count(4)
    page.go_back()


def undo(page):
    page.get_by_role("button", name="Undo import").first.click()
    dialog = page.get_by_role("dialog", name="Undo this import?")
    accessible(page)
    dialog.get_by_role("button", name="Undo import").click()
    expect(page.get_by_role("heading", name="This import was undone")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("3 leads are in the bin. 1 lead has its old values again.")).to_be_visible()
    accessible(page)


def test_a_file_is_matched_checked_mended_imported_and_undone(page, program, file):
    upload(page, program.url, file)
    match(page)
    choose(page)
    mend(page)
    run(page)
    undo(page)
    page.goto(f"{program.url}/leads")
    expect(page.get_by_role("row")).to_have_count(2)


def test_pasted_rows_are_imported_by_keyboard(page, program):
    page.goto(f"{program.url}/imports/new")
    page.get_by_label("Or paste rows from a spreadsheet").fill("E-mail\tName\nzoe@x.example\tZoe Ray\n")
    page.get_by_role("button", name="Match columns").press("Enter")
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_label("Why you may write to them").select_option("consent")
    page.get_by_label("Where the list comes from").fill("Newsletter")
    page.get_by_label("Where the list comes from").press("Enter")
    page.get_by_role("button", name="Import 1 lead").press("Enter")
    expect(page.get_by_text("1 new lead is ready")).to_be_visible(timeout=SLOW)


def test_an_import_is_stopped_kept_gone_on_with_and_stopped_and_undone(page, program):
    """Long enough to be stopped in its midst, twice."""
    rows = "".join(f"Ann Bo {number},ann{number}@x.example,Hooli\n" for number in range(25_000))
    file = {"name": "long.csv", "mimeType": "text/csv", "buffer": f"Name,E-mail,Company\n{rows}".encode()}
    page.goto(f"{program.url}/imports/new")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Match columns").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Why you may write to them").select_option("consent")
    page.get_by_role("button", name="Check 25,000 rows").click()
    page.get_by_role("button", name="Import 25,000 leads").click(timeout=SLOW)
    stop = page.get_by_role("button", name="Stop", exact=True)
    dialog = page.get_by_role("dialog", name="Stop this import?")
    stop.click()
    dialog.get_by_role("button", name="Go on importing").click()
    expect(dialog).to_be_hidden()
    expect(stop).to_be_focused()
    stop.press("Enter")
    dialog.get_by_role("button", name="Stop and keep").click()
    expect(page.get_by_role("heading", name="This import was stopped")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("of 25,000 rows in the file")).to_be_visible()
    page.get_by_role("button", name=re.compile("Go on after row")).click()
    stop.click()
    dialog.get_by_role("button", name="Stop and undo").click()
    expect(page.get_by_role("heading", name="This import was undone")).to_be_visible(timeout=2 * SLOW)
    page.get_by_role("link", name="Open the bin").click()
    expect(page.get_by_role("row", name=re.compile("Ann Bo")).first).to_be_visible()


def test_the_five_steps_work_without_scripts(chromium, after, program, file):
    cookies = after(begin).context.cookies()
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{program.url}/imports/new")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Match columns").click()
    page.get_by_role("button", name="Skip column").click()
    expect(page.get_by_text("1 not imported")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Why you may write to them").select_option("interest")
    page.get_by_label("Where the list comes from").fill("Trade fair")
    page.get_by_role("button", name="Check 5 rows").click()
    tab(page, "Errors 3").click()
    page.get_by_label("Mail in row 5").fill("ada.bell@hooli.example")
    page.locator("#checked-5").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Import 2 leads").click()
    for _ in range(100):
        if page.get_by_text("2 new leads are ready").count():
            break
        page.get_by_role("link", name="Reload").click()
    expect(page.get_by_text("2 new leads are ready")).to_be_visible()
    context.close()
