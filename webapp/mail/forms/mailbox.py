from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.leads.forms.lead import WholeNumberField
from webapp.web.forms import BaseForm, TimeZoneField, one_line, strip

from ..mailbox_list import DAYS
from ..mailbox_models import Security

SECURITIES = [
    SelectChoice(Security.TLS.value, "TLS from the first byte"),
    SelectChoice(Security.STARTTLS.value, "STARTTLS"),
    SelectChoice(Security.NONE.value, "None"),
]
STEP = 30  # minutes
LONG = Length(max=254, message="Keep it under 255 characters.")
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def clock(minutes):
    """Minutes of a day as "09:30"; its end is "24:00"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _number(label, description="", **options):
    keys = {"inputmode": "numeric", "autocomplete": "off", "type": "text"}
    return WholeNumberField(label, description=description, render_kw=keys, **options)


def _security(whose):
    return SelectField(f"{whose} encryption", choices=SECURITIES, coerce=Security)


class DaysField(SelectMultipleField):
    """ISO weekdays, "12345" from Monday to Friday."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()

    def __init__(self, label, **options):
        choices = [SelectChoice(str(number), name) for number, name in enumerate(DAYS, 1)]
        super().__init__(label, choices=choices, **options)

    def process_data(self, value):
        self.data = list(value or "")


class MinutesField(SelectField):
    """A time of day in minutes; one that is not of the usual steps may stay."""

    def __init__(self, label, **options):
        super().__init__(label, coerce=int, **options)
        self.choices = [SelectChoice(str(minutes), clock(minutes)) for minutes in range(0, 24 * 60 + 1, STEP)]

    def process_data(self, value):
        super().process_data(value)
        if value is not None and value % STEP:
            self.choices = [*self.choices, SelectChoice(str(value), clock(value))]


class ZoneField(TimeZoneField):
    """May stay empty, and the browser fills nothing in."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.render_kw = {name: value for name, value in self.render_kw.items() if name != "data-time-zone"}

    def pre_validate(self, form):
        if self.data:
            super().pre_validate(form)


class LimitsForm(BaseForm):
    """How much leaves through a mailbox, and when."""

    daily_cap = _number("Mails a day, at most", "Empty for no limit.")
    gap_seconds = _number("Seconds between two mails")
    jitter = _number("Give or take, in percent", "So that they do not leave like clockwork.")
    domain_per_hour = _number("An hour to one domain, at most", "Such as globex.example. Empty for no limit.")
    ramp_start = _number(
        "Slow ramp: on the first day", "Fewer at first, so that other servers get to know it. Empty for none."
    )
    ramp_step = _number("Slow ramp: more each day")
    days = DaysField("Days")
    opens = MinutesField("From")
    closes = MinutesField("Until")
    zone = ZoneField("Time zone", description="Empty for the workspace’s.")

    def values(self):
        numbers = {name: getattr(self, name).data or 0 for name in ("gap_seconds", "jitter", "ramp_step")}
        return {**super().values(), **numbers, "days": "".join(sorted(self.days.data))}


class WriterForm(LimitsForm):
    """Who writes, besides. `people` are (id, name) pairs of those it may belong to."""

    sender_name = StringField(
        "Sender’s name", [LONG], filters=[one_line], description="What people see beside the address."
    )
    reply_to = EmailField(
        "Reply-to", [LONG], filters=[strip], description="Empty when replies come to this mailbox.", render_kw=PLAIN
    )
    plus_replies = BooleanField(
        "An answering address for each recipient",
        description="Such as you+g7k2…@example.com. Replies are then recognised whatever their headers have lost. Your "
        "server has to deliver such addresses to this mailbox, as Gmail, Microsoft 365 and Fastmail do.",
    )
    signature = TextAreaField(
        "Signature",
        [Length(max=5000, message="Keep it under 5,001 characters.")],
        filters=[strip],
        description="Under the mails that leave through it.",
        render_kw={"rows": 4},
    )
    owner = SelectField("Belongs to", coerce=int, description="They and whoever manages mailboxes can change it.")

    def __init__(self, people, **options):
        super().__init__(**options)
        self.owner.choices = [SelectChoice(str(key), name) for key, name in people]


class MailboxForm(WriterForm):
    """One with a password."""

    email = EmailField(
        "E-mail address",
        [DataRequired("Give the address that mails come from."), LONG],
        filters=[strip],
        render_kw={**PLAIN, "autocomplete": "email"},
    )
    password = PasswordField("Password", [Length(max=1024)], render_kw={"autocomplete": "new-password"})
    username = StringField(
        "User name", [LONG], filters=[strip], description="Empty when it is the address.", render_kw=PLAIN
    )
    smtp_host = StringField("SMTP server", [LONG], filters=[strip], render_kw=PLAIN)
    smtp_port = _number("SMTP port")
    smtp_security = _security("SMTP")
    imap_host = StringField(
        "IMAP server", [LONG], filters=[strip], description="Where replies are read. Empty for none.", render_kw=PLAIN
    )
    imap_port = _number("IMAP port")
    imap_security = _security("IMAP")

    def __init__(self, people, *, secret="Password", kept=False, **options):
        """`secret` is what the provider calls the password; `kept`: there is one already."""
        super().__init__(people, **options)
        self.email.render_kw = {**self.email.render_kw, "autofocus": not kept}
        self.password.label.text = secret
        self.password.description = "Empty keeps the one there is." if kept else ""

    def values(self):
        ports = {name: getattr(self, name).data or 0 for name in ("smtp_port", "imap_port")}
        return {**super().values(), **ports, "password": self.password.data or ""}


class PauseForm(BaseForm):
    reason = StringField(
        "Reason",
        [Length(max=200, message="Keep it under 201 characters.")],
        filters=[one_line],
        description="Your team sees it. May stay empty.",
    )
