from datetime import UTC, date, datetime

import pytest

from webapp.inbox import dates, found

SUNDAY = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("I am out of the office until 5 December.", date(2026, 12, 5)),
        ("I will be back on Monday, 7 December", date(2026, 12, 6)),
        ("I am on leave from November 23rd through December 4th, returning December 7th", date(2026, 12, 4)),
        ("I will be out starting 23.11.2026 and will not return until 07.12.2026.", date(2026, 12, 6)),
        ("I will be away 23 - 27 November", date(2026, 11, 27)),
        ("I return to the office on Wednesday 25th November", date(2026, 11, 24)),
        ("out of office until 2026-12-04", date(2026, 12, 4)),
        ("away from 11/23/2026 to 12/04/2026", date(2026, 12, 4)),
        ("I am on annual leave, back 7/12", date(2026, 12, 6)),
        ("Out until Jan 4th", date(2027, 1, 4)),
        ("I am away until Monday", date(2026, 11, 23)),
        ("unavailable until tomorrow", date(2026, 11, 23)),
        ("back on the 7th", date(2026, 12, 6)),
        ("on parental leave until March 2027", date(2027, 3, 31)),
        ("Ich bin vom 23.11. bis einschließlich 4.12.2026 im Urlaub", date(2026, 12, 4)),
        ("ab dem 7. Dezember bin ich wieder erreichbar", date(2026, 12, 6)),
        ("Bin erst ab Donnerstag, den 26.11. wieder im Büro", date(2026, 11, 25)),
        ("Bis Ende November nicht im Büro", date(2026, 11, 30)),
        ("Je suis absent jusqu'au 4 décembre inclus", date(2026, 12, 4)),
        ("de retour le 7 décembre", date(2026, 12, 6)),
        ("Estaré fuera hasta el 4 de diciembre", date(2026, 12, 4)),
        ("Sono in ferie fino al 4 dicembre", date(2026, 12, 4)),
        ("Ik ben afwezig tot en met 4 december", date(2026, 12, 4)),
        ("Estarei ausente até 4 de dezembro", date(2026, 12, 4)),
        ("I am out of the office.", None),
        ("I was away until 5 October 2025.", None),
        ("Our fair is on 5 December.", None),
        ("until 31.02.2027", None),
        ("Call 030 12.12.12 until then", None),
    ],
)
def test_the_last_day_of_an_absence_is_read(text, until):
    assert dates.end_of_absence(text, SUNDAY) == until


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How about Tuesday at 3pm?", [["2026-11-24", "15:00", "Tuesday at 3pm"]]),
        ("At 3pm on Tuesday?", [["2026-11-24", "15:00", "Tuesday"]]),
        (
            "Passt Ihnen Donnerstag um 14 Uhr oder Freitag 9:30?",
            [["2026-11-26", "14:00", "Donnerstag um 14 Uhr"], ["2026-11-27", "09:30", "Freitag 9:30"]],
        ),
        ("Let's talk tomorrow.", [["2026-11-23", "", "tomorrow"]]),
        ("We met on 3 March 2020.", []),
        ("The 3 of us may come.", []),
    ],
)
def test_days_and_times_that_are_proposed_are_found(text, expected):
    assert found.days(text, SUNDAY) == expected


def test_phone_numbers_are_found_as_they_are_dialled_from_anywhere():
    assert found.phones("Call me: +49 (0)30 901820 or +1 650-253-0000. Order 4711-0815.") == [
        "+4930901820",
        "+16502530000",
    ]
