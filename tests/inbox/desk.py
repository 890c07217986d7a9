"""Takes the place of receiving.py where a test is about reading: it wants every mail, and keeps each once."""

from email import message_from_bytes


class Desk:
    """`kept` are the subjects of what was received, `offered` the UIDs that were looked at, in their order. A mail
    whose subject is in `bad` cannot be kept.
    """

    def __init__(self):
        self.kept, self.offered, self.bad, self._known = [], [], set(), set()

    def sift(self, mailbox, envelopes):
        self.offered += [envelope.place.uid for envelope in envelopes]
        return {envelope.place for envelope in envelopes if envelope.message_id not in self._known}

    def make_out(self, mailbox, raw, envelope):
        return message_from_bytes(raw)["Subject"], envelope

    def keep(self, mail):
        if mail is None:  # deleted since
            return
        subject, envelope = mail
        if subject in self.bad:
            raise ValueError(f"nobody understands {subject}")
        self._known.add(envelope.message_id)
        self.kept.append(subject)


def raw(number, text="Yes, call me.", **headers):
    """A mail with the subject "Mail <number>"."""
    head = {
        "From": f"Kira <kira{number}@nordlicht.example>", "To": "mara@halden.example", "Subject": f"Mail {number}",
        "Message-ID": f"<{number}@nordlicht.example>", "Date": "Sun, 22 Nov 2026 09:00:00 +0000", **headers,
    }  # fmt: skip
    return "".join(f"{name}: {value}\r\n" for name, value in head.items()).encode() + f"\r\n{text}\r\n".encode()


def subjects(numbers):
    return [f"Mail {number}" for number in numbers]
