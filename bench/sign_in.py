"""Whether an answer tells who has an account: known and unknown addresses on sign-in, reset, sign-up, invite.

Each request posts a form and comes from an address of its own (X-Forwarded-For, believed behind TRUSTED_PROXIES=1), and
known accounts are many, so that no throttle answers instead; a workspace invites 300 people a day. Known and unknown
take turns in random order. The answers must be the same bytes, but for the CSRF token and the address that was typed;
`ours` is how far the medians are apart.

A bcrypt of 12 rounds takes a quarter of a second, which drowns the rest in noise, so the server here hashes with 7, by
the switch that the tests use (passwords.ROUNDS): one hash more or less is 8 ms, which the bar still notices.
"""

import http.client
import os
import random
import re
import statistics
import subprocess
import sys
import time
import urllib.parse

import page
from common import ROOT, environment, free_port, report, temporary_folder, wait_for

ACCOUNTS = 1000
ROUNDS = 7
PAIRS = {"/settings/members/invite": 140}  # else one an account
LIMIT_MS = 5
PASSWORD = "not the password of anybody"
FORMS = {
    "/sign-in": {"password": PASSWORD},
    "/forgot-password": {},
    "/sign-up": {"full_name": "Bench Person", "password": PASSWORD, "workspace_name": "Bench", "time_zone": "UTC"},
    "/settings/members/invite": {"role": "member", "reach": "all"},
}


def serve():
    """The web process as run.py starts it, with cheaper hashes. No worker: nothing that is owed is sent."""
    from webapp import processes
    from webapp.auth import passwords
    from webapp.config import load

    passwords.ROUNDS = ROUNDS
    processes.run_web(load())


def make_accounts(folder):
    os.environ.update(environment(folder))
    subprocess.run([sys.executable, str(ROOT / "run.py"), "migrate"], check=True, stdout=subprocess.DEVNULL)
    from db import db
    from webapp import create_app
    from webapp.accounts.models import User
    from webapp.auth import passwords
    from webapp.onboarding.sign_up import sign_up

    passwords.ROUNDS = ROUNDS
    password_hash = passwords.hash_password("the same for everybody here")
    create_app()
    with db.connection_context(), db.atomic():
        sign_up(full_name="Bench", email="bench@galena.example", password=page.PASSWORD, workspace_name="Bench")
        for number in range(ACCOUNTS):
            User.create(full_name=f"Person {number}", email=address("known", number), password_hash=password_hash)
    db.close_all()


def address(kind, number):
    """An e-mail address; those of people who have an account are as long as those of people who have none."""
    return f"{'k' if kind == 'known' else 'u'}{number:06d}@galena.example"


class Visitor:
    """One connection with a cookie and its CSRF token; signed in where the form is for members."""

    def __init__(self, port, path):
        cookie = page.sign_in(port) if path.startswith("/settings") else ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.request("GET", path, headers={"Cookie": cookie})
        answer = self.connection.getresponse()
        self.token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode()).group(1)
        self.cookie = cookie or answer.headers["Set-Cookie"].split(";")[0]
        self.requests = 0

    def post(self, path, email):
        """(milliseconds, status, body without what was typed and the token) of one form."""
        self.requests += 1
        origin = ".".join(str(part) for part in (10, *self.requests.to_bytes(3, "big")))
        form = urllib.parse.urlencode({**FORMS[path], "email": email, "addresses": email, "csrf_token": self.token})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self.cookie,
            "X-Forwarded-For": origin,
        }
        started = time.perf_counter()
        self.connection.request("POST", path, form, headers)
        answer = self.connection.getresponse()
        body = answer.read().decode()
        took = (time.perf_counter() - started) * 1000
        return took, answer.status, re.sub(r"I[jm][\w.-]{40,}", "", body).replace(email, "")


def compare(port, path):
    visitor, dice, pairs = Visitor(port, path), random.Random(5), PAIRS.get(path, ACCOUNTS)
    visitor.post(path, "first@galena.example")  # the first one makes what later ones share
    times, answers = {"known": [], "unknown": []}, set()
    for number in range(pairs):
        for kind in dice.sample(("known", "unknown"), 2):
            took, status, body = visitor.post(path, address(kind, number))
            times[kind].append(took)
            answers.add((status, body))
    if len(answers) != 1:
        raise RuntimeError(f"{path} gives {len(answers)} different answers: {sorted(status for status, _ in answers)}")
    known, unknown = (statistics.median(times[kind]) for kind in ("known", "unknown"))
    shown = {"known_ms": round(known, 2), "unknown_ms": round(unknown, 2), "status": answers.pop()[0]}
    report(f"{path}: known and unknown apart, ms", abs(known - unknown), LIMIT_MS, pairs, "<= 1", **shown)


def main():
    with temporary_folder() as folder:
        make_accounts(folder)
        port = free_port()
        # a mail server is set, so that sign-up works by mail; nothing here reaches it
        settings = {"TRUSTED_PROXIES": "1", "MAIL_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "bench@galena.example"}
        process = subprocess.Popen(
            [sys.executable, __file__, "serve"],
            env=environment(folder, PORT=str(port), **settings),
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/sign-in", process)
            for path in FORMS:
                compare(port, path)
        finally:
            process.terminate()
            process.wait(60)


if __name__ == "__main__":
    serve() if len(sys.argv) > 1 else main()
