"""What a person's reply says, by rules: a label, why, and how sure that is. What no rule knows is left to people."""

from . import label_words as words
from .models import Label

MOST = 3000  # characters of a reply that are looked at
_RULES = (  # the one to follow first: who passes us on or says no does not ask for more by being polite
    (Label.WRONG_PERSON, words.WRONG_PERSON, "they are not the right person", 85),
    (Label.NOT_NOW, words.NOT_NOW, "now is not the time", 80),
    (Label.NOT_INTERESTED, words.NOT_INTERESTED, "they are not interested", 85),
    (Label.INTERESTED, words.INTERESTED, "they are interested", 80),
)
_DOUBT = 25  # percent less when another rule matches, too


def label(fresh):
    """(Label, reason, sure in percent) of the words that a person wrote anew; (NONE, "", None) when no rule knows."""
    text = " ".join(fresh[:MOST].split()).replace("’", "'")
    found = [
        (one, match.group(), meaning, sure) for one, pattern, meaning, sure in _RULES if (match := pattern.search(text))
    ]
    if not found:
        return Label.NONE, "", None
    first, said, meaning, sure = found[0]
    return first, f"It says “{said.strip()[:80]}”: {meaning}.", sure - _DOUBT * (len(found) > 1)
