"""The real program in processes of its own, driven in Chromium, sending to a real SMTP server."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright

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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def run_command(folder, *arguments):
    """What `run.py` prints for a command over the data in `folder`."""
    environ = {**os.environ, "DATA_DIR": str(folder)}
    return subprocess.check_output([sys.executable, str(ROOT / "run.py"), *arguments], env=environ, text=True)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """Data of a program that started once: to begin with a copy of it takes a moment."""
    folder = tmp_path_factory.mktemp("migrated") / "data"
    run_command(folder, "migrate")
    return folder


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory):
    """(data with the demo workspace, e-mail, password)."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    output = run_command(folder, "demo")
    return folder, *(re.search(rf"{word} +(\S+)", output).group(1) for word in ("e-mail", "password"))


@pytest.fixture
def demo(start_program, demo_data, tmp_path):
    """The demo workspace, served; (address, e-mail, password)."""
    folder, *account = demo_data
    shutil.copytree(folder, tmp_path / "data")
    return start_program().url, *account


@pytest.fixture
def start_program(tmp_path, migrated):
    """Starts run.py (web and worker) with the given settings; returns its address. `empty`: on a machine where it never
    ran.
    """
    running = []

    def start(empty=False, **environ):
        if not empty and not (tmp_path / "data").exists():
            shutil.copytree(migrated, tmp_path / "data")
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py")],
            env={**os.environ, "DATA_DIR": str(tmp_path / "data"), "PORT": free_port(), **environ},
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        for line in process.stderr:
            if "Galena runs on " in line:
                break
        else:
            raise AssertionError("the program did not start")
        log = []
        threading.Thread(target=lambda: log.extend(process.stderr), daemon=True).start()
        return SimpleNamespace(url="http://" + line.partition("http://")[2].split()[0], process=process, log=log)

    yield start
    for process in running:
        process.terminate()
        process.wait(60)


@pytest.fixture
def quiet_page(chromium):
    """A page that fails the test when it logs an error or breaks the content security policy."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def open_browser(chromium, start_program):
    """Opens a browser with cookies of its own and gives its page. In any of them a script's error or a breach of the
    content security policy fails the test; a refused form (422), which Chromium logs, too, does not.

    They close before the program stops.
    """
    contexts, errors = [], []

    def note(message):
        if message.type == "error" and "status of 422" not in message.text:
            errors.append(message.text)

    def open_browser(**options):
        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert errors == []
