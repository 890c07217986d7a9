"""One line a request: method, path, status, milliseconds, user and workspace. Never a query string, body or cookie."""

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from urllib.parse import quote

from flask import g, request

log = logging.getLogger("galena.request")
_LIKE_A_TOKEN = re.compile(r"[\w-]{20,}")


class JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(log_format):
    """Send the program's logs to stderr, as lines for people (`console`) or machines (`json`)."""
    handler = logging.StreamHandler(sys.stderr)
    console = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s %(message)s", "%H:%M:%S")
    handler.setFormatter(JsonFormatter() if log_format == "json" else console)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("galena").setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # "Task queue depth" is load, not news


def register(app):
    @app.before_request
    def start():
        g.started = time.perf_counter()

    @app.after_request
    def write(response):
        if request.endpoint in ("static", "monitoring.health"):
            return response
        member = g.get("_login_user")
        known = member is not None and member.is_authenticated
        fields = {
            "method": request.method,
            "path": path_for_log(),
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            "user": member.user_id if known else None,
            "workspace": member.workspace.id if known and member.workspace else None,
        }
        text = "{method} {path} {status} {ms} ms user={user} workspace={workspace}".format(**fields)
        log.info(text, extra={"fields": fields})
        return response


def path_for_log():
    """The path on one line, or the route when a part of the path is itself a secret (an unsubscribe token).

    Of an address that is no route, or not for this method, whatever could be a token is left out: a link with a slash
    too many still holds a good one.
    """
    if request.url_rule is None:
        return quote(_LIKE_A_TOKEN.sub("*", request.path), safe="/*")
    if request.view_args and "token" in request.view_args:
        return request.url_rule.rule
    return quote(request.path)
