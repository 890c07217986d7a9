"""Mails too large to fetch: what they say is fetched, what hangs on them is not.

The mail is put together again as it was, part by part, so that its parts keep their numbers; those that hold no text
are empty.
"""

from uuid import uuid4

TEXT = 1_000_000  # bytes up to which a text is fetched; more of it is nothing that a person wrote
MOST_PARTS = 100


def texts(imap, uid):
    """The mail's bytes without those of its attachments; None when it is gone from the open folder of `imap`."""
    said = imap.fetch(uid, ["BODYSTRUCTURE", "BODY.PEEK[HEADER]"])
    if b"BODYSTRUCTURE" not in said:
        return None
    structure, head = said[b"BODYSTRUCTURE"], said[b"BODY[HEADER]"]
    if not _is_multipart(structure):
        return head + _text(imap, uid, "TEXT", structure)
    boundary, left = uuid4().hex, [MOST_PARTS]
    return _head_with(head, boundary) + _parts(imap, uid, structure, "", boundary, left)


def _parts(imap, uid, structure, number, boundary, left):
    """The body of a multipart, of which `left` counts how many parts may still be asked for."""
    found = b""
    for position, part in enumerate(structure[0], 1):
        if left[0] <= 0:
            break
        left[0] -= 1
        name = f"{number}{position}"
        head = imap.fetch(uid, [f"BODY.PEEK[{name}.MIME]"]).get(f"BODY[{name}.MIME]".encode()) or b"\r\n"
        if _is_multipart(part):
            inner = uuid4().hex
            body = _head_with(head, inner) + _parts(imap, uid, part, f"{name}.", inner, left)
        elif _type(part) == (b"message", b"rfc822"):  # of what a bounce sends back, its head says which mail it was
            head_of_it = imap.fetch(uid, [f"BODY.PEEK[{name}.HEADER]"]).get(f"BODY[{name}.HEADER]".encode())
            body = head + (head_of_it or b"")
        else:
            body = head + (_text(imap, uid, name, part) if _type(part)[0] in (b"text", b"message") else b"")
        found += b"--" + boundary.encode() + b"\r\n" + body + b"\r\n"
    return found + b"--" + boundary.encode() + b"--\r\n"


def _text(imap, uid, name, part):
    if not isinstance(part[6], int) or part[6] > TEXT:
        return b""
    return imap.fetch(uid, [f"BODY.PEEK[{name}]"]).get(f"BODY[{name}]".encode()) or b""


def _is_multipart(structure):
    return isinstance(structure[0], (list, tuple))


def _type(part):
    return tuple(word.lower() if isinstance(word, bytes) else b"" for word in part[:2])


def _head_with(head, boundary):
    """`head` as that of a multipart of the same kind, whose boundary is `boundary`."""
    kept, kind, skips = [], b"multipart/mixed", False
    for line in head.rstrip(b"\r\n").split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            if not skips:
                kept.append(line)
            continue
        name, _, value = line.partition(b":")
        skips = name.strip().lower() in (b"content-type", b"content-transfer-encoding")
        if name.strip().lower() == b"content-type" and value.strip().lower().startswith(b"multipart/"):
            kind = value.partition(b";")[0].strip()
        if not skips:
            kept.append(line)
    lines = [line for line in kept if line]
    lines.append(b'Content-Type: %s; boundary="%s"' % (kind, boundary.encode()))
    return b"\r\n".join(lines) + b"\r\n\r\n"
