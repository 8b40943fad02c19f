"""Uploads: nothing is written before somebody accepts; what changed meanwhile is a conflict; hostile files hurt nobody (T34)."""

import io
import json
import threading
import time
import zipfile
from typing import Any

import httpx
import openpyxl
import pytest
from openpyxl.styles import Font

from app.formats import commas, confined
from app.formats.archive import ArchiveError, checked
from app.formats.cells import Column, Table
from tests.engines import SQLiteTemplate
from tests.service import Service, running
from tests.test_openapi import described, keeps_its_promise
from tests.test_record_file import exported, filled

NDJSON, CSV = "application/x-ndjson", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NEW = [
    {"type": "organization", "id": "isro", "name": {"en": "ISRO"}, "kind": "space-agency"},
    {"type": "document", "symbol": "A/79/20", "title": {"zh": "报告"}},
    {"type": "commitment", "ref": "T3-O1", "document": "A/79/20", "kind": "operative", "position": 1, "text": {"zh": "鼓励；"}},
]  # fmt: skip


def lines(*records: Any) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def send(service: Service, content: bytes, media: str = NDJSON, query: str = "", **more: Any) -> httpx.Response:
    headers = {"Content-Type": media} | more.pop("headers", {})
    return service.call("POST", f"/imports{query}", content=content, headers=headers, **({"role": "editor"} | more))


def sent(service: Service, content: bytes, media: str = NDJSON, query: str = "") -> dict[str, Any]:
    response = send(service, content, media, query)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/api/v1/imports/{made['id']}"
    assert service.get(f"/imports/{made['id']}", role="editor").json() == made
    return made


def accept(service: Service, made: dict[str, Any], records: list[str] | None = None, **more: Any) -> httpx.Response:
    body = {} if records is None else {"records": records}
    return service.post(f"/imports/{made['id']}/accept", body, **({"role": "editor"} | more))


def refused(response: httpx.Response) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.text
    return [(one["pointer"], one["code"]) for one in response.json()["errors"]]


class Sheet:
    """A table as the service exports it, edited by hand."""

    def __init__(self, service: Service, table: str = "commitments", role: str | None = None) -> None:
        self.table = table
        response = service.get(f"/export.csv?table={table}")
        self.names, *self.rows = list(commas.read(response.content))

    def set(self, ref: str, name: str, value: str) -> "Sheet":
        row = next(row for row in self.rows if row[self.names.index("ref")] == ref)
        row[self.names.index(name)] = value
        return self

    def add(self, **values: str) -> "Sheet":
        self.rows.append([values.get(name, "") for name in self.names])
        return self

    def csv(self) -> bytes:
        file = io.BytesIO()
        commas.write(file, Table("", [Column(name) for name in self.names], self.rows))
        return file.getvalue()


def test_a_record_file_is_looked_at_and_then_accepted_whole(service: Service) -> None:
    head = service.db.head()
    made = sent(service, lines(*NEW))
    assert service.db.head() == head
    assert (made["kind"], made["accepted"], made["counts"]) == ("ndjson", False, {"new": 3, "changed": 0, "equal": 0, "conflict": 0})
    assert [(one["id"], one["state"], one["where"]) for one in made["records"]] == [
        ("organization/isro", "new", "1"), ("document/A/79/20", "new", "2"), ("commitment/T3-O1", "new", "3"),
    ]  # fmt: skip
    done = accept(service, made)
    assert (done.status_code, done.json()["accepted"], done.json()["counts"]["equal"]) == (200, True, 3)
    assert service.entries(head.seq) == [
        ("record:import", kind, ref) for kind, ref in (("document", "A/79/20"), ("commitment", "T3-O1"), ("organization", "isro"))
    ]
    assert accept(service, made).status_code == 409
    service.proves_itself()


def test_some_records_are_accepted_and_others_left(sqlite_service: Service) -> None:
    made = sent(sqlite_service, lines(*NEW))
    assert refused(accept(sqlite_service, made, ["commitment/T3-O1"])) == [("3/document", "unknown_reference")]
    assert refused(accept(sqlite_service, made, ["commitment/T9"])) == [("/records/0", "unknown_reference")]
    assert accept(sqlite_service, made, ["organization/isro"]).status_code == 200
    assert sqlite_service.get("/commitments/T3-O1").status_code == 404
    assert any(one["id"] == "isro" for one in sqlite_service.get("/organizations").json()["items"])


