"""The code, after the password or Google was right."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_login import current_user

from webapp.core.errors import Invalid, NotFound
from webapp.web.guards import public
from webapp.web.hypermedia import leave, page

from .. import entering
from ..forms.two_factor import CodeForm, RecoveryCodeForm
from .sign_in import HALF_WAY, begin_or_ask

bp = Blueprint("second_factor", __name__)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def ask():
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    recovering = "recovery" in request.args
    form = (RecoveryCodeForm if recovering else CodeForm)(next=request.args.get("next", ""))
    try:
        entering.check_half_way(session.get(HALF_WAY, ""))
        if form.validate_on_submit():
            return _enter(form)
    except NotFound:
        flash("That took too long, or was started again elsewhere. Sign in once more.", "info")
        return leave(url_for("auth.sign_in", next=form.next.data or None))
    except Invalid as error:
        form.reject(error)
    return page("auth/code.html", "form", 422 if form.errors else 200, form=form, recovering=recovering)


def _enter(form):
    entered = entering.enter_with_code(
        session.get(HALF_WAY, ""), form.code.data, address=request.remote_addr, agent=request.user_agent.string
    )
    return begin_or_ask(entered, form.next.data)
