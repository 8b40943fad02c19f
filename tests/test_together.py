"""Writes that wait for each other share one trip to the disk, and nothing else: each has its own outcome, moment and entries."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from app.actors import Role, Scope, system_actor
from app.db import Database
from app.db.backends import open_backend
from app.db.ledger import CHANGE
from app.domain.accounts import add_user
from app.domain.columns import COMMITMENT
from app.domain.statuses import status_update
from app.domain.tokens import create_token
from app.domain.verify import verify
from app.errors import Unavailable
from app.register import REGISTER
from app.tables_references import Organization
from app.web import writers
from tests.engines import SQLiteTemplate
from tests.service import PASSWORD, Service
from tests.serving import NO_TLS

TESTS = system_actor("tests")
UPDATE = {"status": "under_implementation", "effective_on": "2026-11-01", "state": "published"}
ROOT = Path(__file__).parent.parent


@pytest.fixture
def service(sqlite_service: Service) -> Service:
    sqlite_service.get("/me", role="editor")
    sqlite_service.app.inner.state.stamps.executor.submit(int).result(20)  # the first use of the token of the day is on the disk
    return sqlite_service


@contextmanager
def held_up(service: Service, count: int) -> Iterator[None]:
    """Keep the writing thread busy until `count` requests wait for it, so that all of them run in one transaction."""
    writing, go = service.app.inner.state.writers, threading.Event()
    began = threading.Event()

    def wait() -> None:
        began.set()
        go.wait(20)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.portal.call, writing.run, wait)
        began.wait(20)
        try:
            releasing = threading.Thread(target=_when, args=(lambda: writing._waiting.qsize() >= count, go))
            releasing.start()
            yield
        finally:
            go.set()
        releasing.join()
        first.exception(20)  # which shares the fate of the others


def _when(reached: Callable[[], bool], go: threading.Event) -> None:
    deadline = time.monotonic() + 20
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.002)
    go.set()


def at_once(service: Service, requests: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """The answers of requests that are made in one transaction."""
    with held_up(service, len(requests)), ThreadPoolExecutor(len(requests)) as pool:
        return [future.result() for future in [pool.submit(request) for request in requests]]


def update(service: Service, ref: str, tag: str | None = None, **more: Any) -> Callable[[], httpx.Response]:
    known = tag or service.tag(f"/commitments/{ref}")
    return lambda: service.post(f"/commitments/{ref}/status-updates", UPDATE | more, role="editor", tag=known)


@pytest.fixture
def commits(service: Service) -> list[str]:
    seen: list[str] = []
    event.listen(service.db.backend.writers, "commit", lambda _: seen.append("commit"))
    return seen


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "LONGEST", 20.0)


def test_those_that_wait_share_one_commit_and_keep_their_own_transactions(service: Service, commits: list[str]) -> None:
    refs = ["HI-O7", "HI-O6", "C42", "C43"]
    before = service.db.head()
    answers = at_once(service, [update(service, ref) for ref in refs])
    assert ([answer.status_code for answer in answers], commits) == ([201] * 4, ["commit"])
    with service.reading() as session:
        entries = session.rows(CHANGE.select().where(CHANGE.c.seq > before.seq).order_by(CHANGE.c.seq))
    assert [entry.tx for entry in entries] == [before.tx + 1 + n // 2 for n in range(8)]
    moments = [entry.at for entry in entries]
    assert (moments, len(set(moments))) == (sorted(moments), 4)
    for answer in answers:
        assert service.get(f"/status-updates/{answer.json()['ref']}").json()["published_at"] in moments
    service.proves_itself()


def test_one_write_alone_is_on_the_disk_before_its_answer(service: Service, commits: list[str]) -> None:
    for count in range(1, 4):
        service.publish("HI-O7")
        assert len(commits) == count


def test_one_that_fails_undoes_only_itself(service: Service, commits: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """After its rows are written: by a rule, by a fault of ours, and by the database."""

    def failing(session: Any, ref: str) -> Any:
        if ref.startswith("C42"):
            raise RuntimeError("planted")
        if ref.startswith("C43"):
            session.value(text("INSERT INTO organization (code, kind, version) VALUES ('cnsa', 'agency', 1) RETURNING id"))
        return status_update(session, ref)

    monkeypatch.setattr("app.web.api.statuses.status_update", failing)
    wrong = {"status": "implemented"}
    requests = [
        update(service, "HI-O7"),
        update(service, "C42"),
        update(service, "C43"),
        update(service, "R45", **wrong),
        update(service, "R46"),
    ]
    answers = at_once(service, requests)
    assert ([answer.status_code for answer in answers], commits) == ([201, 500, 409, 422, 201], ["commit"])
    monkeypatch.undo()
    for ref, expected in {"HI-O7": 1, "C42": 0, "C43": 0, "R45": 0, "R46": 1}.items():
        one = service.get(f"/commitments/{ref}").json()
        assert (len(one["status_updates"]), one["version"]) == (expected, 1 + expected), ref
    service.proves_itself()


def test_of_those_with_one_tag_the_first_wins_and_the_others_are_told_of_it(service: Service, commits: list[str]) -> None:
    tag = service.tag("/commitments/HI-O7")
    answers = at_once(service, [update(service, "HI-O7", tag) for _ in range(6)])
    assert (sorted(answer.status_code for answer in answers), commits) == ([201, 412, 412, 412, 412, 412], ["commit"])
    assert {answer.headers["etag"] for answer in answers if answer.status_code == 412} == {service.tag("/commitments/HI-O7")}
    service.proves_itself()


def test_where_the_commit_fails_all_are_refused_and_nothing_is_stored(service: Service) -> None:
    before, tag = service.db.head(), service.tag("/commitments/HI-O7")
    requests = [update(service, "HI-O7"), update(service, "HI-O7", tag), update(service, "HI-O6")]

    def full(_: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(service.db.backend.writers, "commit", full)
    answers = at_once(service, requests)
    event.remove(service.db.backend.writers, "commit", full)
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "5")] * 3
    assert (service.db.head(), service.tag("/commitments/HI-O7")) == (before, tag)
    service.publish("HI-O7")
    service.proves_itself()


def test_where_the_transaction_is_gone_nothing_goes_on_as_if_it_were_there(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite ends the whole transaction by itself when a disk is full."""
    before = service.db.head()

    def failing(session: Any, ref: str) -> Any:
        if ref.startswith("C42"):
            session.bound.connection.dbapi_connection.execute("ROLLBACK")
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return status_update(session, ref)

    monkeypatch.setattr("app.web.api.statuses.status_update", failing)
    answers = at_once(service, [update(service, ref) for ref in ("HI-O7", "C42", "HI-O6")])
    assert ([answer.status_code for answer in answers], service.db.head()) == ([503] * 3, before)
    service.publish("HI-O7")
    service.proves_itself()