def test_the_line_that_is_accepted_is_the_one_that_is_written(sqlite_service: Service) -> None:
    first, second, third = (json.dumps({"type": "organization", "id": f"qa-{name}", "name": {"en": name}, "kind": "un"}) for name in "abc")
    made = sent(sqlite_service, f"{first}\r \n{second[:-1]}\r}}\n{third}\n".encode())
    assert [one["where"] for one in made["records"]] == ["1", "2", "3"]
    assert accept(sqlite_service, made, ["organization/qa-c"]).status_code == 200
    known = {one["id"] for one in sqlite_service.get("/organizations").json()["items"]}
    assert {name for name in known if name.startswith("qa-")} == {"qa-c"}


def test_a_file_nested_beyond_all_bounds_is_refused_by_its_line(sqlite_service: Service) -> None:
    for deep in ("[" * 100_000 + "]" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000, "[" * 900 + "]" * 900):
        content = f'{{"type":"organization","id":{deep},"name":{{"en":"A"}},"kind":"un"}}\n'.encode()
        assert refused(send(sqlite_service, content)) == [("1", "line_too_deep")]
        assert refused(send(sqlite_service, f'{{"type":"organization","colour":{deep}}}'.encode())) == [("1", "line_too_deep")]


def test_what_differs_in_a_record_file_is_a_conflict_unless_it_is_named(sqlite_service: Service) -> None:
    content = exported(sqlite_service.db, public=True).replace(b"annex, operative para. 7", b"annex, OP 7")
    made = sent(sqlite_service, content)
    assert (made["counts"], made["total"]) == ({"new": 0, "changed": 0, "equal": 116, "conflict": 1}, 1)
    (record,) = made["records"]
    assert (record["id"], record["state"], record["version"]) == ("commitment/HI-O7", "conflict", 1)
    assert record["changes"] == [
        {
            "field": "citation/en",
            "where": record["where"],
            "before": "annex, operative para. 7",
            "after": "annex, OP 7",
            "exported": None,
            "conflict": True,
        }
    ]
    conflict = accept(sqlite_service, made)
    assert (conflict.status_code, [one["code"] for one in conflict.json()["errors"]]) == (409, ["record_differs"])
    named = sent(sqlite_service, content, query="?replace_working=true&reason=Shorter&name=a.ndjson")
    assert (named["counts"]["changed"], named["name"]) == (1, "a.ndjson")
    assert accept(sqlite_service, named).status_code == 200
    entry = sqlite_service.get("/commitments/HI-O7/history").json()["items"][0]
    assert (entry["action"], entry["reason"], entry["changes"]) == (
        "record:import", "Shorter", [{"field": "citation.en", "before": "annex, operative para. 7", "after": "annex, OP 7"}],
    )  # fmt: skip
    assert entry["actor"]["organization"] == "unoosa"


def test_a_table_that_was_edited_changes_what_was_edited_and_nothing_else(service: Service) -> None:
    sheet = Sheet(service)
    assert sent(service, sheet.csv(), CSV)["counts"] == {"new": 0, "changed": 0, "equal": 29, "conflict": 0}
    sheet.set("HI-O7", "text_en", "=Encourage everybody\nto do so;").set("HI-O7", "responsible", "unoosa; cnsa").set(
        "C42", "target_on", "2027-12-31"
    )
    sheet.set("HI-O7a", "text_en", "Encourage everybody").set("HI-O7b", "text_en", "to do so;")
    made = sent(service, sheet.csv(), CSV)
    assert {one["id"]: one["state"] for one in made["records"]} == dict.fromkeys(
        ("commitment/C42", "commitment/HI-O7", "commitment/HI-O7a", "commitment/HI-O7b"), "changed"
    )
    assert [(one["field"], one["before"], one["after"]) for one in made["records"][0]["changes"]] == [("target_on", None, "2027-12-31")]
    head = service.db.head()
    assert refused(accept(service, made, ["commitment/HI-O7", "commitment/C42"]))[0][1] == "parts_do_not_match"
    assert service.db.head() == head
    done = accept(service, made, ["commitment/C42"])
    assert (done.status_code, service.get("/commitments/C42").json()["target_on"]) == (200, "2027-12-31")
    one = service.get("/commitments/HI-O7").json()
    assert (one["responsible"], one["version"]) == ([], 1)
    service.proves_itself()


