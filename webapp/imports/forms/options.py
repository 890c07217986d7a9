"""What an import does with its rows: see imports/options.py."""

from functools import lru_cache

from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from webapp.web.forms import BaseForm, one_line

from ..models import Policy
from ..options import BASES, EMAIL, SHARE

POLICIES = (
    (Policy.FILL.value, "Fill empty fields only", "Nothing you have is overwritten."),
    (Policy.UPDATE.value, "Update with the file", "The file wins, where it has something. Blank cells change nothing."),
    (Policy.SKIP.value, "Leave it as it is", "The row is listed and changes nothing."),
)
AS_ABOVE, FILL, OVERWRITE = "", "fill", "overwrite"
EXCEPTIONS = ((AS_ABOVE, "As above"), (FILL, "Fill only"), (OVERWRITE, "Overwrite"))
FOUND_BY = {EMAIL: "E-mail, else name and company"}
OVER = "over-"  # what the name of a column's exception begins with; its target follows
_BARE = {"autocomplete": "off"}


class OptionsForm(BaseForm):
    """All options but the exceptions of columns; `shape` is of the columns that the person saw."""

    shape = HiddenField()
    key = SelectField("A row finds its lead by", validate_choice=False, render_kw=_BARE)
    policy = RadioField(
        "If a lead is already here", choices=[SelectChoice(value, title) for value, title, _ in POLICIES]
    )
    create = BooleanField("Create people who are not here yet")
    center_id = SelectField("Center", coerce=lambda value: int(value) if value else None)
    owner = SelectField("Owner", validators=[Optional()], render_kw=_BARE)
    share = SelectMultipleField("Share out among", coerce=int, validate_choice=False)
    source = StringField("Source", filters=[one_line], description="Where the file has none.", render_kw=_BARE)
    tags = StringField(
        "Tag every lead", filters=[one_line], description="Several are parted by commas.", render_kw=_BARE
    )
    country = SelectField(
        "Country of phone numbers", description="For numbers without a country code.", render_kw=_BARE
    )
    clean_names = BooleanField("Mend names written in CAPITALS")
    leave_role = BooleanField("Leave out shared addresses, like info@ or sales@")
    leave_throwaway = BooleanField("Leave out throw-away addresses")
    suppressed = BooleanField("Import people on your suppression list, too. They stay on it.")
    basis = SelectField(
        "Why you may write to them",
        choices=[SelectChoice("", "Choose"), *(SelectChoice(*one) for one in BASES.items())],
    )
    basis_note = StringField(
        "Where the list comes from",
        filters=[one_line],
        description="If you like: it is kept with the import, for when somebody asks.",
        render_kw={**_BARE, "placeholder": "Trade fair in Berlin, our stand"},
    )
    without_email = BooleanField("Import them without an address")

    def offer(self, *, keys, centers, owners, countries, home):
        """Set what there is to choose from: pairs of what is kept and what is shown. `home` is the code of the country
        that goes without saying, or "".
        """
        self.key.choices = [SelectChoice(key, FOUND_BY.get(key, name)) for key, name in keys]
        self.center_id.choices = [
            SelectChoice("", "No center"),
            *(SelectChoice(str(key), name) for key, name in centers),
        ]
        people = [SelectChoice(str(key), name) for key, name in owners]
        nobody = "As the center assigns, or nobody" if centers else "Nobody"
        several = [SelectChoice(SHARE, "Share out among several")] if len(people) > 1 else []
        self.owner.choices = [SelectChoice("", nobody), *several, *people]
        self.share.choices = [SelectChoice(*one) for one in owners]
        usual = dict(countries).get(home)
        words = f"{usual}, as the workspace" if usual else "Not known"
        self.country.choices = [SelectChoice("", words), *(SelectChoice(*one) for one in countries)]
        return self

    def made(self):
        """What keep_options() takes."""
        told, chosen = {}, {}
        for name, value in self.values().items():
            if name.startswith(OVER):
                told[name.removeprefix(OVER)] = value
            elif name != "shape":
                chosen[name] = value if name == "center_id" or value is not None else ""
        return {**chosen, "overwrite": {target: value == OVERWRITE for target, value in told.items() if value}}

    def exceptions(self):
        """The fields of the columns' exceptions."""
        return [field for field in self if field.name.startswith(OVER)]

    def focus_on_error(self):
        """Let the page open at the first field that was refused: on a phone it may be far down."""
        if refused := next((field for field in self if field.errors), None):
            refused.render_kw = {**(refused.render_kw or {}), "autofocus": True}

    def ask_for_basis(self):
        """Whether what an import must say about its people is said; the field tells what is missing."""
        if not self.basis.data:
            self.basis.errors = ["Choose one, or leave out the people you may not write to."]
        return bool(self.basis.data)


@lru_cache(maxsize=256)
def _form_of(targets):
    """The class of the form with an exception for each (target, label)."""
    choices = [SelectChoice(*one) for one in EXCEPTIONS]
    fields = {
        f"{OVER}{target}": SelectField(label, [Optional()], choices=choices, render_kw=_BARE)
        for target, label in targets
    }
    return type("ImportOptionsForm", (OptionsForm,), fields)


def options_form(targets, chosen=None):
    """The form of an import with columns for these (target, label) pairs, as it was left when there is `chosen`, what
    options_of() gives; else as the request fills it.
    """
    form = _form_of(tuple(targets))
    if chosen is None:
        return form()
    told = {f"{OVER}{target}": OVERWRITE if yes else FILL for target, yes in chosen["overwrite"].items()}
    shown = {**chosen, "owner": str(chosen["owner"]), "tags": ", ".join(chosen["tags"])}
    return form(formdata=None, data={**shown, **told})
