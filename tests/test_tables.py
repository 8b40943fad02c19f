"""CSV and XLSX: every text reads back as it was, nothing is ever a formula, also after LibreOffice has opened the file (T35, T37)."""

import csv
import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.formats import commas, xlsx
from app.formats.cells import LONGEST_CELL, Column, Kind, Table, shown_width
from app.i18n import Lang, gettext
from app.interchange.columns import FIELDS, FORMERLY
from tests.conftest import NO_SKIPS
from tests.service import Service, running
from tests.test_hostile import KEPT
from tests.test_record_file import filled

LEADS = [
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "=HYPERLINK(\"https://example.org\")", "=cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠SUM(1)", " =1", "\u3000=1",
    "'=1", "''=1", "'x", "=", "+", "-", "@", "-1", "+1.5", "-12%", "=\"a\"", "=DDE(\"a\";\"b\")", "\n=1", "=1\n+2", "|=1", "%0A=1",
]  # fmt: skip
NUMBERS = ("-1", "+1.5", "-12%")
MADE = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
TEXTS = [*LEADS, *KEPT.values(), "_x0041_", "a_x000D_b", " edge ", "1", "1e5", "TRUE", "2026-11-22", "0123", "\u2028", "好" * 20_000]


def table(texts: list[str]) -> Table:
    rows = [[text, n, dt.date(2026, 11, 22) if n % 2 else dt.date(1850, 1, 1), None] for n, text in enumerate(texts)]
    return Table("表 Table", [Column("案文"), Column("n", Kind.NUMBER), Column("on", Kind.DATE), Column("none")], rows)


def as_csv(texts: list[str]) -> bytes:
    file = io.BytesIO()
    commas.write(file, table(texts))
    return file.getvalue()


def as_xlsx(texts: list[str]) -> bytes:
    file = io.BytesIO()
    xlsx.write(file, [table(texts)], title="T", made=MADE)
    return file.getvalue()


def test_a_csv_file_gives_every_text_back_and_no_cell_begins_like_a_formula() -> None:
    content = as_csv(TEXTS)
    assert content.startswith(b'\xef\xbb\xbf"')
    rows = list(commas.read(content))
    assert [row[0] for row in rows[1:]] == TEXTS
    assert rows[1] == [LEADS[0], "0", "1850-01-01", ""]
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert row[0] in NUMBERS or row[0].lstrip(" \u3000\n\u2028")[:1] not in tuple("=+-@＝＋－＠")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_file_may_be_saved_with_other_separators_and_in_utf_16(separator: str) -> None:
    text = f"ref{separator}text_zh\r\nC41{separator}'=1\r\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert list(commas.read(text.encode(encoding))) == [["ref", "text_zh"], ["C41", "=1"]]


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [("编号".encode("gb18030"), "csv_not_utf8", 1), (b'"a","b"\n"c","d', "csv_broken", 2), (b'"a"x\n', "csv_broken", 1)],
)
def test_a_broken_csv_file_is_refused_with_its_row(content: bytes, code: str, row: int) -> None:
    with pytest.raises(commas.CommaError) as refused:
        list(commas.read(content))
    assert (refused.value.code, refused.value.row) == (code, row)


def cells(content: bytes) -> Iterator[list[Any]]:
    for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows():  # type: ignore[union-attr]
        yield list(row)


def test_a_workbook_gives_every_text_back_as_a_text() -> None:
    content = as_xlsx(TEXTS)
    rows = list(cells(content))
    ((name, read),) = xlsx.read(content)
    assert name == "表 Table"
    assert [row[0] for row in read[1:]] == TEXTS
    assert read[2] == [TEXTS[1], 1, dt.date(2026, 11, 22)]
    assert {row[0].data_type for row in rows[1:]} == {"s"}
    assert all(row[0].quotePrefix for row in rows[1:])
    assert (rows[2][1].value, str(rows[2][2].value), rows[2][2].number_format) == (1, "2026-11-22 00:00:00", "yyyy-mm-dd")
    assert rows[1][2].value == "1850-01-01"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        inside = b"".join(book.read(name) for name in book.namelist())
    assert b"<f>" not in inside
    assert b"externalLink" not in inside
    assert content == as_xlsx(TEXTS)


