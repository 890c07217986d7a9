"""Which mails the model is asked about: those that the rules do not understand, where there is one."""

import pytest

from tests import factories
from tests.campaigns.past import campaign_of, mails_of, person
from tests.inbox.mails import arrive, bounce, mail
from tests.mail.mailboxes import mailbox
from webapp.core import jobs
from webapp.inbox import settings as inbox_settings

VAGUE = "Blue is a colour."


@pytest.fixture
def written(cast):
    return mails_of(person(campaign_of(cast.alice), lead=factories.lead(cast.acme)))[0]


@pytest.fixture
def with_model(settings):
    settings(llm_base_url="http://127.0.0.1:9/v1", llm_model="small")


def asked():
    """The ids of the mails that the model will be asked about."""
    return [task.args[0] for task in jobs.huey.pending() if task.name == "label_thread"]


def test_it_is_asked_about_what_no_rule_understands(cast, written, with_model):
    (message,) = arrive(mailbox(cast.alice), mail(written.email, VAGUE, answers=[written]))
    assert asked() == [message.id]


def test_it_is_not_asked_about_anything_else(cast, written, with_model):
    clear = mail(written.email, "Please unsubscribe me from this list.", answers=[written])
    arrive(mailbox(cast.alice), clear, bounce(written))
    assert asked() == []


def test_it_is_not_asked_where_there_is_none_or_nobody_wants_it(cast, written, settings):
    box = mailbox(cast.alice)
    arrive(box, mail(written.email, VAGUE, answers=[written]))
    settings(llm_base_url="http://127.0.0.1:9/v1", llm_model="small")
    inbox_settings.save(cast.acme, {"asks_model": False})
    arrive(box, mail(written.email, VAGUE, answers=[written]))
    assert asked() == []
