"""One's own profile: name, picture, preferences, address."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user

from webapp.accounts import pictures, profiles
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.locales import DEFAULT, LOCALES
from webapp.web.guards import signed_in
from webapp.web.hypermedia import leave, page, parts
from webapp.web.locale import speaking
from webapp.web.uploads import take_upload

from .. import throttle, verification
from ..forms.profile import DigestForm, EmailForm, NameForm, PictureForm, PreferencesForm

bp = Blueprint("profile", __name__, url_prefix="/settings/profile")
settings_bp = Blueprint("settings", __name__)
UPLOADS = {"limit": 30, "seconds": 3600}


@settings_bp.get("/settings")
@signed_in
def index():
    return redirect(url_for("profile.show"), 303)


@bp.get("")
@signed_in
def show():
    return profile_page()


def profile_page(block=None, status=200, **typed):
    """The page, with the forms in `typed` as they were sent and the others as things stand."""
    member = current_user
    forms = {
        "name": NameForm(None, full_name=member.full_name),
        "picture": PictureForm(None),
        "preferences": PreferencesForm(None, theme=member.theme, time_zone=member.time_zone, locale=member.locale),
        "digest": DigestForm(None, wanted=profiles.wants_digest(member)),
        "email": EmailForm(None),
    }
    pending = verification.pending_email(member)
    around = {"zone": member.time_zone, "moment": now(), "pending": pending}
    return page("auth/profile.html", block, status, **{**forms, **typed}, **around)


def saved(sentence):
    flash(sentence, "success")
    return leave(url_for("profile.show"))


@bp.post("/name")
@signed_in
def name():
    form = NameForm()
    if not form.validate():
        return profile_page("name_form", 422, name=form)
    profiles.rename(current_user, form.full_name.data)
    return saved("Your name is saved.")


@bp.post("/picture")
@signed_in
def picture():
    throttle.hit(f"picture {current_user.user_id}", **UPLOADS)
    take_upload(pictures.MEGABYTES)
    form = PictureForm()
    try:
        pictures.keep(current_user.user_id, sent_file())
    except Invalid as error:
        form.reject(error)
        return profile_page("picture_form", 422, picture=form)
    return saved("Your picture is saved.")


def sent_file():
    """The bytes of the uploaded file. Raises Invalid without one."""
    file = request.files.get("picture")
    if not file:
        raise Invalid("Choose a picture first.", "picture")
    return file.read()


@bp.post("/picture/remove")
@signed_in
def remove_picture():
    pictures.remove(current_user.user_id)
    return saved("Your picture is removed.")


@bp.post("/preferences")
@signed_in
def preferences():
    form = PreferencesForm()
    if form.validate():
        try:
            profiles.set_preferences(current_user, **form.values())
        except Invalid as error:
            form.reject(error)
        else:
            return saved("Your preferences are saved.")
    return profile_page("preferences_form", 422, preferences=form)


@bp.post("/digest")
@signed_in
def digest():
    form = DigestForm()
    if not form.validate():
        raise Invalid("Reload the page and try again.")
    profiles.set_digest(current_user, form.wanted.data)
    return saved("Your morning mail is on." if form.wanted.data else "Your morning mail is off.")


@bp.get("/example")
@signed_in
def example():
    """How dates and numbers would look with what is chosen but not saved yet."""
    locale, zone = request.args.get("locale"), request.args.get("time_zone", "")
    with speaking(locale if locale in LOCALES else DEFAULT):
        return parts("auth/profile_example.parts.html", url_for("profile.show"), zone=zone, moment=now())


@bp.post("/email")
@signed_in
def email():
    form = EmailForm()
    if form.validate():
        try:
            verification.change_email(current_user, form.email.data, address=request.remote_addr)
        except Invalid as error:
            form.reject(error)
        else:
            return saved(f"A mail with a link is on its way to {form.email.data}.")
    return profile_page("email_form", 422, email=form)
