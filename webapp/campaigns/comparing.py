"""Whether one version of a message does better than the others, or may only look so.

The pooled two-proportion z-test, two-sided (NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3). Of more than two
versions the best has to beat each other one, at a limit divided by how many these are (Bonferroni).
"""

from math import erfc, sqrt
from typing import NamedTuple

LIMIT = 0.05  # how often chance alone may make us say that a difference is real
LEAST = 5  # replies, and mails without one, that the normal approximation needs on either side


class Verdict(NamedTuple):
    """`best` and `other` are letters, `other` the strongest rival; `likely` says that the difference is likely real."""

    best: str
    other: str
    p: float | None
    likely: bool


def p_value(hits, tries, other_hits, other_tries):
    """How often chance alone makes two shares differ at least so much; None when there is too little to say."""
    everything = tries + other_tries
    share = (hits + other_hits) / everything if everything else 0
    least = min(tries, other_tries) * min(share, 1 - share)
    if least < LEAST:
        return None
    error = sqrt(share * (1 - share) * (1 / tries + 1 / other_tries))
    return erfc(abs(hits / tries - other_hits / other_tries) / error / sqrt(2))


def verdict(counts):
    """The Verdict on {letter: (replies, mails)}, or None when fewer than two were sent."""
    sent = {letter: (hits, tries) for letter, (hits, tries) in counts.items() if tries}
    if len(sent) < 2:
        return None
    best, *others = sorted(sent, key=lambda letter: (-sent[letter][0] / sent[letter][1], letter))
    tests = [p_value(*sent[best], *sent[other]) for other in others]
    limit = LIMIT / len(others)
    return Verdict(best, others[0], tests[0], all(p is not None and p < limit for p in tests))
