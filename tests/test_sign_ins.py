"""Signing in and out: a sign-in cannot be planted, kept past its end, or used as something else (T41)."""

import asyncio
import hashlib
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.domain.columns import SIGN_IN, TOKEN, USER
from app.domain.people import new_secret
from tests.browser import Browser, signed_in
from tests.service import API, PASSWORD, Service

ANOTHER = "another long password nobody guesses"


def stamped(service: Service) -> None:
    """Wait until every stamp is written."""
    service.portal.call(lambda: asyncio.wrap_future(service.app.inner.state.stamps.executor.submit(lambda: None)))


def stored(service: Service) -> str:
    """Everything in the database about people, as text."""
    tables = ("account", "token", "sign_in", "one_time_secret", "throttle", "security_event", "change")
    with service.reading() as session:
        return "\n".join(repr(tuple(row)) for table in tables for row in session.rows(text(f"SELECT * FROM {table}")))


def test_somebody_signs_in_acts_with_all_his_role_allows_and_signs_out(service: Service) -> None:
    browser = signed_in(service)
    me = browser.get("/me").json()
    assert (me["name"], me["role"], me["organization"], me["scope"]) == ("editor person", "editor", "unoosa", "admin")
    tag = browser.get("/commitments/HI-O7b").headers["etag"]
    update = {"status": "under_implementation", "effective_on": "2026-11-01", "state": "published"}
    assert browser.post("/commitments/HI-O7b/status-updates", update, headers={"If-Match": tag}).status_code == 201
    assert browser.post("/users", {"name": "X Y", "role": "reader"}).status_code == 403
    assert browser.delete("/session").status_code == 204
    assert browser.get("/me").status_code == 401
    assert browser.get("/commitments/HI-O7b").status_code == 200
    service.proves_itself()


def test_a_cookie_that_was_brought_along_is_never_taken_over(service: Service) -> None:
    planted = new_secret()
    browser = Browser(service)
    service.token("editor")
    given = {"name": "editor person", "password": PASSWORD}
    response = browser.post("/session", given, headers={"Cookie": f"hainan={planted}"})
    assert (response.status_code, response.cookies["hainan"] == planted) == (201, False)
    assert hashlib.sha256(planted.encode()).hexdigest() not in stored(service)
    intruder = Browser(service)
    assert intruder.get("/me", headers={"Cookie": f"hainan={planted}"}).status_code == 401


def test_signing_in_again_gives_a_new_cookie_and_ends_the_one_before(service: Service) -> None:
    browser = signed_in(service)
    first = browser.cookie
    assert browser.sign_in().status_code == 201
    second = browser.cookie
    assert first != second
    assert Browser(service).get("/me", headers={"Cookie": f"hainan={first}"}).status_code == 401
    assert Browser(service).get("/me", headers={"Cookie": f"hainan={second}"}).status_code == 200


