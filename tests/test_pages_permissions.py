"""Who may use which form: every unsafe page route names its command, and refuses whoever may not before it looks at anything."""

from typing import Any

from app.actors import Permission
from app.asgi import all_handlers
from app.domain.commands import Asks, right_of
from app.web.describe import PAGE
from tests.browser import Browser, signed_in
from tests.service import Service
from tests.test_permissions import filled_in


def forms(service: Service) -> dict[str, Any]:
    """Every unsafe page route with the command its handler names."""
    return {
        path: handler.opt[PAGE].command
        for path, handler in all_handlers(service.app.inner)
        if PAGE in handler.opt and "GET" not in handler.http_methods
    }


def test_pages_are_read_with_get_and_changed_with_post_and_name_their_command(sqlite_service: Service) -> None:
    methods = {method for _, handler in all_handlers(sqlite_service.app.inner) if PAGE in handler.opt for method in handler.http_methods}
    assert methods == {"GET", "POST"}
    assert [path for path, command in forms(sqlite_service).items() if command is None] == []


def test_every_page_route_is_one_of_ours_or_is_described(sqlite_service: Service) -> None:
    for path, handler in all_handlers(sqlite_service.app.inner):
        assert (PAGE in handler.opt) == path.startswith(("/zh", "/en", "/static")) or path == "/", path


def test_every_form_refuses_whoever_may_not_before_it_looks_at_anything(sqlite_service: Service) -> None:
    sqlite_service.action()
    head = sqlite_service.db.head()
    browsers = {role: signed_in(sqlite_service, role) for role in ("reader", "contributor", "editor")}
    for path, command in forms(sqlite_service).items():
        right, address = right_of(command), filled_in(path)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        wrong: dict[str, Any] = {"content": b"\xff", "headers": form}
        if right.asks is Asks.NOTHING:
            stranger = Browser(sqlite_service).call("POST", f"/{address}", content=b"\xff", headers={"Origin": None})
            assert stranger.status_code == 403, path
            continue
        expected = (303, 401) if path.endswith("sign-out") else (401,)
        assert Browser(sqlite_service).call("POST", f"/{address}", **wrong).status_code in expected, path
        for role, rank in (("reader", 0), ("contributor", 1), ("editor", 2)):
            if right.permission > rank:
                response = browsers[role].call("POST", f"/{address}", **wrong)
                assert (response.status_code, response.headers["content-type"]) == (403, "text/html; charset=utf-8"), (path, role)
        if right.permission > Permission.READ:
            elsewhere = form | {"Origin": "https://elsewhere.example"}
            assert browsers["editor"].call("POST", f"/{address}", content=b"\xff", headers=elsewhere).status_code == 403, path
    assert sqlite_service.db.head() == head
