"""Whatever a browser is made to send to a page, the answer is a page in its language that refuses it, and nothing is written."""

import pytest

from tests.browser import Browser, signed_in
from tests.service import PASSWORD, Service
from tests.test_hostile import LEAK, SECURITY

PATHS = (
    "/zh/commitments/%00", "/en/commitments/..%2f..%2fetc", "/zh/commitments/" + "a" * 3000, "/en/actions/A0", "/zh/actions/A99999999999999999999",
    "/en/events/%E4%B8%AD", "/zh/documents/A/AC.105/1294", "/en/organizations/%ff", "/zh/commitments/HI-O7/history/1", "/en/%3Cscript%3E",
    "/zh/events/third-workshop/coverage/x", "/en//evil.example", "/static/..%2fsite.css",
)  # fmt: skip
QUERIES = (
    "/zh/commitments?status=%3Cscript%3Ealert(1)%3C/script%3E", "/en/commitments?status=%ff", "/zh/commitments?cursor=x", "/en/commitments?as_of=2024-02-30",
    "/zh/commitments?as_recorded=1", "/en/commitments?" + "&".join(f"kind=k{n}" for n in range(190)), "/zh/actions?overdue=maybe",
    "/en/reports?document=X/1", "/zh/reports?lang=fr", "/en/reports?event=%22%3E%3Cimg%3E", "/zh/commitments/HI-O7?as_of=0000-01-01",
    "/en/commitments/HI-O7/history?cursor=AAAA", "/zh/events/third-workshop/coverage?document=%00", "/en/sign-in?next=https://evil.example",
    "/zh/documents?after=%27%20OR%201=1", "/en/commitments?limit=99999999999999999999", "/zh?x=1", "/en/commitments?status=a&status=b#x",
)  # fmt: skip
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/x-www-form-urlencoded", b"\xff\xfe"), ("application/x-www-form-urlencoded", b"name=%ff&password=x"),
    ("application/x-www-form-urlencoded", b"name=a&name=b&password=x"), ("application/x-www-form-urlencoded", b"a.b.c.d.e.f.g=1"),
    ("application/x-www-form-urlencoded", b"&".join(b"x%d=1" % n for n in range(3000))), ("application/x-www-form-urlencoded", b"name.zh=1&name=2"),
    ("application/json", b'{"name": "x"}'), ("multipart/form-data; boundary=x", b"--x--"), ("text/plain", b"name=a"),
    ("application/x-www-form-urlencoded", b"x" * 1_100_000), ("application/x-www-form-urlencoded", b""),
)  # fmt: skip


@pytest.mark.parametrize("paths", [PATHS, QUERIES], ids=["paths", "queries"])
def test_hostile_addresses_are_refused_in_the_language_of_the_page(sqlite_service: Service, paths: tuple[str, ...]) -> None:
    for path in paths:
        for browser in (Browser(sqlite_service), signed_in(sqlite_service)):
            response = browser.open(path)
            assert response.status_code in (200, 400, 404, 422), (path, response.status_code)
            assert set(response.headers) >= SECURITY, path
            if path.startswith("/static"):
                continue
            assert response.headers["content-language"] == path[1:3]
            assert response.headers["content-type"] == "text/html; charset=utf-8"
            assert not LEAK.search(response.text), path
            assert "<script>alert" not in response.text
            assert '"><img>' not in response.text
            assert "evil.example" not in response.text.partition("<main")[2].replace("/zh/evil", "")


def test_hostile_forms_are_refused_and_write_nothing(sqlite_service: Service) -> None:
    sqlite_service.token("editor")
    head = sqlite_service.db.head()
    for media, body in BODIES:
        response = Browser(sqlite_service).call("POST", "//zh/sign-in", content=body, headers={"Content-Type": media})
        assert response.status_code in (400, 401, 413, 415, 422), (media, body[:40], response.status_code)
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["content-language"] == "zh"
        assert "set-cookie" not in response.headers
        assert not LEAK.search(response.text), body[:40]
    assert sqlite_service.db.head() == head


def test_what_a_sign_in_carries_along_is_escaped_and_stays_what_it_is(sqlite_service: Service) -> None:
    sqlite_service.token("editor")
    given = {
        "name": "editor person",
        "password": PASSWORD,
        "next": "/en/actions",
        "held": "narrative.zh=%22%3E%3Cscript%3E&do=save&again=1",
    }
    response = Browser(sqlite_service).send("/en/sign-in", given)
    assert response.status_code == 200
    assert '<form method="post" action="/en/actions">' in response.text
    assert 'name="narrative.zh" value="&#34;&gt;&lt;script&gt;"' in response.text
    assert "set-cookie" in response.headers
