"""What the editor points out in a message."""

import pytest

from webapp.campaigns.hints import hints


@pytest.mark.parametrize(
    ("subject", "body", "hint"),
    [
        ("Hi", "Act now and click here!", "“act now” and “click here”"),
        ("BUY THIS TODAY", "Hello", "CAPITALS"),
        ("Hi", "This is REALLY VERY GOOD NEWS", "CAPITALS"),
        ("Hi", "Now!!", "exclamation"),
        ("x" * 80, "Hello", "has 80 letters"),
        ("Hi", " ".join(f"https://a.example/{n}" for n in range(5)), "There are 5 links"),
        ("Hi", "see https://bit.ly/abc", "hides where a link leads"),
        ("Hi", "see htps://a.example", "begins with htps://"),
        ("Hi", "see https:///a", "names no host"),
        ("Hi", "see www.a.example", "no https:// before it"),
    ],
)
def test_what_filters_and_readers_dislike_is_pointed_out(subject, body, hint):
    assert any(hint in line for line in hints(subject, body)), hints(subject, body)


def test_formatted_links_are_looked_at_too():
    found = hints("Hi", '<p><a href="/about">here</a> <a href="https://a.example">b</a><img src="x"></p>', is_rich=True)
    assert len(found) == 2 and "/about leads nowhere" in found[0] and "Pictures are left out" in found[1]


def test_a_plain_question_has_no_hints():
    body = (
        "Hi {{first_name|there}},\n\nmay I ask about {{company}}? See https://a.example/x?u={{email}}, or {{website}}."
    )
    assert hints("A question about {{company}}", body) == []
