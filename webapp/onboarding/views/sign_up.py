from flask import Blueprint, redirect, request, url_for
from flask_login import current_user

from webapp.auth import sessions, throttle
from webapp.auth.views.sign_in import begin
from webapp.core.errors import Invalid
from webapp.web.guards import public
from webapp.web.hypermedia import leave, page

from ..forms.sign_up import SignUpForm
from ..sign_up import sign_up

bp = Blueprint("onboarding", __name__)


@bp.route("/sign-up", methods=["GET", "POST"])
@public
def new():
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    form = SignUpForm()
    if form.validate_on_submit():
        throttle.hit(f"sign-up {request.remote_addr}", limit=20, seconds=3600)
        try:
            user, workspace = sign_up(**form.values())
        except Invalid as error:
            form.reject(error)
        else:
            begin(sessions.start(user.id, workspace, address=request.remote_addr, agent=request.user_agent.string))
            return leave(url_for("home.index"))
    return page("onboarding/sign_up.html", "form", 422 if form.errors else 200, form=form)
