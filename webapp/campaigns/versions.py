"""Which of a step's texts a recipient gets."""

from hashlib import blake2b


def version_of(recipient_id, step, versions):
    """The letter of the version that this recipient gets of `step`, whose other texts are the StepVersions `versions`.

    The same at every look, as long as the same ones are on. Of as many recipients in a row as there are versions each
    gets another one, in an order drawn for them: a campaign of twenty is split evenly, too. With none on it is "A": a
    step has to say something.
    """
    letters = ["A"] if step.is_on else []
    letters += sorted(version.letter for version in versions if version.is_on)
    if not letters:
        return "A"
    group, place = divmod(recipient_id, len(letters))
    return letters[(_number(f"{group}:{step.id}") + place) % len(letters)]


def _number(text):
    """Not by zlib.crc32, which is linear: whoever got A in one step would get A in all others, too, and nobody could
    tell the effects of two steps apart.
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest())
