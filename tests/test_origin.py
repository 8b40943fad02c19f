"""Where requests come from: the same-origin rule in all its forms (T41), cookies and headers by https and http (T43), client addresses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.web.origin import origin_of
from tests.browser import Browser, signed_in
from tests.engines import SQLiteTemplate
from tests.service import PASSWORD, Service, running

OWN = "https://tracker.example.org"
FORMS: dict[str, tuple[list[tuple[str, str]], bool]] = {
    "our origin": ([("Origin", OWN)], True),
    "our origin, and the browser says so": ([("Origin", OWN), ("Sec-Fetch-Site", "same-origin")], True),
    "another of our origins": ([("Origin", "https://second.example.org:8443")], True),
    "another site": ([("Origin", "https://evil.example")], False),
    "our name with another scheme": ([("Origin", "http://tracker.example.org")], False),
    "our name with another port": ([("Origin", "https://tracker.example.org:8443")], False),
    "a name below ours": ([("Origin", "https://x.tracker.example.org")], False),
    "a name that begins like ours": ([("Origin", "https://tracker.example.org.evil.example")], False),
    "no origin to tell": ([("Origin", "null")], False),
    "neither header": ([], False),
    "a browser that says same origin without an origin": ([("Sec-Fetch-Site", "same-origin")], False),
    "our origin from another site": ([("Origin", OWN), ("Sec-Fetch-Site", "cross-site")], False),
    "our origin from a sister site": ([("Origin", OWN), ("Sec-Fetch-Site", "same-site")], False),
    "our origin from nowhere": ([("Origin", OWN), ("Sec-Fetch-Site", "none")], False),
    "two origins": ([("Origin", OWN), ("Origin", OWN)], False),
    "a list of origins": ([("Origin", f"{OWN} https://evil.example")], False),
    "an origin with a path": ([("Origin", f"{OWN}/")], False),
    "only the address of the page": ([("Referer", f"{OWN}/zh/")], False),
}


@pytest.fixture
def secure(sqlite_template: SQLiteTemplate, tmp_path: Path) -> Iterator[Service]:
    """The service behind https, at two origins."""
    with running(sqlite_template.copy(tmp_path, seed=True), origins=(OWN, "https://second.example.org:8443")) as service:
        yield service


def sent(browser: Browser, method: str, path: str, headers: list[tuple[str, str]], json: Any = None) -> Any:
    body = {} if json is None else {"json": json}
    return browser.service.portal.call(lambda: browser.client.request(method, f"/api/v1{path}", headers=headers, **body))


@pytest.mark.parametrize("form", FORMS)
def test_a_change_with_a_cookie_must_come_from_a_page_of_ours(secure: Service, form: str) -> None:
    headers, good = FORMS[form]
    browser = signed_in(secure, base=OWN)
    assert sent(browser, "POST", "/actions", headers, {"title": {"en": "x"}}).status_code == (201 if good else 403)
    beside = [*headers, ("Authorization", f"Bearer {secure.token('editor')}")]
    assert sent(browser, "POST", "/actions", beside, {"title": {"en": "x"}}).status_code == (201 if good else 403)
    assert sent(browser, "GET", "/me", headers).status_code == 200, "reading changes nothing"
    assert sent(browser, "DELETE", "/session", headers).status_code == (204 if good else 403)


@pytest.mark.parametrize("form", FORMS)
def test_so_must_the_forms_that_sign_somebody_in(secure: Service, form: str) -> None:
    headers, good = FORMS[form]
    secure.token("editor")
    browser = Browser(secure, base=OWN)
    given = {"name": "editor person", "password": PASSWORD}
    assert sent(browser, "POST", "/session", headers, given).status_code == (201 if good else 403)
    for path in ("/session/password", "/first-administrator"):
        assert sent(browser, "POST", path, headers, {}).status_code == (422 if good else 403)


def test_the_refusal_says_what_is_missing_in_both_languages(secure: Service) -> None:
    browser = Browser(secure, base=OWN)
    for lang, said in (("zh", "请求须来自本服务的页面"), ("en", "must come from a page of this service")):
        refused = browser.post("/session", {}, headers={"Origin": None, "Accept-Language": lang})
        assert (refused.status_code, said in refused.json()["detail"]) == (403, True)


def test_a_host_that_is_not_ours_is_refused_though_its_origin_agrees(secure: Service) -> None:
    browser = Browser(secure, base="https://rebound.example")
    assert browser.post("/session", {}).status_code == 400


def test_by_https_the_cookie_is_bound_to_the_host_and_to_https(secure: Service) -> None:
    browser = Browser(secure, base=OWN)
    cookie = browser.sign_in().headers["set-cookie"]
    value, *attributes = cookie.split("; ")
    assert value.startswith("__Host-hainan=")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    plain = browser.client.cookies.get("__Host-hainan")
    assert Browser(secure, base=OWN).get("/me", headers={"Cookie": f"hainan={plain}"}).status_code == 401, (
        "a sister site could set that name"
    )
    gone = browser.delete("/session").headers["set-cookie"]
    assert gone == "__Host-hainan=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


def test_by_plain_http_the_cookie_has_the_plain_name(sqlite_service: Service) -> None:
    cookie = Browser(sqlite_service).sign_in().headers["set-cookie"]
    assert cookie.startswith("hainan=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")


def answers(service: Service, base: str) -> dict[str, Any]:
    """Twenty kinds of answers, good and bad, personal and public."""
    browser, anonymous = signed_in(service, "admin", base=base), Browser(service, base=base)
    paths = ["/me", "/sessions", "/tokens", "/users", "/security-events", "/commitments", "/commitments/HI-O7", "/changes", "/nothing"]
    found = {f"GET {path}": browser.get(path) for path in paths} | {f"anonymous {path}": anonymous.get(path) for path in paths}
    found["user"] = browser.post("/users", {"name": "New", "role": "reader"})
    found["token"] = browser.post("/tokens", {"name": "New", "scope": "read"})
    found["refused"] = anonymous.post("/session", {"name": "x", "password": "y"})
    found["foreign"] = browser.post("/users", {}, headers={"Origin": "https://evil.example"})
    found["wrong"] = browser.post("/users", {"name": ""})
    found["method"] = browser.call("PATCH", "/session")
    found["signed out"] = browser.delete("/session")
    return found


PERSONAL = {"GET /me", "GET /sessions", "GET /tokens", "GET /users", "GET /security-events", "user", "token", "signed out"}


@pytest.mark.parametrize("base", [OWN, "http://localhost"])
def test_every_answer_has_the_headers_of_its_kind(secure: Service, sqlite_service: Service, base: str) -> None:
    found = answers(secure if base == OWN else sqlite_service, base)
    assert len(found) >= 20
    for name, answer in found.items():
        headers = answer.headers
        assert ("strict-transport-security" in headers) == (base == OWN), name
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        if name in PERSONAL:
            assert answer.status_code < 300, name
            assert headers["cache-control"] == "private, no-store", name
            assert "access-control-allow-origin" not in headers, name
            assert headers["cross-origin-resource-policy"] == "same-origin", name
        elif answer.status_code >= 400:
            assert headers["cache-control"] == "no-store", name
        else:
            assert headers["cache-control"] == f"{'private' if name.startswith('GET') else 'public'}, max-age=0, must-revalidate", name
            assert "Cookie" in headers["vary"], name
        assert ("set-cookie" in headers) == (name == "signed out"), name


def test_what_is_about_people_is_never_remembered_and_its_tag_follows_from_its_bytes(sqlite_service: Service) -> None:
    browser = signed_in(sqlite_service, "admin")
    kept = len(sqlite_service.app.app.memory.answers)
    first = browser.get("/users")
    assert browser.get("/users", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    browser.post("/users", {"name": "New", "role": "reader"})
    second = browser.get("/users", headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.json()["total"]) == (200, 2)
    assert len(sqlite_service.app.app.memory.answers) == kept


PROXIES = ("10.0.0.0/8", "2001:db8:1::1/128")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "seen"),
    [
        ("192.0.2.1", [], (), "192.0.2.1"),
        ("127.0.0.1", ["192.0.2.7"], (), "127.0.0.1"),
        ("10.0.0.1", ["192.0.2.7"], PROXIES, "192.0.2.7"),
        ("10.0.0.1", ["6.6.6.6, 192.0.2.7, 10.1.1.1"], PROXIES, "192.0.2.7"),
        ("10.0.0.1", ["6.6.6.6", "192.0.2.7"], PROXIES, "192.0.2.7"),
        ("192.0.2.1", ["6.6.6.6"], PROXIES, "192.0.2.1"),
        ("10.0.0.1", [], PROXIES, "10.0.0.1"),
        ("10.0.0.1", ["10.2.2.2"], PROXIES, "10.0.0.1"),
        ("10.0.0.1", ["<script>, 1.2.3"], PROXIES, None),
        ("2001:db8:1::1", ["2001:DB8::0007"], PROXIES, "2001:db8::7"),
        ("::ffff:10.0.0.1", ["::ffff:192.0.2.7"], PROXIES, "192.0.2.7"),
        ("unix:", [], PROXIES, None),
    ],
)
def test_the_address_of_the_client_comes_from_a_trusted_proxy_only(
    peer: str, forwarded: list[str], proxies: tuple[str, ...], seen: str | None
) -> None:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    assert origin_of({"client": (peer, 1), "headers": headers}, Settings(trusted_proxies=proxies)).address == seen


def test_the_program_of_the_client_is_shortened_to_what_can_be_shown() -> None:
    scope = {"client": None, "headers": [(b"user-agent", b"Mozilla/5.0 \x1b[31m\r\n<b>" + b"x" * 500)]}
    agent = origin_of(scope, Settings()).agent
    assert agent is not None
    assert agent.startswith("Mozilla/5.0 ?[31m??<b>")
    assert len(agent) == 120
