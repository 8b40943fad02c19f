"""Databases for tests: made once by the real migrations, then copied for each test. PostgreSQL is a cluster of our own."""

import datetime as dt
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from app.db import Database
from app.db.backends import open_backend
from app.db.migrate import migrate
from app.interchange.seed import load_seed
from app.register import REGISTER

MEMORY = ("shared_buffers=64MB", "max_wal_size=256MB")
ROOM = 2 * 2**30
"""What two clusters take at most, with their logs."""


def prepare(url: str, *, seed: bool) -> None:
    """Migrate an empty database and, where asked, load the Hainan Initiative."""
    backend = open_backend(url, readers=2)
    migrate(backend)
    db = Database(backend, REGISTER, lambda: dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC))
    if seed:
        load_seed(db)
    db.close()


class SQLiteTemplate:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[bool, Path] = {}

    def copy(self, target: Path, *, seed: bool) -> str:
        if seed not in self.made:
            path = self.folder / f"template-{seed}.db"
            prepare(f"sqlite:///{path}", seed=seed)
            self.made[seed] = path
        return self.copy_of(f"sqlite:///{self.made[seed]}", target)

    def copy_of(self, url: str, target: Path) -> str:
        """Another copy of a database that nobody has open."""
        shutil.copy(url.removeprefix("sqlite:///"), target / "hainan.db")
        return f"sqlite:///{target / 'hainan.db'}"

    def drop(self, _url: str) -> None:
        """The file goes with the folder of the test."""


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return next((path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


def roomy() -> Path:
    """Where a cluster goes: into memory where there is room, so that what it brings to the disk, as in service, costs nothing."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else Path("/tmp")


class PostgresTemplate:
    """A running cluster with a template database for each kind of start."""

    def __init__(self, socket: Path, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.socket, self._start = socket, start
        self.in_memory = socket.parent != Path("/tmp")
        self.process = start()
        self.made: set[bool] = set()
        self.number = 0

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://tests@/{name}?host={self.socket}"

    def sql(self, *statements: str) -> None:
        with psycopg.connect(host=str(self.socket), user="tests", dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # names of ours only

    def stop(self) -> None:
        """At once, without the checkpoint, which takes long on a busy disk: what `pg_ctl -m immediate` does, and a crash."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def restart(self) -> None:
        """Crash, and come back."""
        self.stop()
        self.process = self._start()
        _wait(self)

    def copy(self, target: Path, *, seed: bool) -> str:
        template = f"template_{str(seed).lower()}"
        if seed not in self.made:
            self.sql(f"CREATE DATABASE {template}")
            prepare(self.url(template), seed=seed)
            self.made.add(seed)
        return self.copy_of(self.url(template), target)

    def copy_of(self, url: str, _target: Path) -> str:
        """Another copy of a database; its files are copied, not logged, where that does not mean to wait for a disk."""
        self.number += 1
        template, strategy = make_url(url).database, "file_copy" if self.in_memory else "wal_log"
        self.sql(f"CREATE DATABASE test_{self.number} TEMPLATE {template} STRATEGY {strategy}")
        return self.url(f"test_{self.number}")

    def drop(self, url: str) -> None:
        """Give the memory back; from a disk it would go with a checkpoint, which takes longer than to leave it."""
        if self.in_memory:
            self.sql(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


@contextmanager
def cluster(programs: Path) -> Iterator[PostgresTemplate]:
    """A cluster in a temporary folder, run by an ordinary user because PostgreSQL refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=roomy()))
    user: dict[str, Any] = {}
    if os.getuid() == 0:
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        account = names.get("postgres") or names["nobody"]
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = folder / "data"
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
    subprocess.run([programs / "initdb", "-N", "-U", "tests", "--locale=C.UTF-8", "-E", "UTF8", "-D", data], check=True, **quiet)
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=200", *MEMORY]
    command: Any = [programs / "postgres", "-D", data, *(word for s in settings for word in ("-c", s))]
    template = PostgresTemplate(folder, lambda: subprocess.Popen(command, **quiet))
    try:
        _wait(template)
        yield template
    finally:
        template.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(template: PostgresTemplate) -> None:
    for _ in range(200):
        try:
            return template.sql("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise TimeoutError("PostgreSQL did not start")
