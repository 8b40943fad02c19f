"""What commitments refer to, made and changed by the API: documents, events, organizations; and their histories."""

from typing import Any

import pytest

from tests.service import Service

DOCUMENT = {"symbol": "A/AC.105/1350 Add.1", "title": {"zh": "第三期研讨会报告", "en": None}, "adopted_on": "2026-01-10"}
PATHS = {"document": "/documents/A-AC.105-1350_Add.1", "event": "/events/fourth", "organization": "/organizations/isro"}


def changed(service: Service, path: str, patch: dict[str, Any], role: str = "editor") -> Any:
    return service.patch(path, patch, role=role, tag=service.tag(path.partition("?")[0]))


def codes(response: Any) -> dict[str, str]:
    assert response.status_code == 422, response.text
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


def made(service: Service) -> list[Any]:
    new = [
        ("/documents", {**DOCUMENT, "languages": {"zh": {"authority": "official"}, "en": {"authority": "working"}}}),
        ("/events", {"id": "fourth", "series": "gse", "ordinal": 4, "name": {"zh": "第四期研讨会"}, "organizers": ["cnsa"]}),
        ("/organizations", {"id": "isro", "kind": "space-agency", "name": {"zh": "印度空间研究组织"}, "acronym": "ISRO"}),
    ]
    return [service.post(path, body, role="editor") for path, body in new]


def test_what_was_made_is_at_its_address_with_a_tag(service: Service) -> None:
    for response, path in zip(made(service), PATHS.values(), strict=True):
        assert response.status_code == 201, response.text
        assert response.headers["location"] == f"/api/v1{path}"
        again = service.get(path, role="editor")
        assert (again.json(), again.headers["etag"]) == (response.json(), response.headers["etag"])
    assert service.get("/documents/A-AC.105-1350_Add.1").json()["title"] == {"zh": "第三期研讨会报告", "en": None}
    new = {"ref": "T3-O1", "document": DOCUMENT["symbol"], "kind": "operative", "position": 1, "text": {"zh": "鼓励；"}}
    assert service.post("/commitments", new, role="editor").status_code == 201
    assert service.get("/documents/A-AC.105-1350_Add.1").json()["counts"]["commitments"] == 1
    service.action(event="fourth", owner="isro", role="contributor")
    service.proves_itself()


WRONG: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "/documents", {"symbol": "A/AC.105/1294", "title": {}, "event": "none", "languages": {"zh": {"authority": "excerpt"}, "en": {"authority": "working"}}},
        {"/languages/zh/authority": "unknown_code", "/title": "item_needs_title", "/event": "unknown_reference"},
    ),
    (
        "/events", {"id": "third-workshop", "series": "x", "ordinal": 3, "name": {}, "starts_on": "2027-01-02", "ends_on": "2027-01-01", "organizers": ["none"]},
        {"/organizers/0": "unknown_reference", "/ends_on": "dates_reversed", "/name": "item_needs_title"},
    ),
    ("/organizations", {"id": "cnsa", "kind": "space-agency", "name": {}}, {"/name": "item_needs_title"}),
    (
        "/commitments", {"ref": "HI-O7", "position": 1, "text": {}, "document": "A/0", "kind": "operative", "responsible": ["none"]},
        {"/text": "required", "/document": "unknown_reference", "/responsible/0": "unknown_reference"},
    ),
    (
        "/commitments", {"ref": "HI-O7", "position": 1, "text": {}, "parent": "none", "responsible": ["none"]},
        {"/text": "required", "/parent": "unknown_reference", "/responsible/0": "unknown_reference"},
    ),
]  # fmt: skip
"""What cannot be made, under a name that is taken, with everything that is wrong with it."""


@pytest.mark.parametrize(("path", "body", "wrong"), WRONG)
def test_everything_that_is_wrong_is_told_at_once_and_before_what_is_taken(
    sqlite_service: Service, path: str, body: dict[str, Any], wrong: dict[str, str]
) -> None:
    assert codes(sqlite_service.post(path, body, role="editor")) == wrong


