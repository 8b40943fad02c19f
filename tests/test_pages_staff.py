"""What staff write on pages: the same as through the API, with every error beside its field and nothing lost."""

import html
import re
from typing import Any

from tests.browser import signed_in
from tests.service import Service

FIELD = re.compile(r"<(input)\b([^>]*)>()|<(textarea|select)\b([^>]*)>(.*?)</(?:textarea|select)>", re.DOTALL)


def attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, _, value in re.findall(r'([a-z-]+)(="([^"]*)")?', text)}


def filled(page: str, action: str | None = None) -> dict[str, Any]:
    """The fields of the form of a page that leads to `action` (else of the form `form`), as a browser would send them."""
    wanted = 'id="form"' if action is None else f'action="{action}"'
    forms = [(head, body) for head, body in re.findall(r"<form\b([^>]*)>(.*?)</form>", page, re.DOTALL) if wanted in head]
    assert forms, wanted
    found: dict[str, Any] = {}
    for one in FIELD.findall(forms[0][1]):
        kind, text, inner = one[:3] if one[0] else one[3:]
        given = attributes(text)
        if given.get("type") in ("checkbox", "radio") and "checked" not in given:
            continue
        value = given.get("value", "")
        if kind == "textarea":
            value = html.unescape(inner.removeprefix("\n"))
        elif kind == "select":
            options = re.findall(r'<option value="([^"]*)"( selected)?', inner)
            value = html.unescape(next((value for value, chosen in options if chosen), options[0][0]))
        if given["name"] in found:
            found[given["name"]] = [*([found[given["name"]]] if isinstance(found[given["name"]], str) else found[given["name"]]), value]
        else:
            found[given["name"]] = value
    return found


def test_try(sqlite_service: Service) -> None:
    b = signed_in(sqlite_service)
    sqlite_service.action()
    for path in (
        "/commitments/HI-O7b/edit",
        "/commitments/HI-O7/edit",
        "/documents/A-AC.105-1294/edit",
        "/events/third-workshop/edit",
        "/events/un-china-2022/edit",
        "/organizations/cnsa/edit",
        "/actions/A1/edit",
    ):
        for lang in ("zh", "en"):
            page = b.open(f"/{lang}{path}")
            assert page.status_code == 200, page.text
        before = sqlite_service.db.head().seq
        sent = b.send(f"/en{path}", filled(page.text))
        assert sent.status_code == 303, (path, re.findall(r"(?s)id=.problems.*?</div>", sent.text))
        assert sqlite_service.db.head().seq == before, path
    for path in (
        "/commitments/new",
        "/commitments/new?parent=HI-O7",
        "/documents/new",
        "/events/new",
        "/organizations/new",
        "/actions/new",
        "/actions/A1/note",
        "/actions/A1/link",
        "/actions/A1/delete",
        "/commitments/HI-O7b/link",
        "/commitments/HI-O7b/confirm",
        "/actions",
        "/events",
        "/documents",
        "/organizations",
        "/actions/A1",
        "/organizations/cnsa",
        "/events/third-workshop",
    ):
        for lang in ("zh", "en"):
            page = b.open(f"/{lang}{path}")
            assert page.status_code == 200, page.text


def test_people(sqlite_service: Service) -> None:
    b = signed_in(sqlite_service, "admin")
    sqlite_service.token("reader")
    uid = next(u["id"] for u in sqlite_service.get("/users", role="admin").json()["items"] if u["name"] == "reader person")
    for path in (
        "/people",
        "/people/new",
        "/people/events",
        f"/people/{uid}",
        "/profile",
        "/profile/password",
        "/profile/tokens/new",
        "/sign-in/code",
    ):
        for lang in ("zh", "en"):
            page = b.open(f"/{lang}{path}")
            assert page.status_code == 200, page.text
            assert "no-store" in page.headers["cache-control"], path
    assert b.open("/en/first-administrator").status_code == 404
    page = b.open("/en/people/new")
    made = b.send("/en/people/new", filled(page.text) | {"name": "Chen Jie", "organization": "cnsa"})
    assert made.status_code == 200 and "hnc_" in made.text
    again = b.send("/en/people/new", filled(page.text) | {"name": "Chen Jie", "organization": "cnsa"})
    assert again.status_code == 409 and "hnc_" not in again.text, again.text
    made = b.send(f"/en/people/{uid}/reset", filled(b.open(f"/en/people/{uid}").text, f"/en/people/{uid}/reset"))
    assert "hnc_" in made.text
    made = b.send("/en/profile/tokens/new", filled(b.open("/en/profile/tokens/new").text) | {"name": "X"})
    assert "hnt_" in made.text, made.text
    assert b.send("/en/profile/tokens/t3/revoke", {}).headers.get("location") == "/en/profile?done=revoked"
