"""The pages: the assistant's, and the drafted answer beside a thread."""

import pytest

from tests import factories
from tests.enrichment.model_server import calls, error, says
from tests.inbox.threads import make_thread
from webapp.accounts.models import Reach
from webapp.inbox.assistant_models import Question, Suggestion
from webapp.inbox.models import Label
from webapp.inbox.views import assistant, suggesting


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex", first_name="Gina", last_name="Vale", owner=cast.alice.user_id)


@pytest.fixture
def thread(lead):
    return make_thread(lead, label=Label.INTERESTED, summary="Gina wants a call.")


def answers(text="1 lead: Gina Vale."):
    return says({"answer": text})


def address(thread):
    return f"/inbox/{thread.id}/suggestion"


# --------------------------------------------------------------- the assistant


def test_a_question_is_asked_and_its_answer_shown_with_what_was_read(model, alice, lead, run_jobs):
    model(calls(("list_leads", {"where": [{"field": "stage", "op": "is", "values": ["new"]}]})), answers())
    asked = alice.post("/assistant", data={"text": "Who is new?"})
    assert asked.status_code == 303 and asked.location == f"/assistant/{Question.get().id}"
    waiting = alice.get(asked.location)
    assert 'hx-trigger="every 1s"' in waiting.text and "Thinking…" in waiting.text
    run_jobs()
    shown = alice.get(asked.location).text
    assert "every 1s" not in shown and "1 lead: Gina Vale." in shown
    assert "Leads listed" in shown and "Stage is New" in shown and "1 row" in shown
    assert f'href="/leads/{lead.id}"' in shown and 'href="/leads?f=stage.is.new"' in shown
    assert "Who is new?" in alice.get("/assistant").text


def test_while_it_waits_the_page_asks_only_for_the_question(model, alice, htmx):
    model(answers())
    place = alice.post("/assistant", data={"text": "Who is new?"}).location
    part = alice.get(place, headers=htmx).text
    assert 'id="question"' in part and "<html" not in part and "Your questions" not in part


def test_what_the_model_says_is_shown_as_text(model, alice, lead, run_jobs):
    model(calls(("<script>alert(2)</script>", {"<b>": 1})), answers("<script>alert(1)</script> javascript:alert(1)"))
    place = alice.post("/assistant", data={"text": "<img src=x>"}).location
    run_jobs()
    shown = alice.get(place).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown and "&lt;script&gt;alert(2)" in shown
    assert "<script>alert" not in shown and "<img src=x>" not in shown and 'href="javascript' not in shown


def test_numbers_that_were_not_read_are_named(model, alice, lead, run_jobs):
    model(calls(("count_leads", {})), answers("87 leads."))
    place = alice.post("/assistant", data={"text": "How many?"}).location
    run_jobs()
    assert "stands in nothing that was read: 87" in alice.get(place).text


def test_an_answer_without_a_read_says_so_and_a_failure_says_why(model, alice, run_jobs):
    server = model(answers("I can only read."))
    place = alice.post("/assistant", data={"text": "Delete all"}).location
    run_jobs()
    assert "Nothing was read for this answer." in alice.get(place).text
    server.script[:] = [error(401)]
    place = alice.post("/assistant", data={"text": "Delete all"}).location
    run_jobs()
    shown = alice.get(place).text
    assert "There is no answer" in shown and "refused the key" in shown and "canary" not in shown


def test_without_a_model_the_page_says_what_to_set_and_has_nothing_to_press(alice):
    shown = alice.get("/assistant").text
    assert "LLM_BASE_URL" in shown and 'id="ask"' not in shown
    refused = alice.post("/assistant", data={"text": "How many?"})
    assert refused.status_code == 409 and not Question.select().exists()


def test_an_empty_question_is_shown_again(model, alice):
    model(answers())
    refused = alice.post("/assistant", data={"text": " "})
    assert refused.status_code == 422 and "Ask something" in refused.text


def test_so_many_questions_an_hour(model, alice, monkeypatch):
    monkeypatch.setattr(assistant, "AN_HOUR", 2)
    model(answers())
    for _ in range(2):
        assert alice.post("/assistant", data={"text": "How many?"}).status_code == 303
    assert alice.post("/assistant", data={"text": "How many?"}).status_code == 429


