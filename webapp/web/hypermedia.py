"""Everything htmx-specific on the server. Views use page(), parts() and leave(); none reads an HX- header."""

from flask import Response, current_app, get_flashed_messages, make_response, redirect, render_template, request
from jinja2_fragments.flask import render_block
from werkzeug.urls import iri_to_uri


def wants_part():
    """Whether htmx asked for a part of a page. A history restore or a boosted load is a whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") == "partial"


def page(template, block=None, status=200, **context):
    """Render the whole page, or only `block` of it when htmx asked for a part."""
    html = render_block(template, block, **context) if block and wants_part() else render_template(template, **context)
    response = make_response(html, status)
    response.vary.update(["HX-Request", "HX-Request-Type"])
    return response


def parts(template, back, **context):
    """The regions that changed, as <hx-partial>s; without htmx, return to the page at `back`."""
    return make_response(render_template(template, **context)) if wants_part() else redirect(back, 303)


def leave(url):
    """Go to another page: 303 for a browser, HX-Redirect when htmx asked for a part."""
    if wants_part():
        return Response(status=204, headers={"HX-Redirect": iri_to_uri(url)})
    return redirect(url, 303)


def at(url, response):
    """`response`, and the address bar shows `url` when htmx swapped it in."""
    response.headers["HX-Replace-Url"] = iri_to_uri(url)
    return response


def stay(back):
    """Nothing on the page changes: 204 for htmx, back to the page at `back` for a browser without it."""
    return Response(status=204) if wants_part() else redirect(back, 303)


def append_toasts(response):
    """Add flashed messages to a part, as a region of their own. A whole page shows them itself."""
    html = response.mimetype == "text/html" and not response.direct_passthrough
    leaving = response.status_code in (204, 303) or "HX-Redirect" in response.headers
    if wants_part() and html and not leaving:
        toasts = get_flashed_messages(with_categories=True)
        if toasts:
            template = current_app.jinja_env.get_template(
                "shared/_toasts.parts.html"
            )  # asks for no member, so no database
            response.set_data(response.get_data(as_text=True) + template.render(toasts=toasts))
    return response


def dom_id(row, part=None):
    """The id of the element that shows `row`: "lead-7", or "lead-7-stage" for a part of it."""
    name = f"{type(row).__name__.lower()}-{row.id}"
    return f"{name}-{part}" if part else name
