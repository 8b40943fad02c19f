"""Status updates: the rules of the office, corrections, back-dating, confirmations, and what follows from them."""

from typing import Any

import pytest

from tests.service import Service

EVIDENCE = [{"kind": "web", "title": {"zh": "来源"}, "url": "https://example.org/a"}]


def refused(service: Service, ref: str, **change: Any) -> dict[str, str]:
    """The codes by pointer with which a published update is refused."""
    body = {"status": "under_implementation", "effective_on": "2026-11-01", "state": "published", **change}
    response = service.post(f"/commitments/{ref}/status-updates", body, role="editor", tag=service.tag(f"/commitments/{ref}"))
    assert response.status_code == 422, response.text
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


def standing(service: Service, ref: str, **query: str) -> tuple[Any, ...]:
    one = service.get(f"/commitments/{ref}", params=query).json()
    return one["status"], one["status_effective_on"], one["last_confirmed_on"], one["review_due_on"]


def test_every_commitment_starts_as_not_assessed(service: Service) -> None:
    assert {one["status"] for one in service.get("/commitments?limit=200").json()["items"]} == {"not_assessed"}


def test_implemented_needs_evidence_and_a_closed_status_a_narrative(service: Service) -> None:
    assert refused(service, "HI-O7", status="implemented") == {"/evidence": "evidence_required"}
    assert refused(service, "HI-O7", status="not_implemented") == {"/narrative": "narrative_required"}
    assert refused(service, "HI-O7", status="overtaken_by_events") == {"/narrative": "narrative_required"}
    service.publish("HI-O7", "implemented", evidence=EVIDENCE)
    service.publish("HI-O7", "overtaken_by_events", narrative={"en": "Overtaken."})


def test_a_declaratory_commitment_takes_three_statuses_only(service: Service) -> None:
    assert refused(service, "HI-P01", status="under_implementation") == {"/status": "status_not_allowed"}
    service.publish("HI-P01", "continuing")
    service.publish("HI-P01", "overtaken_by_events", narrative={"zh": "因事态发展而不再适用。"})


def test_a_step_back_from_implemented_needs_a_narrative(service: Service) -> None:
    service.publish("HI-O7", "implemented", on="2025-01-01", evidence=EVIDENCE)
    assert refused(service, "HI-O7", status="under_implementation", effective_on="2025-02-01") == {"/narrative": "narrative_required"}
    service.publish("HI-O7", "not_started", on="2024-12-31")
    service.publish("HI-O7", "under_implementation", on="2025-02-01", narrative={"zh": "重新开始执行。"})


def test_dates_lie_between_adoption_and_today_where_the_day_begins_first(service: Service) -> None:
    assert refused(service, "HI-O7", effective_on="2022-11-23") == {"/effective_on": "date_too_early"}
    assert refused(service, "HI-O7", effective_on="2026-11-23") == {"/effective_on": "date_too_late"}
    service.clock.forward(hours=1)  # 10:30 UTC: at UTC+14 it is the 23rd
    service.publish("HI-O7", on="2026-11-23")
    service.publish("HI-O7", on="2022-11-24")


def test_all_errors_come_at_once(service: Service) -> None:
    found = refused(service, "HI-P01", status="implemented", effective_on="2000-01-01", evidence=[{"kind": "web"}], corrects="HI-P01.9")
    assert found == {
        "/status": "status_not_allowed", "/effective_on": "date_too_early", "/evidence/0/url": "required", "/corrects": "not_correctable",
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "field"), [("document", "symbol"), ("web", "url"), ("meeting", "title")])
def test_evidence_of_each_kind_needs_what_it_rests_on(sqlite_service: Service, kind: str, field: str) -> None:
    assert refused(sqlite_service, "HI-O7", evidence=[{"kind": kind}]) == {f"/evidence/0/{field}": "required"}


def test_a_back_dated_entry_never_overrides_a_newer_one(service: Service) -> None:
    service.publish("HI-O7", "under_implementation", on="2026-06-01")
    service.publish("HI-O7", "not_started", on="2024-01-01")
    assert standing(service, "HI-O7")[:2] == ("under_implementation", "2026-06-01")
    service.publish("HI-O7", "continuing", on="2026-06-01")
    assert standing(service, "HI-O7")[:2] == ("continuing", "2026-06-01")
    assert [u["published_no"] for u in service.get("/commitments/HI-O7/status-updates").json()["items"]] == [3, 1, 2]


def test_a_wrong_update_is_corrected_by_a_new_one_and_stays_in_the_history(service: Service) -> None:
    wrong = service.publish("HI-O7", "implemented", on="2026-06-01", evidence=EVIDENCE)
    service.publish("HI-O7", "under_implementation", on="2026-05-01", corrects=wrong["ref"])
    assert standing(service, "HI-O7")[:2] == ("under_implementation", "2026-05-01")
    updates = service.get("/commitments/HI-O7/status-updates").json()["items"]
    assert [(u["ref"], u["corrects"], u["corrected_by"]) for u in updates] == [("HI-O7.1", None, "HI-O7.2"), ("HI-O7.2", "HI-O7.1", None)]
    again = {"status": "continuing", "effective_on": "2026-06-01", "state": "published", "corrects": "HI-O7.1"}
    response = service.post("/commitments/HI-O7/status-updates", again, role="editor", tag=service.tag("/commitments/HI-O7"))
    assert response.status_code == 409
    assert refused(service, "HI-O6", corrects="HI-O7.2") == {"/corrects": "not_correctable"}


