"""Who is away gets the next step once they are back, whatever it was about to do."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests import factories
from tests.campaigns.conftest import claims_of, hold
from tests.campaigns.past import campaign_of, person
from webapp.campaigns import lines, sending, sequencing
from webapp.campaigns.models import Campaign, Delivery, Recipient, RecipientState
from webapp.core.clock import freeze, now
from webapp.mail.mailbox_models import Mailbox

QUEUED, PAUSED = RecipientState.QUEUED, RecipientState.PAUSED
FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def friday():
    with freeze(FRIDAY):
        yield FRIDAY


@pytest.fixture
def waiting(cast, friday):
    """waiting(state, **fields of the campaign) is a recipient whose second step is due on Monday at 10:30."""

    def make(state=QUEUED, **fields):
        row = person(campaign_of(cast.alice, steps=2, **fields), state, lead=factories.lead(cast.acme))
        Recipient.update(due_at=datetime(2026, 11, 23, 10, 30, tzinfo=UTC)).where(Recipient.id == row.id).execute()
        return Recipient.get_by_id(row.id)

    return make


def due(row):
    return Recipient.get_by_id(row.id).due_at


@pytest.mark.parametrize("state", [QUEUED, PAUSED])
def test_the_next_step_waits_for_the_working_day_after(waiting, state):
    row = waiting(state)
    assert sequencing.postpone_until(row, date(2026, 11, 27)) == due(row) == datetime(2026, 11, 30, 10, 30, tzinfo=UTC)
    assert sequencing.postpone_until(row, date(2026, 12, 1)) == datetime(2026, 12, 2, 10, 30, tzinfo=UTC)
    assert Recipient.get_by_id(row.id).state is state


def test_it_is_due_when_the_campaigns_window_opens(waiting):
    row = waiting(days="245", opens=9 * 60, closes=17 * 60)
    assert sequencing.postpone_until(row, date(2026, 11, 27)) == datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("until", [date(2026, 11, 19), date(2026, 11, 22), date(2031, 1, 1)])
def test_an_absence_that_is_over_or_short_or_a_slip_changes_nothing(waiting, until):
    row = waiting()
    before = row.due_at
    assert sequencing.postpone_until(row, until) is None and due(row) == before


@pytest.mark.parametrize("state", [RecipientState.SENT, RecipientState.REPLIED, RecipientState.BOUNCED])
def test_whom_nothing_awaits_is_left_alone(waiting, state):
    assert sequencing.postpone_until(waiting(state), date(2026, 12, 4)) is None


def test_a_mail_that_was_written_down_for_them_is_taken_back(cast, frozen_time, sequence, inbox):
    campaign = sequence(1, {"subject": "Again", "wait_days": 1})
    sending.send_campaign(campaign.id, pause=frozen_time.pause)
    frozen_time.forward(24 * 3600 + 60)
    Mailbox.update(lease_until=None, next_send_at=None).execute()
    lease = hold(campaign)
    claims_of(lease).take(lines.sending_lines(lease.workspace_id), 5)
    row = Recipient.get()
    assert row.state is RecipientState.SENDING and Delivery.select().count() == 2
    until = (now() + timedelta(days=5)).date()
    due_at = sequencing.postpone_until(row, until)
    assert due_at > now() + timedelta(days=5)
    row = Recipient.get()
    assert (row.state, row.due_at, Delivery.select().count()) == (QUEUED, due_at, 1)
    assert Campaign.get().queued == 1
