import pytest


@pytest.fixture
def client(cast, sign_in):
    """Alice's browser."""
    return sign_in(cast.alice)
