"""The wire: conditional requests, HEAD, links, headers, languages, health, and the order of checks."""

import logging

import pytest

from tests.service import Service

READS = [
    "/commitments", "/commitments/HI-O7", "/commitments/HI-O7/history", "/commitments/HI-O7/status-updates", "/commitments/HI-O7/confirmations",
    "/actions", "/documents", "/documents/A-AC.105-1294", "/events", "/events/third-workshop", "/events/third-workshop/coverage",
    "/organizations", "/frameworks", "/vocabularies", "/changes",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_an_answer_that_the_caller_has_is_304_without_a_body(sqlite_service: Service, path: str) -> None:
    answer = sqlite_service.get(path)
    assert answer.status_code == 200
    tag = answer.headers["etag"]
    assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = sqlite_service.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert sqlite_service.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize("path", READS)
def test_head_is_get_without_a_body(sqlite_service: Service, path: str) -> None:
    answer, head = sqlite_service.get(path), sqlite_service.call("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert {n: v for n, v in head.headers.items() if n != "x-request-id"} == {
        n: v for n, v in answer.headers.items() if n != "x-request-id"
    }


def test_a_tag_changes_with_what_is_sent_and_with_nothing_else(service: Service) -> None:
    record, listing = service.tag("/commitments/HI-O7"), service.get("/commitments").headers["etag"]
    service.action()
    assert service.tag("/commitments/HI-O7") == record
    assert service.get("/commitments").headers["etag"] != listing
    service.link("A1", "HI-O7")
    assert service.tag("/commitments/HI-O7") != record
    assert service.tag("/commitments/HI-O7").partition(".")[0] == record.partition(".")[0]


def test_answers_to_signed_in_users_are_private(service: Service) -> None:
    assert service.get("/commitments", role="reader").headers["cache-control"].startswith("private")


def test_security_headers_are_on_every_answer(sqlite_service: Service) -> None:
    for path in ("/commitments", "/no-such", "//healthz", "//api/docs", "//nowhere", "/commitments?x=1"):
        headers = sqlite_service.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["server"] == "hainan"
        assert len(headers["x-request-id"]) == 16


def test_problems_speak_the_language_of_the_caller_and_say_so(sqlite_service: Service) -> None:
    for lang, title in (("zh-CN", "该地址没有内容"), ("en", "There is nothing at this address")):
        problem = sqlite_service.get("/commitments/NO-SUCH", headers={"Accept-Language": lang})
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.headers["content-language"] == lang[:2]
        assert problem.json() == {
            "type": "/problems/not-found",
            "title": title,
            "status": 404,
            "detail": title,
            "instance": "/api/v1/commitments/NO-SUCH",
        }
    kind = sqlite_service.get("//problems/not-found").json()
    assert kind == {
        "type": "/problems/not-found",
        "status": 404,
        "title": {"zh": "该地址没有内容", "en": "There is nothing at this address"},
    }


def test_data_never_changes_with_the_language(sqlite_service: Service) -> None:
    zh, en = (sqlite_service.get("/commitments", headers={"Accept-Language": lang}) for lang in ("zh", "en"))
    assert (zh.content, zh.headers["etag"]) == (en.content, en.headers["etag"])


def test_health_readiness_and_the_reference_need_no_account(sqlite_service: Service) -> None:
    assert sqlite_service.get("//healthz").json() == {"status": "ok"}
    assert sqlite_service.get("//readyz").json() == {"status": "ready", "revision": 117}
    assert b"swagger-ui-bundle.js" in sqlite_service.get("//api/docs").content
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "docs.css"):
        assert sqlite_service.get(f"//api/docs/{name}").status_code == 200
    assert sqlite_service.get("//api/docs/docs.html").status_code == 404


def test_a_fault_of_ours_is_logged_with_its_request_id_and_tells_the_caller_nothing(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM somewhere")

    monkeypatch.setattr("app.web.api.documents.document_at", broken)
    with caplog.at_level(logging.ERROR, "hainan"):
        answer = sqlite_service.get("/documents/x", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["title"]) == (500, "服务器内部出错")
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "SELECT secret" in caplog.text


def test_the_order_of_checks(sqlite_service: Service) -> None:
    """Each request breaks several rules at once; the first rule of the contract answers."""
    path, missing = "/commitments/HI-O7/status-updates", "/commitments/NO-SUCH/status-updates"
    steps = [
        (413, {"path": missing, "content": b"x" * (2**20 + 1)}),
        (401, {"path": missing, "content": b"x"}),
        (403, {"path": missing, "content": b"x", "role": "reader"}),
        (404, {"path": missing, "content": b"x", "role": "editor"}),
        (415, {"path": path, "content": b"x", "role": "editor"}),
        (400, {"path": path, "content": b"x", "role": "editor", "headers": {"Content-Type": "application/json"}}),
        (400, {"path": path, "json": {"status": 1, "colour": 2}, "role": "editor"}),
        (428, {"path": path, "json": {"status": 1}, "role": "editor"}),
        (412, {"path": path, "json": {"status": 1}, "role": "editor", "tag": '"9.0123456789abcdef"'}),
        (422, {"path": path, "json": {"status": 1}, "role": "editor", "tag": sqlite_service.tag("/commitments/HI-O7")}),
    ]
    for status, given in steps:
        assert sqlite_service.call("POST", **given).status_code == status  # type: ignore[arg-type]
