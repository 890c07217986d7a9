import json
import subprocess
import sys

import pytest

from tests.enrichment import model_server
from tests.enrichment.model_server import calls, error, fact, found, says
from webapp.config import ROOT
from webapp.enrichment import model_stage, prompts, tools
from webapp.enrichment.claims import Claim, StageFailed, Subject
from webapp.enrichment.fields import FIELDS as ALL
from webapp.enrichment.finding import found_in
from webapp.enrichment.models import EnrichmentSettings
from webapp.llm.models import CallState, ModelCall

HOME = "https://acme.example/"
ABOUT = "https://acme.example/about"
FIELDS = ["founded", "chief_executive", "products", "description", "linkedin"]


@pytest.fixture
def acme(web):
    web.pages["acme.example/"] = "<p>Acme makes the best anvils.</p>"
    web.pages["acme.example/about"] = (
        "<p>Founded in 1947, Acme is led by <b>Wile E. Coyote</b>. We sell anvils and rockets.</p>"
    )
    return Subject(name="Acme", domain="acme.example", email="gina@acme.example", country="Germany")


@pytest.fixture
def look_up(cast, reader, acme):
    def look_up(subject=acme, fields=FIELDS, **limits):
        settings = EnrichmentSettings(**limits)
        told = {"settings": settings, "workspace": cast.acme, "reference": "result:17"}
        model_stage.look_up(subject, reader, fields=fields, **told)
        return subject

    return look_up


def told(request):
    """The texts of a request's messages."""
    return [message["content"] for message in request["messages"]]


def test_the_model_reads_pages_and_what_it_can_show_is_claimed(model, look_up):
    server = model(
        calls(("find_company_website", {}), ("scrape_website", {"url": ABOUT})),
        found(
            fact("founded", 1947, ABOUT, "founded in 1947"),
            fact("chief_executive", "Wile E. Coyote", f"{ABOUT}#team", "Acme is led by Wile E. Coyote", 0.5),
            fact("products", ["Anvils", "Rockets"], ABOUT, "We sell anvils and rockets"),
            fact("description", "It sells rockets to coyotes.", ABOUT, "Acme sells rockets to coyotes"),
            fact("competitors", "Ajax", ABOUT, "We sell anvils and rockets"),
        ),
    )
    subject = look_up()
    assert subject.claims == [
        Claim("founded", "1947", ABOUT, "founded in 1947", "model", 75),
        Claim("chief_executive", "Wile E. Coyote", ABOUT, "Acme is led by Wile E. Coyote", "model", 50),
        Claim("products", "Anvils", ABOUT, "We sell anvils and rockets", "model", 75),
        Claim("products", "Rockets", ABOUT, "We sell anvils and rockets", "model", 75),
    ]
    assert [claim.value for claim in subject.unsupported] == ["It sells rockets to coyotes."]
    first, second = server.requests
    names = ["find_company_website", "scrape_website", "search_web", "get_linkedin_info"]
    assert [tool["function"]["name"] for tool in first["tools"]] == names
    website, page = (json.loads(message["content"]) for message in second["messages"][3:])
    assert website == {"website": HOME}
    assert page["url"] == ABOUT
    assert " ".join(page["text"].split()).startswith("Founded in 1947, Acme is led by Wile E. Coyote")
    assert [(call.reference, call.state) for call in ModelCall.select().order_by(ModelCall.id)] == [
        ("result:17", CallState.DONE)
    ] * 2


def test_pages_that_were_read_before_are_shown_at_once(model, look_up, acme, reader):
    acme.pages.append(reader.read(HOME))
    server = model(found(fact("description", "Makes anvils.", HOME, "Acme makes the best anvils")))
    [claim] = look_up().claims
    assert (claim.field, claim.source_url) == ("description", HOME)
    asked = json.loads(told(server.requests[0])[1])
    assert asked["company"] == {"name": "Acme", "domain": "acme.example", "country": "Germany"}
    assert asked["pages"] == [{"url": HOME, "text": "Acme makes the best anvils."}]
    assert [one["field"] for one in asked["fields"]] == FIELDS


def test_what_a_page_is_about_comes_first_and_its_footer_last(model, look_up, acme, reader, web):
    long = "Acme makes anvils and rockets for coyotes in all of the desert. " * 12
    footer = "<footer>Acme Ltd, Anvil Road 7, call +49 89 123456</footer>"
    web.pages["acme.example/about"] = f"<nav><a href=/>Home</a></nav>{footer}<main><p>{long}</p></main>"
    web.pages["acme.example/notes.txt"] = (200, {"Content-Type": "text/plain"}, "Founded in 1947.")
    acme.pages += [reader.read(ABOUT), reader.read(f"{HOME}notes.txt")]
    server = model(found(fact("phone", "+49 89 123456", ABOUT, "call +49 89 123456")))
    [claim] = look_up(fields=["phone"]).claims
    first, second = json.loads(told(server.requests[0])[1])["pages"]
    assert first["text"].startswith("Acme makes anvils") and first["text"].index("Anvil Road") > 600
    assert second["text"] == "Founded in 1947." and claim.field == "phone"


