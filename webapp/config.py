"""The environment, read once. A wrong value stops the start with a sentence that names the variable."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from . import config_values as parse
from .config_values import DISCOVERY, ROOT

BESIDE = 10  # database connections for what runs beside the threads of pages and jobs: lanes, watches, supervision
VERSION = "0.1"  # of Galena, as it names itself to servers


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
    microsoft_client_id: str | None = None
    microsoft_client_secret: str | None = field(default=None, repr=False)
    microsoft_discovery_url: str = f"https://login.microsoftonline.com/common/v2.0{DISCOVERY}"
    log_format: str = "console"
    web_threads: int = 8
    worker_threads: int = 4
    max_upload_mb: int = 100
    fetch_allow: tuple = ()  # of core.networks.Allowed
    dns_server: tuple | None = None  # (address, port); None: the ones that this machine asks
    fetch_concurrency: int = 32  # hosts that a worker process fetches from at once
    search_url: str | None = None  # a SearXNG instance
    wikidata_url: str = "https://www.wikidata.org"
    llm_base_url: str | None = None  # any endpoint that speaks the OpenAI protocol
    llm_api_key: str | None = field(default=None, repr=False)
    llm_model: str | None = None
    llm_price: tuple = (0, 0)  # for a million tokens in and out, in millionths of llm_currency
    llm_currency: str = "USD"
    development: bool = False
    testing: bool = False

    @property
    def connections(self):
        """How many database connections a process may need at once: one a thread, and BESIDE."""
        return max(self.web_threads, self.worker_threads) + BESIDE

    @property
    def uploads(self):
        return self.data_dir / "uploads"

    @property
    def llm(self):
        """Whether a model endpoint is configured."""
        return self.llm_base_url is not None

    @property
    def agent(self):
        """How this installation names itself to the servers that it reads from."""
        return f"Galena/{VERSION} (+{self.base_url})"

    @property
    def google(self):
        """Whether people may sign in with Google."""
        return self.google_client_id is not None

    @property
    def microsoft(self):
        """Whether mailboxes at Microsoft can be connected by a button."""
        return self.microsoft_client_id is not None

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
    data_dir = parse.data_dir(values.get("DATA_DIR", "var"))
    host = values.get("HOST", "127.0.0.1")
    port = parse.integer(values, "PORT", 8000, 0, 65535)
    mail_url = parse.mail_url(values.get("MAIL_URL"))
    return Config(
        data_dir=data_dir,
        database_url=parse.database_url(
            values.get("DATABASE_URL") or f"sqlite:///{data_dir}/galena.db", "DATABASE_URL"
        ),
        queue_url=parse.queue_url(values.get("QUEUE_URL") or f"sqlite:///{data_dir}/queue.db"),
        host=host,
        port=port,
        base_url=parse.base_url(values.get("BASE_URL") or f"http://{parse.linkable(host)}:{port}"),
        trusted_proxies=parse.integer(values, "TRUSTED_PROXIES", 0, 0, 10),
        secret_key=parse.given_key(values.get("SECRET_KEY")) or parse.made_key(data_dir / "secret.key"),
        secret_key_fallbacks=tuple(values.get("SECRET_KEY_FALLBACKS", "").replace(",", " ").split()),
        mail_url=mail_url,
        mail_from=parse.mail_from(values.get("MAIL_FROM"), mail_url),
        sign_up=parse.choice(values, "SIGN_UP", "open", ("open", "invite")),
        **parse.google(values, Config),
        **parse.microsoft(values),
        log_format=parse.choice(values, "LOG_FORMAT", "console", ("console", "json")),
        web_threads=parse.integer(values, "WEB_THREADS", 8, 1, 256),
        worker_threads=parse.integer(values, "WORKER_THREADS", 4, 1, 64),
        max_upload_mb=parse.integer(values, "MAX_UPLOAD_MB", 100, 1, 4096),
        fetch_allow=parse.fetch_allow(values.get("FETCH_ALLOW", "")),
        dns_server=parse.dns_server(values.get("DNS_SERVER")),
        fetch_concurrency=parse.integer(values, "FETCH_CONCURRENCY", 32, 1, 256),
        search_url=parse.service(values, "SEARCH_URL"),
        wikidata_url=parse.service(values, "WIKIDATA_URL") or Config.wikidata_url,
        **parse.llm(values, Config),
        development=values.get("GALENA_DEVELOPMENT") == "1",
    )


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
