import pytest

from webapp.enrichment.naming import Likeness, best_likeness, guesses, is_made_of, label, likeness, registrable, short


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Halden Studio", "HALDEN STUDIO AS"), ("The Halden & Sons S.p.A.", "Halden and Sons"),
        ("Müller GmbH & Co. KG", "Muller"), ("AB Volvo", "Volvo"), ("Novo Nordisk A/S", "Novo Nordisk"),
        ("CD Projekt Sp. z o.o.", "CD Projekt"), ("Face Book", "Facebook, Inc."), ("L'Oréal S.A.", "LOreal"),
        ("Coca-Cola Company", "The Coca-Cola Co."), ("株式会社トヨタ", "トヨタ"),
    ],
)  # fmt: skip
def test_case_accents_and_legal_forms_make_no_other_company(first, second):
    assert likeness(first, second) is likeness(second, first) is Likeness.SAME


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Halden", "Halden Studio", Likeness.PART), ("Halden Studio", "Halden", Likeness.PART),
        ("Studio", "Halden Studio", Likeness.NONE), ("Halden Bank", "Halden Studio", Likeness.NONE),
        ("", "Halden", Likeness.NONE), ("!", "?", Likeness.NONE), ("Hal", "Halden", Likeness.NONE),
        ("AG", "AG", Likeness.SAME), ("A", "A Big Company Name", Likeness.NONE),
    ],
)  # fmt: skip
def test_names_agree_in_part_where_one_goes_on(first, second, expected):
    assert likeness(first, second) is expected


@pytest.mark.parametrize("title", ["Halden | Chairs", "Home – Halden AS", "Chairs of oak · Halden", "Halden: chairs"])
def test_a_part_of_a_title_may_be_the_name(title):
    assert best_likeness("Halden", [title]) is Likeness.SAME
    assert best_likeness("Nord", [title]) is Likeness.NONE


@pytest.mark.parametrize(
    ("host", "registered", "called"),
    [("www.halden.example", "halden.example", "halden"), ("shop.halden.co.uk", "halden.co.uk", "halden"),
     ("halden.com.br", "halden.com.br", "halden"), ("a.b.halden.de", "halden.de", "halden")],
)  # fmt: skip
def test_what_somebody_has_registered_is_told_from_what_is_below(host, registered, called):
    assert registrable(host) == registered and label(host) == called


def test_domains_are_called_as_companies_are():
    assert is_made_of("mueller-bau.de", "Müller Bau GmbH") and is_made_of("www.mullerbau.com", "Müller Bau")
    assert not is_made_of("mueller.de", "Müller Bau GmbH")


def test_guesses_are_made_of_the_name_with_and_without_hyphens():
    assert guesses("Müller Bau GmbH", ["de"]) == ["muellerbau.de", "mueller-bau.de", "mullerbau.de", "muller-bau.de"]
    assert guesses("3M", ["com"]) == [] and guesses("株式会社トヨタ", ["jp"]) == []


def test_a_name_is_shortened_as_it_is_written():
    assert short("Müller Söhne GmbH & Co. KG") == "Müller Söhne" and short("Halden") == "Halden"
    assert short("The Halden Company, Inc.") == "The Halden"
