from webapp.accounts.models import Membership, User, Workspace
from webapp.auth.models import Session

SIGN_UP = {
    "full_name": "Mara Lindqvist",
    "email": " Mara@Halden.example ",
    "password": "correct horse battery",
    "workspace_name": "Halden Studio",
    "time_zone": "Europe/Berlin",
}


def test_signing_up_makes_a_user_a_workspace_and_a_session(app):
    client = app.test_client()
    answer = client.post("/sign-up", data=SIGN_UP)
    assert answer.status_code == 303 and answer.location == "/"
    user = User.get()
    assert (user.email, user.is_admin, user.time_zone) == ("mara@halden.example", True, "Europe/Berlin")
    assert Workspace.get().slug == "halden-studio"
    assert Membership.get().role.value == "owner"
    assert Session.select().count() == 1
    assert client.get("/").status_code == 200


def test_only_the_first_user_is_site_admin(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    app.test_client().post("/sign-up", data={**SIGN_UP, "email": "second@halden.example"})
    assert [user.is_admin for user in User.select().order_by(User.id)] == [True, False]
    assert Workspace.select().count() == 2


def test_a_known_address_is_told_to_sign_in_and_keeps_what_was_typed(app):
    app.test_client().post("/sign-up", data=SIGN_UP)
    answer = app.test_client().post("/sign-up", data=SIGN_UP)
    assert answer.status_code == 422
    assert "already an account" in answer.text and "Halden Studio" in answer.text
    assert User.select().count() == 1


def test_a_signed_out_cookie_opens_nothing_any_more(app):
    client = app.test_client()
    client.post("/sign-up", data=SIGN_UP)
    stolen = client.get_cookie("galena").value
    client.post("/sign-out")
    client.set_cookie("galena", stolen)
    assert client.get("/").location.startswith("/sign-in")
