"""The third step: what the rows do."""

from contextlib import suppress

from flask import url_for
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.accounts.country import country_of
from webapp.accounts.models import Reach
from webapp.core.countries import COUNTRIES
from webapp.core.errors import Invalid
from webapp.leads.editing import possible_owners
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, stay

from .. import checking, queries, starting
from ..extras import targets
from ..forms.options import POLICIES, options_form
from ..matched import shape_of
from ..models import ImportState
from ..options import keys_for, options_of
from .shared import address, bp, same_columns, to_page, waiting

NEVER_OVERWRITTEN = {"email", "tags", "note"}  # an address is kept, tags and notes are added


@bp.get("/<int:import_id>/options")
@needs("view")
def options(import_id):
    imported = queries.get_import(current_user, import_id)
    if imported.state is not ImportState.UPLOADED:
        return to_page(imported)
    return options_page(imported, form_of(imported, options_of(imported)))


@bp.post("/<int:import_id>/options")
@needs("write")
def choose_options(import_id):
    imported, form = options_chosen(import_id)
    try:
        starting.keep_options(imported, **form.made())
        if not form.ask_for_basis():
            return options_page(imported, form, 422)
        starting.check(imported)
    except Invalid as error:
        form.reject(error)
        return options_page(imported, form, 422)
    checking.ask_check(imported)
    return leave(address(imported, "check"))


@bp.post("/<int:import_id>/options/keep")
@needs("write")
def keep_options(import_id):
    imported, form = options_chosen(import_id)
    with suppress(Invalid):  # is said when the person goes on; the rest is kept
        starting.keep_options(imported, **form.made())
    return stay(url_for("imports.columns", import_id=imported.id))


def options_chosen(import_id):
    """(import, form) of a request that carries the options. Raises Invalid and Conflict."""
    imported = waiting(import_id)
    form = form_of(imported)
    same_columns(imported, form.shape.data)
    if not form.validate():
        raise Invalid("Choose from the lists on the page. Reload it and try again.")
    return imported, form


def form_of(imported, chosen=None):
    """The form of the step, as it was left or as the request has it."""
    form = options_form(exceptional(imported), chosen)
    everywhere = current_user.reach is Reach.ALL
    owners = [(person.id, person.full_name) for person in possible_owners(current_user)] if everywhere else []
    lists = {"keys": keys_for(imported).items(), "centers": open_to(current_user), "owners": owners}
    home = country_of(current_user.workspace)
    return form.offer(**lists, home=home, countries=COUNTRIES.items())


def exceptional(imported):
    """(target, label) of the columns for which another rule can be chosen."""
    labels = targets(current_user.workspace)
    chosen = dict.fromkeys(target for target in imported.mapping if target and target not in NEVER_OVERWRITTEN)
    return [(target, labels[target]) for target in chosen if target in labels]


def options_page(imported, form, status=200):
    form.focus_on_error()
    shown = {"imported": imported, "form": form, "policies": POLICIES, "shape": shape_of(imported)}
    return page("imports/options.html", "form", status, keeps=current_user.reach is not Reach.ALL, **shown)
