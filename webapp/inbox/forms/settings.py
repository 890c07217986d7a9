"""What is read of a mailbox, and what the inbox does by itself."""

from wtforms import BooleanField
from wtforms.fields.choices import SelectChoice

from webapp.enrichment.forms.jobs import TicksField
from webapp.leads.forms.lead import WholeNumberField
from webapp.web.forms import BaseForm


class ReadingForm(BaseForm):
    """`names` are the folders that can be chosen."""

    folders = TicksField("Read these folders, too", description="The inbox and the sent mail are always read.")
    back_days = WholeNumberField(
        "Days back",
        description="How old mail may be that is read the first time. 0 reads only what comes from now on.",
        render_kw={"inputmode": "numeric", "autocomplete": "off", "type": "text"},
    )

    def __init__(self, names, **options):
        super().__init__(**options)
        self.folders.choices = [SelectChoice(name, name) for name in names]

    def values(self):
        return {"names": self.folders.data or [], "back_days": self.back_days.data or 0}


class InboxForm(BaseForm):
    makes_todos = BooleanField(
        "Make a to-do for each reply", description="“Answer …”, for whoever the lead belongs to. One at a time."
    )
    sends_notices = BooleanField(
        "Tell them by mail", description="Unless the reply came to a mailbox of their own, where they see it anyway."
    )
    asks_model = BooleanField(
        "Ask the language model",
        description="It labels what the rules cannot, sums threads up and drafts replies. Nothing is sent by itself.",
    )
