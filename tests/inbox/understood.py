"""A mail's text, understood."""

from webapp.inbox import parsing, understanding

LETTER = "From: Jo Fox <jo@acme.example>\nTo: ada@us.example\nDate: Sun, 22 Nov 2026 10:00:00 +0000\n"


def understood(text):
    message = parsing.message_of(text.encode())
    return understanding.understand(message, parsing.parsed_of(message))


def reply(text, subject="Re: Hello", headers=""):
    """What a mail by a lead is understood as."""
    return understood(f"{LETTER}{headers}Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n")
