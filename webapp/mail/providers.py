"""Who runs a recipient's mail, as far as the address tells. No DNS: a company's own domain stays "other"."""

KNOWN = {
    "gmail": "Gmail",
    "outlook": "Outlook",
    "yahoo": "Yahoo",
    "icloud": "iCloud",
    "proton": "Proton",
    "zoho": "Zoho",
    "gmx": "GMX and WEB.DE",
    "tonline": "T-Online",
    "yandex": "Yandex",
    "mailru": "Mail.ru",
    "other": "Other",
}
_DOMAINS = {
    "gmail": "gmail.com googlemail.com",
    "outlook": "outlook.com hotmail.com live.com msn.com outlook.de hotmail.de live.de outlook.fr hotmail.fr live.fr "
    "outlook.es hotmail.es outlook.it hotmail.it live.it hotmail.co.uk live.co.uk outlook.com.br live.nl",
    "yahoo": "yahoo.com ymail.com rocketmail.com aol.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.co.in "
    "yahoo.com.br yahoo.ca yahoo.com.au aol.de",
    "icloud": "icloud.com me.com mac.com",
    "proton": "proton.me protonmail.com protonmail.ch pm.me",
    "zoho": "zoho.com zohomail.com zohomail.eu",
    "gmx": "gmx.de gmx.net gmx.com gmx.at gmx.ch web.de mail.com",
    "tonline": "t-online.de magenta.de",
    "yandex": "yandex.ru yandex.com ya.ru",
    "mailru": "mail.ru bk.ru inbox.ru list.ru",
}
_PROVIDERS = {domain: key for key, domains in _DOMAINS.items() for domain in domains.split()}


def provider_of(email):
    """The key in KNOWN of who runs the mail of this address."""
    return _PROVIDERS.get(domain_of(email), "other")


def domain_of(email):
    """The part after the @, in lower case."""
    return email.rpartition("@")[2].lower()