def test_a_workbook_never_cuts_a_text() -> None:
    with pytest.raises(xlsx.TooMuchError):
        as_xlsx(["a" * (LONGEST_CELL + 1)])
    with pytest.raises(xlsx.TooMuchError):
        as_xlsx(["😀" * (LONGEST_CELL // 2 + 1)])
    as_xlsx(["😀" * (LONGEST_CELL // 2)])


def test_columns_are_as_wide_as_chinese_text_needs() -> None:
    assert shown_width("海南 A\n长期可持续性") == 12
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(["联合国外层空间事务厅"]))).active
    assert sheet is not None
    assert 20 <= sheet.column_dimensions["A"].width <= 24
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:D2")


def test_libreoffice_opens_both_and_nothing_in_them_runs(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        if NO_SKIPS:
            pytest.fail("LibreOffice is not installed, and skipping is forbidden here")
        pytest.skip("LibreOffice is not installed (Debian package libreoffice-calc-nogui)")
    (tmp_path / "a.csv").write_bytes(as_csv(LEADS))
    (tmp_path / "b.xlsx").write_bytes(as_xlsx(LEADS))
    (tmp_path / "out").mkdir()
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    filters = ["--infilter=CSV:44,34,76,1,,0,true,true"]
    for name, extra in (("a.csv", filters), ("b.xlsx", [])):
        command = [office, home, "--headless", *extra, "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    opened = {name: list(cells((tmp_path / "out" / f"{name}.xlsx").read_bytes())) for name in ("a", "b")}
    for rows in opened.values():
        assert {cell.data_type for row in rows for cell in row} & {"f", "e"} == set()
    assert [row[0].value for row in opened["b"][1:]] == LEADS
    shown = [str(row[0].value) for row in opened["a"][1:]]
    for text, cell in zip(LEADS, shown, strict=True):
        assert text in NUMBERS or commas.unguarded(cell) == text


@pytest.fixture(scope="module")
def office(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(sqlite_template.copy(tmp_path_factory.mktemp("office"), seed=True)) as service:
        yield filled(service)


def rows_of(service: Service, query: str) -> list[dict[str, str]]:
    response = service.get(f"/export.csv?{query}")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    names, *rows = commas.read(response.content)
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_the_tables_say_what_the_lists_say(office: Service) -> None:
    listed = office.get("/commitments?limit=200").json()["items"]
    found = rows_of(office, "table=commitments")
    assert [one["ref"] for one in found] == [one["ref"] for one in listed]
    for one, other in zip(found, listed, strict=True):
        for name in ("text", "citation", "lead_verb"):
            assert {lang: one[f"{name}_{lang}"] or None for lang in ("zh", "en")} == other[name]
        assert (one["status"], one["version"], one["review_due_on"] or None) == (
            other["status"],
            str(other["version"]),
            other["review_due_on"],
        )
    seven = next(one for one in found if one["ref"] == "HI-O7")
    assert (seven["responsible"], seven["target_on"], seven["addressees"]) == (
        "unoosa; cnsa",
        "2027-12-31",
        "stakeholders; series-organizers (inferred)",
    )
    updates = rows_of(office, "table=status_updates")
    assert [one["ref"] for one in updates] == ["HI-O6.1", "HI-O7b.1", "HI-O7b.2", "HI-O7b.3"]
    assert updates[1]["narrative_zh"] == "第一行\n第二行，“引号”"
    assert updates[2]["evidence"].split("\n")[1] == "A/78/20; 2023-07-01"
    assert [one["ref"] for one in rows_of(office, "table=actions")] == ["A1"]
    coverage = rows_of(office, "table=coverage&event=third-workshop")
    assert [(one["commitment"], one["contribution"]) for one in coverage if one["action"]] == [
        ("C43", "implements"),
        ("HI-O7b", "implements"),
    ]
    assert {one["commitment"] for one in coverage if one["orphan"]} == {"C42", "R45", "R46", "HI-O6"}


def test_a_language_that_is_not_asked_for_has_no_column(office: Service) -> None:
    names = set(rows_of(office, "lang=en&status=continuing")[0])
    assert {name for name in names if name.endswith("_zh")} == set()
    assert "text_en" in names
    assert set(rows_of(office, "lang=zh,en")[0]) == {field.name for field in FIELDS["commitments"]}
    assert office.get("/export.csv?lang=fr").status_code == 422


def test_the_workbook_has_a_sheet_for_each_table_and_one_that_explains_them(office: Service) -> None:
    response = office.get("/export.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["说明 About", "承诺 Commitments", "进展情况 Status updates", "后续行动 Actions", "覆盖情况 Coverage"]
    explained = [row[1] for row in book["说明 About"].iter_rows(min_row=6, values_only=True)]
    assert explained == [field.name for fields in FIELDS.values() for field in fields]
    about = next(book["说明 About"].iter_rows(min_row=2, values_only=True))
    assert about[1] == f"{office.db.head().seq} ({office.db.head().hash[:16]})"
    sheet = book["承诺 Commitments"]
    headings = [cell.value for cell in sheet[1]]
    assert headings[:2] == ["编号 / Ref", "出处（中文） / Citation (Chinese)"]
    assert [cell.value for cell in sheet["A"]][1:] == [one["ref"] for one in office.get("/commitments?limit=200").json()["items"]]
    assert isinstance(
        next(row for row in sheet.iter_rows(min_row=2, values_only=True) if row[0] == "HI-O7")[headings.index("目标日期 / Target date")],
        dt.datetime,
    )
    english = openpyxl.load_workbook(io.BytesIO(office.get("/export.xlsx?lang=en&document=A/AC.105/1294").content))
    assert english["Commitments"]["A1"].value == "Ref"


def test_columns_are_called_what_the_pages_call_them() -> None:
    """The message a page says and the column that holds the same, in both languages."""
    said = {
        "citation_zh": "Citation", "lead_verb_en": "Lead verb", "label": "Number in the text", "translation": "Translation state",
        "partners": "Partners", "priority": "Priority", "due_on": "Due on", "effective_on": "Effective date", "state": "Stage of review",
        "status_effective_on": "Effective date of the status", "tracking": "Tracking", "kind": "Kind", "owner": "Owner",
        "responsible": "Responsible", "target_on": "Target date", "evidence": "Evidence", "contribution": "Contribution",
    }  # fmt: skip
    fields = {field.name: field for fields in FIELDS.values() for field in fields}
    called = {name: (re.sub("（.文）", "", fields[name].zh), re.sub(r" \((Chinese|English)\)", "", fields[name].en)) for name in said}
    assert called == {name: (gettext(Lang.ZH, message), message) for name, message in said.items()}


def test_no_table_has_two_columns_of_one_name_now_or_formerly() -> None:
    for fields in FIELDS.values():
        headings = [heading for field in fields for heading in {field.zh, field.en, *FORMERLY.get(field.name, ())}]
        assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    "query", ["table=treaties", "table=coverage", "table=coverage&event=nowhere", "lang=en,zh", "as_recorded=3", "limit=5"]
)
def test_a_bad_question_is_refused(office: Service, query: str) -> None:
    assert office.get(f"/export.csv?{query}").status_code in (400, 422)


def test_hostile_text_comes_out_of_every_file_as_it_is(sqlite_service: Service) -> None:
    good = {name: text for name, text in {**KEPT, **{lead: lead for lead in LEADS}}.items() if text == text.strip(" \u3000\n")}
    tag = sqlite_service.tag("/commitments/C42")
    for text in good.values():
        body = {"confirmed_on": "2026-11-20"}
        change = {"status": "continuing", "effective_on": "2026-11-01", "state": "published", "narrative": {"zh": text, "en": text}}
        made = sqlite_service.post("/commitments/C42/status-updates", change, role="editor", tag=tag)
        assert made.status_code == 201, (body, made.text)
        tag = sqlite_service.tag("/commitments/C42")
    wanted = [one["narrative"] for one in reversed(sqlite_service.get("/commitments/C42").json()["status_updates"])]
    found = rows_of(sqlite_service, "table=status_updates")
    assert [{"zh": one["narrative_zh"], "en": one["narrative_en"]} for one in found] == wanted
    book = openpyxl.load_workbook(io.BytesIO(sqlite_service.get("/export.xlsx").content))
    sheet = book["进展情况 Status updates"]
    names = [cell.value for cell in sheet[1]]
    column = names.index("说明（中文） / Narrative (Chinese)")
    assert [row[column] for row in sheet.iter_rows(min_row=2, values_only=True)] == [one["zh"] for one in wanted]
