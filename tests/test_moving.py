"""Backups, restoring, and moving between engines: all of it or nothing, with the ledger byte for byte (T61, T62)."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.actors import system_actor
from app.cli import main
from app.db import Database, database_files
from app.db.backends import open_backend
from app.domain.columns import ORGANIZATION, SECURITY_EVENT
from app.domain.intake import Title
from app.domain.organizations import NewOrganization, create_organization
from app.domain.verify import verify
from app.errors import SettingsError
from app.moving import LEFT_BEHIND, MOVED, backed_up, copied
from app.register import REGISTER
from tests.service import running
from tests.serving import ROOT
from tests.test_as_recorded import busy

TESTS = system_actor("tests")


def opened(url: str) -> Database:
    return Database(open_backend(url, readers=2), REGISTER)


def stored(url: str) -> dict[str, list[str]]:
    """Everything that moves, as it is stored, but for the security events."""
    db = opened(url)
    with db.read() as session:
        found = {table.name: sorted(map(repr, session.connection.execute(table.select()).all())) for table in MOVED}
    db.close()
    del found["security_event"]
    return found


def events(url: str) -> list[tuple[str, str | None]]:
    db = opened(url)
    with db.read() as session:
        found = [(row.kind, row.detail) for row in session.rows(SECURITY_EVENT.__table__.select().order_by(SECURITY_EVENT.id))]
    db.close()
    return found


def proved(url: str) -> tuple[int, str]:
    """Assert that a database proves itself and can be written to; its entries and head before that."""
    db = opened(url)
    with db.read() as session:
        verdict = verify(session, REGISTER)
    assert verdict.fault is None
    add(db, "written-afterwards")
    db.close()
    return verdict.entries, verdict.head


def add(db: Database, code: str) -> None:
    with db.write(TESTS) as session:
        create_organization(session, NewOrganization(id=code, name=Title(en=code), kind="agency"))


@pytest.fixture(scope="module")
def offices() -> dict[str, str]:
    """The database of each engine in which an office has worked for a while, once there is one."""
    return {}


@pytest.fixture
def filled(template: Any, engine: str, offices: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A copy of it."""
    if engine not in offices:
        offices[engine] = template.copy(tmp_path_factory.mktemp("office"), seed=True)
        with running(offices[engine]) as service:
            busy(service, 25)
            service.token("admin")
            service.post("/actions", {"title": {"zh": "发射", "en": "Launch"}}, role="editor", headers={"Idempotency-Key": "one"})
    url = template.copy_of(offices[engine], tmp_path)
    yield url
    template.drop(url)


