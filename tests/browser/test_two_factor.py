"""Two-factor sign-in from the QR code to the last recovery code."""

import re
import time
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.people import PASSWORD, give_password, sign_out, sign_up

pytestmark = pytest.mark.browser


@pytest.fixture
def url(program):
    return program.url


@pytest.fixture
def page(after):
    """A page in which Mara is signed in."""
    return after(sign_up)


def set_up(page, url):
    """Switches two-factor on; returns the device and the recovery codes, and stands on the page that shows them."""
    page.goto(f"{url}/settings/two-factor")
    page.get_by_role("button", name="Set up").click()
    picture = page.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    device = pyotp.TOTP(page.locator("#two-factor-key").inner_text().replace(" ", ""))
    page.get_by_label("Code").fill(device.now())
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Two-factor sign-in is on")).to_be_visible()
    return device, page.locator("#codes").inner_text().split()


def next_code(device):
    """A code that was not used yet, of the step after this one, which counts already."""
    return device.at(time.time() + device.interval)


def test_set_it_up_sign_in_with_a_code_and_with_a_recovery_code_once(page, url):
    device, codes = set_up(page, url)
    assert len(set(codes)) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "galena-recovery-codes.txt"
    assert all(code in Path(download.value.path()).read_text() for code in codes)
    page.get_by_role("link", name="I have kept them").click()

    sign_out(page)
    give_password(page, url, "/leads/new")
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That code is not right")).to_be_visible()
    page.get_by_label("Code").fill(next_code(device))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{url}/leads/new")

    sign_out(page)
    give_password(page, url)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0].upper())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")

    sign_out(page)
    give_password(page, url)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("was used already")).to_be_visible()
    page.get_by_label("Recovery code").fill(codes[1])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")
    page.goto(f"{url}/settings/two-factor")
    expect(page.get_by_text("8 of 10 left")).to_be_visible()


def test_new_codes_and_switching_off_ask_for_the_password(page, url):
    _, former = set_up(page, url)
    page.goto(f"{url}/settings/two-factor")
    codes, off = page.locator("#recovery-codes"), page.locator("#switch-off")

    codes.get_by_label("Your password, or a code").fill("a guess")
    codes.get_by_role("button", name="Make new codes").click()
    expect(codes.get_by_role("alert")).to_contain_text("neither your password nor a code")
    codes.get_by_label("Your password, or a code").fill(PASSWORD)
    codes.get_by_role("button", name="Make new codes").click()
    expect(page.get_by_role("heading", name="New recovery codes")).to_be_visible()
    assert not set(page.locator("#codes").inner_text().split()) & set(former)

    page.goto(f"{url}/settings/two-factor")
    off.get_by_label("Your password, or a code").fill(PASSWORD)
    off.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Two-factor sign-in is off.")).to_be_visible()
    sign_out(page)
    give_password(page, url)
    page.wait_for_url(f"{url}/")


def test_printed_recovery_codes_have_nothing_around_them(page, url):
    set_up(page, url)
    page.emulate_media(media="print")
    expect(page.locator("#codes")).to_be_visible()
    for other in (".sidebar", ".topbar", ".subnav", ".card footer"):
        expect(page.locator(other).first).to_be_hidden()


def test_it_is_set_up_and_used_without_scripts_too(page, url, open_browser):
    plain = open_browser(java_script_enabled=False)
    give_password(plain, url)
    device, _ = set_up(plain, url)
    page.goto(url)
    expect(page).to_have_url(re.compile("/sign-in"))
    give_password(page, url)
    page.get_by_label("Code").fill(next_code(device))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")
