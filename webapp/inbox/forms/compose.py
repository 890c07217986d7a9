"""A mail that a member writes: an answer in a thread, or a first mail to a lead."""

from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from webapp.web.forms import BaseForm, one_line
from webapp.web.ids import row_id

from .. import addressing


def _number(text):
    try:
        return row_id(text)
    except (TypeError, ValueError):
        return None


def _typed(text):
    return text.replace("\0", "").replace("\r\n", "\n") if isinstance(text, str) else ""


def _id_field():
    return HiddenField(filters=[_number])


class ComposeForm(BaseForm):
    """`token` names the form, `draft_id` the draft that it is and `seen` the version of it (see drafts.py); `mailbox`
    is an id, 0 for the server's that is not in its table yet.
    """

    thread_id, lead_id, draft_id = _id_field(), _id_field(), _id_field()
    seen, token = HiddenField(), HiddenField()
    mailbox = StringField("From", filters=[lambda text: _number(text) or 0])
    recipients = StringField("To", filters=[one_line])
    cc = StringField("Cc", filters=[one_line])
    subject = StringField("Subject", filters=[one_line])
    text = TextAreaField("Text", filters=[_typed])
    done = BooleanField("then mark done")

    @classmethod
    def of(cls, sheet):
        """The form as a Sheet fills it."""
        thread, lead = sheet.where
        names = ("token", "mailbox", "recipients", "cc", "subject", "text")
        given = {name: getattr(sheet, name) for name in names}
        about = {"thread_id": thread.id} if thread else {"lead_id": lead.id}
        return cls(formdata=None, data={**given, **about, "done": thread is not None})

    @property
    def kept(self):
        """What a draft keeps of it."""
        names = ("recipients", "cc", "subject", "text", "mailbox")
        return {name: self[name].data or "" for name in names}

    def mail(self):
        """What outgoing.answer() and write_to() take. Raises Invalid for an address that is none."""
        return {
            "recipients": addressing.read(self.recipients.data or "", "recipients"),
            "cc": addressing.read(self.cc.data or "", "cc"),
            "subject": self.subject.data or "",
            "text": self.text.data or "",
            "token": self.token.data or "",
            "mailbox_id": self.mailbox.data,
            "draft_id": self.draft_id.data,
        }