def test_what_changed_meanwhile_is_a_conflict_and_what_nobody_edited_is_left(sqlite_service: Service) -> None:
    sheet = Sheet(sqlite_service).set("HI-O7", "responsible", "cnsa").set("HI-O7", "target_on", "2027-01-01")
    patch = {"responsible": ["unoosa"], "citation": {"en": "OP 7"}}
    assert sqlite_service.patch("/commitments/HI-O7", patch, role="editor", tag=sqlite_service.tag("/commitments/HI-O7")).status_code == 200
    made = sent(sqlite_service, sheet.csv(), CSV)
    (record,) = made["records"]
    assert (record["state"], record["version"]) == ("conflict", 2)
    assert [(one["field"], one["before"], one["after"], one["exported"], one["conflict"]) for one in record["changes"]] == [
        ("responsible", ["unoosa"], ["cnsa"], [], True), ("target_on", None, "2027-01-01", None, False),
    ]  # fmt: skip
    assert accept(sqlite_service, made).status_code == 409
    assert sqlite_service.get("/commitments/HI-O7").json()["citation"]["en"] == "OP 7"


def test_what_changes_between_looking_and_accepting_is_seen(sqlite_service: Service) -> None:
    made = sent(sqlite_service, Sheet(sqlite_service).set("C43", "responsible", "cnsa").csv(), CSV)
    patch = {"responsible": ["unoosa"]}
    assert sqlite_service.patch("/commitments/C43", patch, role="editor", tag=sqlite_service.tag("/commitments/C43")).status_code == 200
    assert sqlite_service.get(f"/imports/{made['id']}", role="editor").json()["counts"]["conflict"] == 1
    assert accept(sqlite_service, made).status_code == 409
    assert sqlite_service.get("/commitments/C43").json()["responsible"] == ["unoosa"]


def test_what_changed_since_a_table_without_versions_was_sent_is_a_conflict(service: Service) -> None:
    filled(service)
    made = sent(service, b"ref,progress,priority\nA1,3,high\n", CSV)
    other = sent(service, b"ref,priority\nA1,high\n", CSV)
    assert service.patch("/actions/A1", {"progress": 50}, role="editor", tag=service.tag("/actions/A1")).status_code == 200
    (record,) = service.get(f"/imports/{made['id']}", role="editor").json()["records"]
    assert [(one["field"], one["before"], one["after"], one["exported"], one["conflict"]) for one in record["changes"]] == [
        ("progress", 50, 3, 0, True), ("priority", "normal", "high", "normal", False),
    ]  # fmt: skip
    assert accept(service, made).status_code == 409
    assert accept(service, other).status_code == 200
    one = service.get("/actions/A1").json()
    assert (one["progress"], one["priority"]) == (50, "high")
    assert refused(send(service, b"ref,progress,version\nA1,3,99\n", CSV)) == [("C2", "version_unknown")]


def test_new_rows_make_drafts_and_actions(sqlite_service: Service) -> None:
    filled(sqlite_service)
    updates = Sheet(sqlite_service, "status_updates").add(
        commitment="C43", status="continuing", effective_on="2026-11-20", narrative_zh="继续"
    )
    made = sent(sqlite_service, updates.csv(), CSV)
    assert [(one["id"], one["state"]) for one in made["records"]] == [("status_update/6", "new")]
    assert accept(sqlite_service, made).status_code == 200
    draft = sqlite_service.get("/status-updates/C43.1", role="editor").json()
    assert (draft["state"], draft["narrative"]) == ("draft", {"zh": "继续", "en": None})
    actions = (
        Sheet(sqlite_service, "actions")
        .set("A1", "progress", "40")
        .set("A1", "title_en", "Draft it")
        .add(title_zh="新行动", status="in_progress")
    )
    made = sent(sqlite_service, actions.csv(), CSV)
    assert accept(sqlite_service, made).status_code == 200
    one, new = (sqlite_service.get(f"/actions/{ref}").json() for ref in ("A1", "A3"))
    assert (one["progress"], one["title"]["en"], len(one["milestones"])) == (40, "Draft it", 1)
    assert (new["title"], new["status"]) == ({"zh": "新行动", "en": None}, "in_progress")
    sqlite_service.proves_itself()


def edited(sheet: Sheet, ref: str, name: str, value: str) -> bytes:
    return sheet.set(ref, name, value).csv()