def test_nobody_sees_what_is_not_yet_stored(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def looking(session: Any, ref: str) -> Any:
        made = status_update(session, ref)
        if not seen:
            seen.append(service.db.head().seq)
            with service.reading() as other:
                seen.append(
                    other.value(COMMITMENT.__table__.select().where(COMMITMENT.ref == "HI-O7").with_only_columns(COMMITMENT.version))
                )
        return made

    before = service.db.head()
    monkeypatch.setattr("app.web.api.statuses.status_update", looking)
    answers = at_once(service, [update(service, "HI-O7"), update(service, "HI-O6")])
    assert ([answer.status_code for answer in answers], seen) == ([201, 201], [before.seq, 1])
    assert service.get("/commitments/HI-O7").json()["version"] == 2


def test_no_more_than_so_many_and_no_longer_than_so_long(service: Service, commits: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [update(service, ref) for ref in ("HI-O7", "HI-O6", "C42", "C43", "R45")]
    monkeypatch.setattr(writers, "MOST", 2)
    at_once(service, requests)
    assert len(commits) == 3, "the one that holds the thread up has the first place"
    monkeypatch.setattr(writers, "LONGEST", 0.0)
    at_once(service, [update(service, ref) for ref in ("HI-O7", "HI-O6", "C42")])
    assert len(commits) == 6


def test_another_process_gets_its_turn_while_the_service_writes_without_a_pause(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "LONGEST", 0.05)
    monkeypatch.setattr(writers, "BUSY", 0.3)
    writing, ending = service.app.inner.state.writers, threading.Event()

    def write() -> None:
        with service.db.write(TESTS):
            time.sleep(0.01)

    def keep_busy() -> None:
        while not ending.is_set():
            service.portal.call(writing.run, write)

    other = Database(open_backend(service.url, readers=1), REGISTER)
    with ThreadPoolExecutor(8) as pool:
        busy = [pool.submit(keep_busy) for _ in range(8)]
        for _ in range(3):
            time.sleep(0.1)
            with other.write(TESTS):
                pass
        ending.set()
        assert [future.result() for future in busy] == [None] * 8
    other.close()


def test_a_transaction_shared_by_nobody_is_none(db: Database) -> None:
    with db.together():
        pass
    with pytest.raises(RuntimeError), db.together(), db.write(TESTS) as session:
        session.action = "organization:create"
        session.add(Organization(code="x", kind="agency"))
        raise RuntimeError
    with db.read() as session:
        assert session.value(text("SELECT count(*) FROM organization WHERE code = 'x'")) == 0


def test_both_engines_undo_one_write_of_several(db: Database) -> None:
    def create(code: str, *, failing: bool = False) -> None:
        with db.write(TESTS) as session:
            session.action = "organization:create"
            session.add(Organization(code=code, kind="agency"))
            session.flush()
            if failing:
                raise Unavailable

    before = db.head()
    with db.together():
        create("one")
        with pytest.raises(Unavailable):
            create("two", failing=True)
        create("three")
    assert (db.head().seq, db.head().tx) == (before.seq + 2, before.tx + 2)
    with db.read() as session:
        assert verify(session, REGISTER).fault is None


# A process that is killed


def test_what_was_acknowledged_is_there_after_a_kill_in_the_middle(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path, seed=True)
    db = Database(open_backend(url, readers=1), REGISTER)
    with db.write(TESTS) as session:
        add_user(session, "editor", Role.EDITOR, "unoosa", PASSWORD)
        session.flush()
        token = create_token(session, "editor", Scope.PUBLISH)
    acknowledged = [ref for _ in range(3) for ref in _killed(url, token)]
    assert len(acknowledged) >= 3 * 20
    with db.read(TESTS) as session:
        stored = {row[0] for row in session.rows(text("SELECT ref FROM status_update WHERE state = 'published'"))}
        entered = {row[0] for row in session.rows(text("SELECT ref FROM change WHERE entity = 'status_update'"))}
        assert verify(session, REGISTER).fault is None
    assert set(acknowledged) <= stored & entered
    assert len(set(acknowledged)) == len(acknowledged)
    db.close()


def _killed(url: str, token: str) -> list[str]:
    """The refs that a server acknowledged to eight clients until it was killed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"HAINAN_DATABASE_URL": url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )  # fmt: skip
    acknowledged: list[str] = []
    try:
        _wait_for(port, process)
        with ThreadPoolExecutor(8) as pool:
            clients = [pool.submit(_publish, port, token, ref, acknowledged) for ref in CLIENTS]
            deadline = time.monotonic() + 20
            while len(acknowledged) < 20 and time.monotonic() < deadline:
                time.sleep(0.001)
            os.killpg(process.pid, signal.SIGKILL)
            for client in clients:
                client.result(30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    return acknowledged


CLIENTS = ["HI-O7", "HI-O6", "C42", "C43", "R45", "R46", "HI-O7a", "HI-O7b"]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", verify=NO_TLS)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server did not start")


def _publish(port: int, token: str, ref: str, acknowledged: list[str]) -> None:
    """Publish one update after the other until the server is gone."""
    address = f"http://127.0.0.1:{port}/api/v1/commitments/{ref}"
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=10, verify=NO_TLS) as client:
        try:
            tag = client.get(address).headers["etag"]
            while True:
                made = client.post(f"{address}/status-updates", json=UPDATE | {"effective_on": "2025-01-01"}, headers={"If-Match": tag})
                assert made.status_code == 201, made.text
                acknowledged.append(made.json()["ref"])
                tag = f'"{int(tag[1:].partition(".")[0]) + 1}.{"0" * 16}"'
        except httpx.TransportError:
            return
