"""Each of the Big List of Naughty Strings in every text field: no failure, and out comes what went in."""

import json
import re

from webapp.config import ROOT
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.leads.notes import add_note

STRINGS = json.loads(next((ROOT / "tests" / "vendor").glob("naughty-strings-*.json")).read_text())
FIELDS = ("first_name", "last_name", "company", "title", "city", "region", "country", "industry", "source")


def kept(text, limit=255):
    """What a field keeps of `text`: no NUL, no outer white space; None when it is too long to be taken."""
    text = text.replace("\0", "").strip()
    return text if len(text) <= limit else None


def test_every_field_of_a_lead_keeps_them_exactly(cast, sign_in):
    client = sign_in(cast.alice)
    for text in STRINGS:
        field = FIELDS[len(text) % len(FIELDS)]
        form = {"last_name": "Naughty", field: text}
        answer = client.post("/leads/new", data=form)
        assert answer.status_code in (303, 422), f"{field}={text!r} answered {answer.status_code}"
        if answer.status_code == 303 and kept(text) is not None:
            lead = Lead.select().order_by(Lead.id.desc()).first()
            assert " ".join(getattr(lead, field).split()) == " ".join(kept(text).split()), f"{field}={text!r}"
            assert client.get(f"/leads/{lead.id}").status_code == 200
    page = client.get("/leads?rows=100")
    assert page.status_code == 200 and client.get("/leads/board").status_code == 200
    assert not re.search(r"<script(?! src=)", page.text)


def test_notes_and_searches_take_them(cast, sign_in):
    client = sign_in(cast.alice)
    lead = Lead.create(workspace=cast.acme, company="Globex")
    for text in STRINGS:
        answer = client.post(f"/leads/{lead.id}/notes", data={"text": text})
        assert answer.status_code in (303, 422), f"note {text!r} answered {answer.status_code}"
        assert client.get("/leads", query_string={"q": text}).status_code == 200, f"search {text!r}"
    notes = {activity.data["text"] for activity in Activity.of(cast.acme)}
    wanted = {text.replace("\0", "").replace("\r\n", "\n").strip() for text in STRINGS} - {""}
    assert len(wanted - notes) == 0


def test_calls_e_mails_reasons_and_changed_notes_take_them(cast, sign_in):
    client = sign_in(cast.alice)
    lead = Lead.create(workspace=cast.acme, company="Globex")
    note, _ = add_note(lead, "to be changed", actor=cast.alice)
    client.post(f"/leads/{lead.id}/lost", data={"was": "new"})
    taken = {"calls": [], "mails": [], "lost": [], f"entries/{note.id}": []}
    for number, text in enumerate(STRINGS):
        path = list(taken)[number % 4]
        data = {"outcome": "reached", "text": text, "subject": text, "received": "yes", "was": "lost", "other": text}
        answer = client.post(f"/leads/{lead.id}/{path}", data=data)
        assert answer.status_code in (303, 422), f"{path} {text!r} answered {answer.status_code}"
        if answer.status_code == 303:
            taken[path].append(text.replace("\0", "").replace("\r\n", "\n").strip())
            if path == "lost":
                assert Lead.get_by_id(lead.id).lost_reason == " ".join(taken[path][-1].split())
            elif path not in ("calls", "mails"):
                assert Activity.get_by_id(note.id).data["text"] == taken[path][-1]
    for path, kind in (("calls", ActivityKind.CALL), ("mails", ActivityKind.WRITTEN)):
        entries = Activity.of(cast.acme).where(Activity.kind == kind).order_by(Activity.id)
        assert [entry.data["text"] for entry in entries] == taken[path]
    assert all(len(texts) > 50 for texts in taken.values())
    assert client.get(f"/leads/{lead.id}").status_code == 200
