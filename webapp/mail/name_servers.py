"""Asking name servers, with short limits of time."""

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from webapp import config

ONE_TRY, IN_ALL = 2.0, 5.0  # seconds for one question


class Silent(Exception):
    """The name servers gave no answer: nothing is known."""


class Names:
    """Answers from the name servers of this machine, or from DNS_SERVER."""

    def __init__(self):
        server = config.current().dns_server
        try:
            self.resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration as error:
            raise Silent(str(error)) from error
        if server is not None:
            self.resolver.nameservers, self.resolver.port = [server[0]], server[1]
        self.resolver.timeout, self.resolver.lifetime = ONE_TRY, IN_ALL

    def texts(self, name):
        """The TXT records at `name`; [] when there are none. Raises Silent."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._asked(name, "TXT")]

    def exchanges(self, name):
        """The mail servers of `name`, the first choice first ("" stands for "none on purpose", RFC 7505)."""
        found = sorted(
            (record.preference, str(record.exchange).rstrip(".").lower()) for record in self._asked(name, "MX")
        )
        return [host for _, host in found]

    def has_address(self, name):
        return bool(self._asked(name, "A") or self._asked(name, "AAAA"))

    def _asked(self, name, kind):
        try:
            return list(self.resolver.resolve(name + ".", kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, UnicodeError):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise Silent(str(error)) from error
