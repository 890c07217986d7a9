"""Addresses that are worth a look before somebody writes to them."""

import pytest

from webapp.imports.addresses import is_role, is_throwaway, worth_a_look


@pytest.mark.parametrize(
    "email", ["info@x.example", "sales.fr@x.example", "kontakt@x.example", "ventas2@x.example", "info+web@x.example",
              "no-reply@x.example", "comptabilite@x.example"],
)  # fmt: skip
def test_the_address_of_a_role_is_pointed_out(email):
    assert is_role(email) and "role" in worth_a_look(email)


@pytest.mark.parametrize("email", ["mara@x.example", "info.mueller@x.example", "salesman@x.example", "jo-an@x.example"])
def test_the_address_of_a_person_is_not(email):
    assert not is_role(email) and worth_a_look(email) == ""


def test_addresses_that_people_throw_away_are_pointed_out_below_their_domain_too():
    assert is_throwaway("x@mailinator.com") and is_throwaway("x@eu.mailinator.com")
    assert "throw away" in worth_a_look("x@yopmail.com")
    assert not is_throwaway("x@gmail.com") and not is_throwaway("x@mailinator.example") and worth_a_look("") == ""
