"""What members write on a timeline: notes with mentions, calls, e-mails from elsewhere; changed, pinned and deleted by
their authors alone."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from webapp.accounts.models import Notice, NoticeKind, NoticeState, Reach, User
from webapp.core.clock import freeze
from webapp.core.errors import Conflict, Invalid
from webapp.leads import notes
from webapp.leads.bulk import delete_leads
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.leads.timeline import timeline
from webapp.mail.queries import opened

FORM = {"subject": "Re: Offer", "text": "", "received": "", "seen": ""}
NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex", first_name="Gina", last_name="Vale", owner=cast.bob.user_id)


def told():
    return sorted(notice.email for notice in Notice.select().where(Notice.kind == NoticeKind.MENTION))


# -------------------------------------------------------------------- verbs


def test_a_note_keeps_its_lines_and_touches_the_lead(cast):
    lead = factories.lead(cast.acme, touched_at="2025-01-01 00:00:00.000000")
    note, _ = notes.add_note(lead, " <b>one</b>\r\ntwo\0 ", actor=cast.bob)
    assert note.data["text"] == "<b>one</b>\ntwo"
    assert Lead.get_by_id(lead.id).touched_at == note.created_at
    for bad in ("", " \n ", "x" * 10_001):
        with pytest.raises(Invalid):
            notes.add_note(lead, bad, actor=cast.bob)


def test_a_call_has_an_outcome_and_an_e_mail_a_subject_and_a_direction(cast, lead):
    notes.log_call(lead, "voicemail", actor=cast.bob)
    notes.log_mail(lead, " Our\n offer ", "Hi\r\nGina", received=True, actor=cast.bob)
    mail, call = timeline(cast.bob, lead).rows
    assert call.data == {"outcome": "voicemail", "text": ""}
    assert mail.data == {"subject": "Our offer", "text": "Hi\nGina", "received": True}
    with pytest.raises(ValueError):
        notes.log_call(lead, "shouted", actor=cast.bob)
    for subject in ("", " ", "x" * 256):
        with pytest.raises(Invalid) as refusal:
            notes.log_mail(lead, subject, actor=cast.bob)
        assert refusal.value.field == "subject"


def test_nothing_is_written_on_a_lead_that_somebody_deleted(cast, lead):
    delete_leads(cast.alice, [lead.id])
    for write in (notes.add_note, notes.log_mail, lambda *args, **options: notes.log_call(lead, "reached", **options)):
        with pytest.raises(Conflict):
            write(lead, "Hello @Alice Archer", actor=cast.bob)
    assert told() == []


def test_pinned_notes_stay_on_top_until_they_are_unpinned(cast, lead):
    with freeze(NOON):
        old, _ = notes.add_note(lead, "old", actor=cast.bob)
        pinned, _ = notes.add_note(lead, "pinned", actor=cast.bob, pinned=True)
    new, _ = notes.add_note(lead, "new", actor=cast.bob)
    notes.pin(old)
    found = timeline(cast.bob, lead, size=1)
    assert [entry.id for entry in found.pinned] == [old.id, pinned.id] and [e.id for e in found.rows] == [new.id]
    assert found.count == 3 and timeline(cast.bob, lead, only="mail").pinned == ()
    for entry in (old, pinned):
        notes.unpin(entry)
    first = timeline(cast.bob, lead, size=1)
    rest = timeline(cast.bob, lead, size=5, cursor=first.older)
    assert first.pinned == rest.pinned == () and [entry.id for entry in rest.rows] == [pinned.id, old.id]
    assert first.count is None
    call = notes.log_call(lead, "reached", actor=cast.bob)
    notes.pin(call)
    assert Activity.get_by_id(call.id).pinned_at is None  # only notes are


def test_a_change_keeps_the_place_and_refuses_one_begun_before_another(cast, lead):
    note, _ = notes.add_note(lead, "first", actor=cast.bob)
    seen = notes.version(note)
    notes.rewrite(note, lead, {"text": "first"}, actor=cast.bob, seen=seen)
    assert notes.version(Activity.get_by_id(note.id)) == ""  # nothing changed
    notes.rewrite(note, lead, {"text": "second"}, actor=cast.bob, seen=seen)
    stored = Activity.get_by_id(note.id)
    assert stored.data["text"] == "second" and stored.created_at == note.created_at and notes.version(stored)
    with pytest.raises(Invalid, match="another tab"):
        notes.rewrite(stored, lead, {"text": "third"}, actor=cast.bob, seen=seen)
    with pytest.raises(Invalid, match="another tab"):
        notes.rewrite(note, lead, {"text": "third"}, actor=cast.bob)  # it was read before the second
    assert Activity.get_by_id(note.id).data["text"] == "second"
    notes.delete_entry(stored)
    with pytest.raises(Conflict):
        notes.rewrite(stored, lead, {"text": "fourth"}, actor=cast.bob)


# ----------------------------------------------------------------- mentions


def test_whoever_is_mentioned_and_sees_the_lead_gets_a_mail(cast, lead, inbox, run_jobs):
    notes.add_note(lead, "Ask @alice archer, @Vera Viewer.\n(@Bob Baker) <b>x@Nobody Known</b>", actor=cast.bob)
    assert told() == ["alice@example.org", "vera@example.org"]  # not Bob himself
    run_jobs()
    raw = next(raw for _, to, raw in inbox.mails if to == "alice@example.org")
    mail = opened(raw)
    assert dict(mail.headers)["Subject"] == "Bob Baker mentioned you on Gina Vale"
    assert f"http://galena.test/leads/{lead.id}" in mail.text and "Ask @alice archer" in mail.text
    entry = timeline(cast.alice, lead).rows[0]
    assert [piece for piece, named in entry.pieces if named] == ["@alice archer", "@Vera Viewer", "@Bob Baker"]
    assert "".join(piece for piece, _ in entry.pieces) == entry.data["text"]


def test_the_longest_name_is_meant_and_a_part_of_a_word_is_nobody(cast, lead):
    factories.member(cast.acme, "Alice Archer-Smith", email="smith@example.org")
    notes.add_note(lead, "@Alice Archer-Smith and mail@Vera Viewer and @Vera Viewers", actor=cast.bob)
    assert told() == ["smith@example.org"]


def test_a_member_who_cannot_see_the_lead_is_named_to_the_author_and_gets_no_mail(cast, lead, sign_in, htmx):
    factories.member(cast.acme, "Dora Dale", reach=Reach.OWN)
    client = sign_in(cast.bob)
    text = "For @Dora Dale and @Charlie Chase"
    answer = client.post(f"/leads/{lead.id}/notes", data={"text": text}, headers=htmx)
    assert "Dora Dale cannot see this lead" in answer.text and "Charlie Chase cannot" not in answer.text
    assert told() == []


def test_a_change_tells_only_those_who_are_mentioned_anew(cast, lead):
    note, _ = notes.add_note(lead, "@Alice Archer", actor=cast.bob)
    notes.rewrite(note, lead, {"text": "@Alice Archer and @Vera Viewer"}, actor=cast.bob)
    assert told() == ["alice@example.org", "vera@example.org"]


@pytest.mark.parametrize("what", ["deleted note", "deleted lead", "not mentioned any more", "not active"])
def test_a_mail_that_no_longer_concerns_anybody_does_not_leave(cast, lead, run_jobs, what):
    note, _ = notes.add_note(lead, "@Alice Archer", actor=cast.bob)
    if what == "deleted note":
        notes.delete_entry(note)
    elif what == "deleted lead":
        delete_leads(cast.bob, [lead.id])
    elif what == "not active":
        User.update(is_active=False).where(User.id == cast.alice.user_id).execute()
    else:
        notes.rewrite(note, lead, {"text": "nobody"}, actor=cast.bob)
    run_jobs()
    assert Notice.get(Notice.kind == NoticeKind.MENTION).state is NoticeState.DROPPED


def test_people_to_mention_are_those_of_the_workspace(cast, sign_in, htmx):
    part = sign_in(cast.bob).get("/leads/people", headers=htmx).text
    assert part.count('role="option"') == 3 and 'data-name="Vera Viewer"' in part and "Charlie" not in part
    assert "<html" in sign_in(cast.bob).get("/leads/people").text


# -------------------------------------------------------------------- pages


def test_a_call_and_an_e_mail_are_logged_and_found_by_kind(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    call = client.post(f"/leads/{lead.id}/calls", data={"outcome": "no_answer"}, headers=htmx)
    assert call.status_code == 200 and "called, no answer" in call.text and 'id="composer"' in call.text
    data = {"subject": "Re: <offer>", "text": "Yes", "received": "yes"}
    mail = client.post(f"/leads/{lead.id}/mails", data=data, headers=htmx)
    assert "Gina Vale</strong> wrote an e-mail, logged by Bob Baker" in mail.text and "Re: &lt;offer&gt;" in mail.text
    for only, shown, hidden in (("calls", "no answer", "offer"), ("mail", "offer", "no answer")):
        part = client.get(f"/leads/{lead.id}?activity={only}", headers=htmx).text
        assert shown in part and hidden not in part and "1 entry" in part
    assert "No notes yet" in client.get(f"/leads/{lead.id}?activity=notes", headers=htmx).text
    assert client.post(f"/leads/{lead.id}/calls?stage=new", data={"outcome": "reached"}).location.startswith(
        f"/leads/{lead.id}?"
    )


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("notes", {"text": " "}, "Write something first."),
        ("notes", {"text": "typed " * 2000}, "This takes up to 10,000 characters"),
        ("calls", {"outcome": "shouted", "text": "typed"}, "Not a valid choice"),
        ("mails", {"subject": "", "text": "typed"}, "Write the subject"),
        ("mails", {"subject": "typed" * 60, "text": ""}, "Keep it under 256 characters."),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_stays_typed(cast, sign_in, htmx, lead, path, data, said):
    client = sign_in(cast.bob)
    for headers in (htmx, {}):
        answer = client.post(f"/leads/{lead.id}/{path}", data=data, headers=headers)
        assert answer.status_code == 422 and said in answer.text and ("<html" in answer.text) is not bool(headers)
        assert all(value.strip() in answer.text for name, value in data.items() if name != "outcome")
    assert Activity.select().count() == 0


def test_the_composer_opens_where_the_address_says(cast, sign_in, lead):
    client = sign_in(cast.bob)
    for panel in ("note", "call", "mail", "todo"):
        text = client.get(f"/leads/{lead.id}?compose={panel}").text
        opened_panels = [name for name in ("note", "call", "mail", "todo") if f'id="tab-{name}" ' in text
                         and f'aria-controls="panel-{name}" aria-selected="true"' in text]  # fmt: skip
        assert opened_panels == [panel]
    assert 'aria-controls="panel-note" aria-selected="true"' in client.get(f"/leads/{lead.id}?compose=x").text


def test_ones_own_entries_are_changed_pinned_and_deleted_in_place(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    client.post(f"/leads/{lead.id}/notes", data={"text": "first", "pinned": "y"})
    note = Activity.get()
    base = f"/leads/{lead.id}/entries/{note.id}"
    assert note.pinned_at and f'href="{base}"' in client.get(f"/leads/{lead.id}").text
    form = client.get(base, headers=htmx).text
    assert "first</textarea>" in form and "<html" not in form and "<html" in client.get(base).text
    empty = client.post(base, data={"text": " ", "seen": ""}, headers=htmx)
    assert empty.status_code == 422 and "Write something first." in empty.text
    saved = client.post(base, data={"text": "second", "seen": ""}, headers=htmx)
    assert f'hx-target="#entry-{note.id}"' in saved.text and "second" in saved.text and "edited" in saved.text
    stale = client.post(base, data={"text": "third", "seen": ""}, headers=htmx)
    assert stale.status_code == 422 and "another tab" in stale.text and "third</textarea>" in stale.text
    assert "second" in client.get(f"{base}/shown", headers=htmx).text
    assert "Pinned" not in client.post(f"{base}/unpin", headers=htmx).text
    assert "Pinned" in client.post(f"{base}/pin", headers=htmx).text
    asked = client.get(f"{base}/delete", headers=htmx).text
    assert "cannot be brought back" in asked and Activity.select().count() == 1
    assert client.post(f"{base}/delete?stage=new").location == f"/leads/{lead.id}?f=stage.is.new"
    assert Activity.select().count() == 0 and client.get(base).status_code == 404


def test_calls_and_e_mails_are_changed_with_all_they_have(cast, sign_in, lead):
    client = sign_in(cast.bob)
    call = notes.log_call(lead, "reached", "Hi", actor=cast.bob)
    mail = notes.log_mail(lead, "Offer", received=True, actor=cast.bob)
    page = client.get(f"/leads/{lead.id}/entries/{mail.id}").text
    assert 'value="Offer"' in page and '<option value="yes" selected>' in page
    client.post(f"/leads/{lead.id}/entries/{call.id}", data={"outcome": "wrong_number", "text": "", "seen": ""})
    client.post(f"/leads/{lead.id}/entries/{mail.id}", data=FORM)
    data = [{**entry.data, "edited_at": ""} for entry in Activity.select().order_by(Activity.id)]
    assert data[0] == {"outcome": "wrong_number", "text": "", "edited_at": ""}
    assert data[1] == {"subject": "Re: Offer", "text": "", "received": False, "edited_at": ""}


@pytest.mark.parametrize("tail", ["", "/delete", "/pin", "/unpin", "/shown"])
def test_what_somebody_else_or_galena_wrote_cannot_be_touched(cast, sign_in, lead, tail):
    note, _ = notes.add_note(lead, "Bob's", actor=cast.bob)
    moved = Activity.create(workspace=cast.acme, lead=lead, kind=ActivityKind.DELETED, actor=cast.alice.user_id)
    other = factories.lead(cast.acme)
    client, mine = sign_in(cast.alice), sign_in(cast.bob)
    call = client.get if tail == "/shown" else client.post
    for entry in (note, moved):
        assert call(f"/leads/{lead.id}/entries/{entry.id}{tail}", data={"text": "x"}).status_code == 404
    again = mine.get if tail == "/shown" else mine.post
    assert again(f"/leads/{other.id}/entries/{note.id}{tail}", data={"text": "x"}).status_code == 404
    assert f"entries/{note.id}" not in client.get(f"/leads/{lead.id}").text
    assert Activity.get_by_id(note.id).data["text"] == "Bob's" and Activity.get_by_id(note.id).pinned_at is None


def test_a_note_of_long_ago_is_pinned_on_the_first_page_only(cast, sign_in, htmx, lead):
    with freeze(NOON):
        notes.add_note(lead, "kept on top", actor=cast.bob, pinned=True)
    for number in range(60):
        with freeze(NOON + timedelta(minutes=number)):
            notes.log_call(lead, "reached", f"call {number}.", actor=cast.bob)
    first = sign_in(cast.bob).get(f"/leads/{lead.id}").text
    assert first.index("kept on top") < first.index("call 59.") and "call 5." not in first
    older = timeline(cast.bob, lead).older
    assert "kept on top" not in sign_in(cast.bob).get(f"/leads/{lead.id}?entries={older}", headers=htmx).text
