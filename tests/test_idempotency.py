"""Idempotency-Key: whatever is sent again, however often and whenever, has one effect (T11)."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from app.actors import Role, system_actor
from app.asgi import api_handlers
from app.db import kept_answers
from app.domain.commands import right_of
from app.tables_people import User
from app.web.describe import KEY
from tests.service import Service
from tests.test_openapi import ORDER, described, drafted, sent
from tests.test_permissions import UPDATE, unsafe

NEW = {"title": {"zh": "编写概念说明", "en": "Draft the concept note"}}
REPLAYED = "idempotency-replayed"


def post(service: Service, key: Any, body: Any = NEW, path: str = "/actions", role: str = "editor", **more: Any) -> httpx.Response:
    return service.post(path, body, role=role, headers={"Idempotency-Key": key}, **more)


def actions(service: Service) -> int:
    return int(service.get("/actions?limit=1").json()["total"])


def kept(service: Service) -> int:
    with service.reading() as session:
        return int(session.value(text("SELECT count(*) FROM idempotency_key")))


def test_of_16_copies_of_20_requests_at_once_each_has_one_effect(service: Service) -> None:
    service.token("editor")
    keys = [f"key-{n}" for n in range(20)] * 16
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda key: (key, post(service, key, {"title": {"zh": f"行动{key}"}})), keys))
    assert actions(service) == 20
    for key in set(keys):
        mine = [answer for one, answer in answers if one == key]
        done = [answer for answer in mine if answer.status_code == 201]
        assert {answer.status_code for answer in mine} <= {201, 409}
        assert len({answer.content for answer in done}) == 1
        assert len([answer for answer in done if REPLAYED not in answer.headers]) == 1
        assert post(service, key, {"title": {"zh": f"行动{key}"}}).content == done[0].content
    assert actions(service) == 20
    assert kept(service) == 20
    service.proves_itself()


def test_a_repeat_is_answered_byte_for_byte_although_its_tag_is_outdated_by_its_own_effect(service: Service) -> None:
    tag = service.tag("/commitments/C42")
    first = post(service, "a", UPDATE, "/commitments/C42/status-updates", tag=tag)
    assert (first.status_code, REPLAYED in first.headers) == (201, False)
    head = service.db.head()
    for _ in range(2):
        again = post(service, "a", UPDATE, "/commitments/C42/status-updates", tag=tag)
        assert (again.status_code, again.content, again.headers[REPLAYED]) == (201, first.content, "true")
        for name in ("etag", "location", "content-type", "cache-control", "vary"):
            assert again.headers[name] == first.headers[name]
    assert service.db.head() == head


def test_a_key_is_the_same_quoted_or_bare(sqlite_service: Service) -> None:
    first = post(sqlite_service, 'a\\b"c')
    assert post(sqlite_service, '"a\\\\b\\"c"').content == first.content
    assert post(sqlite_service, ' "a\\\\b\\"c" ').headers[REPLAYED] == "true"
    assert actions(sqlite_service) == 1


@pytest.mark.parametrize(
    "key",
    ["", " ", '"', '""', '"a', '"a"b', '"a";p=1', '"a\\b"', '"a b"', "a b", "a\tb", "a\x7f", "é".encode(), "键".encode(), "a" * 256, '"' + "a" * 256 + '"', "\\" * 600, b"\x00"],
)  # fmt: skip
def test_a_key_of_another_form_is_400_and_nothing_happens(sqlite_service: Service, key: Any) -> None:
    refused = post(sqlite_service, key)
    assert (refused.status_code, refused.json()["detail"]) == (400, "Idempotency-Key takes 1 to 255 visible ASCII characters, once.")
    assert actions(sqlite_service) == 0


def test_two_keys_are_no_key_and_the_longest_is_one(sqlite_service: Service) -> None:
    token = {"Authorization": f"Bearer {sqlite_service.token('editor')}", "Content-Type": "application/json"}
    headers = [*token.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    request = lambda: sqlite_service.client.post("/api/v1/actions", content=json.dumps(NEW), headers=headers)  # noqa: E731
    assert sqlite_service.portal.call(request).status_code == 400
    assert post(sqlite_service, "';DROP/**/TABLE/**/idempotency_key--").status_code == 201
    assert post(sqlite_service, "~" * 255).status_code == 201
    assert post(sqlite_service, '"' + "\\\\" * 255 + '"').status_code == 201
    assert actions(sqlite_service) == 3


def test_another_body_or_address_under_the_same_key_is_422(service: Service) -> None:
    service.action()
    assert post(service, "a").status_code == 201
    for path, body in [("/actions", {**NEW, "progress": 1}), ("/actions/A1/notes", {"on": "2026-11-20", "text": {"zh": "记录"}})]:
        refused = post(service, "a", body, path)
        assert (refused.status_code, refused.json()["detail"]) == (422, "This Idempotency-Key was used for another request; take a new key for a new request.")  # fmt: skip
    assert actions(service) == 2


def test_a_refused_request_keeps_its_key(service: Service) -> None:
    tag = service.tag("/commitments/C42")
    path = "/commitments/C42/status-updates"
    assert post(service, "a", {**UPDATE, "status": "done"}, path, tag=tag).status_code == 422
    assert post(service, "a", UPDATE, path).status_code == 428
    assert post(service, "a", UPDATE, path, tag='"9.0123456789abcdef"').status_code == 412
    assert post(service, "a", {}, "/commitments/HI-O99/confirmations", tag=tag).status_code == 404
    assert kept(service) == 0
    assert post(service, "a", UPDATE, path, tag=tag).status_code == 201
    assert kept(service) == 1


def test_a_key_comes_after_media_type_and_form_and_before_the_tag(sqlite_service: Service) -> None:
    path, tag = "/commitments/C42/status-updates", sqlite_service.tag("/commitments/C42")
    assert post(sqlite_service, "a", UPDATE, path, tag=tag).status_code == 201
    headers = {"Idempotency-Key": "a"}
    token = {"Authorization": f"Bearer {sqlite_service.token('editor')}"}
    asked = [
        (path, {}, 401), ("/commitments/HI-O99/status-updates", token, 404), (path, {**token, "Content-Type": "text/plain"}, 415),
        (path, {**token, "Content-Type": "application/json"}, 400), (f"{path}?x=1", {**token, "Content-Type": "application/json"}, 400),
    ]  # fmt: skip
    for address, more, status in asked:
        assert sqlite_service.call("POST", address, content=b"{", headers={**headers, **more}).status_code == status
    assert post(sqlite_service, "a b", UPDATE, path).status_code == 400, "a bad key before the missing tag"
    assert post(sqlite_service, "a", {**UPDATE, "status": "done"}, path).status_code == 422, "another body before the missing tag"


def test_keys_of_different_people_have_nothing_to_do_with_each_other(service: Service) -> None:
    first = post(service, "a")
    other = post(service, "a", role="admin")
    assert (other.status_code, REPLAYED in other.headers, other.json()["ref"] != first.json()["ref"]) == (201, False, True)
    assert post(service, "a", role="editor:draft").status_code == 403, "a weaker token of the same person gets no answer of a stronger one"


def test_who_lost_the_right_gets_no_answer_any_more(service: Service) -> None:
    assert post(service, "a").status_code == 201
    assert service.post("/actions", NEW, headers={"Idempotency-Key": "a"}).status_code == 401

    def becomes(role: Role) -> None:
        with service.db.write(system_actor("tests")) as session:
            user = session.get(User, 1)
            assert user is not None
            user.role = role

    for role, status in [(Role.CONTRIBUTOR, 403), (Role.READER, 403), (Role.EDITOR, 201), (Role.ADMIN, 201)]:
        becomes(role)
        assert post(service, "a").status_code == status, role
    service.clock.forward(days=366)
    assert post(service, "a").status_code == 401


def test_a_key_is_kept_for_a_day_and_what_is_older_is_cleared_away_while_writing(service: Service) -> None:
    first = post(service, "a")
    service.clock.forward(hours=23, minutes=59)
    assert post(service, "a").content == first.content
    service.clock.forward(minutes=2)
    assert post(service, "b").status_code == 201
    assert kept(service) == 1
    assert post(service, "a").json()["ref"] != first.json()["ref"]
    assert post(service, "a", {**NEW, "progress": 1}).status_code == 422


def test_a_copy_of_a_request_that_is_running_is_409(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.token("editor")
    begun, go_on = Event(), Event()

    def slow(*given: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return kept_answers.keep_answer(*given)

    monkeypatch.setattr("app.web.idempotency.keep_answer", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, service, "a")
        assert begun.wait(30)
        copy = post(service, "a")
        go_on.set()
        answer = first.result(30)
    assert (copy.status_code, copy.json()["detail"]) == (409, "A request with this Idempotency-Key is still running; wait a moment, then repeat it.")  # fmt: skip
    assert answer.status_code == 201
    assert post(service, "a").content == answer.content


def test_what_follows_the_effect_and_fails_undoes_both(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("app.web.idempotency.keep_answer", broken)
        assert post(service, "a").status_code == 500
    assert (actions(service), kept(service)) == (0, 0)
    assert post(service, "a").status_code == 201


def test_an_answer_with_a_secret_is_not_kept_and_its_repeat_says_so(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = next(handler for path, handler in api_handlers(service.app.inner) if path == "/api/v1/actions" and "POST" in handler.http_methods)  # fmt: skip
    monkeypatch.setitem(handler.opt, KEY, msgspec.structs.replace(handler.opt[KEY], secret=True))
    first = post(service, "a")
    again = post(service, "a")
    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["detail"] == "This request was carried out; its answer held a secret, which is shown once only."
    assert actions(service) == 1
    with service.reading() as session:
        assert session.value(text("SELECT answer FROM idempotency_key")) is None


def test_every_post_can_be_repeated(sqlite_service: Service) -> None:
    """From the table of routes: a handler that answers outside its write session, or reads nothing, fails here."""
    document = described(sqlite_service)
    drafted(sqlite_service)
    uploads = {"/imports", "/imports/{code}/accept"}  # tests/test_imports.py repeats these
    posts = [(template, names) for method, template, names in ORDER if method == "post"]
    routes = {path for (method, path), command in unsafe(sqlite_service).items() if method == "POST" and not right_of(command).personal}
    assert {template.removeprefix("/api/v1") for template, _ in posts} == {
        path.replace(":str}", "}").rstrip("/") for path in routes
    } - uploads
    for method, template, names in ORDER:
        operation = document["paths"][template][method]
        keyed = any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
        assert keyed == (method == "post" and "Needs the role" in operation["description"]), template
        first = sent(sqlite_service, document, method, template, names, key=template)
        assert first.status_code in (200, 201, 204), first.text
        if keyed:
            head = sqlite_service.db.head()
            again = sent(sqlite_service, document, method, template, names, key=template)
            assert again.content == first.content, template
            assert sqlite_service.db.head() == head


def test_what_shows_a_secret_is_done_once_and_not_shown_again(service: Service) -> None:
    new = {"name": "Chen Jie", "role": "contributor", "organization": "cnsa"}
    made = post(service, "a", new, "/users", "admin")
    again = post(service, "a", new, "/users", "admin")
    assert (made.status_code, again.status_code, "code" in again.json()) == (201, 409, False)
    path = f"/users/{made.json()['user']}/reset"
    assert [service.post(path, role="admin", headers={"Idempotency-Key": "b"}).status_code for _ in range(2)] == [201, 409]
    token = {"name": "export", "scope": "read"}
    assert [post(service, "c", token, "/tokens", "admin").status_code for _ in range(2)] == [201, 409]
    assert len(service.get("/users", role="admin").json()["items"]) == 2
    assert made.json()["code"] not in repr(everything_kept(service))


def everything_kept(service: Service) -> Any:
    with service.reading() as session:
        return session.rows(text("SELECT * FROM idempotency_key"))
