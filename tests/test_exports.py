"""How an export is made and kept: by two processes where there is much, once for each state of the register, and never wrong for it."""

import asyncio
import errno
import os
import random
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import pytest
from sqlalchemy.exc import OperationalError

from app.actors import system_actor
from app.db import Database, beside, second_reader
from app.db.backends import SQLiteBackend
from app.errors import Unavailable
from app.interchange import export_lines
from app.register import REGISTER
from app.web.api import exports
from app.web.files import KeptFiles, streamed
from tests.service import Service, running
from tests.test_record_file import exported, filled


@pytest.fixture
def full(sqlite_service: Service) -> Service:
    return filled(sqlite_service)


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int | None]]:
    """Two commitments are many; how the second process ended is told here, and None where what it wrote was used."""
    ended: list[int | None] = []

    def told(process: Any, *rest: Any, judged: Any = beside._is_done) -> bool:
        done: bool = judged(process, *rest)
        ended.append(None if done else process.wait())
        return done

    monkeypatch.setattr(beside, "_processors", lambda: 2)
    monkeypatch.setattr(beside, "_is_done", told)
    monkeypatch.setattr(export_lines, "_MANY", 2)
    yield ended


def alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> bytes:
    with monkeypatch.context() as patch:
        patch.setattr(export_lines, "_MANY", 10**9)
        return exported(service.db)


def test_two_processes_write_the_same_bytes_as_one(full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch) -> None:
    assert exported(full.db) == alone(full, monkeypatch)
    assert exported(full.db, public=True) == full.get("/export.ndjson").content
    assert codes == [None, None, None]


