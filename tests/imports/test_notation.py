"""How a file writes numbers and dates is told by what can be read one way only, else by who writes such files."""

import pytest

from webapp.imports.notation import notation


def of(*cells, header=("Name",), delimiter=",", kind="text"):
    return notation({"delimiter": delimiter, "format": kind}, list(header), [[cell] for cell in cells])


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1.234,56"], ","),
        (["€ 12,50", "7"], ","),
        (["1.234.567"], ","),
        (["0,125"], ","),
        (["1 234,5 kr"], ","),
        (["1,234.56"], "."),
        (["$1,234,567"], "."),
        (["12.5 %"], "."),
        (["-0.125"], "."),
        (["1,234", "12.5"], "."),
        (["1.234", "12,5"], ","),
        (["1.5", "2.5", "3,5"], "."),
    ],
)
def test_a_number_that_can_be_read_one_way_only_tells_the_decimal_mark(cells, mark):
    assert of(*cells, delimiter=";")[0] == of(*cells)[0] == mark


@pytest.mark.parametrize(
    "cells", [["1.234"], ["1,234"], ["12"], [], ["01.02.2024"], ["10:30"], ["192.168.1.12"], ["a1,5"]]
)
def test_where_all_can_be_read_both_ways_semicolons_and_words_tell(cells):
    assert of(*cells)[0] == "."
    assert of(*cells, delimiter=";")[0] == ","
    assert of(*cells, delimiter="\t", header=("Vorname", "Nachname", "Straße"))[0] == ","
    assert of(*cells, delimiter="\t", header=("First name", "Last name", "Street"))[0] == "."


def test_numbers_of_a_workbook_have_points_whatever_its_language():
    assert of("1.234", header=("Vorname", "Nachname", "Umsatz"), kind="xlsx")[0] == "."


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["31/12/2024"], "dmy"),
        (["12/31/2024"], "mdy"),
        (["3/4/24", "13/4/24"], "dmy"),
        (["03-04-2024", "03-14-2024 10:30"], "mdy"),
        (["2024-12-31"], "ymd"),
        (["2024-12-31", "31.12.2024"], "dmy"),
        (["99/12/31"], "ymd"),
        (["01.02.2024"], "dmy"),
        (["03/04/2024"], "dmy"),
        (["13/13/2024", "1.2.3", "47/11"], "ymd"),
        ([], "ymd"),
    ],
)
def test_a_date_that_can_be_read_one_way_only_tells_the_order(cells, order):
    assert of(*cells)[1] == order


def test_a_doubtful_date_is_american_beside_a_state():
    assert of("03/04/2024", header=("Name", "State", "Created"))[1] == "mdy"
    assert of("03/04/2024", "13/04/2024", header=("Name", "State", "Created"))[1] == "dmy"
    assert of("03/04/2024", header=("Name", "State", "Created"), delimiter=";")[1] == "dmy"
