from datetime import timedelta

import pytest

from tests import factories
from webapp.auth import passwords
from webapp.core.clock import freeze, now

PASSWORD = "correct horse battery"


@pytest.fixture
def mara(cast):
    """A member of Acme with a password."""
    return factories.member(cast.acme, "Mara Lindqvist", password_hash=passwords.hash_password(PASSWORD))


@pytest.fixture
def enter(app, mara):
    """A browser in which Mara has signed in with her password."""

    def enter(**fields):
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": mara.email, "password": PASSWORD, **fields})
        assert answer.status_code == 303
        return client

    return enter


def test_a_session_ends_when_it_idles_a_night(enter):
    client, start = enter(), now()
    for hours in (11, 22):
        with freeze(start + timedelta(hours=hours)):
            assert client.get("/leads").status_code == 200
    with freeze(start + timedelta(hours=22 + 12, minutes=1)):
        assert client.get("/leads").location.startswith("/sign-in")


def test_a_remembered_session_ends_when_it_idles_two_weeks(enter):
    client, start = enter(remembered="y"), now()
    with freeze(start + timedelta(days=13)):
        assert client.get("/leads").status_code == 200
    with freeze(start + timedelta(days=13 + 14, minutes=1)):
        assert client.get("/leads").location.startswith("/sign-in")


@pytest.mark.parametrize(("fields", "days", "step"), [({}, 7, 0.4), ({"remembered": "y"}, 90, 10)])
def test_a_session_ends_when_it_is_old_however_busy(enter, fields, days, step):
    client, start, passed = enter(**fields), now(), 0
    while passed < days:
        with freeze(start + timedelta(days=passed)):
            assert client.get("/leads").status_code == 200
        passed += step
    with freeze(start + timedelta(days=days, minutes=1)):
        assert client.get("/leads").location.startswith("/sign-in")
