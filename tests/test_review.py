"""The review: drafted, edited, submitted, returned with a note, submitted again, published or withdrawn; and who sees what meanwhile."""

from typing import Any

import pytest

from tests.service import Service

FOCAL, OTHER = "contributor", "contributor@esa"
NOTE = {"review_note": "请补充佐证材料。\n谢谢。"}


def state(service: Service, ref: str) -> tuple[Any, ...]:
    one = service.get(f"/status-updates/{ref}", role="editor").json()
    return one["state"], one["review_note"], one["published_no"], one["version"]


def queue(service: Service, role: str | None, **query: Any) -> list[str]:
    page = service.get("/status-updates", role=role, params=query).json()
    assert page["total"] == len(page["items"])
    return [one["ref"] for one in page["items"]]


def test_a_focal_point_drafts_an_editor_returns_and_publishes(service: Service) -> None:
    before = service.get("/commitments/HI-O7b").json()
    ref = service.draft("HI-O7b", narrative={"zh": "筹备工作已经开始。"})["ref"]
    assert state(service, ref) == ("draft", None, None, 1)
    patch = {"narrative": {"en": "Preparations have begun."}, "effective_on": "2026-11-02"}
    changed = service.patch(f"/status-updates/{ref}", patch, role=FOCAL, tag=service.tag(f"/status-updates/{ref}", FOCAL)).json()
    assert (changed["narrative"], changed["effective_on"], changed["version"]) == (
        {"zh": "筹备工作已经开始。", "en": "Preparations have begun."},
        "2026-11-02",
        2,
    )
    assert service.step(ref, "submit", FOCAL).json()["state"] == "submitted"
    returned = service.step(ref, "return", json=NOTE).json()
    assert (returned["state"], returned["review_note"]) == ("returned", NOTE["review_note"])
    assert service.get(f"/status-updates/{ref}", role=FOCAL).json()["review_note"] == NOTE["review_note"]
    assert service.step(ref, "submit", FOCAL).json()["review_note"] is None
    assert service.get("/commitments/HI-O7b").json() == before
    service.clock.forward(minutes=5)
    published = service.step(ref, "publish").json()
    assert (published["state"], published["published_no"], published["version"]) == ("published", 1, 6)
    assert published["recorded_by"] == {"organization": "cnsa", "name": "contributor person"}
    after = service.get("/commitments/HI-O7b").json()
    assert (after["status"], after["version"] - before["version"]) == ("under_implementation", 1)
    assert after["updated_at"] == published["published_at"] > published["recorded_at"]
    assert [one["ref"] for one in after["status_updates"]] == [ref]
    service.proves_itself()


def test_steps_out_of_turn_are_refused_and_change_nothing(service: Service) -> None:
    ref = service.draft("HI-O7b")["ref"]
    address = f"/status-updates/{ref}"

    def refusals(*verbs: str) -> list[tuple[int, str]]:
        found = []
        for verb in verbs:
            if verb in ("patch", "delete"):
                given: dict[str, Any] = {"json": {"status": "continuing"}} if verb == "patch" else {}
                response = service.call(verb.upper(), address, role="editor", tag=service.tag(address), **given)
            else:
                response = service.step(ref, verb, json=NOTE if verb == "return" else None)
            found.append((response.status_code, response.json()["detail"]))
        return found

    not_submitted = (409, "Only a submitted update can be published or returned.")
    not_editable = (409, "Only a draft or a returned update can be changed, submitted or withdrawn.")
    head = service.db.head()
    assert refusals("publish", "return") == [not_submitted] * 2
    assert service.db.head() == head
    service.step(ref, "submit", FOCAL)
    assert refusals("submit", "patch", "delete") == [not_editable] * 3
    service.step(ref, "publish")
    head = service.db.head()
    assert refusals("submit", "patch", "delete") == [not_editable] * 3
    assert refusals("publish", "return") == [not_submitted] * 2
    assert service.db.head() == head


def test_a_withdrawn_number_is_not_given_again(service: Service) -> None:
    first, second = service.draft("HI-O7b")["ref"], service.draft("HI-O7b")["ref"]
    for ref in (second, first):
        assert service.delete(f"/status-updates/{ref}", role=FOCAL, tag=service.tag(f"/status-updates/{ref}")).status_code == 204
        assert service.get(f"/status-updates/{ref}", role="editor").status_code == 404
    assert service.draft("HI-O7b")["ref"] == "HI-O7b.3"
    assert service.draft("HI-O7")["ref"] == "HI-O7.1"
    service.proves_itself()


