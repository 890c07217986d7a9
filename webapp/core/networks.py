"""Which addresses of the network a person may make this server connect to: public ones, and what FETCH_ALLOW adds.

Else whoever types a host name could look around in the network that the server stands in. The address that was checked
is the one to connect to: a name may lead elsewhere a moment later.
"""

import socket
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

# What `is_global` lets pass and no public server has: multicast, and relays to addresses within others (6to4).
_BARRED = tuple(map(ip_network, ("224.0.0.0/4", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")))
_PUBLIC_6 = ip_network("2000::/3")  # all that is given out (IANA); ::ffff:0:0/96 and 64:ff9b::/96 are outside
_LOCAL = "127.0.0.1"


class Barred(Exception):
    """The host is at an address that nobody outside may be led to."""


class Allowed(NamedTuple):
    """A network that may be connected to besides the public ones, at `port` or (None) at any."""

    network: object
    port: int | None


def read_allowed(text):
    """The Alloweds of "127.0.0.1/32, 10.1.0.0/16:2525 [fd00::/8]:143". Raises ValueError for what is none."""
    return tuple(_allowed(part) for part in text.replace(",", " ").split())


def _allowed(part):
    if part.startswith("["):
        network, bracket, port = part[1:].partition("]")
        port = port.removeprefix(":")
        if not bracket:
            raise ValueError(f"{part} has a bracket that does not end")
    else:
        network, _, port = (part, "", "") if part.count(":") > 1 else part.partition(":")
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"{part} has no port that exists")
    return Allowed(ip_network(network), int(port) if port else None)


def is_public(address):
    """Whether `address` (of the ipaddress module) is one of the public internet."""
    if isinstance(address, IPv6Address) and address not in _PUBLIC_6:
        return False
    return address.is_global and not any(
        address in network for network in _BARRED if network.version == address.version
    )


def is_allowed(host, port, allowed):
    """Whether `host`, when it is written as an address or is this machine's name, and `port` are among the Alloweds."""
    try:
        address = ip_address(_LOCAL if _is_local(host) else host)
    except ValueError:
        return False
    return any(_holds(one, address, port) for one in allowed)


def _is_local(host):
    host = host.lower().rstrip(".")
    return host == "localhost" or host.endswith(".localhost")


def _holds(one, address, port):
    return one.network.version == address.version and address in one.network and one.port in (None, port)


def is_barred(host, port, allowed):
    """Whether `host` can be seen to be barred without asking DNS: it is such an address, or this machine's name."""
    try:
        address = ip_address(_LOCAL if _is_local(host) else host)
    except ValueError:
        return False
    return not (is_public(address) or is_allowed(host, port, allowed))


def places(host, port, allowed):
    """The addresses of `host`, as texts. Raises Barred unless each of them may be connected to, and socket.gaierror
    when there are none. Asks DNS.
    """
    found = [place[0] for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for place in found:
        if not (is_public(ip_address(place.partition("%")[0])) or is_allowed(place, port, allowed)):
            raise Barred(f"{host} is at {place}, which is no address of the public internet")
    return list(dict.fromkeys(found))
