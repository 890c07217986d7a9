"""Cells that are far longer than what their column is for end as a sentence, not as a run that breaks or hangs."""

import pytest

from tests.imports.files import imported_from, run, table
from webapp.core.errors import Invalid
from webapp.imports.models import ImportState
from webapp.imports.numbers import whole_number
from webapp.leads.names import calmed


@pytest.mark.parametrize("column", ["Employees", "Value"])
def test_a_number_of_more_digits_than_any_number_has_is_left_out(cast, column):
    imported = run(imported_from(cast.alice, table(f"E-mail,{column}", f"a@globex.example,{'9' * 400}")))
    assert (imported.state, imported.created) == (ImportState.DONE, 1)


def test_a_long_cell_of_spaces_is_no_number_at_once():
    with pytest.raises(Invalid):
        whole_number(f"1{' ' * 1_000_000}!")


def test_a_name_in_small_letters_is_no_longer_than_in_capitals():
    assert len(calmed(f"MCA{'İ' * 252}", "")[0]) == 255
