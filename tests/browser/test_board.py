"""What only a browser shows of the board: dragging, keys and menus, what others do meanwhile, and what goes wrong."""

import re

import pytest
from playwright.sync_api import expect

from .people import three_leads

pytestmark = pytest.mark.browser
SOON = 10_000  # ms: a board looks every three seconds


@pytest.fixture
def site(program, after):
    """A page with three leads on the board, and the program's address."""
    page, url = after(three_leads, strict=True), program.url
    page.goto(f"{url}/leads/board")
    return page, url


@pytest.fixture
def second(site, chromium):
    """Another browser on the same board. Its console may report refusals, as it should."""
    page, url = site
    with chromium.new_context(
        storage_state=page.context.storage_state(), viewport={"width": 1440, "height": 900}
    ) as context:
        other = context.new_page()
        other.goto(f"{url}/leads/board")
        yield other


def card(page, company):
    return page.locator("[data-card]", has_text=company)


def link(page, company):
    return card(page, company).get_by_role("link", name=company, exact=True)


def lane(page, stage):
    return page.locator(f"[data-lane={stage}]")


def head(page, stage):
    return page.locator(f"#lane-{stage}-head")


def said(page):
    return page.locator("#board-said")


def test_cards_move_by_mouse_and_finger_and_show_what_is_chosen(site):
    page, _ = site
    expect(head(page, "new")).to_contain_text("€3k")
    card(page, "Globex").drag_to(lane(page, "replied"))
    expect(lane(page, "replied")).to_contain_text("Globex")
    expect(head(page, "new")).to_contain_text("€2k")
    expect(head(page, "replied")).to_contain_text("€1k")
    expect(said(page)).to_have_text("Ann moved to Replied, 1 of 1.")
    drag_by_finger(page, card(page, "Hooli"), lane(page, "contacted"))
    expect(lane(page, "contacted")).to_contain_text("Hooli")
    assert page.locator(".drag-ghost, .drop-slot, [data-lifted]").count() == 0
    expect(said(page)).to_have_text("Cleo moved to Contacted, 1 of 1.")
    page.reload()
    for stage, company in (("replied", "Globex"), ("contacted", "Hooli"), ("new", "Initech")):
        expect(lane(page, stage)).to_contain_text(company)

    page.get_by_role("button", name="Display").click()
    page.get_by_label("Value").uncheck()
    expect(card(page, "Globex").locator(".value")).to_have_count(0)
    page.get_by_label("Compact").check()
    expect(page.locator(".lead-card[data-compact]")).to_have_count(3)
    expect(page).to_have_url(re.compile("density=compact&cards=title"))
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("hooli")
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(page).to_have_url(re.compile("density=compact"))
    expect(page.locator(".lead-card[data-compact]")).to_have_count(1)


def drag_by_finger(page, what, where):
    finger = page.context.new_cdp_session(page)

    def touch(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    start, goal = what.bounding_box(), where.bounding_box()
    x, y = start["x"] + 30, start["y"] + 30
    to_x, to_y = goal["x"] + goal["width"] / 2, goal["y"] + 60
    touch("touchStart", (x, y))
    expect(page.locator(".drag-ghost")).to_have_count(1)
    for part in range(1, 6):
        touch("touchMove", (x + (to_x - x) * part / 5, y + (to_y - y) * part / 5))
    expect(where.locator(".drop-slot")).to_have_count(1)
    touch("touchEnd")


def test_the_board_is_worked_with_the_keyboard_alone(site):
    page, _ = site
    link(page, "Hooli").focus()
    page.keyboard.press("j")
    expect(link(page, "Initech")).to_be_focused()
    for key in "]]][]":  # faster than any answer: none is lost
        page.keyboard.press(key)
    expect(said(page)).to_have_text("Ben moved to Converted, 1 of 1.")
    expect(lane(page, "converted")).to_contain_text("Initech")
    expect(link(page, "Initech")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(link(page, "Hooli")).to_be_focused()
    page.keyboard.press("[")  # there is no stage before the first
    expect(lane(page, "new")).to_contain_text("Hooli")

    page.keyboard.press("s")
    expect(page.get_by_role("menuitemradio", name="New")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(link(page, "Hooli")).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Cleo moved to Replied, 1 of 1.")
    expect(link(page, "Hooli")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_role("menuitemradio", name="Mara Lindqvist")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Nobody owns Cleo now.")
    expect(card(page, "Hooli").get_by_role("img", name="Mara Lindqvist")).to_have_count(0)
    page.reload()
    expect(lane(page, "converted")).to_contain_text("Initech")
    expect(lane(page, "replied")).to_contain_text("Hooli")
    link(page, "Hooli").focus()
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(r"/leads/\d+\?.*compose=mail#composer$"))


def test_what_is_done_in_another_browser_appears_and_is_not_undone_by_a_stale_move(site, second):
    page, _ = site
    link(second, "Hooli").focus()
    card(page, "Globex").drag_to(lane(page, "lost"))
    expect(lane(second, "lost")).to_contain_text("Globex", timeout=SOON)
    expect(card(second, "Globex")).to_have_count(1)
    expect(head(second, "lost")).to_contain_text("€1k")
    expect(link(second, "Hooli")).to_be_focused()
    link(page, "Hooli").focus()
    page.keyboard.press("]")
    expect(lane(second, "contacted")).to_contain_text("Hooli", timeout=SOON)
    expect(link(second, "Hooli")).to_be_focused()

    card(second, "Initech").hover()
    card(second, "Initech").locator("[data-menu]").click()  # an open menu keeps the board from looking
    card(page, "Initech").drag_to(lane(page, "converted"))
    expect(said(page)).to_contain_text("moved to Converted")
    second.get_by_role("menuitemradio", name="Lost").click()
    expect(second.get_by_role("alert")).to_contain_text("was moved or deleted meanwhile")
    expect(lane(second, "converted")).to_contain_text("Initech")
    expect(card(second, "Initech")).to_have_count(1)
    expect(head(second, "converted")).to_contain_text("€1k")
    expect(said(second)).to_have_text("Ben is in Converted.")


def test_a_move_that_does_not_arrive_is_taken_back_with_a_sentence(site, second):
    page, _ = site
    second.context.set_offline(True)
    card(second, "Initech").drag_to(lane(second, "lost"))
    expect(second.get_by_role("alert")).to_have_text("Galena cannot be reached. The lead stays in New.")
    expect(lane(second, "new").locator("[data-card]").nth(1)).to_contain_text("Initech")
    second.context.set_offline(False)
    second.get_by_role("button", name="Dismiss").click()

    second.route("**/move*", lambda route: route.fulfill(status=503))
    link(second, "Initech").focus()
    second.keyboard.press("]")
    expect(second.get_by_role("alert")).to_contain_text("is full. The lead stays in New.")
    expect(lane(second, "new").locator("[data-card]").nth(1)).to_contain_text("Initech")
    expect(link(second, "Initech")).to_be_focused()
    second.unroute("**/move*")
    second.keyboard.press("]")
    expect(lane(page, "contacted")).to_contain_text("Initech", timeout=SOON)

    second.context.clear_cookies()
    card(second, "Hooli").drag_to(lane(second, "lost"))
    expect(second).to_have_url(re.compile("/sign-in"))
