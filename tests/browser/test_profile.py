"""One's own profile, as a browser shows it, with scripts and without."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.people import EMAIL, PASSWORD, give_password, sign_up

pytestmark = pytest.mark.browser


@pytest.fixture
def site(program, after):
    """The address of a program, and Mara's page, on her profile."""
    url, page = program.url, after(sign_up, timezone_id="America/New_York")
    page.goto(f"{url}/settings/profile")
    return url, page


def test_a_picture_stands_beside_the_name_on_every_page(site):
    url, page = site
    page.get_by_label("Picture").set_input_files({"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("We cannot read that as a picture.")).to_be_visible()
    photo = {"name": "me.png", "mimeType": "image/png", "buffer": factories.picture(size=(300, 200))}
    page.get_by_label("Picture").set_input_files(photo)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Your picture is saved.")).to_be_visible()
    page.goto(f"{url}/leads")
    drawn = page.locator("#user-trigger img")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [256, 256]
    page.goto(f"{url}/settings/profile")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#user-trigger")).to_contain_text("ML")


def test_a_language_shows_what_it_does_before_it_is_saved(site):
    _, page = site
    example = page.locator("#example")
    expect(example).to_contain_text("12,400 leads")
    page.get_by_label("Language of dates and numbers").select_option("de")
    expect(example).to_contain_text("12.400 leads")
    page.get_by_role("button", name="Save preferences").click()
    expect(page.get_by_text("Your preferences are saved.")).to_be_visible()
    expect(page.locator("#example")).to_contain_text("12.400 leads")


def test_what_was_refused_has_the_focus(site):
    _, page = site
    page.get_by_label("New address").fill("mara")
    page.get_by_role("button", name="Change address").click()
    expect(page.get_by_label("New address")).to_be_focused()
    page.get_by_label("Full name").fill("")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_label("Full name")).to_be_focused()  # not what another form still says


def test_on_a_phone_the_menu_shows_where_one_is(site):
    url, page = site
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{url}/settings/members")
    expect(page.locator(".subnav > [aria-current]")).to_be_in_viewport(ratio=0.9)


def test_the_browsers_own_time_zone_is_one_click_away(site):
    _, page = site
    field, offer = page.get_by_label("Time zone"), page.get_by_role("button", name="Use your browser's")
    expect(field).to_have_value("America/New_York")  # since signing up
    expect(offer).to_be_hidden()
    field.fill("Europe/Nowhere")
    page.get_by_role("button", name="Save preferences").click()
    expect(page.get_by_text("Choose a time zone from the list")).to_be_visible()
    expect(field).to_have_value("Europe/Nowhere")
    page.get_by_role("button", name="Use your browser's: America/New_York").click()
    expect(field).to_have_value("America/New_York")
    expect(offer).to_be_hidden()


def test_an_account_is_deleted_by_its_address_and_password(site):
    url, page = site
    page.get_by_role("link", name="Delete your account").click()
    expect(page.get_by_text("Halden Studio is deleted with 0 leads")).to_be_visible()
    page.get_by_label("Your address").fill(EMAIL)
    page.get_by_label("Password").fill("not it at all")
    page.get_by_role("button", name="Delete account and 1 workspace").click()
    expect(page.get_by_text("That is neither your password nor a code")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Delete account and 1 workspace").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    page.goto(f"{url}/leads")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_profile_works_without_scripts(site, open_browser):
    url, _ = site
    page = open_browser(java_script_enabled=False)
    give_password(page, url, "/settings/profile")
    page.get_by_label("Full name").fill("Mara L.")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_label("Full name")).to_have_value("Mara L.")
    page.get_by_label("Dark").check()
    page.get_by_label("Language of dates and numbers").select_option("fr")
    page.get_by_role("button", name="Save preferences").click()
    expect(page.locator("html.dark")).to_have_count(1)
    expect(page.locator("#example")).to_contain_text("64\u202f000")
    photo = {"name": "me.png", "mimeType": "image/png", "buffer": factories.picture()}
    page.get_by_label("Picture").set_input_files(photo)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("button", name="Replace")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Upload")).to_be_visible()
