from webapp.accounts.models import Notice, User
from webapp.auth.passwords import verify
from webapp.campaigns.models import Campaign
from webapp.inbox.models import InboxSettings, Label, Thread, ThreadState
from webapp.inbox.reading_models import MailboxReading
from webapp.leads.field_models import CustomValue, LeadTag
from webapp.leads.list_models import PinnedView, SavedView
from webapp.leads.models import StageTotal, Todo
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.models import CapturedMail, Suppression
from webapp.onboarding.demo import make_demo


def test_the_demo_is_a_workspace_one_can_sign_in_to_and_is_made_once(app):
    email, password = make_demo()
    assert verify(password, User.get(User.email == email).password_hash)
    assert all(total.leads > 0 for total in StageTotal.select())
    sent, draft = Campaign.select().order_by(Campaign.id)
    assert (sent.state, draft.state) == ("completed", "draft")
    assert sent.mails == CapturedMail.select().count() > 20
    assert Todo.select().count() == len(lead_ids(Todo)) > 20 and len(lead_ids(LeadTag)) > 50
    assert len(lead_ids(CustomValue)) > 50 and PinnedView.select().count() == SavedView.select().count() == 2
    labels = {thread.label for thread in Thread.select()}
    assert Thread.select().count() >= 12 and labels == {*Label} - {Label.COMPLAINT}
    assert {thread.state for thread in Thread.select()} == {*ThreadState}
    assert Suppression.select().count() == 3, "one asked for it, two addresses are nobody's"
    assert not MailboxReading.select().where(MailboxReading.is_on).exists(), "its servers do not exist"
    assert not Notice.select().exists() and InboxSettings.get().sends_notices, "and nobody there was written to"
    assert {box.email for box in Mailbox.select() if box.email} == {"mara@halden.example", "jonas@halden.example"}
    _, new = make_demo()
    user = User.get(User.email == email)
    assert verify(new, user.password_hash) and not verify(password, user.password_hash)
    assert Campaign.select().count() == 2


def lead_ids(model):
    return {row.lead_id for row in model.select(model.lead)}
