"""Search and exports on the pages: one box leads to everything that holds the words, in either language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.engines import SQLiteTemplate
from tests.reader import foreign, structure_faults
from tests.service import Service, running
from tests.story import happened


@pytest.fixture(scope="module")
def told(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("search")
    with running(sqlite_template.copy(folder, seed=True)) as service:
        happened(service)
        yield service


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("words", ["研讨会", "workshop"])
def test_words_are_found_in_every_kind_of_record_and_marked_in_their_language(told: Service, lang: str, words: str) -> None:
    page = told.get(f"//{lang}/search", params={"q": words, "limit": 200})
    assert page.status_code == 200
    root: Any = html.document_fromstring(page.text)
    for box in root.xpath("//input[@name='q']"):
        assert box.get("value") == words
        box.attrib.pop("value")
    assert foreign(html.tostring(root, encoding="unicode")) + structure_faults(page.text) == []
    found = told.get("/search", params={"q": words, "limit": 200}).json()
    shown = root.xpath("//ol[@class='rows results']/li")
    assert len(shown) == found["total"] > 5
    assert [one.xpath(".//h2//span[@class='ref']")[0].text_content() for one in shown] == [one["ref"] for one in found["items"]]
    marks = {(str(mark.text_content()).lower(), mark.xpath("ancestor::p/@lang")[0]) for mark in root.xpath("//mark")}
    assert {one for one, _ in marks} <= {words, f"{words}s"}
    assert {tag for _, tag in marks} == {"zh-Hans" if words == "研讨会" else "en"}
    working = {"workshop": True, "研讨会": False}[words]
    assert bool(root.xpath("//span[@class='tagged tagged-working']")) is working, "a working translation is marked wherever it is shown"
    for link in {one.split("/")[2]: one for one in root.xpath("//ol[@class='rows results']//h2/a/@href")}.values():
        assert told.get(f"/{link}").status_code == 200


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("hi-o7b", "commitments/HI-O7b"), (" C42 ", "commitments/C42"), ("hi-o7b.1", "updates/HI-O7b.1"), ("a1", "actions/A1"),
        ("A/AC.105/1294", "documents/A-AC.105-1294"), ("a/ac.105/1294", "documents/A-AC.105-1294"),
    ],
)  # fmt: skip
def test_what_is_called_so_comes_first(told: Service, words: str, address: str) -> None:
    for lang in ("zh", "en"):
        root: Any = html.document_fromstring(told.get(f"//{lang}/search", params={"q": words}).text)
        assert root.xpath("//div[@id='results']//a/@href")[0] == f"/{lang}/{address}"
        assert not root.xpath("//div[@id='results']/div[@class='empty']")
        assert told.get(f"//{lang}/{address}").status_code == 200


@pytest.mark.parametrize("words", ["HI-O7z", "A99", "HI-O7b.99", "A0", ".", "/", "HI-O7b.", "x" * 200])
def test_what_is_called_like_nothing_leads_nowhere(told: Service, words: str) -> None:
    assert "/commitments/HI" not in told.get("//en/search", params={"q": words}).text.partition('id="results"')[2]


def test_a_draft_is_found_by_its_name_by_nobody_who_may_not_see_it(sqlite_service: Service) -> None:
    sqlite_service.draft("HI-O7b")
    path = "//en/search?q=HI-O7b.1"
    assert "/en/updates/HI-O7b.1" not in sqlite_service.get(path).text
    assert sqlite_service.get("//en/updates/HI-O7b.1").status_code == 404


def test_a_long_result_pages_and_a_kind_can_be_chosen(told: Service) -> None:
    page = told.get("//en/search?q=the&limit=5")
    first: Any = html.document_fromstring(page.text)
    following = first.xpath("//a[@rel='next']/@href")[0]
    assert "To the beginning" in told.get(f"/{following}").text
    actions: Any = html.document_fromstring(told.get("//en/search?q=the&entity=action").text)
    assert {one.split("/")[2] for one in actions.xpath("//ol[@class='rows results']//h2/a/@href")} == {"actions"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_yet_and_nothing_found_teach(told: Service, lang: str) -> None:
    for query in ("", "?q=", "?q=%20", "?q=%E2%80%A6", "?q=HIX&entity=action"):
        page = told.get(f"//{lang}/search{query}")
        assert page.status_code == 200, query
        assert 'class="empty"' in page.text and foreign(page.text, ("HIX",)) + structure_faults(page.text) == [], query


def test_what_is_written_is_never_markup(told: Service) -> None:
    for path in ("search", "commitments"):
        assert "<script>alert" not in told.get(f"//en/{path}?q=%3Cscript%3Ealert(1)%3C/script%3E").text


def test_every_page_leads_to_the_search_and_a_list_can_be_taken_along_as_it_is_filtered(told: Service) -> None:
    home: Any = html.document_fromstring(told.get("//zh").text)
    assert home.xpath("//header//form[@role='search']/@action") == ["/zh/search"]
    page = told.get("//zh/commitments?kind=operative&q=workshop&sort=ref&limit=2")
    root: Any = html.document_fromstring(page.text)
    links = root.xpath("//p[@class='screen takeaway']/a/@href")
    assert links == [f"/api/v1/export.{one}?kind=operative&q=workshop" for one in ("csv", "xlsx", "ndjson")]
    total = told.get("/commitments?kind=operative&q=workshop").json()["total"]
    assert len(told.get(f"/{links[0]}").text.strip().splitlines()) == total + 1
    assert root.xpath("//span[@class='said']//span[@lang='en']/text()") == ["workshop"]
    matrix: Any = html.document_fromstring(told.get("//en/events/third-workshop/coverage").text)
    assert told.get(f"/{matrix.xpath('//p[@class=$kind]/a/@href', kind='screen takeaway')[0]}").status_code == 200
