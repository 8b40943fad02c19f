"""PostgreSQL as the manual sets it up: two roles, of which the serving one can add to the ledger and change nothing of it (T21, T7)."""

import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import upkeep
from app.cli import main
from app.db import Database
from app.db.backends import open_backend
from app.db.ledger import CHANGE
from app.db.records import Register
from app.db.sessions import ReadSession
from app.domain.verify import Verdict, verify_records
from app.interchange.seed import load_seed
from app.register import REGISTER
from tests.engines import PostgresTemplate, binaries, cluster, prepare
from tests.service import running
from tests.serving import ROOT, served
from tests.test_ledger_defence import EDITS, POSTGRES_EDITS

pytestmark = pytest.mark.postgresql
DDL = {
    "drop the trigger": "DROP TRIGGER change_no_edit ON change",
    "switch the triggers off": "ALTER TABLE change DISABLE TRIGGER ALL",
    "replica role": "SET session_replication_role = replica",
    "replace the function": "CREATE OR REPLACE FUNCTION change_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
    "drop the ledger": "DROP TABLE change",
    "rename the ledger": "ALTER TABLE change RENAME TO other",
    "a trigger of its own": "CREATE TRIGGER mine BEFORE INSERT ON change FOR EACH ROW EXECUTE FUNCTION change_refuse()",
    "a table of its own": "CREATE TABLE mine (id integer)",
    "a column": "ALTER TABLE commitment ADD COLUMN mine text",
    "the schema": "UPDATE alembic_version SET version_num = '0001'",
}


@pytest.fixture(scope="module")
def two_roles(postgres_template: PostgresTemplate) -> dict[str, str]:
    """The addresses of the service and of the owner, set up as the manual says."""
    manual = (ROOT / "docs" / "postgresql.md").read_text("utf-8")
    (sql,) = re.findall("```sql\n(.*?)```", manual, re.DOTALL)
    postgres_template.sql(*(statement for statement in sql.split(";") if statement.strip()))
    return {
        name: f"postgresql://{role}@/hainan?host={postgres_template.socket}"
        for name, role in (("HAINAN_DATABASE_URL", "hainan"), ("HAINAN_MIGRATION_DATABASE_URL", "hainan_owner"))
    }


