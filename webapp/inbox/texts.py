"""Text of strangers as rows can keep it, Message-IDs as rows find them, and subjects made comparable."""

import hashlib
import re

from webapp.core.text import fold

_ANSWER = "re|aw|antw|antwort|sv|vs|rif|r|res|ref|rép|odp"  # before the subject of an answer, in many languages
_FORWARD = "fw|fwd|wg|tr|rv|enc"
_IS_ANSWER = re.compile(rf"^\s*(?:{_ANSWER})\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_PREFIXES = re.compile(rf"^\s*(?:(?:{_ANSWER}|{_FORWARD})\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_ANY_PREFIX = re.compile(r"^[^\s:]{1,4}(\[\d+\])?\s*:\s*")  # 回复:, too; what is compared may lose a word too many
MOST = 2000  # letters of a text within a value for JSON
BEGINNING = 200
SHORTEST = 4  # letters of a subject that says which mail is meant


def kept(text, most=255):
    """`text` as both databases take it: without NUL and half characters, at most so many letters."""
    return text.replace("\0", "")[:most].encode("utf-8", "replace").decode()


def all_kept(value):
    """The same for every text within a value for JSON."""
    if isinstance(value, str):
        return kept(value, MOST)
    if isinstance(value, dict):
        return {all_kept(name): all_kept(one) for name, one in value.items()}
    return [all_kept(one) for one in value] if isinstance(value, (list, tuple)) else value


def beginning(text):
    """The first words of a mail, on one line, as lists and timelines show them."""
    return kept(" ".join(text[: 10 * BEGINNING].split()), BEGINNING)


def key_of(message_id):
    """What a ThreadMessage is found by: the SHA-256 of its Message-ID, in hex."""
    return hashlib.sha256(message_id.strip().encode("utf-8", "replace")).hexdigest()


def bare(message_id):
    """A Message-ID as a Delivery keeps it, without its angle brackets."""
    return message_id.strip().removeprefix("<").removesuffix(">")


def base_of(subject):
    """A subject in lower case, on one line, without what answering and forwarding put before it."""
    text = fold(" ".join(subject.split()))
    while (rest := _ANY_PREFIX.sub("", text)) != text:
        text = rest
    return text


def plain_subject(subject):
    """A subject without Re: and the like, as people see it; as it is where nothing else is in it."""
    return _PREFIXES.sub("", subject).strip() or subject


def subject_of_answer(subject):
    """`subject` with Re: before it, unless it has one in any language."""
    subject = " ".join(subject.split())
    return subject if _IS_ANSWER.match(subject) else f"Re: {subject}".strip()


def is_about(subject, other):
    """Whether a mail with one subject answers one with the other: also "Out of office: Partners" one about Partners."""
    base = base_of(other)
    return len(base) >= SHORTEST and base_of(subject).endswith(base)
