"""Bodies larger than a form's. The view is exempt from the app-wide CSRF check (see create_app), which would read the
body before anybody is known to be signed in and before the view can say how much it takes."""

from flask import current_app, request

FORM_AROUND_IT = 50_000  # bytes of fields and boundaries beside the file


def take_upload(megabytes):
    """Let this request carry a file of `megabytes`, then check its CSRF token. Aborts with 413 or 400."""
    request.max_content_length = megabytes * 1_000_000 + FORM_AROUND_IT
    if current_app.config["WTF_CSRF_ENABLED"]:
        current_app.extensions["csrf"].protect()
