"""Who may do what: the table of commands, every unsafe route against it, and the entries each leaves in the ledger (T22, T40)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.actors import ANONYMOUS, Actor, Permission, Role, Scope
from app.asgi import api_handlers
from app.db.ledger import CHANGE
from app.domain.commands import COMMANDS
from app.domain.first_administrator import renew_secret
from app.errors import Forbidden, SignInRequired
from app.register import REGISTER
from app.web.describe import KEY
from tests.service import PASSWORD, Service

TABLE = {
    "organization:create": "publish", "organization:change": "publish", "document:change": "publish", "framework:create": "admin",
    "user:create": "admin", "token:create": "read",
    "event:create": "publish", "event:change": "publish", "document:create": "publish", "commitment:create": "publish",
    "commitment:change": "publish", "confirmation:record": "publish", "status_update:record": "draft", "action:create": "draft",
    "status_update:change": "draft", "status_update:submit": "draft", "status_update:withdraw": "draft",
    "status_update:return": "publish", "status_update:publish": "publish",
    "action:change": "draft", "action:delete": "draft", "action:note": "draft", "link:set": "draft", "link:remove": "draft",
    "user:add": "admin", "user:change": "admin", "user:reset": "admin", "user:password": "admin",
    "session:create": "read", "session:end": "read", "session:end_other": "read", "session:end_others": "read", "token:revoke": "read",
    "record:import": "publish", "import:upload": "publish",
    "password:change": "read", "password:choose": "read", "administrator:create": "read",
}  # fmt: skip
UPDATE = {"status": "under_implementation", "effective_on": "2026-11-01", "state": "published"}
NEW = {"ref": "T3-O1", "document": "A/AC.105/1294", "kind": "operative", "position": 26, "text": {"zh": "鼓励；"}}
Entries = list[tuple[str, str, str]]
ORIGIN = {"Origin": "http://localhost"}
OPEN = {("POST", "/session"), ("POST", "/session/password"), ("POST", "/first-administrator")}
"""What asks for no account: these are the doors to one."""


def patched(path: str, patch: dict[str, Any]) -> Callable[[Service], Any]:
    return lambda service: service.patch(path, patch, role="editor", tag=service.tag(path))


def posted(path: str, body: dict[str, Any], of: str) -> Callable[[Service], Any]:
    return lambda service: service.post(path, body, role="editor", tag=service.tag(of))


def uploaded(service: Service) -> Any:
    line = b'{"type":"organization","id":"isro","name":{"en":"ISRO"},"kind":"un"}'
    return service.call("POST", "/imports", content=line, headers={"Content-Type": "application/x-ndjson"}, role="editor")


CASES: dict[tuple[str, str], tuple[Callable[[Service], Any], Entries]] = {
    ("POST", "/commitments"): (lambda s: s.post("/commitments", NEW, role="editor"), [("commitment:create", "commitment", "T3-O1")]),
    ("PATCH", "/commitments/{ref:str}"): (
        patched("/commitments/HI-O7", {"tracking": "declaratory"}),
        [("commitment:change", "commitment", ref) for ref in ("HI-O7", "HI-O7a", "HI-O7b")],
    ),
    ("POST", "/commitments/{ref:str}/status-updates"): (
        posted("/commitments/C42/status-updates", UPDATE, "/commitments/C42"),
        [("status_update:publish", "commitment", "C42"), ("status_update:publish", "status_update", "C42.1")],
    ),
    ("PATCH", "/status-updates/{ref:str}"): (
        patched("/status-updates/HI-O7.1", {"status": "continuing"}), [("status_update:change", "status_update", "HI-O7.1")]
    ),
    ("DELETE", "/status-updates/{ref:str}"): (
        lambda s: s.delete("/status-updates/HI-O7.1", role="editor", tag=s.tag("/status-updates/HI-O7.1")),
        [("status_update:withdraw", "status_update", "HI-O7.1")],
    ),
    ("POST", "/status-updates/{ref:str}/submit"): (
        lambda s: s.step("HI-O7.1", "submit"), [("status_update:submit", "status_update", "HI-O7.1")]
    ),
    ("POST", "/status-updates/{ref:str}/return"): (
        lambda s: s.step("HI-O7.1", "submit") and s.step("HI-O7.1", "return", json={"review_note": "请补充。"}),
        [("status_update:submit", "status_update", "HI-O7.1"), ("status_update:return", "status_update", "HI-O7.1")],
    ),
    ("POST", "/status-updates/{ref:str}/publish"): (
        lambda s: s.step("HI-O7.1", "submit") and s.step("HI-O7.1", "publish"),
        [
            ("status_update:submit", "status_update", "HI-O7.1"),
            ("status_update:publish", "commitment", "HI-O7"), ("status_update:publish", "status_update", "HI-O7.1"),
        ],
    ),
    ("POST", "/commitments/{ref:str}/confirmations"): (
        posted("/commitments/C42/confirmations", {"confirmed_on": "2026-11-20"}, "/commitments/C42"),
        [("confirmation:record", "commitment", "C42"), ("confirmation:record", "confirmation", "C42/2026-11-20")],
    ),
    ("POST", "/actions"): (lambda s: s.post("/actions", {"title": {"zh": "行动"}}, role="editor"), [("action:create", "action", "A2")]),
    ("PATCH", "/actions/{ref:str}"): (patched("/actions/A1", {"progress": 5}), [("action:change", "action", "A1")]),
    ("POST", "/actions/{ref:str}/notes"): (
        posted("/actions/A1/notes", {"on": "2026-11-20", "text": {"zh": "记录"}}, "/actions/A1"), [("action:note", "action", "A1")]
    ),
    ("PUT", "/actions/{ref:str}/commitments/{commitment:str}"): (
        lambda s: s.put("/actions/A1/commitments/HI-O7b", {"contribution": "implements"}, role="editor", tag=s.tag("/actions/A1")),
        [("link:set", "action", "A1"), ("link:set", "link", "A1/HI-O7b")],
    ),
    ("DELETE", "/actions/{ref:str}/commitments/{commitment:str}"): (
        lambda s: s.link("A1", "HI-O7b") and s.delete("/actions/A1/commitments/HI-O7b", role="editor", tag=s.tag("/actions/A1")),
        [("link:set", "action", "A1"), ("link:set", "link", "A1/HI-O7b"), ("link:remove", "action", "A1"), ("link:remove", "link", "A1/HI-O7b")],
    ),
    ("DELETE", "/actions/{ref:str}"): (lambda s: s.delete("/actions/A1", role="editor", tag=s.tag("/actions/A1")), [("action:delete", "action", "A1")]),
    ("POST", "/documents"): (
        lambda s: s.post("/documents", {"symbol": "A/1", "title": {"zh": "文件"}}, role="editor"), [("document:create", "document", "A/1")]
    ),
    ("PATCH", "/documents/{slug:str}"): (
        patched("/documents/A-AC.105-1294", {"references": []}), [("document:change", "document", "A/AC.105/1294")]
    ),
    ("POST", "/organizations"): (
        lambda s: s.post("/organizations", {"id": "isro", "kind": "space-agency", "name": {"en": "ISRO"}}, role="editor"),
        [("organization:create", "organization", "isro")],
    ),
    ("PATCH", "/organizations/{organization:str}"): (
        patched("/organizations/cnsa", {"acronym": None}), [("organization:change", "organization", "cnsa")]
    ),
    ("POST", "/events"): (
        lambda s: s.post("/events", {"id": "w4", "series": "space-exploration", "ordinal": 4, "name": {"en": "W"}}, role="editor"),
        [("event:create", "event", "w4")],
    ),
    ("PATCH", "/events/{event:str}"): (patched("/events/third-workshop", {"status": "planned"}), [("event:change", "event", "third-workshop")]),
    ("POST", "/imports"): (uploaded, []),
    ("POST", "/imports/{code:str}/accept"): (
        lambda s: s.post(f"/imports/{uploaded(s).json()['id']}/accept", {}, role="editor"), [("record:import", "organization", "isro")]
    ),
}  # fmt: skip


def signed_in(service: Service, role: str = "admin") -> Service:
    """The service with the cookie of somebody."""
    service.token(role)
    response = service.post("/session", {"name": f"{role} person", "password": PASSWORD}, headers=ORIGIN)
    assert response.status_code == 201, response.text
    return service


def user_path(service: Service) -> str:
    service.token("reader")
    users = service.get("/users", role="admin").json()["items"]
    return f"/users/{next(user['id'] for user in users if user['name'] == 'reader person')}"


def code_of(service: Service) -> str:
    return str(service.post(f"{user_path(service)}/reset", role="admin").json()["code"])


def first_administrator(service: Service) -> Any:
    given = {"name": "Li Na", "password": "a password of my own choice", "secret": renew_secret(service.db)}
    return service.post("/first-administrator", given, headers=ORIGIN)


def revoked_token(service: Service) -> Any:
    token = signed_in(service).post("/tokens", {"name": "Export", "scope": "read"}, headers=ORIGIN).json()["token"]["id"]
    return service.delete(f"/tokens/{token}", headers=ORIGIN)


NEW_PASSWORD = "another password that nobody guesses"
PEOPLE: dict[tuple[str, str], Callable[[Service], Any]] = {
    ("POST", "/session"): lambda s: (
        s.token("reader") and s.post("/session", {"name": "reader person", "password": PASSWORD}, headers=ORIGIN)
    ),
    ("DELETE", "/session"): lambda s: signed_in(s).delete("/session", headers=ORIGIN),
    ("POST", "/session/password"): lambda s: s.post(
        "/session/password", {"name": "reader person", "code": code_of(s), "password": NEW_PASSWORD}, headers=ORIGIN
    ),
    ("POST", "/first-administrator"): first_administrator,
    ("DELETE", "/sessions"): lambda s: signed_in(s).delete("/sessions", headers=ORIGIN),
    ("DELETE", "/sessions/{place:str}"): lambda s: signed_in(s).delete("/sessions/s1", headers=ORIGIN),
    ("POST", "/tokens"): lambda s: signed_in(s).post("/tokens", {"name": "Export", "scope": "read"}, headers=ORIGIN),
    ("DELETE", "/tokens/{token:str}"): revoked_token,
    ("POST", "/users"): lambda s: s.post("/users", {"name": "Chen Jie", "role": "reader"}, role="admin"),
    ("PATCH", "/users/{user:str}"): lambda s: s.patch(user_path(s), {"role": "editor"}, role="admin", tag=s.tag(user_path(s), "admin")),
    ("POST", "/users/{user:str}/reset"): lambda s: s.post(f"{user_path(s)}/reset", role="admin"),
    ("PUT", "/me/password"): lambda s: signed_in(s).put("/me/password", {"current": PASSWORD, "password": NEW_PASSWORD}, headers=ORIGIN),
}
"""Everything that changes something about people; it leaves nothing in the ledger."""
CASES |= {route: (request, []) for route, request in PEOPLE.items()}


def unsafe(service: Service) -> dict[tuple[str, str], Any]:
    """Every unsafe route with the command its handler names."""
    return {
        (method, path.removeprefix("/api/v1")): handler.opt[KEY].command
        for path, handler in api_handlers(service.app.inner)
        for method in handler.http_methods
        if method not in ("GET", "HEAD", "OPTIONS")
    }


def test_the_table_of_commands_is_this_one() -> None:
    assert {action: right.permission.name.lower() for action, right in COMMANDS.items()} == TABLE


def test_every_unsafe_route_has_a_case_and_a_command(sqlite_service: Service) -> None:
    routes = unsafe(sqlite_service)
    assert set(routes) == set(CASES)
    assert [route for route, command in routes.items() if command is None] == []


@pytest.mark.parametrize("route", CASES, ids=" ".join)
def test_every_unsafe_route_leaves_exactly_its_entries(service: Service, route: tuple[str, str]) -> None:
    service.action()
    service.draft("HI-O7")
    before = service.db.head().seq
    request, expected = CASES[route]
    response = request(service)
    assert response.status_code in (200, 201, 204), response.text
    assert service.entries(before) == expected
    service.proves_itself()


def test_an_entry_of_the_ledger_never_names_anything_about_people(sqlite_service: Service) -> None:
    for request in PEOPLE.values():
        sqlite_service.client.cookies.clear()
        request(sqlite_service)
    with sqlite_service.reading() as session:
        entities = {row[0] for row in session.rows(select(CHANGE.c.entity))}
    assert entities <= {kind.entity for kind in REGISTER.kinds}
    assert sqlite_service.db.head().seq == 117


def filled_in(path: str) -> str:
    return (
        path.replace("{ref:str}", "A1" if path.startswith("/actions") else "HI-O7")
        .replace("{commitment:str}", "HI-O7b")
        .replace("{event:str}", "third-workshop")
        .replace("{slug:str}", "A-AC.105-1294")
        .replace("{organization:str}", "cnsa")
        .replace("{user:str}", "u-0123456789abcdef")
        .replace("{place:str}", "s1")
        .replace("{token:str}", "t1")
        .replace("{code:str}", "i-0123456789abcdef")
    )


def test_every_unsafe_route_refuses_whoever_may_not_before_it_looks_at_anything(sqlite_service: Service) -> None:
    service = sqlite_service
    service.action()
    head = service.db.head()
    for (method, path), command in unsafe(service).items():
        address = filled_in(path)
        if (method, path) in OPEN:
            assert service.call(method, address, content=b"\xff").status_code == 403, "no Origin"
            continue
        assert service.call(method, address, content=b"\xff").status_code == 401
        assert service.call(method, address, content=b"\xff", headers={"Authorization": "Bearer x"}).status_code == 401
        weaker = (
            ["reader", "editor:read"]
            if command.permission is Permission.DRAFT
            else ["reader", "contributor:read", "editor:publish", "admin:publish"]
            if command.permission is Permission.READ
            else ["reader", "contributor", "editor:read", "editor:draft"]
        )
        for role in weaker:
            assert service.call(method, address, content=b"\xff", role=role).status_code == 403, (method, path, role)
            assert (
                service.call(method, address, role=role, headers={"Accept-Language": "zh"}).json()["title"] == "您的角色或令牌不允许此操作"
            )
    assert service.db.head() == head


def test_tokens_that_were_cut_lengthened_recased_or_expired_are_worth_nothing(sqlite_service: Service) -> None:
    token = sqlite_service.token("editor")
    for wrong in (
        token[:-1],
        token + "a",
        token.swapcase(),
        token.upper(),
        token.removeprefix("hnt_"),
        "hnt_" + "a" * 43,
        token + "\u00e9",
    ):
        assert sqlite_service.get("/commitments", headers={"Authorization": f"Bearer {wrong}".encode()}).status_code == 401
    assert sqlite_service.get("/commitments", headers={"Authorization": f"bearer  {token} "}).status_code == 200
    sqlite_service.clock.forward(days=364)
    assert sqlite_service.get("/commitments", role="editor").status_code == 200
    sqlite_service.clock.forward(days=2)
    assert sqlite_service.get("/commitments", role="editor").status_code == 401


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("permission", Permission)
def test_somebody_may_what_both_role_and_scope_allow(role: Role, scope: Scope, permission: Permission) -> None:
    allowed = list(Role).index(role) >= permission and list(Scope).index(scope) >= permission
    actor = Actor("u-1", role, scope, signed_in=True)
    assert actor.may(permission) is allowed
    if not allowed:
        with pytest.raises(Forbidden):
            actor.require(permission)


def test_an_unknown_caller_is_asked_to_sign_in() -> None:
    ANONYMOUS.require(Permission.READ)
    with pytest.raises(SignInRequired):
        ANONYMOUS.require(Permission.DRAFT)
