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
        ("HAINAN_READERS", "9" * 50),
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
