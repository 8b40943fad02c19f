"""What the API description says of people is what the service does: every example is accepted, every answer is as documented."""

from typing import Any

from app.domain.first_administrator import renew_secret
from tests.service import Service
from tests.test_openapi import Schema, described, is_personal, keeps_its_promise, label, operations

ORIGIN = {"Origin": "http://localhost"}


class Documented:
    """A service whose every answer is held against its description."""

    def __init__(self, service: Service) -> None:
        self.service, self.document = service, described(service)
        self.seen: set[tuple[str, str]] = set()

    def send(self, method: str, template: str, status: int, *, role: str | None = None, more: Schema | None = None, **names: str) -> Any:
        """Send the example of an operation, with `more` in its body, as whoever is signed in or holds the token of the role."""
        operation = self.document["paths"][template][method]
        headers = dict(ORIGIN)
        given: Schema = {}
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            headers["Content-Type"] = media
            given["json"] = content["example"] | (more or {})
        path = template.format(**names)
        if any(one["name"] == "If-Match" for one in operation["parameters"]):
            headers["If-Match"] = self.service.get(f"/{path}", role=role).headers["etag"]
        response = self.service.call(method.upper(), f"/{path}", role=role, headers=headers, **given)
        assert response.status_code == status, f"{label(method, template)}: {response.text}"
        keeps_its_promise(self.document, operation, response)
        self.seen.add((method, template))
        return response.json() if response.content else None


def test_every_example_about_people_is_accepted_as_promised(sqlite_service: Service) -> None:
    asks = Documented(sqlite_service)
    secret = renew_secret(sqlite_service.db)
    asks.send("post", "/api/v1/first-administrator", 422)
    asks.send("post", "/api/v1/first-administrator", 201, more={"secret": secret})
    asks.send("post", "/api/v1/first-administrator", 404, more={"secret": secret})

    made = asks.send("post", "/api/v1/users", 201, role="admin", more={"name": "Wang Fang"})
    asks.send("patch", "/api/v1/users/{user}", 200, role="admin", user=made["user"])
    code = asks.send("post", "/api/v1/users/{user}/reset", 201, role="admin", user=made["user"])["code"]
    asks.send("post", "/api/v1/session/password", 422)
    asks.send("post", "/api/v1/session/password", 204, more={"code": code})
    asks.send("post", "/api/v1/session", 401)
    asks.send("post", "/api/v1/session", 201, more={"password": "another long password nobody guesses"})
    for number in range(1, 12):
        asks.send("post", "/api/v1/session", 401 if number < 11 else 429)

    other = asks.send("post", "/api/v1/tokens", 201)["token"]["id"]
    asks.send("delete", "/api/v1/tokens/{token}", 204, token=other)
    asks.send("delete", "/api/v1/tokens/{token}", 404, token=other)
    asks.send("put", "/api/v1/me/password", 429)
    sqlite_service.clock.forward(minutes=40)
    asks.send("put", "/api/v1/me/password", 422)
    change = {"current": "another long password nobody guesses", "password": "a third password that nobody guesses"}
    asks.send("put", "/api/v1/me/password", 204, more=change)
    place = sqlite_service.get("/sessions").json()["items"][0]["id"]
    asks.send("delete", "/api/v1/sessions", 204)
    asks.send("delete", "/api/v1/sessions/{place}", 404, place="s999")
    asks.send("delete", "/api/v1/session", 204)
    asks.send("delete", "/api/v1/session", 401)
    asks.send("post", "/api/v1/session", 201, more={"password": change["password"]})
    place = sqlite_service.get("/sessions").json()["items"][0]["id"]
    asks.send("delete", "/api/v1/sessions/{place}", 204, place=place)
    doors = {(method, path) for method, path, _ in operations(asks.document) if method != "get" and is_personal(path)}
    assert asks.seen == {door for door in doors if "/imports" not in door[1]}, "files that come in are sent in test_imports.py"
