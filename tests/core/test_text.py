import pytest

from webapp.core.text import fold, slugify


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Ångström", "angstrom"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Éclair", "eclair"), ("3M", "3m")],
)
def test_fold_drops_case_and_accents(text, folded):
    assert fold(text) == folded


def test_a_slug_is_plain_and_never_empty():
    assert slugify("Halden Studio & Söhne") == "halden-studio-sohne"
    assert slugify("日本") == "workspace"
