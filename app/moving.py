"""Backing a database up, restoring it, and moving it between engines: all of it or nothing, proved before anybody relies on it.

A backup is a database file of its own, whatever engine it was made from. Sign-ins, one-time secrets, counts of failures, uploads
that wait and kept answers stay behind: they belong to the moment, not to the record.
"""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Table

from app.actors import system_actor
from app.codes import SecurityEventKind
from app.db import Database, database_files, ledger, utc_now
from app.db.backends import open_backend
from app.db.engines import be_patient, database_file, role_of
from app.db.kept_answers import KEPT
from app.db.migrate import schema_revision
from app.db.sessions import ReadSession
from app.db.transfer import count, first_filled, transfer
from app.domain.columns import IMPORT_DRAFT, ONE_TIME_SECRET, SIGN_IN, THROTTLE
from app.domain.verify import faults, verify
from app.errors import SettingsError
from app.register import REGISTER
from app.tables import METADATA
from app.upkeep import migrated, note

LEFT_BEHIND: tuple[Table, ...] = (KEPT, *(table.__table__ for table in (SIGN_IN, ONE_TIME_SECRET, THROTTLE, IMPORT_DRAFT)))
MOVED = [table for table in METADATA.sorted_tables if table not in LEFT_BEHIND]
Shown = Callable[[str, int], Callable[[int], None]]
"""Shows a step by its name and size; what it returns is told how far the step has come."""


class Moved(msgspec.Struct, frozen=True):
    """What arrived: the entries of the ledger, and its head."""

    entries: int
    head: str


def unseen(_name: str, _size: int) -> Callable[[int], None]:
    """For whoever does not watch."""
    return lambda done: None


@database_files.said()
def backed_up(db: Database, target: Path, *, replace: bool, shown: Shown = unseen) -> Moved:
    """Write a backup into a new file, while the database is being served. Raises SettingsError where there is a file already."""
    target = database_files.place(target)
    if db.backend.file is not None and database_files.belongs(target, db.backend.file):
        raise SettingsError(f"{target} is the database itself, or belongs to it")
    database_files.refuse_no_file(target)
    if not replace:
        database_files.refuse_taken(target)
    with _left_alone(target), database_files.part_of(target) as part:
        found = _written(db, part, shown)
        database_files.settle(part, target)
    note(db, SecurityEventKind.BACKED_UP, f"{found.entries} entries")
    return found


def _left_alone(target: Path) -> AbstractContextManager[None]:
    """Whoever serves a database goes on writing into a file that was replaced under its hands, and loses all of it."""
    if not target.exists():
        return nullcontext()
    return database_files.unserved(target, f"another process serves the database at {target}; write the backup into another file")


def _written(db: Database, part: Path, shown: Shown) -> Moved:
    if db.backend.file is not None:
        database_files.snapshot(db.backend.file, part)
        database_files.empty_tables(part, [table.name for table in LEFT_BEHIND])
        if fault := database_files.fault(part):
            raise SettingsError(fault)
    else:
        copied(db, f"sqlite:///{part}", shown=shown)
    return Moved(*database_files.last_entry(part))


@database_files.said()
def restored(url: str, owner: str | None, file: Path, *, replace: bool, shown: Shown = unseen) -> Moved:
    """Put a backup in the place of a database that nobody serves, once it is proved. Raises SettingsError where it cannot be."""
    if not database_files.is_database_file(file):
        raise SettingsError(f"{file} is no backup of this program")
    name = database_file(url)
    if name is None:
        with tempfile.TemporaryDirectory() as folder, database_files.part_of(Path(folder) / "backup.db") as part:
            return _restored_elsewhere(url, owner or url, file, part, shown)
    return _restored_file(url, file, database_files.place(Path(name)), replace, shown)


