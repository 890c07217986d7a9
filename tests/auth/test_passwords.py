import pytest

from webapp.auth import passwords
from webapp.core.errors import Invalid


@pytest.mark.parametrize("length", [8, 71, 72, 73, 200, 1024])
def test_a_password_of_any_length_is_taken_whole(length):
    password = ("many different words, one after another " * 30)[:length]
    kept = passwords.hash_password(password)
    passwords.check_strength(password)
    assert passwords.verify(password, kept)
    assert not passwords.verify(password[:-1] + "X", kept) and not passwords.verify(password + "X", kept)


@pytest.mark.parametrize("password", ["ängstliche Möwe 7", "\N{GRINNING FACE} and some words", "with a \0 in it"])
def test_every_byte_of_every_character_counts(password):
    kept = passwords.hash_password(password)
    assert passwords.verify(password, kept) and not passwords.verify(password.replace(password[-1], "?"), kept)
    assert not passwords.verify(password.partition("\0")[0] + "!", kept)


@pytest.mark.parametrize(("password", "sentence"), [("x" * 7, "8 characters or more"), ("ab" * 513, "1024 characters")])
def test_too_short_and_too_long_say_by_how_much(password, sentence):
    with pytest.raises(Invalid, match=sentence):
        passwords.check_strength(password)


@pytest.mark.parametrize(
    "password",
    ["iloveyou", "Steelers", "qwerty123", "1qaz2wsx", "liverpoo2024", "MOTDEPASSE", "passw0rd!", "aaaaaaaab"],
)
def test_what_leaked_lists_show_is_refused(password):
    with pytest.raises(Invalid, match="too easy to guess"):
        passwords.check_strength(password)


@pytest.mark.parametrize("password", ["mara@halden.example", "MARALIND", "Mara Lindqvist"])
def test_ones_own_name_is_refused(password):
    with pytest.raises(Invalid, match="too easy to guess"):
        passwords.check_strength(password, email="maralind@halden.example" if "@" not in password else password,
                                 full_name="Mara Lindqvist")  # fmt: skip


def test_the_list_is_large_small_in_memory_and_of_usable_length():
    words = passwords._common()
    assert 5_000 < len(words) < 20_000 and min(map(len, words)) >= passwords.MINIMUM
    assert words == {word.casefold() for word in words}  # as they are looked up


def test_a_hash_costs_what_it_says_and_no_two_are_alike(monkeypatch):
    monkeypatch.setattr(passwords, "ROUNDS", 5)
    first, second = passwords.hash_password("the same words"), passwords.hash_password("the same words")
    assert first != second and first.startswith("$2b$05$")


def test_without_a_hash_no_password_is_right():
    assert not passwords.verify("nobody has this password", "")
