"""The numbers of a report: standing, ageing, coverage, what moved; the same for everybody."""

from typing import Any

from tests.service import Service

EVIDENCE = [{"kind": "web", "url": "https://example.org/a"}]


def numbers(service: Service, role: str | None = None, **query: Any) -> dict[str, Any]:
    response = service.get("/progress", role=role, params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def statuses(standing: dict[str, Any]) -> dict[str, int]:
    return {status: number for status, number in standing["by_status"].items() if number}


def test_the_hainan_initiative_before_anybody_said_anything(service: Service) -> None:
    now = numbers(service)
    assert (now["documents"], now["event"], now["as_of"], now["changes"]) == (["A/AC.105/1294"], None, "2026-11-22", None)
    assert (now["revision"], now["hash"]) == (service.db.head().seq, service.db.head().hash)
    assert {name: now[name]["total"] for name in ("operational", "declaratory", "parts")} == {
        "operational": 6,
        "declaratory": 19,
        "parts": 4,
    }
    assert {kind: one["total"] for kind, one in now["by_kind"].items()} == {
        "preambular": 11,
        "operative": 8,
        "conclusion": 4,
        "recommendation": 2,
    }
    assert (now["implemented_per_cent"], now["coverage"]) == (0, {"covered": 0, "orphans": 6})
    assert now["ageing"] == {
        "overdue": 6,
        "by_age": {"up_to_6_months": 0, "7_to_12_months": 0, "13_to_24_months": 0, "over_24_months": 0, "never": 6},
    }
    assert now["translations"] == {"missing": 0, "unchecked": 25, "current": 0, "stale": 0}


def test_the_numbers_are_those_of_a_day(service: Service) -> None:
    service.publish("HI-O7", "not_started", on="2023-01-01")
    service.publish("HI-O7", "under_implementation", on="2024-06-01")
    service.publish("C42", "implemented", on="2024-05-01", evidence=EVIDENCE)
    service.publish("HI-P01", "continuing", on="2025-01-01")
    service.publish("HI-O7b", "under_implementation", on="2025-01-01")
    now = numbers(service, since="2024-01-01")
    assert statuses(now["operational"]) == {"not_assessed": 4, "under_implementation": 1, "implemented": 1}
    assert statuses(now["declaratory"]) == {"not_assessed": 18, "continuing": 1}
    assert statuses(now["parts"]) == {"not_assessed": 3, "under_implementation": 1}
    assert now["implemented_per_cent"] == 17
    assert now["ageing"]["by_age"]["over_24_months"] == 1
    assert now["ageing"]["by_age"]["never"] == 4, "an implemented one ages no more"
    assert now["changes"] == {
        "updates": 4,
        "confirmations": 0,
        "moved": 4,
        "moves": [
            {"ref": "C42", "before": "not_assessed", "after": "implemented"},
            {"ref": "HI-P01", "before": "not_assessed", "after": "continuing"},
            {"ref": "HI-O7", "before": "not_started", "after": "under_implementation"},
            {"ref": "HI-O7b", "before": "not_assessed", "after": "under_implementation"},
        ],
    }
    then = numbers(service, as_of="2023-12-31", since="2022-12-01")
    assert statuses(then["operational"]) == {"not_assessed": 5, "not_started": 1}
    assert then["ageing"] == {
        "overdue": 5,
        "by_age": {"up_to_6_months": 0, "7_to_12_months": 1, "13_to_24_months": 0, "over_24_months": 0, "never": 5},
    }
    assert [move["ref"] for move in then["changes"]["moves"]] == ["HI-O7"]


def test_as_of_is_the_later_of_today_and_the_latest_date_that_counts(service: Service) -> None:
    service.clock.forward(hours=1)
    service.publish("HI-O7", on="2026-11-23")
    assert numbers(service)["as_of"] == "2026-11-23"


def test_actions_and_coverage_are_those_of_the_event_and_public(service: Service) -> None:
    service.action(due_on="2026-01-01")
    service.action(event=None)
    service.action(status="completed", due_on="2026-01-01")
    service.action(role="contributor")
    service.link("A1", "HI-O7b")
    service.link("A2", "C42")
    service.link("A4", "C43")
    of_event = numbers(service, event="third-workshop")
    assert of_event["actions"] == {
        "total": 2,
        "by_status": {"planned": 1, "in_progress": 0, "completed": 1, "cancelled": 0},
        "overdue": 1,
        "unlinked": 1,
    }
    assert of_event["coverage"] == {"covered": 1, "orphans": 5}
    everything = numbers(service)
    assert (everything["actions"]["total"], everything["coverage"]["covered"]) == (2, 2)
    for role in ("reader", "contributor", "editor", "admin"):
        assert numbers(service, role, event="third-workshop") == of_event
    coverage = service.get("/events/third-workshop/coverage").json()
    assert len(coverage["orphan_commitments"]) == of_event["coverage"]["orphans"]


def test_wrong_questions_are_named(sqlite_service: Service) -> None:
    for query, pointer in (
        ({"event": "nowhere"}, "?event"),
        ({"document": ["A/AC.105/1294", "A/404"]}, "?document"),
        ({"since": "2026-01-02", "as_of": "2026-01-01"}, "?since"),
        ({"as_of": "2026-02-30"}, "?as_of"),
    ):
        response = sqlite_service.get("/progress", params=query)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)
    assert numbers(sqlite_service, event="un-jordan-2019")["documents"] == []
    assert numbers(sqlite_service, event="un-jordan-2019")["implemented_per_cent"] is None
    assert numbers(sqlite_service, as_of="0001-01-01")["ageing"]["overdue"] == 0
