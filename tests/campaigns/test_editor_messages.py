"""The messages of a sequence as they are written: versions, formats, files, snippets, the test mail."""

import io

import pytest

from tests import factories
from webapp.campaigns import attachments, drafts, launching, messages, snippets, steps
from webapp.campaigns.models import Campaign, Step
from webapp.campaigns.writing_models import Attachment, Snippet, StepVersion
from webapp.core.errors import Invalid
from webapp.mail.models import CapturedMail

from .test_views import FORM


def test_a_version_is_added_switched_off_and_deleted(cast, alice, three):
    first = steps.steps_of(three)[0]
    base = {**FORM, "campaign_id": three.id, "step_id": first.id}
    answer = alice.post("/campaigns/versions/add", data=base)
    assert answer.location.endswith("version=B")
    alice.post("/campaigns/save", data={**base, "letter": "B", "subject": "Other words"})
    assert StepVersion.get().subject == "Other words" and Step.get_by_id(first.id).subject == FORM["subject"]
    page = alice.get(f"/campaigns/{three.id}/edit?version=B").text
    assert "Version B" in page and 'value="Other words"' in page
    alice.post("/campaigns/versions/switch", data={**base, "letter": "A", "on": "no"})
    assert not Step.get_by_id(first.id).is_on
    with pytest.raises(Invalid, match="One version has to be on"):
        steps.switch_version(three, first.id, "B", False)
    alice.post("/campaigns/versions/delete", data={**base, "letter": "B"})
    assert not StepVersion.select().exists() and Step.get_by_id(first.id).is_on
    with pytest.raises(Invalid, match="Switch it off"):
        steps.delete_version(three, first.id, "A")
    gone = alice.post("/campaigns/save", data={**base, "letter": "B", "subject": "Late"})
    assert gone.status_code == 409 and "Version B was deleted meanwhile" in gone.text and "Late" in gone.text


def test_each_step_and_version_is_checked_before_the_start(cast, three):
    first, _, call = steps.steps_of(three)
    steps.add_version(three, first.id)
    StepVersion.update(body="{{nope}}").execute()
    Step.update(subject="").where(Step.id == call.id).execute()
    found = [str(problem) for problem in drafts.problems(three, first)]
    assert any(line.startswith("Step 1, version B: {{nope}}") for line in found)
    assert {"Step 2: Write a message.", "Step 3: Say what is to be done."} <= set(found)
    with pytest.raises(Invalid):
        launching.start(three, actor=cast.alice)


def test_text_becomes_formatted_and_plain_again(cast, alice, three):
    first = steps.steps_of(three)[0]
    base = {"campaign_id": three.id, "step_id": first.id, "rate_per_minute": "60"}
    alice.post("/campaigns/steps/format", data={**base, "format": "rich"})
    step = Step.get_by_id(first.id)
    assert step.is_rich and step.body.startswith("<p>Hi {{first_name|there}},</p><p>may I ask")
    page = alice.get(f"/campaigns/{three.id}/edit").text
    assert "trix-2" in page and "data-rich" in page and "<script>alert" not in page
    Step.update(body=step.body + "<script>alert(1)</script><p onclick=x>y</p>").where(Step.id == step.id).execute()
    lead = factories.lead(cast.acme)
    preview = alice.get(f"/campaigns/{three.id}/preview/{lead.id}").text
    assert "<script" not in preview and "onclick" not in preview and "<p>y</p>" in preview
    alice.post("/campaigns/steps/format", data={**base, "format": "plain"})
    step = Step.get_by_id(first.id)
    assert not step.is_rich and step.body.startswith("Hi {{first_name|there}},\n\nmay I ask") and "<" not in step.body


