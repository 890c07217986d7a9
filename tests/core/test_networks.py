import socket
from ipaddress import ip_address

import pytest

from webapp.core.networks import Barred, is_allowed, is_barred, is_public, places, read_allowed


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "192.88.99.1", "::", "::1", "::127.0.0.1",
     "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fe80::1", "ff02::1",
     "3fff::1"],
)  # fmt: skip
def test_what_is_not_of_the_public_internet_is_barred(address):
    assert not is_public(ip_address(address)) and is_barred(address, 25, ())


@pytest.mark.parametrize("address", ["8.8.8.8", "142.250.1.108", "2a00:1450:4001::1", "2606:4700::1111"])
def test_what_is_public_may_be_connected_to(address):
    assert is_public(ip_address(address)) and not is_barred(address, 25, ())


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "localhost.", "mail.localhost"])
def test_this_machine_is_barred_by_its_name_too(name):
    assert is_barred(name, 25, ()) and not is_barred(name, 25, read_allowed("127.0.0.1/32"))
    assert not is_barred("mail.example.com", 25, ()) and not is_barred("notlocalhost", 25, ())


def test_networks_are_allowed_at_any_port_or_at_one():
    allowed = read_allowed("127.0.0.1/32, 10.1.0.0/16:2525 [fd00::/8]:143 ::1/128")
    assert is_allowed("127.0.0.1", 1, allowed) and is_allowed("::1", 1, allowed)
    assert is_allowed("10.1.2.3", 2525, allowed) and not is_allowed("10.1.2.3", 25, allowed)
    assert is_allowed("fd00::7", 143, allowed) and not is_allowed("fd00::7", 993, allowed)
    assert not is_allowed("127.0.0.2", 1, allowed) and not is_allowed("mail.example.com", 1, allowed)


@pytest.mark.parametrize(
    "text", ["everywhere", "10.0.0.1/8", "10.0.0.0/8:0", "10.0.0.0/8:99999", "10.0.0.0/8:x", "[::1"]
)
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError):
        read_allowed(text)


def test_a_name_is_refused_when_one_of_its_addresses_is_within(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 25)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Barred, match=r"is at 10\.0\.0\.1"):
        places("mail.example.com", 25, ())
    assert places("mail.example.com", 25, read_allowed("10.0.0.0/8")) == ["8.8.8.8", "10.0.0.1"]
