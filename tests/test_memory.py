"""Answers are remembered under the revision: never older than the last commit, never a stronger role's answer for a weaker one (T14)."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.db.backends import open_backend
from app.web.memory import Answer, Memory, tidied_before
from tests.engines import SQLiteTemplate
from tests.service import Service, running

PATHS = [
    "/commitments?limit=200", "/commitments/HI-O7", "/commitments/HI-O7/status-updates", "/commitments/HI-O7/history", "/actions",
    "/events/third-workshop/coverage", "/changes?after=117", "/documents",
]  # fmt: skip


def with_drafts(service: Service) -> None:
    service.publish("HI-O7", narrative={"zh": "公开的说明"})
    draft = {"status": "continuing", "effective_on": "2026-11-02", "narrative": {"zh": "机密草稿"}}
    service.post("/commitments/HI-O7/status-updates", draft, role="contributor", tag=service.tag("/commitments/HI-O7"))
    service.action(role="contributor", title={"zh": "机密提议"})


def test_what_was_remembered_is_what_is_computed(service: Service) -> None:
    with_drafts(service)
    for path in PATHS:
        first = service.get(path)
        assert service.app.app.memory.answers, "the first answer is kept"
        again = service.get(path)
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])


def test_roles_asking_in_turn_never_see_the_answer_of_a_stronger_one(service: Service) -> None:
    with_drafts(service)
    roles = [None, "reader", "contributor", "editor"]
    for role in roles[1:]:
        service.token(str(role))
    alone = {(role, path): service.get(path, role=role).content for role in roles for path in PATHS}
    for secret in ("机密草稿", "机密提议", "editor person"):
        assert [key for key, body in alone.items() if key[0] in (None, "reader") and secret.encode() in body] == []
    asked = list(itertools.islice(itertools.cycle(itertools.product(PATHS, roles)), 800))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: service.get(one[0], role=one[1]).content, asked))
    assert [one for one, body in zip(asked, answers, strict=True) if body != alone[one[1], one[0]]] == []


def test_a_commit_empties_the_memory_wherever_it_came_from(service: Service) -> None:
    before = service.get("/commitments/HI-O7")
    with running(service.url) as other:
        other.publish("HI-O7")
    after = service.get("/commitments/HI-O7")
    assert (before.json()["status"], after.json()["status"]) == ("not_assessed", "under_implementation")


def test_a_setting_that_answers_follow_from_is_part_of_their_tags(sqlite_service: Service) -> None:
    before = sqlite_service.get("/commitments")
    with running(sqlite_service.url, review_months=6) as other:
        after = other.get("/commitments", headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert after.content != before.content


def test_a_change_that_is_not_in_the_ledger_keeps_the_memory(service: Service) -> None:
    service.get("/commitments")
    kept = dict(service.app.app.memory.answers)
    service.token("reader")
    service.get("/documents")
    assert kept.items() <= service.app.app.memory.answers.items()


def test_what_needs_the_day_is_forgotten_at_midnight(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.get("/commitments?review_overdue=true")
    assert service.app.app.memory.moment[1] == "2026-11-22"
    service.clock.forward(days=1)
    service.get("/commitments?review_overdue=true")
    assert service.app.app.memory.moment[1] == "2026-11-23"


def test_spellings_of_one_address_share_one_answer(sqlite_service: Service) -> None:
    first = sqlite_service.get("/commitments?kind=operative&status=not_assessed&limit=")
    size = len(sqlite_service.app.app.memory.answers)
    second = sqlite_service.get("/commitments?status=not_assessed&kind=operative")
    assert first.content == second.content
    assert len(sqlite_service.app.app.memory.answers) == size


def test_switched_off_it_keeps_nothing_and_answers_the_same(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    with running(sqlite_template.copy(tmp_path, seed=True), memory_mb=0) as service:
        assert service.app.app.memory is None
        first = service.get("/commitments/HI-O7")
        assert service.get("/commitments/HI-O7", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_it_holds_no_more_than_it_may() -> None:
    memory = Memory(100_000)
    memory.recall((1, "d"), b"")
    for number in range(1000):
        memory.keep((1, "d"), str(number).encode(), Answer(200, [], b"x" * 5000, b""))
    assert memory.size <= 100_000
    assert memory.size == sum(6000 + len(address) for address in memory.answers)
    memory.keep((1, "d"), b"big", Answer(200, [], b"x" * 200_000, b""))
    assert b"big" not in memory.answers
    memory.keep((0, "d"), b"late", Answer(200, [], b"x", b""))
    assert b"late" not in memory.answers
    assert memory.recall((2, "d"), b"999") is None
    assert memory.size == 0


def test_long_addresses_leave_nothing_behind(sqlite_service: Service) -> None:
    for number in range(3):
        sqlite_service.get(f"/commitments/HI-O7?{number}{'a' * 5000}")  # blank, so that the tidied address is short
        sqlite_service.get(f"/commitments/{number}{'a' * 5000}")
    assert max(len(path) + len(query) for path, query in tidied_before) < 400


def test_credentials_are_looked_at_before_anything_is_answered(service: Service) -> None:
    service.get("/commitments/HI-O7")
    for header in ("Bearer nonsense", "Basic YTpi", "", "Bearer hnt_" + "a" * 43):
        assert service.get("/commitments/HI-O7", headers={"Authorization": header}).status_code == 401


def test_the_revision_is_asked_again_only_after_a_commit(database_url: str) -> None:
    backend = open_backend(database_url, readers=1)
    first: Any = backend.moved()
    assert first is True
    assert backend.moved() is (not backend.serves_alone)
    backend.dispose()
