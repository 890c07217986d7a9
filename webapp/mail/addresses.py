"""Names and addresses as headers and SMTP want them."""

import re
from base64 import b64encode

import idna

from webapp.core.errors import Invalid

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", re.ASCII)
_BREAKS = re.compile(r"[\r\n\0]")
_WORD_BYTES = 42  # of UTF-8 in one encoded word, so that a line stays under 78 characters


def ascii_address(address):
    """`address` as SMTP takes it everywhere: an international domain in its xn-- form. Raises Invalid.

    Letters beyond ASCII before the @ would need SMTPUTF8 (RFC 6531) at every server on the way; those are refused.
    """
    if _BREAKS.search(address):
        raise Invalid("The address has a line break in it.")
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise Invalid(f"{address} has letters before the @ that most mail servers do not take (SMTPUTF8).")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise Invalid(f"{address} has a domain that cannot exist.") from None
    plain = f"{local}@{domain}"
    if len(plain) > 254 or not _ADDRESS.fullmatch(plain) or ".." in plain or local.startswith(".") or local[-1] == ".":
        raise Invalid(f"{address} is not an e-mail address we can write to.")
    return plain


def one_line(text, what, field=None):
    """`text` if it may stand in a header. Raises Invalid for CR, LF or NUL, by which headers are forged."""
    if _BREAKS.search(text):
        raise Invalid(f"{what} has a line break in it. Write it on one line.", field)
    return text


def header_text(text):
    """`text` for an unstructured header such as Subject: folded, as encoded words (RFC 2047) where it must be."""
    one_line(text, "The subject")
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text if len(text) <= 68 else _folded(text)
    return "\r\n ".join(_encoded_words(text))


def mailbox(name, address):
    """`Name <address>` with the name quoted or encoded as needed."""
    one_line(name, "The name")
    address = ascii_address(address)
    if not name:
        return address
    if name.isascii() and name.isprintable() and "=?" not in name:
        if not _ATOMS.fullmatch(name):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{address}>"
    return "\r\n ".join(_encoded_words(name)) + f"\r\n <{address}>"


def _folded(text):
    """Long ASCII text broken before blanks (RFC 5322 2.2.3); unfolding gives it back."""
    lines, line = [], ""
    for word in re.findall(r" *[^ ]+| +$", text):
        if line.strip() and len(line) + len(word) > 68 and word.startswith(" ") and word.strip():
            lines.append(line)
            line = ""
        line += word
    lines.append(line)
    if max(map(len, lines)) > 900:
        return "\r\n ".join(_encoded_words(text))
    return "\r\n".join(lines)


def _encoded_words(text):
    chunk, size = "", 0
    for character in text:
        width = len(character.encode("utf-8", "replace"))
        if size + width > _WORD_BYTES:
            yield _encoded_word(chunk)
            chunk, size = "", 0
        chunk += character
        size += width
    yield _encoded_word(chunk)


def _encoded_word(text):
    return f"=?utf-8?b?{b64encode(text.encode('utf-8', 'replace')).decode()}?="
