"""Progress reports: every format says what the register says, in both languages alike, and twice the same bytes."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.codes import EvidenceKind, Level, Status, TranslationState
from app.db import Database
from app.domain.commitment_list import CommitmentFilter, commitment_page
from app.domain.progress import ProgressQuery, progress
from app.domain.vocabularies import vocabularies
from app.errors import Conflict, Unavailable
from app.formats.apart import LimitError, ProcessError
from app.formats.pdf import compiled
from app.i18n import Lang, Text
from app.reports import as_md, parity
from app.reports.build import progress_report
from app.reports.delivery import compared, delivered, prove
from app.reports.formats import Format, writer
from app.reports.model import Report, ReportEvidence, ReportText, TextState
from app.reports.outline import outline
from app.reports.request import Content, Layout, ReportLang
from app.reports.voice import Side, Voice
from app.reports.wording import counted, said
from tests.engines import PostgresTemplate
from tests.reports import Words, part, pdf, samples, text_of, word, workbook, written

CONTENT = Content(event="third-workshop", since=dt.date(2025, 9, 30), as_of=dt.date(2026, 9, 30))
LABELS = {term.code: term.label for term in vocabularies().statuses}


class Files(dict[tuple[Format, Lang], bytes]):
    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report

    def __missing__(self, key: tuple[Format, Lang]) -> bytes:
        self[key] = written(self.report, *key)
        return self[key]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with samples().register(f"sqlite:///{tmp_path_factory.mktemp('samples') / 'sample.db'}") as db:
        yield db


def made(db: Database, content: Content = CONTENT) -> Report:
    with db.read() as session:
        return progress_report(session, content, 12)


@pytest.fixture(scope="module")
def report(register: Database) -> Report:
    return made(register)


@pytest.fixture(scope="module")
def files(report: Report) -> Files:
    """The report in every format and each language, made when it is first asked for."""
    return Files(report)


def test_the_numbers_and_the_standing_are_those_of_the_register(register: Database, report: Report) -> None:
    with register.read() as session:
        numbers = progress(session, ProgressQuery(event="third-workshop", since=CONTENT.since, as_of=CONTENT.as_of), 12)
        rows = commitment_page(session, CommitmentFilter(as_of=CONTENT.as_of, limit=200), 12).items
    assert report.numbers == numbers
    assert [(one.ref, one.status, one.last_confirmed_on, one.review_due_on, one.text.text) for one in report.commitments] == [
        (one.ref, one.status, one.last_confirmed_on, one.review_due_on, one.text) for one in rows
    ]
    assert report.numbers.changes is not None
    assert report.difference is not None
    assert len(report.difference.updates) == report.numbers.changes.updates == 4
    assert len(report.difference.confirmations) == report.numbers.changes.confirmations == 1
    assert report.timeline[-1].by_status == report.numbers.operational.by_status
    assert {one.ref for one in report.freshness if one.overdue} == {"HI-O6", "HI-O7", "R45"}
    assert sum(one.overdue for one in report.freshness) == report.numbers.ageing.overdue
    o7b = next(one for one in report.commitments if one.ref == "HI-O7b")
    assert (o7b.level, o7b.months_unconfirmed, [step.status for step in o7b.steps]) == (Level.PART, 11, [Status.UNDER_IMPLEMENTATION])
    assert [(service.action, service.contribution) for service in o7b.served_by] == [("A1", "implements")]


def test_the_summary_is_made_of_the_numbers_with_plurals_and_measure_words(report: Report) -> None:
    assert report.summary[0] == Text(
        zh="截至2026年9月30日，本报告涵盖25项承诺：行动性6项，宣示性19项。",
        en="As at 30 September 2026, this report covers 25 commitments: 6 operational and 19 declaratory.",
    )
    assert report.summary[2] == Text(
        zh="6项行动性承诺中，1项“尚未评估”、2项“正在执行”、1项“已执行”和2项“持续执行”。",
        en="Of the 6 operational commitments, 1 is “Not yet assessed”, 2 are “Under implementation”, 1 is “Implemented” and 2 are “Continuing”.",
    )
    one, many = "The review of {n} operational commitment is overdue.", "The review of {n} operational commitments is overdue."
    assert counted(1, one, many) == Text(zh="1项行动性承诺逾期未复核。", en="The review of 1 operational commitment is overdue.")
    assert counted(1_200, one, many).en == "The review of 1,200 operational commitments is overdue."
    assert said("{number} per cent", number=43) == Text(zh="43%", en="43 per cent")


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("format", [one for one in Format if one is not Format.JSON])
def test_every_format_states_every_commitment_and_its_status_in_document_order(
    files: Files, report: Report, format: Format, lang: Lang
) -> None:
    text = "".join(text_of(files[format, lang], format).split()).replace("\\", "")
    place = text.rindex(_bare(report.summary[-1], lang))
    for one in report.commitments:
        place = text.index(_bare(one.text.text, lang)[:30], place)
        assert text.index(_bare(LABELS[one.status], lang), place) - place < 4_000, one.ref
    for sentence in report.summary:
        assert _bare(sentence, lang) in text
    for words in (report.title, Text(report.hash[:16], report.hash[:16])):
        assert _bare(words, lang) in text


@pytest.mark.parametrize("format", [Format.MD, Format.HTML, Format.DOCX, Format.XLSX, Format.PDF])
def test_our_words_in_a_chinese_report_are_chinese(report: Report, format: Format) -> None:
    open_texts = [TextState("status_update", "C42.1", field, TranslationState.MISSING) for field in ("narrative", "evidence/0/note")]
    told = msgspec.structs.replace(report, translations=msgspec.structs.replace(report.translations, texts=open_texts))
    own = " ".join(line.text for line in writer(format).read(written(told, format, Lang.ZH)) if not line.free)
    assert set(re.findall(r"(?<![\w/.-])[a-z]{3,}(?![\w.-])", re.sub(r"https?://\S+", "", own))) == set()


def _bare(text: Text, lang: Lang) -> str:
    return "".join((getattr(text, lang) or "").split())


def test_the_json_is_the_report_itself(files: Files, report: Report) -> None:
    assert msgspec.json.decode(files[Format.JSON, Lang.ZH], type=Report) == report
    assert files[Format.JSON, Lang.ZH] == files[Format.JSON, Lang.EN]


def test_the_web_page_is_one_file_that_says_its_language_and_asks_for_nothing(files: Files, report: Report) -> None:
    for lang, tag in ((Lang.ZH, "zh-Hans"), (Lang.EN, "en")):
        page = files[Format.HTML, lang].decode()
        assert f'<html lang="{tag}">' in page
        assert [one for one in Words(page).addresses if not one.startswith(("#", "https://example.org/"))] == []
        assert re.findall(r"url\((?!#)|@import|<script|<link|style=", page) == []
        assert page.count('role="img"') == page.count("<title id=") == page.count("<desc id=") == 2
        targets, ids = set(re.findall(r'href="#([^"]+)"', page)), re.findall(r' id="([^"]+)"', page)
        assert targets <= set(ids)
        assert len(ids) == len(set(ids))
    both = written(report, Format.HTML).decode()
    assert both.count('<div class="pair"><blockquote lang="zh-Hans">') == len(report.commitments)
    assert both.count('lang="en"') > 100


def test_a_title_is_never_run_as_a_template(report: Report) -> None:
    title = Text(zh="甲 {{ 7*7 }} {% set x = 1 %}", en="A {{ 7*7 }} {% set x = 1 %}")
    data = written(msgspec.structs.replace(report, title=title), Format.DOCX, Lang.EN)
    for name in ("document", "header1"):
        assert "A {{ 7*7 }} {% set x = 1 %}" in re.sub("<[^>]+>", "", part(data, f"word/{name}.xml")), name


def test_a_large_pdf_is_made_in_a_process_of_its_own_with_the_same_bytes(
    files: Files, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.formats.pdf._LARGE", 0)
    monkeypatch.setattr("app.formats.pdf._compiled_here", None)
    assert written(report, Format.PDF, Lang.ZH) == files[Format.PDF, Lang.ZH]


def test_a_pdf_that_takes_too_long_is_refused_in_words(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.formats.pdf._LARGE", 0)
    monkeypatch.setattr("app.formats.pdf._WALL", 0.0001)
    with pytest.raises(Unavailable) as refused:
        written(report, Format.PDF, Lang.ZH)
    assert refused.value.code == "report_too_much"


def test_the_process_of_a_large_pdf_is_held_to_memory_and_says_why_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    template, day = '#let words = range({n}).map(str).join(" ")\n#set document(title: "-")\n#words', dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    monkeypatch.setattr("app.formats.pdf._LARGE", 0)
    assert compiled(template.format(n=1), [], {}, date=day).startswith(b"%PDF-")
    with pytest.raises(LimitError):
        compiled(template.format(n=2_000_000), [], {}, date=day)
    with pytest.raises(ProcessError, match="unknown variable: nothing"):
        compiled("#nothing", [], {}, date=day)


def test_texts_in_both_languages_are_paragraphs_in_their_language(report: Report) -> None:
    found = pdf(written(report, Format.PDF))
    objects: list[Any] = [found.get_object(number) for number in range(1, int(cast(Any, found.trailer)["/Size"]))]
    paragraphs = [one for one in objects if isinstance(one, dict) and one.get("/S") == "/P"]
    narratives = sum(one.narrative is not None for one in report.commitments)
    assert cast(Any, found.trailer["/Root"])["/Lang"] == "zh-CN"
    for lang in (None, "en-GB"):  # the language of the file need not be said again
        assert sum(one.get("/Lang") == lang for one in paragraphs) >= len(report.commitments) + 2 * narratives


def test_the_pdf_is_tagged_and_has_an_outline_a_language_and_its_own_chinese_face(files: Files, report: Report) -> None:
    for lang, tag in ((Lang.ZH, "zh-CN"), (Lang.EN, "en-GB")):
        found = pdf(files[Format.PDF, lang])
        root: Any = found.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  # an object of the reader that is equal to it
        assert str(root["/Lang"]).lower() == tag.lower()
        assert b"pdfuaid:part" in root["/Metadata"].get_data()
        assert found.metadata is not None
        assert found.metadata.title == getattr(report.title, lang)
        assert len([one for one in found.outline if not isinstance(one, list)]) == 8
        pages, texts = len(found.pages), [page.extract_text() for page in found.pages]
        assert [n for n, text in enumerate(texts, 1) if not re.search(rf"{n}/{pages}\b", text)] == []
        warned = ["unofficial working translation is not a United Nations text" in text.replace("\n", " ") for text in texts]
        assert warned == [lang is Lang.EN] * pages
        fonts = {font["/BaseFont"].partition("+")[2] for page in cast(Any, found.pages) for font in page["/Resources"]["/Font"].values()}
        wanted = {"NotoSansCJKsc-Regular", "NotoSansCJKsc-Bold"} if lang is Lang.ZH else {"LibertinusSerif-Regular", "LibertinusSerif-Bold"}
        assert wanted <= {font.removesuffix("-Identity-H") for font in fonts}


def test_the_word_file_can_be_edited_and_knows_both_kinds_of_script(files: Files) -> None:
    for lang, tag in ((Lang.ZH, "zh-CN"), (Lang.EN, "en-GB")):
        data = files[Format.DOCX, lang]
        found, styles, body = word(data), part(data, "word/styles.xml"), part(data, "word/document.xml")
        headings = [one for one in found.paragraphs if one.style.name.startswith("Heading")]
        assert [one.style.name for one in headings].count("Heading 1") == 8
        assert [one.style.name for one in headings].count("Heading 3") == 4, "parts stand below their commitments"
        assert 'w:eastAsia="宋体"' in styles
        assert "asciiTheme" not in styles.partition('w:styleId="Normal"')[2].partition("</w:style>")[0]
        assert '<w:lang w:val="en-GB" w:eastAsia="zh-CN"/>' in styles.partition("<w:rPrDefault>")[2].partition("</w:rPrDefault>")[0]
        assert found.core_properties.language == tag
        assert (
            body.count("<w:tblHeader/>")
            == body.count("<w:tblCaption ")
            == len([one for one in found.tables if "tblHeader" in one._tbl.xml])
        )
        pictures = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', body)
        assert len(pictures) == 2
        assert all(str(number) in pictures[0] for number in (11, 6, 2))
        foot = "".join(part(data, name) for name in ("word/footer1.xml", "word/footer2.xml"))
        assert foot.count('w:instr="PAGE"') == foot.count('w:instr="NUMPAGES"') == 2
        assert ("unofficial working translation is not" in foot) is (lang is Lang.EN)
        assert 'TOC \\o "1-1"' in body


def test_the_workbook_is_typed_filtered_and_has_native_charts(files: Files, report: Report) -> None:
    for lang in Lang:
        book = workbook(files[Format.XLSX, lang])
        page = book.worksheets[2]
        head = [cell.value for cell in page[2]]
        rows = {row[0].value: dict(zip(head, row, strict=True)) for row in page.iter_rows(min_row=3)}
        status, effective = getattr(said("Status"), lang), getattr(said("Effective"), lang)
        assert {ref: row[status].value for ref, row in rows.items()} == {
            one.ref: getattr(LABELS[one.status], lang) for one in report.commitments
        }
        assert rows["HI-O7b"][effective].value.date() == dt.date(2025, 10, 2)
        text = rows["HI-O7b"][getattr(said("Text"), lang)]
        assert (text.value, text.data_type, text.quotePrefix) == (
            getattr(next(one for one in report.commitments if one.ref == "HI-O7b").text.text, lang), "s", True
        )  # fmt: skip
        groups = "\n".join(row[getattr(said("Addressed to"), lang)].value or "" for row in rows.values())
        assert ("；" in groups, "; " in groups) == (lang is Lang.ZH, lang is Lang.EN)
        assert page.freeze_panes == "B3"
        assert page.auto_filter.ref is not None
        assert [rule.formula1.count(",") for rule in page.data_validations.dataValidation] == [6]
        assert [len(sheet._charts) for sheet in book.worksheets][1] == 2
        days = part(files[Format.XLSX, lang], "xl/charts/chart2.xml").partition("<c:catAx>")[2].partition("</c:catAx>")[0]
        assert '<c:numFmt formatCode="General"' not in days
        assert 'descr="' in part(files[Format.XLSX, lang], "xl/drawings/drawing1.xml")
        assert all(page.column_dimensions[column].width < 60 for column in "ABCG")


def test_both_layouts_of_both_languages_can_be_written_in_every_format(report: Report) -> None:
    for kind in Format:
        for layout in Layout:
            data = b"".join(delivered(report, kind, ReportLang.BOTH, layout))
            if kind is Format.PDF:  # reading it takes long, and it is read in each language elsewhere
                assert data.startswith(b"%PDF-")
                continue
            bare = "".join(text_of(data, kind).split())
            assert "HI-O7b" in bare, (kind, layout)
            assert all(_bare(report.summary[3], lang) in bare for lang in Lang), (kind, layout)


@pytest.mark.parametrize("format", Format)
def test_the_same_report_gives_the_same_bytes(files: Files, register: Database, format: Format) -> None:
    again = made(register)
    for lang in Lang:
        assert written(again, format, lang) == files[format, lang]


@pytest.mark.postgresql
def test_the_other_engine_gives_the_same_bytes(postgres_template: PostgresTemplate, files: Files, tmp_path: Any, report: Report) -> None:
    postgres_template.sql("CREATE DATABASE samples")
    with samples().register(postgres_template.url("samples")) as db:
        other = made(db)
    assert other == report
    assert written(other, Format.DOCX, Lang.ZH) == files[Format.DOCX, Lang.ZH]


def test_what_was_recorded_earlier_is_reported_as_it_was_then(register: Database) -> None:
    """The report of an earlier revision has the bytes it would have had then, but for the day it is about, which is given."""
    early = made(register, Content(event="third-workshop", as_of=dt.date(2025, 3, 31), as_recorded="125"))
    assert (early.revision, early.actions, early.numbers.actions.total) == (125, [], 0)
    assert {one.ref: one.status for one in early.commitments if one.status != "not_assessed"} == {
        "HI-O7": "not_started", "HI-O6": "under_implementation", "C42": "continuing", "HI-O6b": "under_implementation",
    }  # fmt: skip
    now = made(register, Content(event="third-workshop", as_of=dt.date(2025, 3, 31)))
    assert next(one.status for one in now.commitments if one.ref == "HI-O7") == "under_implementation"
    with ExitStack() as stack:
        session = stack.enter_context(register.read())
        head = progress_report(session, CONTENT, 12).revision
        as_recorded = progress_report(session, msgspec.structs.replace(CONTENT, as_recorded=str(head)), 12)
    assert as_recorded == made(register)


@pytest.mark.parametrize("format", Format)
def test_two_languages_of_a_format_are_proved_to_say_the_same(files: Files, format: Format) -> None:
    assert compared(files[format, Lang.ZH], files[format, Lang.EN], format) > 300


def _with(report: Report, **changes: Any) -> Report:
    """The report with another commitment R46."""
    commitments = [msgspec.structs.replace(one, **changes) if one.ref == "R46" else one for one in report.commitments]
    return msgspec.structs.replace(report, commitments=commitments)


def _swapped(report: Report) -> Report:
    text = next(one.text for one in report.commitments if one.ref == "R46")
    return _with(report, text=msgspec.structs.replace(text, text=Text(zh=text.text.en, en=text.text.zh)))


def _another_point(report: Report) -> Report:
    first, *others = report.timeline
    point = msgspec.structs.replace(first, by_status=first.by_status | {"not_assessed": 17})
    return msgspec.structs.replace(report, timeline=[point, *others])


PLANTED: dict[str, tuple[Any, str]] = {
    "a date": (lambda report: _with(report, status_effective_on="2026-09-02"), "2026-09-02"),
    "a status": (lambda report: _with(report, status="continuing"), "continuing"),
    "a link": (lambda report: _with(report, served_by=[]), "A1"),
    "a dropped commitment": (
        lambda report: msgspec.structs.replace(report, commitments=[one for one in report.commitments if one.ref != "R46"]), "R46"
    ),
    "a count": (
        lambda report: msgspec.structs.replace(
            report, numbers=msgspec.structs.replace(report.numbers, operational=msgspec.structs.replace(
                report.numbers.operational, by_status=report.numbers.operational.by_status | {"continuing": 3}
            ))
        ), "3",
    ),
    "a point of a chart": (_another_point, "17"),
    "a swapped language": (_swapped, "zh"),
}  # fmt: skip


NAMED_CHART = {Lang.ZH: "序言段：", Lang.EN: "Preambular paragraph: "}
SPOKEN = [(one, planted) for one in (Format.MD, Format.HTML, Format.XLSX) for planted in PLANTED]


@pytest.mark.parametrize(("format", "planted"), SPOKEN)
def test_a_planted_difference_is_found_and_named(files: Files, report: Report, format: Format, planted: str) -> None:
    change, named = PLANTED[planted]
    other = written(change(report), format, Lang.EN)
    with pytest.raises(Conflict) as refused:
        compared(files[format, Lang.ZH], other, format)
    assert refused.value.code == "files_differ"
    assert any(named in f"{error.params['first']} {error.params['second']}" for error in refused.value.errors)


@pytest.mark.parametrize(("format", "planted"), [(Format.PDF, "a date"), (Format.DOCX, "a swapped language")])
def test_a_planted_difference_is_found_in_finished_documents(files: Files, report: Report, format: Format, planted: str) -> None:
    other = written(PLANTED[planted][0](report), format, Lang.EN)
    with pytest.raises(Conflict, match="files_differ"):
        compared(files[format, Lang.ZH], other, format)


def _retold(data: bytes) -> bytes:
    """The page with a chart whose description has another number than its table."""
    return re.sub(rb"(<desc[^>]*>[^<]*?)\d+", rb"\g<1>77", data, count=1)


def test_a_chart_that_says_something_else_than_its_twin_is_found(files: Files) -> None:
    with pytest.raises(Conflict, match="files_differ"):
        compared(files[Format.HTML, Lang.ZH], _retold(files[Format.HTML, Lang.EN]), Format.HTML)
    for lang in Lang:
        told = [line.text for line in writer(Format.DOCX).read(files[Format.DOCX, lang])]
        assert sum(NAMED_CHART[lang] in text for text in told) == 1


def test_a_report_in_both_languages_that_would_not_say_the_same_is_not_handed_out(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    prove(report, outline(report))
    wrong = {**LABELS, "continuing": Text(zh="已执行", en="Continuing")}
    monkeypatch.setattr("app.reports.blocks.label", lambda vocabulary, code: wrong[code] if vocabulary == "statuses" else said(code))
    with pytest.raises(Conflict) as refused:
        delivered(report, Format.HTML, ReportLang.BOTH, Layout.COLUMNS)
    assert refused.value.code == "languages_differ"
    assert "status implemented" in refused.value.errors[0].params["zh"]


ODD = [
    "各方应当：\n(a) 合作；\n(b) 交流。", "1. 测试", "11) 测试\n 2. 测试", "12", "1234567890. x", "ends with \\", "a\\\nb\\\\\n\nc", " - x\n+y\n=",
    "*a* _b_ [c](d) <e> &amp; |f| ~g~ `h` # $i$", "<https://example.org/*>", "https://example.org/*a", "> quoted\n> twice",
]  # fmt: skip


@pytest.mark.parametrize("words", ODD)
def test_whatever_a_commitment_says_is_read_back_by_the_proof(report: Report, words: str) -> None:
    odd = ReportText(Text(zh=words, en=None), TranslationState.MISSING, [])
    prove(told := _with(report, text=odd), outline(told))


@given(st.lists(st.text("\\*_>. )1-+=<a中\n", max_size=12), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_what_markdown_escapes_it_reads_back(pieces: list[str]) -> None:
    words = "\n".join(pieces)
    writer_of_quotes = as_md._Writer(Voice((Lang.ZH,)))
    quoted = "\n" + "\n".join(writer_of_quotes._quoted(Side(Lang.ZH, words)))
    found = [line.text for line in as_md.read(quoted.encode()) if line.free]
    assert "".join("".join(found).split()) == "".join(words.split())


def test_addresses_and_days_of_every_sort_are_read_back_by_the_proof(report: Report) -> None:
    plain: dict[str, Any] = {"title": None, "symbol": None, "paragraph": None, "url": None, "date": None, "note": None}
    web = ReportEvidence(kind=EvidenceKind.WEB, **plain | {"url": "https://example.org/a_b*c", "date": "0850-02-01"})
    document = ReportEvidence(kind=EvidenceKind.DOCUMENT, **plain | {"symbol": "A/1", "paragraph": "2026年1月1日"})
    odd = _with(report, evidence=[web, document, web], target_on="0201-01-01")
    prove(odd, outline(odd))
    for kind in (Format.XLSX, Format.HTML, Format.DOCX, Format.PDF, Format.MD):
        assert compared(written(odd, kind, Lang.ZH), written(odd, kind, Lang.EN), kind)


def test_what_is_no_report_in_one_language_is_refused(files: Files, report: Report) -> None:
    with pytest.raises(Conflict, match="not_one_language"):
        compared(files[Format.HTML, Lang.ZH], written(report, Format.HTML), Format.HTML)
    for kind in (Format.PDF, Format.DOCX, Format.XLSX, Format.JSON):
        with pytest.raises(Conflict, match="not_readable"):
            compared(b"nothing", files[kind, Lang.EN], kind)
    for kind, first, second in ((Format.JSON, "{}", "{}"), (Format.JSON, "[]", "{}"), (Format.MD, "摘要", "Summary")):
        with pytest.raises(Conflict, match="not_readable"):
            compared(first.encode(), second.encode(), kind)


def test_the_proof_reads_dates_of_both_languages() -> None:
    line = writer(Format.MD).read
    pairs = {"2022年11月21日至24日": "21–24 November 2022", "2022年10月30日至11月2日": "30 October–2 November 2022",
             "2022年12月30日至2023年1月2日": "30 December 2022–2 January 2023", "2022 年 11 月 24 日": "24 November\n2022"}  # fmt: skip
    for zh, en in pairs.items():
        found = [list(parity.tokens(line(words.encode()), lang)) for words, lang in ((zh, Lang.ZH), (en, Lang.EN))]
        assert found[0] == found[1], zh
        assert {token.kind for token in found[0]} == {"date"}