def test_a_question_is_nobody_else_s(model, cast, alice, sign_in, run_jobs):
    model(answers())
    place = alice.post("/assistant", data={"text": "canary"}).location
    run_jobs()
    for somebody in (cast.bob, cast.charlie):
        other = sign_in(somebody)
        assert other.get(place).status_code == 404 and other.post(f"{place}/delete").status_code == 404
        assert "canary" not in other.get("/assistant").text
    assert alice.post(f"{place}/delete").status_code == 303 and alice.get(place).status_code == 404


def test_who_may_only_look_may_ask(model, cast, sign_in):
    model(answers())
    assert sign_in(cast.vera).post("/assistant", data={"text": "How many?"}).status_code == 303


def test_older_questions_are_on_further_pages(model, cast, alice):
    model(answers())
    for number in range(25):
        Question.create(workspace=cast.acme, user=cast.alice.user_id, text=f"Question {number}!")
    first = alice.get("/assistant").text
    assert "Question 24!" in first and "Question 3!" not in first and ">Older" in first


def test_the_palette_leads_to_it(alice):
    assert 'href="/assistant"' in alice.get("/search?q=assistant").text


# ------------------------------------------------------------------ the draft


def test_the_page_of_a_thread_asks_for_a_draft_by_itself_and_shows_it(model, alice, thread, htmx, run_jobs):
    model(says({"reply": "Hi Gina, gladly. See https://evil.example/"}))
    before = alice.get(f"/inbox/{thread.id}").text
    assert f'hx-post="{address(thread)}"' in before and "Gina wants a call." in before
    assert not Suggestion.select().exists()  # looking asks nobody
    part = alice.post(address(thread), headers=htmx).text
    assert 'hx-trigger="every 1s"' in part and "Drafting…" in part
    run_jobs()
    shown = alice.get(address(thread), headers=htmx).text
    assert "Hi Gina, gladly." in shown and "every 1s" not in shown and "hx-trigger" not in shown
    assert 'data-key="u"' in shown and 'value="another"' in shown and 'value="shorter"' in shown
    assert "look twice: https://evil.example/" in shown
    assert "Hi Gina, gladly." in alice.get(f"/inbox/{thread.id}").text


def test_another_and_a_shorter_one_can_be_had(model, alice, thread, run_jobs):
    model(says({"reply": "First"}), says({"reply": "Second"}))
    alice.post(address(thread))
    run_jobs()
    back = alice.post(address(thread), data={"wish": "shorter"})
    assert back.status_code == 303 and back.location == f"/inbox/{thread.id}"
    run_jobs()
    assert "Second" in alice.get(f"/inbox/{thread.id}").text


def test_a_draft_is_shown_as_text(model, alice, thread, run_jobs):
    model(says({"reply": '<script>alert(1)</script>"><img src=x>'}))
    alice.post(address(thread))
    run_jobs()
    shown = alice.get(f"/inbox/{thread.id}").text
    assert "&lt;script&gt;alert(1)" in shown and "<script>alert" not in shown and "<img src=x>" not in shown


def test_a_draft_that_failed_says_why_and_can_be_tried_again(model, alice, thread, htmx, run_jobs):
    server = model(error(401), says({"reply": "Hi"}))
    alice.post(address(thread))
    run_jobs()
    shown = alice.get(address(thread), headers=htmx).text
    assert "refused the key" in shown and "Try again" in shown and "hx-trigger" not in shown
    alice.post(address(thread), data={"wish": ""})
    run_jobs()
    assert len(server.requests) == 2 and Suggestion.select().count() == 2


def test_without_a_model_there_is_no_draft_and_no_button(alice, thread):
    shown = alice.get(f"/inbox/{thread.id}").text
    assert "Suggested reply" not in shown and "Gina wants a call." in shown
    assert alice.post(address(thread)).status_code == 409


def test_nobody_gets_a_draft_of_a_thread_that_they_may_not_see_or_answer(model, cast, sign_in, thread):
    server = model(says({"reply": "Hi"}))
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    for somebody, status in ((cast.charlie, 404), (olga, 404), (cast.vera, 403)):
        assert sign_in(somebody).post(address(thread)).status_code == status
    assert "Suggested reply" not in sign_in(cast.vera).get(f"/inbox/{thread.id}").text
    assert server.requests == [] and not Suggestion.select().exists()


def test_so_many_drafts_an_hour(model, alice, thread, monkeypatch):
    monkeypatch.setattr(suggesting, "AN_HOUR", 2)
    model(says({"reply": "Hi"}))
    for _ in range(2):
        assert alice.post(address(thread)).status_code == 303
    assert alice.post(address(thread)).status_code == 429