def test_it_reads_the_state_that_the_export_sees_or_nothing(
    full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = alone(full, monkeypatch)
    with full.db.read(system_actor("export")) as session:
        lines = export_lines.record_lines(session, public=False)
        first = next(lines)
        full.publish("C43", narrative={"en": "Said meanwhile."})
        assert first + b"".join(lines) == before
    assert exported(full.db) == alone(full, monkeypatch) != before
    assert codes == [second_reader.OTHER_STATE, None]


@pytest.mark.parametrize(
    "fault", ["import sys; sys.exit(9)", "print('{}', flush=True); import os; os.abort()", "import time; time.sleep(60)"]
)
def test_where_the_process_fails_nothing_is_lost(
    full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(beside, "_COMMAND", (*beside._COMMAND[:3], "-c", fault))
    monkeypatch.setattr(beside, "_SECONDS", 0.5)
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes != [None]
    assert "the second reader" in caplog.text


def test_an_exit_code_that_says_nothing_is_not_believed(full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a supervisor has SIGCHLD ignored, every process seems to end with 0."""
    monkeypatch.setattr(beside, "_COMMAND", (*beside._COMMAND[:3], "-c", "print('{}')"))
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes == [0]


@pytest.mark.parametrize("known", [0, 1])
def test_without_room_for_a_file_there_is_no_second_process(
    full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    def no_place() -> Any:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    if known:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=36864))
    else:
        monkeypatch.setattr(tempfile, "TemporaryFile", no_place)
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes == []


@pytest.mark.parametrize("name", ["a b", "百分%20?#&", "//"])
def test_whatever_the_database_file_is_called(
    sqlite_template: Any, tmp_path: Path, codes: list[int | None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / name.strip("/")
    folder.mkdir(exist_ok=True)
    path = quote(sqlite_template.copy(folder, seed=True).removeprefix("sqlite:///"))
    db = Database(SQLiteBackend(f"sqlite:///{'/' if name == '//' else ''}{path}", 1), REGISTER)
    with monkeypatch.context() as patch:
        patch.setattr(export_lines, "_MANY", 10**9)
        wanted = exported(db)
    assert exported(db) == wanted
    assert codes == [None]
    db.close()


def test_where_no_process_can_be_started_nothing_is_lost(
    full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(beside, "_COMMAND", ("/nowhere",))
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes == []
    assert "cannot be started" in caplog.text


def test_it_stays_away_where_it_is_of_no_use(full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch) -> None:
    assert full.get("/export.ndjson?level=part").status_code == 200
    assert full.get("/export.ndjson?as_recorded=117&document=A/AC.105/1294").status_code == 200
    monkeypatch.setattr(beside, "_processors", lambda: 1)
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes == []


def test_what_was_restored_is_put_in_order_in_both_halves(full: Service, codes: list[int | None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger has the fields of evidence sorted; a record file has them in the order of their shape."""
    before = alone(full, monkeypatch)
    with full.db.backend.writers.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        sorted_fields = "(SELECT json_group_array(json_object('date', value->'date', 'kind', value->'kind', 'note', value->'note', "
        sorted_fields += "'paragraph', value->'paragraph', 'symbol', value->'symbol', 'title', value->'title', 'url', value->'url')) FROM json_each(evidence))"
        driver.execute("UPDATE status_update SET evidence = " + sorted_fields + " WHERE evidence != '[]'")
        driver.commit()
    assert exported(full.db) == alone(full, monkeypatch) == before
    assert codes == [None]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many exports were made, each as a one."""
    found: list[int] = []

    def counted(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        found.append(1)
        return export_lines.record_lines(*args, **kwargs)

    monkeypatch.setattr(exports, "record_lines", counted)
    return found


def test_an_export_is_made_once_for_each_state(full: Service, made: list[int]) -> None:
    first = full.get("/export.ndjson")
    for again in (full.get("/export.ndjson"), full.get("/export.ndjson", role="editor")):
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert full.call("HEAD", "/export.ndjson").headers["content-length"] == str(len(first.content))
    assert len(made) == 1
    assert full.get("/export.ndjson?level=part").content != first.content
    full.publish("C43", narrative={"en": "Said since then."})
    assert b"Said since then." in full.get("/export.ndjson").content
    assert len(made) == 3


def test_none_is_kept_where_the_setting_says_so(sqlite_template: Any, tmp_path: Any, made: list[int]) -> None:
    with running(sqlite_template.copy(tmp_path, seed=True), kept_files_mb=0) as service:
        assert service.get("/export.ndjson").content == service.get("/export.ndjson").content
    assert len(made) == 2


class Files:
    """Kept files, and the tags of those that had to be made."""

    def __init__(self, limit: int = 10**6) -> None:
        self.kept, self.made = KeptFiles(limit), list[str]()
        self.fault: Exception | None = None

    def read(self, tag: str, name: str | None = "ndjson") -> bytes:
        with self.open(tag, name) as file:
            return os.pread(file.fileno(), 1000, 0)

    def open(self, tag: str, name: str | None = "ndjson") -> BinaryIO:
        def write(file: BinaryIO) -> None:
            self.made.append(tag)
            file.write(tag.encode() * 10)
            fault, self.fault = self.fault, None
            if fault:
                raise fault

        return self.kept.file(name, tag, write)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_one_file_is_kept_for_each_name_while_its_tag_is_asked_for() -> None:
    before, files = descriptors(), Files()
    assert [files.read(tag) for tag in "aab"] == [tag.encode() * 10 for tag in "aab"]
    assert (files.read("c", "csv"), files.read("b")) == (b"c" * 10, b"b" * 10)
    assert (files.read("d", None), files.read("d", None)) == (b"d" * 10, b"d" * 10)
    assert files.made == [*"abcdd"]
    assert descriptors() - before == 2
    files.kept.close()
    assert descriptors() == before


def test_nothing_is_kept_beyond_the_limit_and_where_little_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Files(limit=15)
    for tag, name in (("a", "ndjson"), ("b", "csv"), ("b", "csv"), ("a", "ndjson")):
        small.read(tag, name)
    assert small.made == [*"abb"]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=99))
    narrow = Files()
    assert [narrow.read(tag) for tag in "aa"] == [b"a" * 10] * 2
    assert narrow.made == ["a", "a"]


def test_a_file_that_is_being_sent_outlives_what_is_kept() -> None:
    kept = Files()
    with kept.open("a") as sent:
        kept.read("b")
        kept.kept.close()
        assert os.pread(sent.fileno(), 1000, 0) == b"a" * 10


@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "no space"), OperationalError("SELECT", {}, Exception("database or disk is full"))]
)
def test_what_is_kept_gives_way_where_the_disk_is_full(fault: Exception) -> None:
    kept = Files()
    kept.read("a")
    kept.fault = fault
    assert kept.read("b", "csv") == b"b" * 10
    kept.kept.close()
    kept.fault = fault
    with pytest.raises((Unavailable, OperationalError)):
        kept.read("c")


def test_a_disk_that_is_really_full_is_told_as_such() -> None:
    """What is still in a buffer cannot be written when the file is closed either."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, before[1]))
    try:
        with pytest.raises(Unavailable):
            Files().read("a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("fault", [None, OSError("they went away"), asyncio.CancelledError()])
def test_a_file_is_closed_however_its_answer_ends(tmp_path: Path, fault: BaseException | None) -> None:
    (tmp_path / "file").write_bytes(b"x" * 10**6)
    file = (tmp_path / "file").open("rb")
    said: list[int] = []
    ended = asyncio.Event()

    async def receive() -> Any:
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(len(message.get("body", b"")))
        if fault and len(said) > 2:
            raise fault
        if message.get("more_body") is False:
            ended.set()

    answer: Any = streamed(file, {}, "text/plain").to_asgi_response(None, cast(Any, None))
    with suppress(BaseException):
        asyncio.run(answer({"type": "http"}, receive, send))
    assert file.closed
    assert sum(said) == 10**6 if fault is None else len(said) == 3


async def taken(file: BinaryIO, answered: list[bytes], turns: list[int]) -> None:
    """Send a file to somebody who never makes it wait, while somebody else counts how often it is his turn."""
    ended = asyncio.Event()

    async def receive() -> Any:
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answered.append(message.get("body", b""))
        if message.get("more_body") is False:
            ended.set()

    async def other() -> None:
        while not ended.is_set():
            turns.append(len(answered))
            await asyncio.sleep(0)

    answer: Any = streamed(file, {}, "text/plain").to_asgi_response(None, cast(Any, None))
    await asyncio.gather(answer({"type": "http"}, receive, send), other())


@pytest.mark.parametrize("is_in_memory", [True, False])
def test_a_file_is_sent_whole_and_others_have_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_in_memory: bool) -> None:
    content = random.Random(0).randbytes(3 * 10**6 + 1)
    (tmp_path / "file").write_bytes(content)
    if not is_in_memory:  # as on a system or a file system that cannot say so

        def unsupported(*_args: Any) -> int:
            raise OSError(errno.EOPNOTSUPP, "not supported")

        monkeypatch.setattr(os, "preadv", unsupported)
    answered: list[bytes] = []
    turns: list[int] = []
    asyncio.run(taken((tmp_path / "file").open("rb"), answered, turns))
    assert b"".join(answered) == content
    assert len(set(turns)) > len(answered) // 2


def test_no_descriptor_is_left_behind_an_answer(full: Service) -> None:
    full.get("/export.ndjson")
    before = descriptors()
    for path in ("/export.ndjson", "/export.csv?table=actions") * 10:
        assert full.call("HEAD", path).status_code == full.get(path).status_code == 200
    assert descriptors() == before
