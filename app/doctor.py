"""What `hainan doctor` finds: facts about the set-up, and every promise that cannot be kept, each as one line. It changes nothing."""

import datetime as dt
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app import __version__
from app.db import Clock, ledger
from app.db.backends import Backend, open_backend
from app.db.condition import disk_of
from app.db.facts import absent_file, damage, refusal, stated
from app.db.migrate import schema_fault, schema_revision
from app.db.triggers import missing_ledger_triggers
from app.db.types import moment_of
from app.errors import SettingsError
from app.logs import hidden
from app.settings import PREFIX, Settings

_CLOCK_SECONDS = 5


class Findings(msgspec.Struct):
    """`facts` are (name, value); `faults` say what is wrong and, where it is not plain, what to do."""

    facts: list[tuple[str, str]] = []
    faults: list[str] = []

    def fact(self, name: str, value: Any) -> None:
        self.facts.append((name, str(value)))


def examined(settings: Settings, clock: Clock) -> Findings:
    """Everything that can be seen from here."""
    found = Findings()
    found.fact("program", f"{__version__} on Python {platform.python_version()}, {sys.platform}")
    for field in msgspec.structs.fields(settings):
        found.fact(PREFIX + field.name.upper(), _shown(getattr(settings, field.name)))
    found.fact("clock", clock().isoformat(timespec="seconds"))
    if absent := absent_file(settings.database_url):
        found.faults.append(f"there is no database at {absent}; run: hainan migrate")
        return found
    with _opened(settings.database_url) as backend:
        _look_around(backend, found)
        with _reported(found), backend.readers.connect() as connection:
            _look_into(connection, found, clock())
        with _reported(found), backend.writers.connect():
            pass  # it refuses a connection that could lose what was acknowledged
    return found


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else "-" if value is None else hidden(str(value))


@contextmanager
def _opened(url: str) -> Iterator[Backend]:
    backend = open_backend(url, readers=1)
    try:
        yield backend
    finally:
        backend.dispose()


@contextmanager
def _reported(found: Findings) -> Iterator[None]:
    """Make a fault of whatever the database refuses."""
    try:
        yield
    except SettingsError as error:
        _add(found, str(error))
    except DBAPIError as error:
        _add(found, refusal(error))


def _add(found: Findings, fault: str) -> None:
    if fault not in found.faults:
        found.faults.append(fault)


def _look_around(backend: Backend, found: Findings) -> None:
    """The file, its folder, its disk, and who serves it."""
    file, disk = backend.file, disk_of(backend)
    if file is None or disk is None:
        return
    found.fact("disk", disk)
    if disk.is_low:
        found.faults.append(f"the disk is nearly full: {disk}")
    found.faults += [f"{path} cannot be written by this user" for path in (file, file.parent) if not os.access(path, os.W_OK)]
    with backend.serving() as free:
        found.fact("served", "no" if free else "yes, a server is running")


def _look_into(connection: Connection, found: Findings, now: dt.datetime) -> None:
    """The engine's own word, the form of the tables, the triggers, and the last entry of the ledger."""
    for name, (value, kept) in stated(connection).items():
        found.fact(name, value)
        if not kept:
            _add(found, f"{name} is {value}: what was acknowledged could be lost or refused")
    found.fact("schema", schema_revision(connection) or "none")
    if fault := schema_fault(connection):
        found.faults.append(fault)
    found.faults += damage(connection)
    if schema_revision(connection) is None:
        return
    missing = missing_ledger_triggers(connection)
    found.fact("triggers", "all there" if not missing else f"without {', '.join(missing)}")
    found.faults += [f"the trigger {name} is missing, changed or switched off: the ledger could be edited" for name in missing]
    _look_at_head(ledger.head(connection), found, now)


def _look_at_head(head: ledger.Head, found: Findings, now: dt.datetime) -> None:
    found.fact("ledger", f"{head.seq} entries, the last at {head.at or '-'}")
    if head.at and (ahead := (moment_of(head.at) - now).total_seconds()) > _CLOCK_SECONDS:
        found.faults.append(f"the clock stands {ahead:.0f} seconds behind the last entry of the ledger")
