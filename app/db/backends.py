"""One database as the rest of the program sees it: readers, writers, and whose turn it is to write; a file, or a server's."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from app.db import locks
from app.errors import SettingsError, Unavailable

WAIT_SECONDS = 5.0
_MORE = 5
"""Connections for reading beside those of the requests: two for reports, one for an export, one for an import, one to see commits."""
QUICK_SECONDS = 0.02
"""How long a quick read may take from its beginning."""
_STEPS = 50_000
"""Steps of SQLite's virtual machine between two looks at the clock, some tenths of a millisecond."""
_PRAGMAS = {
    "foreign_keys": (1, "ON"),
    "recursive_triggers": (1, "ON"),  # else INSERT OR REPLACE passes by the DELETE trigger of the ledger
    "synchronous": (2, "FULL"),  # NORMAL loses acknowledged writes in a power cut
    "busy_timeout": (5000, "5000"),
}
_LEDGER_LOCK = 1294
_POSTGRES_SETTINGS = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "local", "remote_write", "remote_apply")}


class Backend(Protocol):
    """One database as the rest of the program sees it."""

    readers: Engine
    writers: Engine
    quick: Engine | None
    """One connection for the event loop, which gives up on whatever takes long; None where asking means waiting."""
    serves_alone: bool

    @property
    def file(self) -> Path | None:
        """The file it stands in; None where a database server keeps it."""

    @contextmanager
    def write_turn(self) -> Iterator[None]:
        """Hold the right to write; raises Unavailable after WAIT_SECONDS."""

    @contextmanager
    def serving(self) -> Iterator[bool]:
        """Hold the right to serve (or migrate, or restore); yields False where another process has it."""

    def lock_ledger(self, connection: Connection) -> None:
        """Serialise writers over all processes until the end of the transaction."""

    @contextmanager
    def step(self, connection: Connection) -> Iterator[None]:
        """A part of a transaction: an exception in the block undoes it alone, or where that fails the whole transaction."""

    def stands(self, connection: Connection) -> bool:
        """Whether the transaction is still there."""

    def moved(self) -> bool:
        """True where a commit may have happened since the last call; False only if none did."""

    def checkpoint(self) -> None:
        """Bring everything that was committed into the database's own file, where that is for us to do."""

    def dispose(self) -> None: ...


