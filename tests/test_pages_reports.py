"""The reports page: what is chosen is shown in the page and offered in every format; a report that is refused says why, text by text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.engines import SQLiteTemplate
from tests.forms import complaints
from tests.reader import foreign, structure_faults
from tests.service import Service, running
from tests.story import happened


@pytest.fixture(scope="module")
def told(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("reports")
    with running(sqlite_template.copy(folder, seed=True)) as service:
        happened(service)
        yield service


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_is_shown_in_the_page_and_offered_in_every_format(told: Service, lang: str) -> None:
    page = told.get(f"//{lang}/reports?event=third-workshop&since=2026-01-01&as_of=2026-11-22")
    assert (page.status_code, foreign(page.text) + structure_faults(page.text)) == (200, [])
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    root: Any = html.document_fromstring(page.text)
    (source,) = root.xpath("//iframe/@src")
    shown = told.get(f"/{source}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
    assert {"zh": "执行进展", "en": "Progress in implementing"}[lang] in shown.text and root.xpath("//iframe/@title")
    files = root.xpath("//ul[@class='files']//a/@href")
    assert [one.partition("?")[0].rpartition(".")[2] for one in files] == ["pdf", "docx", "xlsx", "html", "md", "json"]
    for one in files:
        assert told.get(f"/{one}").status_code == 200, one


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refused_report_lists_its_texts_with_links(told: Service, lang: str) -> None:
    page = told.get(f"//{lang}/reports?gate=refuse")
    assert (page.status_code, foreign(page.text) + structure_faults(page.text)) == (409, [])
    root: Any = html.document_fromstring(page.text)
    assert not root.xpath("//iframe") and not root.xpath("//ul[@class='files']")
    links = root.xpath("//tbody//th/a/@href")
    assert len(links) > 20
    kinds = {link.split("/")[2]: link for link in links}
    assert set(kinds) == {"commitments", "updates", "actions"}
    for link in kinds.values():
        assert told.get(f"/{link}").status_code == 200, link


def test_what_cannot_be_asked_is_said_in_the_page(told: Service) -> None:
    for query in ("as_of=2026-01-01&since=2026-02-01", "event=nowhere", "document=A/1", "as_recorded=2001-01-01"):
        page = told.get(f"//zh/reports?{query}")
        assert (page.status_code, "iframe" in page.text) == (422, False), query
        assert foreign(page.text, ("nowhere",)) + structure_faults(page.text) == [], query
    earlier = told.get("//zh/reports?as_recorded=130")
    assert (earlier.status_code, foreign(earlier.text)) == (200, [])


def test_what_cannot_be_asked_is_named_and_marked_at_its_field(told: Service) -> None:
    page = told.get("//zh/reports?as_of=2026-01-01&since=2026-02-01").text
    assert complaints(page) == {"since": "变化起算日期：该日期晚于报告所反映实际状况的日期（2026年1月1日）。"}
    root: Any = html.document_fromstring(page)
    assert root.xpath("//*[@aria-invalid='true']/@id") == ["since"]
    assert complaints(told.get("//zh/reports?as_recorded=2001-01-01").text).keys() == {"as_recorded"}
    assert complaints(told.get("//en/reports?as_of=2027-01-01").text).keys() == {"as_of"}, "which no file would be made of either"
    assert complaints(told.get("//en/reports?event=nowhere").text).keys() == {"event"}
