"""Reports over the network and on the command line: asked for, refused, streamed; and whatever text the gate accepts, shown as it is."""

import json
import re
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from app import tables
from app.actors import system_actor
from app.cli import main
from app.domain.translations import sha256
from app.i18n import Lang
from app.reports.build import progress_report
from app.reports.formats import Format
from app.web.reporters import MOST_WAITING, THREADS
from tests.engines import SQLiteTemplate
from tests.reports import text_of, workbook
from tests.service import Service, running
from tests.test_hostile import BROKEN_LINES, CHANGED, KEPT

MORE = {
    "Markdown": "# 标题 *重点* _下划线_ [x](y) ![i](j) `代码` ~~删除~~ | 表格 | <https://example.org>",
    "a list": "- 一\n+ 二\n1. 三\n=四\n    五",
    "typst": '#import "x" @ref $x$ \\ #evil() /* 注释 */ // <label> = 标题',
    "Word": "{{ 7*7 }} {% if x %} {_{ }_} {# 注释 #} </w:t> &amp; &#10;",
    "formulas": '=HYPERLINK("http://example.org") +1 -1 @SUM(A1) ＝1',
    "a long word": "x" * 300 + "终",
    "a long text": "长" * 4_999 + "long word " * 500,
    "a date and a status": "2022年11月24日 已执行 24 November 2022 Implemented C99",
}
TEXTS = KEPT | MORE | {name: stored for name, (_, stored) in (CHANGED | BROKEN_LINES).items()}
INVISIBLE = "\ufe0f\U000e0100"
"""Selectors of a variant, which a font that has none leaves out."""
DOCUMENT = {"symbol": "X/1", "title": {"zh": "=1+1 <b>文件</b>", "en": "=1+1 <b>Document</b>"}}


