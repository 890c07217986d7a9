"""A name server on this machine, over UDP."""

import socket
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

KEY = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCjznG0gYTgPkzdC39QTeFDhp5lkEQsSBUa+NBlNn2fP+Ejo2kP6pPCWafL"
    "u255wDG96/KaLAAAT3snR5GbOf92AeHMPBCeBaCQw34aYRBm7UvQQS9tdH7ECHhY6olEOHBQ91yiCenIx0SrMa4P0XgotHVoX2DO1BMmfsj6JWzE/QID"
    "AQAB"
)


SHORT_KEY = (
    "k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALKJ6MFvwIXLaKQPx8PHk0n7nF8K0XbMc1J5jBv2cUqF7dCk"
    "B8sjJ5r+v9SNkMF6kZQ0nT4V5dD5uO7X6QW8G2sCAwEAAQ=="
)
WELL = {  # all that a domain at Google should have
    ("acme.example", "TXT"): ["google-site-verification=x", "v=spf1 include:_spf.google.com ~all"],
    ("_spf.google.com", "TXT"): ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all"],
    ("google._domainkey.acme.example", "TXT"): [KEY],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:d@acme.example"],
    ("acme.example", "MX"): ["1 smtp.google.com."],
}


@contextmanager
def name_server(records=None, *, silent=False):
    """Answers from `records`, {(name, type): [texts]}; what is not there does not exist. `silent`: says SERVFAIL to
    all. `asked` are the names it was asked for.
    """
    records = dict(records or {})
    server = SimpleNamespace(records=records, silent=silent, asked=[])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        server.address = listener.getsockname()
        thread = threading.Thread(target=_serve, args=(listener, server), daemon=True)
        thread.start()
        yield server
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"end", server.address)
        thread.join(5)


def _serve(listener, server):
    while True:
        data, sender = listener.recvfrom(4096)
        if data == b"end":
            return
        listener.sendto(_answer(dns.message.from_wire(data), server).to_wire(), sender)


def _answer(query, server):
    question = query.question[0]
    name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    server.asked.append(name)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if server.silent is True or name in (server.silent or ()):
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif texts := server.records.get((name, kind)):
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *map(_quoted(kind), texts)))
    elif not any(known == name for known, _ in server.records):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer


def _quoted(kind):
    if kind != "TXT":
        return str
    return lambda text: " ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250))
