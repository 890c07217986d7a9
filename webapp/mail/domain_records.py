"""SPF, DKIM and DMARC records as their texts say: pure, whatever a name server answers.

SPF is RFC 7208, DKIM keys RFC 6376 and 8463, DMARC RFC 7489.
"""

import base64
import binascii
import re
from ipaddress import ip_network
from typing import NamedTuple

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4: beyond it a record counts as broken
_LOOKING = ("include", "a", "mx", "ptr", "exists")
_PLAIN = ("all", "ip4", "ip6")
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9._-]*)(?:([:=/])(.*))?", re.DOTALL)


class Spf(NamedTuple):
    """One SPF record. `lookups` is how many names checking it asks for so far, `includes` those it refers to, `all`
    what it says about everybody else (+ - ~ ? or ""), `names_nobody` whether it lets no server send at all.
    """

    includes: tuple = ()
    lookups: int = 0
    all: str = ""
    redirect: str = ""
    names_nobody: bool = True
    problem: str = ""


def spf_records(texts):
    """Those of a name's TXT records that are SPF."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def spf(record):
    """The Spf that one record says, without what it includes."""
    includes, lookups, said, redirect, nobody = [], 0, "", "", True
    for word in record.split()[1:]:
        match = _TERM.fullmatch(word)
        sign, name, mark, value = match.groups() if match else ("", "", "", "")
        name, value = name.lower(), value or ""
        if mark == "=":
            redirect = value.lower() if name == "redirect" else redirect
            continue
        if name not in (*_LOOKING, *_PLAIN) or (name in ("ip4", "ip6") and not _is_network(value, name)):
            return Spf(tuple(includes), lookups, said, redirect, nobody, f"“{word[:60]}” means nothing in it")
        if name in ("include", "exists") and not (mark == ":" and value):
            return Spf(tuple(includes), lookups, said, redirect, nobody, f"“{word[:60]}” names no domain")
        if name == "all":
            said = sign or "+"
            break  # what follows is never looked at
        lookups += name in _LOOKING
        nobody = nobody and sign == "-"
        if name == "include":
            includes.append(value.lower().rstrip("."))
    if redirect and not said:
        return Spf(tuple(includes), lookups + 1, said, redirect.rstrip("."), False)
    return Spf(tuple(includes), lookups, said, "", nobody and said != "+")


def _is_network(text, kind):
    try:
        return ip_network(text, strict=False).version == int(kind[-1])
    except ValueError:
        return False


def spf_tree(record, texts_at):
    """The Spf of a record with all that it includes; `texts_at` answers a name with its TXT records.

    Asks for a few names more than the limit at most.
    """
    whole = spf(record)
    includes, lookups, said, problem = list(whole.includes), whole.lookups, whole.all, whole.problem
    waiting = [*whole.includes, whole.redirect] if whole.redirect else list(whole.includes)
    asked = set()
    while waiting and not problem and lookups <= MOST_LOOKUPS:
        name = waiting.pop(0)
        if "%" in name or name in asked:
            continue  # a macro depends on each mail; a name that came before was counted
        asked.add(name)
        found = spf_records(texts_at(name))
        if len(found) != 1:
            problem = f"it refers to {name}, which has {'no' if not found else 'more than one'} SPF record"
            break
        inner = spf(found[0])
        lookups += inner.lookups
        problem = f"that of {name} is broken: {inner.problem}" if inner.problem else ""
        includes += [each for each in inner.includes if each not in includes]
        if name == whole.redirect:
            said = inner.all
        waiting += [*inner.includes, *([inner.redirect] if inner.redirect else [])]
    redirect = (whole.redirect,) if whole.redirect else ()
    return whole._replace(includes=(*includes, *redirect), lookups=lookups, all=said, problem=problem)


def tags(text):
    """{tag: value} of a record such as "v=DMARC1; p=none"; None when it is no such list."""
    found = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not name and not equals:
            continue
        if not equals or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name.lower() in found:
            return None
        found[name.lower()] = value.strip()
    return found


def dkim_key(text):
    """What a TXT record under a selector is: "ok", "testing", "weak" (a short key), "revoked", "broken", or "" when it
    is no DKIM key at all.
    """
    found = tags(text)
    if found is None or "p" not in found:
        return "broken" if text.lower().startswith("v=dkim1") else ""
    if found.get("v", "DKIM1") != "DKIM1":
        return ""
    key = re.sub(r"\s+", "", found["p"])
    if not key:
        return "revoked"
    bits = _bits(key, found.get("k", "rsa").lower())
    if bits is None:
        return "broken"
    if bits < 1024:
        return "weak"
    return "testing" if "y" in found.get("t", "").lower().split(":") else "ok"


def _bits(key, kind):
    """How long a public key is, in bits of RSA; None when it cannot be read."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # heavy: loaded on first use

    try:
        raw = base64.b64decode(key, validate=True)
        if kind == "ed25519":
            return 3072 if len(raw) == 32 else None
        return load_der_public_key(raw).key_size if kind == "rsa" else None
    except (binascii.Error, ValueError, TypeError, AttributeError):
        return None
    except Exception:  # an algorithm that the library has left behind
        return None


def selector_in(text):
    """The selector in what a person pasted: the selector itself, or a DKIM-Signature header; "" when there is none."""
    text = text.strip()
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", text):
        return text.lower()
    match = re.search(r"(?i)(?:^|[;\s])s=\s*([A-Za-z0-9][A-Za-z0-9._-]{0,62})\s*(?:;|$)", text)
    return match[1].lower() if match else ""


class Dmarc(NamedTuple):
    """`policy` is none, quarantine or reject, "" without a record that counts; `problem` says why it does not."""

    policy: str = ""
    reports: bool = False
    problem: str = ""


def dmarc(texts, *, inherited=False):
    """The Dmarc that the TXT records of a `_dmarc` name make, for a domain below it if `inherited`."""
    records = [text for text in texts if re.match(r"v\s*=\s*DMARC1\s*(;|$)", text)]
    if not records:
        like = [text for text in texts if text.lower().lstrip().startswith("v=dmarc")]
        return Dmarc(problem="it does not begin with v=DMARC1;" if like else "")
    if len(records) > 1:
        return Dmarc(problem="there is more than one, so none counts")
    found = tags(records[0])
    if found is None:
        return Dmarc(problem="it cannot be read")
    policy = found.get("p", "").lower()
    if inherited:
        policy = found.get("sp", policy).lower()
    if policy in ("none", "quarantine", "reject"):
        return Dmarc(policy, "rua" in found)
    if "mailto:" in found.get("rua", ""):
        return Dmarc("none", True)  # RFC 7489, 6.6.3: taken for p=none
    return Dmarc(problem=f"its p= says “{found['p'][:20]}”" if "p" in found else "its p= is missing")


def above(domain):
    """The names at which the DMARC record of `domain` may be, the nearest first: itself, then its parents."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(1, min(len(labels) - 1, 6)))]
