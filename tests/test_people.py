"""Users, tokens and security events: who may see and change what, and what is kept of it."""

import logging
import re
from typing import Any

import pytest
from sqlalchemy import select

from app.actors import system_actor
from app.codes import SecurityEventKind
from app.domain.columns import SECURITY_EVENT, TOKEN
from app.domain.security_events import record_event
from tests.browser import Browser, signed_in
from tests.service import PASSWORD, Service
from tests.test_sign_ins import stamped


def path_of(service: Service, role: str) -> str:
    """The path of the person with a role."""
    service.token(role)
    users = service.get("/users?limit=200", role="admin").json()["items"]
    return next(f"/users/{user['id']}" for user in users if user["name"] == f"{role} person")


def kinds(service: Service, query: str = "") -> list[str]:
    """The security events, oldest first."""
    return [one["kind"] for one in reversed(service.get(f"/security-events?limit=200{query}", role="admin").json()["items"])]


def test_views_of_people_refuse_before_they_read_anything(service: Service) -> None:
    for path in ("/users", "/users/u-0123456789abcdef", "/security-events"):
        for query in ("", "?limit=0&colour=red"):
            assert service.get(path + query).status_code == 401
            for role in ("reader", "contributor", "editor", "admin:publish"):
                assert service.get(path + query, role=role).status_code == 403, (path, role)
    for path in ("/me", "/sessions", "/tokens"):
        assert service.get(path).status_code == 401
        assert service.get(path, role="reader").status_code == 200
    assert service.get("/users?limit=0", role="admin").status_code == 422
    assert service.get("/users/u-0123456789abcdef", role="admin").status_code == 404


def test_a_user_is_changed_only_by_whoever_saw_the_present_version(service: Service) -> None:
    path = path_of(service, "contributor")
    first = service.tag(path, "admin")
    assert service.patch(path, {"name": "王小明"}, role="admin").status_code == 428
    changed = service.patch(path, {"name": "王小明"}, role="admin", tag=first)
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "王小明", 2)
    outdated = service.patch(path, {"name": "x"}, role="admin", tag=first)
    assert (outdated.status_code, outdated.headers["etag"]) == (412, changed.headers["etag"])


@pytest.mark.parametrize(
    ("patch", "status", "pointer"),
    [
        ({"organization": None}, 422, "/organization"), ({"organization": "nasa-x"}, 422, "/organization"), ({"role": "king"}, 422, "/role"),
        ({"name": None}, 422, "/name"), ({"name": "a\u202eb"}, 422, "/name"), ({"password": "x"}, 400, "/password"), ({"disabled": 1}, 422, "/disabled"),
    ],
)  # fmt: skip
def test_a_bad_change_of_a_user_is_refused(sqlite_service: Service, patch: dict[str, Any], status: int, pointer: str) -> None:
    path = path_of(sqlite_service, "contributor")
    refused = sqlite_service.patch(path, patch, role="admin", tag=sqlite_service.tag(path, "admin"))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (status, pointer)


def test_a_name_is_taken_once_whatever_its_spelling(service: Service) -> None:
    assert service.post("/users", {"name": "Wang", "role": "reader"}, role="admin").status_code == 201
    assert service.post("/users", {"name": "ＷＡＮＧ", "role": "reader"}, role="admin").status_code == 409
    path = path_of(service, "reader")
    assert service.patch(path, {"name": "wang"}, role="admin", tag=service.tag(path, "admin")).status_code == 409
    assert service.patch(path, {"name": "READER Person"}, role="admin", tag=service.tag(path, "admin")).status_code == 200


