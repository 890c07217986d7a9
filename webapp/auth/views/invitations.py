"""Inviting people, and the page that an invitation's link opens."""

from flask import Blueprint, flash, request, session, url_for
from flask_login import current_user, logout_user

from webapp import config
from webapp.accounts import centers, invitations
from webapp.core.errors import Invalid
from webapp.web.filters import plural
from webapp.web.guards import needs, public, signed_in
from webapp.web.hypermedia import leave, page

from .. import joining, sessions, throttle
from ..forms.invitations import InviteForm, JoinForm
from .sign_in import begin, begin_again

bp = Blueprint("invitations", __name__)


@bp.route("/settings/members/invite", methods=["GET", "POST"])
@needs("invite")
def new():
    form, answers = _invite_form(), []
    if form.validate_on_submit():
        try:
            answers = joining.invite_all(current_user, form.addresses.split(), **form.place())
        except Invalid as error:
            form.reject(error)
    failed = [answer.email for answer in answers if answer.problem]
    if answers and not failed:
        flash(f"{plural(len(answers), 'invitation')} on the way", "success")
        return leave(url_for("members.index"))
    if failed:
        form.addresses.data = "\n".join(failed)
    return page("team/invite.html", "form", 422 if form.errors or failed else 200, form=form, answers=answers)


def _invite_form():
    me = current_user
    roles, reaches = invitations.grantable_roles(me), invitations.grantable_reaches(me)
    return InviteForm(roles, reaches, centers.open_to(me), data={"reach": reaches[0]})


@bp.post("/settings/members/invitations/<int:invitation_id>/again")
@needs("invite")
def again(invitation_id):
    invitation = invitations.get_invitation(current_user, invitation_id)
    joining.send_again(invitation, actor=current_user)
    flash(f"A new invitation is on its way to {invitation.email}", "success")
    return leave(url_for("members.index"))


@bp.post("/settings/members/invitations/<int:invitation_id>/withdraw")
@needs("invite")
def withdraw(invitation_id):
    invitation = invitations.get_invitation(current_user, invitation_id)
    invitations.withdraw(invitation, actor=current_user)
    flash(f"The invitation of {invitation.email} is withdrawn", "success")
    return leave(url_for("members.index"))


@bp.post("/settings/members/invitations/<int:invitation_id>/link")
@needs("invite")
def link(invitation_id):
    invitation = invitations.get_invitation(current_user, invitation_id)
    token = invitations.copied_token(invitation, actor=current_user)
    url = config.current().base_url + url_for("invitations.show", token=token)
    return page("team/link.html", "form", invitation=invitation, url=url)


@bp.get("/invitations/<token>")
@public
def show(token):
    return _invitation(token)


def _invitation(token, form=None, status=200):
    """What the link opens: who invites whom to what, and the one way to take it, or why there is none."""
    invitation = invitations.find(token)
    problem, proven = invitations.why_closed(invitation), invitations.proves_address(token)
    return page(
        "team/invitation.html",
        "form" if form else None,
        410 if problem else status,
        form=form or JoinForm(),
        token=token,
        invitation=invitation,
        problem=problem,
        proven=proven,
        known=proven and invitations.has_account(invitation.email),  # the inviter, who copied a link, is not told
    )


@bp.post("/invitations/<token>")
@public
def accept_as_new(token):
    invitation, form = invitations.find(token), JoinForm()
    if form.validate() and not current_user.is_authenticated:
        throttle.hit(f"join {request.remote_addr}", limit=20, seconds=3600)
        try:
            user = joining.join_as_new(invitation, token, **form.values())
        except Invalid as error:
            form.reject(error)
        else:
            agent = request.user_agent.string
            begin(sessions.start(user.id, invitation.workspace, address=request.remote_addr, agent=agent))
            return _welcome(invitation)
    return _invitation(token, form, 422)


@bp.post("/invitations/<token>/join")
@signed_in
def join(token):
    invitation = invitations.find(token)
    joining.join(invitation, token, actor=current_user)
    begin_again()
    return _welcome(invitation)


def _welcome(invitation):
    flash(f"Welcome to {invitation.workspace.name}", "success")
    return leave(url_for("home.index"))


@bp.post("/invitations/<token>/sign-out")
@signed_in
def sign_out(token):
    """For somebody who is signed in as somebody else: back to the invitation, as nobody."""
    sessions.end(current_user.session_id)
    logout_user()
    session.clear()
    return leave(url_for("invitations.show", token=token))
