"""Signing up, in and out with Google, linking and unlinking it, in Chromium against providers that others wrote."""

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import oidc_provider_mock
import pytest
from playwright.sync_api import expect

from tests.browser.programs import free_port
from webapp.config import DISCOVERY

pytestmark = pytest.mark.browser
CLIENT, SECRET = "galena-client", "galena-client-secret-of-tests"
OIDC_PROVIDER = "9.13.3"
PASSWORD = "correct horse battery"
MARA = {"email": "mara@halden.example", "email_verified": True, "name": "Mara Lindqvist"}


@pytest.fixture
def start(start_program):
    """Starts the program with the provider at `issuer`; `port` is where, when the provider has to know."""

    def start(issuer, port=None):
        keys = {"GOOGLE_CLIENT_ID": CLIENT, "GOOGLE_CLIENT_SECRET": SECRET, "GOOGLE_DISCOVERY_URL": issuer + DISCOVERY}
        return start_program(**keys, PORT=port or free_port()).url

    return start


@pytest.fixture
def page(chromium):
    """A page that fails the test when one of ours logs an error, as a breach of the content security policy does."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page, errors = context.new_page(), []
    page.ours = ""

    def note(message):
        refused = "status of 403" in message.text  # a refusal is a page, which Chromium notes down
        if message.type == "error" and page.ours and page.url.startswith(page.ours) and not refused:
            errors.append(message.text)

    page.on("console", note)
    yield page
    context.close()
    assert errors == []


def sign_out(page):
    page.locator("#user-trigger").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_a_person_signs_up_with_google_and_comes_back_with_it(page, start):
    people = [oidc_provider_mock.User(sub="mara", claims=MARA)]
    with oidc_provider_mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        page.ours = start(f"http://localhost:{server.server_port}")
        page.goto(f"{page.ours}/sign-up")
        page.get_by_role("link", name="Continue with Google").click()
        page.get_by_role("button", name="mara", exact=True).click()
        expect(page.get_by_label("Workspace name")).to_have_value("Mara's workspace")
        page.get_by_role("link", name="Finish later").click()
        expect(page.locator(".sidebar")).to_contain_text("Mara's workspace")
        sign_out(page)
        page.goto(f"{page.ours}/leads")  # leads to signing in, and back
        page.get_by_role("link", name="Continue with Google").click()
        page.get_by_role("button", name="mara", exact=True).click()
        expect(page).to_have_url(f"{page.ours}/leads")
        page.goto(f"{page.ours}/settings/profile")
        section = page.get_by_role("region", name="Google")
        expect(section).to_contain_text("mara@halden.example")
        expect(section).to_contain_text("The only way you sign in")
        sign_out(page)
        page.get_by_role("link", name="Continue with Google").click()
        page.get_by_role("button", name="Deny").click()
        expect(page.get_by_text("You did not let Google tell us who you are")).to_be_visible()


def test_a_person_with_a_password_links_google_signs_in_with_it_and_unlinks_it(page, start):
    people = [oidc_provider_mock.User(sub="mara", claims={**MARA, "email": "mara@elsewhere.example"})]
    with oidc_provider_mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        page.ours = start(f"http://localhost:{server.server_port}")
        sign_up(page)
        page.goto(f"{page.ours}/settings/profile")
        section = page.get_by_role("region", name="Google")
        section.get_by_role("button", name="Link Google").click()
        page.get_by_role("button", name="mara", exact=True).click()
        expect(page.get_by_text("mara@elsewhere.example is linked.")).to_be_visible()
        expect(section).to_contain_text("mara@elsewhere.example")
        sign_out(page)
        page.get_by_role("link", name="Continue with Google").click()
        page.get_by_role("button", name="mara", exact=True).click()
        expect(page.locator(".sidebar")).to_contain_text("Halden Studio")
        page.goto(f"{page.ours}/settings/profile")
        section.get_by_role("button", name="Unlink").click()
        expect(page.get_by_text("Google is unlinked.")).to_be_visible()
        expect(section.get_by_role("button", name="Link Google")).to_be_visible()


def sign_up(page):
    page.goto(f"{page.ours}/sign-up")
    for label, text in (
        ("Full name", "Mara Lindqvist"),
        ("E-mail", "mara@halden.example"),
        ("Password", PASSWORD),
        ("Workspace name", "Halden Studio"),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Create workspace").click()
    expect(page).to_have_url(f"{page.ours}/onboarding/workspace")


@pytest.fixture(scope="session")
def certified(tmp_path_factory):
    """Runs the certified oidc-provider of the npm registry, which checks PKCE, for a client at the redirect URI."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("Node is not here: the certified oidc-provider is a package of its registry.")
    folder = tmp_path_factory.mktemp("oidc-provider")
    (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"oidc-provider@{OIDC_PROVIDER}"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=300)
    script = shutil.copy(Path(__file__).with_name("oidc_provider.mjs"), folder)

    @contextmanager
    def run(redirect_uri):
        command = ["node", script, CLIENT, SECRET, redirect_uri]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                yield process.stdout.readline().strip()
            finally:
                process.kill()

    return run


def test_the_whole_way_through_a_certified_provider_that_checks_pkce(page, start, certified):
    port = free_port()
    with certified(f"http://127.0.0.1:{port}/auth/google/callback") as issuer:
        page.ours = start(issuer, port)
        page.goto(f"{page.ours}/sign-in?next=/leads")
        page.get_by_role("link", name="Continue with Google").click()
        page.locator("[name=login]").fill("mara")
        page.locator("[name=password]").fill("whatever")
        page.locator("button[type=submit]").click()
        page.get_by_role("button", name="Continue").click()
        expect(page).to_have_url(f"{page.ours}/leads")
        expect(page.locator(".sidebar")).to_contain_text("Mara's workspace")
        sign_out(page)
        page.get_by_role("link", name="Continue with Google").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Mara")
        page.goto(f"{page.ours}/settings/profile")
        expect(page.get_by_role("region", name="Google")).to_contain_text("mara@halden.example")
