"""Accounts on pages: made, changed, closed, given codes; one's own password, places and tokens; the first administrator."""

import re
from pathlib import Path

import pytest

from app.domain.first_administrator import renew_secret
from app.web.programs import program
from tests.browser import Browser, signed_in
from tests.engines import SQLiteTemplate
from tests.forms import complaints, filled, press, send, words_of
from tests.service import PASSWORD, Service, running

NEW_PASSWORD = "another password that nobody guesses"


def secret_of(page: str) -> str:
    return words_of(page, "secret")


def user_of(service: Service, name: str) -> str:
    return str(next(one["id"] for one in service.get("/users", role="admin").json()["items"] if one["name"] == name))


def test_an_account_is_made_its_code_chooses_a_password_and_opens_the_door(sqlite_service: Service) -> None:
    admin = signed_in(sqlite_service, "admin")
    homeless = send(admin, "/zh/people/new", name="陈洁")
    assert (homeless.status_code, set(complaints(homeless.text))) == (422, {"f-organization"})
    typed = filled(homeless.text) | {"organization": "cnsa"}
    made = admin.send("/zh/people/new", typed)
    assert (made.status_code, made.headers["cache-control"]) == (200, "private, no-store")
    code = secret_of(made.text)
    twice = admin.send("/zh/people/new", typed)
    assert (twice.status_code, code in twice.text) == (409, False)

    person = Browser(sqlite_service)
    wrong = send_code(person, name="陈洁", code="hnc_x", password=NEW_PASSWORD)
    assert set(complaints(wrong)) == {"f-code"}
    assert NEW_PASSWORD not in wrong
    assert set(complaints(send_code(person, name="陈洁", code=code, password="short"))) == {"f-password"}
    assert send_code(person, name="陈洁", code=code, password=NEW_PASSWORD) == "/zh/sign-in?done=password_chosen"
    assert "您的密码已保存" in words_of(person.open("/zh/sign-in?done=password_chosen").text, "done")
    assert person.send("/zh/sign-in", {"name": "陈洁", "password": NEW_PASSWORD}).status_code == 303
    assert "中国国家航天局" in person.open("/zh/profile").text


def send_code(browser: Browser, **typed: str) -> str:
    """The page that answers, or where it leads."""
    response = browser.send("/zh/sign-in/code", typed)
    return response.headers.get("location") or response.text


def test_an_account_is_changed_closed_and_its_tokens_revoked(sqlite_service: Service) -> None:
    admin, editor = signed_in(sqlite_service, "admin"), signed_in(sqlite_service)
    path = f"/en/people/{user_of(sqlite_service, 'editor person')}"
    token = re.findall(rf'action="({path}/tokens/t\d+/revoke)"', admin.open(path).text)[0]
    assert press(admin, path, token).headers["location"] == f"{path}?done=revoked"
    mine = filled(admin.open(path).text) | {"name": "Li Na"}
    assert send(admin, path, name="Wang Fang").status_code == 303
    refused = admin.send(path, mine)
    assert refused.status_code == 412
    assert "Wang Fang Li Na" in words_of(refused.text, "problems")
    assert editor.open("/en/review").status_code == 200
    assert send(admin, path, role="contributor", organization="cnsa").status_code == 303
    assert editor.open("/en/review").status_code == 401, "a new role ends every sign-in"
    assert send(admin, path, disabled="true").status_code == 303
    assert "closed" in words_of(admin.open("/en/people").text, "content")
    assert f'action="{path}/reset"' not in admin.open(path).text
    own = f"/en/people/{user_of(sqlite_service, 'admin person')}"
    last = send(admin, own, role="editor")
    assert (last.status_code, "last administrator" in words_of(last.text, "problems")) == (409, True)
    events = words_of(admin.open("/zh/people/events").text, "content")
    assert "账户停用" in events
    assert "角色已更改" in events
    assert "账户停用" not in words_of(admin.open("/zh/people/events?kind=signed_in").text, "content").partition("时间")[2]


def test_a_forgotten_password_gets_a_code(sqlite_service: Service) -> None:
    sqlite_service.token("reader")
    admin = signed_in(sqlite_service, "admin")
    path = f"/en/people/{user_of(sqlite_service, 'reader person')}"
    given = press(admin, path, f"{path}/reset")
    person = Browser(sqlite_service)
    code = {"name": "reader person", "code": secret_of(given.text), "password": NEW_PASSWORD}
    assert person.send("/en/sign-in/code", code).headers["location"] == "/en/sign-in?done=password_chosen"
    assert person.send("/en/sign-in", {"name": "reader person", "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("curl/8.1 " + "x" * 100, "curl/8.1 " + "x" * 51), (None, "—"),
    ],
)  # fmt: skip
def test_a_browser_is_called_what_people_call_it(agent: str | None, shown: str) -> None:
    assert program(agent) == shown


def test_one_s_own_password_places_and_tokens(sqlite_service: Service) -> None:
    here, there = signed_in(sqlite_service), signed_in(sqlite_service)
    made = send(here, "/en/profile/tokens/new", name="Monthly export", days="90")
    token = secret_of(made.text)
    assert sqlite_service.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert "admin" not in filled(here.open("/en/profile/tokens/new").text)["scope"]
    page = here.open("/en/profile").text
    assert token not in page
    revoke = re.findall(r'action="(/en/profile/tokens/t\d+/revoke)"', page)[-1]
    assert press(here, "/en/profile", revoke).headers["location"] == "/en/profile?done=revoked"
    assert sqlite_service.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    (end,) = re.findall(r'action="(/en/profile/places/s\d+/end)"', page)
    assert press(here, "/en/profile", end).headers["location"] == "/en/profile?done=place_ended"
    assert there.open("/en/profile").status_code == 401
    wrong = here.send("/en/profile/password", {"current": "wrong", "password": NEW_PASSWORD})
    assert (wrong.status_code, set(complaints(wrong.text))) == (422, {"f-current"})
    other = signed_in(sqlite_service)
    done = here.send("/en/profile/password", {"current": PASSWORD, "password": NEW_PASSWORD})
    assert done.headers["location"] == "/en/profile?done=password_changed"
    assert here.open("/en/profile").status_code == 200
    assert other.open("/en/profile").status_code == 401


def test_the_first_administrator_is_made_once(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    with running(sqlite_template.copy(tmp_path, seed=False)) as service:
        browser = Browser(service)
        assert "/en/first-administrator" in browser.open("/en/sign-in").text
        page = {"name": "Li Na", "password": NEW_PASSWORD, "secret": "hnf_wrong"}
        assert set(complaints(browser.send("/en/first-administrator", page).text)) == {"f-secret"}
        wrong = complaints(browser.send("/zh/first-administrator", page | {"name": "", "password": ""}).text)
        assert [said.partition("：")[0] for said in wrong.values()] == ["用户名", "新密码"]
        secret = str(renew_secret(service.db))
        done = browser.send("/en/first-administrator", page | {"secret": secret})
        assert done.headers["location"] == "/en/sign-in?done=administrator_made"
        assert browser.open("/en/first-administrator").status_code == 404
        assert "/en/first-administrator" not in browser.open("/en/sign-in").text
        assert browser.send("/en/sign-in", {"name": "Li Na", "password": NEW_PASSWORD}).status_code == 303
        assert browser.open("/en/people").status_code == 200
