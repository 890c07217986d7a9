"""The peer of page.py: the very same pages, from raw sqlite3 rows and Jinja, with nothing around them.

It takes each page's template and the values drawn in it from one answer of ours. From then on it reads as many rows
with plain SQL and renders that template with those values: the same bytes, without a session, guards, a model, CSRF,
headers or a log, by the same waitress. It keeps no drawn region; the token is a constant to it.
"""

import json
import sqlite3
import sys
import threading

import flask
import waitress
from common import keep_nothing_drawn
from markupsafe import Markup

spec = json.loads(sys.argv[1])
pages, drawn, local = {}, {}, threading.local()


def remember(draw):
    """`draw`, and what it was last given for each template: of the sidebar, which a function in the page draws."""

    def remembering(template, locale, **values):
        drawn[template] = values
        return draw(template, locale, **values)

    return remembering


keep_nothing_drawn().lru_cache = lambda **options: remember
from webapp import create_app  # noqa: E402  after the patch above

ours = create_app()
SIDEBAR = "layouts/_sidebar.html"


@flask.template_rendered.connect_via(ours)
def capture(sender, template, context, **_):
    token, values = context["csrf_token"](), drawn[SIDEBAR]
    plain = {
        "sidebar": lambda section=None: Markup(ours.jinja_env.get_template(SIDEBAR).render(values)),
        "csrf_token": lambda: token,
        "get_flashed_messages": lambda **_: (),
    }
    pages[flask.request.path] = (context["current_user"], template, {**context, **plain, **known(context)})


def known(context):
    """What the functions that lists' templates call give for this page, so that the peer asks nobody."""
    given = {"views_of": ()}
    if "found" in context and "columns_of" in context:
        columns = context["columns_of"](context["chosen"])
        given |= {"columns_of": [context["chosen"]], "cells_of": [context["found"].rows, columns]}
    if "chosen" in context and "told" in context:
        given["told"] = [context["chosen"]]
    answers = {name: context[name](*values) for name, values in given.items() if name in context}
    return {name: lambda *_, answer=answer: answer for name, answer in answers.items()}


with ours.test_client(use_cookies=False) as client:
    for path in spec["pages"]:
        answer = client.get(path, headers={"Cookie": spec["cookie"], "Host": spec["host"]})
        assert answer.status_code == 200, answer.text

peer = flask.Flask("peer")


def connection():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(spec["database"], isolation_level=None)
    return local.connection


@peer.get("/sign-in")
def ready():
    return "ready"


@peer.get("/page")
def page():
    path = flask.request.args["path"]
    flask.g._login_user, template, context = pages[path]  # some filters ask for the member's time zone
    for sql in spec["pages"][path]:
        connection().execute(sql).fetchall()
    return template.render(context)


waitress.serve(peer, host="127.0.0.1", port=spec["port"], threads=8)
