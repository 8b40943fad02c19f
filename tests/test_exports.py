"""How an export is made and kept: by two processes where there is much, once for each state of the register, and never wrong for it."""

import errno
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import pytest

from app.actors import system_actor
from app.db import beside, second_reader
from app.errors import Unavailable
from app.interchange import export_lines
from app.web.api import exports
from app.web.files import KeptFiles
from tests.service import Service, running
from tests.test_record_file import exported, filled


@pytest.fixture
def full(sqlite_service: Service) -> Service:
    return filled(sqlite_service)


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Two commitments are many; how the second process ended is told here."""
    ended: list[int] = []

    def told(process: Any, judged: Any = beside._is_done) -> bool:
        done: bool = judged(process)
        ended.append(process.returncode)
        return done

    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(beside, "_is_done", told)
    monkeypatch.setattr(export_lines, "_MANY", 2)
    yield ended


def alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> bytes:
    with monkeypatch.context() as patch:
        patch.setattr(export_lines, "_MANY", 10**9)
        return exported(service.db)


def test_two_processes_write_the_same_bytes_as_one(full: Service, codes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert exported(full.db) == alone(full, monkeypatch)
    assert exported(full.db, public=True) == full.get("/export.ndjson").content
    assert codes == [0, 0, 0]


def test_it_reads_the_state_that_the_export_sees_or_nothing(full: Service, codes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    before = alone(full, monkeypatch)
    with full.db.read(system_actor("export")) as session:
        lines = export_lines.record_lines(session, public=False)
        first = next(lines)
        full.publish("C43", narrative={"en": "Said meanwhile."})
        assert first + b"".join(lines) == before
    assert exported(full.db) == alone(full, monkeypatch) != before
    assert codes == [second_reader.OTHER_STATE, 0]


@pytest.mark.parametrize(
    "fault", ["import sys; sys.exit(9)", "print('{}', flush=True); import os; os.abort()", "import time; time.sleep(60)"]
)
def test_where_the_process_fails_nothing_is_lost(
    full: Service, codes: list[int], monkeypatch: pytest.MonkeyPatch, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(beside, "_COMMAND", (*beside._COMMAND[:3], "-c", fault))
    monkeypatch.setattr(beside, "_SECONDS", 0.5)
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes != [0]
    assert "the second reader" in caplog.text


def test_where_no_process_can_be_started_nothing_is_lost(
    full: Service, codes: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(beside, "_COMMAND", ("/nowhere",))
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes == []
    assert "cannot be started" in caplog.text


def test_it_stays_away_where_it_is_of_no_use(full: Service, codes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert full.get("/export.ndjson?level=part").status_code == 200
    assert full.get("/export.ndjson?as_recorded=117&document=A/AC.105/1294").status_code == 200
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert exported(full.db) == alone(full, monkeypatch)
    assert codes == []


def test_what_was_restored_is_put_in_order_in_both_halves(full: Service, codes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger has the fields of evidence sorted; a record file has them in the order of their shape."""
    before = alone(full, monkeypatch)
    with full.db.backend.writers.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        sorted_fields = "(SELECT json_group_array(json_object('date', value->'date', 'kind', value->'kind', 'note', value->'note', "
        sorted_fields += "'paragraph', value->'paragraph', 'symbol', value->'symbol', 'title', value->'title', 'url', value->'url')) FROM json_each(evidence))"
        driver.execute("UPDATE status_update SET evidence = " + sorted_fields + " WHERE evidence != '[]'")
        driver.commit()
    assert exported(full.db) == alone(full, monkeypatch) == before
    assert codes == [0]


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

    def __init__(self, limit: int) -> None:
        self.kept, self.made = KeptFiles(limit), list[str]()
        self.full = False

    def read(self, tag: str, state: str = "s") -> bytes:
        with self.open(tag, state) as file:
            return os.pread(file.fileno(), 1000, 0)

    def open(self, tag: str, state: str = "s") -> BinaryIO:
        def write(file: BinaryIO) -> None:
            self.made.append(tag)
            if self.full:
                self.full = False
                raise OSError(errno.ENOSPC, "no space")
            file.write(tag.encode() * 10)

        return self.kept.file(state, tag, write)


def test_kept_files_make_room_for_one_another() -> None:
    files = Files(limit=30)
    assert [files.read(tag) for tag in "abcabc"] == [tag.encode() * 10 for tag in "abcabc"]
    assert files.made == [*"abc"]
    assert [files.read(tag) for tag in "adbcd"][-1] == b"d" * 10
    assert files.made == [*"abcdbc"]  # b was the oldest, then c, while a and d were asked for
    assert (files.read("long" * 4), files.read("long" * 4)) == (b"long" * 40,) * 2
    assert files.made[-2:] == ["long" * 4] * 2


def test_a_file_that_is_being_sent_outlives_the_state(tmp_path: Any) -> None:
    files = Files(limit=1000)
    with files.open("a") as sent:
        files.read("a", state="another")
        files.kept.close()
        assert os.pread(sent.fileno(), 1000, 0) == b"a" * 10
    assert files.made == ["a", "a"]


def test_no_more_descriptors_are_held_than_files_may_be_kept() -> None:
    before = len(os.listdir("/proc/self/fd"))
    files = Files(limit=10**6)
    for number in range(40):
        files.read(str(number))
    assert len(os.listdir("/proc/self/fd")) - before == 16
    files.kept.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_kept_gives_way_where_the_disk_is_full() -> None:
    files = Files(limit=1000)
    files.read("a")
    files.full = True
    assert files.read("b") == b"b" * 10
    files.kept.close()
    files.full = True
    with pytest.raises(Unavailable):
        files.read("c")
