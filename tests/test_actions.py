"""Follow-up actions: proposed and planned, linked and unlinked, and the coverage of an event."""

from typing import Any

from tests.service import Service


def codes(response: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


def listed(service: Service, query: str = "", role: str | None = None) -> list[str]:
    return [one["ref"] for one in service.get(f"/actions?{query}", role=role).json()["items"]]


def test_an_editor_plans_and_a_focal_point_proposes(service: Service) -> None:
    planned = service.action()
    proposed = service.action(role="contributor")
    assert (planned["ref"], planned["status"]) == ("A1", "planned")
    assert (proposed["ref"], proposed["status"]) == ("A2", "proposed")
    refused = service.post("/actions", {"title": {"zh": "行动"}, "status": "planned"}, role="contributor")
    assert refused.status_code == 403


def test_a_proposed_action_and_its_links_are_public_nowhere(service: Service) -> None:
    before = {path: service.get(path).content for path in ("/commitments?limit=200", "/commitments/HI-O7b", "/events/third-workshop/coverage", "/commitments/HI-O7b/history")}  # fmt: skip
    service.action(role="contributor")
    service.link("A1", "HI-O7b", role="contributor")
    assert {path: service.get(path).content for path in before} == before
    assert service.get("/actions/A1").status_code == 404
    assert listed(service) == []
    assert listed(service, role="contributor") == listed(service, role="editor") == ["A1"]
    assert {change["body"] for change in service.get("/changes?after=117").json()["items"]} == {None}
    assert service.get("/changes?after=117", role="editor").json()["items"][0]["body"]["record"]["ref"] == "A1"


def test_accepting_makes_it_public_with_its_links(service: Service) -> None:
    service.action(role="contributor")
    service.link("A1", "HI-O7b", role="contributor")
    accepted = service.patch("/actions/A1", {"status": "planned"}, role="editor", tag=service.tag("/actions/A1"))
    assert accepted.status_code == 200
    assert listed(service) == ["A1"]
    assert service.get("/commitments/HI-O7b").json()["action_count"] == 1
    assert service.get("/commitments/HI-O7").json()["action_count"] == 1
    (told,) = [one for one in service.get("/changes?after=117").json()["items"] if one["entity"] == "link" and one["body"]]
    assert (told["action"], told["body"]["record"]["commitment"]) == ("action:change", "HI-O7b")
    for path, role, actions in (
        ("/commitments/HI-O7b/history", None, ["action:change"]),
        ("/actions/A1/history", None, ["action:change", "action:change"]),
        ("/commitments/HI-O7b/history", "editor", ["link:set"]),  # whoever saw it before is not told twice
    ):
        told_here = [one["action"] for one in service.get(path, role=role).json()["items"] if one["action"] != "seed:load"]
        assert told_here == actions, (path, role)
    back = service.patch("/actions/A1", {"progress": 10}, role="contributor", tag=service.tag("/actions/A1"))
    assert back.status_code == 403
    service.proves_itself()


def test_a_removal_is_told_to_whoever_was_told_of_what_is_removed(service: Service) -> None:
    service.action(role="contributor")
    for ref in ("HI-O7b", "C42"):
        service.link("A1", ref, role="contributor")
    unlink = "/actions/A1/commitments/{}".format
    assert service.delete(unlink("C42"), role="editor", tag=service.tag("/actions/A1")).status_code == 200
    for status in ("planned", "proposed"):
        assert service.patch("/actions/A1", {"status": status}, role="editor", tag=service.tag("/actions/A1")).status_code == 200
    assert service.delete(unlink("HI-O7b"), role="editor", tag=service.tag("/actions/A1")).status_code == 200
    removals = {one["ref"]: one["body"] for one in service.get("/changes?after=117").json()["items"] if one["action"] == "link:remove"}
    assert removals["A1/C42"] is None, "nobody was told of it"
    assert removals["A1/HI-O7b"]["record"] is None
    assert removals["A1"] is None


def test_fields_milestones_partners_and_notes_come_back_as_given(service: Service) -> None:
    given: dict[str, Any] = {
        "description": {"zh": "说明\n第二行"}, "owner": "unoosa", "partners": ["cnsa", "hainan-gov"], "due_on": "2027-03-31",
        "priority": "high", "progress": 5, "milestones": [{"title": {"zh": "初稿", "en": None}, "due_on": "2027-01-31", "done_on": None}],
    }  # fmt: skip
    made = service.action(**given)
    assert {name: made[name] for name in given} == given | {"description": {"zh": "说明\n第二行", "en": None}}
    note = service.post("/actions/A1/notes", {"on": "2026-11-20", "text": {"zh": "已联系主办方。"}}, role="editor").json()
    assert note["version"] == 2
    assert note["notes"] == [
        {
            "on": "2026-11-20",
            "text": {"zh": "已联系主办方。", "en": None},
            "recorded_by": {"organization": "unoosa", "name": "editor person"},
        }
    ]
    assert service.get("/actions/A1").json()["notes"][0]["recorded_by"]["name"] is None
    service.proves_itself()


def test_wrong_values_are_named_together(service: Service) -> None:
    body = {"title": {}, "progress": 101, "milestones": [{"title": {"zh": "\u200b"}}], "evidence": [{"kind": "picture"}]}
    response = service.post("/actions", body, role="editor")
    assert codes(response) == {
        "/progress": "out_of_range",
        "/milestones/0/title/zh": "forbidden_character",
        "/evidence/0/kind": "unknown_code",
    }
    response = service.post("/actions", {"title": {}, "milestones": [{"title": {}}], "evidence": [{"kind": "web"}]}, role="editor")
    assert codes(response) == {"/evidence/0/url": "required", "/milestones/0/title": "required", "/title": "item_needs_title"}
    unknown = {"title": {}, "event": "no-such", "owner": "nobody", "partners": ["cnsa", "nobody", "cnsa"]}
    assert codes(service.post("/actions", unknown, role="editor")) == {
        "/title": "item_needs_title", "/event": "unknown_reference", "/owner": "unknown_reference", "/partners/1": "unknown_reference",
        "/partners/2": "duplicate_entry",
    }  # fmt: skip
    assert listed(service, role="editor") == []


def test_linking_moves_the_version_of_the_action_only(service: Service) -> None:
    service.action()
    before = service.get("/commitments/HI-O7b").json()
    assert service.link("A1", "HI-O7b")["version"] == 2
    after = service.get("/commitments/HI-O7b").json()
    assert (after["version"], after["updated_at"]) == (before["version"], before["updated_at"])


def test_a_repeat_that_changes_nothing_is_fine_whatever_the_tag(service: Service) -> None:
    service.action()
    old = service.tag("/actions/A1")
    service.link("A1", "HI-O7b")
    head = service.db.head()
    again = service.put("/actions/A1/commitments/HI-O7b", {"contribution": "implements"}, role="editor", tag=old)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert service.put("/actions/A1/commitments/HI-O7b", {"contribution": "implements"}, role="editor").status_code == 200
    assert service.db.head() == head
    other = service.put("/actions/A1/commitments/HI-O7b", {"contribution": "reports_on"}, role="editor", tag=old)
    assert other.status_code == 412


def test_unlinking_and_deleting(service: Service) -> None:
    service.action()
    service.link("A1", "HI-O7b")
    assert service.delete("/actions/A1", role="editor", tag=service.tag("/actions/A1")).status_code == 409
    assert service.delete("/actions/A1/commitments/HI-O7b", role="editor", tag=service.tag("/actions/A1")).json()["commitments"] == []
    assert service.delete("/actions/A1/commitments/HI-O7b", role="editor", tag=service.tag("/actions/A1")).status_code == 404
    assert service.get("/commitments/HI-O7b").json()["action_count"] == 0
    assert service.delete("/actions/A1", role="editor", tag=service.tag("/actions/A1")).status_code == 204
    assert service.get("/actions/A1", role="editor").status_code == 404
    assert service.action()["ref"] == "A2"
    gone = service.get("/changes?after=117").json()["items"][-2]
    assert (gone["action"], gone["body"]["record"]) == ("action:delete", None)
    service.proves_itself()


def test_a_focal_point_writes_for_his_own_organization_only(service: Service) -> None:
    service.action()
    assert service.patch("/actions/A1", {"progress": 1}, role="contributor", tag=service.tag("/actions/A1")).status_code == 403
    assert service.put("/actions/A1/commitments/HI-O7b", {"contribution": "implements"}, role="contributor", tag='"1.0123456789abcdef"').status_code == 403  # fmt: skip


def test_filters_of_actions(service: Service) -> None:
    service.action(owner="unoosa", due_on="2026-11-21")
    service.action(owner="cnsa", due_on="2027-01-01", event=None)
    service.action(status="completed", due_on="2020-01-01")
    service.link("A2", "HI-O6")
    assert listed(service, "owner=cnsa") == ["A2"]
    assert listed(service, "event=third-workshop") == ["A1", "A3"]
    assert listed(service, "status=completed&status=planned&owner=unoosa") == ["A1"]
    assert listed(service, "overdue=true") == ["A1"]
    assert listed(service, "overdue=false") == ["A2", "A3"]
    assert listed(service, "due_before=2026-12-31") == ["A1", "A3"]
    assert listed(service, "unlinked=true") == ["A1", "A3"]
    assert listed(service, "unlinked=false") == ["A2"]
    assert listed(service, "commitment=HI-O6") == ["A2"]
    page = service.get("/actions?limit=2").json()
    assert (len(page["items"]), page["total"]) == (2, 3)
    assert listed(service, f"limit=2&cursor={page['next']}") == ["A3"]
    for sort in ("updated_at", "-updated_at"):
        first = service.get(f"/actions?limit=2&sort={sort}").json()
        rest = service.get("/actions", params={"limit": 2, "sort": sort, "cursor": first["next"]}).json()
        assert [a["ref"] for a in first["items"] + rest["items"]] == listed(service, f"sort={sort}")


def test_coverage_shows_links_and_orphans_on_both_sides(service: Service) -> None:
    service.action()
    service.action(title={"zh": "无关联的行动"})
    service.link("A1", "HI-O7b", "partly_addresses")
    coverage = service.get("/events/third-workshop/coverage").json()
    assert [row["ref"] for row in coverage["rows"]] == [one["ref"] for one in service.get("/commitments?limit=200").json()["items"]]
    assert {row["ref"]: row["cells"] for row in coverage["rows"] if row["cells"]} == {
        "HI-O7b": [{"action": "A1", "contribution": "partly_addresses"}]
    }
    assert coverage["orphan_commitments"] == ["C42", "C43", "R45", "R46", "HI-O6"]
    assert coverage["orphan_actions"] == ["A2"]
    assert [action["ref"] for action in coverage["actions"]] == ["A1", "A2"]


def test_coverage_takes_documents_of_earlier_events_or_those_that_are_named(service: Service) -> None:
    assert service.get("/events/un-jordan-2019/coverage").json()["rows"] == []
    named = service.get("/events/un-jordan-2019/coverage?document=A/AC.105/1294").json()
    assert len(named["rows"]) == 29
    assert service.get("/events/no-such/coverage").status_code == 404


def test_the_third_workshop_gets_its_date_and_place_once_known(service: Service) -> None:
    patch = {"starts_on": "2027-11-15", "ends_on": "2027-11-18", "place": {"zh": "维也纳", "en": "Vienna"}, "status": "planned", "organizers": ["unoosa"]}  # fmt: skip
    changed = service.patch("/events/third-workshop", patch, role="editor", tag=service.tag("/events/third-workshop")).json()
    assert {name: changed[name] for name in patch} == patch
    assert changed["version"] == 2
    reversed_ = service.patch("/events/third-workshop", {"ends_on": "2027-11-14"}, role="editor", tag=service.tag("/events/third-workshop"))
    assert codes(reversed_) == {"/ends_on": "dates_reversed"}
    assert service.get("/events/third-workshop").json() == changed
    service.proves_itself()