@pytest.fixture
def service_url(two_roles: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    for name, value in two_roles.items():
        monkeypatch.setenv(name, value)
    assert main(["migrate"]) == 0
    assert "is at revision" in capsys.readouterr().out
    url = two_roles["HAINAN_DATABASE_URL"].replace("postgresql", "postgresql+psycopg")
    db = Database(open_backend(url, readers=1), REGISTER)
    load_seed(db)
    db.close()
    return url


def test_the_serving_role_does_everything_the_service_does(service_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with running(service_url) as service:
        service.publish("HI-O7b", narrative={"zh": "进展", "en": None})
        service.action()
        service.link("A1", "HI-O7b")
        service.patch("/actions/A1", {"progress": 5}, role="editor", tag=service.tag("/actions/A1"))
        service.draft("HI-O7")
        assert service.delete("/status-updates/HI-O7.1", role="editor", tag=service.tag("/status-updates/HI-O7.1")).status_code == 204
        assert service.get("/search?q=进展").json()["total"] == 1
        service.proves_itself()
    assert main(["verify"]) == 0
    assert main(["doctor"]) == 0, capsys.readouterr().err


REFUSED = r"permission denied|must be owner|append-only|duplicate key"


def test_the_serving_role_can_change_neither_the_ledger_nor_a_table(service_url: str) -> None:
    backend = open_backend(service_url, readers=1)
    with backend.writers.connect() as connection:
        with connection.begin():
            before = connection.execute(CHANGE.select().order_by(CHANGE.c.seq)).all()
        for name, statement in (EDITS | POSTGRES_EDITS | DDL).items():
            try:
                with connection.begin():
                    connection.execute(text(statement))
            except DBAPIError as error:
                assert re.search(REFUSED, str(error)), name
            else:
                pytest.fail(f"{name} was not refused")
        with connection.begin():
            assert connection.execute(CHANGE.select().order_by(CHANGE.c.seq)).all() == before
    backend.dispose()


def test_the_serving_role_cannot_migrate(service_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("HAINAN_MIGRATION_DATABASE_URL")
    assert main(["migrate"]) == 0, "there is nothing to do"
    monkeypatch.setenv("HAINAN_MIGRATION_DATABASE_URL", os.environ["HAINAN_DATABASE_URL"].replace("/hainan?", "/postgres?"))
    capsys.readouterr()
    assert main(["migrate"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "permission denied" in line


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[PostgresTemplate]:
    """A cluster that may be restarted."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    with cluster(programs) as template:
        yield template


def test_after_a_restart_of_the_database_the_service_goes_on_by_itself(own_cluster: PostgresTemplate, tmp_path: Path) -> None:
    """Two workers, under load: nothing but 503 while the database is away, nothing lost, back within five seconds of it."""
    own_cluster.sql("CREATE DATABASE busy")
    url = own_cluster.url("busy")
    prepare(url, seed=True)
    statuses: Counter[int] = Counter()
    acknowledged: list[str] = []
    stopped = threading.Event()

    def load(client: httpx.Client, number: int) -> None:
        while not stopped.is_set():
            if number % 2:
                answer = client.get("/commitments", params={"q": f"空间{number}"})
            else:
                answer = client.post("/actions", json={"title": {"zh": "行动", "en": None}})
            statuses[answer.status_code] += 1
            if answer.status_code == 201:
                acknowledged.append(answer.json()["ref"])
            time.sleep(0.02)

    with served(url, tmp_path, start=False, HAINAN_ACCESS_LOG="0") as server:
        server.start(sys.executable, "-m", "app", "serve", "--workers", "2")
        with server.client() as client:
            threads = [threading.Thread(target=load, args=(client, number)) for number in range(4)]
            for thread in threads:
                thread.start()
            try:
                for _ in range(2):
                    time.sleep(0.5)
                    own_cluster.restart()
                    until_good(client)
            finally:
                stopped.set()
                for thread in threads:
                    thread.join()
            there = everything(client)
        assert server.verdict().fault is None
    assert set(statuses) <= {200, 201, 503}
    assert statuses[201] > 5
    assert set(acknowledged) - there == set()


def until_good(client: httpx.Client) -> None:
    deadline = time.monotonic() + 5
    while client.post("/actions", json={"title": {"zh": "行动", "en": None}}).status_code != 201:
        assert time.monotonic() < deadline, "it is not back five seconds after the database"
        time.sleep(0.05)


def everything(client: httpx.Client) -> set[str]:
    found: set[str] = set()
    address: Any = "/actions?limit=200"
    while address:
        answer = client.get(address)
        found |= {item["ref"] for item in answer.json()["items"]}
        address = f"/actions?limit=200&cursor={answer.json()['next']}" if answer.json()["next"] else None
    return found


@pytest.mark.parametrize("engine", ["postgresql"])
def test_the_proof_of_a_large_register_may_wait_for_its_other_half(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []
    wanted = ("statement_timeout", "idle_in_transaction_session_timeout")

    def watched(session: ReadSession, register: Register) -> Verdict:
        seen.append(tuple(str(session.value(text(f"SELECT current_setting('{name}')"))) for name in wanted))
        return verify_records(session, register)

    monkeypatch.setattr(upkeep, "_LARGE", 0)
    monkeypatch.setattr(upkeep, "verify_records", watched)
    db = Database(open_backend(database_url, readers=2), REGISTER)
    try:
        assert upkeep.proved(db).fault is None
        with db.read() as session:
            assert session.value(text("SELECT current_setting('idle_in_transaction_session_timeout')")) == "30s"
    finally:
        db.close()
    assert seen == [("0", "0")]