@pytest.fixture(scope="module")
def service(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose register holds a commitment for each hostile text, in its text, narrative, evidence and action."""
    with running(sqlite_template.copy(tmp_path_factory.mktemp("hostile"), seed=True)) as made:
        made.post("/documents", DOCUMENT, role="editor")
        for number, text in enumerate(TEXTS.values(), 1):
            _commitment(made, number, text)
        yield made


def _commitment(service: Service, number: int, text: str) -> None:
    ref, pair = f"X{number}", {"zh": f"甲{text}乙", "en": f"p{text}q"}
    new = {"ref": ref, "document": "X/1", "kind": "operative", "tracking": "operational", "position": number, "text": pair}
    assert service.post("/commitments", new, role="editor").status_code == 201
    title = {lang: side.replace("\n", " ")[:300] for lang, side in pair.items()}
    evidence = [{"kind": "meeting", "title": title, "note": {"zh": pair["zh"][:2_000]}}]
    service.publish(ref, narrative=pair, evidence=evidence)
    service.link(service.action(title=title)["ref"], ref)


def report(service: Service, kind: str, role: str | None = None, **query: Any) -> Any:
    return service.get(f"/reports/progress.{kind}", role=role, params=query)


@pytest.mark.parametrize("kind", Format)
def test_whatever_the_gate_accepts_is_shown_as_it_is(service: Service, kind: Format) -> None:
    """Compared without white space, because a layout breaks lines, and after the form that no font can show."""
    for lang in Lang:
        response = report(service, kind, lang=lang, document="X/1")
        assert response.status_code == 200, response.text
        found = shown(text_of(response.content, kind), kind)
        for name, text in TEXTS.items():
            words = f"甲{text}乙" if lang is Lang.ZH else f"p{text}q"
            for line in words.split("\n"):
                wanted = bare(line if kind is not Format.JSON else json.dumps(line, ensure_ascii=False)[1:-1])
                assert named(wanted, found) in found, (name, lang, wanted[:80])


def shown(text: str, kind: Format) -> str:
    """What a reader sees: without escapes, no white space."""
    if kind is Format.MD:
        text = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), text)
        text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", re.sub(r"\\\n>|<br>|\n>", "", text))
    if kind is Format.DOCX:
        text = text.replace('<w:t xml:space="preserve">', "").replace("<w:t>", "")
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    return bare(text.replace("</w:p>", ""))


def bare(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(text.replace("\u200b", "").split()))


def named(wanted: str, found: str) -> str:
    """The text with the characters named that were named in the file because no font has them."""
    for character in set(wanted):
        if character in INVISIBLE and character not in found:
            wanted = wanted.replace(character, "")
        if (name := f"[U+{ord(character):04X}]") in found:
            wanted = wanted.replace(character, name)
    return wanted


def test_no_text_is_a_formula_and_every_text_reads_back_unchanged(service: Service) -> None:
    book = workbook(report(service, "xlsx", lang="zh,en", document="X/1").content)
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    values = {cell.value for cell in cells if cell.quotePrefix}
    assert [name for name, text in TEXTS.items() if f"甲{text}乙" not in values or f"p{text}q" not in values] == []


def test_a_missing_language_is_said_and_never_filled(sqlite_service: Service) -> None:
    sqlite_service.publish("HI-O6", narrative={"zh": "只有中文"})
    english = report(sqlite_service, "html", lang="en").text
    assert "There is no English text." in english
    assert "只有中文" not in english
    assert report(sqlite_service, "json").json()["translations"]["by_state"]["missing"] == 1
    marked = report(sqlite_service, "md", lang="zh").text
    assert "〔缺失〕" in marked
    assert re.search(r"缺失1处", marked)


def test_the_gate_refuses_with_the_list_until_both_languages_are_confirmed(sqlite_service: Service) -> None:
    new = {"symbol": "X/1", "title": {"zh": "文件", "en": "Document"}}
    sqlite_service.post("/documents", new, role="editor")
    text = {"zh": "促进。", "en": "Promote."}
    sqlite_service.post("/commitments", {"ref": "X1", "document": "X/1", "kind": "operative", "position": 1, "text": text}, role="editor")
    for kind in ("json", "pdf"):
        refused = report(sqlite_service, kind, gate="refuse", document="X/1")
        assert refused.status_code == 409
        assert [one["detail"] for one in refused.json()["errors"]] == ["commitment X1: text is unchecked."]
    chinese = sqlite_service.get("/reports/progress.md?gate=refuse&document=X/1", headers={"Accept-Language": "zh"}).json()
    assert chinese["errors"][0]["detail"] == "承诺X1：text未核对。"
    with sqlite_service.db.write(system_actor("tests")) as session:
        session.action = "equivalence:confirm"
        hashes: dict[str, Any] = {"zh_sha256": sha256(text["zh"]), "en_sha256": sha256(text["en"])}
        session.add(tables.Equivalence(entity="commitment", ref="X1", field="text", **hashes, author="x", recorded_at=session.now))
    assert report(sqlite_service, "json", gate="refuse", document="X/1").status_code == 200
    page = report(sqlite_service, "html", gate="mark", document="X/1", lang="zh").text
    assert "〔未核对" not in page
    sqlite_service.patch("/commitments/X1", {"text": {"en": "Promote it."}}, role="editor", tag=sqlite_service.tag("/commitments/X1"))
    assert "is stale" in report(sqlite_service, "json", gate="refuse", document="X/1").text


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({"lang": "fr"}, "?lang", "unknown_code"), ({"layout": "x"}, "?layout", "unknown_code"), ({"gate": "x"}, "?gate", "unknown_code"),
        ({"as_of": "2026-11-24"}, "?as_of", "date_too_late"), ({"as_of": "2026-02-30"}, "?as_of", "not_a_date"),
        ({"since": "2026-11-01", "as_of": "2026-10-31"}, "?since", "dates_reversed"), ({"document": "A/1"}, "?document", "unknown_reference"),
        ({"event": "fourth"}, "?event", "unknown_reference"), ({"as_recorded": "soon"}, "?as_recorded", "not_a_revision"),
    ],
)  # fmt: skip
def test_what_cannot_be_reported_is_said_with_its_name(service: Service, query: dict[str, str], pointer: str, code: str) -> None:
    for kind in ("json", "docx"):
        response = report(service, kind, **query)
        assert response.status_code == 422
        assert [(one["pointer"], one["code"]) for one in response.json()["errors"]] == [(pointer, code)]
    assert report(service, "json", as_recorded="1").status_code == 404
    assert report(service, "json", colour="red").status_code == 400
    assert service.get("/reports/progress.odt").status_code == 404


def test_a_report_is_the_same_for_everybody_and_drafts_are_not_in_it(sqlite_service: Service) -> None:
    sqlite_service.draft("HI-O7", narrative={"zh": "机密草稿"})
    sqlite_service.action(role="contributor", title={"zh": "机密提议"})
    found = {role: report(sqlite_service, "html", role=role, event="third-workshop").content for role in (None, "contributor", "editor")}
    assert len(set(found.values())) == 1
    assert "机密".encode() not in found[None]


def test_a_report_is_named_streamed_and_known_again(service: Service) -> None:
    response = report(service, "html", lang="en", document="A/AC.105/1294")
    headers = response.headers
    assert headers["content-disposition"] == 'inline; filename="progress-A-AC.105-1294-2026-11-22-en.html"'
    assert "style-src 'sha256-" in headers["content-security-policy"]
    assert (headers["content-type"], headers["cache-control"]) == ("text/html; charset=utf-8", "public, max-age=0, must-revalidate")
    for tag in (headers["etag"], "*"):
        again = service.get("/reports/progress.html?lang=en&document=A/AC.105/1294", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert report(service, "html", lang="zh", document="A/AC.105/1294").headers["etag"] != headers["etag"]
    assert report(service, "pdf", lang="zh").headers["content-disposition"].startswith("attachment; ")
    kept = service.app.app.memory.answers
    assert any(b"progress.html" in address for address in kept), "a small report is remembered"
    service.publish("HI-O6", on="2026-11-20")
    assert report(service, "html", lang="en", document="A/AC.105/1294").headers["etag"] != headers["etag"]


def slowly(*asked: Any, **more: Any) -> Any:
    time.sleep(0.3)
    return progress_report(*asked, **more)


def test_the_service_answers_while_reports_are_made_and_refuses_too_many_of_them(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.api.reports.progress_report", slowly)
    answers: list[int] = []
    first: list[str] = []

    async def ask(path: str) -> None:
        response = await sqlite_service.client.get(f"/api/v1{path}")
        answers.append(response.status_code)
        first.append(path)

    async def crowd() -> None:
        async with anyio.create_task_group() as group:
            for number in range(THREADS + MOST_WAITING + 4):
                group.start_soon(ask, f"/reports/progress.json?as_of=2026-11-{number + 1:02}")
            await anyio.sleep(0.05)
            group.start_soon(ask, "/commitments/HI-O7")

    sqlite_service.portal.call(crowd)
    assert answers.count(503) == 4
    assert answers.count(200) == THREADS + MOST_WAITING + 1
    assert first.index("/commitments/HI-O7") < 8, "it did not wait for the reports"


@pytest.fixture
def home(sqlite_template: SQLiteTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HAINAN_DATABASE_URL", sqlite_template.copy(tmp_path, seed=True))
    monkeypatch.setenv("HAINAN_LANG", "en")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_makes_reports_and_checks_them(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("zh", "en", "zh,en"):
        assert main(["report", "progress", "--lang", lang, "--event", "third-workshop", "--as-of", "2026-11-22", "-o", f"{lang}.html"]) == 0
    assert main(["report", "progress", "--format", "md", "--lang", "en", "--as-of", "2026-11-22", "-o", "-"]) == 0
    assert "# Progress in implementing the commitments" in capsys.readouterr().out
    assert main(["report", "check", "zh.html", "en.html"]) == 0
    assert re.search(r"ok: both say the same, \d{3} facts", capsys.readouterr().out)
    page = (home / "en.html").read_text("utf-8")
    (home / "other.html").write_text(page[: page.rindex("2023")] + "2024" + page[page.rindex("2023") + 4 :], "utf-8")
    assert main(["report", "check", "zh.html", "other.html"]) == 1
    said = capsys.readouterr().err
    assert "The files do not say the same." in said
    assert "date 2023-" in said
    for words in (["zh,en.html", "en.html"], ["zh.html", "en.md"], ["zh.odt", "en.odt"]):
        assert main(["report", "check", *words]) == 1
    assert main(["report", "check", "none.html", "en.html"]) == 2


def test_a_command_that_fails_leaves_no_file_and_names_its_option(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = set(home.iterdir())
    for words, said in (
        (["--lang", "fr"], "--lang: This is not one of the codes zh, en, zh,en."),
        (["--as-of", "2999-01-01"], "--as-of: This date lies after today"),
        (["--document", "A/1"], "--document: There is no document “A/1”."),
        (["--format", "odt"], "--format: This is not one of the codes json, html, md, docx, pdf, xlsx."),
        (["--gate", "refuse"], "texts are missing in a language, unchecked or stale.\n  commitment C41: citation is unchecked."),
    ):
        assert main(["report", "progress", "-o", "report.pdf", *words]) == 1
        assert said in capsys.readouterr().err
    assert main(["report", "progress", "--lang", "zh", "-o", "no/such/folder/report.md"]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert set(home.iterdir()) - before <= {home / "hainan.db-wal", home / "hainan.db-shm", home / "hainan.db.write.lock"}


def test_an_empty_register_has_a_report_too(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    with running(sqlite_template.copy(tmp_path, seed=False)) as empty:
        for kind in Format:
            assert report(empty, kind).status_code == 200, kind
