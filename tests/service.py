"""The whole service in this process, called as a client would, with a token for each role."""

import datetime as dt
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import anyio.from_thread
import httpx

from app.actors import Role, Scope, system_actor
from app.asgi import create_app
from app.db import Database
from app.db.sessions import ReadSession
from app.domain import accounts
from app.domain.accounts import add_user
from app.domain.passwords import hashed
from app.domain.tokens import create_token
from app.domain.verify import verify
from app.register import REGISTER
from app.settings import Settings

API = "/api/v1"
TODAY = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
PASSWORD = "correct horse battery staple"
ORGANIZATIONS = {Role.READER: None, Role.CONTRIBUTOR: "cnsa", Role.EDITOR: "unoosa", Role.ADMIN: "unoosa"}
_hashed = functools.cache(hashed)
"""The passwords of roles are the same in every test, and to hash one takes longer than the rest of what a test begins with."""


class Clock:
    """Time that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = TODAY

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += dt.timedelta(**delta)


class Service:
    """A running service: `get`, `post` … speak HTTP, `db` is its database."""

    def __init__(self, app: Any, portal: anyio.from_thread.BlockingPortal, clock: Clock, url: str) -> None:
        self.app, self.portal, self.clock, self.url = app, portal, clock, url
        self.db: Database = app.db
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
        self.tokens: dict[str, str] = {}

    def call(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request. `role` signs it; `json` sends a body; paths are below the API unless they begin with `//`."""
        headers = dict(given.pop("headers", {}))
        if role := given.pop("role", None):
            headers["Authorization"] = f"Bearer {self.token(role)}"
        if tag := given.pop("tag", None):
            headers["If-Match"] = tag
        if method == "PATCH" and "json" in given:
            headers.setdefault("Content-Type", "application/merge-patch+json")
        address = path[1:] if path.startswith("//") else API + path
        return self.portal.call(lambda: self.client.request(method, address, headers=headers, **given))

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.call("GET", path, **given)

    def post(self, path: str, json: Any = None, **given: Any) -> httpx.Response:
        return self.call("POST", path, json=json, **given)

    def patch(self, path: str, json: Any = None, **given: Any) -> httpx.Response:
        return self.call("PATCH", path, json=json, **given)

    def put(self, path: str, json: Any = None, **given: Any) -> httpx.Response:
        return self.call("PUT", path, json=json, **given)

    def delete(self, path: str, **given: Any) -> httpx.Response:
        return self.call("DELETE", path, **given)

    def token(self, role: str) -> str:
        """A token of a user with this role and every scope the role allows.

        `editor:read` names another scope, `contributor@hainan` a person of another organization.
        """
        if role not in self.tokens:
            name, _, scope = role.partition(":")
            kind, _, organization = name.partition("@")
            rank = list(Role).index(Role(kind))
            with self.db.write(system_actor("tests")) as session:
                if not any(known.partition(":")[0] == name for known in self.tokens):
                    with patch.object(accounts, "hashed", _hashed):
                        add_user(session, f"{name} person", Role(kind), organization or ORGANIZATIONS[Role(kind)], PASSWORD)
                    session.flush()
                self.tokens[role] = create_token(session, f"{name} person", Scope(scope) if scope else list(Scope)[rank])
        return self.tokens[role]

    def tag(self, path: str, role: str = "editor") -> str:
        """The ETag of a record as it is now."""
        response = self.get(path, role=role)
        assert response.status_code == 200, response.text
        return str(response.headers["etag"])

    def publish(self, ref: str, status: str = "under_implementation", on: str = "2026-11-01", **more: Any) -> dict[str, Any]:
        """Publish a status update and return it."""
        body = {"status": status, "effective_on": on, "state": "published", **more}
        response = self.post(f"/commitments/{ref}/status-updates", body, role="editor", tag=self.tag(f"/commitments/{ref}"))
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    def draft(self, ref: str, role: str = "contributor", **change: Any) -> dict[str, Any]:
        """Record an update, as a draft if nothing else is said, and return it."""
        body = {"status": "under_implementation", "effective_on": "2026-11-01", **change}
        response = self.post(f"/commitments/{ref}/status-updates", body, role=role, tag=self.tag(f"/commitments/{ref}"))
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    def step(self, ref: str, verb: str, role: str = "editor", json: Any = None, **given: Any) -> httpx.Response:
        """A step of the review: submit, publish or return."""
        address = f"/status-updates/{ref}"
        return self.post(f"{address}/{verb}", json, role=role, **({"tag": self.tag(address)} | given))

    def action(self, role: str = "editor", **fields: Any) -> dict[str, Any]:
        """Create an action and return it."""
        body = {"title": {"zh": "编写概念说明", "en": "Draft the concept note"}, "event": "third-workshop", **fields}
        response = self.post("/actions", body, role=role)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    def link(self, action: str, commitment: str, contribution: str = "implements", role: str = "editor") -> dict[str, Any]:
        body = {"contribution": contribution}
        response = self.put(f"/actions/{action}/commitments/{commitment}", body, role=role, tag=self.tag(f"/actions/{action}", role))
        assert response.status_code == 200, response.text
        made: dict[str, Any] = response.json()
        return made

    def entries(self, after: int = 0) -> list[tuple[str, str, str]]:
        """(action, entity, ref) of the ledger behind a seq."""
        response = self.get(f"/changes?limit=200&after={after}", role="editor")
        return [(change["action"], change["entity"], change["ref"]) for change in response.json()["items"]]

    @contextmanager
    def reading(self) -> Iterator[ReadSession]:
        with self.db.read(system_actor("tests")) as session:
            yield session

    def proves_itself(self) -> None:
        """Assert that the ledger is whole and replays to today's tables."""
        with self.reading() as session:
            assert verify(session, REGISTER).fault is None


@contextmanager
def running(url: str, **settings: Any) -> Iterator[Service]:
    """The service on a migrated database."""
    clock = Clock()
    app = create_app(Settings(database_url=url, readers=4, **settings), clock=clock)
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(app.inner.lifespan()):
        service = Service(app, portal, clock, url)
        yield service
        portal.call(service.client.aclose)