def test_the_rules_are_checked_when_it_is_submitted_and_again_when_it_is_published(service: Service) -> None:
    ref = service.draft("HI-O7", status="implemented", effective_on="2030-01-01")["ref"]
    refused = service.step(ref, "submit", FOCAL)
    assert refused.status_code == 422
    assert {error["pointer"]: error["code"] for error in refused.json()["errors"]} == {
        "/effective_on": "date_too_late",
        "/evidence": "evidence_required",
    }
    patch = {"status": "under_implementation", "effective_on": "2026-11-01"}
    service.patch(f"/status-updates/{ref}", patch, role=FOCAL, tag=service.tag(f"/status-updates/{ref}"))
    assert service.step(ref, "submit", FOCAL).status_code == 200
    service.patch("/commitments/HI-O7", {"tracking": "declaratory"}, role="editor", tag=service.tag("/commitments/HI-O7"))
    refused = service.step(ref, "publish")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "status_not_allowed")
    assert state(service, ref)[0] == "submitted"


def test_of_two_corrections_of_one_update_only_one_is_published(service: Service) -> None:
    wrong = service.publish("HI-O7b", "continuing")["ref"]
    one, two = (service.draft("HI-O7b", corrects=wrong, narrative={"zh": f"更正{n}"})["ref"] for n in "一二")
    for ref in (one, two):
        assert service.step(ref, "submit", FOCAL).status_code == 200
    assert service.step(one, "publish").status_code == 200
    refused = service.step(two, "publish")
    assert (refused.status_code, refused.json()["detail"]) == (409, f"The update {wrong} has already been corrected.")
    assert service.step(two, "return", json=NOTE).status_code == 200
    tag = service.tag(f"/status-updates/{two}")
    assert service.patch(f"/status-updates/{two}", {"corrects": None}, role=FOCAL, tag=tag).json()["corrects"] is None
    assert service.step(two, "submit", FOCAL).status_code == 200


def test_the_loser_of_a_race_is_told_with_the_present_tag(service: Service) -> None:
    ref = service.draft("HI-O7b", state="submitted")["ref"]
    tag = service.tag(f"/status-updates/{ref}")
    assert service.step(ref, "publish", tag=tag).status_code == 200
    late = service.step(ref, "return", json=NOTE, tag=tag)
    assert (late.status_code, late.headers["etag"]) == (412, service.tag(f"/status-updates/{ref}"))
    assert service.post(f"/status-updates/{ref}/publish", role="editor").status_code == 428


def test_another_organizations_draft_is_nowhere_to_be_found_and_a_submitted_one_neither(service: Service) -> None:
    ref = service.draft("HI-O7b")["ref"]
    head = service.db.head()
    for step in ("draft", "submitted"):
        for role in (OTHER, "reader"):
            assert service.get(f"/status-updates/{ref}", role=role).status_code == 404
        for verb in ("submit", "withdraw", "change"):
            address = f"/status-updates/{ref}" + ("/submit" if verb == "submit" else "")
            method = {"submit": "POST", "withdraw": "DELETE", "change": "PATCH"}[verb]
            assert service.call(method, address, role=OTHER, content=b"\xff").status_code == 404, (step, verb)
        if step == "draft":
            assert service.db.head() == head
            service.step(ref, "submit", FOCAL)
    for verb in ("publish", "return"):
        assert service.post(f"/status-updates/{ref}/{verb}", role=FOCAL).status_code == 403
    service.step(ref, "publish")
    assert service.get(f"/status-updates/{ref}", role=OTHER).status_code == 200
    refused = service.call("PATCH", f"/status-updates/{ref}", role=OTHER, content=b"\xff")
    assert (refused.status_code, refused.json()["detail"]) == (403, "You can only write for your own organization.")


