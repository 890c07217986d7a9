"""The environment, read once. A wrong value stops the start with a sentence that names the variable."""

import os
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from .core.networks import read_allowed

ROOT = Path(__file__).resolve().parent.parent
DISCOVERY = "/.well-known/openid-configuration"  # where an OIDC provider describes itself (Discovery 1.0, section 4)


class ConfigError(Exception):
    """A variable has a value that cannot work; the message names it and says what would."""


@dataclass(frozen=True)
class Config:
    data_dir: Path
    database_url: str
    queue_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    secret_key: str = field(default="", repr=False)
    secret_key_fallbacks: tuple = field(default=(), repr=False)
    mail_url: str | None = field(default=None, repr=False)
    mail_from: str = ""
    sign_up: str = "open"
    google_client_id: str | None = None
    google_client_secret: str | None = field(default=None, repr=False)
    google_discovery_url: str = f"https://accounts.google.com{DISCOVERY}"
    log_format: str = "console"
    web_threads: int = 8
    worker_threads: int = 4
    max_upload_mb: int = 100
    fetch_allow: tuple = ()  # of core.networks.Allowed
    dns_server: tuple | None = None  # (address, port); None: the ones that this machine asks
    development: bool = False
    testing: bool = False

    @property
    def connections(self):
        """How many database connections a process may need at once: one a thread, and a few for what runs beside."""
        return max(self.web_threads, self.worker_threads) + 4

    @property
    def uploads(self):
        return self.data_dir / "uploads"

    @property
    def google(self):
        """Whether people may sign in with Google."""
        return self.google_client_id is not None

    @property
    def google_issuer(self):
        """The name under which Google (or the provider in its place) signs; the discovery address follows from it."""
        return self.google_discovery_url.removesuffix(DISCOVERY)

    @property
    def secure(self):
        """Whether people reach the app over https."""
        return self.base_url.startswith("https://")


def load(environ=None, dotenv=ROOT / ".env"):
    """The Config of this process: `environ` (default: the process's) over the `.env` file over the defaults.

    Makes `DATA_DIR` and its secret key when they are missing. Raises ConfigError.
    """
    read = {**dotenv_values(dotenv), **(os.environ if environ is None else environ)}
    values = {name: value.strip() for name, value in read.items() if value and value.strip()}
    data_dir = _data_dir(values.get("DATA_DIR", "var"))
    host = values.get("HOST", "127.0.0.1")
    port = _integer(values, "PORT", 8000, 0, 65535)
    mail_url = _mail_url(values.get("MAIL_URL"))
    return Config(
        data_dir=data_dir,
        database_url=_database_url(values.get("DATABASE_URL") or f"sqlite:///{data_dir}/galena.db", "DATABASE_URL"),
        queue_url=_queue_url(values.get("QUEUE_URL") or f"sqlite:///{data_dir}/queue.db"),
        host=host,
        port=port,
        base_url=_base_url(values.get("BASE_URL") or f"http://{_linkable(host)}:{port}"),
        trusted_proxies=_integer(values, "TRUSTED_PROXIES", 0, 0, 10),
        secret_key=_given_key(values.get("SECRET_KEY")) or _made_key(data_dir / "secret.key"),
        secret_key_fallbacks=tuple(values.get("SECRET_KEY_FALLBACKS", "").replace(",", " ").split()),
        mail_url=mail_url,
        mail_from=_mail_from(values.get("MAIL_FROM"), mail_url),
        sign_up=_choice(values, "SIGN_UP", "open", ("open", "invite")),
        **_google(values),
        log_format=_choice(values, "LOG_FORMAT", "console", ("console", "json")),
        web_threads=_integer(values, "WEB_THREADS", 8, 1, 256),
        worker_threads=_integer(values, "WORKER_THREADS", 4, 1, 64),
        max_upload_mb=_integer(values, "MAX_UPLOAD_MB", 100, 1, 4096),
        fetch_allow=_fetch_allow(values.get("FETCH_ALLOW", "")),
        dns_server=_dns_server(values.get("DNS_SERVER")),
        development=values.get("GALENA_DEVELOPMENT") == "1",
    )


def _data_dir(value):
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


def _given_key(key):
    if key is not None and len(key) < 32:
        raise ConfigError(
            "SECRET_KEY is too short to keep anybody from forging cookies. Give 32 characters or more, "
            "or leave it out and one is made."
        )
    return key


def _made_key(path):
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


def _integer(values, name, default, low, high):
    text = values.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ConfigError(f"{name} is {text!r}. Give a whole number from {low} to {high}.")
    return int(text)


def _choice(values, name, default, choices):
    text = values.get(name, default)
    if text not in choices:
        raise ConfigError(f"{name} is {text!r}. Give one of: {', '.join(choices)}.")
    return text


def _database_url(url, name):
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ConfigError(f"{name} must start with sqlite:/// or postgresql://.")
    return url


def _queue_url(url):
    if not url.startswith(
        ("sqlite:///", "postgresql://", "postgres://", "redis://", "rediss://", "unix://", "memory://")
    ):
        raise ConfigError("QUEUE_URL must start with sqlite:///, postgresql:// or redis://.")
    return url


def _base_url(url):
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


def _linkable(host):
    """`host` as an address people can open has it: this machine's for "all interfaces", IPv6 in brackets."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _mail_url(url):
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


def _mail_from(address, mail_url):
    if address is None and mail_url is not None:
        raise ConfigError("MAIL_URL is set but MAIL_FROM is not. Give the address that mail comes from.")
    address = address or "galena@localhost"
    name, at, host = address.rpartition("@")
    if not (name and at and host) or any(character in address for character in "\r\n\0 <>,"):
        raise ConfigError(f"MAIL_FROM is {address!r}. Give one e-mail address, such as hello@example.com.")
    return address


def _fetch_allow(text):
    try:
        return read_allowed(text)
    except ValueError as error:
        raise ConfigError(
            f"FETCH_ALLOW is {text!r}: {error}. Give networks, each with a port if only that one is meant, such as "
            "127.0.0.1/32 or 10.1.0.0/16:2525."
        ) from None


def _dns_server(text):
    if text is None:
        return None
    try:
        parts = urlsplit(f"//{text}")
        return str(ip_address(parts.hostname or "")), parts.port or 53
    except ValueError:
        raise ConfigError(
            f"DNS_SERVER is {text!r}. Give the address of a name server, such as 10.0.0.2 or 127.0.0.1:5353."
        ) from None


def _google(values):
    names = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")
    missing = [name for name in names if name not in values]
    if len(missing) == 1:
        raise ConfigError(f"{missing[0]} is missing. Give GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither.")
    url = values.get("GOOGLE_DISCOVERY_URL", Config.google_discovery_url)
    if not _is_discovery(url):
        raise ConfigError(
            f"GOOGLE_DISCOVERY_URL is {url!r}. Give an https address that ends with {DISCOVERY} "
            "(http only for this machine), or leave it out for Google's own."
        )
    client_id, client_secret = map(values.get, names)
    return {
        "google_client_id": client_id,
        "google_client_secret": client_secret,
        "google_discovery_url": url,
    }


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


_current = None


def activate(config):
    """Make `config` the one of this process; create_app() does."""
    global _current
    _current = config


def current():
    """The Config of this process, for verbs and jobs (mail server, data folder)."""
    if _current is None:
        raise RuntimeError("No configuration yet: create_app() comes first.")
    return _current