def test_users_tokens_and_events_are_paged(service: Service) -> None:
    made = [service.post("/users", {"name": f"user {n}", "role": "reader"}, role="admin").json()["user"] for n in range(5)]
    owner = made[0]
    tokens = [
        service.post("/tokens", {"name": f"t {n}", "scope": "read", "user": owner}, role="admin").json()["token"]["id"] for n in range(5)
    ]
    service.get("/me", role="admin")
    stamped(service)
    for path, wanted in (
        ("/users?limit=2", made),
        (f"/tokens?limit=2&user={owner}", tokens),
        ("/security-events?limit=3&kind=user_made", None),
    ):
        ids, following = [], path
        while following:
            page = service.get(following, role="admin")
            ids += [one["id"] for one in page.json()["items"]]
            following = page.links["next"]["url"].removeprefix("/api/v1") if "next" in page.links else ""
        assert len(ids) == page.json()["total"] == len(set(ids))
        assert wanted is None or ids[-5:] == wanted
    cursor = service.get("/users?limit=1", role="admin").json()["next"]
    assert service.get(f"/security-events?cursor={cursor}", role="admin").status_code == 400


def test_a_token_has_a_name_an_end_and_a_last_use_written_once_a_day(service: Service) -> None:
    browser = signed_in(service)
    made = browser.post("/tokens", {"name": "Monthly export", "scope": "draft", "days": 30}).json()
    assert re.fullmatch(r"hnt_[\w-]{43}", made["secret"])
    assert (made["token"]["scope"], made["token"]["expires_at"][:10], made["token"]["last_used_on"]) == ("draft", "2026-12-22", None)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    head = service.db.head()
    for _ in range(3):
        assert service.get("/me", headers=headers).status_code == 200
        stamped(service)
    with service.reading() as session:
        assert str(session.value(select(TOKEN.last_used_on).where(TOKEN.name == "Monthly export"))) == "2026-11-22"
    assert service.db.head() == head
    listed = next(one for one in browser.get("/tokens").json()["items"] if one["name"] == "Monthly export")
    assert listed == made["token"] | {"last_used_on": "2026-11-22"}
    service.get("/me", role="admin")  # the first use of the token that asks is one, too, and is noted by then
    stamped(service)
    assert kinds(service, "&kind=token_first_used") == ["token_first_used"] * 2
    service.clock.forward(days=30)
    assert service.get("/me", headers=headers).status_code == 401


def test_tokens_are_made_seen_and_revoked_by_their_owner_and_by_administrators(service: Service) -> None:
    browser, admin = signed_in(service, "contributor"), signed_in(service, "admin")
    own = browser.get("/me").json()["id"]
    for scope, status in (("publish", 422), ("draft", 201)):
        assert browser.post("/tokens", {"name": "x", "scope": scope}).status_code == status
    other = path_of(service, "reader").removeprefix("/users/")
    assert browser.post("/tokens", {"name": "x", "scope": "read", "user": other}).status_code == 403
    assert browser.get(f"/tokens?user={other}").status_code == 403
    theirs = admin.post("/tokens", {"name": "x", "scope": "read", "user": other}).json()
    assert admin.post("/tokens", {"name": "x", "scope": "read", "user": "u-0000000000000000"}).status_code == 422
    assert browser.delete(f"/tokens/{theirs['token']['id']}").status_code == 404
    assert admin.delete(f"/tokens/{theirs['token']['id']}").status_code == 204
    assert service.get("/me", headers={"Authorization": f"Bearer {theirs['secret']}"}).status_code == 401
    assert admin.get(f"/tokens?user={own}").json()["total"] == 2


def test_a_token_cannot_make_tokens_or_touch_its_owners_account_unless_it_may_do_everything(service: Service) -> None:
    asked = [
        ("POST", "/tokens", {"name": "x", "scope": "read"}),
        ("PUT", "/me/password", {}),
        ("DELETE", "/sessions", None),
        ("DELETE", "/tokens/t1", None),
    ]
    for method, path, body in asked:
        for role in ("editor", "admin:publish"):
            refused = service.call(method, path, role=role, **({"json": body} if body is not None else {}))
            assert (refused.status_code, "takes a sign-in" in refused.json()["detail"]) == (403, True)
    assert kinds(service, "&kind=write_refused") == ["write_refused"] * 8
    assert service.post("/tokens", {"name": "x", "scope": "read"}, role="admin").status_code == 201


