"""Addresses of pages that somebody else wrote: taken apart once, strictly, so that what is checked is what is asked."""

import re
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

LONGEST = 2000  # characters
PORTS = {"http": 80, "https": 443}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")  # what inet_aton reads as an address: 0x7f.1, 2130706433
_KEPT = "%/:=&?~+!$,;'@()*[]|-._"  # of a path and query, as they came


class Unusable(ValueError):
    """No address of a page that may be asked for. The message goes on after "Not read, "."""


class Parts(NamedTuple):
    """`host` in ASCII and lower case (an IPv6 address without brackets); `target` is the path with the query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self):
        """As the Host header has it (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self):
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self):
        return self.origin + self.target


def take_apart(url):
    """The Parts of an absolute http or https URL, without its fragment. Raises Unusable."""
    if len(url) > LONGEST:
        raise Unusable("its address is too long")
    url = url.strip(" \t\r\n")
    if _CONTROLS.search(url):
        raise Unusable("its address has control characters")
    try:
        parts = urlsplit(url)
        port = parts.port  # raises for what is no number, or too large
    except ValueError:
        raise Unusable("its address cannot be read") from None
    if parts.scheme not in PORTS:
        raise Unusable("its address is not one of the web (http or https)")
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise Unusable("its address has a name or password in it")
    if port == 0 or parts.netloc.endswith(":"):
        raise Unusable("its address has no port that exists")
    host = _host(parts.hostname or "", parts.netloc.startswith("["))
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    found = Parts(parts.scheme, host, port or PORTS[parts.scheme], target)
    if len(found.url) > LONGEST:  # letters that are not ASCII take more room now
        raise Unusable("its address is too long")
    return found


def _host(host, bracketed):
    if bracketed:
        try:
            address = IPv6Address(host)
        except ValueError:
            raise Unusable("its address has no host that exists") from None
        if address.scope_id is not None:
            raise Unusable("its address has no host that exists")
        return str(address)
    host = host if host.isascii() else _in_ascii(host)
    host = host.lower().removesuffix(".")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise Unusable("its address has no host that exists")
    if _NUMERIC.fullmatch(host):
        try:
            return str(ip_address(host))
        except ValueError:
            raise Unusable("its address has no host that exists") from None
    return host


def _in_ascii(host):
    import idna  # heavy: loaded on first use, tables of all of Unicode

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise Unusable("its address has no host that exists") from None


def join(base, location):
    """Where the reference `location` on the page at `base` leads. Raises Unusable."""
    try:
        return urljoin(base, location.strip(" \t\r\n"))
    except ValueError:
        raise Unusable("its address cannot be read") from None