def _restored_file(url: str, file: Path, target: Path, replace: bool, shown: Shown) -> Moved:
    """Nothing is made at the target before there is a proved backup to put there."""
    if database_files.belongs(file, target):
        raise SettingsError(f"{file} is the database itself, or belongs to it")
    database_files.refuse_no_file(target)
    served = "another process serves this database; stop it before restoring"
    with database_files.folder_of(target), database_files.unserved(target, served):
        if not replace and not database_files.is_blank(target):
            database_files.refuse_taken(target)
        with database_files.part_of(target) as part:
            found = _prepared(file, part, shown)
            if database_files.is_database_file(target):
                _overwritten(url, part, target, shown)
            else:
                database_files.settle(part, target)
    return found


def _overwritten(url: str, part: Path, target: Path, shown: Shown) -> None:
    """Whoever reads the database meanwhile sees the old state to the end."""
    backend = open_backend(url, readers=1)
    try:
        with backend.write_turn():
            _shown_copy(part, target, "putting it in place", shown)
    finally:
        backend.dispose()


def _restored_elsewhere(url: str, owner: str, file: Path, part: Path, shown: Shown) -> Moved:
    _prepared(file, part, shown)
    source = Database(open_backend(f"sqlite:///{part}", readers=1), REGISTER)
    try:
        return copied(source, owner, service=role_of(url), shown=shown)
    finally:
        source.close()


def _prepared(file: Path, part: Path, shown: Shown) -> Moved:
    """A copy of a backup in the form this program needs, proved."""
    _shown_copy(file, part, "reading the backup", shown)
    backend = open_backend(f"sqlite:///{part}", readers=1)
    try:
        with backend.readers.connect() as connection:
            if schema_revision(connection) is None:
                raise SettingsError(f"{file} is no backup of this program")
        migrated(backend)
        database_files.empty_tables(part, [table.name for table in LEFT_BEHIND])
        with backend.readers.connect() as connection:
            found = _proved(connection)
        note(Database(backend, REGISTER), SecurityEventKind.VERIFIED, "restored: ok")
        backend.checkpoint()
    finally:
        backend.dispose()
    return found


def copied(db: Database, url: str, *, service: str | None = None, shown: Shown = unseen) -> Moved:
    """Copy one state of the database into an empty one of either engine, which is migrated first. All of it, proved, or nothing.

    `service` is the role that will serve it.
    """
    target = open_backend(url, readers=1)
    try:
        migrated(target, service=service)
        with (
            db.backend.readers.connect() as source,
            target.write_turn(), target.writers.connect() as connection, connection.begin(),
        ):  # fmt: skip
            for one in (source, connection):
                be_patient(one)
            target.lock_ledger(connection)
            if filled := first_filled(connection, [table for table in MOVED if table.name != "security_event"]):
                raise SettingsError(f"the database to copy to is not empty: there are rows in {filled}")
            connection.execute(METADATA.tables["security_event"].delete())  # its migration; what comes along tells more
            transfer(source, connection, MOVED, _counted(shown("copying", count(source, MOVED))))
            shown("proving", 0)
            found = _proved(connection)
            if found.head != ledger.head(source).hash:
                raise SettingsError("the head of the ledger did not arrive as it was")
        target.checkpoint()
        return found
    finally:
        target.dispose()


def _proved(connection: Connection) -> Moved:
    verdict = verify(ReadSession(connection, system_actor("operator"), utc_now()), REGISTER)
    for line in faults(verdict):
        raise SettingsError(f"nothing was restored or copied, because the proof failed: {line}")
    return Moved(verdict.entries, verdict.head)


def _shown_copy(source: Path, target: Path, name: str, shown: Shown) -> None:
    steps: list[Callable[[int], None]] = []

    def progress(done: int, total: int) -> None:
        if not steps:
            steps.append(shown(name, total))
        steps[0](done)

    database_files.overwrite(source, target, progress)


def _counted(step: Callable[[int], None]) -> Callable[[int], None]:
    """Adds up what is done."""
    done = 0

    def more(number: int) -> None:
        nonlocal done
        done += number
        step(done)

    return more
