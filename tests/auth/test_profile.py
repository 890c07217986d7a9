import io
import json
import re

import pytest
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from tests import factories
from tests.auth.links import link_to
from webapp.accounts import profiles
from webapp.accounts.models import Membership, Notice, Picture, User
from webapp.auth.forms.profile import NameForm
from webapp.auth.models import Session
from webapp.config import ROOT
from webapp.core.locales import LOCALES

STRINGS = json.loads(next((ROOT / "tests" / "vendor").glob("naughty-strings-*.json")).read_text())
PAGE = "/settings/profile"


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


@pytest.fixture
def user(cast):
    """Bob's row, as it is now."""
    return lambda: User.get_by_id(cast.bob.user_id)


def upload(client, data=None, name="me.png", **options):
    file = (io.BytesIO(data if data is not None else factories.picture()), name)
    return client.post(f"{PAGE}/picture", data={"picture": file}, content_type="multipart/form-data", **options)


def test_settings_begin_with_the_profile(app, bob):
    assert bob.get("/settings").location == PAGE
    text = bob.get(PAGE).text
    for words in ("Full name", "Picture", "Theme", "Time zone", "Language of dates and numbers", "bob@example.org"):
        assert words in text
    assert app.test_client().get(PAGE).location.startswith("/sign-in")


def test_a_person_in_no_workspace_has_a_profile_too(cast, bob):
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    User.update(full_name="Bob Alone").execute()
    Session.update(workspace=None).execute()
    assert "Bob Alone" in bob.get(PAGE).text


# ---------------------------------------------------------------- the name


def test_a_new_name_is_shown_from_then_on(cast, bob, user):
    answer = bob.post(f"{PAGE}/name", data={"full_name": "  Robert   Baker "})
    assert answer.location == PAGE and user().full_name == "Robert Baker"
    assert "Robert Baker" in bob.get("/leads").text


@pytest.mark.parametrize("name, words", [(" ", "Enter your name"), ("x" * 121, "longer than 120")])
def test_a_name_that_is_none_is_refused_and_stays_in_its_field(bob, user, name, words):
    answer = bob.post(f"{PAGE}/name", data={"full_name": name})
    assert answer.status_code == 422 and words in answer.text and user().full_name == "Bob Baker"
    assert name.strip() in re.search(r'id="full_name"[^>]*value="([^"]*)"', answer.text)[1]
    assert "Europe" in answer.text and "New address" in answer.text  # the other forms are there, too


def test_htmx_gets_only_the_form_that_was_refused(bob, htmx):
    answer = bob.post(f"{PAGE}/name", data={"full_name": ""}, headers=htmx)
    assert answer.status_code == 422 and answer.text.count("<form") == 1 and "<html" not in answer.text
    assert bob.post(f"{PAGE}/name", data={"full_name": "B"}, headers=htmx).headers["HX-Redirect"] == PAGE


def test_naughty_strings_are_names_like_any_other(app, cast, bob, user):
    with app.test_request_context():
        forms = [NameForm(MultiDict({"full_name": text}), meta={"csrf": False}) for text in STRINGS]
        names = [form.full_name.data for form in forms if form.validate()]
    assert len(names) > 400 and set(names) <= {" ".join(text.replace("\0", "").split()) for text in STRINGS}
    for name in names:
        profiles.rename(cast.bob, name)
        assert user().full_name == name
    assert bob.get(PAGE).status_code == 200
    people = [{"email": f"{at}@x.example", "full_name": name, "password_hash": ""} for at, name in enumerate(names)]
    User.insert_many(people).execute()
    known = User.select(User.id).where(User.email.endswith("@x.example"))
    Membership.insert_many([{"workspace": cast.acme, "user": person.id} for person in known]).execute()
    page = " ".join(bob.get("/settings/members").text.split())
    assert not re.search(r"<script(?! src=)", page)
    assert [name for name in names if str(escape(name)) not in page] == []


# --------------------------------------------------------------- the picture


def test_an_uploaded_picture_is_shown_in_the_menu_and_can_be_removed(cast, bob, user):
    assert "/pictures/" not in bob.get(PAGE).text
    assert upload(bob).location == PAGE
    assert bob.get(PAGE).text.count(f'<img src="/pictures/{user().picture}"') == 2
    assert bob.get(f"/pictures/{user().picture}").mimetype == "image/webp"
    assert bob.post(f"{PAGE}/picture/remove").location == PAGE
    assert "/pictures/" not in bob.get(PAGE).text and not Picture.select().exists()


