"""Which version of a step somebody gets."""

from collections import Counter

from webapp.campaigns.models import Step
from webapp.campaigns.versions import version_of
from webapp.campaigns.writing_models import StepVersion


def version(letter, on=True):
    return StepVersion(letter=letter, is_on=on)


def test_each_version_that_is_on_goes_to_as_many():
    step = Step(id=7)
    versions = [version("C"), version("B"), version("D", on=False)]
    for first, last in ((1, 9001), (1, 13), (5, 17)):  # a small campaign is split evenly, too
        counts = Counter(version_of(recipient, step, versions) for recipient in range(first, last))
        assert counts.keys() == {"A", "B", "C"} and max(counts.values()) - min(counts.values()) <= 2


def test_the_split_of_one_step_says_nothing_about_that_of_another():
    pairs = Counter(
        version_of(recipient, Step(id=1), [version("B")]) + version_of(recipient, Step(id=2), [version("B")])
        for recipient in range(8000)
    )
    assert len(pairs) == 4 and all(1800 < count < 2200 for count in pairs.values())


def test_a_recipient_gets_the_same_version_at_every_look_but_not_in_every_step():
    versions = [version("B")]
    first = [version_of(recipient, Step(id=1), versions) for recipient in range(200)]
    assert first == [version_of(recipient, Step(id=1), list(versions)) for recipient in range(200)]
    assert first != [version_of(recipient, Step(id=2), versions) for recipient in range(200)]


def test_a_switched_off_text_goes_to_nobody_unless_nothing_else_is_left():
    assert {version_of(n, Step(id=1, is_on=False), [version("B")]) for n in range(50)} == {"B"}
    assert {version_of(n, Step(id=1, is_on=False), [version("B", on=False)]) for n in range(50)} == {"A"}
