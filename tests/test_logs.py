"""The log: a line per request and per fault, and nothing in it, nor in any error, that is a secret (T45, T46)."""

import io
import json
import logging
import logging.config
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.domain import detail, sign_ins
from app.logs import ACCESS, JSONLine, Lines, configuration, hidden
from tests.browser import signed_in
from tests.service import PASSWORD, Service, running
from tests.test_openapi import ORDER, described, drafted, sent

ROOT = Path(__file__).parent.parent
DATABASE_PASSWORD = "pw-of-the-database"


class Log:
    """What was written since the last look."""

    def __init__(self, stream: io.StringIO) -> None:
        self.stream, self.seen = stream, 0

    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        found = self.text()[self.seen :]
        self.seen += len(found)
        assert found.endswith("\n") or not found
        return [json.loads(line) for line in found.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JSONLine())
    before = ACCESS.level
    logging.getLogger().addHandler(handler)
    ACCESS.setLevel(logging.INFO)
    yield Log(handler.stream)
    ACCESS.setLevel(before)
    logging.getLogger().removeHandler(handler)


def test_a_request_is_one_line(sqlite_service: Service, log: Log) -> None:
    sqlite_service.token("editor")
    log.lines()
    response = sqlite_service.get("/commitments?addressee=unoosa&limit=1", role="editor")
    (line,) = log.lines()
    with sqlite_service.reading() as session:
        actor = session.value(text("SELECT actor_id FROM account"))
    assert list(line) == ["at", "level", "event", "request", "method", "path", "status", "ms", "actor", "bytes"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("at"))
    assert 0 < line.pop("ms") < 60_000
    assert line == {
        "level": "info", "event": "request", "request": response.headers["x-request-id"], "method": "GET", "path": "/api/v1/commitments",
        "status": 200, "actor": actor, "bytes": len(response.content),
    }  # fmt: skip


def test_what_is_refused_remembered_not_modified_or_without_a_body_has_its_line(sqlite_service: Service, log: Log) -> None:
    tag = sqlite_service.get("/commitments").headers["etag"]
    asked = [
        ("GET", "/commitments", {}, 200), ("GET", "/commitments", {"If-None-Match": tag}, 304), ("HEAD", "/commitments", {}, 200),
        ("GET", "/nothing", {}, 404), ("POST", "/actions", {}, 401), ("PUT", "/commitments", {}, 405), ("OPTIONS", "/commitments", {}, 204),
        ("GET", "/commitments", {"Host": "elsewhere"}, 400), ("GET", f"/commitments?q={'x' * 9000}", {}, 414),
    ]  # fmt: skip
    log.lines()
    for method, path, headers, status in asked:
        response = sqlite_service.call(method, path, headers=headers)
        (line,) = log.lines()
        assert (line["method"], line["status"], line["actor"]) == (method, status, None)
        assert line["bytes"] == len(response.content)
        assert line["path"] == "/api/v1" + path.partition("?")[0]


def test_a_path_cannot_forge_a_line_and_shows_no_token(sqlite_service: Service, log: Log) -> None:
    token = sqlite_service.token("editor")
    log.lines()
    sqlite_service.get(f"/commitments/%0a%7b%22forged%22%3a1%7d%e2%80%a8/{token}")
    (line,) = log.lines()
    assert line["event"] == "request"
    assert token not in log.text()