def test_everything_about_accounts_leaves_an_event(service: Service) -> None:
    browser, stranger = signed_in(service, "editor"), Browser(service)
    stranger.post("/session", {"name": "nobody", "password": "x"})
    stranger.post("/session", {"name": "editor person", "password": "x"})
    token = browser.post("/tokens", {"name": "x", "scope": "read"}).json()["token"]["id"]
    browser.delete(f"/tokens/{token}")
    refused = browser.post("/users", {})
    browser.call("PUT", "/me/password", {"current": PASSWORD, "password": "another long password nobody guesses"})
    browser.delete("/sessions")
    browser.delete("/session")
    path = path_of(service, "editor")
    for change in ({"role": "reader"}, {"disabled": True}, {"disabled": False}):
        service.patch(path, change, role="admin", tag=service.tag(path, "admin"))
    service.post(f"{path}/reset", role="admin")
    stamped(service)
    concerned = path.removeprefix("/users/")
    assert kinds(service, f"&user={concerned}") == [
        "user_made", "token_made", "signed_in", "sign_in_failed", "token_made", "token_revoked", "write_refused", "password_changed", "signed_in",
        "signed_out", "signed_out", "role_changed", "disabled", "enabled", "reset_given",
    ]  # fmt: skip
    (event,) = service.get("/security-events?kind=write_refused", role="admin").json()["items"]
    assert event == {
        "id": event["id"], "at": "2026-11-22T09:30:00.000000Z", "kind": "write_refused", "user": {"id": concerned, "name": "editor person"},
        "actor": {"id": concerned, "name": "editor person"}, "address": "127.0.0.1", "request": refused.headers["x-request-id"], "detail": "user:create",
    }  # fmt: skip
    unknown = service.get("/security-events?kind=sign_in_failed", role="admin").json()["items"]
    assert [one["user"] and one["user"]["id"] for one in unknown] == [concerned, None]
    assert service.get("/security-events?since=2026-11-23", role="admin").json()["total"] == 0
    assert service.get("/security-events?since=yesterday", role="admin").status_code == 422


def test_a_change_refused_inside_a_command_leaves_its_event_too_and_one_of_nobody_does_not(service: Service) -> None:
    service.action()
    tag = service.tag("/actions/A1")
    assert service.patch("/actions/A1", {"progress": 5}, role="contributor", tag=tag).status_code == 403
    assert service.patch("/actions/A1", {"progress": 5}).status_code == 401
    assert kinds(service, "&kind=write_refused") == ["write_refused"]


def test_whoever_moves_to_another_organization_leaves_what_he_did_with_the_one_before(service: Service) -> None:
    history = "/commitments/HI-O7b/history"

    def told(query: str = "") -> list[str]:
        return [one["actor"]["organization"] for one in service.get(history + query).json()["items"]][:-1]

    service.publish("HI-O7b")
    before, path = told(), path_of(service, "editor")
    assert before == ["unoosa"]
    moved = service.patch(path, {"organization": "cnsa"}, role="admin", tag=service.tag(path, "admin"))
    assert moved.json()["organization"] == "cnsa"
    assert told() == told("?limit=49") == before
    service.publish("HI-O7b", "continuing")
    assert told() == ["cnsa", *before]
    service.patch(path, {"organization": None}, role="admin", tag=service.tag(path, "admin"))
    assert told("?limit=48") == ["cnsa", *before]
    service.patch(path, {"name": "Wang", "role": "reader"}, role="admin", tag=service.tag(path, "admin"))
    service.patch(path, {"name": "Wang Fang"}, role="admin", tag=service.tag(path, "admin"))
    events = service.get("/security-events?kind=role_changed", role="admin").json()["items"]
    assert [one["detail"] for one in events] == ["name", "editor reader name", "editor@cnsa editor@-", "editor@unoosa editor@cnsa"]
    service.proves_itself()


def test_the_number_of_a_token_that_is_gone_is_not_given_again(service: Service) -> None:
    def made() -> str:
        return str(service.post("/tokens", {"name": "x", "scope": "read"}, role="admin").json()["token"]["id"])

    first = made()
    assert service.delete(f"/tokens/{first}", role="admin").status_code == 204
    second = made()
    assert second != first
    assert service.delete(f"/tokens/{first}", role="admin").status_code == 404
    assert second in {one["id"] for one in service.get("/tokens", role="admin").json()["items"]}


