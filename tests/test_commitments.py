"""Commitments and parts: created, changed by merge patch, listed and filtered; official text stays as it is."""

import itertools
from typing import Any

import pytest

from tests.service import Service

NEW = {
    "ref": "T3-O1",
    "document": "A/AC.105/1294",
    "kind": "operative",
    "position": 26,
    "tracking": "operational",
    "text": {"zh": "鼓励分享方案；"},
}


def patched(service: Service, ref: str, patch: dict[str, Any], **given: Any) -> Any:
    return service.patch(f"/commitments/{ref}", patch, role="editor", tag=service.tag(f"/commitments/{ref}"), **given)


def codes(response: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


def refs(service: Service, query: str) -> list[str]:
    response = service.get(f"/commitments?limit=200&{query}")
    assert response.status_code == 200, response.text
    return [one["ref"] for one in response.json()["items"]]


def test_a_commitment_is_created_and_found_at_its_address(service: Service) -> None:
    response = service.post("/commitments", NEW, role="editor")
    assert response.status_code == 201
    assert response.headers["location"] == "/api/v1/commitments/T3-O1"
    one = service.get("/commitments/T3-O1", role="editor")
    assert one.headers["etag"] == response.headers["etag"]
    assert one.json()["text"] == {"zh": "鼓励分享方案；", "en": None}
    assert one.json()["translation"] == "missing"
    assert one.json()["previous"] == "HI-O8"
    service.proves_itself()


def test_refs_are_unique_whatever_their_case(service: Service) -> None:
    service.post("/commitments", NEW, role="editor")
    assert service.post("/commitments", NEW | {"ref": "t3-o1"}, role="editor").status_code == 409
    assert service.post("/commitments", NEW | {"ref": "hi-o7B"}, role="editor").status_code == 409


def test_a_part_takes_document_kind_and_tracking_from_its_commitment(service: Service) -> None:
    part = {"ref": "HI-O7c", "parent": "HI-O7", "position": 3, "text": {"zh": "进一步努力将利益攸关方联系起来"}}
    one = service.post("/commitments", part, role="editor").json()
    assert (one["document"], one["kind"], one["tracking"], one["level"]) == ("A/AC.105/1294", "operative", "operational", "part")
    assert one["languages"]["zh"]["authority"] == "excerpt"
    assert service.get("/commitments/HI-O7").json()["part_count"] == 3
    assert [p["ref"] for p in service.get("/commitments/HI-O7").json()["parts"]] == ["HI-O7a", "HI-O7b", "HI-O7c"]
    service.proves_itself()


def test_the_text_of_a_part_stands_word_for_word_in_its_commitment(service: Service) -> None:
    part = {"ref": "HI-O7c", "parent": "HI-O7", "position": 3, "text": {"zh": "不在其中", "en": "not in there"}, "tracking": "declaratory"}
    response = service.post("/commitments", part, role="editor")
    assert codes(response) == {"/text/zh": "not_an_excerpt", "/text/en": "not_an_excerpt", "/tracking": "tracking_of_part"}
    of_part = part | {"parent": "HI-O7a", "text": {"zh": "努力"}}
    assert codes(service.post("/commitments", of_part, role="editor")) == {"/parent": "unknown_reference"}


def test_all_unknown_references_are_named_at_once(service: Service) -> None:
    body = NEW | {"addressees": [{"code": "nobody", "basis": "explicit"}], "frameworks": [{"framework": "sdg", "code": "18", "basis": "inferred"}, {"framework": "x", "code": "1", "basis": "inferred"}], "responsible": ["unoosa", "unoosa"]}  # fmt: skip
    assert codes(service.post("/commitments", body, role="editor")) == {
        "/frameworks/0/code": "unknown_reference",
        "/frameworks/1/framework": "unknown_reference",
        "/addressees/0/code": "unknown_reference",
        "/responsible/1": "duplicate_entry",
    }
    assert service.get("/commitments/T3-O1").status_code == 404


def test_official_text_is_read_only_and_the_working_translation_is_not(service: Service) -> None:
    assert codes(patched(service, "HI-O8", {"text": {"zh": "改"}})) == {"/text/zh": "official_text"}
    assert codes(patched(service, "HI-O8", {"languages": {"en": {"authority": "official"}}})) == {"/languages/en": "official_text"}
    changed = patched(service, "HI-O8", {"text": {"en": "Recognize the key role of the Committee."}})
    assert changed.status_code == 200
    assert changed.json()["text"]["en"] == "Recognize the key role of the Committee."
    assert changed.json()["text"]["zh"].startswith("认识到")


def test_a_working_text_cannot_be_taken_from_under_its_parts(service: Service) -> None:
    assert set(codes(patched(service, "HI-O7", {"text": {"en": "Encourage."}})).values()) == {"parts_do_not_match"}
    assert set(codes(patched(service, "HI-O7", {"text": {"en": None}})).values()) == {"parts_do_not_match"}


def test_a_patch_sets_what_it_names_and_null_clears(service: Service) -> None:
    one = patched(service, "HI-O7", {"responsible": ["unoosa", "cnsa"], "target_on": "2027-12-31"}).json()
    assert (one["responsible"], one["target_on"], one["version"]) == (["unoosa", "cnsa"], "2027-12-31", 2)
    again = patched(service, "HI-O7", {"target_on": None, "responsible": ["cnsa"]}).json()
    assert (again["responsible"], again["target_on"], again["label"]) == (["cnsa"], None, "7.")
    service.proves_itself()


def test_a_patch_that_changes_nothing_moves_neither_version_nor_ledger(service: Service) -> None:
    before = service.db.head()
    assert patched(service, "HI-O7", {"label": "7."}).json()["version"] == 1
    assert service.db.head() == before


def test_fields_that_follow_from_others_cannot_be_set(service: Service) -> None:
    for field in ("status", "ref", "version", "action_count", "translation", "document"):
        response = patched(service, "HI-O7", {field: "x"})
        assert (response.status_code, codes(response)) == (400, {f"/{field}": "unknown_field"})


def test_moving_a_commitment_moves_its_parts_with_it(service: Service) -> None:
    patched(service, "HI-O7", {"position": 1})
    listed = refs(service, "")
    assert listed[listed.index("HI-O7") :][:3] == ["HI-O7", "HI-O7a", "HI-O7b"]
    assert listed.index("HI-O7") < listed.index("C42")
    service.proves_itself()


FILTERS = {
    "kind": ("kind", ["preambular", "operative", "conclusion", "recommendation"]),
    "tracking": ("tracking", ["operational", "declaratory"]),
    "level": ("level", ["commitment", "part"]),
    "status": ("status", ["not_assessed", "under_implementation", "implemented"]),
}


def filled(service: Service) -> list[dict[str, Any]]:
    service.publish("HI-O7b")
    service.publish("HI-O6", "implemented", evidence=[{"kind": "web", "url": "https://example.org"}])
    service.action()
    service.link("A1", "HI-O7b")
    patched(service, "C42", {"responsible": ["unoosa"]})
    items: list[dict[str, Any]] = service.get("/commitments?limit=200").json()["items"]
    return items


def test_every_combination_of_two_filters_gives_what_a_reader_would_count_by_hand(service: Service) -> None:
    everything = filled(service)
    for first, second in itertools.combinations(FILTERS, 2):
        for one, other in itertools.product(FILTERS[first][1], FILTERS[second][1]):
            expected = [c["ref"] for c in everything if c[first] == one and c[second] == other]
            assert refs(service, f"{first}={one}&{second}={other}") == expected


def test_filters_by_what_a_commitment_is_about(service: Service) -> None:
    everything = filled(service)

    def by(test: Any) -> list[str]:
        return [c["ref"] for c in everything if test(c)]

    assert refs(service, "framework=sdg:17") == by(lambda c: any((t["framework"], t["code"]) == ("sdg", "17") for t in c["frameworks"]))
    assert refs(service, "framework=lts") == by(lambda c: any(t["framework"] == "lts" for t in c["frameworks"]))
    assert refs(service, "framework=lts&framework=sdg:5") == by(
        lambda c: any(t["framework"] == "lts" or (t["framework"], t["code"]) == ("sdg", "5") for t in c["frameworks"])
    )
    assert refs(service, "addressee=unoosa&addressee=cnsa") == by(lambda c: any(a["code"] in ("unoosa", "cnsa") for a in c["addressees"]))
    assert refs(service, "responsible=unoosa") == ["C42"]
    assert refs(service, "parent=HI-O7&parent=HI-O6") == by(lambda c: c["parent"] in ("HI-O7", "HI-O6"))
    assert refs(service, "event=third-workshop") == ["HI-O7", "HI-O7b"]
    assert refs(service, "has_actions=true") == ["HI-O7", "HI-O7b"]
    assert refs(service, "has_actions=false") == by(lambda c: c["action_count"] == 0)
    assert refs(service, "document=A/AC.105/1294&kind=recommendation&kind=conclusion&status=not_assessed") == by(
        lambda c: c["kind"] in ("recommendation", "conclusion") and c["status"] == "not_assessed"
    )
    assert refs(service, "document=A/79/5") == []
    assert refs(service, "review_overdue=false") == [r for r in refs(service, "") if r not in refs(service, "review_overdue=true")]


def test_updated_since_and_the_orders(service: Service) -> None:
    service.clock.forward(days=1)
    filled(service)
    changed = refs(service, "updated_since=2026-11-23")
    assert changed == ["C42", "HI-O6", "HI-O7b"]
    assert refs(service, "updated_since=2026-11-23&sort=-updated_at") == ["C42", "HI-O6", "HI-O7b"]
    assert refs(service, "sort=ref") == sorted(refs(service, ""))
    assert refs(service, "sort=updated_at") == list(reversed(refs(service, "sort=-updated_at")))


@pytest.mark.parametrize("sort", ["position", "ref", "updated_at", "-updated_at"])
def test_pages_follow_one_another_without_gap_or_repetition(service: Service, sort: str) -> None:
    whole = refs(service, f"sort={sort}")
    seen: list[str] = []
    address: str | None = f"/api/v1/commitments?limit=4&sort={sort}"
    while address:
        response = service.get(f"/{address}")
        page = response.json()
        assert page["total"] == 29
        seen += [one["ref"] for one in page["items"]]
        address = response.links["next"]["url"] if page["next"] else None
    assert seen == whole


def test_a_cursor_belongs_to_its_filter_and_keeps_the_first_total(service: Service) -> None:
    page = service.get("/commitments?limit=5&kind=operative").json()
    other = service.get("/commitments", params={"limit": 5, "kind": "conclusion", "cursor": page["next"]})
    assert (other.status_code, codes(other)) == (400, {"?cursor": "bad_cursor"})
    service.post("/commitments", NEW, role="editor")
    following = service.get("/commitments", params={"limit": 7, "kind": "operative", "cursor": page["next"]}).json()
    assert following["total"] == page["total"] == 12


def test_refs_of_the_same_commitment_in_other_case_are_not_found(sqlite_service: Service) -> None:
    assert sqlite_service.get("/commitments/hi-o7").status_code == 404
