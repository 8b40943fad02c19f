"""Starting the service: migrate, load what an empty database lacks, then serve until told to stop."""

import ipaddress
import os
import signal
import socket
import sys
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from app.asgi import served
from app.db import Database
from app.db.backends import Backend, open_backend
from app.db.engines import role_of
from app.domain.first_administrator import renew_secret
from app.errors import SettingsError
from app.interchange.seed import load_seed
from app.logs import configuration
from app.register import REGISTER
from app.settings import Settings
from app.upkeep import migrated
from app.web import first_secret

_HEADER_MILLISECONDS = 10_000
_STOP_SECONDS = 9
"""What runs may finish for so long after SIGTERM; whoever stops a service kills it after ten seconds."""
_HTTP_PORT = 80


def serve(settings: Settings, *, host: str, port: int, workers: int, empty: bool) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code. Raises SettingsError where it cannot start."""
    signal.signal(signal.SIGTERM, _stopped)
    backend = open_backend(settings.database_url, readers=1)
    if workers > 1 and backend.serves_alone:
        raise SettingsError("more than one worker needs PostgreSQL; SQLite has one serving process")
    _refuse_plain_http(settings, host)
    with backend.serving() as alone:
        if not alone:
            raise SettingsError("another process serves this database; use PostgreSQL for more than one")
        _prepare(backend, settings, empty)
        _refuse_taken(host, port)
        os.environ.update(_hosts(settings, host) | _origins(settings, host, port))
        _offer_first_administrator(settings)
        print(f"serving on http://{host}:{port}/", file=sys.stderr, flush=True)
        _server(host, port, workers, access_log=settings.access_log).serve(target_loader=_worker, wrap_loader=False)
    return 0


def _prepare(backend: Backend, settings: Settings, empty: bool) -> None:
    """Migrate, with the address that may change tables, and fill an empty register."""
    owner = open_backend(settings.migration_database_url, readers=1) if settings.migration_database_url else backend
    migrated(owner, service=role_of(settings.database_url))
    db = Database(backend, REGISTER)
    if not empty and db.head().seq == 0:
        load_seed(db)
    if owner is not backend:
        owner.dispose()
    backend.dispose()


def _refuse_taken(host: str, port: int) -> None:
    """Say in one line that a port is taken, which the server's own worker would say in many."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def _hosts(settings: Settings, host: str) -> dict[str, str]:
    """The address that was asked for is a name of ours as well, unless it is every address."""
    if host in ("0.0.0.0", "::") or host in settings.hosts:  # noqa: S104  # compared, not bound
        return {}
    os.environ.pop("HAINAN_HOSTS_FILE", None)
    return {"HAINAN_HOSTS": ",".join([*settings.hosts, f"[{host}]" if ":" in host else host.lower()])}


def _refuse_plain_http(settings: Settings, host: str) -> None:
    """Passwords and cookies go over the wire: where others can listen it takes https in front, or a word that it is meant."""
    if not (_is_loopback(host) or settings.is_secure or settings.plain_http):
        raise SettingsError(
            f"{host} can be reached by others: name its https address in HAINAN_ORIGINS, or allow plain http with HAINAN_PLAIN_HTTP=1"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origins(settings: Settings, host: str, port: int) -> dict[str, str]:
    """Where our pages are if nobody says so: at every name we have, on this port."""
    if settings.origins:
        return {}
    names = _hosts(settings, host).get("HAINAN_HOSTS", ",".join(settings.hosts)).split(",")
    return {"HAINAN_ORIGINS": ",".join(f"http://{name}" + ("" if port == _HTTP_PORT else f":{port}") for name in names)}


def _offer_first_administrator(settings: Settings) -> None:
    """Where there is no administrator, write down the secret that makes one, and say where it is."""
    db = Database(open_backend(settings.database_url, readers=1), REGISTER)
    secret = renew_secret(db)
    if secret is not None:
        path = first_secret.write(settings, secret)
        print(f"no administrator yet: make the first one with the secret in {path}, good for 24 hours", file=sys.stderr, flush=True)
    else:
        first_secret.remove(settings)
    db.close()


def _server(host: str, port: int, workers: int, *, access_log: bool) -> Any:
    return Granian(
        "app.asgi:served",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        factory=True,
        websockets=False,
        log_enabled=True,
        log_level=LogLevels.warning,
        log_dictconfig=configuration(access=access_log),
        backpressure=256,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS, max_buffer_size=64 * 1024),
        workers_kill_timeout=_STOP_SECONDS,
        respawn_failed_workers=True,
    )


def _stopped(_signal: int, _frame: Any) -> None:
    """End a start that is not yet complete; as the first process of a container nothing would end it otherwise."""
    sys.exit(128 + signal.SIGTERM)


def _worker() -> Any:
    """What a server process loads. It was forked with signal handlers of the main process, which would keep it alive while it loads."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both; the main process passes it on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return served()
