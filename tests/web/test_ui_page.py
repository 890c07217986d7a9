import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import render_template_string
from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired

from webapp import create_app
from webapp.config import ROOT, activate
from webapp.web.ui import SECTIONS


@pytest.fixture
def client(app):
    return app.test_client()


def test_every_pattern_is_shown_in_both_themes(client):
    response = client.get("/ui")
    assert response.status_code == 200
    html = response.text
    for slug, _, _ in SECTIONS:
        assert f'id="ui-{slug}"' in html
    assert html.count('<div class="light">') == html.count('<div class="dark">') == len(SECTIONS)


def test_ids_on_the_page_are_unique(client):
    ids = re.findall(r'\sid="([^"]+)"', client.get("/ui").text)
    assert len(ids) == len(set(ids))


def test_nothing_inline_reaches_the_page(client):
    html = client.get("/ui").text
    assert not re.search(r"\s(style|on\w+|hx-on\S*)=", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style", html)


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    for template in Path(ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        named = re.findall(r'\b(?:svg_)?icon\(\s*"([a-z0-9-]+)"\s*[,)]', text) + re.findall(
            r'icons_url }}#([a-z0-9-]+)"', text
        )
        assert set(named) <= sprite, template


def test_every_static_file_that_a_template_names_exists():
    for template in Path(ROOT / "templates").rglob("*.html"):
        for name in re.findall(r'url_for\("static", filename="([^"]+)"\)', template.read_text()):
            assert (ROOT / "static" / name).is_file(), f"{template}: {name}"
    for name in re.findall(r'url\("([^"]+)"\)', (ROOT / "static/app.css").read_text()):
        assert (ROOT / "static" / name).is_file(), name


def test_a_toast_comes_as_a_region_of_its_own_with_its_undo(client, htmx):
    html = client.post("/ui/toast/success", headers=htmx).text
    assert '<hx-partial hx-target="#toaster" hx-swap="beforeend">' in html
    assert "3 leads moved to Replied" in html
    assert 'action="/ui/toast/info"' in html and ">Undo</button>" in html


def test_a_toast_shows_after_a_plain_form_too(client):
    page = client.post("/ui/toast/error", follow_redirects=True)
    assert 'data-category="error"' in page.text
    assert 'role="alert"' in page.text
    assert "Choose 1,240 or less." in page.text


def test_the_page_is_for_development_only(_app, tmp_path):
    ours = _app.config["GALENA"]
    config = replace(ours, testing=False, development=False, database_url=f"sqlite:///{tmp_path}/unused.db")
    try:
        addresses = {rule.rule for rule in create_app(config).url_map.iter_rules()}
    finally:
        activate(ours)
    assert "/sign-in" in addresses
    assert "/ui" not in addresses


def test_a_field_keeps_its_value_and_ties_the_error_to_it(app):
    class Sample(Form):
        name = StringField("Name", [InputRequired("Say who you are.")], description="As colleagues know you.")
        secret = PasswordField("Password")

    def draw(form, name):
        return render_template_string('{% include "shared/_field.html" %}', field=form[name])

    with app.test_request_context():
        fine, bad = Sample(data={"name": '"Mara" <b>'}), Sample(data={"name": ""})
        bad.validate()
        html = draw(fine, "name")
        assert 'value="&#34;Mara&#34; &lt;b&gt;"' in html
        assert 'aria-describedby="name-help"' in html and 'id="name-help"' in html
        html = draw(bad, "name")
        assert 'aria-invalid="true"' in html and 'aria-describedby="name-error"' in html
        assert re.search(r'<p role="alert" id="name-error">.*Say who you are\.', html)
        assert "As colleagues know you." not in html
        assert "hunter2" not in draw(Sample(data={"secret": "hunter2"}), "secret")


@pytest.mark.parametrize(
    "status, title", [(404, "We could not find that"), (413, "That is too large"), (500, "on our side")]
)
def test_a_failure_is_a_page_for_anybody(app, cast, status, title):
    with app.test_request_context():
        html = render_template_string(
            '{% include "errors/error.html" %}', status=status, message="What happened, and what to do."
        )
    assert title in html and "What happened, and what to do." in html
    assert 'href="/"' in html and f"Error {status}" in html
    assert 'id="sidebar"' not in html


def test_a_member_sees_a_failure_inside_the_shell(cast, sign_in):
    html = sign_in(cast.alice).get("/nothing-here").text
    assert "We could not find that" in html
    assert 'id="sidebar"' in html and "Alice Archer" in html and "Acme" in html