def test_what_is_wrong_in_a_table_is_named_by_its_cell(sqlite_service: Service) -> None:
    filled(sqlite_service)
    wrong: list[tuple[bytes, list[tuple[str, str]]]] = [
        (edited(Sheet(sqlite_service), "C41", "target_on", "31/12/2027"), [("O2", "not_a_date")]),
        (edited(Sheet(sqlite_service), "C41", "target_on", "2027-02-30"), [("O2", "not_a_date")]),
        (edited(Sheet(sqlite_service), "C41", "responsible", "nobody x"), [("N2", "bad_form")]),
        (edited(Sheet(sqlite_service), "C41", "text_zh", ""), [("F2", "official_text")]),
        (edited(Sheet(sqlite_service), "C42", "citation_en", "a\u202eb"), [("C3", "forbidden_character")]),
        (edited(Sheet(sqlite_service), "C42", "status", "implemented"), [("H3", "read_only_column")]),
        (edited(Sheet(sqlite_service), "C42", "ref", "C99"), [("A3", "unknown_reference")]),
        (edited(Sheet(sqlite_service), "C42", "ref", "C41"), [("A3", "duplicate_line")]),
        (edited(Sheet(sqlite_service), "C42", "ref", ""), [("A3", "required")]),
        (edited(Sheet(sqlite_service, "status_updates"), "HI-O7b.1", "narrative_zh", "改写"), [("G3", "read_only_column")]),
        (
            Sheet(sqlite_service, "status_updates").add(status="done", effective_on="2026-11-01", commitment="C43").csv(),
            [("C6", "unknown_code")],
        ),
        (Sheet(sqlite_service, "status_updates").add(status="continuing", effective_on="2026-11-01").csv(), [("B6", "required")]),
        (b"ref,colour\nC41,red\n", [("B1", "unknown_column")]),
        (b"ref,label,label\nC41,1,1\n", [("C1", "duplicate_entry")]),
        (b"label,citation_en\n1,a\n", [("1", "column_missing")]),
        (b"a,b\n1,2\n", [("", "no_table")]),
        (b"", [("", "no_table")]),
    ]
    for content, expected in wrong:
        errors = refused(send(sqlite_service, content, CSV))
        assert errors == expected, content[-200:]


def test_a_name_in_a_table_passes_the_gate_on_either_engine(service: Service) -> None:
    filled(service)
    for table in ("commitments", "status_updates", "actions"):
        assert refused(send(service, Sheet(service, table).add(ref="A\x00").csv(), CSV))[0][1] == "forbidden_character"
        assert refused(send(service, Sheet(service, table).add(ref="no name").csv(), CSV))[0][1] == "bad_form"
    new = {"status": "continuing", "effective_on": "2026-11-01"}
    for name, code in (("C43\x00", "forbidden_character"), ("C 43", "bad_form")):
        content = Sheet(service, "status_updates").add(commitment=name, **new).csv()
        assert refused(send(service, content, CSV)) == [("B6", code)]


def book_of(service: Service, **sheets: list[list[Any]]) -> bytes:
    """The workbook of the service with these sheets besides."""
    book = openpyxl.load_workbook(io.BytesIO(service.get("/export.xlsx").content))
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_record_stands_in_a_workbook_once_whatever_the_sheet(sqlite_service: Service) -> None:
    filled(sqlite_service)
    again = book_of(sqlite_service, Actions=[["ref", "progress"], ["A1", 30]], 后续行动=[["ref", "progress"], ["A1", 60], ["A2", 5]])
    assert refused(send(sqlite_service, again, XLSX)) == [("Actions!A2", "duplicate_line"), ("后续行动!A2", "duplicate_line")]


def test_what_would_be_refused_later_is_refused_when_the_table_is_sent(service: Service) -> None:
    filled(service)
    head = service.db.head()
    unknown, update = "unknown_reference", {"status": "continuing", "effective_on": "2026-11-01"}
    wrong: list[tuple[bytes, list[tuple[str, str]]]] = [
        (edited(Sheet(service, "actions"), "A1", "owner", "nobody"), [("G2", unknown)]),
        (edited(Sheet(service, "actions"), "A1", "event", "nowhere"), [("F2", unknown)]),
        (edited(Sheet(service, "actions").set("A1", "title_zh", ""), "A1", "title_en", ""), [("B2", "item_needs_title")]),
        (Sheet(service, "actions").add(description_zh="无题").csv(), [("B3", "required")]),
        (edited(Sheet(service), "C42", "responsible", "cnsa; nobody"), [("N3", unknown)]),
        (edited(Sheet(service), "HI-O7a", "text_en", "Not in it"), [("G28", "not_an_excerpt")]),
        (Sheet(service, "status_updates").add(commitment="C99", **update).csv(), [("B6", unknown)]),
    ]
    for content, expected in wrong:
        assert refused(send(service, content, CSV)) == expected, content[-200:]
    assert service.db.head() == head