def test_files_are_attached_sent_and_removed(cast, alice, three):
    first = steps.steps_of(three)[0]
    base = {"campaign_id": three.id, "step_id": first.id, "rate_per_minute": "60", "name": "Kept first"}

    def upload(name, data):
        sent = {**base, "file": (io.BytesIO(data), name)}
        return alice.post(
            "/campaigns/files/add", data=sent, content_type="multipart/form-data", follow_redirects=True
        ).text

    assert "Ünï.pdf" in upload("Ünï.pdf", b"%PDF-1") and Campaign.get_by_id(three.id).name == "Kept first"
    assert "can run" in upload("tool.exe", b"MZ")
    assert "is empty" in upload("nothing.pdf", b"")
    assert "over 5 MB" in upload("large.pdf", b"x" * 4_999_999)
    assert "Choose a file first" in upload("", b"")
    assert [each.name for each in attachments.attached(first)] == ["Ünï.pdf"]
    drafts.send_test(three, first, actor=cast.alice)
    assert b"multipart/mixed" in bytes(CapturedMail.get().raw)
    alice.post("/campaigns/files/remove", data={**base, "remove": Attachment.get().id})
    assert attachments.attached(first) == []


def test_a_campaign_carries_ten_megabytes_at_most(cast, three):
    for step in steps.steps_of(three)[:2]:
        attachments.attach(three, step.id, "a.pdf", b"x" * 4_900_000)
    with pytest.raises(Invalid, match="over 10 MB"):
        attachments.attach(three, steps.steps_of(three)[2].id, "b.pdf", b"x" * 300_000)


def test_the_test_mail_is_of_the_step_and_version_that_is_open(cast, alice, three):
    first, two, call = steps.steps_of(three)
    steps.add_version(three, first.id)
    StepVersion.update(subject="Version B speaks", preheader="Peek").execute()
    base = {"campaign_id": three.id, "rate_per_minute": "60"}
    alice.post("/campaigns/test", data={**base, "step_id": first.id, "letter": "B"})
    assert CapturedMail.get().subject == "Version B speaks" and b"Peek" in bytes(CapturedMail.get().raw)
    alice.post("/campaigns/test", data={**base, "step_id": two.id, "body": "More", "subject": ""})
    assert CapturedMail.select().order_by(CapturedMail.id.desc()).get().subject.startswith("Re: A question about")
    answer = alice.post("/campaigns/test", data={**base, "step_id": call.id}, follow_redirects=True)
    assert "no mail to test" in answer.text and CapturedMail.select().count() == 2


def test_snippets_are_kept_inserted_changed_and_deleted(cast, alice, sign_in, three):
    assert "No snippets yet" in alice.get("/settings/snippets").text
    bad = alice.post("/settings/snippets/new", data={"name": "", "body": "x"})
    assert bad.status_code == 422 and "Give it a name" in bad.text
    alice.post("/settings/snippets/new", data={"name": "References", "body": "Ask {{company}} & <b>"})
    assert alice.post("/settings/snippets/new", data={"name": "References", "body": "y"}).status_code == 422
    snippet = Snippet.get()
    page = alice.get(f"/campaigns/{three.id}/edit").text
    assert 'data-insert="Ask {{company}} &amp; &lt;b&gt;"' in page
    kept = alice.post("/settings/snippets/new", data={"name": "B", "body": "b", "campaign_id": three.id})
    assert kept.location.startswith(f"/campaigns/{three.id}/edit")
    alice.post(f"/settings/snippets/{snippet.id}/edit", data={"name": "Two", "body": "z"})
    assert [each.name for each in snippets.snippets_of(cast.acme.id)] == ["B", "Two"]
    for verb in ("edit", "delete"):
        assert sign_in(cast.charlie).post(f"/settings/snippets/{snippet.id}/{verb}").status_code == 404
    alice = sign_in(cast.alice)
    alice.post(f"/settings/snippets/{snippet.id}/delete")
    assert [each.name for each in snippets.snippets_of(cast.acme.id)] == ["B"]


def test_a_messages_parts_are_what_the_engine_needs(cast, three):
    first = steps.steps_of(three)[0]
    steps.add_version(three, first.id)
    assert [(text.letter, text.is_on) for text in messages.texts_of(first)] == [("A", True), ("B", True)]
    assert [len(each.texts) for each in messages.written(three)] == [2, 1, 1]
