"""Which encoding a file is in, told by its words."""

import pytest

from webapp.core.errors import Invalid
from webapp.imports.encoding import chosen_encoding, encoding_of, name_of

WORDS = {
    "German": ["Jürgen Müller", "Köln", "Größe", "Ärzte", "Österreich", "Übung", "Straße", "MÜNCHEN"],
    "French": ["Élodie Lefèvre", "Besançon", "L’Oréal", "Noël", "tête-à-tête", "où", "dîner"],
    "Spanish": ["José Núñez", "Córdoba", "León", "Ibáñez", "Málaga", "García", "Muñoz"],
    "Nordic": ["Åse Bjørnson", "Sjælland", "Århus", "Västerås", "Søren", "Malmö"],
    "Portuguese": ["João Conceição", "São Paulo", "Brandão", "Magalhães", "Goiânia"],
    "German with one vowel": ["Köln", "Björn", "Jörg", "Mönch"],
    "Irish": ["Men’s – “fine”", "O’Brien", "don’t", "Sinéad", "Seán"],
}
SLAVIC = ["Tomaš Pešek", "Škoda", "Žižka", "Košice", "Niš", "Žilina"]  # as far as Windows-1252 has their letters


def encoded(tmp_path, words, codec, end="\r\n"):
    path = tmp_path / "file.csv"
    path.write_bytes(end.join(["Name;Note", *(f"{word};{number}" for number, word in enumerate(words))]).encode(codec))
    return path


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(
    ("codec", "label"), [("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman")]
)
def test_words_of_western_europe_tell_the_encoding(tmp_path, language, codec, label):
    assert name_of(encoding_of(encoded(tmp_path, WORDS[language], codec))) == label


def test_consonants_that_the_mac_would_show_as_vowels_are_of_windows(tmp_path):
    assert encoding_of(encoded(tmp_path, SLAVIC, "cp1252")) == "cp1252"


@pytest.mark.parametrize("word", [*SLAVIC, *(word for words in WORDS.values() for word in words)])
def test_one_word_of_windows_is_never_taken_for_the_mac(tmp_path, word):
    assert encoding_of(encoded(tmp_path, [word], "cp1252")) in ("cp1252", "utf-8")


def test_what_a_person_chose_follows_the_mark_of_the_file(tmp_path):
    path = encoded(tmp_path, ["Köln"], "utf-16")
    assert chosen_encoding(path, "utf-16-be") == chosen_encoding(path, "utf-16") == "utf-16"
    assert chosen_encoding(encoded(tmp_path, ["Köln"], "utf-16-le"), "utf-16") == "utf-16-le"
    assert chosen_encoding(path, "cp1251") == "cp1251" and name_of("cp1251") == "Windows-1251"
    with pytest.raises(Invalid):
        chosen_encoding(path, "zlib")
