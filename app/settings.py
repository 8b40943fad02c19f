"""The settings, read once from `HAINAN_…` variables; nothing else reads the environment."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.errors import SettingsError

PREFIX = "HAINAN_"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")
_PORT = re.compile(r":[0-9]{1,5}\Z")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator can set. Every name is `HAINAN_` and the field in capitals; `…_FILE` names a file to read it from."""

    database_url: str = "sqlite:///var/hainan.db"
    migration_database_url: str | None = None
    """The address `migrate` uses where the service's own role may not change tables (PostgreSQL)."""
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    """Names this service answers to, without port; a request for another host is refused."""
    origins: tuple[str, ...] = ()
    """Where our own pages are, e.g. https://tracker.example.org; all https, or all http. Follows from hosts and port where not set."""
    plain_http: bool = False
    """Serve plain http on an address that others can reach, without https in front."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies whose X-Forwarded-For is believed."""
    first_administrator: str | None = None
    """The file for the secret of the first administrator; beside the database where that is a file."""
    memory_mb: int = 32
    """Size of the memory of answers in MiB; 0 switches it off."""
    kept_files_mb: int = 512
    """How much of the temporary folder, in MiB, a process may use to keep its last exports of everything; 0 keeps none."""
    readers: int = 6
    """Database connections for reading, and threads that serve requests."""
    review_months: int = 12
    """Months after the last confirmation at which a review is due."""
    access_log: bool = True
    """Whether the log has a line for every request."""
    lang: str | None = None
    """Language of the command line, zh or en; the locale of the terminal decides where it is not set."""

    @property
    def is_secure(self) -> bool:
        """Whether our pages are reached by https, by a proxy in front."""
        return bool(self.origins) and self.origins[0].startswith("https://")

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Names this service answers to, those of its origins among them."""
        return (*self.hosts, *(_PORT.sub("", origin.partition("://")[2]) for origin in self.origins))


def _integer(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if not (value.isascii() and value.isdigit() and low <= int(value[:9]) <= high):
            raise SettingsError(f"{name} must be a whole number from {low} to {high}")
        return int(value)

    return read


def _hosts(name: str, value: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    if not hosts:
        raise SettingsError(f"{name} must name at least one host")
    return hosts


def _origins(name: str, value: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in value.split(",") if part.strip())
    if not origins or not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise SettingsError(f"{name} must list origins as browsers send them, e.g. https://tracker.example.org")
    if len({origin.partition(":")[0] for origin in origins}) > 1:
        raise SettingsError(f"{name} must be all https or all http")
    return origins


def _switch(name: str, value: str) -> bool:
    if value not in ("0", "1"):
        raise SettingsError(f"{name} must be 0 or 1")
    return value == "1"


def _networks(name: str, value: str) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(f"{name} must list addresses or networks such as 10.0.0.0/8") from error


def _path(name: str, value: str) -> str:
    if not value.strip():
        raise SettingsError(f"{name} must name a file")
    return value


def _language(name: str, value: str) -> str:
    if value not in ("zh", "en"):
        raise SettingsError(f"{name} must be zh or en")
    return value


def database_address(name: str, value: str) -> str:
    """The address of a database as the program opens it. Raises SettingsError for any other scheme."""
    scheme, _, rest = value.partition("://")
    if scheme == "sqlite" and rest.partition("?")[0] in ("", "/", "/:memory:"):
        raise SettingsError(f"{name} must name a file, e.g. sqlite:///var/hainan.db")
    if scheme == "postgresql":
        return "postgresql+psycopg" + value[len(scheme) :]
    if scheme in ("sqlite", "postgresql+psycopg"):
        return value
    raise SettingsError(f"{name} must begin with sqlite:/// or postgresql://")


_READ: dict[str, Callable[[str, str], Any]] = {
    "database_url": database_address,
    "migration_database_url": database_address,
    "hosts": _hosts,
    "origins": _origins,
    "plain_http": _switch,
    "trusted_proxies": _networks,
    "first_administrator": _path,
    "memory_mb": _integer(0, 65536),
    "kept_files_mb": _integer(0, 1_048_576),
    "readers": _integer(1, 64),
    "review_months": _integer(1, 600),
    "access_log": _switch,
    "lang": _language,
}


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from a mapping like `os.environ`.

    Raises SettingsError naming the variable: unknown, set twice (directly and as a file), unreadable or out of range.
    """
    given: dict[str, Any] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX):
            continue
        field, value = _named(name, environment[name])
        if field in given:
            raise SettingsError(f"{PREFIX}{field.upper()} is set twice, directly and as a file")
        given[field] = _READ[field](name, value)
    return Settings(**given)


def _named(name: str, value: str) -> tuple[str, str]:
    field = name.removeprefix(PREFIX).lower()
    if field in _READ:
        return field, value
    if field.removesuffix("_file") in _READ and field.endswith("_file"):
        try:
            return field.removesuffix("_file"), Path(value).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}: the file cannot be read") from error
    raise SettingsError(f"{name} is not a setting; known are {', '.join(PREFIX + known.upper() for known in _READ)}")