def test_a_table_too_large_to_be_tried_is_judged_when_it_is_accepted(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(sqlite_service)
    monkeypatch.setattr("app.interchange.uploads._MOST_TRIED", 0)
    response = send(sqlite_service, edited(Sheet(sqlite_service, "actions"), "A1", "owner", "nobody"), CSV)
    assert response.status_code == 201
    head = sqlite_service.db.head()
    accepted = sqlite_service.post(f"/imports/{response.json()['id']}/accept", {}, role="editor")
    assert refused(accepted) == [("G2", "unknown_reference")]
    assert sqlite_service.db.head() == head


def test_no_filled_cell_is_passed_over(sqlite_service: Service) -> None:
    filled(sqlite_service)
    column, new = "read_only_column", {"commitment": "HI-O7b", "status": "continuing", "effective_on": "2026-11-20"}
    wrong: list[tuple[bytes, list[tuple[str, str]]]] = [
        (Sheet(sqlite_service, "status_updates").add(evidence="A/78/20", state="published", organization="cnsa", **new).csv(),
         [("I6", column), ("J6", column), ("N6", column)]),
        (Sheet(sqlite_service, "status_updates").add(corrects="HI-O7b.9", **new).csv(), [("K6", "not_correctable")]),
        (Sheet(sqlite_service, "actions").add(title_zh="新", commitments="C43 (implements)").csv(), [("O3", column)]),
        (edited(Sheet(sqlite_service, "actions"), "A1", "commitments", "C43 (implements)"), [("O2", column)]),
        (edited(Sheet(sqlite_service, "actions"), "A1", "status_zh", "已完成"), [("K2", column)]),
        (edited(Sheet(sqlite_service), "C42", "addressees", "copuos"), [("Z3", column)]),
        (edited(Sheet(sqlite_service), "C42", "authority_en", "official"), [("X3", column)]),
        (edited(Sheet(sqlite_service, "status_updates"), "HI-O7b.2", "evidence", ""), [("I4", column)]),
    ]  # fmt: skip
    for content, expected in wrong:
        assert refused(send(sqlite_service, content, CSV)) == expected, content[-200:]
    sheet = Sheet(sqlite_service, "status_updates").add(corrects="HI-O7b.3", state="draft", organization="unoosa", **new)
    assert accept(sqlite_service, sent(sqlite_service, sheet.csv(), CSV)).status_code == 200
    assert sqlite_service.get("/status-updates/HI-O7b.4", role="editor").json()["corrects"] == "HI-O7b.3"
    for table in ("commitments", "status_updates", "actions"):
        assert sent(sqlite_service, Sheet(sqlite_service, table).csv(), CSV)["total"] == 0


def test_a_row_that_was_exported_earlier_may_say_what_was_true_then_and_nothing_else(sqlite_service: Service) -> None:
    filled(sqlite_service)
    sheets = [Sheet(sqlite_service, "actions") for _ in range(2)]
    patch = {"progress": 50, "status": "in_progress"}
    assert sqlite_service.patch("/actions/A1", patch, role="editor", tag=sqlite_service.tag("/actions/A1")).status_code == 200
    assert sent(sqlite_service, sheets[0].csv(), CSV)["counts"]["equal"] == 1
    assert refused(send(sqlite_service, edited(sheets[1], "A1", "status", "completed"), CSV)) == [("J2", "read_only_column")]


def test_a_record_that_is_gone_when_all_of_a_table_is_accepted_is_named(sqlite_service: Service) -> None:
    refs = [sqlite_service.action()["ref"] for _ in range(2)]
    made = sent(sqlite_service, f"ref,progress\n{refs[0]},3\n{refs[1]},4\n".encode(), CSV)
    address = f"/actions/{refs[1]}"
    assert sqlite_service.delete(address, role="editor", tag=sqlite_service.tag(address)).status_code == 204
    assert refused(accept(sqlite_service, made)) == [("A3", "unknown_reference")]
    assert accept(sqlite_service, made, [f"action/{refs[0]}"]).status_code == 200


def test_a_sheet_that_is_none_of_ours_is_named_unless_it_is_empty(sqlite_service: Service) -> None:
    sheets: dict[str, list[list[Any]]] = {"Actions (2)": [["ref", "progress"], ["A1", 30]], "Sheet1": []}
    renamed = book_of(sqlite_service, **sheets)
    assert refused(send(sqlite_service, renamed, XLSX)) == [("Actions (2)", "no_table")]
    assert sent(sqlite_service, book_of(sqlite_service, Sheet1=[]), XLSX)["total"] == 0


def test_a_commitment_and_its_parts_change_together(sqlite_service: Service) -> None:
    sheet = Sheet(sqlite_service).set("HI-O7", "text_en", "Encourage everybody\nto do so;")
    sheet.set("HI-O7a", "text_en", "Encourage everybody").set("HI-O7b", "text_en", "to do so;")
    assert accept(sqlite_service, sent(sqlite_service, sheet.csv(), CSV)).status_code == 200
    found = [sqlite_service.get(f"/commitments/{ref}").json() for ref in ("HI-O7", "HI-O7b")]
    assert [(one["text"]["en"], one["version"]) for one in found] == [("Encourage everybody\nto do so;", 2), ("to do so;", 2)]
    sqlite_service.proves_itself()


def test_a_format_far_below_a_table_is_no_row(sqlite_service: Service) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sqlite_service.get("/export.xlsx").content))
    for page in book.worksheets:
        page["C50000"].font = Font(bold=True)
    file = io.BytesIO()
    book.save(file)
    counts = sent(sqlite_service, file.getvalue(), "application/octet-stream")["counts"]
    assert counts == {"new": 0, "changed": 0, "equal": 29, "conflict": 0}


