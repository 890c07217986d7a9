import pytest

from tests.enrichment.model_server import KEY, model_server
from webapp.llm import client


@pytest.fixture
def model(app, settings):
    """A model endpoint that answers by its script: model("…", …)."""
    opened = []

    def start(*script, **more):
        server = model_server(*script)
        opened.append(server)
        found = server.__enter__()
        settings(llm_base_url=found.url, llm_api_key=KEY, llm_model="test-model", **more)
        return found

    yield start
    for server in opened:
        server.__exit__(None, None, None)


@pytest.fixture
def pauses(monkeypatch):
    """The seconds that the client paused between two tries; nobody waits for them."""
    pauses = []
    monkeypatch.setattr(client, "wait", pauses.append)
    return pauses