def test_a_draft_is_kept_but_moves_nothing_and_is_seen_by_nobody_outside(service: Service) -> None:
    before = service.get("/commitments/HI-O7").content
    body = {"status": "implemented", "effective_on": "2026-11-01"}
    tag = service.tag("/commitments/HI-O7")
    draft = service.post("/commitments/HI-O7/status-updates", body, role="contributor", tag=tag).json()
    assert draft["state"] == "draft"
    assert service.get("/commitments/HI-O7").content == before
    assert service.get("/status-updates/HI-O7.1").status_code == 404
    assert service.get("/status-updates/HI-O7.1", role="editor").status_code == 200
    assert service.get("/status-updates/HI-O7.1", role="contributor").status_code == 200
    assert service.get("/commitments/HI-O7/history").json()["items"][0]["action"] == "seed:load"
    assert service.get("/changes?after=117").json()["items"][0]["body"] is None
    service.proves_itself()


def test_only_an_editor_with_the_scope_publishes(service: Service) -> None:
    body = {"status": "under_implementation", "effective_on": "2026-11-01", "state": "published"}
    tag = service.tag("/commitments/HI-O7")
    for role in ("contributor", "editor:draft"):
        assert service.post("/commitments/HI-O7/status-updates", body, role=role, tag=tag).status_code == 403
    assert service.post("/commitments/HI-O7/status-updates", body, tag=tag).status_code == 401


def test_a_confirmation_moves_the_last_confirmed_date_without_changing_the_status(service: Service) -> None:
    service.publish("HI-O7", "under_implementation", on="2024-03-31")
    assert standing(service, "HI-O7") == ("under_implementation", "2024-03-31", "2024-03-31", "2025-03-31")
    body = {"confirmed_on": "2026-02-28", "note": {"zh": "仍在执行。"}}
    response = service.post("/commitments/HI-O7/confirmations", body, role="editor", tag=service.tag("/commitments/HI-O7"))
    assert response.status_code == 201
    assert response.json()["recorded_by"] == {"organization": "unoosa", "name": "editor person"}
    assert standing(service, "HI-O7") == ("under_implementation", "2024-03-31", "2026-02-28", "2027-02-28")
    assert standing(service, "HI-O7", as_of="2025-01-01") == ("under_implementation", "2024-03-31", "2024-03-31", "2025-03-31")
    again = service.post("/commitments/HI-O7/confirmations", body, role="editor", tag=service.tag("/commitments/HI-O7"))
    assert again.status_code == 409
    assert service.get("/commitments/HI-O7/confirmations").json()["items"][0]["recorded_by"]["name"] is None


def test_a_review_is_due_a_year_after_adoption_and_never_for_what_is_closed_or_declaratory(service: Service) -> None:
    assert standing(service, "HI-O7")[3] == "2023-11-24"
    assert standing(service, "HI-P01")[3] is None
    service.publish("HI-O7", "implemented", evidence=EVIDENCE)
    assert standing(service, "HI-O7")[3] is None
    overdue = {one["ref"] for one in service.get("/commitments?review_overdue=true").json()["items"]}
    assert overdue == {"C42", "C43", "R45", "R46", "HI-O6", "HI-O6a", "HI-O6b", "HI-O7a", "HI-O7b"}


def test_an_update_of_a_part_leaves_its_commitment_alone(service: Service) -> None:
    before = service.get("/commitments/HI-O7").json()
    service.publish("HI-O7b")
    after = service.get("/commitments/HI-O7").json()
    assert (after["status"], after["version"], after["updated_at"]) == (before["status"], before["version"], before["updated_at"])


def test_as_of_moves_statuses_and_confirmations_and_nothing_else(service: Service) -> None:
    service.publish("HI-O7", "not_started", on="2023-01-01")
    service.publish("HI-O7", "under_implementation", on="2025-01-01")
    assert standing(service, "HI-O7", as_of="2022-12-31")[:2] == ("not_assessed", None)
    assert standing(service, "HI-O7", as_of="2024-06-30")[:2] == ("not_started", "2023-01-01")
    then = service.get("/commitments?status=not_started&as_of=2024-06-30").json()
    assert [one["ref"] for one in then["items"]] == ["HI-O7"]
    assert service.get("/commitments?status=not_started").json()["total"] == 0
    detail = service.get("/commitments/HI-O7?as_of=2024-06-30").json()
    assert [u["ref"] for u in detail["status_updates"]] == ["HI-O7.1"]


def test_tracking_changes_to_declaratory_only_while_every_counted_update_allows_it(service: Service) -> None:
    service.publish("HI-O7b", "under_implementation")
    refused_ = service.patch("/commitments/HI-O7", {"tracking": "declaratory"}, role="editor", tag=service.tag("/commitments/HI-O7"))
    assert (refused_.status_code, refused_.json()["detail"].split()[2]) == (409, "HI-O7b.1")
    service.publish("HI-O7b", "continuing", corrects="HI-O7b.1")
    changed = service.patch("/commitments/HI-O7", {"tracking": "declaratory"}, role="editor", tag=service.tag("/commitments/HI-O7"))
    assert changed.status_code == 200
    assert service.get("/commitments/HI-O7b").json()["tracking"] == "declaratory"
    service.proves_itself()
