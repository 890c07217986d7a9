"""Two-factor sign-in on one's own account."""

import io

import segno
from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid, NotFound
from webapp.web.guards import signed_in
from webapp.web.hypermedia import leave, page

from .. import two_factor
from ..forms.two_factor import CodeForm, ProofForm
from .sign_in import begin_again

bp = Blueprint("two_factor", __name__, url_prefix="/settings/two-factor")


@bp.get("")
@signed_in
def show():
    return _page()


@bp.post("/set-up")
@signed_in
def set_up():
    two_factor.begin(current_user)
    return leave(url_for(".show"))


@bp.post("/cancel")
@signed_in
def cancel():
    two_factor.cancel(current_user)
    return leave(url_for(".show"))


@bp.get("/qr.svg")
@signed_in
def qr():
    """The address of the pending secret as a picture, on white with the quiet zone that readers need, in any theme.

    Of the fewest and largest squares: a screen has no scratches to correct for.
    """
    key = two_factor.pending_key(current_user)
    if key is None:
        raise NotFound("There is no code to scan. Start the set-up again.")
    drawn = io.BytesIO()
    segno.make(two_factor.address_of(key, current_user.email), error="l").save(
        drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return Response(drawn.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})


@bp.post("/confirm")
@signed_in
def confirm():
    form = CodeForm()
    if form.validate():
        try:
            codes = two_factor.confirm(current_user, form.code.data, address=request.remote_addr)
        except Invalid as error:
            form.reject(error)
        else:
            begin_again()
            return _codes(codes, "Two-factor sign-in is on")
    return _page(422, code_form=form)


@bp.post("/codes")
@signed_in
def renew_codes():
    form = ProofForm(prefix="renew")
    if form.validate():
        try:
            codes = two_factor.renew_recovery_codes(current_user, form.proof.data, address=request.remote_addr)
            return _codes(codes, "New recovery codes")
        except Invalid as error:
            form.reject(error)
    return _page(422, renew_form=form)


@bp.post("/off")
@signed_in
def switch_off():
    form = ProofForm(prefix="off")
    if form.validate():
        try:
            two_factor.switch_off(current_user, form.proof.data, address=request.remote_addr)
        except Invalid as error:
            form.reject(error)
        else:
            begin_again()
            flash("Two-factor sign-in is off. Your password alone opens your account.", "success")
            return leave(url_for(".show"))
    return _page(422, off_form=form)


def _page(status=200, **forms):
    """The page in the state it is in, with the form that was refused, if one was."""
    key = two_factor.pending_key(current_user)
    state = {
        "key": key,
        "app_link": two_factor.address_of(key, current_user.email) if key else "",
        "on": two_factor.is_on(current_user.user_id),
        "left": two_factor.codes_left(current_user.user_id),
        "required_by": two_factor.required_by(current_user.user_id),
        "code_form": CodeForm(),
        "renew_form": ProofForm(None, prefix="renew"),
        "off_form": ProofForm(None, prefix="off"),
    }
    return _unkept(page("auth/two_factor.html", status=status, **{**state, **forms}))


def _codes(codes, heading):
    return _unkept(page("auth/two_factor_codes.html", codes=codes, heading=heading))


def _unkept(response):
    response.headers["Cache-Control"] = "no-store"  # a secret, or codes that are shown once, are on it
    return response
