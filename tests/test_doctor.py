"""`hainan doctor` names every promise that cannot be kept (T65), `/readyz` says no in time, and looking makes no database."""

import datetime as dt
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from app import cli
from app.asgi import all_handlers
from app.cli import main
from app.db import backends
from app.db.backends import open_backend
from app.db.facts import _MIGRATION_LOCK
from app.db.migrate import migrate
from app.domain.commands import COMMANDS
from tests.engines import PostgresTemplate
from tests.service import Service, running

SQL = Callable[..., None]


@pytest.fixture
def sound(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A sound database of each engine, named in the environment."""
    monkeypatch.setenv("HAINAN_DATABASE_URL", database_url)
    monkeypatch.setenv("HAINAN_LANG", "en")
    return database_url


@pytest.fixture
def sql(sound: str) -> SQL:
    """Statements of somebody who owns the database and goes round the program."""

    def run(*statements: str) -> None:
        owner = create_engine(sound, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        owner.dispose()

    return run


def examined(capsys: pytest.CaptureFixture[str], expected: int = 1) -> tuple[str, str]:
    """Facts and faults of `hainan doctor`."""
    capsys.readouterr()
    assert main(["doctor"]) == expected
    said = capsys.readouterr()
    assert all(line.startswith("hainan: ") for line in said.err.splitlines())
    return said.out, said.err


def test_a_sound_set_up_is_told_with_what_the_engine_itself_says(sound: str, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts, faults = examined(capsys, 0)
    assert faults == ""
    wanted = {
        "sqlite": (
            "sqlite: 3.",
            "synchronous: 2",
            "foreign_keys: 1",
            "recursive_triggers: 1",
            "journal_mode: wal",
            "served: no",
            " MiB free",
        ),
        "postgresql": ("postgresql: ", "fsync: on", "full_page_writes: on", "synchronous_commit: on", "server_encoding: UTF8"),
    }[engine]
    for part in (*wanted, "schema: 0", "triggers: all there", "ledger: 117 entries", "program: ", "clock: 20"):
        assert part in facts


def test_no_secret_of_the_settings_is_shown(sound: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for url in ("postgresql://tracker:sekret-1@localhost:1/x", "postgresql://tracker@localhost:1/x?password=sekret-1"):
        monkeypatch.setenv("HAINAN_DATABASE_URL", url)
        monkeypatch.setenv("HAINAN_MIGRATION_DATABASE_URL", url)
        facts, faults = examined(capsys)
        assert "sekret" not in facts + faults
        assert faults.startswith("hainan: the database cannot be used: connection failed")
        assert faults.count("\n") == 1
        assert main(["verify"]) == 2
        assert "sekret" not in "".join(capsys.readouterr())


def test_a_trigger_that_is_gone_is_named(sql: SQL, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = "change_no_update" if engine == "sqlite" else "change_no_truncate"
    sql(f"DROP TRIGGER {name}" if engine == "sqlite" else f"ALTER TABLE change DISABLE TRIGGER {name}")
    facts, faults = examined(capsys)
    assert faults == f"hainan: the trigger {name} is missing, changed or switched off: the ledger could be edited\n"
    assert f"triggers: without {name}" in facts


def test_an_old_schema_and_a_newer_one_are_named(sound: str, sql: SQL, capsys: pytest.CaptureFixture[str]) -> None:
    backend = open_backend(sound, readers=1)
    migrate(backend, "0001")
    backend.dispose()
    assert examined(capsys)[1] == "hainan: the database is not migrated; run: hainan migrate\n"
    sql("UPDATE alembic_version SET version_num = '9999'")
    assert examined(capsys)[1] == "hainan: the database was written by a newer version of this program\n"
    assert main(["verify"]) == 2
    assert capsys.readouterr().err == "hainan: the database was written by a newer version of this program\n"


def test_a_database_that_was_never_migrated_is_named(empty_url: str, sound: str, sql: SQL, capsys: pytest.CaptureFixture[str]) -> None:
    backend = open_backend(sound, readers=1)
    migrate(backend, "base")
    backend.dispose()
    assert examined(capsys)[1] == "hainan: the database is not migrated; run: hainan migrate\n"


def test_a_clock_that_stands_back_is_named(sound: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with running(sound) as service:
        service.action()
    monkeypatch.setattr(cli, "utc_now", lambda: dt.datetime(2026, 11, 22, 8, 30, tzinfo=dt.UTC))
    assert examined(capsys)[1] == "hainan: the clock stands 3600 seconds behind the last entry of the ledger\n"


def low_disk(_: Any) -> Any:
    return shutil._ntuple_diskusage(10**12, 10**12 - 10**9, 10**9)


def full_disk(_: Any) -> Any:
    return shutil._ntuple_diskusage(10**9, 10**9 - 100 * 2**20, 100 * 2**20)


@pytest.mark.parametrize("usage", [low_disk, full_disk])
@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_disk_that_is_nearly_full_is_named(
    sound: str, usage: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.db.condition.shutil.disk_usage", usage)
    assert "hainan: the disk is nearly full: " in examined(capsys)[1]


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("pragma", "value", "found"), [("synchronous", "NORMAL", 1), ("foreign_keys", "OFF", 0), ("recursive_triggers", "OFF", 0)]
)
def test_a_pragma_that_is_not_kept_is_named(
    sound: str, pragma: str, value: str, found: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = backends._PRAGMAS[pragma][0]
    monkeypatch.setitem(backends._PRAGMAS, pragma, (wanted, value))
    assert examined(capsys)[1] == f"hainan: SQLite does not keep {pragma}={wanted}; it answers {found}\n"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_rows_written_without_foreign_keys_are_named(sql: SQL, capsys: pytest.CaptureFixture[str]) -> None:
    sql("PRAGMA foreign_keys=OFF", "UPDATE commitment SET document_id = 99 WHERE ref = 'HI-O7'")
    assert examined(capsys)[1] == "hainan: 1 rows point nowhere, first in table commitment\n"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_damaged_file_and_a_file_of_another_kind_are_named(tmp_path: Path, sql: SQL, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hainan.db"
    sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with sqlite3.connect(file) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'commitment'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    content = bytearray(file.read_bytes())
    content[(page - 1) * size : (page - 1) * size + 200] = b"\xa5" * 200
    file.write_bytes(content)
    assert "damaged" in examined(capsys)[1] or "malformed" in examined(capsys)[1]
    file.write_bytes(b"no database at all" * 100)
    assert examined(capsys)[1] == "hainan: the database cannot be used: file is not a database\n"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_running_server_is_told_and_is_no_fault(sound: str, capsys: pytest.CaptureFixture[str]) -> None:
    backend = open_backend(sound, readers=1)
    with backend.serving() as alone:
        assert alone
        assert "served: yes, a server is running" in examined(capsys, 0)[0]
    backend.dispose()


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_postgresql_that_answers_before_it_has_written_is_named_and_not_served(
    sound: str, postgres_template: PostgresTemplate, capsys: pytest.CaptureFixture[str]
) -> None:
    name = sound.partition("?")[0].rpartition("/")[2]
    postgres_template.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    facts, faults = examined(capsys)
    assert "synchronous_commit: off" in facts
    assert "hainan: synchronous_commit is off: what was acknowledged could be lost or refused\n" in faults
    assert main(["serve", "--port", "1"]) == 2
    assert "PostgreSQL runs with synchronous_commit=off" in capsys.readouterr().err


def test_commands_that_look_make_no_database_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115
    for words in (["verify"], ["doctor"], ["token", "create", "--user", "x", "--scope", "read"], ["user", "add", "x", "--role", "reader", "--password-stdin"]):  # fmt: skip
        assert main(words) == (1 if words == ["doctor"] else 2)
        assert capsys.readouterr().err == "hainan: there is no database at var/hainan.db; run: hainan migrate\n"
    assert list(tmp_path.iterdir()) == []


def ready(service: Service) -> tuple[int, Any]:
    response = service.get("//readyz")
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    return response.status_code, body.get("detail") or body


def test_a_service_that_is_well_is_ready(service: Service) -> None:
    assert ready(service) == (200, {"status": "ready", "revision": 117})


@pytest.mark.parametrize("usage", [low_disk, full_disk])
def test_with_a_disk_nearly_full_it_is_not_ready_and_still_answers(
    sqlite_service: Service, usage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.condition.shutil.disk_usage", usage)
    assert ready(sqlite_service) == (503, "The disk of the database is nearly full.")
    assert sqlite_service.get("/commitments").status_code == 200
    assert sqlite_service.get("//healthz").status_code == 200


def test_with_its_database_away_it_is_not_ready(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    away = create_engine("postgresql+psycopg://nobody@/x?host=/nowhere")
    monkeypatch.setattr(service.db.backend, "readers", away)
    assert ready(service)[0] == 503
    assert service.get("//healthz").status_code == 200
    away.dispose()


def test_with_a_schema_of_another_version_it_is_not_ready(service: Service) -> None:
    with service.db.backend.write_turn(), service.db.backend.writers.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert ready(service) == (503, "The database does not have the form this version needs, or is being migrated.")


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_while_another_process_migrates_it_is_not_ready(service: Service) -> None:
    with service.db.backend.writers.connect() as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        assert ready(service)[0] == 503
    assert ready(service)[0] == 200


def test_routes_are_printed_with_what_they_need(sqlite_service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^POST +/api/v1/commitments +commitment:create +editor +publish$", text, re.MULTILINE)
    for line in (
        "GET /healthz anybody", "POST /api/v1/session session:create anybody", "GET /api/v1/users admin admin", "GET /api/v1/me reader read",
        "GET /api/v1/security-events admin admin", "POST /api/v1/tokens token:create reader admin",
    ):  # fmt: skip
        assert re.search(f"^{line.replace(' ', ' +')}$", text, re.MULTILINE), line
    assert main(["routes", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert {(one["method"], one["path"]) for one in table["routes"]} == {
        (method, path.replace(":str}", "}").rstrip("/") or "/")
        for path, handler in all_handlers(sqlite_service.app.inner)
        for method in handler.http_methods
    }
    unsafe = [one for one in table["routes"] if one["method"] != "GET"]
    assert [one for one in unsafe if one["command"] is None] == []
    assert {one["command"] for one in table["commands"]} == set(COMMANDS)
    roles = {one["command"]: one["roles"] for one in table["commands"]}
    assert roles["action:create"] == ["contributor", "editor", "admin"]
    assert roles["user:create"] == ["admin"]
