"""Where handlers run: quick reads on the event loop, and whatever takes long in a thread, with the same answer."""

import threading
from pathlib import Path

import pytest

from app.domain import detail
from app.domain.commitment_list import CommitmentFilter, commitment_page
from tests.engines import SQLiteTemplate
from tests.service import Service, running

PATHS = [
    "/commitments?limit=200",
    "/commitments/HI-O7",
    "/actions",
    "/documents",
    "/events",
    "/organizations",
    "/commitments/HI-O7/history",
]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads in which lists of commitments were made."""
    seen: list[str] = []

    def noted(session: object, filters: CommitmentFilter, months: int) -> object:
        seen.append(threading.current_thread().name)
        return commitment_page(session, filters, months)  # type: ignore[arg-type]

    monkeypatch.setattr(detail, "commitment_page", noted)
    return seen


def test_a_quick_read_runs_on_the_loop_and_an_earlier_revision_in_a_thread(sqlite_service: Service, threads: list[str]) -> None:
    sqlite_service.get("/commitments")
    assert not threads[-1].startswith("request")
    sqlite_service.get("/commitments?document=A/AC.105/1294&as_recorded=117")
    assert threads[-1].startswith("request")
    sqlite_service.get("/commitments")
    sqlite_service.get("/commitments?document=A/AC.105/1294&as%5Frecorded=117")
    assert threads[-1].startswith("request")


def test_a_read_that_goes_over_its_budget_is_asked_again_in_a_thread_and_answers_the_same(
    sqlite_service: Service, sqlite_template: SQLiteTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: list[str]
) -> None:
    in_time = {path: sqlite_service.get(path).content for path in PATHS}
    monkeypatch.setattr("app.db.backends.QUICK_SECONDS", -1.0)
    monkeypatch.setattr("app.db.backends._STEPS", 1)
    (tmp_path / "late").mkdir()
    with running(sqlite_template.copy(tmp_path / "late", seed=True)) as late:
        assert {path: late.get(path).content for path in PATHS} == in_time
        assert threads[-1].startswith("request")
        late.publish("HI-O7")
        assert late.get("/commitments/HI-O7").json()["status"] == "under_implementation"
        late.proves_itself()


def test_postgresql_is_always_asked_from_threads(service: Service, threads: list[str]) -> None:
    service.get("/commitments")
    assert threads[-1].startswith("request") is not service.db.backend.serves_alone
