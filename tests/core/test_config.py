import stat

import pytest

from webapp.config import load
from webapp.config_values import ConfigError


def config(tmp_path, **environ):
    return load({"DATA_DIR": str(tmp_path), **environ}, dotenv=tmp_path / ".env")


def test_the_defaults_need_nothing(tmp_path):
    made = config(tmp_path)
    assert made.database_url == f"sqlite:///{tmp_path}/galena.db"
    assert made.base_url == "http://127.0.0.1:8000"
    assert made.mail_url is None


def test_the_key_is_made_once_and_is_private(tmp_path):
    first, second = config(tmp_path), config(tmp_path)
    assert first.secret_key == second.secret_key and len(first.secret_key) >= 48
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_the_environment_wins_over_the_env_file(tmp_path):
    (tmp_path / ".env").write_text("PORT=9001\nHOST=0.0.0.0\n")
    made = config(tmp_path, PORT="9002")
    assert (made.port, made.host, made.base_url) == (9002, "0.0.0.0", "http://127.0.0.1:9002")


def test_any_free_port_can_be_asked_for(tmp_path):
    assert config(tmp_path, PORT="0").port == 0


def test_a_host_of_ipv6_makes_an_address_that_can_be_opened(tmp_path):
    assert config(tmp_path, HOST="::1").base_url == "http://[::1]:8000"
    assert config(tmp_path, HOST="::").base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://x"),
        ("QUEUE_URL", "amqp://x"),
        ("BASE_URL", "galena.example"),
        ("BASE_URL", "http://["),
        ("BASE_URL", "https://müller.example"),
        ("BASE_URL", "https://two words.example"),
        ("BASE_URL", "http://galena.example:port"),
        ("BASE_URL", "https://me:hush@galena.example"),
        ("MAIL_URL", "smtp.example.com"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b\r\nBcc: c@d"),
        ("GOOGLE_DISCOVERY_URL", "http://accounts.example/.well-known/openid-configuration"),
        ("GOOGLE_DISCOVERY_URL", "https://accounts.example"),
        ("GOOGLE_DISCOVERY_URL", "https://me@accounts.example/.well-known/openid-configuration"),
        ("GOOGLE_DISCOVERY_URL", "https://[/.well-known/openid-configuration"),
        ("GOOGLE_DISCOVERY_URL", "https://accounts.example/?x=/.well-known/openid-configuration"),
        ("SECRET_KEY", "changeme"),
        ("LOG_FORMAT", "xml"),
        ("WEB_THREADS", "0"),
        ("FETCH_ALLOW", "everywhere"),
        ("FETCH_ALLOW", "10.0.0.0/8:port"),
        ("DNS_SERVER", "name.example"),
        ("DNS_SERVER", "127.0.0.1:port"),
        ("FETCH_CONCURRENCY", "0"),
        ("SEARCH_URL", "searx.example"),
        ("WIKIDATA_URL", "https://wikidata.example/?x=1"),
        ("LLM_BASE_URL", "http://127.0.0.1:port/v1"),
        ("LLM_PRICE", "cheap"),
        ("LLM_PRICE", "0.5"),
        ("LLM_PRICE", "-1 2"),
        ("LLM_CURRENCY", "euro"),
        ("TRUSTED_PROXIES", "-1"),
        ("DATA_DIR", "/proc/nowhere"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence_that_names_it(tmp_path, name, value):
    with pytest.raises(ConfigError, match=name):
        config(tmp_path, **{name: value})


def test_a_name_server_may_be_given(tmp_path):
    assert config(tmp_path).dns_server is None
    assert config(tmp_path, DNS_SERVER="127.0.0.1:5353").dns_server == ("127.0.0.1", 5353)
    assert config(tmp_path, DNS_SERVER="[::1]").dns_server == ("::1", 53)


def test_a_mail_server_without_a_sender_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="MAIL_FROM"):
        config(tmp_path, MAIL_URL="smtp://127.0.0.1:25")


def test_google_is_off_until_both_of_its_variables_are_there(tmp_path):
    assert not config(tmp_path).google
    made = config(tmp_path, GOOGLE_CLIENT_ID="galena", GOOGLE_CLIENT_SECRET="hush")
    assert made.google and made.google_issuer == "https://accounts.google.com"
    with pytest.raises(ConfigError, match="GOOGLE_CLIENT_SECRET is missing"):
        config(tmp_path, GOOGLE_CLIENT_ID="galena")
    with pytest.raises(ConfigError, match="GOOGLE_CLIENT_ID is missing"):
        config(tmp_path, GOOGLE_CLIENT_SECRET="hush")


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://sso.example/a"]
)
def test_another_provider_can_stand_in_for_google(tmp_path, issuer):
    made = config(tmp_path, GOOGLE_DISCOVERY_URL=f"{issuer}/.well-known/openid-configuration")
    assert made.google_issuer == issuer


def test_mailboxes_at_microsoft_need_both_of_their_variables_and_a_tenant_that_can_be(tmp_path):
    assert not config(tmp_path).microsoft
    keys = {"MICROSOFT_CLIENT_ID": "galena", "MICROSOFT_CLIENT_SECRET": "hush"}
    made = config(tmp_path, **keys)
    well_known = "/v2.0/.well-known/openid-configuration"
    assert made.microsoft and made.microsoft_discovery_url == f"https://login.microsoftonline.com/common{well_known}"
    made = config(tmp_path, **keys, MICROSOFT_TENANT="acme.example")
    assert made.microsoft_discovery_url == f"https://login.microsoftonline.com/acme.example{well_known}"
    assert "hush" not in repr(made)
    with pytest.raises(ConfigError, match="MICROSOFT_CLIENT_SECRET is missing"):
        config(tmp_path, MICROSOFT_CLIENT_ID="galena")
    for tenant in ("acme.example/x", "../common", "a b"):
        with pytest.raises(ConfigError, match="MICROSOFT_TENANT"):
            config(tmp_path, **keys, MICROSOFT_TENANT=tenant)


def test_secrets_are_not_in_its_printed_form(tmp_path):
    google = {"GOOGLE_CLIENT_ID": "galena", "GOOGLE_CLIENT_SECRET": "hush"}
    mail = {"MAIL_URL": "smtp://me:hush@127.0.0.1:25", "MAIL_FROM": "a@b.example"}
    made = config(tmp_path, SECRET_KEY="s" * 40, **mail, **google)
    assert "hush" not in repr(made) and "ssss" not in repr(made)


def test_a_model_endpoint_has_an_address_a_model_and_a_price(tmp_path):
    assert not config(tmp_path).llm
    given = {"LLM_BASE_URL": "https://models.example/v1/", "LLM_MODEL": "small", "LLM_PRICE": "0.59 0.79"}
    read = config(tmp_path, **given)
    assert (read.llm, read.llm_base_url, read.llm_price) == (True, "https://models.example/v1", (590_000, 790_000))
    for name in ("LLM_BASE_URL", "LLM_MODEL"):
        with pytest.raises(ConfigError, match=name):
            config(tmp_path, **{**given, name: ""})