def test_official_text_is_not_changed_by_a_table(sqlite_service: Service) -> None:
    content = Sheet(sqlite_service).set("C41", "text_zh", "改写").csv()
    assert refused(send(sqlite_service, content, CSV)) == [("F2", "official_text")]


def test_a_workbook_goes_round_whatever_the_order_of_its_columns(sqlite_service: Service) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sqlite_service.get("/export.xlsx").content))
    file = io.BytesIO()
    book.save(file)
    assert sent(sqlite_service, file.getvalue(), XLSX)["counts"] == {"new": 0, "changed": 0, "equal": 29, "conflict": 0}
    sheet = book["承诺 Commitments"]
    headings = [cell.value for cell in sheet[1]]
    column = headings.index("目标日期 / Target date") + 1
    sheet.cell(2, column).value = "2027-06-30"
    sheet.cell(1, column).value = "Target date"
    sheet.cell(1, headings.index("文中编号 / Number in the text") + 1).value = "标号 / Label"  # as it was called before
    sheet.move_range("B1:C40", cols=40)
    file = io.BytesIO()
    book.save(file)
    (record,) = sent(sqlite_service, file.getvalue(), XLSX)["records"]
    assert [(one["field"], one["after"], one["where"]) for one in record["changes"]] == [("target_on", "2027-06-30", "承诺 Commitments!O2")]
    sheet.cell(3, column).value = "=1+1"
    file = io.BytesIO()
    book.save(file)
    assert refused(send(sqlite_service, file.getvalue(), XLSX)) == [("承诺 Commitments!O3", "formula")]


def test_answers_are_as_documented(sqlite_service: Service) -> None:
    document = described(sqlite_service)
    paths = document["paths"]
    made = send(sqlite_service, lines(*NEW))
    keeps_its_promise(document, paths["/api/v1/imports"]["post"], made)
    path = f"/imports/{made.json()['id']}"
    for query in ("", "?limit=1"):
        shown = sqlite_service.get(path + query, role="editor")
        keeps_its_promise(document, paths["/api/v1/imports/{code}"]["get"], shown)
    assert shown.json()["next"] in shown.headers["link"]
    rest = sqlite_service.get(f"{path}?limit=2&cursor=x", role="editor")
    assert rest.status_code == 400
    second = sqlite_service.get(f"{path}?limit=1&cursor={shown.json()['next']}", role="editor").json()
    assert [one["id"] for one in second["records"]] == ["document/A/79/20"]
    keeps_its_promise(document, paths["/api/v1/imports/{code}/accept"]["post"], accept(sqlite_service, made.json()))


