"""Telling machines that open mails and follow links from people.

What we know of is taken for a machine; everything else for a person, so a number of people is never too small because
of a guess, and may be a little too large.

- Security gateways follow links and load pictures before the mail is shown. They say who they are, come from networks
  that their makers publish, or come within seconds of delivery.
- Apple Mail Privacy Protection loads every picture when the mail arrives, whether it is read or not, under the bare
  agent "Mozilla/5.0" (Apple, "Use Mail Privacy Protection on iPhone"). Such an open says nothing, so it is a machine's.
- Gmail's and Yahoo's picture proxies load a picture when the mail is first looked at: that is a person's open, though
  nobody can tell whose device it was.
"""

import re
from ipaddress import ip_address, ip_network

SOON = {"open": 2, "click": 8}  # seconds after the server took the mail: no person is as quick
TOGETHER = 1  # second within which no person follows two links
_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy", re.I)
_AGENTS = re.compile(  # a Cubot is a telephone
    r"(?<!cu)bot\b|crawl|spider|scan|preview|monitor|fetch|headless|phantom|selenium|puppeteer|playwright"
    r"|curl|wget|libwww|python|java/|okhttp|go-http|httpclient|ruby|perl|php|axios|node[-/]"
    r"|barracuda|mimecast|proofpoint|symantec|messagelabs|ironport|cisco|trend ?micro|sophos|fireeye|trellix"
    r"|forcepoint|websense|zscaler|fortinet|fortigate|checkpoint|safelinks|urldefense|bitdefender|kaspersky|\beset\b"
    r"|facebookexternalhit|whatsapp",
    re.I,
)
_APPLE = re.compile(r"Mozilla/5\.0\s*")  # and nothing more
_NETWORKS = [
    ip_network(text)
    for text in (
        "17.0.0.0/8",  # Apple
        "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17",  # Exchange Online Protection
        "67.231.144.0/20", "148.163.128.0/19", "205.220.160.0/19",  # Proofpoint
        "64.235.144.0/20", "209.222.80.0/21",  # Barracuda
        "205.139.110.0/23", "207.211.30.0/23", "216.205.24.0/24",  # Mimecast
        "2a01:111:f400::/48", "2a01:111:f403::/48",  # Exchange Online Protection
    )
]  # fmt: skip


def is_machine(kind, *, agent, address, seconds):
    """Whether an "open" or a "click" is a machine's; `seconds` is how long after the mail was accepted, or None."""
    if seconds is not None and seconds < SOON[kind]:
        return True
    if _PROXIES.search(agent):
        return kind == "click"  # it loads pictures, and follows no link for a person
    if not agent.strip() or _APPLE.fullmatch(agent.strip()) or _AGENTS.search(agent):
        return True
    return _is_known(address)


def _is_known(address):
    try:
        place = ip_address(address)
    except ValueError:
        return False
    place = getattr(place, "ipv4_mapped", None) or place
    return any(place in network for network in _NETWORKS if network.version == place.version)
