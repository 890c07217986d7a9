"""Headers and cookie settings that hold for every answer."""

from flask import request

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def register(app, config):
    app.config.update(
        SESSION_COOKIE_NAME="__Host-galena" if config.secure else "galena",
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )

    always = {**HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if config.secure else {})}
    on_pages = {**always, "Cache-Control": "private, no-cache"}

    @app.after_request
    def harden(response):
        """Add what the view has not set itself. One pass over the names: setdefault() makes one for each header."""
        wanted = always if request.endpoint == "static" else on_pages
        if request.view_args and "token" in request.view_args:
            wanted = {**wanted, "Referrer-Policy": "no-referrer"}  # no other site may learn the address of such a page
        given = {name.lower() for name, _ in response.headers}
        response.headers.extend((name, value) for name, value in wanted.items() if name.lower() not in given)
        return response
