"""An export of everything is made on two connections at once where it is large, and is the same bytes however it is cut."""

from collections.abc import Callable, Iterator

import pytest

from app.actors import system_actor
from app.db.sessions import ReadSession
from app.interchange import export_lines
from app.interchange.export_lines import Span, record_lines
from tests.service import Service
from tests.test_record_file import exported, filled


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each export, whether there was a second connection that saw the same; any register is large here."""
    found: list[bool] = []
    alternating = export_lines._alternating

    def noted(
        make: Callable[[ReadSession, Span], bytes], session: ReadSession, other: ReadSession | None, spans: list[Span]
    ) -> Iterator[bytes]:
        found.append(other is not None)
        return alternating(make, session, other, spans)

    monkeypatch.setattr(export_lines, "_alternating", noted)
    monkeypatch.setattr(export_lines, "_FEW", 2)
    return found


def test_however_it_is_cut_an_export_is_the_same_bytes(service: Service, told: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    filled(service)
    cut = {}
    for at_once in (1, 2, 3, 5, 28, 29, 30):
        monkeypatch.setattr(export_lines, "_AT_ONCE", at_once)
        cut[at_once] = exported(service.db)
    assert told == [True, True, True, True, False, False, False]
    assert len(set(cut.values())) == 1
    assert cut[1].count(b'"type":"commitment"') == 29
    assert service.get("/export.ndjson").content == exported(service.db, public=True)


def test_what_is_recorded_meanwhile_is_in_no_part_of_an_export(service: Service, told: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_lines, "_AT_ONCE", 1)
    before = exported(service.db)
    with service.db.read(system_actor("export")) as session:
        lines = record_lines(session, public=False)
        first = next(lines)  # organizations: it has begun to look
        service.publish("HI-O6")
        assert first + b"".join(lines) == before
    assert told == [True, False]
    with service.db.read(system_actor("export")) as session:
        lines = record_lines(session, public=False)
        begun = b"".join(next(lines) for _ in range(10))  # both connections are at work
        now = exported(service.db)
        service.publish("HI-O6", "continuing", "2026-11-02")
        assert begun + b"".join(lines) == now != before
    assert told == [True, False, True, True]


def test_an_export_that_nobody_reads_on_ends(service: Service, told: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_lines, "_AT_ONCE", 1)
    with service.db.read(system_actor("export")) as session:
        lines = record_lines(session, public=False)
        for _ in range(10):
            next(lines)
        lines.close()  # type: ignore[attr-defined]  # it is a generator
    assert told == [True]
    assert len(exported(service.db)) > 10_000
