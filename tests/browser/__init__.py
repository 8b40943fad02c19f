"""A browser of the service: keeps its own cookies, and names its page's origin with whatever changes something.

What needs a real one, with a window and script, stands in the files beside, which run in a process of their own.
"""

from typing import Any

import httpx

from tests.service import API, PASSWORD, Service


class Browser:
    def __init__(self, service: Service, *, address: str = "127.0.0.1", base: str = "http://localhost") -> None:
        self.service, self.base = service, base
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(service.app, client=(address, 4711)), base_url=base)

    def call(self, method: str, path: str, json: Any = None, **given: Any) -> httpx.Response:
        headers = dict(given.pop("headers", {}))
        if method != "GET":
            headers.setdefault("Origin", self.base)
        headers = {name: value for name, value in headers.items() if value is not None}
        body = {} if json is None else {"json": json}
        address = path[1:] if path.startswith("//") else API + path
        return self.service.portal.call(lambda: self.client.request(method, address, headers=headers, **body, **given))

    def open(self, path: str, **given: Any) -> httpx.Response:
        """A page."""
        return self.call("GET", f"/{path}", **given)

    def send(self, path: str, fields: dict[str, Any], **given: Any) -> httpx.Response:
        """A form; a list repeats its field."""
        return self.call("POST", f"/{path}", data=fields, **given)

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.call("GET", path, **given)

    def post(self, path: str, json: Any = None, **given: Any) -> httpx.Response:
        return self.call("POST", path, json, **given)

    def delete(self, path: str, **given: Any) -> httpx.Response:
        return self.call("DELETE", path, **given)

    def sign_in(self, role: str = "editor", password: str = PASSWORD) -> httpx.Response:
        """Sign in as the person of a role, who is made where there is none."""
        self.service.token(role)
        return self.post("/session", {"name": f"{role} person", "password": password})

    @property
    def cookie(self) -> str:
        """The secret that is kept for the service."""
        (value,) = [cookie.value for cookie in self.client.cookies.jar]
        assert value is not None
        return value


def signed_in(service: Service, role: str = "editor", **given: Any) -> Browser:
    """A browser in which somebody with the role is signed in."""
    browser = Browser(service, **given)
    response = browser.sign_in(role)
    assert response.status_code == 201, response.text
    return browser
