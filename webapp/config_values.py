"""What each variable's text becomes, or a ConfigError that names the variable and says what would do."""

import os
import re
import secrets
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from .core.networks import read_allowed

ROOT = Path(__file__).resolve().parent.parent
DISCOVERY = "/.well-known/openid-configuration"  # where an OIDC provider describes itself (Discovery 1.0, section 4)


class ConfigError(Exception):
    """A variable has a value that cannot work; the message names it and says what would."""


def data_dir(value):
    path = (ROOT / Path(value).expanduser()).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"DATA_DIR is {value!r}, but that folder cannot be made: {error.strerror}. Name one this user may write."
        ) from error
    if not os.access(path, os.W_OK):
        raise ConfigError(f"DATA_DIR is {value!r}, but this user may not write there. Name another folder.")
    return path


def given_key(key):
    if key is not None and len(key) < 32:
        raise ConfigError(
            "SECRET_KEY is too short to keep anybody from forging cookies. Give 32 characters or more, "
            "or leave it out and one is made."
        )
    return key


def made_key(path):
    """The installation's own key, made on the first start and readable by its user alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text().strip()
        if len(key) < 32:
            raise ConfigError(
                f"SECRET_KEY is not set and {path} is damaged. Restore that file, or delete it to sign everybody out."
            ) from None
        return key
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key


def integer(values, name, default, low, high):
    text = values.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ConfigError(f"{name} is {text!r}. Give a whole number from {low} to {high}.")
    return int(text)


def choice(values, name, default, choices):
    text = values.get(name, default)
    if text not in choices:
        raise ConfigError(f"{name} is {text!r}. Give one of: {', '.join(choices)}.")
    return text


def database_url(url, name):
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ConfigError(f"{name} must start with sqlite:/// or postgresql://.")
    return url


def queue_url(url):
    if not url.startswith(
        ("sqlite:///", "postgresql://", "postgres://", "redis://", "rediss://", "unix://", "memory://")
    ):
        raise ConfigError("QUEUE_URL must start with sqlite:///, postgresql:// or redis://.")
    return url


def base_url(url):
    try:
        parts = urlsplit(url)
        plain = url.isascii() and not any(character.isspace() for character in url)
        valid = plain and parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        valid = valid and not (parts.path.strip("/") or parts.query or parts.fragment)
        _ = parts.port  # raises for what is no number
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(
            f"BASE_URL is {url!r}. Give the address people use, such as https://galena.example.com "
            "(a name with other letters in its xn-- form)."
        )
    return f"{parts.scheme}://{parts.netloc}"


def linkable(host):
    """`host` as an address people can open has it: this machine's for "all interfaces", IPv6 in brackets."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def mail_url(url):
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError("MAIL_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465.")
    return url


def mail_from(address, mail_url):
    if address is None and mail_url is not None:
        raise ConfigError("MAIL_URL is set but MAIL_FROM is not. Give the address that mail comes from.")
    address = address or "galena@localhost"
    name, at, host = address.rpartition("@")
    if not (name and at and host) or any(character in address for character in "\r\n\0 <>,"):
        raise ConfigError(f"MAIL_FROM is {address!r}. Give one e-mail address, such as hello@example.com.")
    return address


def fetch_allow(text):
    try:
        return read_allowed(text)
    except ValueError as error:
        raise ConfigError(
            f"FETCH_ALLOW is {text!r}: {error}. Give networks, each with a port if only that one is meant, such as "
            "127.0.0.1/32 or 10.1.0.0/16:2525."
        ) from None


def dns_server(text):
    if text is None:
        return None
    try:
        parts = urlsplit(f"//{text}")
        return str(ip_address(parts.hostname or "")), parts.port or 53
    except ValueError:
        raise ConfigError(
            f"DNS_SERVER is {text!r}. Give the address of a name server, such as 10.0.0.2 or 127.0.0.1:5353."
        ) from None


def service(values, name):
    """The address of a service that this installation uses, without a / at its end; None when it is not set."""
    url = values.get(name)
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        _ = parts.port  # raises for what is no number
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(f"{name} is {url!r}. Give an address such as https://service.example.com, or leave it out.")
    return url.rstrip("/")


def llm(values, defaults):
    """LLM_PRICE is "0.59 0.79": what a million tokens in and out cost, in LLM_CURRENCY."""
    base_url, model = service(values, "LLM_BASE_URL"), values.get("LLM_MODEL")
    if (base_url is None) != (model is None):
        missing = "LLM_MODEL" if model is None else "LLM_BASE_URL"
        raise ConfigError(f"{missing} is missing. Give LLM_BASE_URL and LLM_MODEL, or neither.")
    currency = values.get("LLM_CURRENCY", defaults.llm_currency)
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise ConfigError(f"LLM_CURRENCY is {currency!r}. Give the three letters of a currency, such as EUR.")
    return {
        "llm_base_url": base_url,
        "llm_api_key": values.get("LLM_API_KEY"),
        "llm_model": model,
        "llm_price": _price(values.get("LLM_PRICE", "0 0")),
        "llm_currency": currency,
    }


def _price(text):
    try:
        price = tuple(round(Decimal(part) * 1_000_000) for part in text.split())
        if len(price) != 2 or not all(0 <= part < 10**12 for part in price):
            raise ValueError
    except (ValueError, ArithmeticError):
        raise ConfigError(
            f"LLM_PRICE is {text!r}. Give what a million tokens cost, in and out, such as 0.59 0.79."
        ) from None
    return price


def google(values, defaults):
    url = values.get("GOOGLE_DISCOVERY_URL", defaults.google_discovery_url)
    if not _is_discovery(url):
        raise ConfigError(
            f"GOOGLE_DISCOVERY_URL is {url!r}. Give an https address that ends with {DISCOVERY} "
            "(http only for this machine), or leave it out for Google's own."
        )
    return {**_client(values, "GOOGLE"), "google_discovery_url": url}


def microsoft(values):
    """MICROSOFT_TENANT says whose accounts are let in: `common` is all, or one tenant's."""
    tenant = values.get("MICROSOFT_TENANT", "common")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", tenant):
        raise ConfigError(
            f"MICROSOFT_TENANT is {tenant!r}. Give common, organizations, consumers, or the id or domain of one tenant."
        )
    url = f"https://login.microsoftonline.com/{tenant}/v2.0{DISCOVERY}"
    return {**_client(values, "MICROSOFT"), "microsoft_discovery_url": url}


def _client(values, whose):
    """The two variables by which a provider knows this installation: both or neither."""
    names = (f"{whose}_CLIENT_ID", f"{whose}_CLIENT_SECRET")
    missing = [name for name in names if name not in values]
    if len(missing) == 1:
        raise ConfigError(f"{missing[0]} is missing. Give {names[0]} and {names[1]}, or neither.")
    return {name.lower(): values.get(name) for name in names}


def _is_discovery(url):
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no number
    except ValueError:
        return False
    host = parts.hostname or ""
    private = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    plain = url.isascii() and not any(character.isspace() for character in url) and not set("@?#") & set(url)
    return bool(host) and private and plain and url.endswith(DISCOVERY)


def _is_loopback(host):
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # another name
        return False
