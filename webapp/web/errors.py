"""Every failure as a sentence: a toast when htmx asked for a part, a page otherwise. Never a trace."""

import logging

from flask import current_app, flash, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from peewee import DataError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from webapp.core.errors import AppError, TooMany

from .hypermedia import wants_part
from .logs import path_for_log

log = logging.getLogger("galena.errors")

SENTENCES = {
    400: "The browser sent something we could not read. Go back and try again.",
    404: "There is nothing at this address. It may have been deleted, or the link is mistyped.",
    405: "This address does not take that kind of request. Go back and use the buttons on the page.",
    413: "That is more than this form takes.",
    429: "That was too often. Wait a minute and try again.",
}
STALE_FORM = "This page was open for too long, or you signed out in another tab. Reload it and try again."
BUSY = "The database is busy or its disk is full. Nothing was saved; try again in a minute."
UNFIT = "That contains something the database cannot keep, or is too long for its field. Shorten it and try again."
BROKEN = "Something broke on our side, and it is in the log. Nothing you sent was half saved; try again."


def show(message, status, headers=()):
    if wants_part():
        flash(message, "error")
        response = make_response("", status)
        response.headers["HX-Reswap"] = "none"
    else:
        response = make_response(render_template("errors/error.html", message=message, status=status), status)
    response.headers.update(headers)
    return response


def _http(error):
    if error.code < 400:
        return error
    sentence = SENTENCES.get(error.code, error.description)
    if error.code == 413:
        sentence = _too_large()
    return show(sentence, error.code)


def _too_large():
    megabytes = (request.max_content_length or 0) / 1_000_000
    limit = f"{megabytes:.0f} MB" if megabytes >= 1 else f"{megabytes * 1000:.0f} KB"
    return f"That is too large: this form takes up to {limit}. Split the file or send less."


def register(app):
    @app.errorhandler(AppError)
    def app_error(error):
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
        return show(str(error), error.status, headers)

    app.register_error_handler(CSRFError, lambda error: show(STALE_FORM, 400))
    app.register_error_handler(HTTPException, _http)

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def busy(error):
        log.error("database: %s on %s %s", error, request.method, path_for_log())
        try:
            return show(BUSY, 503, {"Retry-After": "30"})
        except (OperationalError, InterfaceError):  # the member's menu around the sentence needs the database, too
            page = current_app.jinja_env.get_template("errors/error.html").render(message=BUSY, status=503)
            return make_response(page, 503, {"Retry-After": "30"})

    @app.errorhandler(DataError)
    def unfit(error):
        log.warning("refused by the database: %s on %s %s", error, request.method, path_for_log())
        return show(UNFIT, 422)

    @app.errorhandler(Exception)
    def broken(error):
        log.exception("unhandled on %s %s", request.method, path_for_log())
        if current_app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        return show(BROKEN, 500)
