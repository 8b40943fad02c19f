"""What was acknowledged is there, whatever happens to the server: killed, stopped, out of disk, started twice (T1, T2, T4, T5, T9, T11).

`TESTS_EFFORT=10 make test ARGS="-k killed_at_random"` runs the long form before a release.
"""

import json
import random
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.db.facts import stated
from tests.conftest import NO_SKIPS, tries
from tests.service import Service
from tests.serving import Served, commands, served
from tests.writers import Writer, everything, missing, written

ONE = {"title": {"zh": "编写概念说明"}}
KILLS = {"sqlite": 5, "postgresql": 3}
HERE = Path(__file__).parent


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_killed_at_random_moments_nothing_acknowledged_is_lost_torn_or_doubled(
    database_url: str, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = tries(KILLS[engine])
    writers = [Writer(number) for number in range(8)]
    options = ("--workers", "2") if engine == "postgresql" else ()
    with served(database_url, tmp_path, start=False, HAINAN_ACCESS_LOG="0") as server:
        for _ in range(kills):
            server.start(sys.executable, "-m", "app", "serve", *options)
            before = sum(writer.acknowledged for writer in writers)
            threads = written(server, writers, threading.Event())
            until(lambda before=before: sum(writer.acknowledged for writer in writers) > before + 8, "nothing is acknowledged")  # type: ignore[misc]
            time.sleep(random.uniform(0, 1))
            server.kill()
            for thread in threads:
                thread.join(60)
        server.start(sys.executable, "-m", "app", "serve", *options)
        assert missing(writers, server) == []
        assert server.verdict().fault is None
    with capsys.disabled():
        print(
            f"\n{engine}: {kills} kills, {sum(writer.acknowledged for writer in writers)} acknowledged writes, none lost, torn or doubled"
        )


def test_stopped_under_load_no_answer_is_cut_off_and_nothing_acknowledged_is_lost(database_url: str, engine: str, tmp_path: Path) -> None:
    """Three times in CI; `TESTS_EFFORT=7` makes it twenty before a release."""
    with served(database_url, tmp_path, start=False, HAINAN_ACCESS_LOG="0") as server:
        writers = [Writer(number) for number in range(6)]
        for _ in range(tries(3 if engine == "sqlite" else 1)):
            server.start()
            before = sum(writer.acknowledged for writer in writers)
            seen: Counter[str] = Counter()
            threads = written(server, writers, threading.Event())
            threads += [threading.Thread(target=read_on, args=(server, seen), daemon=True) for _ in range(2)]
            for thread in threads[-2:]:
                thread.start()
            idle = server.client()
            assert idle.get("/events").status_code == 200
            until(lambda before=before: sum(writer.acknowledged for writer in writers) > before + 20, "nothing is acknowledged")  # type: ignore[misc]
            code, seconds = server.stop()
            for thread in threads:
                thread.join(60)
            idle.close()
            assert (code, seconds < 10) == (0, True)
            assert {status for status in seen if status not in ("200", "gone")} == set()
            if engine == "sqlite":
                assert not (tmp_path / "hainan.db-wal").exists(), "the log of the database was brought into its file"
        server.start()
        assert missing(writers, server) == []
        assert server.verdict().fault is None


def read_on(server: Served, seen: Counter[str]) -> None:
    """Read until the server is gone; an answer that began and did not end is counted by its error."""
    while True:
        try:
            with server.client() as client:
                while True:
                    seen[str(client.get("/commitments?limit=200").status_code)] += 1
        except (httpx.ConnectError, httpx.ReadError):
            seen["gone"] += 1
            return
        except httpx.RemoteProtocolError as error:
            seen["gone" if "without sending a response" in str(error) else str(error)] += 1


DYING = """
import contextlib, os, signal, sys, time
from pathlib import Path
import app.cli
from app.db import turns

real = turns.transaction

@contextlib.contextmanager
def transaction(backend):
    with real(backend) as turn:
        yield turn
        once("slow", lambda: time.sleep(3))
        once("before", lambda: os.killpg(0, signal.SIGKILL))
    once("after", lambda: os.killpg(0, signal.SIGKILL))

def once(name, act):
    with contextlib.suppress(FileNotFoundError):
        Path(name).unlink()
        act()

turns.transaction = transaction
sys.exit(app.cli.main())
"""
"""The command, with a server that takes its time or kills itself and its group around a commit, once for each file that asks for it."""


def test_a_request_whose_answer_was_lost_in_a_crash_has_one_effect_when_it_is_sent_again(database_url: str, tmp_path: Path) -> None:
    script = tmp_path / "dying.py"
    script.write_text(DYING)
    dying = (sys.executable, str(script), "serve")
    with served(database_url, tmp_path, start=False) as server:
        server.start(*dying)
        for number, when in enumerate(["after", "before"], 1):
            headers = {"Idempotency-Key": f"key-{number}"}
            (tmp_path / when).touch()
            with server.client() as client, pytest.raises(httpx.TransportError):
                client.post("/actions", json=ONE, headers=headers)
            server.kill()
            server.start(*dying)
            with server.client() as client:
                again = client.post("/actions", json=ONE, headers=headers)
                assert again.status_code == 201, again.text
                assert again.headers.get("idempotency-replayed") == ("true" if when == "after" else None)
                assert client.post("/actions", json=ONE, headers=headers).content == again.content
                assert len(everything(client)) == number
        assert server.verdict().fault is None


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_request_that_is_running_when_the_server_is_stopped_gets_its_answer(database_url: str, tmp_path: Path) -> None:
    script = tmp_path / "dying.py"
    script.write_text(DYING)
    answers: list[httpx.Response] = []

    def ask() -> None:
        with server.client() as client:
            answers.append(client.post("/actions", json=ONE))

    with served(database_url, tmp_path, start=False) as server:
        server.start(sys.executable, str(script), "serve")
        (tmp_path / "slow").touch()
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        until(lambda: not (tmp_path / "slow").exists(), "the request does not run")
        code, seconds = server.stop()
        thread.join(60)
        assert [answer.status_code for answer in answers] == [201]
        assert (code, 1 < seconds < 10) == (0, True)
        lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
        assert ("POST", 201) in [(line["method"], line["status"]) for line in map(json.loads, lines)], "the last lines are not lost"
        assert server.verdict().fault is None


@pytest.fixture
def fsync_counter(tmp_path: Path) -> Path:
    """The library that counts, compiled."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        if NO_SKIPS:
            pytest.fail("there is no C compiler, and skipping is forbidden here")
        pytest.skip("a C compiler is needed to count fsyncs (Debian packages gcc and libc6-dev)")
    library = tmp_path / "fsyncs.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "fsyncs.c", "-ldl"], check=True)
    return library


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_acknowledged_write_was_brought_to_the_disk(database_url: str, fsync_counter: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_bytes(bytes(8))
    with served(database_url, tmp_path, LD_PRELOAD=str(fsync_counter), FSYNC_COUNT=str(count)) as server, server.client() as client:
        assert client.post("/actions", json=ONE).status_code == 201
        before = int.from_bytes(count.read_bytes(), sys.byteorder)
        for _ in range(50):
            assert client.post("/actions", json=ONE).status_code == 201
        made = int.from_bytes(count.read_bytes(), sys.byteorder) - before
    assert before > 0, "the counter counts"
    assert made / 50 >= 1.0


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_postgresql_promises_on_the_connection_of_the_service_to_write_before_it_answers(service: Service) -> None:
    with service.db.backend.writers.connect() as connection:
        facts = stated(connection)
    assert [facts[name][0] for name in ("fsync", "full_page_writes", "synchronous_commit")] == ["on", "on", "on"]


LIMITED = """
import os, resource, sys

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
os.execv(sys.executable, [sys.executable, "-m", "app", *sys.argv[2:]])
"""


@pytest.mark.parametrize("engine", ["sqlite"])
def test_with_the_disk_full_writes_are_refused_reads_are_answered_and_nothing_is_lost(database_url: str, tmp_path: Path) -> None:
    writer = Writer(0)
    limit = (tmp_path / "hainan.db").stat().st_size + 300_000
    with served(database_url, tmp_path, start=False, HAINAN_ACCESS_LOG="0") as server:
        server.start(sys.executable, "-c", LIMITED, str(limit), "serve")
        with server.client() as client:
            statuses: Counter[int] = Counter()
            while statuses[503] < 5:
                writer.create(client)
                answer = client.post("/actions", json={"title": {"zh": "大"}, "description": {"zh": "大" * 1000}})
                statuses[answer.status_code] += 1
                assert sum(statuses.values()) < 2000, "the disk never became full"
                assert client.get("/commitments").status_code == 200
            assert set(statuses) == {201, 503}
            assert server.process is not None
            for process in (server.process.pid, *children(server.process.pid)):
                resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            until(lambda: client.post("/actions", json=ONE).status_code == 201, "it does not write again without repair")
            writer.settle(client)
            there = everything(client)
        assert writer.faults == []
        assert {ref: there.get(ref) for ref in writer.known} == writer.known
        assert len(there) == writer.acknowledged + statuses[201] + 1
        assert server.stop()[0] == 0
        assert server.verdict().fault is None


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_second_server_and_a_migration_of_a_live_file_are_refused_and_harm_nothing(database_url: str, tmp_path: Path) -> None:
    with served(database_url, tmp_path) as server:
        writers, stop = [Writer(0), Writer(1)], threading.Event()
        threads = written(server, writers, stop)
        for words, said in [
            (("serve", "--port", "1"), "hainan: another process serves this database; use PostgreSQL for more than one\n"),
            (("migrate",), "hainan: another process serves this database; stop it before migrating\n"),
        ]:
            refused = commands(server.environment, tmp_path, *words)
            assert (refused.returncode, refused.stderr) == (2, said)
        looked = commands(server.environment, tmp_path, "doctor")
        assert (looked.returncode, "served: yes, a server is running" in looked.stdout) == (0, True), looked.stderr
        stop.set()
        for thread in threads:
            thread.join(60)
        assert missing(writers, server) == []
        assert server.verdict().fault is None
