"""The real program in processes of its own, driven in Chromium, sending to a real SMTP server."""

import os
import re
import shutil
import sys

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.programs import Program, keep, run_command
from tests.campaigns.smtp_servers import mail_server
from webapp.config import ROOT

sys.path.insert(0, str(ROOT / ".ci"))
from chromium import find_or_install

ARGUMENTS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or find_or_install()
    assert path, "No Chromium: run `make chromium`, or put one on the PATH."
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS + sandbox)
        yield browser
        browser.close()


@pytest.fixture
def inbox():
    """A real SMTP server on a free port, and what it received."""
    with mail_server() as received:
        yield received


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """Data of a program that started once: to begin with a copy of it takes a moment."""
    folder = tmp_path_factory.mktemp("migrated") / "data"
    run_command(folder, "migrate")
    return folder


@pytest.fixture
def start_program(tmp_path, migrated):
    """Starts a program of the test's own, with the given settings. `empty`: on a machine where it never ran."""
    started = []

    def start(empty=False, **environ):
        folder = tmp_path / "data"
        if not empty and not folder.exists():
            shutil.copytree(migrated, folder)
        started.append(Program(folder, **environ))
        return started[-1]

    yield start
    for program in started:
        program.stop()


@pytest.fixture(scope="session")
def running(tmp_path_factory, migrated):
    """The program that all tests without settings of their own take turns at."""
    folder = tmp_path_factory.mktemp("running") / "data"
    shutil.copytree(migrated, folder)
    program = Program(folder)
    yield program
    program.stop()


@pytest.fixture(scope="session")
def beginning(running):
    """The data of a program that nobody has used."""
    return keep(running.folder)


@pytest.fixture
def program(running, beginning):
    """A program that nobody has used."""
    running.come_back(beginning)
    return running


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory):
    """(data of the demo workspace, e-mail, password)."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    output = run_command(folder, "demo")
    return keep(folder), *(re.search(rf"{word} +(\S+)", output).group(1) for word in ("e-mail", "password"))


@pytest.fixture
def demo(program, demo_data):
    """The demo workspace, served; (address, e-mail, password)."""
    data, *account = demo_data
    program.come_back(data)
    return program.url, *account


@pytest.fixture
def open_browser(chromium, start_program):
    """Opens a browser with cookies of its own and gives its page. In any of them a script's error or a breach of the
    content security policy fails the test; a refused form (422), which Chromium logs, too, does so when `strict`.

    They close before a program of the test's own stops.
    """
    contexts, errors = [], []

    def open_browser(strict=False, **options):
        def note(message):
            if message.type == "error" and (strict or "status of 422" not in message.text):
                errors.append(message.text)

        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def quiet_page(open_browser):
    """A page in which nothing may be logged as an error."""
    return open_browser(strict=True)


@pytest.fixture(scope="session")
def states():
    """{(steps, options): (cookies, data)} of what after() was asked for."""
    return {}


@pytest.fixture
def after(program, open_browser, states):
    """after(steps) is a page with the cookies that `steps(page, url)` leave, in a program with the data they leave.
    The steps are gone through once a run, in a browser with the same options.
    """

    def after(steps, strict=False, **options):
        key = (steps, *sorted(options.items()))
        if key not in states:
            page = open_browser(strict, **options)
            steps(page, program.url)
            states[key] = page.context.storage_state(), keep(program.folder)
            page.context.close()
        cookies, data = states[key]
        program.come_back(data)
        return open_browser(strict, storage_state=cookies, **options)

    return after