def test_editors_only_and_nothing_is_looked_at_before(sqlite_service: Service) -> None:
    for role, status in ((None, 401), ("reader", 403), ("contributor", 403), ("editor:read", 403)):
        assert send(sqlite_service, b"\xff", "text/plain", role=role).status_code == status
        assert sqlite_service.call("POST", "/imports/i-0000000000000000/accept", content=b"\xff", role=role).status_code == status
        assert sqlite_service.get("/imports/i-0000000000000000", role=role).status_code == status
    assert send(sqlite_service, b"x", "text/plain").status_code == 415
    for path in ("i-0000000000000000", "x"):
        assert sqlite_service.get(f"/imports/{path}", role="editor").status_code == 404
        assert sqlite_service.post(f"/imports/{path}/accept", {}, role="editor").status_code == 404
    assert send(sqlite_service, lines(*NEW), query="?colour=red").status_code == 400
    assert send(sqlite_service, b"ref,label\n", CSV, query="?replace_working=true").status_code == 422


def test_a_file_may_be_larger_than_other_bodies_but_not_endless(sqlite_service: Service) -> None:
    big = b" " * (2**20 + 1)
    assert send(sqlite_service, big, role=None).status_code == 413
    assert refused(send(sqlite_service, big, CSV)) == [("1", "csv_broken")]
    assert send(sqlite_service, b" " * (20 * 2**20 + 1)).status_code == 413
    assert send(sqlite_service, b"{" * (20 * 2**20)).status_code == 422


def test_an_upload_is_forgotten_after_a_week(sqlite_service: Service) -> None:
    made = sent(sqlite_service, lines(*NEW))
    sqlite_service.clock.forward(days=6, hours=23)
    assert sqlite_service.get(f"/imports/{made['id']}", role="editor").status_code == 200
    sqlite_service.clock.forward(hours=1)
    assert sqlite_service.get(f"/imports/{made['id']}", role="editor").status_code == 404
    assert accept(sqlite_service, made).status_code == 404
    sent(sqlite_service, lines(*NEW))
    with sqlite_service.reading() as session:
        from sqlalchemy import func, select

        from app.domain.columns import IMPORT_DRAFT

        assert session.value(select(func.count()).select_from(IMPORT_DRAFT)) == 1


