"""Every page for those who are signed in: sound, in one language, stored nowhere; and its forms carry what makes them safe to send."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, signed_in
from tests.engines import SQLiteTemplate
from tests.reader import foreign, structure_faults
from tests.service import Service, running
from tests.story import happened
from tests.test_pages_permissions import forms
from tests.test_permissions import filled_in

NAMES = ("admin person", "editor person", "contributor person", "python-httpx/0.28.1", "t1", "token")
FORMS = (
    "/commitments/HI-O7b/update", "/commitments/HI-O7b/update?corrects=HI-O7b.3", "/commitments/HI-O1/update", "/commitments/HI-O7b/confirm",
    "/commitments/HI-O7b/link", "/commitments/HI-O7b/edit", "/commitments/HI-O7/edit", "/commitments/new", "/commitments/new?parent=HI-O7",
    "/updates/C43.1/edit", "/actions/new", "/actions/new?commitment=HI-O7b&event=third-workshop", "/actions/A1/edit", "/actions/A1/note", "/actions/A1/link",
    "/actions/A1/links/HI-O7b", "/actions/A3/delete", "/documents/new", "/documents/A-AC.105-1294/edit", "/events/new",
    "/events/third-workshop/edit", "/organizations/new", "/organizations/cnsa/edit", "/people/new", "/profile/tokens/new",
)  # fmt: skip
OTHERS = (
    "", "/review", "/review?state=draft", "/drafts", "/updates/C43.1", "/updates/C43.2", "/updates/HI-O7b.3", "/people", "/people/events",
    "/profile", "/profile/password", "/actions/A1", "/actions/A1/delete", "/commitments/HI-O7b", "/commitments/C43", "/actions", "/events",
    "/events/third-workshop", "/events/third-workshop/coverage", "/documents", "/documents/A-AC.105-1294", "/organizations", "/organizations/cnsa", "/sign-in/code", "/imports", "/search?q=workshop",
)  # fmt: skip


@pytest.fixture(scope="module")
def admin(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder: Path = tmp_path_factory.mktemp("desk")
    with running(sqlite_template.copy(folder, seed=True)) as service:
        happened(service)
        service.draft("C43", role="editor", narrative={"zh": "草稿。"})
        service.draft("C43", state="submitted", narrative={"en": "Submitted."})
        yield signed_in(service, "admin")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_of_the_desk_is_sound(admin: Browser, lang: str) -> None:
    wrong = {}
    for path in FORMS + OTHERS:
        page = admin.open(f"/{lang}{path}")
        assert page.status_code == 200, path
        assert page.headers["cache-control"].startswith("private"), path
        if found := foreign(page.text, NAMES) + structure_faults(page.text):
            wrong[path] = found
        assert not re.search(r'\sstyle="|\son[a-z]+="|<script(?! src="/static/)', page.text), path
    assert wrong == {}


def test_every_form_is_stored_nowhere_and_carries_its_key(admin: Browser) -> None:
    for path in FORMS:
        page = admin.open(f"/en{path}")
        assert page.headers["cache-control"] == "private, no-store", path
        assert re.search(r'name="key" value="[A-Za-z0-9_-]{24}"', page.text), path
        assert "/new" in path or path.endswith(("/HI-O7b/link", "/note")) or 'name="version"' in page.text, path


BODIES = (
    "", "a=1", "narrative=1&evidence=2&title=3&status.x=4", "evidence.0=1&milestones.1=2&addressees.0.code.x=1", "evidence.0.kind=web&evidence.0.kind=web",
    "version=99999999999999999999&key=x&status=%00&effective_on=%F0%9F%98%80", "text.zh=%FF", "frameworks.0.place=a:b:c&references=&references=x",
    "do=more&narrative.zh=%E5%AD%97&" + "partners=cnsa&" * 60, "again=1&evidence.99.kind=web&evidence.98.title.en=x",
)  # fmt: skip
"""What no form of ours sends."""


def test_whatever_is_sent_to_a_form_is_answered_with_a_page_and_stores_nothing(admin: Browser) -> None:
    service: Service = admin.service
    head = service.db.head()
    for path in sorted(
        path for path in forms(service) if path.startswith("/zh") and not re.search(r"/sign-|/first-|/places/|revoke", path)
    ):
        address = filled_in(path).replace("/updates/HI-O7", "/updates/C43.1")
        for body in BODIES:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            response = admin.call("POST", f"/{address}", content=body.encode(), headers=headers)
            assert response.status_code in (200, 400, 404, 409, 412, 415, 422), (address, body, response.status_code)
            assert response.headers["content-type"].startswith("text/html"), (address, body)
            assert service.db.head() == head, (address, body)


def test_a_refused_form_stays_in_one_language_and_sound(admin: Browser) -> None:
    service: Service = admin.service
    head = service.db.head()
    for path in FORMS:
        key = re.findall(r'name="key" value="([^"]+)"', admin.open(f"/zh{path}").text)[0]
        refused = admin.send(f"/zh{path.partition('?')[0]}", {"key": key, "version": "99"})
        assert refused.status_code in (412, 422, 404), (path, refused.status_code)
        assert foreign(refused.text, NAMES) + structure_faults(refused.text) == [], path
    assert service.db.head() == head
