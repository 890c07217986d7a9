import pytest

from webapp.accounts import workspaces
from webapp.accounts.models import User
from webapp.core.errors import Invalid


def test_of_two_sign_ups_with_one_address_at_once_the_second_is_told(app, monkeypatch):
    def meanwhile(name):
        User.create(full_name="The other tab", email="mara@halden.example")
        return name

    monkeypatch.setattr(workspaces, "known_time_zone", meanwhile)
    with pytest.raises(Invalid, match="already an account"):
        workspaces.create_user(full_name="Mara", email="Mara@halden.example", password_hash="")
