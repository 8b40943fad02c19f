"""Record files: what goes out comes in again byte for byte; what is wrong is named by line and field; nothing is half-written."""

import datetime as dt
import hashlib
import io
import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.actors import system_actor
from app.db import Database
from app.db.backends import open_backend
from app.domain.selection import Selection
from app.domain.verify import verify
from app.interchange.differences import Allowed
from app.interchange.export_lines import record_lines
from app.interchange.importing import Outcome, import_file, import_records
from app.interchange.lines import SHAPES, encode, plain_line, read_line
from app.interchange.record_file import MAX_LINE, in_memory
from app.register import REGISTER
from tests.service import TODAY, Service
from tests.test_hostile import KEPT

ROOT = Path(__file__).parent.parent
ACTOR = system_actor("import")
EVIDENCE = [
    {"kind": "web", "title": {"zh": "来源“甲”"}, "url": "https://example.org/a?b=1"},
    {"kind": "document", "symbol": "A/78/20", "date": "2023-07-01"},
]


def filled(service: Service) -> Service:
    """The Hainan Initiative with everything that can be said about it."""
    service.publish("HI-O7b", "under_implementation", "2026-10-01", narrative={"zh": "第一行\n第二行，“引号”", "en": 'He said "no" \\ yes'})
    service.publish("HI-O7b", "implemented", "2026-11-01", evidence=EVIDENCE)
    service.publish("HI-O7b", "under_implementation", "2026-11-02", corrects="HI-O7b.2", narrative={"en": "Not yet."})
    service.publish("HI-O6", "continuing", "2026-11-03", narrative={"zh": "𠮷野家 ＝１２＋３"})
    service.draft("HI-O6", narrative={"zh": "草稿"})
    service.draft("C42", state="submitted", narrative={"en": "Submitted."})
    service.step("C42.1", "return", json={"review_note": "请补充佐证材料。\n谢谢。"})
    body = {"confirmed_on": "2026-11-20", "note": {"zh": "仍然有效"}}
    assert service.post("/commitments/HI-O6/confirmations", body, role="editor", tag=service.tag("/commitments/HI-O6")).status_code == 201
    milestones = [{"title": {"en": "Outline"}, "due_on": "2027-01-01", "done_on": None}]
    service.action(partners=["cnsa", "unoosa"], owner="unoosa", due_on="2027-03-31", milestones=milestones, evidence=EVIDENCE)
    service.action("contributor", title={"zh": "提议"})
    note = {"on": "2026-11-20", "text": {"zh": "记录", "en": "Note"}}
    assert service.post("/actions/A1/notes", note, role="editor", tag=service.tag("/actions/A1")).status_code == 201
    for commitment in ("HI-O7b", "C43"):
        service.link("A1", commitment)
    service.link("A2", "C43", "reports_on")
    patch = {"responsible": ["unoosa", "cnsa"], "target_on": "2027-12-31"}
    assert service.patch("/commitments/HI-O7", patch, role="editor", tag=service.tag("/commitments/HI-O7")).status_code == 200
    return service


def exported(db: Database, *, public: bool = False, selection: Selection | None = None) -> bytes:
    with db.read(system_actor("export")) as session:
        return b"".join(record_lines(session, selection or Selection(), public=public))


@contextmanager
def opened(url: str) -> Iterator[Database]:
    db = Database(open_backend(url, readers=2), REGISTER, lambda: TODAY + dt.timedelta(days=1))
    yield db
    db.close()


def brought(db: Database, content: bytes, allowed: Allowed | None = None, **more: Any) -> Outcome:
    return import_file(db, ACTOR, in_memory(content), allowed or Allowed(), **more)


def proven(db: Database) -> None:
    with db.read() as session:
        assert verify(session, REGISTER).fault is None


EQUIVALENT = [
    {"type": "equivalence", "entity": entity, "ref": ref, "field": field, "zh_sha256": hashlib.sha256(zh.encode()).hexdigest(), "en_sha256": "0" * 64}
    for entity, ref, field, zh in (("commitment", "C42", "text", "甲"), ("status_update", "HI-O7b.1", "narrative", "乙"), ("action", "A1", "title", "丙"))
]  # fmt: skip


