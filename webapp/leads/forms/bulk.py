"""The forms of changes to many leads, one for each kind of bulk_kinds.KINDS."""

from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from webapp.core.errors import Invalid
from webapp.web.forms import BaseForm, strip

from .. import tags
from ..models import Stage
from .lead import STAGES


class StageForm(BaseForm):
    stage = SelectField("Stage", choices=STAGES, coerce=Stage)


class CenterForm(BaseForm):
    """Where the ticked leads go: a center's id, "none" for no center."""

    center = SelectField("Center", coerce=lambda value: None if value == "none" else int(value))

    def __init__(self, pairs):
        super().__init__()
        self.center.choices = [SelectChoice("none", "No center")] + [
            SelectChoice(str(key), name) for key, name in pairs
        ]


class OwnerForm(BaseForm):
    """Whose the leads become: a user's id, "none" for nobody."""

    owner = SelectField("Owner", coerce=lambda value: None if value == "none" else int(value))

    def __init__(self, pairs, may_be_nobody):
        super().__init__()
        nobody = [SelectChoice("none", "Nobody")] if may_be_nobody else []
        self.owner.choices = nobody + [SelectChoice(str(key), name) for key, name in pairs]


class TagForm(BaseForm):
    tag = StringField("Tag", [DataRequired("Type a tag first.")], filters=[strip])


def asked(kind, owners, centers, workspace, *, may_be_nobody):
    """(the data of a BulkAction of this kind, what it does in words) as the request's form says. Raises Invalid."""
    if kind == "delete":
        return {}, "deleted"
    if kind == "stage":
        stage = _checked(StageForm()).stage.data
        return {"stage": stage.value}, f"moved to {stage.label}"
    if kind == "owner":
        owner = _checked(OwnerForm(owners, may_be_nobody)).owner.data
        return {"owner": owner}, f"given to {dict(owners).get(owner, 'nobody')}"
    if kind == "center":
        center = _checked(CenterForm(centers)).center.data
        return {"center": center}, f"moved to {dict(centers).get(center, 'no center')}"
    if kind in ("tag", "untag"):
        known = tags.named if kind == "tag" else tags.called  # what nobody has, nobody loses: it makes no new tag
        tag = known(workspace, _checked(TagForm()).tag.data)
        return {"tag": tag._asdict()}, f"tagged {tag.name}" if kind == "tag" else f"relieved of the tag {tag.name}"
    raise Invalid("Choose what to do with these leads.")


def _checked(form):
    if not form.validate():
        raise Invalid("Choose one from the list first." if not form.errors.get("tag") else form.errors["tag"][0])
    return form
