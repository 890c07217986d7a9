"""Names of people all in capitals are mended; what only looks so is left."""

import pytest

from webapp.leads.names import calmed


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        (("MARA", "VON DER LINDE"), ("Mara", "von der Linde")),
        (("Jean", "DUPONT"), ("Jean", "Dupont")),
        (("JEAN-LUC", "O'BRIEN"), ("Jean-Luc", "O'Brien")),
        (("ANN", "MCDONALD"), ("Ann", "McDonald")),
        (("ÉLODIE", "D’ANGELO"), ("Élodie", "D’Angelo")),
        (("İPEK", "YILDIZ"), ("İpek", "Yildiz")),
        (("MARÍA JOSÉ", "DE LA CRUZ"), ("María José", "de la Cruz")),
        (("JOHN", "SMITH III"), ("John", "Smith III")),
        (("MARTIN", "VAN"), ("Martin", "Van")),
    ],
)
def test_a_shouted_name_is_calmed(name, mended):
    assert calmed(*name) == mended


@pytest.mark.parametrize(
    "name",
    [
        ("JP", "Morgan"),
        ("J.R.R.", "Tolkien"),
        ("Mara", "Lindqvist"),
        ("ACME", "GMBH"),
        ("Wei", "LI"),
        ("", ""),
        ("李", "明"),
    ],
)
def test_initials_companies_and_quiet_names_stay(name):
    assert calmed(*name) == name