@pytest.fixture(scope="module")
def whole(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The export of a register that holds every kind of record."""
    from tests.service import running

    with running(sqlite_template.copy(tmp_path_factory.mktemp("whole"), seed=True)) as service:
        filled(service)
        assert not brought(service.db, b"".join(json.dumps(one).encode() + b"\n" for one in EQUIVALENT)).refused
        service.proves_itself()
        return exported(service.db)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    with opened(empty_url) as db:
        yield db


def test_export_import_export_gives_the_same_bytes_and_a_second_import_changes_nothing(whole: bytes, empty: Database) -> None:
    outcome = brought(empty, whole)
    assert (outcome.errors.kept, outcome.conflicts) == ([], [])
    assert {kind for kind, number in outcome.added.items() if number} == set(SHAPES)
    assert exported(empty) == whole
    proven(empty)
    head = empty.head()
    assert brought(empty, whole).equal == whole.count(b"\n")
    assert empty.head() == head


def test_what_was_imported_can_be_worked_with(whole: bytes, empty_url: str) -> None:
    from tests.service import running

    with opened(empty_url) as db:
        brought(db, whole)
    with running(empty_url) as service:
        assert service.publish("HI-O7b", on="2026-11-21")["ref"] == "HI-O7b.4"
        assert service.action()["ref"] == "A3"
        one = service.get("/commitments/HI-O7b").json()
        assert (one["status"], one["action_count"], len(one["status_updates"])) == ("under_implementation", 1, 4)
        assert service.get("/commitments/C42").json()["translation"] == "missing" or one["translation"]
        assert service.post("/documents", {"symbol": "A/9", "title": {"zh": "新"}}, role="editor").status_code == 201
        assert service.post("/organizations", {"id": "isro", "kind": "un", "name": {"en": "I"}}, role="editor").status_code == 201
        service.proves_itself()


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_an_import_may_take_long_and_goes_by_the_indexes_and_what_follows_may_not(whole: bytes, empty: Database) -> None:
    wanted = "SELECT current_setting('statement_timeout'), current_setting('enable_seqscan')"
    with empty.write(ACTOR) as session:
        assert not import_records(session, in_memory(whole), Allowed()).refused
        assert tuple(session.asked().execute(text(wanted)).one()) == ("0", "off")
    with empty.write(ACTOR) as session:
        assert tuple(session.asked().execute(text(wanted)).one()) == ("10s", "on")


def test_the_order_of_lines_is_free(whole: bytes, empty: Database) -> None:
    lines = whole.splitlines(keepends=True)
    random.Random(7).shuffle(lines)
    outcome = brought(empty, b"".join(lines))
    assert (outcome.errors.kept, outcome.conflicts) == ([], [])
    assert exported(empty) == whole
    proven(empty)


def test_a_line_may_be_written_in_any_form_of_json(whole: bytes) -> None:
    for line in whole.splitlines():
        raw = json.loads(line)
        kind = raw.pop("type")
        values = read_line(kind, raw)
        assert encode(values) == line
        assert plain_line(line) in (None, values)
    assert sum(plain_line(line) is None for line in whole.splitlines()) < 10


def test_a_loose_file_with_defaults_left_out_comes_in(empty: Database) -> None:
    lines = [
        '{"commitment": "T1.", "type": "none"}',
        '{ "type": "document", "symbol": "A/1", "title": {"zh": "文件"} }',
        '{"type":"commitment","ref":"T1","document":"A/1","kind":"operative","position":1,"text":{"zh":" \\u597d\\t事 "}}',
        '{"type":"commitment","ref":"T1a","parent":"T1","position":1,"text":{"zh":"好"}}',
        '{"type":"status_update","ref":"T1.2","commitment":"T1","status":"continuing","effective_on":"2026-11-01","state":"published"}',
        '{"type":"status_update","ref":"T1.1","commitment":"T1","status":"not_assessed","effective_on":"2026-11-02","state":"published"}',
    ]
    outcome = brought(empty, "\n".join(lines[1:]).encode())
    assert (outcome.errors.kept, outcome.conflicts) == ([], [])
    found = [json.loads(line) for line in exported(empty).splitlines()]
    assert [(one["ref"], one["tracking"], one["level"], one["kind"], one["text"]) for one in found if one["type"] == "commitment"] == [
        ("T1", "declaratory", "commitment", "operative", {"zh": "好 事", "en": None}),
        ("T1a", "declaratory", "part", "operative", {"zh": "好", "en": None}),
    ]
    assert [(one["ref"], one["published_no"]) for one in found if one["type"] == "status_update"] == [("T1.1", 2), ("T1.2", 1)]
    proven(empty)


def test_the_public_export_holds_what_is_published_and_what_filters_choose(sqlite_service: Service) -> None:
    filled(sqlite_service)
    public = sqlite_service.get("/export.ndjson")
    assert public.content == exported(sqlite_service.db, public=True)
    assert public.headers["content-type"] == "application/x-ndjson"
    found = [json.loads(line) for line in public.content.splitlines()]
    assert {one["state"] for one in found if one["type"] == "status_update"} == {"published"}
    assert [one["ref"] for one in found if one["type"] == "action"] == ["A1"]
    assert [one["action"] for one in found if one["type"] == "link"] == ["A1", "A1"]
    assert sqlite_service.get("/export.ndjson", role="editor").content == public.content
    tag = {"If-None-Match": public.headers["etag"]}
    assert sqlite_service.get("/export.ndjson", headers=tag).status_code == 304
    assert len(sqlite_service.call("HEAD", "/export.ndjson").content) == 0
    part = [json.loads(line) for line in sqlite_service.get("/export.ndjson?level=part&status=under_implementation").content.splitlines()]
    assert [one["ref"] for one in part if one["type"] == "commitment"] == ["HI-O7", "HI-O7b"]
    assert [one["commitment"] for one in part if one["type"] == "link"] == ["HI-O7b"]
    earlier = sqlite_service.get("/export.ndjson?as_recorded=117&document=A/AC.105/1294")
    assert b'"status_update"' not in earlier.content
    assert sqlite_service.get("/export.ndjson?limit=5").status_code == 400
    sqlite_service.publish("C43")
    assert sqlite_service.get("/export.ndjson", headers=tag).status_code == 200


def test_a_filtered_export_comes_into_an_empty_register(sqlite_service: Service, sqlite_template: Any, tmp_path: Path) -> None:
    filled(sqlite_service)
    some = sqlite_service.get("/export.ndjson?level=part&has_actions=true").content
    (tmp_path / "other").mkdir()
    with opened(sqlite_template.copy(tmp_path / "other", seed=False)) as db:
        assert not brought(db, some).refused
        assert exported(db) == some


DOCUMENT = '{"type":"document","symbol":"A/1","title":{"zh":"文件"},"adopted_on":"2022-11-24"}'
ONE = '{"type":"commitment","ref":"T1","document":"A/1","kind":"operative","position":1,"text":{"zh":"好事"},"tracking":"operational"}'
UPDATE = '{"type":"status_update","ref":"T1.1","commitment":"T1","status":"continuing","effective_on":"2026-11-01","state":"published"}'
WRONG: dict[str, tuple[bytes | str, list[tuple[int, str, str]]]] = {
    "empty": (b"", [(0, "", "empty_file")]),
    "cut off": (DOCUMENT[:-9], [(1, "", "line_not_json")]),
    "not UTF-8": (DOCUMENT.encode("gb18030"), [(1, "", "line_not_utf8")]),
    "UTF-16": (DOCUMENT.encode("utf-16"), [(1, "", "byte_order_mark")]),
    "a mark": (b"\xef\xbb\xbf" + DOCUMENT.encode(), [(1, "", "byte_order_mark")]),
    "CRLF": (DOCUMENT + "\r\n" + ONE, [(1, "", "carriage_return"), (2, "/document", "unknown_reference")]),
    "a blank line": (DOCUMENT + "\n\n" + ONE, [(2, "", "line_not_json")]),
    "an array": ("[" + DOCUMENT + "]", [(1, "", "wrong_type")]),
    "too deep": ("[" * 100 + "]" * 100, [(1, "", "line_too_deep")]),
    "far too deep": ("[" * 100_000, [(1, "", "line_too_deep")]),
    "too long": ('{"type":"document","symbol":"' + "A" * MAX_LINE + '"}\n' + DOCUMENT, [(1, "", "line_too_long")]),
    "no type": ('{"symbol":"A/1"}', [(1, "/type", "required")]),
    "an unknown type": ('{"type":"treaty"}', [(1, "/type", "unknown_code")]),
    "a type that is no text": ('{"type":["document"]}', [(1, "/type", "unknown_code")]),
    "an unknown field": (DOCUMENT[:-1] + ',"colour":"red"}', [(1, "/colour", "unknown_field")]),
    "an unknown field inside": (DOCUMENT.replace('"zh"', '"fr"'), [(1, "/title/fr", "unknown_field")]),
    "a field twice": (DOCUMENT[:-1] + ',"symbol":"A/2"}', [(1, "/symbol", "duplicate_key")]),
    "an unknown code": (DOCUMENT + "\n" + ONE.replace("operative", "decisive"), [(2, "/kind", "unknown_code")]),
    "several at once": (
        DOCUMENT + "\n" + ONE.replace("operative", "decisive").replace('"position":1', '"position":0') + "\n" + UPDATE.replace("2026-11-01", "2026-13-01"),
        [(2, "/kind", "unknown_code"), (2, "/position", "out_of_range"), (3, "/effective_on", "not_a_date")],
    ),
    "a bad character": (DOCUMENT.replace("文件", "文\u200b件"), [(1, "/title/zh", "forbidden_character")]),
    "a bad character escaped": (DOCUMENT.replace("文件", "文\\u202e件"), [(1, "/title/zh", "forbidden_character")]),
    "a lone surrogate": (DOCUMENT.replace("文件", "文\\ud800"), [(1, "/title/zh", "forbidden_character")]),
    "no title": (DOCUMENT.replace('"文件"', "null"), [(1, "/title", "item_needs_title")]),
    "an excerpt": (DOCUMENT[:-1] + ',"languages":{"zh":{"authority":"excerpt"},"en":{"authority":"working"}}}', [(1, "/languages/zh/authority", "unknown_code")]),
    "twice in the file": (DOCUMENT + "\n" + DOCUMENT, [(2, "", "duplicate_line")]),
    "twice but for case": (DOCUMENT + "\n" + ONE + "\n" + ONE.replace("T1", "t1"), [(3, "", "duplicate_line")]),
    "no document": (ONE, [(1, "/document", "unknown_reference")]),
    "an unknown organization": (DOCUMENT + "\n" + ONE[:-1] + ',"responsible":["nobody"]}', [(2, "/responsible/0", "unknown_reference")]),
    "an unknown place": (
        DOCUMENT + "\n" + ONE[:-1] + ',"frameworks":[{"framework":"sdg","code":"99","basis":"explicit"}]}', [(2, "/frameworks/0/framework", "unknown_reference")],
    ),
    "no parent": (DOCUMENT + "\n" + ONE.replace('"document":"A/1"', '"parent":"T9"').replace('"kind":"operative",', ""), [(2, "/parent", "unknown_reference")]),
    "its own parent": (DOCUMENT + "\n" + ONE.replace('"document":"A/1"', '"parent":"T1"').replace('"kind":"operative",', ""), [(2, "/parent", "unknown_reference")]),
    "parents in a circle": (
        '{"type":"commitment","ref":"T1","parent":"T2","position":1,"text":{"zh":"好事"}}\n{"type":"commitment","ref":"T2","parent":"T1","position":1,"text":{"zh":"好事"}}',
        [(1, "/parent", "unknown_reference")],
    ),
    "no excerpt": (DOCUMENT + "\n" + ONE + '\n{"type":"commitment","ref":"T1a","parent":"T1","position":1,"text":{"zh":"坏事"}}', [(3, "/text/zh", "not_an_excerpt")]),
    "an unknown commitment": (UPDATE, [(1, "/commitment", "unknown_reference")]),
    "a line that fails takes none along": (DOCUMENT + "\n" + ONE.replace('"position":1', '"position":0') + "\n" + UPDATE, [(2, "/position", "out_of_range")]),
    "another commitment's ref": (DOCUMENT + "\n" + ONE + "\n" + UPDATE.replace("T1.1", "T2.1"), [(3, "/ref", "bad_form")]),
    "too early": (DOCUMENT + "\n" + ONE + "\n" + UPDATE.replace("2026-11-01", "2022-11-23"), [(3, "/effective_on", "date_too_early")]),
    "too late": (DOCUMENT + "\n" + ONE + "\n" + UPDATE.replace("2026-11-01", "2027-11-23"), [(3, "/effective_on", "date_too_late")]),
    "without evidence": (DOCUMENT + "\n" + ONE + "\n" + UPDATE.replace("continuing", "implemented"), [(3, "/evidence", "evidence_required")]),
    "without narrative": (DOCUMENT + "\n" + ONE + "\n" + UPDATE.replace("continuing", "not_implemented"), [(3, "/narrative", "narrative_required")]),
    "not for declaratory": (
        DOCUMENT + "\n" + ONE.replace("operational", "declaratory") + "\n" + UPDATE.replace("continuing", "not_started"), [(3, "/status", "status_not_allowed")],
    ),
    "published twice as the first": (
        DOCUMENT + "\n" + ONE + "\n" + UPDATE[:-1] + ',"published_no":1}\n' + UPDATE.replace("T1.1", "T1.2")[:-1] + ',"published_no":1}', [(4, "/published_no", "duplicate_entry")],
    ),
    "a number for a draft": (DOCUMENT + "\n" + ONE + "\n" + UPDATE.replace("published", "draft")[:-1] + ',"published_no":1}', [(3, "/published_no", "not_published")]),
    "corrects nothing": (DOCUMENT + "\n" + ONE + "\n" + UPDATE[:-1] + ',"corrects":"T1.7"}', [(3, "/corrects", "not_correctable")]),
    "a link to nothing": ('{"type":"link","action":"A1","commitment":"T1","contribution":"implements"}', [(1, "/action", "unknown_reference"), (1, "/commitment", "unknown_reference")]),
    "an action number beyond all bounds": ('{"type":"action","ref":"A99999999999","title":{"zh":"行动"}}', [(1, "/ref", "out_of_range")]),
    "an action number that no list reaches": ('{"type":"action","ref":"A1000000000","title":{"zh":"行动"}}', [(1, "/ref", "out_of_range")]),
    "a publication beyond all bounds": (DOCUMENT + "\n" + ONE + "\n" + UPDATE[:-1] + ',"published_no":1000000000}', [(3, "/published_no", "out_of_range")]),
    "a publication behind the last": (
        DOCUMENT + "\n" + ONE + "\n" + UPDATE[:-1] + ',"published_no":999999999}\n' + UPDATE.replace("T1.1", "T1.2"), [(4, "/published_no", "out_of_range")],
    ),
    "an action without a title": ('{"type":"action","ref":"A1","title":{}}', [(1, "/title", "item_needs_title")]),
    "an equivalence of nothing": (
        json.dumps(EQUIVALENT[0] | {"entity": "treaty"}) + "\n" + json.dumps(EQUIVALENT[0] | {"ref": "T1"}),
        [(1, "/entity", "unknown_code"), (2, "/ref", "unknown_reference")],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bare(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with opened(sqlite_template.copy(tmp_path_factory.mktemp("bare"), seed=False)) as db:
        yield db


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_by_line_and_field_and_nothing_is_written(bare: Database, name: str) -> None:
    content, expected = WRONG[name]
    outcome = brought(bare, content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    assert [(one.line, one.error.pointer, one.error.code) for one in outcome.errors.kept] == expected
    assert bare.head().seq == 0
    assert exported(bare) == b""


def test_a_step_back_is_judged_as_at_its_publication(bare: Database) -> None:
    evidence = '"evidence":[{"kind":"web","url":"https://example.org"}]'
    first = UPDATE.replace("continuing", "implemented")[:-1] + f',"published_no":1,{evidence}}}'
    second = UPDATE.replace("continuing", "not_started").replace("T1.1", "T1.2").replace("11-01", "11-02")[:-1] + ',"published_no":2}'
    outcome = brought(bare, "\n".join((second, first, ONE, DOCUMENT)).encode())
    assert [(one.line, one.error.code) for one in outcome.errors.kept] == [(1, "narrative_required")]
    correcting = second[:-1] + ',"corrects":"T1.1"}'
    assert not brought(bare, "\n".join((correcting, first, ONE, DOCUMENT)).encode(), dry_run=True).refused


def test_what_differs_is_a_conflict_and_nothing_is_written(db: Database) -> None:
    before = exported(db)
    changed = before.replace("第41段".encode(), "第四十一段".encode()).replace(b'"ref":"HI-O7b"', b'"ref":"HI-O7c"', 1)
    head = db.head()
    outcome = brought(db, changed)
    assert [(one.ref, one.field, one.stored, one.given) for one in outcome.conflicts] == [("C41", "/citation/zh", "第41段", "第四十一段")]
    assert (db.head(), exported(db)) == (head, before)


def test_an_import_never_reverts_what_somebody_set(service: Service) -> None:
    delivered = exported(service.db)
    service.publish("HI-O7b")
    patch = {"responsible": ["unoosa"], "text": {"en": "Ours now"}}
    assert service.patch("/commitments/C43", patch, role="editor", tag=service.tag("/commitments/C43")).status_code == 200
    outcome = brought(service.db, delivered)
    assert [(one.ref, one.field) for one in outcome.conflicts] == [("C43", "/text/en"), ("C43", "/responsible")]
    assert brought(service.db, delivered, Allowed(replace_working=True)).conflict_count == 1
    assert service.get("/commitments/C43").json()["text"]["en"] == "Ours now"
    assert service.get("/commitments/HI-O7b").json()["status"] == "under_implementation"


def test_a_corrigendum_changes_official_wording_of_its_document_and_nothing_else(service: Service) -> None:
    changed = exported(service.db).replace("第三期".encode(), "第三届".encode())
    assert changed != exported(service.db)
    refused = brought(service.db, changed)
    assert refused.conflict_count
    assert brought(service.db, changed, Allowed("A/AC.105/1300/Corr.1")).conflict_count == refused.conflict_count
    outcome = brought(service.db, changed, Allowed("A/AC.105/1294/Corr.1"), reason="A/AC.105/1294/Corr.1")
    assert {one.ref for one in outcome.conflicts} <= {"third-workshop"}
    lines = b"".join(line for line in changed.splitlines(keepends=True) if b'"third-workshop"' not in line)
    outcome = brought(service.db, lines, Allowed("A/AC.105/1294/Corr.1"), reason="A/AC.105/1294/Corr.1")
    assert (outcome.errors.kept, outcome.conflicts) == ([], [])
    one = service.get("/commitments/HI-O7b").json()
    assert "第三届" in one["text"]["zh"]
    assert (one["version"], one["languages"]["zh"]["authority"]) == (2, "excerpt")
    last = service.get("/commitments/HI-O7b/history").json()["items"][0]
    assert (last["action"], last["reason"]) == ("record:import", "A/AC.105/1294/Corr.1")
    service.proves_itself()


def test_official_english_takes_the_place_of_the_working_translation(service: Service) -> None:
    lines = [json.loads(line) for line in exported(service.db).splitlines()]
    family = [one for one in lines if one["type"] == "commitment" and one["ref"] in ("HI-O7", "HI-O7a", "HI-O7b")]
    whole = next(one for one in family if one["ref"] == "HI-O7")
    whole["languages"]["en"]["authority"] = "official"
    content = json.dumps(whole).encode()
    assert brought(service.db, content).conflict_count == 1
    assert not brought(service.db, content, Allowed("A/AC.105/1294")).refused
    assert service.get("/commitments/HI-O7b").json()["languages"]["en"] == {"authority": "excerpt"}
    torn = content.replace(whole["text"]["en"].encode(), b"Something else")
    outcome = brought(service.db, torn, Allowed("A/AC.105/1294"))
    assert {(one.error.pointer, one.error.code) for one in outcome.errors.kept} == {("/text/en", "not_an_excerpt")}
    service.proves_itself()


def test_new_updates_of_a_known_commitment_move_its_version(service: Service) -> None:
    line = '{"type":"status_update","ref":"C42.1","commitment":"C42","status":"continuing","effective_on":"2026-11-01","state":"published"}'
    assert not brought(service.db, line.encode()).refused
    one = service.get("/commitments/C42").json()
    assert (one["status"], one["version"]) == ("continuing", 2)
    assert service.entries(117) == [("record:import", "status_update", "C42.1"), ("record:import", "commitment", "C42")]
    service.proves_itself()


def test_at_the_highest_number_all_goes_out_and_in_and_nothing_is_numbered_beyond(service: Service, bare: Database) -> None:
    update = UPDATE.replace('"T1', '"C42').replace("C42.1", "C42.999999999")[:-1] + ',"published_no":999999999}'
    content = f'{update}\n{{"type":"action","ref":"A999999999","title":{{"zh":"行动"}}}}\n'
    assert brought(service.db, content.encode()).errors.kept == []
    assert service.get("/status-updates/C42.999999999").status_code == 200
    assert [one["ref"] for one in service.get("/actions?limit=1").json()["items"]] == ["A999999999"]
    body = {"status": "continuing", "effective_on": "2026-11-02", "state": "published"}
    made = service.post("/commitments/C42/status-updates", body, role="editor", tag=service.tag("/commitments/C42"))
    assert (made.status_code, "999999999" in made.json()["detail"]) == (409, True)
    assert service.post("/actions", {"title": {"zh": "又一项"}}, role="editor").status_code == 409
    assert brought(service.db, content.encode()).equal == 2
    assert not brought(bare, exported(service.db), dry_run=True).refused


def hainan(home: Path, *words: str, most: int | None = None, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """A command of the program as a process of its own, with the largest file it may write."""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))) if most else None
    environment = {**os.environ, "HAINAN_DATABASE_URL": f"sqlite:///{home / 'hainan.db'}", "HAINAN_LANG": lang, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "app", *words], cwd=home, env=environment, capture_output=True, text=True, check=False, preexec_fn=limit
    )


def test_the_commands_bring_a_file_in_and_out_and_say_what_is_wrong(sqlite_template: Any, whole: bytes, tmp_path: Path) -> None:
    sqlite_template.copy(tmp_path, seed=False)
    (tmp_path / "in.ndjson").write_bytes(whole)
    number = whole.count(b"\n")
    done = hainan(tmp_path, "import", "in.ndjson", "--dry-run")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"would add {number}, change 0, leave 0\n", "")
    done = hainan(tmp_path, "import", "in.ndjson", most=200_000)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    done = hainan(tmp_path, "import", "in.ndjson", "--reason", "first load")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"added {number}, changed 0, left 0\n", "")
    done = hainan(tmp_path, "export", "-o", "out.ndjson", most=20_000)
    assert done.returncode == 2
    assert sorted(path.name for path in tmp_path.glob("*.ndjson")) == ["in.ndjson"]
    assert [path for path in tmp_path.iterdir() if "out" in path.name] == []
    assert hainan(tmp_path, "export", "-o", "out.ndjson").returncode == 0
    assert (tmp_path / "out.ndjson").read_bytes() == whole
    (tmp_path / "bad.ndjson").write_bytes(whole.replace("第41段".encode(), b"") + b"{")
    done = hainan(tmp_path, "import", "bad.ndjson", lang="zh")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "bad.ndjson：没有导入任何内容"
    assert any(line.endswith("这一行不是一个完整的JSON对象。") for line in done.stderr.splitlines())


def test_standard_output_takes_an_export(sqlite_template: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.cli import main

    monkeypatch.setenv("HAINAN_DATABASE_URL", sqlite_template.copy(tmp_path, seed=True))
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    assert main(["export", "-o", "-", "--document", "A/AC.105/1294"]) == 0
    assert out.getvalue().count(b'"type":"commitment"') == 29
    assert main(["export", "-o", "x.pdf"]) == 2


def test_hostile_text_goes_in_and_out_as_it_is_on_both_engines(empty: Database) -> None:
    texts = [*KEPT.values(), "一\n\n二", "'=1", "\u2028后", "\\n", '{"a":"b"}', "&lt;"]
    drafts = [
        {"type": "status_update", "ref": f"T1.{n}", "commitment": "T1", "status": "continuing", "effective_on": "2026-11-01", "narrative": {"zh": text, "en": text}}
        for n, text in enumerate(texts, 1)
    ]  # fmt: skip
    content = f"{DOCUMENT}\n{ONE}\n".encode() + b"".join(json.dumps(draft).encode() + b"\n" for draft in drafts)
    assert not brought(empty, content).refused
    out = exported(empty)
    found = [json.loads(line)["narrative"] for line in out.splitlines() if b'"status_update"' in line]
    assert found == [{"zh": passed_text, "en": passed_text} for passed_text in (text.strip("\u2028") for text in texts)]
    assert brought(empty, out).equal == len(texts) + 2
