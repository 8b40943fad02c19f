"""Settings come from HAINAN_ variables only, and a wrong one is an error that names it."""

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import Settings, load_settings


def test_without_variables_everything_has_a_default() -> None:
    assert load_settings({"PATH": "/bin", "LANG": "C"}) == Settings()
    assert load_settings({}).database_url == "sqlite:///var/hainan.db"


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://tracker:secret@db/hainan\n")
    settings = load_settings({"HAINAN_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert settings.database_url == "postgresql+psycopg://tracker:secret@db/hainan"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HAINAN_DATABSE_URL", "sqlite:///x.db"), ("HAINAN_", "x"), ("HAINAN_MEMORY_MB", "-1"), ("HAINAN_MEMORY_MB", "１２"),
        ("HAINAN_MEMORY_MB", "many"), ("HAINAN_READERS", "0"), ("HAINAN_DATABASE_URL", "mysql://x"), ("HAINAN_HOSTS", " , "),
        ("HAINAN_LANG", "fr"), ("HAINAN_DATABASE_URL_FILE", "/no/such/file"), ("HAINAN_REVIEW_MONTHS", "0"),
        ("HAINAN_READERS", "9" * 50), ("HAINAN_ORIGINS", ""), ("HAINAN_ORIGINS", "tracker.example.org"), ("HAINAN_ORIGINS", "https://x.org/"),
        ("HAINAN_ORIGINS", "https://x.org,http://localhost"), ("HAINAN_ORIGINS", "https://X.org"), ("HAINAN_ORIGINS", "null"),
        ("HAINAN_ORIGINS", "*"), ("HAINAN_PLAIN_HTTP", "yes"), ("HAINAN_TRUSTED_PROXIES", "proxy.example.org"),
        ("HAINAN_TRUSTED_PROXIES", "10.0.0.1/8"), ("HAINAN_FIRST_ADMINISTRATOR", " "),
    ],
)  # fmt: skip
def test_an_unknown_or_wrong_setting_is_an_error_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({name: value})


def test_a_value_given_twice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lang").write_text("zh")
    with pytest.raises(SettingsError, match="twice"):
        load_settings({"HAINAN_LANG": "zh", "HAINAN_LANG_FILE": str(tmp_path / "lang")})


def test_hosts_are_a_list_in_lower_case() -> None:
    assert load_settings({"HAINAN_HOSTS": "Tracker.Example.org, localhost"}).hosts == ("tracker.example.org", "localhost")


def test_https_is_configured_by_naming_an_origin_that_has_it() -> None:
    settings = load_settings({"HAINAN_ORIGINS": "https://tracker.example.org, https://second.example.org:8443"})
    assert settings.is_secure
    assert settings.all_hosts[-2:] == ("tracker.example.org", "second.example.org")
    assert not load_settings({"HAINAN_ORIGINS": "http://localhost:8000"}).is_secure
    assert not Settings().is_secure


def test_proxies_are_addresses_and_networks() -> None:
    settings = load_settings({"HAINAN_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, ::1"})
    assert settings.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8", "::1/128")