def hainan(monkeypatch: pytest.MonkeyPatch, url: str, *words: str) -> int:
    monkeypatch.setenv("HAINAN_DATABASE_URL", url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("HAINAN_LANG", "en")
    return main(list(words))


@pytest.fixture
def another_url(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> str:
    """The address of a database of the same engine that does not exist yet, or is empty."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/another/hainan.db"
    template = request.getfixturevalue("postgres_template")
    name = f"another_{template.number}"
    template.sql(f"CREATE DATABASE {name}")
    return str(template.url(name))


def test_a_backup_is_restored_as_it_was(
    filled: str, another_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(filled)
    assert hainan(monkeypatch, filled, "backup", str(tmp_path / "copy.db")) == 0
    made = capsys.readouterr().out
    assert made.startswith("backed up: ")
    assert oct((tmp_path / "copy.db").stat().st_mode)[-3:] == "600"
    assert hainan(monkeypatch, another_url, "restore", str(tmp_path / "copy.db")) == 0
    assert capsys.readouterr().out == made.replace("backed up", "restored")
    assert stored(another_url) == before
    assert events(filled)[-1] == ("backed_up", f"{made.split()[2]} entries")
    assert events(another_url)[-1] == ("verified", "restored: ok")
    db = opened(another_url)
    with db.read() as session:
        assert [session.connection.execute(table.select()).all() for table in LEFT_BEHIND] == [[]] * len(LEFT_BEHIND)
    db.close()
    proved(another_url)


def test_backups_under_writers_hold_everything_that_was_acknowledged(database_url: str, tmp_path: Path) -> None:
    db = opened(database_url)
    acknowledged: list[str] = []
    waits, stopped = [0.0], threading.Event()

    def write(worker: int) -> None:
        number = 0
        while not stopped.is_set():
            began, number = time.monotonic(), number + 1
            add(db, f"w{worker}-{number}")
            waits.append(time.monotonic() - began)
            acknowledged.append(f"w{worker}-{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(2):
            time.sleep(0.3)
            before = list(acknowledged)
            backed_up(db, tmp_path / f"{number}.db", replace=False)
            with sqlite3.connect(tmp_path / f"{number}.db") as file:
                there = {row[0] for row in file.execute("SELECT code FROM organization")}
            assert before
            assert set(before) - there == set()
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        db.close()
    assert max(waits) < 5
    for number in range(2):
        proved(f"sqlite:///{tmp_path}/{number}.db")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_from_sqlite_to_postgresql_and_back_nothing_changes(
    filled: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    template = request.getfixturevalue("postgres_template")
    template.sql("CREATE DATABASE moved")
    there, back = template.url("moved"), f"sqlite:///{tmp_path}/back.db"
    assert hainan(monkeypatch, filled, "copy", "--to", there.replace("+psycopg", "")) == 0
    assert hainan(monkeypatch, there, "copy", "--to", back) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == said[1]
    assert said[0].startswith("copied: ")
    assert stored(filled) == stored(there) == stored(back)
    assert proved(there) == proved(back) == proved(filled)


def test_what_is_there_is_never_overwritten_without_saying_so(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "copy.db"
    assert hainan(monkeypatch, filled, "backup", str(file)) == 0
    before = file.read_bytes()
    assert hainan(monkeypatch, filled, "backup", str(file)) == 2
    assert "exists; --replace" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert hainan(monkeypatch, filled, "backup", str(file), "--replace") == 0
    assert hainan(monkeypatch, filled, "restore", str(file)) == 2
    assert ("--replace" if filled.startswith("sqlite") else "not empty") in capsys.readouterr().err
    assert hainan(monkeypatch, filled, "copy", "--to", filled.replace("+psycopg", "")) == 2
    assert "names the database itself" in capsys.readouterr().err
    assert list(tmp_path.glob("*.part*")) == []


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_database_that_is_served_is_not_replaced_and_one_that_is_not_is_replaced_whole(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "copy.db"
    assert hainan(monkeypatch, filled, "backup", str(file)) == 0
    before = stored(filled)
    db = opened(filled)
    add(db, "later")
    with db.backend.serving() as alone:
        assert alone
        assert hainan(monkeypatch, filled, "restore", str(file), "--replace") == 2
        assert "another process serves" in capsys.readouterr().err
    with db.read() as session:  # whoever reads meanwhile sees the old state to the end
        session.value(ORGANIZATION.__table__.select())
        assert hainan(monkeypatch, filled, "restore", str(file), "--replace") == 0
        assert session.value(text("SELECT count(*) FROM organization WHERE code = 'later'")) == 1
    db.close()
    assert stored(filled) == before
    proved(filled)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_backup_never_goes_where_the_database_is_or_where_another_is_served(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, other = tmp_path / "hainan.db", tmp_path / "other.db"
    (tmp_path / "link.db").symlink_to(file)
    (tmp_path / "hard.db").hardlink_to(file)
    (tmp_path / "folder").symlink_to(tmp_path)
    assert hainan(monkeypatch, filled, "backup", str(other)) == 0
    capsys.readouterr()
    db, kept = opened(filled), file.stat().st_ino
    with db.backend.serving():
        add(db, "served")
        beside = [f"hainan.db{end}" for end in ("-wal", "-shm", "-journal", ".write.lock", ".serve.lock")]
        for name in ("hainan.db", "link.db", "hard.db", "folder/hainan.db", *beside):
            assert hainan(monkeypatch, filled, "backup", str(tmp_path / name), "--replace") == 2, name
            assert capsys.readouterr().err.endswith("is the database itself, or belongs to it\n")
        add(db, "acknowledged")
    db.close()
    assert file.stat().st_ino == kept
    proved(filled)
    (tmp_path / "other-link.db").symlink_to(other)
    served, before = open_backend(f"sqlite:///{tmp_path}/other-link.db", readers=1), other.read_bytes()
    with served.serving():
        assert hainan(monkeypatch, filled, "backup", str(other), "--replace") == 2
        assert "another process serves the database at" in capsys.readouterr().err
    served.dispose()
    assert other.read_bytes() == before
    assert hainan(monkeypatch, filled, "backup", str(other), "--replace") == 0
    (other.parent / "other.db.serve.lock").unlink()
    assert hainan(monkeypatch, filled, "backup", str(other), "--replace") == 0
    assert sorted(path.name for path in tmp_path.glob("other.db*")) == ["other.db"]


def crashed(url: str, target: Path, code: str) -> None:
    """A database file as a process leaves it that was killed: its last write stands in the log beside it only."""
    db = opened(url)
    add(db, code)
    for end in ("", "-wal"):
        shutil.copy(f"{url.removeprefix('sqlite:///')}{end}", f"{target}{end}")
    db.close()


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("command", ["backup", "restore"])
@pytest.mark.parametrize("broken", [False, True])
def test_what_a_killed_process_left_beside_a_file_never_meets_another(
    command: str, broken: bool, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, file = tmp_path / "target.db", tmp_path / "hainan.db"
    assert hainan(monkeypatch, filled, "backup", str(tmp_path / "good.db")) == 0
    crashed(filled, target, "in-the-log")
    assert Path(f"{target}-wal").stat().st_size > 0
    if broken:
        target.write_bytes(b"hello" if command == "restore" else b"SQLite format 3\0" + bytes(5000))
        Path(f"{target}-journal").write_bytes(b"of long ago")
    if command == "backup":
        assert hainan(monkeypatch, filled, "backup", str(target), "--replace") == 0
        assert list(tmp_path.glob("target.db-*")) == []
    else:
        assert hainan(monkeypatch, f"sqlite:///{target}", "restore", str(tmp_path / "good.db"), "--replace") == 0
    assert file.exists()
    proved(f"sqlite:///{target}")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_kill_before_the_new_file_has_its_name_leaves_the_old_one_whole(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, real = tmp_path / "target.db", Path.replace
    crashed(filled, target, "in-the-log")
    monkeypatch.setattr(Path, "replace", lambda part, to: pytest.fail("killed") if to == target else real(part, to))
    with pytest.raises(pytest.fail.Exception):
        hainan(monkeypatch, filled, "backup", str(target), "--replace")
    monkeypatch.undo()
    with sqlite3.connect(target) as left:
        assert left.execute("SELECT count(*) FROM organization WHERE code = 'in-the-log'").fetchone() == (1,)
    proved(f"sqlite:///{target}")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_file_that_somebody_has_open_or_whose_log_alone_is_left_is_not_replaced_unasked(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.db.database_files.WAIT_SECONDS", 0.1)
    target = tmp_path / "target.db"
    crashed(filled, target, "in-the-log")
    other = opened(f"sqlite:///{target}")
    add(other, "by-somebody")
    assert hainan(monkeypatch, filled, "backup", str(target), "--replace") == 2
    assert "another process has" in capsys.readouterr().err
    add(other, "later")
    other.close()
    proved(f"sqlite:///{target}")
    target.unlink()
    Path(f"{target}-wal").write_bytes(b"mine")
    assert hainan(monkeypatch, filled, "backup", str(target)) == 2
    assert "target.db-wal exists; --replace" in capsys.readouterr().err
    assert Path(f"{target}-wal").read_bytes() == b"mine"


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("kind", ["text", "cut", "another program's", "tampered", "newer"])
def test_what_is_no_good_backup_is_refused_and_the_database_stays(
    kind: str, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, before = tmp_path / "copy.db", stored(filled)
    hainan(monkeypatch, filled, "backup", str(file))
    spoil(file, kind)
    assert hainan(monkeypatch, filled, "restore", str(file), "--replace") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("hainan: ")
    assert stored(filled) == before
    assert list(tmp_path.glob("*.part*")) == []


@pytest.mark.parametrize("engine", ["sqlite"])
def test_files_with_names_like_ours_are_left_alone(filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "copy.db.part"
    there.write_text("mine")
    assert hainan(monkeypatch, filled, "backup", str(tmp_path / "copy.db")) == 0
    assert there.read_text() == "mine"
    given, kept = tmp_path / "back.db.part", (tmp_path / "copy.db").read_bytes()
    given.write_bytes(kept)
    for more in ((), ("--replace",)):
        assert hainan(monkeypatch, f"sqlite:///{tmp_path}/back.db", "restore", str(given), *more) == 0
        assert given.read_bytes() == kept
    assert {path.name for path in tmp_path.glob("*.part*")} == {"copy.db.part", "back.db.part"}


@pytest.fixture
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_to_all")
def test_from_its_first_byte_a_backup_is_for_its_owner_alone(
    filled: str, another_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: set[int] = set()

    def seen(real: Any) -> Any:
        def looked(*given: Any) -> Any:
            try:
                return real(*given)
            finally:
                modes.update(path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.part*"))

        return looked

    for name in ("snapshot", "empty_tables", "overwrite", "fault", "last_entry", "settle"):
        monkeypatch.setattr(database_files, name, seen(getattr(database_files, name)))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert hainan(monkeypatch, filled, "backup", str(tmp_path / "copy.db")) == 0
    assert hainan(monkeypatch, another_url, "restore", str(tmp_path / "copy.db")) == 0
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "another").glob("*")} <= {0o600}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("kind", ["text", "tampered"])
def test_a_refused_restore_leaves_nothing_where_nothing_was(
    kind: str, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "copy.db"
    hainan(monkeypatch, filled, "backup", str(file))
    spoil(file, kind)
    before = set(tmp_path.rglob("*"))
    for place in ("new.db", "folder/in/folder/new.db"):
        assert hainan(monkeypatch, f"sqlite:///{tmp_path}/{place}", "restore", str(file)) == 2
        assert set(tmp_path.rglob("*")) == before
    (tmp_path / "notes.txt").write_text("mine")
    assert hainan(monkeypatch, f"sqlite:///{tmp_path}/notes.txt", "restore", str(tmp_path / "hainan.db")) == 2
    assert "notes.txt exists; --replace" in capsys.readouterr().err
    assert hainan(monkeypatch, filled, "restore", str(tmp_path / "hainan.db"), "--replace") == 2
    assert "is the database itself" in capsys.readouterr().err


def spoil(file: Path, kind: str) -> None:
    if kind == "text":
        file.write_text("hello")
    elif kind == "cut":
        file.write_bytes(file.read_bytes()[:200_000])
    elif kind == "another program's":
        file.unlink()
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE thing (id INTEGER)")
    else:
        with sqlite3.connect(file) as copy:
            statement = {
                "tampered": "UPDATE commitment SET position = 77 WHERE id = 3",
                "newer": "UPDATE alembic_version SET version_num = '9999'",
            }
            copy.execute(statement[kind])


def test_a_copy_that_breaks_off_half_way_leaves_nothing(filled: str, another_url: str) -> None:
    """Of a database server, the connection is cut, which is what a restart looks like from here."""
    db, seen = opened(filled), []

    def shown(name: str, size: int) -> Any:
        def step(done: int) -> None:
            seen.append(done)
            if done > size // 2:
                raise SettingsError("the other side has gone away")

        return step

    with pytest.raises(SettingsError, match="gone away"):
        copied(db, another_url, shown=shown)
    assert len(seen) > 3
    db.close()
    other = opened(another_url)
    assert other.head().seq == 0
    other.close()
    db = opened(filled)
    copied(db, another_url)
    db.close()
    assert stored(another_url) == stored(filled)


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize("end", ["source", "target"])
def test_a_database_that_goes_away_while_it_is_copied_is_one_line_and_leaves_nothing(
    end: str,
    filled: str,
    another_url: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    template = request.getfixturevalue("postgres_template")
    gone = (filled if end == "source" else another_url).partition("@/")[2].partition("?")[0]
    monkeypatch.setattr("app.cli_moving.watched", lambda: watched(template, gone))
    assert hainan(monkeypatch, filled, "copy", "--to", another_url.replace("+psycopg", "")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("hainan: the database cannot be used: ")
    other = opened(another_url)
    assert other.head().seq == 0
    other.close()


class watched:
    """Ends every connection of a database when half is copied."""

    def __init__(self, template: Any, name: str) -> None:
        self.template, self.name = template, name

    def __enter__(self) -> Any:
        return self.shown

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def shown(self, _name: str, size: int) -> Any:
        def step(done: int) -> None:
            if size // 2 < done:
                self.template.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")

        return step


LIMITED = """
import resource, sys
from app.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("engine", ["sqlite"])
def test_on_a_full_disk_nothing_is_left_behind_and_the_database_stays(filled: str, tmp_path: Path) -> None:
    whole, file = tmp_path / "hainan.db", tmp_path / "copy.db"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HAINAN_DATABASE_URL": filled, "HAINAN_LANG": "en"}
    before = stored(filled)
    subprocess.run([sys.executable, "-m", "app", "backup", str(file)], env=environment, check=True, cwd=tmp_path)
    for words in (["backup", "other.db"], ["restore", str(file), "--replace"], ["copy", "--to", "sqlite:///there/moved.db"]):
        limited = [sys.executable, "-c", LIMITED, str(whole.stat().st_size // 3), *words]
        done = subprocess.run(limited, env=environment, text=True, capture_output=True, check=False, cwd=tmp_path)
        assert done.returncode == 2, words
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("hainan: ")
        assert list(tmp_path.glob("*.part*")) == []
    assert not (tmp_path / "other.db").exists()
    assert stored(filled) == before