def test_a_quote_counts_only_on_the_page_that_it_is_said_to_stand_on(model, look_up, acme, reader):
    acme.pages += [reader.read(HOME), reader.read(ABOUT)]
    model(
        found(
            fact("founded", "1947", HOME, "Founded in 1947"),
            fact("founded", "1948", ABOUT, "Founded in 1947"),
            fact("chief_executive", "Wile E. Coyote", "https://never.example/", "led by Wile E. Coyote"),
            fact("description", "Acme", ABOUT, ""),
            fact("linkedin", "https://linkedin.com/company/acme", "javascript:alert(1)", "Founded in 1947"),
        )
    )
    subject = look_up()
    assert subject.claims == []
    assert [claim.value for claim in subject.unsupported] == ["1947", "1948", "Wile E. Coyote", "Acme"]
    assert {claim.confidence for claim in subject.unsupported} == {20}


def test_what_only_a_search_showed_is_trusted_less(model, look_up, web, settings):
    linkedin = "https://www.linkedin.com/company/acme"
    hits = [
        {"title": "Acme | LinkedIn", "url": linkedin, "content": "Acme was founded in 1947."},
        {"title": "Acme", "url": "https://news.example/acme", "content": "Anvils"},
    ]
    body = json.dumps({"results": hits}).encode()
    web.pages["search.example/search?q=Acme+LinkedIn&format=json"] = (200, {"Content-Type": "application/json"}, body)
    server = model(
        calls(("get_linkedin_info", {})),
        found(
            fact("linkedin", linkedin, linkedin, "Acme | LinkedIn"),
            fact("founded", "1947", linkedin, "founded in 1947"),
        ),
        search_url="http://search.example",
    )
    subject = look_up()
    assert [(claim.value, claim.confidence) for claim in subject.claims] == [(linkedin, 45), ("1947", 45)]
    assert "news.example" not in str(server.requests[1])


def test_what_a_search_finds_may_be_read(model, look_up, web, settings):
    hit = {"title": "Acme in the news", "url": "https://news.example/acme?id=7", "content": ""}
    body = json.dumps({"results": [hit]}).encode()
    web.pages["search.example/search?q=Acme+chief+executive&format=json"] = (
        200, {"Content-Type": "application/json"}, body,
    )  # fmt: skip
    web.pages["news.example/acme?id=7"] = "<p>Acme hires Wile E. Coyote.</p>"
    web.pages["news.example/team"] = "<p>The team of our paper.</p>"
    server = model(
        calls(("search_web", {"query": "chief executive"})),
        calls(
            *[
                ("scrape_website", {"url": f"https://news.example/{path}"})
                for path in ("acme?id=7", "team", "x?told=Acme")
            ]
        ),
        found(fact("chief_executive", "Wile E. Coyote", hit["url"], "Acme hires Wile E. Coyote")),
        search_url="http://search.example",
    )
    [claim] = look_up().claims
    assert (claim.source_url, claim.confidence) == (hit["url"], 60)
    read, team, refused = (json.loads(text) for text in told(server.requests[2])[-3:])
    assert "Wile" in read["text"] and "team" in team["text"] and "cannot be read" in refused["error"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says("I am not sure, sorry."), "The model gave no valid JSON."),
        (says('{"facts": [{"field": "founded", "val', finish="length"), "The model was cut off in its answer."),
        (says({"answers": []}), "The model gave JSON of another form (facts: Field required)."),
        (
            says({"facts": [{"field": ["founded"], "value": "1947"}]}),
            "The model gave JSON of another form (facts.0.field",
        ),
        (says([1, 2]), "The model gave"),
        (
            says('{"facts": [{"field": "founded", "value": 1, "url": "", "quote": "", "confidence": NaN}]}'),
            "The model gave",
        ),
        (says('{"facts": [{"field": "founded", "value": ' + "9" * 5000 + "}]}"), "The model gave no valid JSON."),
        (says("[" * 30_000), "The model gave no valid JSON."),
        (says('{"facts":' * 9_000), "The model gave no valid JSON."),
        (says(""), "The model gave an empty answer."),
        (says(None), "The model gave an empty answer."),
        (says(None, refusal="I cannot help with that."), "The model refused to answer."),
    ],
)
def test_an_answer_of_no_use_is_asked_for_again_a_few_times(model, look_up, answer, reason):
    server = model(answer)
    with pytest.raises(StageFailed) as failed:
        look_up()
    assert str(failed.value).startswith(reason)
    assert len(server.requests) == model_stage.WRONG_ANSWERS
    assert "cannot be used" in told(server.requests[1])[-1]


def test_a_model_that_mends_its_answer_is_heard(model, look_up, acme, reader):
    acme.pages.append(reader.read(ABOUT))
    model(
        says("Gladly!"),
        says(
            '<think>{"facts"}</think>```json\n{"facts": ['
            + json.dumps(fact("founded", "1947", ABOUT, "Founded in 1947"))
            + "]}\n``` Bye"
        ),
    )
    assert [claim.value for claim in look_up().claims] == ["1947"]