class SQLiteBackend:
    """A database file: many readers, one writing connection at a time over all processes."""

    serves_alone = True

    def __init__(self, url: str, readers: int) -> None:
        name = make_url(url).database
        if not name or name == ":memory:":
            raise SettingsError("the address of a database must name a file, e.g. sqlite:///var/hainan.db")
        self.file = Path(name)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"the folder {self.file.parent} cannot be made: {error.strerror}") from error
        self._own()
        self.writers = _sqlite_engine(url, "BEGIN IMMEDIATE", pool_size=1, max_overflow=0)
        self.readers = _sqlite_engine(url, "BEGIN", query_only=True, pool_size=readers + _MORE, max_overflow=0, pool_use_lifo=True)
        self.quick: Engine | None = _sqlite_engine(url, "BEGIN", query_only=True, budget=QUICK_SECONDS, pool_size=1, max_overflow=0)
        self._turn = threading.Lock()
        self._lock_file: int | None = None
        self._probe: Any = None
        self._seen: int | None = None

    def _own(self) -> None:
        """Make the file, if there is none, for its owner alone: drafts and hashes of passwords are in it."""
        with suppress(OSError):  # where it is there, or cannot be made, SQLite goes on, or says why it cannot
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))

    @contextmanager
    def write_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise Unavailable
        try:
            if self._lock_file is None:
                self._lock_file = os.open(locks.lock_of(self.file, "write"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if not locks.acquire(self._lock_file, WAIT_SECONDS):
                raise Unavailable("write_busy", seconds=int(WAIT_SECONDS))
            try:
                yield
            finally:
                locks.release(self._lock_file)
        finally:
            self._turn.release()

    @contextmanager
    def serving(self) -> Iterator[bool]:
        with locks.held(locks.lock_of(self.file, "serve"), 0) as got:
            yield got

    def lock_ledger(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE has done it."""

    @contextmanager
    def step(self, connection: Connection) -> Iterator[None]:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("SAVEPOINT step")
        try:
            yield
            driver.execute("RELEASE step")
        except BaseException:
            _undo(driver)
            raise

    def stands(self, connection: Connection) -> bool:
        driver: Any = connection.connection.dbapi_connection
        return bool(driver.in_transaction)

    def moved(self) -> bool:
        if self._probe is None:
            self._probe = self.readers.raw_connection()
        now = self._probe.dbapi_connection.execute("PRAGMA data_version").fetchone()[0]
        moved, self._seen = now != self._seen, now
        return bool(moved)

    def checkpoint(self) -> None:
        with self.write_turn(), self.writers.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def dispose(self) -> None:
        if self._probe is not None:
            self._probe.close()
        if self._lock_file is not None:
            os.close(self._lock_file)
        for engine in (self.quick, self.readers, self.writers):
            if engine is not None:
                engine.dispose()


def _undo(driver: Any) -> None:
    """Undo a step. SQLite ends the whole transaction by itself when a disk is full; half a step must not stay in it either."""
    try:
        driver.execute("ROLLBACK TO step")
        driver.execute("RELEASE step")
    except driver.Error:
        driver.rollback()


def _sqlite_engine(url: str, begin: str, *, query_only: bool = False, budget: float = 0, **pool: Any) -> Engine:
    engine = create_engine(
        url, connect_args={"isolation_level": None, "check_same_thread": False, "timeout": WAIT_SECONDS}, pool_timeout=WAIT_SECONDS,
        hide_parameters=True, **pool,
    )  # fmt: skip

    deadline = [0.0]

    @event.listens_for(engine, "connect")
    def _prepare(driver: Any, _record: Any) -> None:
        driver.execute("PRAGMA journal_mode=WAL")
        for pragma, (_, value) in _PRAGMAS.items():
            driver.execute(f"PRAGMA {pragma}={value}")
        if query_only:
            driver.execute("PRAGMA query_only=ON")
        if budget:
            driver.set_progress_handler(lambda: time.monotonic() > deadline[0], _STEPS)
        _read_back(driver)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        deadline[0] = time.monotonic() + budget
        if query_only:  # it waits for nobody, so that there is no error to be read
            cast(Any, connection.connection).execute(begin)
        else:
            connection.exec_driver_sql(begin)

    return engine


def _read_back(driver: Any) -> None:
    expected = {name: value for name, (value, _) in _PRAGMAS.items()} | {"journal_mode": "wal"}
    for pragma, value in expected.items():
        found = driver.execute(f"PRAGMA {pragma}").fetchone()[0]
        if found != value:
            raise SettingsError(f"SQLite does not keep {pragma}={value}; it answers {found}")


class PostgresBackend:
    """A PostgreSQL database behind one or several processes."""

    serves_alone = False
    quick: Engine | None = None
    file = None

    def __init__(self, url: str, readers: int) -> None:
        limits = "-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
        options = f"{limits} -c timezone=UTC -c jit=off"  # compiling a statement takes longer than any of ours runs
        connect = {"options": options, "connect_timeout": 5}
        self.writers = create_engine(
            url, connect_args=connect, pool_pre_ping=True, pool_size=2, max_overflow=6, pool_timeout=WAIT_SECONDS, hide_parameters=True
        )
        read_only = {**connect, "options": f"{options} -c default_transaction_read_only=on"}
        self.readers = create_engine(
            url, connect_args=read_only, pool_pre_ping=True, pool_size=readers, max_overflow=_MORE, pool_timeout=WAIT_SECONDS,
            isolation_level="REPEATABLE READ", hide_parameters=True,
        )  # fmt: skip
        event.listen(self.writers, "connect", _read_back_postgres)

    @contextmanager
    def write_turn(self) -> Iterator[None]:
        yield

    @contextmanager
    def serving(self) -> Iterator[bool]:
        yield True

    def lock_ledger(self, connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LEDGER_LOCK})

    @contextmanager
    def step(self, connection: Connection) -> Iterator[None]:
        with connection.begin_nested():
            yield

    def stands(self, connection: Connection) -> bool:
        return connection.in_transaction()

    def moved(self) -> bool:
        return True

    def checkpoint(self) -> None:
        """The server of the database does that by itself."""

    def dispose(self) -> None:
        self.readers.dispose()
        self.writers.dispose()


def _read_back_postgres(driver: Any, _record: Any) -> None:
    for name, wanted in _POSTGRES_SETTINGS.items():
        found = driver.execute(f"SHOW {name}").fetchone()[0]
        if found not in wanted:
            driver.rollback()
            raise SettingsError(f"PostgreSQL runs with {name}={found}: acknowledged writes could be lost")
    driver.rollback()


def open_backend(url: str, *, readers: int) -> Backend:
    """The backend for a database address. Raises SettingsError where it can never work."""
    if make_url(url).get_backend_name() == "sqlite":
        return SQLiteBackend(url, readers)
    return PostgresBackend(url, readers)
