"""What is not public is nowhere: the bodies a reader gets are the same before and after any set of drafts and proposals is made."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service import Service

REFS = ["HI-O6", "HI-O6a", "HI-O7", "HI-O7b", "C42", "HI-P01"]
SECRET = "内部草稿"
FOCAL = "contributor"
PATHS = [
    "/commitments?limit=200", "/commitments?event=third-workshop", "/commitments?has_actions=true", "/commitments?as_of=2026-01-01&limit=200",
    "/commitments?sort=-updated_at", "/commitments?status=under_implementation", "/status-updates", "/status-updates?organization=cnsa",
    "/actions", "/actions?commitment=HI-O7b", "/actions?unlinked=true", "/actions?owner=cnsa", "/actions/A1", "/actions/A1/history",
    "/events/third-workshop/coverage", "/events/third-workshop/history", "/documents", "/documents/A-AC.105-1294", "/organizations",
    "/progress?event=third-workshop&since=2023-01-01", "/commitments?document=A/AC.105/1294&as_recorded=1000000",
    f"/search?q={SECRET}", f"/actions?q={SECRET[:2]}", "/search?q=空间&limit=200",
]  # fmt: skip
PATHS += [
    f"/commitments/{ref}{more}" for ref in REFS for more in ("", "/status-updates", "/history", "/confirmations", "?as_recorded=1000000")
]
PATHS += [
    "//zh", "//en/commitments", "//zh/commitments/HI-O7b", "//en/commitments/HI-O7b/history", "//zh/actions", "//en/actions/A1",
    "//zh/events/third-workshop/coverage", "//en/organizations/cnsa", "//zh/reports?since=2023-01-01", "//en/documents/A-AC.105-1294",
]  # fmt: skip

steps = st.one_of(
    st.tuples(st.just("draft"), st.sampled_from(REFS), st.sampled_from(["draft", "submitted"]), st.booleans()),
    st.tuples(st.just("propose"), st.sampled_from([*REFS, None]), st.sampled_from(["third-workshop", None]), st.booleans()),
    st.tuples(st.just("submit"), st.integers(0, 9), st.none(), st.none()),
    st.tuples(st.just("return"), st.integers(0, 9), st.none(), st.none()),
    st.tuples(st.just("change"), st.integers(0, 9), st.none(), st.none()),
    st.tuples(st.just("withdraw"), st.integers(0, 9), st.none(), st.none()),
    st.tuples(st.just("note"), st.integers(0, 9), st.none(), st.none()),
)


def seen(service: Service, role: str | None) -> dict[str, tuple[int, str, str | None]]:
    """Everything a reader can ask for, without the revision and the hash it was made from."""
    found = {}
    for path in PATHS:
        response = service.get(path, role=role)
        body = re.sub(r'"revision":\d+,"hash":"[0-9a-f]{64}"|<p class="proof">.*?</p>', "", response.text)
        found[path] = (response.status_code, body, response.headers.get("link"))
    return found


def waiting(service: Service, path: str, number: int) -> str | None:
    items = service.get(path, role="editor").json()["items"]
    return f"{path.partition('?')[0]}/{items[number % len(items)]['ref']}" if items else None


def taken(service: Service, step: tuple[Any, ...]) -> None:
    """One secret step, by a focal point or an editor; refused ones do no harm either."""
    verb, what, more, flag = step
    narrative = {"zh": SECRET} if flag else {"en": "secret draft"}
    if verb == "draft":
        service.draft(what, FOCAL, status="continuing", state=more, narrative=narrative)
    elif verb == "propose":
        made = service.action(FOCAL, title=narrative, event=more, owner="cnsa")
        if what is not None:
            service.link(made["ref"], what, role=FOCAL)
    elif verb == "note":
        if address := waiting(service, "/actions?status=proposed", what):
            service.post(f"{address}/notes", {"on": "2026-11-20", "text": {"zh": SECRET}}, role=FOCAL)
    elif address := waiting(service, "/status-updates?state=draft&state=submitted&state=returned", what):
        given_tag = service.tag(address)
        if verb == "change":
            service.patch(address, {"narrative": {"zh": SECRET + "二"}}, role=FOCAL, tag=given_tag)
        elif verb == "withdraw":
            service.delete(address, role=FOCAL, tag=given_tag)
        else:
            service.post(f"{address}/{verb}", {"review_note": SECRET} if verb == "return" else None, role="editor", tag=given_tag)


def test_readers_get_the_same_bodies_before_and_after_any_set_of_drafts(service: Service) -> None:
    service.publish("HI-O7b", on="2026-01-01")
    service.publish("HI-P01", "continuing", on="2026-02-01")
    service.action()
    service.link("A1", "HI-O7b")
    before = {role: seen(service, role) for role in (None, "reader")}
    assert {status for status, _, _ in before[None].values()} == {200}

    @settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(steps, min_size=8, max_size=20))
    def unchanged(secret: list[tuple[Any, ...]]) -> None:
        service.clock.forward(seconds=1)
        for step in secret:
            taken(service, step)
        now = seen(service, None)
        assert {path: now[path] for path in PATHS if now[path] != before[None][path]} == {}
        feed = service.get("/changes?limit=200&after=117", role="reader").text
        assert SECRET not in feed
        assert "secret draft" not in feed

    unchanged()
    assert seen(service, "reader") == before["reader"]
    assert service.get("/status-updates", role="editor").json()["total"] > 5
    service.proves_itself()


@pytest.mark.parametrize("step", ["draft", "submitted", "returned"])
def test_what_was_a_draft_stays_one_in_the_past_after_it_was_published(service: Service, step: str) -> None:
    ref = service.draft("HI-O7b", narrative={"zh": SECRET})["ref"]
    if step != "draft":
        service.step(ref, "submit", FOCAL)
    if step == "returned":
        service.step(ref, "return", json={"review_note": SECRET})
    revision = service.db.head().seq
    address = f"/status-updates/{ref}"
    if step == "submitted":
        service.step(ref, "return", json={"review_note": SECRET})
    service.patch(address, {"narrative": {"zh": "公开的说明"}}, role=FOCAL, tag=service.tag(address))
    service.step(ref, "submit", FOCAL)
    service.step(ref, "publish")
    assert service.get(f"{address}?as_recorded={revision}").status_code == 404
    assert service.get(f"{address}?as_recorded={revision}", role=FOCAL).json()["narrative"]["zh"] == SECRET
    for path in (address, "/commitments/HI-O7b", "/commitments/HI-O7b/history", "/changes?after=117&limit=200", "/status-updates"):
        for role in (None, "reader", "contributor@esa"):
            assert SECRET not in service.get(path, role=role).text, (path, role)
    assert service.get(address).json()["review_note"] is None
    assert SECRET in service.get("/commitments/HI-O7b/history", role="editor").text
