"""The OpenID Connect providers that people can be sent to, as the configuration names them."""

from typing import NamedTuple
from urllib.parse import urlsplit

from webapp import config
from webapp.config_values import DISCOVERY


class Provider(NamedTuple):
    """`client_id` is None while it is not set up. `tenants`: whether it signs in the names of many issuers, of which
    its own description gives the pattern, with {tenantid} in it (Microsoft).
    """

    name: str
    client_id: str | None
    client_secret: str | None
    discovery_url: str
    tenants: bool = False

    @property
    def issuer(self):
        """The name under which it signs; the discovery address follows from it (Discovery 1.0, section 4)."""
        return self.discovery_url.removesuffix(DISCOVERY)

    def is_described_by(self, issuer):
        """Whether a description that names this issuer is its own (Discovery 1.0, section 4.3)."""
        if self.tenants:
            return urlsplit(issuer)[:2] == urlsplit(self.discovery_url)[:2]
        return issuer == self.issuer

    def said(self, sentence):
        """One of our sentences, which all name Google, about this provider."""
        return sentence.replace("Google", self.name)


def google():
    settings = config.current()
    keys = settings.google_client_id, settings.google_client_secret
    return Provider("Google", *keys, settings.google_discovery_url)


def microsoft():
    settings = config.current()
    keys = settings.microsoft_client_id, settings.microsoft_client_secret
    return Provider("Microsoft", *keys, settings.microsoft_discovery_url, tenants=True)