def test_a_sign_in_is_no_token_and_a_token_no_sign_in(service: Service) -> None:
    cookie, token = signed_in(service).cookie, service.token("editor")
    for secret in (cookie, f"hnt_{cookie}", f"hns_{cookie}"):
        assert service.get("/commitments", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    for value in (token, token.removeprefix("hnt_"), f'"{token}"'):
        assert Browser(service).get("/me", headers={"Cookie": f"hainan={value}"}).status_code == 401


@pytest.mark.parametrize(
    "change", [lambda c: c[:-1], lambda c: c + "a", str.swapcase, lambda c: "é" + c, lambda _: "", lambda c: c + "%00"]
)
def test_a_cookie_that_was_cut_lengthened_or_recased_reads_like_anybody_and_changes_nothing(sqlite_service: Service, change: Any) -> None:
    cookie = change(signed_in(sqlite_service).cookie)
    browser = Browser(sqlite_service)
    headers = {"Cookie": f"hainan={cookie}".encode()}
    assert browser.get("/commitments/HI-O7", headers=headers).status_code == 200
    assert browser.get("/me", headers=headers).status_code == 401
    assert browser.post("/actions", {"title": {"en": "x"}}, headers=headers).status_code == 401


def test_it_ends_after_an_hour_without_a_request_and_after_twelve_hours_in_any_case(service: Service) -> None:
    idle, busy = signed_in(service), signed_in(service, "reader")
    for _ in range(14):
        assert busy.get("/me").status_code == 200
        service.clock.forward(minutes=50)
        stamped(service)
    assert idle.get("/me").status_code == 401
    assert busy.get("/me").status_code == 200
    service.clock.forward(minutes=21)
    assert busy.get("/me").status_code == 401
    assert busy.sign_in("reader").status_code == 201
    with service.reading() as session:
        assert len(session.rows(select(SIGN_IN.id))) == 1, "what is over is forgotten when somebody signs in"


def test_its_last_use_is_written_at_most_every_ten_minutes_and_moves_no_revision(service: Service) -> None:
    browser = signed_in(service)
    head = service.db.head()

    def seen() -> Any:
        stamped(service)
        with service.reading() as session:
            return session.value(select(SIGN_IN.seen_at))

    first = seen()
    service.clock.forward(minutes=9)
    browser.get("/me")
    assert seen() == first
    service.clock.forward(minutes=1)
    browser.get("/me")
    assert seen() == service.clock.now
    assert service.db.head() == head


def test_a_request_under_way_does_not_bring_an_ended_sign_in_back(service: Service) -> None:
    browser = signed_in(service)
    cookie = browser.cookie
    service.clock.forward(minutes=11)
    waiting = service.app.inner.state.stamps
    held: list[Any] = []
    waiting.executor, real = type("Held", (), {"submit": lambda _self, *job: held.append(job)})(), waiting.executor
    assert browser.get("/me").status_code == 200
    waiting.executor = real
    assert browser.delete("/session").status_code == 204
    for function, *arguments in held:
        function(*arguments)
    assert len(held) == 1
    assert Browser(service).get("/me", headers={"Cookie": f"hainan={cookie}"}).status_code == 401
    with service.reading() as session:
        assert session.rows(select(SIGN_IN.id)) == []


def test_a_change_that_waited_for_its_turn_while_its_author_signed_out_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(service)
    real = service.db.write

    def late(actor: Any, **given: Any) -> Any:
        if actor.sign_in is not None:
            with real(actor) as session:
                session.derive(SIGN_IN.__table__.delete(), {})
        return real(actor, **given)

    monkeypatch.setattr(service.db, "write", late)
    assert browser.post("/actions", {"title": {"en": "x"}}).status_code == 401


def test_many_requests_at_once_and_a_sign_out_leave_nobody_signed_in(service: Service) -> None:
    browser = signed_in(service)
    cookie = browser.cookie
    service.clock.forward(minutes=15)

    async def all_at_once() -> list[int]:
        asked = [browser.client.get(f"{API}/me") for _ in range(20)]
        asked.insert(10, browser.client.delete(f"{API}/session", headers={"Origin": "http://localhost"}))
        return [answer.status_code for answer in await asyncio.gather(*asked)]

    assert set(service.portal.call(all_at_once)) <= {200, 204, 401}
    stamped(service)
    assert Browser(service).get("/me", headers={"Cookie": f"hainan={cookie}"}).status_code == 401


def test_a_new_password_ends_every_place_and_the_one_that_asks_goes_on_under_a_new_cookie(service: Service) -> None:
    browser, other = signed_in(service), signed_in(service)
    first = browser.cookie
    wrong = browser.call("PUT", "/me/password", {"current": "not it, but quite long", "password": ANOTHER})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/current")
    assert browser.call("PUT", "/me/password", {"current": PASSWORD, "password": ANOTHER}).status_code == 204
    assert browser.cookie != first
    assert browser.get("/me").status_code == 200
    assert other.get("/me").status_code == 401
    assert Browser(service).get("/me", headers={"Cookie": f"hainan={first}"}).status_code == 401
    assert Browser(service).sign_in("editor").status_code == 401
    assert Browser(service).sign_in("editor", ANOTHER).status_code == 201


def test_the_places_are_listed_and_ended_one_by_one_or_all_others_at_once(service: Service) -> None:
    here, there, elsewhere = signed_in(service), signed_in(service, address="2001:db8::7"), signed_in(service, address="192.0.2.9")
    stranger = signed_in(service, "reader")
    places = here.get("/sessions").json()
    assert [(one["address"], one["current"]) for one in places["items"]] == [
        ("192.0.2.9", False),
        ("2001:db8::7", False),
        ("127.0.0.1", True),
    ]
    assert stranger.delete(f"/sessions/{places['items'][0]['id']}").status_code == 404
    assert here.delete(f"/sessions/{places['items'][1]['id']}").status_code == 204
    assert (there.get("/me").status_code, elsewhere.get("/me").status_code) == (401, 200)
    assert here.delete("/sessions").status_code == 204
    assert [one.get("/me").status_code for one in (here, elsewhere, stranger)] == [200, 401, 200]


def test_another_role_ends_every_sign_in_and_a_weaker_one_counts_for_tokens_at_once(service: Service) -> None:
    browser, token = signed_in(service), service.token("editor")
    drafts = service.get("/status-updates/none", role="editor").status_code
    users = service.get("/users", role="admin").json()["items"]
    path = next(f"/users/{user['id']}" for user in users if user["name"] == "editor person")
    assert drafts == 404
    assert service.patch(path, {"role": "reader"}, role="admin", tag=service.tag(path, "admin")).status_code == 200
    assert browser.get("/me").status_code == 401
    assert service.post("/actions", {"title": {"en": "x"}}, headers={"Authorization": f"Bearer {token}"}).status_code == 403
    assert service.get("/me", headers={"Authorization": f"Bearer {token}"}).json()["role"] == "reader"


def test_a_weaker_role_gets_an_answer_of_its_own_where_it_had_a_stronger_one(service: Service) -> None:
    """The ETag of what somebody signed in sees follows from the bytes: a new role moves no revision."""
    draft = {"status": "continuing", "effective_on": "2026-11-02"}
    service.post("/commitments/HI-O7/status-updates", draft, role="contributor", tag=service.tag("/commitments/HI-O7"))
    seen = service.get("/commitments/HI-O7/status-updates", role="editor")
    assert seen.json()["total"] == 1
    path = next(f"/users/{user['id']}" for user in service.get("/users", role="admin").json()["items"] if user["role"] == "editor")
    assert service.patch(path, {"role": "reader"}, role="admin", tag=service.tag(path, "admin")).status_code == 200
    again = service.get("/commitments/HI-O7/status-updates", role="editor", headers={"If-None-Match": seen.headers["etag"]})
    assert (again.status_code, again.json()["total"]) == (200, 0)


def test_disabling_ends_everything_at_once_and_for_good(service: Service) -> None:
    browser = signed_in(service)
    service.token("editor:read")
    path = next(f"/users/{user['id']}" for user in service.get("/users", role="admin").json()["items"] if user["name"] == "editor person")
    code = service.post(f"{path}/reset", role="admin").json()["code"]
    assert service.patch(path, {"disabled": True}, role="admin", tag=service.tag(path, "admin")).json()["disabled"] is True
    assert browser.get("/me").status_code == 401
    assert browser.post("/actions", {"title": {"en": "x"}}).status_code == 401
    assert service.get("/commitments", role="editor").status_code == 401
    assert Browser(service).sign_in().status_code == 401
    chosen = {"name": "editor person", "code": code, "password": ANOTHER}
    assert Browser(service).post("/session/password", chosen).status_code == 422
    assert service.patch(path, {"disabled": False}, role="admin", tag=service.tag(path, "admin")).status_code == 200
    assert browser.get("/me").status_code == 401
    assert service.get("/commitments", role="editor").status_code == 401, "its tokens are gone"
    assert Browser(service).sign_in().status_code == 201


def test_whoever_is_disabled_is_refused_even_where_a_sign_in_or_token_is_left(service: Service) -> None:
    browser = signed_in(service)
    with service.db.backend.write_turn(), service.db.backend.writers.connect() as connection, connection.begin():
        connection.execute(update(USER).values(disabled_at=service.clock.now))
    assert browser.get("/me").status_code == 401
    assert browser.delete("/session").status_code == 401
    assert service.get("/me", role="editor").status_code == 401
    assert Browser(service).sign_in().status_code == 401


def test_the_last_administrator_stays_one(service: Service) -> None:
    service.token("admin")
    path = f"/users/{service.get('/me', role='admin').json()['id']}"
    for change in ({"disabled": True}, {"role": "editor"}):
        refused = service.patch(path, change, role="admin", tag=service.tag(path, "admin"))
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")


def test_a_code_for_a_password_is_good_once_for_its_user_and_for_a_day(service: Service) -> None:
    browser = Browser(service)
    made = service.post("/users", {"name": "陈洁", "role": "contributor", "organization": "cnsa"}, role="admin")
    assert made.headers["location"] == f"/api/v1/users/{made.json()['user']}"
    chosen = {"name": "陈洁", "code": made.json()["code"], "password": ANOTHER}
    assert browser.post("/session", {"name": "陈洁", "password": ""}).status_code == 401, "no password yet"
    assert browser.post("/session/password", {**chosen, "name": "admin person"}).status_code == 422
    assert browser.post("/session/password", {**chosen, "password": "too short"}).json()["errors"][0]["pointer"] == "/password"
    service.clock.forward(hours=23)
    assert browser.post("/session/password", chosen).status_code == 204
    assert browser.post("/session/password", chosen).status_code == 422
    assert browser.post("/session", {"name": "陈洁", "password": ANOTHER}).status_code == 201
    later = service.post(f"{made.headers['location'].removeprefix(API)}/reset", role="admin").json()["code"]
    service.clock.forward(hours=24)
    assert browser.post("/session/password", {**chosen, "code": later}).status_code == 422


def test_what_is_kept_are_hashes(service: Service) -> None:
    browser = signed_in(service, "admin")
    secrets = [browser.cookie, PASSWORD, service.token("admin"), ANOTHER]
    user = browser.post("/users", {"name": "Somebody New", "role": "reader"}).json()
    token = browser.post("/tokens", {"name": "Export", "scope": "read", "user": user["user"]}).json()["secret"]
    browser.post("/session", {"name": PASSWORD, "password": ANOTHER})  # a password typed where the name belongs
    kept = stored(service)
    assert [secret for secret in [*secrets, user["code"], token] if secret in kept] == []
    with service.reading() as session:
        assert session.value(select(TOKEN.secret_sha256).order_by(TOKEN.id.desc())) == hashlib.sha256(token.encode()).hexdigest()


def test_a_bearer_token_says_who_asks_and_the_cookie_beside_it_is_still_checked(service: Service) -> None:
    browser = signed_in(service, "reader")
    headers = {"Authorization": f"Bearer {service.token('editor')}"}
    assert browser.get("/me", headers=headers).json()["name"] == "editor person"
    assert browser.post("/actions", {"title": {"en": "x"}}, headers=headers).status_code == 201
    for origin in ("https://evil.example", None):
        assert browser.post("/actions", {"title": {"en": "x"}}, headers={**headers, "Origin": origin}).status_code == 403
    assert service.post("/actions", {"title": {"en": "x"}}, role="editor").status_code == 201, "a program has no cookie and no origin"