def test_events_are_kept_four_hundred_days_and_others_can_add_theirs(service: Service) -> None:
    def verified() -> None:
        with service.db.write(system_actor("operator")) as session:
            record_event(session, SecurityEventKind.VERIFIED, detail="117")

    verified()
    service.clock.forward(days=400)
    verified()
    service.clock.forward(days=1)
    verified()
    with service.reading() as session:
        assert [row[0] for row in session.rows(select(SECURITY_EVENT.kind))] == ["verified", "verified"]


def test_no_secret_stands_in_logs_or_in_what_is_answered_to_a_mistake(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """T45, for what signs people in."""
    caplog.set_level(logging.DEBUG)
    browser = signed_in(service, "admin")
    code = browser.post("/users", {"name": "New", "role": "reader"}).json()["code"]
    token = browser.post("/tokens", {"name": "x", "scope": "read"}).json()["secret"]
    wrong = "a wrong but very long password"
    answers = [
        browser.post("/session", {"name": "admin person", "password": wrong}),
        browser.post("/session", {"name": wrong, "password": "x"}),
        browser.post("/session", {"name": "x", "password": wrong, "extra": wrong}),
        browser.post("/session/password", {"name": "New", "code": code, "password": "short"}),
        browser.call("PUT", "/me/password", {"current": PASSWORD, "password": "short"}),
        browser.call("PUT", "/me/password", {"current": wrong, "password": "another long password nobody guesses"}),
        service.get("/me", headers={"Authorization": f"Bearer {token}x"}),
        service.get("/me", headers={"Authorization": f"Basic {token}"}),
        browser.post("/users", {}, headers={"Origin": "https://evil.example"}),
    ]
    secrets = [wrong, code, token, browser.cookie, PASSWORD, service.token("admin")]
    said = "\n".join(answer.text + str(answer.headers) for answer in answers)
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert all(answer.status_code >= 400 for answer in answers)
    assert [secret for secret in secrets if secret in said + logged] == []
    assert re.search(r"argon2|SELECT|Traceback|\.py\b", said) is None


WRONG = [None, 5, 1.5, True, [], {}, "", " ", "\u0000", "\u202e", "x" * 3_000, 10**30, "king", ["x"], {"x": 1}]
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/session"): {"name": "nobody", "password": "x"},
    ("POST", "/session/password"): {"name": "nobody", "code": "x", "password": "a long password that nobody guesses"},
    ("PUT", "/me/password"): {"current": "x", "password": "a long password that nobody guesses"},
    ("POST", "/tokens"): {"name": "x", "scope": "read", "days": 1, "user": "u-0123456789abcdef"},
    ("POST", "/users"): {"name": "x", "role": "reader", "organization": "unoosa"},
}


def sent(browser: Browser, method: str, path: str, content: bytes, media: str = "application/json") -> int:
    headers = {"Origin": "http://localhost", "Content-Type": media}
    answer = browser.service.portal.call(lambda: browser.client.request(method, f"/api/v1{path}", content=content, headers=headers))
    return int(answer.status_code)


@pytest.mark.parametrize("route", BODIES, ids=" ".join)
def test_hostile_bodies_are_answered_with_a_problem_in_the_language_of_the_caller(sqlite_service: Service, route: tuple[str, str]) -> None:
    method, path = route
    admin = signed_in(sqlite_service, "admin")
    for field in BODIES[route]:
        for value in WRONG:
            answer = admin.call(method, path, BODIES[route] | {field: value}, headers={"Accept-Language": "zh"})
            assert answer.status_code in (201, 400, 401, 409, 422, 429), (field, value, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-language"] == "zh"
    for content in (b"{", b"[]", b"\xff", b'{"name": "x", "name": "y"}', b'{"extra": 1}'):
        assert sent(admin, method, path, content) == 400
    assert sent(admin, method, path, b"{}", "text/plain") == 415
    assert sent(admin, method, f"{path}?x=1", b"{}") == 400
