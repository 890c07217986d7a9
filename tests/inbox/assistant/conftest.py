from tests.llm.conftest import model, pauses  # noqa: F401
