import pytest
from peewee import IntegrityError

from db import db
from webapp.campaigns.models import Campaign, Delivery, Recipient
from webapp.mail.models import Suppression, SuppressionReason
from webapp.mail.suppression import blocked_by, suppress


@pytest.mark.parametrize("model", [Campaign, Recipient, Delivery])
def test_a_state_that_does_not_exist_is_refused_by_the_database(started, send, model):
    send(started(1))
    with pytest.raises(IntegrityError), db.atomic():
        db.execute_sql(f"UPDATE {model._meta.table_name} SET state = 'lost'")


def test_a_rate_of_nothing_is_refused_by_the_database(draft):
    draft()
    with pytest.raises(IntegrityError), db.atomic():
        db.execute_sql("UPDATE campaign SET rate_per_minute = 0")


def test_a_recipient_gets_a_step_once_and_is_in_a_campaign_once(started, send):
    send(started(1))
    delivery, person = Delivery.get(), Recipient.get()
    with pytest.raises(IntegrityError), db.atomic():
        Delivery.insert({**delivery.__data__, "id": None, "message_id": "other@galena.test"}).execute()
    with pytest.raises(IntegrityError), db.atomic():
        Recipient.insert({**person.__data__, "id": None}).execute()


def test_suppressing_twice_keeps_one_row_in_lower_case(cast):
    assert suppress(cast.acme, "Some@One.example", reason=SuppressionReason.MANUAL)
    assert not suppress(cast.acme, "some@one.example", reason=SuppressionReason.UNSUBSCRIBED)
    assert Suppression.get().email == "some@one.example" and blocked_by(cast.acme, "SOME@one.example")
    assert not blocked_by(cast.other, "some@one.example")