def test_an_upload_sent_again_under_its_key_is_kept_once(sqlite_service: Service) -> None:
    first, again = (send(sqlite_service, lines(*NEW), headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    done, repeat = (accept(sqlite_service, first.json(), headers={"Idempotency-Key": "b"}) for _ in range(2))
    assert (done.status_code, repeat.status_code, repeat.content) == (200, 200, done.content)


def test_an_editor_cannot_bring_in_what_only_an_administrator_may_make(sqlite_service: Service) -> None:
    framework = lines({"type": "framework", "id": "x", "title": {"en": "X"}, "items": []})
    assert send(sqlite_service, framework).status_code == 403
    assert send(sqlite_service, framework, role="admin").status_code == 201


# T34: files made to hurt


def archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return file.getvalue()


@pytest.fixture(scope="module")
def workbook(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with running(sqlite_template.copy(tmp_path_factory.mktemp("book"), seed=True)) as service:
        return service.get("/export.xlsx").content


def with_sheet(workbook: bytes, sheet: bytes) -> bytes:
    """The workbook with another first sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(name, sheet if name == "xl/worksheets/sheet2.xml" else source.read(name))
    return file.getvalue()


_NS = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_END = b"</sheetData></worksheet>"
_ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
HOSTILE: dict[str, tuple[Any, set[str]]] = {
    "billion laughs": (lambda book: with_sheet(book, _ENTITY + _NS + b"<row><c><v>&b;</v></c></row>" + _END), {"archive_doctype"}),
    "an outside document type": (lambda book: with_sheet(book, _OUTSIDE + _NS + _END), {"archive_doctype"}),
    "a document type in UTF-16": (lambda book: with_sheet(book, _OUTSIDE.decode().replace("1.0", "1.0").encode("utf-16")), {"archive_doctype", "archive_broken"}),
    "an outside entity": (lambda book: with_sheet(book, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + _NS + b"<row><c><v>&e;</v></c></row>" + _END), {"archive_doctype"}),
    "a zip bomb": (lambda book: archive(**{"xl__worksheets__sheet1.xml": b"<a>" + b" " * (60 * 2**20) + b"</a>"}), {"archive_ratio"}),
    "a bomb that is no XML": (lambda book: archive(**{"a.bin": b"\0" * (120 * 2**20)}), {"archive_ratio", "archive_size"}),
    "too many parts": (lambda book: archive(**{f"a{n}": b"" for n in range(1_001)}), {"archive_entries"}),
    "a million elements": (lambda book: with_sheet(book, _NS + b"<row/>" * 1_000_001 + _END), {"archive_ratio", "archive_elements"}),
    "a deep nest": (lambda book: with_sheet(book, b"<a>" * 5_000 + b"</a>" * 5_000), {"archive_elements"}),
    "many attributes": (lambda book: with_sheet(book, b"<a " + b" ".join(b'b%d="%d"' % (n, n) for n in range(2_000)) + b"/>"), {"archive_elements"}),
    "an unknown entity": (lambda book: with_sheet(book, _NS + b"<row><c><v>&x;</v></c></row>" + _END), {"archive_broken"}),
    "a cell far away": (lambda book: with_sheet(book, _NS + b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>' + _END), {"file_too_much", "no_table", "column_missing", "unknown_column"}),
    "a row number beyond all bounds": (lambda book: with_sheet(book, _NS + b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>' + _END), {"file_too_much", "archive_broken", "column_missing", "unknown_column"}),
    "a number that is none": (lambda book: with_sheet(book, _NS + b'<row r="1"><c r="A1" t="n"><v>1e999999</v></c></row>' + _END), {"archive_broken", "unknown_column", "column_missing"}),
    "a shared text that is not there": (lambda book: with_sheet(book, _NS + b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>' + _END), {"archive_broken"}),
    "no workbook in it": (lambda book: archive(**{"word__document.xml": b"<a/>"}), {"archive_broken"}),
    "cut off": (lambda book: book[: len(book) // 2], {"archive_broken"}),
    "bytes behind the mark": (lambda book: b"PK\x03\x04" + bytes(range(256)) * 40, {"archive_broken"}),
    "another workbook inside": (lambda book: archive(**{"inner.zip": book}), {"archive_broken"}),
    "a name that climbs": (lambda book: archive(**{"..__..__etc__passwd": b"x"}), {"archive_broken"}),
    "a binary table": (lambda book: b"ref,label\n\x00\x01\x02,1\n", {"unknown_reference", "csv_broken", "forbidden_character"}),
    "a quotation without end": (lambda book: b'ref,label\n"C41,1\n' * 3, {"csv_broken", "unknown_column", "unknown_reference"}),
    "a very long cell": (lambda book: b"ref,label\nC41," + b"x" * 300_000, {"csv_broken"}),
}  # fmt: skip


def test_hostile_files_are_refused_quickly_and_the_service_keeps_answering(sqlite_service: Service, workbook: bytes) -> None:
    sqlite_service.token("editor")
    before = sqlite_service.db.head()
    files = {name: (make(workbook), codes) for name, (make, codes) in HOSTILE.items()}
    slowest, stop = [0.0], threading.Event()

    def asking() -> None:
        while not stop.wait(0.05):
            began = time.monotonic()
            assert sqlite_service.get("/commitments/HI-O7").status_code == 200
            slowest[0] = max(slowest[0], time.monotonic() - began)

    reader = threading.Thread(target=asking)
    reader.start()
    try:
        for name, (content, codes) in files.items():
            began = time.monotonic()
            response = send(sqlite_service, content, "application/octet-stream")
            assert response.status_code in (413, 422), f"{name}: {response.text}"
            found = {one["code"] for one in response.json().get("errors", [])}
            assert found & codes, f"{name}: {response.text}"
            assert time.monotonic() - began < 12, name
    finally:
        stop.set()
        reader.join()
    assert slowest[0] < 3
    assert sqlite_service.db.head() == before


def test_the_process_that_reads_is_held_to_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "MEMORY", 1)  # the limit is set in the process itself, which does not see this
    monkeypatch.setattr(confined, "WALL_SECONDS", 0.01)
    with pytest.raises(confined.ReadError) as slow:
        confined.read_sheets(b"ref\n", "csv")
    assert slow.value.code == "file_too_much"


def test_a_good_archive_passes_the_check(workbook: bytes) -> None:
    assert "xl/workbook.xml" in checked(workbook).namelist()
    with pytest.raises(ArchiveError):
        checked(workbook[:-30])
