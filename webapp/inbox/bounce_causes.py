"""Why a server did not take a mail: from its status (RFC 3463), its reply code and its words."""

import re

from . import bounce_words as words
from .parsed import BounceClass
from .reports import ADDRESS

HARD, SOFT, BLOCKED = BounceClass.HARD, BounceClass.SOFT, BounceClass.BLOCKED

NOBODY = HARD, "Nobody has this address."
NO_HOST = HARD, "The domain of this address takes no mail."
GONE = HARD, "This mailbox was closed."
SPAM = BLOCKED, "The server took the mail for spam or does not trust the sender."
POLICY = BLOCKED, "The server does not accept mails from this sender."
UNBELIEVED = BLOCKED, "The server does not believe who sent it."
FULL = SOFT, "The mailbox is full."
TOO_BIG = SOFT, "The mail was too big for the server."
BUSY = SOFT, "The server put the mail off for now."
LATE = SOFT, "The server could not be reached in time."
UNTOLD = SOFT, "It came back without a reason that can be read."

_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\.\d|\d)")
_CODE = re.compile(r"(?<![\d.#-])([45][0-5]\d)(?=[ \-:#(,]|$)")
_LASTING = (  # the surest first
    (words.FULL, FULL), (words.TOO_BIG, TOO_BIG), (words.SPAM, SPAM), (words.SENDER, UNBELIEVED), (words.GONE, GONE),
    (words.NOBODY, NOBODY), (words.NO_HOST, NO_HOST), (words.BUSY, BUSY), (words.LATE, LATE), (words.POLICY, POLICY),
)  # fmt: skip
_PASSING = (words.FULL, FULL), (words.BUSY, BUSY), (words.LATE, LATE)
_BY_STATUS = {  # what x.y of 5.x.y means, whatever is said with it, unless that is one of the second
    "1.0": (NOBODY, {SPAM, FULL, TOO_BIG, UNBELIEVED, BUSY, LATE}), "1.1": (NOBODY, {SPAM, FULL, TOO_BIG}),
    "1.2": (NO_HOST, {SPAM, NOBODY}), "1.3": (NOBODY, {SPAM}), "1.6": (GONE, {SPAM}), "1.7": (UNBELIEVED, {SPAM}),
    "1.8": (UNBELIEVED, {SPAM}), "1.10": (NOBODY, {SPAM}), "2.1": (GONE, {SPAM, FULL, BUSY, NOBODY, POLICY}),
    "2.2": (FULL, {SPAM}), "2.3": (TOO_BIG, {SPAM}), "3.1": (FULL, {SPAM}), "3.4": (TOO_BIG, {SPAM}),
    "4.4": (NO_HOST, {SPAM, POLICY}), "4.6": (BUSY, {SPAM}), "4.7": (LATE, {SPAM}), "4.310": (NO_HOST, set()),
}  # fmt: skip
_OTHERWISE = {"4.1": LATE, "4.2": LATE, "4.3": LATE}  # when what is said tells nothing


def first_status(text):
    """The first status of RFC 3463 in `text` that tells more than x.0.0, or ""."""
    found = [one for one in _STATUS.findall(text) if one[0] != "2"]
    return next((one for one in found if not one.endswith(".0.0")), found[0] if found else "")


def _by_words(said, table):
    return next((result for pattern, result in table if pattern.search(said)), None)


def classify(status, said, is_lasting=True):
    """(class, cause, status) of what a server said. `status` is the report's, "" without one; `is_lasting` is false
    when the report says that the mail is still being tried.
    """
    if not status or status.endswith(".0.0") or status[0] == "2":
        status = first_status(said) or status
    said = ADDRESS.sub("that@", said).lower().replace("_", " ").replace("’", "'")
    code = _CODE.search(said)
    kind = status[:1] if status and status[0] != "2" else code.group(1)[0] if code else ""
    if not is_lasting or kind == "4":
        return *(_by_words(said, _PASSING) or BUSY), status
    told, detail = _by_words(said, _LASTING), status[2:]
    if detail.startswith("7."):
        result = told if told in (SPAM, FULL, TOO_BIG, UNBELIEVED, GONE, NOBODY) else POLICY
    elif detail in _BY_STATUS:
        meant, unless = _BY_STATUS[detail]
        result = told if told in unless else meant
    else:
        result = told or _OTHERWISE.get(detail) or (POLICY if detail.startswith("6.") else None)
    return *(result or UNTOLD), status
