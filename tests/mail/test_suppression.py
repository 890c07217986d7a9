"""Whom a workspace must not write to, and who may change that."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import db, is_sqlite
from tests import factories
from webapp.accounts.models import AuditEntry
from webapp.core.clock import freeze, now
from webapp.core.errors import Forbidden, Invalid
from webapp.leads.models import Lead
from webapp.mail import suppression
from webapp.mail.models import Suppression, SuppressionReason

MANUAL, UNSUBSCRIBED, PAUSED = SuppressionReason.MANUAL, SuppressionReason.UNSUBSCRIBED, SuppressionReason.PAUSED


def blocked_in_sql(workspace):
    blocks = suppression.blocks(Lead.email, Lead.workspace)
    return {lead.email for lead in Lead.of(workspace).where(blocks)}


def test_an_address_a_domain_and_a_hash_stop_the_same_mails_in_sql_and_in_python(cast):
    people = ["ada@globex.example", "bo@globex.example", "cy@initech.example", "dee@umbrella.example", ""]
    for email in people:
        factories.lead(cast.acme, email=email)
    suppression.suppress(cast.acme, "@globex.example", reason=MANUAL)
    suppression.suppress(cast.acme, "Cy@Initech.example", reason=MANUAL)
    suppression.remember_erased(cast.acme, "dee@umbrella.example")
    expected = {"ada@globex.example", "bo@globex.example", "cy@initech.example", "dee@umbrella.example"}
    assert blocked_in_sql(cast.acme) == expected
    assert suppression.suppressed_among(cast.acme.id, [*expected, "eve@hooli.example"]) == expected
    assert all(suppression.blocked_by(cast.acme, email) for email in expected)
    assert not suppression.blocked_by(cast.other, "cy@initech.example")
    assert not suppression.blocked_by(cast.acme, "ada@mail.globex.example")  # another domain


def test_an_entry_of_another_workspace_stops_nothing(cast):
    factories.lead(cast.acme, email="ada@globex.example")
    suppression.suppress(cast.other, "ada@globex.example", reason=MANUAL)
    assert blocked_in_sql(cast.acme) == set()


def test_an_entry_ends_by_itself_and_is_swept(cast):
    factories.lead(cast.acme, email="ada@globex.example")
    suppression.suppress(cast.acme, "bo@globex.example", reason=MANUAL)
    suppression.pause(cast.acme, "ada@globex.example")
    assert blocked_in_sql(cast.acme) == {"ada@globex.example"}
    suppression.sweep()
    assert Suppression.select().count() == 2
    with freeze(now() + suppression.PAUSE + timedelta(minutes=1)):
        assert blocked_in_sql(cast.acme) == set()
        assert not suppression.blocked_by(cast.acme, "ada@globex.example")
        assert not suppression.suppressed_among(cast.acme.id, ["ada@globex.example"])
        suppression.sweep()
    assert [row.email for row in Suppression.select()] == ["bo@globex.example"]


def test_an_entry_that_has_ended_and_is_not_swept_yet_can_be_made_again(cast):
    suppression.pause(cast.acme, "ada@globex.example")
    with freeze(now() + suppression.PAUSE * 2):
        assert suppression.suppress(cast.acme, "ada@globex.example", reason=MANUAL)
        assert suppression.blocked_by(cast.acme, "ada@globex.example")
    row = Suppression.get()
    assert row.reason is MANUAL and row.until is None


def test_a_pause_never_shortens_what_holds_for_good(cast):
    suppression.suppress(cast.acme, "ada@globex.example", reason=UNSUBSCRIBED)
    assert not suppression.pause(cast.acme, "ada@globex.example")
    row = Suppression.get()
    assert row.reason is UNSUBSCRIBED and row.until is None


def test_unsubscribing_takes_the_place_of_a_pause_and_of_what_a_member_wrote(cast):
    suppression.pause(cast.acme, "ada@globex.example")
    suppression.suppress(cast.acme, "bo@globex.example", reason=MANUAL, actor=cast.bob)
    for email in ("ada@globex.example", "bo@globex.example"):
        suppression.suppress(cast.acme, email, reason=UNSUBSCRIBED, source="Spring")
    rows = [(row.reason, row.until, row.source, row.actor_id) for row in Suppression.select()]
    assert rows == [(UNSUBSCRIBED, None, "Spring", None)] * 2
    suppression.suppress(cast.acme, "ada@globex.example", reason=MANUAL)
    assert {row.reason for row in Suppression.select()} == {UNSUBSCRIBED}


def test_a_member_releases_what_members_wrote_and_the_audit_log_says_so(cast):
    suppression.suppress(cast.acme, "ada@globex.example", reason=MANUAL)
    suppression.release(Suppression.get(), actor=cast.bob)
    assert not suppression.blocked_by(cast.acme, "ada@globex.example")
    entry = AuditEntry.get(AuditEntry.action == "suppression.released")
    assert (entry.subject, entry.actor_name) == ("ada@globex.example", "Bob Baker")


def test_only_an_owner_who_confirms_it_releases_whom_their_own_wish_stopped(cast):
    suppression.suppress(cast.acme, "ada@globex.example", reason=UNSUBSCRIBED)
    with pytest.raises(Forbidden, match="Only an owner"):
        suppression.release(Suppression.get(), actor=cast.bob, confirmed=True)
    with pytest.raises(Invalid, match="Confirm"):
        suppression.release(Suppression.get(), actor=cast.alice)
    suppression.release(Suppression.get(), actor=cast.alice, confirmed=True)
    assert not Suppression.select().exists()


def test_of_an_erased_address_only_a_hash_is_left_and_it_survives_another_secret_key(cast, settings):
    suppression.suppress(cast.acme, "ada@globex.example", reason=UNSUBSCRIBED, source="Spring")
    suppression.remember_erased(cast.acme, "ADA@globex.example")
    assert [row.email[0] for row in Suppression.select()] == ["#"] and "ada" not in Suppression.get().email
    settings(secret_key="quite another key, and as long as one has to be")
    assert suppression.blocked_by(cast.acme, "ada@globex.example")


def plan(query):
    sql, values = query.sql()
    word = "EXPLAIN QUERY PLAN " if is_sqlite() else "EXPLAIN "
    return "\n".join(" ".join(map(str, row)) for row in db.execute_sql(word + sql, values).fetchall())


def test_the_condition_finds_entries_by_the_index_of_workspace_and_address(cast):
    rows = [{"workspace": cast.acme, "email": f"a{n}@x.example", "reason": MANUAL} for n in range(5000)]
    Suppression.insert_many(rows).execute()
    db.execute_sql("ANALYZE")
    said = plan(Lead.of(cast.acme).where(suppression.blocks(Lead.email, Lead.workspace)))
    if is_sqlite():
        assert "suppression_workspace_id_email (workspace_id=? AND email=?)" in said, said
    else:
        assert "Index Scan using suppression_workspace_id_email" in said or "Bitmap" in said, said
        assert "Index Cond" in said and "ANY" in said.split("Index Cond")[-1], said


ADDRESSES = ["ada@globex.example", "bo@globex.example", "ada@initech.example", "cy@initech.example"]
ENTRIES = [*ADDRESSES, "@globex.example", "@initech.example", *map(suppression.hash_of, ADDRESSES)]
LASTS = st.sampled_from([None, timedelta(days=-1), timedelta(days=1)])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.dictionaries(st.sampled_from(ENTRIES), LASTS, max_size=6))
def test_every_way_to_ask_gives_the_same_answer(cast, kept):
    with db.atomic() as transaction:
        for email in ADDRESSES:
            factories.lead(cast.acme, email=email)
        for entry, lasts in kept.items():
            until = None if lasts is None else now() + lasts
            Suppression.create(workspace=cast.acme, email=entry, reason=MANUAL, until=until)
        in_force = {entry for entry, lasts in kept.items() if lasts is None or lasts > timedelta()}
        expected = {email for email in ADDRESSES if in_force & set(suppression.keys_of(email))}
        assert blocked_in_sql(cast.acme) == expected
        assert suppression.suppressed_among(cast.acme.id, ADDRESSES) == expected
        assert {email for email in ADDRESSES if suppression.blocked_by(cast.acme, email)} == expected
        transaction.rollback()