def test_halves_of_letters_break_nothing(model, look_up, acme, reader):
    acme.pages.append(reader.read(ABOUT))
    half = "\ud800"
    odd = [
        fact("founded", 1947.0, ABOUT, f"Founded in 1947{half}"),
        fact("founded", half, f"https://acme.example/{half}", half),
        fact("founded", None, None, None),
    ]
    model(
        calls(("search_web", {"query": half}), ("scrape_website", {"url": f"{HOME}{half}"}), (half, half)),
        says(f"Well {half}"),
        found(*odd),
    )
    subject = look_up()
    assert [claim.value for claim in subject.claims] == ["1947"]
    assert half not in str(subject.unsupported) and [one.value for one in found_in(subject) if not one.supported] == []


@pytest.mark.parametrize(
    "tool",
    [
        ("send_email", {"to": "eve@evil.example"}),
        ("scrape_website", {"url": HOME}),
        ("scrape_website", "{"),
        ("search_web", {"query": 7}),
    ],
)
def test_an_endless_loop_of_tools_ends(model, look_up, tool, web):
    server = model(calls(tool))
    with pytest.raises(StageFailed, match="kept asking for pages and never answered"):
        look_up(calls_per_company=5)
    assert len(server.requests) == 5 and "tools" not in server.requests[-1]
    assert web.asked.count("acme.example/") <= 1
    said = json.loads(told(server.requests[1])[-1])
    assert "error" in said or said["url"] == HOME


def test_a_model_may_call_so_many_tools_and_no_more(model, look_up, web):
    server = model(calls(*[("scrape_website", {"url": f"{HOME}{n}"}) for n in range(30)]))
    with pytest.raises(StageFailed):
        look_up()
    assert len([page for page in web.asked if not page.endswith("robots.txt")]) <= tools.MOST_CALLS
    assert "No more pages" in str(server.requests[-1])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (error(429, {"Retry-After": "1"}), "too busy (429)"),
        (error(500), "has a fault (500)"),
        (model_server.drops, "connection to the model endpoint broke"),
        ((200, {}, b"{"), "no JSON"),
    ],
)
def test_a_fault_in_the_middle_fails_the_stage_and_frees_what_was_reserved(model, look_up, pauses, fault, reason):
    model(calls(("find_company_website", {}), used=(500, 50)), fault)
    with pytest.raises(StageFailed) as failed:
        look_up()
    assert reason in str(failed.value)
    assert [(call.state, call.tokens_in + call.tokens_out) for call in ModelCall.select().order_by(ModelCall.id)] == [
        (CallState.DONE, 550), *[(CallState.FAILED, 0)] * 4,
    ]  # fmt: skip


def test_a_company_that_takes_too_long_is_given_up(model, look_up, reader):
    before = reader.deadline
    model(model_server.hangs)
    with pytest.raises(StageFailed, match="no time to try again"):
        look_up(seconds_per_company=0.3)
    assert reader.deadline == before


def test_the_answer_is_asked_for_before_the_tokens_are_used_up(model, look_up, web):
    web.pages["acme.example/long"] = f"<p>{'Anvils and rockets are sold. ' * 4000}</p>"
    server = model(
        *[calls(*[("scrape_website", {"url": f"{HOME}long"})] * 4, used=(3000, 100))] * 2,
        found(fact("products", "Anvils", f"{HOME}long", "Anvils and rockets are sold")),
    )
    [claim] = look_up(tokens_per_company=12_000).claims
    assert claim.value == "Anvils"
    assert [("tools" in request) for request in server.requests][-1] is False
    assert sum(call.tokens_in + call.tokens_out for call in ModelCall.select()) <= 12_000


def test_too_small_a_budget_asks_nothing(model, look_up):
    server = model(found())
    with pytest.raises(StageFailed, match="500 tokens that a company may use were used up"):
        look_up(tokens_per_company=500)
    assert server.requests == []


def test_a_model_that_may_be_asked_once_answers_at_once(model, look_up):
    server = model(found())
    assert look_up(calls_per_company=1).claims == []
    assert "tools" not in server.requests[0]


def test_without_an_endpoint_the_stage_says_so(look_up):
    with pytest.raises(StageFailed, match="No model endpoint is configured"):
        look_up()


def test_a_workspace_may_be_named_by_its_id(model, cast, acme, reader):
    model(found())
    told = {"settings": EnrichmentSettings(), "workspace": cast.acme.id, "reference": "result:1"}
    model_stage.look_up(acme, reader, fields=FIELDS, **told)
    assert ModelCall.get().workspace == cast.acme


def test_nothing_heavy_is_loaded_before_the_first_question():
    program = """
import sys
import webapp.enrichment.model_stage
print({"openai", "httpx2", "pydantic"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout.strip() == "set()", ran.stderr


def test_every_field_is_described_to_the_model(app):
    said = prompts.fields_of(ALL)
    assert all(one["meaning"] and one["format"] for one in said) and len(said) == 29
    assert set(prompts.FORMATS) <= {*ALL, *(each.kind for each in ALL.values())}