def test_the_queue_by_state_and_organization(service: Service) -> None:
    mine = service.draft("HI-O7b")["ref"]
    service.clock.forward(minutes=1)
    theirs = service.draft("C42", role=OTHER, state="submitted")["ref"]
    service.clock.forward(minutes=1)
    public = service.publish("R45")["ref"]
    assert queue(service, None) == queue(service, "reader") == [public]
    assert queue(service, FOCAL) == [public, mine]
    assert queue(service, OTHER, sort="recorded_at") == [theirs, public]
    assert queue(service, "editor") == [public, theirs, mine]
    assert queue(service, "editor", state="submitted") == [theirs]
    assert queue(service, FOCAL, state="submitted") == []
    assert queue(service, "editor", state=["draft", "submitted"], organization="cnsa") == [mine]
    assert queue(service, "editor", organization="esa", commitment="C42") == [theirs]
    assert queue(service, "editor", document="A/AC.105/1294", organization="unoosa") == [public]
    assert queue(service, "editor", document="A/1") == []
    assert service.get("/status-updates?state=done").status_code == 422


def test_the_queue_is_paged_without_gap_or_repetition(service: Service) -> None:
    made = [service.draft(ref)["ref"] for ref in ("HI-O6", "HI-O7", "C42", "C43", "R45")]
    for sort, expected in (("recorded_at", made), ("-recorded_at", made[::-1])):
        seen: list[str] = []
        address = f"/status-updates?limit=2&sort={sort}"
        while address:
            response = service.get(address.removeprefix("/api/v1"), role="editor")
            seen += [one["ref"] for one in response.json()["items"]]
            assert response.json()["total"] == 5
            address = response.links["next"]["url"] if "next" in response.links else ""
        assert sorted(seen) == sorted(expected)
        assert len(seen) == 5
    assert service.get("/status-updates?cursor=AAAA", role="editor").status_code == 400


def test_history_tells_who_when_and_why_and_hides_the_way_to_publication_from_readers(service: Service) -> None:
    ref = service.draft("HI-O7b", narrative={"zh": "草稿内情"})["ref"]
    service.step(ref, "submit", FOCAL)
    service.step(ref, "return", json=NOTE)
    patch = {"narrative": {"zh": "公开的说明"}}
    service.patch(f"/status-updates/{ref}?reason=按要求修改", patch, role=FOCAL, tag=service.tag(f"/status-updates/{ref}"))
    service.step(ref, "submit", FOCAL)
    service.step(ref, "publish")
    told = [one for one in service.get("/commitments/HI-O7b/history", role="editor").json()["items"] if one["entity"] == "status_update"]
    assert [(one["action"].partition(":")[2], one["actor"]["name"], one["reason"]) for one in told] == [
        ("publish", "editor person", None),
        ("submit", "contributor person", None),
        ("change", "contributor person", "按要求修改"),
        ("return", "editor person", None),
        ("submit", "contributor person", None),
        ("record", "contributor person", None),
    ]
    assert told[2]["changes"] == [{"field": "narrative.zh", "before": "草稿内情", "after": "公开的说明"}]
    public = service.get("/commitments/HI-O7b/history")
    assert "草稿内情" not in public.text
    assert "补充佐证" not in public.text
    entries = [one for one in public.json()["items"] if one["entity"] == "status_update"]
    assert [(one["action"], one["actor"]) for one in entries] == [("status_update:publish", {"organization": "unoosa", "name": None})]
    assert "草稿内情" not in service.get("/changes?limit=200&after=100").text


@pytest.mark.parametrize("reason", ["x" * 301, "两\n行", "\u202e"])
def test_a_reason_is_one_line_of_text(sqlite_service: Service, reason: str) -> None:
    head = sqlite_service.db.head()
    response = sqlite_service.call("DELETE", "/actions/A1", params={"reason": reason}, role="editor")
    assert response.status_code == 404
    sqlite_service.action()
    head = sqlite_service.db.head()
    response = sqlite_service.call("DELETE", "/actions/A1", params={"reason": reason}, role="editor", tag=sqlite_service.tag("/actions/A1"))
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "?reason")
    assert sqlite_service.db.head() == head


def test_a_step_takes_no_body_but_an_empty_object(sqlite_service: Service) -> None:
    ref = sqlite_service.draft("HI-O7b")["ref"]
    address = f"/status-updates/{ref}/submit"
    assert sqlite_service.call("POST", address, role=FOCAL, content=b"hello").status_code == 415
    assert sqlite_service.step(ref, "submit", FOCAL, json={"x": 1}).status_code == 400
    assert sqlite_service.step(ref, "return", json={}).status_code == 422
    assert sqlite_service.step(ref, "submit", FOCAL, json={}).status_code == 200
    assert sqlite_service.step(ref, "return", json={}).json()["errors"][0]["pointer"] == "/review_note"
