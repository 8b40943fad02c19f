"""The database itself refuses every edit of the ledger, and the engines are set so that it can (T21)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from app.actors import system_actor
from app.db import Database, backends
from app.db.backends import Backend, open_backend
from app.db.ledger import CHANGE
from app.db.migrate import migrate
from app.db.sessions import WriteSession
from app.domain.columns import COMMITMENT, LINK, ORGANIZATION
from app.domain.intake import Title
from app.domain.organizations import NewOrganization, create_organization
from app.domain.verify import verify
from app.errors import SettingsError, Unavailable
from app.register import REGISTER
from app.tables_references import Organization

TESTS = system_actor("tests")
_COLUMNS = ", ".join(f'"{column.name}"' for column in CHANGE.columns)
_ALL = f"SELECT {_COLUMNS} FROM change"
_SET = "SET body = 'x'"
EDITS = {
    "update of all": f"UPDATE change {_SET}",
    "update of one": f"UPDATE change {_SET} WHERE seq = 1",
    "update that changes nothing": "UPDATE change SET body = body",
    "update of the key": "UPDATE change SET seq = seq + 1000000 WHERE seq = 1",
    "delete of all": "DELETE FROM change",
    "delete of the last": "DELETE FROM change WHERE seq = (SELECT max(seq) FROM change)",
    "upsert of the key": f"INSERT INTO change {_ALL} WHERE seq = 1 ON CONFLICT (seq) DO UPDATE {_SET}",
    "upsert of the hash": f"INSERT INTO change {_ALL} WHERE seq = 1 ON CONFLICT (hash) DO UPDATE {_SET}",
    "two heads": f"INSERT INTO change {_ALL} WHERE seq = 1".replace('SELECT "seq"', "SELECT 999").replace('"hash"', "'other'", 2),
}
SQLITE_EDITS = {
    "insert or replace": f"INSERT OR REPLACE INTO change {_ALL} WHERE seq = 1",
    "replace of the last": f"REPLACE INTO change {_ALL} WHERE seq = (SELECT max(seq) FROM change)",
    "replace by the hash": f"REPLACE INTO change {_ALL} WHERE seq = 1".replace('SELECT "seq"', "SELECT 999"),
    "update or replace": "UPDATE OR REPLACE change SET seq = 1 WHERE seq = 2",
    "update or ignore": f"UPDATE OR IGNORE change {_SET}",
    "update from": "UPDATE change SET body = o.body FROM change AS o WHERE o.seq = change.seq + 1",
    "delete returning": "DELETE FROM change WHERE seq = 1 RETURNING seq",
    "update by rowid": f"UPDATE change {_SET} WHERE rowid = 1",
}
POSTGRES_EDITS = {
    "truncate": "TRUNCATE change",
    "truncate with others": "TRUNCATE link, change RESTART IDENTITY CASCADE",
    "update returning": f"UPDATE ONLY change {_SET} WHERE seq = 1 RETURNING seq",
    "delete using": "DELETE FROM change USING change AS o WHERE o.seq = change.seq",
    "delete inside a query": "WITH gone AS (DELETE FROM change RETURNING *) SELECT count(*) FROM gone",
    "merge that updates": f"MERGE INTO change USING (SELECT 1 AS n) AS o ON seq = o.n WHEN MATCHED THEN UPDATE {_SET}",
    "merge that deletes": "MERGE INTO change USING (SELECT 1 AS n) AS o ON seq = o.n WHEN MATCHED THEN DELETE",
}
REPLICA = "SET LOCAL session_replication_role = replica"


@contextmanager
def opened(url: str) -> Iterator[Backend]:
    backend = open_backend(url, readers=2)
    try:
        yield backend
    finally:
        backend.dispose()


def edits(backend: Backend) -> dict[str, str]:
    return EDITS | (SQLITE_EDITS if backend.serves_alone else POSTGRES_EDITS)


def let_through(backend: Backend, *before: str) -> list[str]:
    """The names of the edits that the database does not refuse; all are undone."""
    return [name for name, statement in edits(backend).items() if not _refused(backend, *before, statement)]


def _refused(backend: Backend, *statements: str) -> bool:
    with backend.writers.connect() as connection, connection.begin() as transaction:
        try:
            for statement in statements:
                connection.execute(text(statement))
        except DBAPIError:
            return True
        finally:
            transaction.rollback()
    return False


def _whole_ledger(backend: Backend) -> list[Any]:
    with backend.readers.connect() as connection:
        return list(connection.execute(text(f"{_ALL} ORDER BY seq")).all())


def test_the_database_refuses_every_edit_of_the_ledger(database_url: str) -> None:
    with opened(database_url) as backend:
        before = _whole_ledger(backend)
        assert let_through(backend) == []
        assert _whole_ledger(backend) == before


def test_each_refusal_says_why(database_url: str) -> None:
    """Not a missing table or a wrong word, but the trigger: otherwise this file would prove nothing."""
    with opened(database_url) as backend:
        unsaid = {}
        for name, statement in edits(backend).items():
            with backend.writers.connect() as connection, pytest.raises(DBAPIError) as refusal:
                connection.execute(text(statement))
            expected = "unique" if name == "two heads" else "append-only"
            if expected not in str(refusal.value.orig).lower():
                unsaid[name] = str(refusal.value.orig)
        assert unsaid == {}


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_replica_may_not_edit_either(database_url: str) -> None:
    with opened(database_url) as backend:
        assert let_through(backend, REPLICA) == []


def test_without_its_triggers_the_ledger_could_be_edited(database_url: str) -> None:
    """The defect these tests are for: with the triggers away nearly every edit goes through."""
    with opened(database_url) as backend:
        drop = (
            ["DROP TRIGGER change_no_update", "DROP TRIGGER change_no_delete"]
            if backend.serves_alone
            else ["ALTER TABLE change DISABLE TRIGGER USER"]
        )
        refused = set(edits(backend)) - set(let_through(backend, *drop))
        assert refused == {"two heads"}


def test_the_ledger_is_defended_again_after_every_migration_down_and_up(database_url: str) -> None:
    with opened(database_url) as backend:
        assert migrate(backend, "base") == "base"
        migrate(backend)
        db = Database(backend, REGISTER)
        with db.write(TESTS) as session:
            create_organization(session, NewOrganization(id="one", name=Title(en="One"), kind="agency"))
        with db.write(TESTS) as session:
            create_organization(session, NewOrganization(id="two", name=Title(en="Two"), kind="agency"))
        assert let_through(backend) == []
        assert let_through(backend, *([] if backend.serves_alone else [REPLICA])) == []
        with db.read() as reading:
            assert verify(reading, REGISTER).fault is None


# The engines


def _asked(connection: Connection, names: dict[str, Any], verb: str) -> dict[str, Any]:
    return {name: connection.exec_driver_sql(f"{verb} {name}").scalar() for name in names}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_sqlite_keeps_what_durability_and_the_triggers_need(database_url: str) -> None:
    kept = {"foreign_keys": 1, "recursive_triggers": 1, "synchronous": 2, "journal_mode": "wal", "busy_timeout": 5000, "query_only": 0}
    with opened(database_url) as backend:
        with backend.writers.connect() as writer:
            assert _asked(writer, kept, "PRAGMA") == kept
        with backend.readers.connect() as one, backend.readers.connect() as other:
            assert [_asked(one, kept, "PRAGMA"), _asked(other, kept, "PRAGMA")] == [kept | {"query_only": 1}] * 2


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_postgresql_keeps_what_durability_needs(database_url: str) -> None:
    kept = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "statement_timeout": "10s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
        "TimeZone": "UTC",
        "transaction_read_only": "off",
        "transaction_isolation": "read committed",
    }
    with opened(database_url) as backend:
        with backend.writers.connect() as writer:
            assert _asked(writer, kept, "SHOW") == kept
        with backend.readers.connect() as reader:
            reading = kept | {"transaction_read_only": "on", "transaction_isolation": "repeatable read"}
            assert _asked(reader, kept, "SHOW") == reading


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("pragma", "planted"), [("synchronous", "NORMAL"), ("foreign_keys", "OFF"), ("recursive_triggers", "OFF"), ("busy_timeout", "1")]
)
def test_a_start_with_another_setting_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch, pragma: str, planted: str) -> None:
    kept = backends._PRAGMAS[pragma][0]
    monkeypatch.setitem(backends._PRAGMAS, pragma, (kept, planted))
    with opened(database_url) as backend, pytest.raises(SettingsError, match=pragma):
        backend.writers.connect()


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_database_that_answers_before_the_disk_does_is_refused(database_url: str) -> None:
    with opened(database_url) as backend, backend.writers.connect() as connection, connection.begin():
        name = connection.execute(text("SELECT current_database()")).scalar()
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    with opened(database_url) as backend, pytest.raises(SettingsError, match="synchronous_commit"):
        backend.writers.connect()


WRITES = [
    "INSERT INTO organization (code, kind, version) VALUES ('x', 'agency', 1)",
    "UPDATE commitment SET version = version + 1",
    "DELETE FROM commitment_tag",
    f"INSERT INTO change {_ALL} WHERE seq = 0",
    "CREATE TABLE more (id integer)",
    "DROP TABLE link",
]


@pytest.mark.parametrize("statement", WRITES)
def test_a_reading_session_cannot_write(db: Database, statement: str) -> None:
    with db.read(TESTS) as session, pytest.raises(DBAPIError) as refusal:
        session.connection.execute(text(statement))
    assert any(word in str(refusal.value.orig) for word in ("readonly", "read-only")), refusal.value.orig


def test_a_broken_reference_is_refused(db: Database) -> None:
    with db.backend.writers.connect() as connection, pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        connection.execute(text("UPDATE commitment SET document_id = 999999"))
        connection.commit()


# Write sessions


def _bulk(session: WriteSession, statement: Any) -> None:
    session.action = "organization:bulk"
    session.execute(statement)


BULK = {
    "update": update(ORGANIZATION).values(kind="agency"),
    "delete": delete(LINK),
    "insert": insert(ORGANIZATION).values(code="x", kind="agency", version=1),
    "update of the table": update(COMMITMENT.__table__).values(version=7),
    "delete of the ledger": delete(CHANGE),
    "update by values": update(COMMITMENT).where(COMMITMENT.ref == "HI-O7b").values(version=7),
}


@pytest.mark.parametrize("name", BULK)
def test_a_bulk_statement_in_a_write_session_is_refused(db: Database, name: str) -> None:
    before = db.head()
    with pytest.raises(TypeError, match="bulk"), db.write(TESTS) as session:
        _bulk(session, BULK[name])
    assert db.head() == before
    with db.read() as reading:
        assert verify(reading, REGISTER).fault is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("way", ["bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "query.update", "query.delete"])
def test_no_older_way_passes_by_the_ledger(db: Database, way: str) -> None:
    def go(session: WriteSession) -> None:
        session.action = "organization:bulk"
        match way:
            case "bulk_save_objects":
                session.bulk_save_objects([Organization(code="x", kind="agency")])
            case "bulk_insert_mappings":
                session.bulk_insert_mappings(ORGANIZATION.__mapper__, [{"code": "x", "kind": "agency", "version": 1}])
            case "bulk_update_mappings":
                session.bulk_update_mappings(ORGANIZATION.__mapper__, [{"id": 1, "kind": "agency"}])
            case "query.update":
                session.query(ORGANIZATION).update({"kind": "agency"})
            case "query.delete":
                session.query(LINK).delete()

    with pytest.raises(TypeError, match="bulk"), db.write(TESTS) as session:
        go(session)


def test_a_change_outside_a_command_is_refused(db: Database) -> None:
    before = db.head()
    with pytest.raises(TypeError, match="outside a command"), db.write(TESTS) as session:
        session.add(Organization(code="x", kind="agency"))
    assert db.head() == before


def test_what_fails_in_the_middle_leaves_nothing(db: Database) -> None:
    before = db.head()
    with pytest.raises(Unavailable), db.write(TESTS) as session:
        create_organization(session, NewOrganization(id="one", name=Title(en="One"), kind="agency"))
        session.flush()
        raise OperationalError("away", {}, Exception())
    assert db.head() == before