def test_changes_are_told_in_the_history_of_each(service: Service) -> None:
    made(service)
    patches: dict[str, dict[str, Any]] = {
        "document": {"title": {"en": "Report of the third workshop"}, "references": ["A/AC.105/1294"]},
        "event": {"place": {"zh": "海口"}, "organizers": ["cnsa", "isro"]},
        "organization": {"name": {"en": "Indian Space Research Organisation"}, "acronym": None},
    }
    for entity, path in PATHS.items():
        assert changed(service, path + "?reason=核对后补充", patches[entity]).json()["version"] == 2
        assert changed(service, path, patches[entity]).json()["version"] == 2
        last, first = service.get(f"{path}/history").json()["items"]
        assert (last["action"], last["reason"], last["actor"]) == (
            f"{entity}:change",
            "核对后补充",
            {"organization": "unoosa", "name": None},
        )
        assert first["action"] == f"{entity}:create"
    assert {one["field"] for one in service.get(f"{PATHS['document']}/history").json()["items"][0]["changes"]} == {"title.en", "references"}
    service.proves_itself()


def test_what_is_taken_is_a_conflict(service: Service) -> None:
    made(service)
    for response in made(service):
        assert response.status_code == 409
    taken = [
        ("/documents", {"symbol": "A-AC.105-1350 Add.1", "title": {"en": "One slug"}}),
        ("/events", {"id": "other", "series": "gse", "ordinal": 4, "name": {"en": "W"}}),
    ]
    for path, body in taken:
        assert service.post(path, body, role="editor").status_code == 409
    refused = service.call("POST", "/events", json=taken[1][1], role="editor", headers={"Accept-Language": "zh"})
    assert refused.json()["detail"] == "“fourth”在该系列中已使用这一序号。"


def test_wrong_values_are_named(sqlite_service: Service) -> None:
    service = sqlite_service
    made(service)
    assert codes(service.post("/documents", {"symbol": "A/1", "title": {}}, role="editor")) == {"/title": "item_needs_title"}
    excerpt = {"symbol": "A/1", "title": {"en": "T"}, "languages": {"zh": {"authority": "excerpt"}, "en": {"authority": "working"}}}
    assert codes(service.post("/documents", excerpt, role="editor")) == {"/languages/zh/authority": "unknown_code"}
    assert codes(service.post("/organizations", {"id": "x", "kind": "un", "name": {}}, role="editor")) == {"/name": "item_needs_title"}
    assert codes(changed(service, PATHS["document"], {"event": "nowhere"})) == {"/event": "unknown_reference"}
    assert codes(changed(service, PATHS["document"], {"title": {"zh": "别的"}})) == {"/title/zh": "official_text"}
    assert codes(changed(service, PATHS["event"], {"starts_on": "2027-02-01", "ends_on": "2027-01-01"})) == {"/ends_on": "dates_reversed"}
    assert changed(service, PATHS["organization"], {"id": "other"}).status_code == 400
    assert service.get("/organizations/nobody").status_code == 404


def test_the_adoption_passes_no_date_and_what_counts_from_it_follows(service: Service) -> None:
    path = "/documents/A-AC.105-1294"
    assert service.get("/commitments/HI-O7").json()["review_due_on"] == "2023-11-24"
    service.publish("HI-O6", on="2023-05-05")
    refused = changed(service, path, {"adopted_on": "2023-05-06"})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "There is an effective or confirmation date before this adoption already (2023-05-05).",
    )
    assert changed(service, path, {"adopted_on": "2023-05-05"}).status_code == 200
    assert service.get("/commitments/HI-O7").json()["review_due_on"] == "2024-05-05"
    assert changed(service, path, {"adopted_on": None}).status_code == 200
    assert service.get("/commitments/HI-O7").json()["review_due_on"] is None
    service.publish("HI-O7", on="1999-01-01")
    service.proves_itself()


@pytest.mark.parametrize("path", ["/documents", "/events", "/organizations"])
def test_focal_points_make_none_of_them(sqlite_service: Service, path: str) -> None:
    assert sqlite_service.post(path, {}, role="contributor").status_code == 403
