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

from app.db import Database
from app.db.engines import open_backend
from app.db.migrate import migrate
from app.interchange.seed import load_seed
from app.register import REGISTER


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
        shutil.copy(self.made[seed], target / "hainan.db")
        return f"sqlite:///{target / 'hainan.db'}"


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return next((path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


class PostgresTemplate:
    """A running cluster with a template database for each kind of start."""

    def __init__(self, socket: Path, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.socket, self._start = socket, start
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

    def copy(self, _target: Path, *, seed: bool) -> str:
        template = f"template_{str(seed).lower()}"
        if seed not in self.made:
            self.sql(f"CREATE DATABASE {template}")
            prepare(self.url(template), seed=seed)
            self.made.add(seed)
        self.number += 1
        self.sql(f"CREATE DATABASE test_{self.number} TEMPLATE {template}")
        return self.url(f"test_{self.number}")


@contextmanager
def cluster(programs: Path) -> Iterator[PostgresTemplate]:
    """A cluster in a temporary folder, run by an ordinary user because PostgreSQL refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    user: dict[str, Any] = {}
    if os.getuid() == 0:
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        account = names.get("postgres") or names["nobody"]
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = folder / "data"
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
    subprocess.run([programs / "initdb", "-N", "-U", "tests", "--locale=C.UTF-8", "-E", "UTF8", "-D", data], check=True, **quiet)
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=200", "shared_buffers=64MB"]
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