@pytest.mark.parametrize(
    "data, words", [(b"<svg onload='alert(1)'/>", "cannot read that as a picture"), (None, "first")]
)
def test_what_is_no_picture_is_refused_at_the_field(bob, data, words):
    if data is None:
        answer = bob.post(f"{PAGE}/picture", data={"picture": (io.BytesIO(), "")}, content_type="multipart/form-data")
    else:
        answer = upload(bob, data, "me.svg")
    assert answer.status_code == 422 and words in answer.text and 'id="picture-words"' in answer.text


def test_a_picture_over_the_limit_is_refused_before_it_is_read(bob):
    answer = upload(bob, bytes(5_100_000))
    assert answer.status_code == 413 and "up to 5 MB" in answer.text and not Picture.select().exists()


def test_a_picture_of_more_than_a_forms_usual_size_is_taken(bob):
    assert upload(bob, factories.picture(kind="BMP", size=(700, 700))).status_code == 422
    photo = factories.picture(size=(9, 9)) + bytes(2_000_000)
    assert upload(bob, photo).status_code == 303


def test_a_picture_needs_the_csrf_token(app, bob, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert upload(bob).status_code == 400 and not Picture.select().exists()


def test_pictures_cannot_be_sent_without_end(bob):
    answers = [upload(bob, b"no picture").status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]


# ------------------------------------------------------------- preferences


def preferences(client, **changes):
    data = {"theme": "dark", "time_zone": "Asia/Tokyo", "locale": "de", **changes}
    return client.post(f"{PAGE}/preferences", data=data)


def test_preferences_hold_on_every_page(bob, user):
    assert preferences(bob).location == PAGE
    assert (user().theme, user().time_zone, user().locale) == ("dark", "Asia/Tokyo", "de")
    text = bob.get(PAGE).text
    assert 'data-theme="dark"' in text and "12.400 leads" in text


def test_the_theme_menu_and_the_profile_are_the_same_choice(bob, user):
    bob.post("/theme", data={"theme": "dark"})
    assert re.search(r'<input checked[^>]* value="dark"', bob.get(PAGE).text)
    preferences(bob, theme="light")
    assert re.search(r'data-theme-choice="light" aria-checked="true"', bob.get(PAGE).text)


@pytest.mark.parametrize(
    "field, value",
    [
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../etc/passwd"),
        ("time_zone", ""),
        ("locale", "xx"),
        ("theme", ""),
    ],
)
def test_what_is_not_on_a_list_is_refused_and_nothing_changes(bob, user, field, value):
    answer = preferences(bob, **{field: value})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert (user().theme, user().time_zone, user().locale) == ("system", "UTC", "en")
    if field != "time_zone":
        assert 'value="Asia/Tokyo"' in answer.text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_shows_pages(bob, locale):
    preferences(bob, locale=locale)
    for path in ("/", "/leads", "/leads/board", "/campaigns", "/imports", PAGE):
        assert bob.get(path).status_code == 200


def test_an_example_shows_a_language_before_it_is_saved(bob, user, htmx):
    answer = bob.get(f"{PAGE}/example?locale=de&time_zone=Asia/Tokyo", headers=htmx)
    assert 'hx-target="#example"' in answer.text and "12.400 leads" in answer.text and "64.000" in answer.text
    assert user().locale == "en" and "12,400 leads" in bob.get(PAGE).text
    assert bob.get(f"{PAGE}/example?locale=xx&time_zone=%00", headers=htmx).status_code == 200
    assert bob.get(f"{PAGE}/example").location == PAGE


# -------------------------------------------------------------- the address


def test_an_address_changes_once_its_owner_followed_the_link(cast, bob, user, run_jobs):
    assert "Not confirmed yet" in bob.get(PAGE).text
    assert bob.post(f"{PAGE}/email", data={"email": "Robert@Baker.example"}).location == PAGE
    run_jobs()
    text = bob.get(PAGE).text
    assert "bob@example.org" in text and "robert@baker.example" in text and "waits to be confirmed" in text
    bob.post(link_to("robert@baker.example"))
    assert user().email == "robert@baker.example"
    text = bob.get(PAGE).text
    assert "Confirmed" in text and "Not confirmed yet" not in text and "waits to be confirmed" not in text


@pytest.mark.parametrize(
    "email, words",
    [("", "Enter the new address"), ("nobody", "looks like name@"), ("bob@example.org", "your address already")],
)
def test_a_wrong_address_is_refused_and_stays_in_its_field(bob, email, words):
    answer = bob.post(f"{PAGE}/email", data={"email": email})
    assert answer.status_code == 422 and words in answer.text and not Notice.select().exists()
    assert re.search(r'id="email"[^>]*value="([^"]*)"', answer.text)[1] == email


def test_the_mail_that_confirms_an_address_can_be_sent_again(bob, run_jobs):
    assert bob.post("/settings/verify").location == PAGE
    run_jobs()
    assert link_to("bob@example.org")