def test_a_fault_is_one_line_with_the_traceback_and_the_caller_learns_its_id_only(
    sqlite_service: Service, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sqlite_service.token("editor")
    log.lines()

    def broken(*_: object) -> None:
        raise RuntimeError(f"{token} and {PASSWORD} at sqlite:///x SELECT 1")

    monkeypatch.setattr(detail, "page_asked", broken)
    for language, title in [("zh", "服务器内部出错"), ("en", "Something went wrong on our side")]:
        response = sqlite_service.get("/commitments", role="editor", headers={"Accept-Language": language})
        fault, request = log.lines()
        assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
        assert (response.json()["title"], response.headers["content-language"]) == (title, language)
        assert set(response.json()) == {"type", "title", "status", "detail", "instance"}
        assert fault["request"] == request["request"] == response.headers["x-request-id"]
        assert (fault["level"], fault["event"], request["status"]) == ("error", "fault", 500)
        assert "RuntimeError" in fault["traceback"]
        assert "broken" in fault["traceback"]
        assert token not in log.text()


def test_a_fault_that_quotes_the_present_password_does_not_show_it(
    sqlite_service: Service, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"current": "my present password", "password": "my password to come"}
    browser = signed_in(sqlite_service)
    log.lines()

    def broken(*_: object) -> None:
        raise RuntimeError(f"{given}")

    monkeypatch.setattr(sign_ins, "change_own_password", broken)
    assert browser.call("PUT", "/me/password", given).status_code == 500
    assert "RuntimeError" in log.text()
    assert [secret for secret in given.values() if secret in log.text()] == []


def test_a_full_run_leaves_no_secret_in_the_log_and_nothing_of_the_inside_in_an_error(
    database_url: str, log: Log, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = database_url.replace("//tests@", f"//tests:{DATABASE_PASSWORD}@")
    wrong = "hnt_" + "w" * 43
    bodies: list[str] = []
    with running(url) as service:
        document = described(service)
        drafted(service)
        for number, (method, template, names) in enumerate(ORDER):
            sent(service, document, method, template, names, key=f"key-{number}")
        tokens = [service.token(role) for role in ("reader", "contributor", "editor", "admin", "editor:read")]
        for role in ("reader", "contributor", "editor", "admin", None):
            for method, template, names in ORDER:
                bodies.append(
                    service.call(method, f"/{template.format(**names)}", role=role, json={"password": PASSWORD, "token": tokens[0]}).text
                )
        for given in ({"Authorization": f"Bearer {wrong}"}, {"Authorization": f"Basic {wrong}"}, {"Cookie": f"session={wrong}"}):
            bodies.append(service.get("/nothing", headers=given).text)
        bodies.append(service.get(f"/commitments?token={tokens[0]}&password={PASSWORD}").text)

        def away(*_: Any, **__: Any) -> None:
            raise OperationalError("SELECT secret_sha256 FROM token WHERE x = 'parameter'", {"x": tokens[0]}, Exception(url))

        def quoting(body: bytes, _shape: Any) -> None:
            raise RuntimeError(body.decode())

        with monkeypatch.context() as patch:
            patch.setattr("app.db.sessions.WriteSession.close_books", away)
            failed = service.post("/actions", {"title": {"zh": "行动"}}, role="admin")
            patch.setattr("app.web.reading.fields", quoting)
            broken = service.post("/actions", {"title": {"zh": "行动"}, "new_password": PASSWORD, "token": tokens[0]}, role="admin")
            patch.setattr("app.domain.detail.page_asked", lambda *_: 1 / 0)
            patch.setattr("app.web.forms.pairs_of", lambda body: quoting(body, None))
            origin = {"Origin": "http://localhost", "Content-Type": "application/x-www-form-urlencoded"}
            typed = f"name=editor+person&password={PASSWORD.replace(' ', '+')}&secret={tokens[0]}"
            bodies.append(service.call("POST", "//en/sign-in", content=typed.encode(), headers=origin).text)
            bodies += [failed.text, broken.text, service.get("/commitments", role="admin").text]
        assert (failed.status_code, broken.status_code) == (503, 500)
    written = log.text() + "".join(capfd.readouterr())
    faults = [line for line in log.lines() if line["event"] == "fault"]
    assert len(faults) == 4
    for secret in (*tokens, wrong, PASSWORD, PASSWORD.replace(" ", "+"), DATABASE_PASSWORD):
        assert secret not in written
        assert not [body for body in bodies if secret in body]
    for body in bodies:
        for inside in (
            str(ROOT),
            sys.prefix,
            "site-packages",
            "Traceback",
            'File "',
            "SELECT ",
            "INSERT ",
            "sqlalchemy",
            "sqlite",
            "psycopg",
        ):
            assert inside.lower() not in body.lower(), body


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://tracker:pa:ss@db/x", "postgresql://[hidden]db/x"), ("host=db password=abcd user=x", "host=db password=[hidden] user=x"),
        ("postgresql+psycopg://tests@/x?password=abcd&host=/y", "postgresql+psycopg://tests@/x?password=[hidden]&host=/y"),
        ("Bearer hnt_abcdefgh-_ and more", "Bearer [hidden] and more"), ("https://example.org/a@b", "https://example.org/a@b"),
        ("nothing", "nothing"),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_hidden(given: str, shown: str) -> None:
    assert hidden(given) == shown


def test_the_configuration_is_one_and_the_log_of_requests_can_be_switched_off() -> None:
    for access in (True, False):
        config = configuration(access=access)
        assert (config["loggers"]["hainan.access"]["level"] == "INFO") is access
        assert config["handlers"]["lines"]["class"] == "app.logs.Lines"


def test_lines_are_written_together_and_a_warning_takes_them_along(capsys: pytest.CaptureFixture[str]) -> None:
    handler = Lines()
    handler.setFormatter(logging.Formatter("%(message)s"))
    record = logging.makeLogRecord({"levelno": logging.INFO, "msg": "one"})
    handler.handle(record)
    assert capsys.readouterr().err == ""
    handler.handle(logging.makeLogRecord({"levelno": logging.WARNING, "msg": "two"}))
    assert capsys.readouterr().err == "one\ntwo\n"
    for _ in range(2):
        handler.handle(record)
        deadline, written = time.monotonic() + 30, ""
        while not written and time.monotonic() < deadline:
            time.sleep(0.02)
            written = capsys.readouterr().err
        assert written == "one\n"
    handler.handle(record)
    handler.close()
    handler.flush()
    assert capsys.readouterr().err == "one\n"


def test_lines_of_libraries_are_json_too(log: Log) -> None:
    logging.getLogger("a.library").warning("two\nlines with %s", "hnt_abcdefghij")
    (line,) = log.lines()
    assert (line["level"], line["event"], line["message"]) == ("warning", "a.library", "two\nlines with [hidden]")
