"""What only a browser can show of the look: swapped menus, toasts, keys, themes, accessibility."""

import pytest
from playwright.sync_api import expect

from tests.browser.programs import Program
from webapp.config import ROOT

pytestmark = pytest.mark.browser
AXE = next((ROOT / "tests/vendor").glob("axe-core-*.min.js"))
SETTLED = "Promise.allSettled(document.getAnimations().filter(a => a instanceof CSSTransition).map(a => a.finished))"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("development") / "data", GALENA_DEVELOPMENT="1")
    yield program.url
    program.stop()


@pytest.fixture
def page(quiet_page, url):
    quiet_page.goto(f"{url}/ui")
    return quiet_page


def test_every_pattern_is_accessible_in_both_themes(page):
    page.emulate_media(reduced_motion="reduce")  # colours are judged, not their way from one theme to the other
    page.evaluate(AXE.read_text())
    for theme in ("Light", "Dark"):
        page.get_by_role("button", name=theme, exact=True).click()
        page.evaluate(SETTLED)
        found = page.evaluate(
            "axe.run().then(({violations}) => violations.map(v => [v.impact, v.id, v.nodes[0].html]))"
        )
        assert [violation for violation in found if violation[0] in ("serious", "critical")] == [], theme


def test_a_menu_works_after_htmx_has_swapped_it(page):
    menu, trigger = page.locator("#menu-light"), page.locator("#menu-light-trigger")
    menu.evaluate("element => { element.dataset.old = 'yes' }")
    page.evaluate("htmx.ajax('GET', '/ui', {target: '#menu-light', select: '#menu-light', swap: 'outerHTML'})")
    expect(page.locator("#menu-light:not([data-old])")).to_be_visible()

    trigger.click()
    expect(menu.get_by_role("menuitem", name="Delete")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("menuitem", name="Delete")).to_be_hidden()
    expect(trigger).to_be_focused()


def test_a_toast_goes_by_itself_but_not_under_the_pointer_and_an_error_stays(page):
    page.clock.install()
    toasts = page.locator("#toaster .toast")
    page.get_by_role("button", name="Toast: error").first.click()
    expect(toasts).to_have_count(1)
    page.get_by_role("button", name="Toast: info").first.click()
    expect(toasts).to_have_count(2)

    toasts.nth(1).hover()
    page.clock.run_for(60_000)
    expect(toasts).to_have_count(2)

    page.mouse.move(2, 400)
    page.clock.run_for(60_000)
    expect(toasts).to_have_count(1)
    expect(toasts).to_have_attribute("data-category", "error")
    toasts.get_by_role("button", name="Dismiss").click()
    page.clock.run_for(1_000)
    expect(toasts).to_have_count(0)


def test_undo_answers_with_a_toast_and_takes_its_own_away(page):
    page.get_by_role("button", name="Toast: success").first.click()
    page.locator("#toaster").get_by_role("button", name="Undo").click()
    expect(page.locator("#toaster .toast:not([aria-hidden])")).to_contain_text("Undone.")
    expect(page.locator("#toaster .toast")).to_have_count(1)


def test_a_dialog_opens_and_closes_by_its_buttons_and_by_escape(page):
    dialog = page.locator("#ui-dialog > div")  # the element itself has no size, its card is what shows
    for leave in (
        lambda: dialog.get_by_role("button", name="Keep them").click(),
        lambda: page.keyboard.press("Escape"),
    ):
        page.get_by_role("button", name="Open a dialog").click()
        expect(dialog).to_be_visible()
        leave()
        expect(dialog).to_be_hidden()


def test_nothing_is_wider_than_the_window(page):
    for width in (390, 768, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
