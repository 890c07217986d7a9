"""axe-core on every page, in both themes and on a phone: nothing serious or critical. And pages without scripts."""

import re

import pytest
from playwright.sync_api import expect

from webapp.config import ROOT

pytestmark = pytest.mark.browser
AXE = next((ROOT / "tests" / "vendor").glob("axe-core-*.min.js"))
PAGES = [
    "/", "/leads/board", "/leads", "/leads?q=zzzz", "/leads/1", "/leads/1/edit/title", "/leads/new", "/imports",
    "/imports/new", "/imports/1", "/campaigns", "/campaigns?state=archived", "/campaigns/1", "/campaigns/1/numbers",
    "/inbox", "/inbox/1", "/inbox/1/snooze", "/inbox?show=snoozed", "/inbox?show=done&label=bounce", "/inbox?q=offer",
    "/mail-log?campaign=1", "/campaigns/new", "/campaigns/2/edit",
    "/campaigns/2/start", "/mail-log", "/mail-log/1", "/outbox", "/outbox/1", "/nowhere",
    "/enrichment", "/enrichment/1", "/enrichment/1?company=1", "/enrichment/1?state=fields", "/enrichment/new",
    "/enrichment/choose?lead=1", "/enrichment/conflicts", "/enrichment/quality", "/settings/enrichment",
    "/settings/password", "/settings/two-factor", "/settings/sessions", "/settings/profile", "/settings/profile/delete",
    "/settings/workspace", "/settings/workspace/transfer", "/settings/workspace/delete", "/settings/members",
    "/settings/fields", "/settings/fields/new", "/settings/tags", "/settings/tags/new", "/leads/1/tags",
    "/settings/snippets", "/settings/snippets/new",
    "/settings/score", "/settings/score/new?field=stage&op=is&value=new&points=5&kind=fit",
    "/todos", "/todos?whose=team", "/todos/new?q=energy", "/leads/1/todos", "/leads/1/lost", "/leads/board?q=zzzz",
    "/leads/board/new", "/leads/duplicates", "/leads/1/merge", "/leads/1/merge/2", "/leads/bin", "/leads/history",
    "/leads/1/history", "/leads/views/new?q=energy", "/leads/filter", "/leads/columns", "/search?q=energy",
    "/settings/members/invite", "/settings/members/2/reach", "/settings/members/2/remove", "/settings/members/leave",
    "/settings/mailboxes", "/settings/mailboxes/1", "/settings/mailboxes/1/edit", "/settings/mailboxes/1/pause",
    "/settings/mailboxes/1/delete", "/settings/mailboxes/new", "/settings/mailboxes/new?preset=microsoft",
    "/workspaces/new", "/assistant",
    "/onboarding/workspace", "/onboarding/mailbox", "/onboarding/leads", "/onboarding/team", "/admin/users",
    "/admin/users/1", "/admin/workspaces", "/admin/workspaces/1", "/admin/audit", "/admin/mail",
]  # fmt: skip
OPEN_PAGES = [
    "/sign-in", "/goodbye", "/sign-up", "/sign-up/unknown", "/forgot-password", "/reset-password/unknown",
    "/verify/unknown", "/u/not-a-token", "/invitations/unknown",
]  # fmt: skip


def sign_in(page, demo):
    url, email, password = demo
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mara")


def serious(page, rules=None):
    """What axe finds serious or critical, as short lines: by all rules, by CONTRAST or by the REST."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text() + ";0")  # by the debugger, which the content security policy does not bind
    options = {**ONLY_WHAT_IS_READ, **(rules or {})}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def show_theme(page, theme):
    """Colors are judged once they are there, not on their way from one theme to the other."""
    page.emulate_media(color_scheme=theme)
    expect(page.locator("html")).to_have_class("dark" if theme == "dark" else "")
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")


CONTRAST = {"runOnly": ["color-contrast"]}
REST = {"rules": {"color-contrast": {"enabled": False}}}
# a theme changes colors, a width all but those; each look has one thing in common with the next: a change draws anew
LOOKS = [(390, "light", REST), (1440, "light", None), (1440, "dark", CONTRAST)]
# all rules run: left out are selectors nobody reads, and the style sheets, read for a rule that axe has switched off
ONLY_WHAT_IS_READ = {"resultTypes": ["violations"], "selectors": False, "preload": {"assets": ["media"]}}


@pytest.mark.parametrize("paths", [OPEN_PAGES + PAGES[::2], PAGES[1::2]], ids=["odd", "even"])
def test_axe_finds_nothing_serious_on_any_page(chromium, demo, paths):
    context = chromium.new_context(reduced_motion="reduce")
    page, problems = context.new_page(), []
    sign_in(page, demo)
    cookies = context.cookies()
    for number, path in enumerate(paths):
        context.clear_cookies() if path in OPEN_PAGES else context.add_cookies(cookies)
        page.goto(demo[0] + path)
        for width, theme, rules in reversed(LOOKS) if number % 2 else LOOKS:  # it begins as the page before ended
            page.set_viewport_size({"width": width, "height": 844})
            show_theme(page, theme)
            problems += [f"{path} at {width}, {theme}: {problem}" for problem in serious(page, rules)]
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{path} is wider than the window of {width} px by {overflow} px"
    context.close()
    assert problems == []


def test_the_way_through_works_without_scripts(chromium, demo):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, demo)
    url = demo[0]
    page.goto(f"{url}/leads?q=energy")
    row = page.locator("tbody tr").first
    name = row.locator("a").first.inner_text()
    row.locator("select[name=stage]").select_option("lost")
    row.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"{name}").first).to_be_visible()
    page.goto(f"{url}/leads/1")
    page.get_by_role("textbox", name=re.compile("note|learn", re.I)).fill("Called without scripts.")
    page.get_by_role("button", name=re.compile("Add note")).click()
    expect(page.get_by_text("Called without scripts.")).to_be_visible()
    page.goto(f"{url}/campaigns/2/edit")
    page.get_by_label("Subject").fill("Changed without scripts")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_label("Subject")).to_have_value("Changed without scripts")
    write_without_scripts(page)
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    context.close()


def write_without_scripts(page):
    """A step, a version and another order, in the campaign editor."""
    message = page.get_by_role("textbox", name="Message")
    message.fill("Typed before a button")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("heading", name="Day 3, call")).to_be_visible()
    page.get_by_label("To do").fill("Ring them")
    page.get_by_role("button", name="Move step 2 up").click()
    expect(page.locator(".step").first).to_contain_text("Ring them")
    page.locator(".step").nth(1).click()
    expect(message).to_have_value("Typed before a button")
    page.get_by_role("button", name="Add a version").click()
    expect(page.get_by_role("button", name="Version B", exact=True)).to_have_attribute("aria-current", "true")
