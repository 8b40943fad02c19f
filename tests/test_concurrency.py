"""Many at once: nobody's edit is lost, one wins and the others are told (T10, T12)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.service import Service

UPDATE = {"status": "under_implementation", "effective_on": "2026-11-01", "state": "published"}


def at_once(count: int, request: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(request, range(count)))


def statuses(responses: list[httpx.Response]) -> dict[int, int]:
    found: dict[int, int] = {}
    for response in responses:
        found[response.status_code] = found.get(response.status_code, 0) + 1
    return found


def test_of_64_editors_at_once_one_wins_each_round_and_every_loser_is_told(service: Service) -> None:
    service.token("editor")
    for _ in range(10):
        tag = service.tag("/commitments/HI-O7")
        responses = at_once(64, lambda n, tag=tag: service.post("/commitments/HI-O7/status-updates", UPDATE | {"narrative": {"zh": f"第{n}次"}}, role="editor", tag=tag))  # type: ignore[misc]  # fmt: skip
        assert statuses(responses) == {201: 1, 412: 63}
        loser = next(response for response in responses if response.status_code == 412)
        assert loser.headers["etag"] == service.tag("/commitments/HI-O7")
    one = service.get("/commitments/HI-O7").json()
    assert (one["version"], len(one["status_updates"])) == (11, 10)
    history = service.get("/commitments/HI-O7/history?limit=200").json()["items"]
    assert len([entry for entry in history if entry["action"] == "status_update:publish"]) == 10
    service.proves_itself()


def test_a_counter_raised_by_read_modify_write_with_retries_is_exact(service: Service) -> None:
    service.action()

    def raise_by_one(_: int) -> httpx.Response:
        while True:
            seen = service.get("/actions/A1", role="editor")
            patch = {"progress": seen.json()["progress"] + 1}
            response = service.patch("/actions/A1", patch, role="editor", tag=seen.headers["etag"])
            if response.status_code != 412:
                return response

    assert statuses(at_once(16, raise_by_one)) == {200: 16}
    assert service.get("/actions/A1").json()["progress"] == 16
    assert service.get("/actions/A1").json()["version"] == 17


def test_tags_that_are_missing_stale_weak_made_up_or_a_star_change_nothing(service: Service) -> None:
    service.publish("HI-O7")
    head = service.db.head()
    current = service.tag("/commitments/HI-O7")
    expected: dict[Any, int] = {
        None: 428, "*": 428, '"1.0123456789abcdef"': 412, f"W/{current}": 412, '"2"': 412, "2.0123456789abcdef": 412, '"99.0123456789abcdef"': 412,
        "nonsense": 412, f"{current}, {current}": 412, '"٢.0123456789abcdef"'.encode(): 412, '"2.XYZ"': 412,
    }  # fmt: skip
    for tag, status in expected.items():
        response = service.post("/commitments/HI-O7/status-updates", UPDATE, role="editor", tag=tag)
        assert response.status_code == status, (tag, response.text)
    assert service.db.head() == head
    assert service.post("/commitments/HI-O7/status-updates", UPDATE, role="editor", tag=f"  {current} ").status_code == 201


def test_of_32_who_create_the_same_ref_one_does(service: Service) -> None:
    new = {"ref": "T3-O1", "document": "A/AC.105/1294", "kind": "operative", "position": 26, "text": {"zh": "鼓励；"}}
    service.token("editor")
    assert statuses(at_once(32, lambda n: service.post("/commitments", new | {"ref": "T3-O1" if n % 2 else "t3-o1"}, role="editor"))) == {201: 1, 409: 31}  # fmt: skip
    service.proves_itself()


def test_of_32_new_actions_each_gets_a_number_of_its_own(service: Service) -> None:
    service.token("editor")
    made = at_once(32, lambda n: service.post("/actions", {"title": {"zh": f"行动{n}"}}, role="editor"))
    assert sorted(response.json()["ref"] for response in made) == sorted(f"A{n}" for n in range(1, 33))


def test_link_and_unlink_in_pairs_leave_no_orphan(service: Service) -> None:
    service.action()
    for _ in range(8):
        tag = service.tag("/actions/A1")
        pair = at_once(2, lambda n, tag=tag: service.put("/actions/A1/commitments/HI-O7b", {"contribution": "implements"}, role="editor", tag=tag) if n else service.delete("/actions/A1/commitments/HI-O7b", role="editor", tag=tag))  # type: ignore[misc]  # fmt: skip
        assert all(response.status_code in (200, 404, 412) for response in pair)
        linked = service.get("/actions/A1").json()["commitments"]
        assert service.get("/commitments/HI-O7b").json()["action_count"] == len(linked)
    service.proves_itself()


def test_delete_and_link_at_once_never_leave_a_link_to_nothing(service: Service) -> None:
    for number in range(1, 9):
        service.action()
        path = f"/actions/A{number}"
        tag = service.tag(path)
        pair = at_once(2, lambda n, path=path, tag=tag: service.put(f"{path}/commitments/HI-O7b", {"contribution": "implements"}, role="editor", tag=tag) if n else service.delete(path, role="editor", tag=tag))  # type: ignore[misc]  # fmt: skip
        assert statuses(pair) in ({204: 1, 404: 1}, {412: 1, 200: 1}, {204: 1, 412: 1})
    service.proves_itself()


def test_publishing_and_confirming_at_once_is_one_or_the_other(service: Service) -> None:
    for day in range(10, 18):
        tag = service.tag("/commitments/C42")
        pair = at_once(2, lambda n, tag=tag, day=day: service.post("/commitments/C42/status-updates", UPDATE, role="editor", tag=tag) if n else service.post("/commitments/C42/confirmations", {"confirmed_on": f"2026-10-{day}"}, role="editor", tag=tag))  # type: ignore[misc]  # fmt: skip
        assert statuses(pair) == {201: 1, 412: 1}
    service.proves_itself()


def test_of_two_who_move_a_draft_one_does(service: Service) -> None:
    """T12: publish and return, submit and withdraw, edit and submit: whatever comes second is told, and nothing is half done."""
    note = {"review_note": "请补充。"}
    pairs: list[tuple[str, tuple[str, str, Any], tuple[str, str, Any]]] = [
        ("submitted", ("POST", "/publish", None), ("POST", "/return", note)),
        ("draft", ("POST", "/submit", None), ("DELETE", "", None)),
        ("draft", ("PATCH", "", {"status": "continuing"}), ("POST", "/submit", None)),
        ("draft", ("PATCH", "", {"status": "continuing"}), ("DELETE", "", None)),
    ]
    for state, *steps in pairs:
        for _ in range(3):
            ref = service.draft("HI-O7b", "editor", state=state)["ref"]
            tag = service.tag(f"/status-updates/{ref}")

            def take(n: int, ref: str = ref, tag: str = tag, steps: Any = steps) -> httpx.Response:
                method, more, body = steps[n]
                return service.call(method, f"/status-updates/{ref}{more}", json=body, role="editor", tag=tag)

            first, second = sorted(response.status_code for response in at_once(2, take))
            assert first in (200, 204)
            assert second in (404, 412)
    service.proves_itself()


def test_a_withdrawn_number_and_a_new_draft_at_once_never_share_a_ref(service: Service) -> None:
    seen: set[str] = set()
    for _ in range(6):
        ref = service.draft("HI-O7b", "editor")["ref"]
        tag, whole = service.tag(f"/status-updates/{ref}"), service.tag("/commitments/HI-O7b")
        body = {"status": "continuing", "effective_on": "2026-11-01"}

        def take(n: int, ref: str = ref, tag: str = tag, whole: str = whole, body: Any = body) -> httpx.Response:
            if n:
                return service.delete(f"/status-updates/{ref}", role="editor", tag=tag)
            return service.post("/commitments/HI-O7b/status-updates", body, role="editor", tag=whole)

        made, gone = at_once(2, take)
        assert (made.status_code, gone.status_code) == (201, 204)
        assert not {ref, made.json()["ref"]} & seen
        seen |= {ref, made.json()["ref"]}
    service.proves_itself()
