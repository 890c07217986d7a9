"""/ui: every pattern of the design in both themes, to look at while building. Registered in development only."""

from datetime import timedelta

from flask import Blueprint, flash
from wtforms import BooleanField, FileField, RadioField, SelectChoice, SelectField, StringField, TextAreaField, URLField
from wtforms.validators import Regexp

from webapp.core.clock import now

from .forms import BaseForm
from .guards import public
from .hypermedia import page, parts

bp = Blueprint("ui", __name__)

STAGES = ("new", "contacted", "replied", "converted", "lost")
SECTIONS = [
    ("colours", "Colour roles", "Use roles, never raw values. One accent per view."),
    ("type", "Type", "Geist, 14 px base, tabular figures everywhere."),
    ("buttons", "Buttons", "One primary per view. Destructive is tinted, and filled only inside a confirmation."),
    ("identity", "Stages, states, badges, tags", "A stage is a glyph and a word, a state an icon and a word."),
    ("fields", "Fields", "Label above, help below, the error replaces the help and says what to do."),
    (
        "moving",
        "Moving around",
        "View tabs are links, the segmented switch is two or three links, line tabs swap a panel.",
    ),
    ("messages", "Messages", "Alerts stay until solved. Toasts confirm, and offer undo. Nothing blinks."),
    ("progress", "Progress and numbers", "Native progress elements, no inline width, no script."),
    ("cards", "Lead card", "At rest, while dragging, and the slot it would drop into. With the keyboard: [ and ]."),
    ("menus", "Menu, dialog", "Menus open next to their button. Dialogs are for decisions, side panels for looking."),
    ("tables", "Table, pages", "Rows of 42 px in a data grid, 37 px in a card. Numbers end-aligned."),
    (
        "bulk",
        "Bulk bar, tooltip, skeleton",
        "The skeleton has the shape of what is coming, only for waits over 300 ms.",
    ),
    (
        "timeline",
        "Timeline, checklist",
        "Who did what, in one line. The body is a card only if there is something to read.",
    ),
    ("empty", "Empty states", "Say what belongs here and offer the one next step. Never blame."),
]


class SampleForm(BaseForm):
    """One field of each kind that shared/_field.html draws."""

    class Meta:
        csrf = False

    name = StringField("Name people see", description="Shown as the sender.")
    website = URLField("Website", validators=[Regexp(r".*\.", message="Add the ending, for example algolia.com")])
    stage = SelectField("Stage", choices=[SelectChoice(stage, stage.capitalize()) for stage in STAGES])
    note = TextAreaField("Note", description="Only members of the workspace see it.")
    policy = RadioField(
        "When a lead exists",
        choices=[SelectChoice("fill", "Fill empty fields"), SelectChoice("skip", "Skip the row")],
        default="fill",
    )
    stop = BooleanField("Stop when the lead replies", default=True)
    file = FileField("Signature image", description="PNG or JPEG, up to 200 KB.")


def sample_form(prefix):
    form = SampleForm(None, prefix=prefix, data={"name": "Mara Lindqvist", "website": "algolia", "stage": "contacted"})
    form.website.validate(form)
    return form


@bp.get("/ui")
@public
def index():
    return page(
        "ui/index.html",
        sections=SECTIONS,
        stages=[(stage, stage.capitalize()) for stage in STAGES],
        forms={"light": sample_form("light-"), "dark": sample_form("dark-")},
        earlier=now() - timedelta(days=2, hours=3),
    )


@bp.post("/ui/toast/<category>")
@public
def toast(category):
    sentences = {
        "success": {"text": "3 leads moved to Replied", "action": "Undo", "url": "/ui/toast/info"},
        "error": "That is 260 more than Berlin has. Choose 1,240 or less.",
    }
    flash(sentences.get(category, "Undone."), category)
    return parts("ui/toast.parts.html", back="/ui")
