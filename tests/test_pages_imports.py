"""Importing on the pages: a file is sent, its differences are read in the language of the page, and all or some of it is accepted."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.browser import Browser, signed_in
from tests.forms import complaints, filled, words_of
from tests.reader import foreign, structure_faults
from tests.service import Service
from tests.test_imports import NEW, Sheet, lines
from tests.test_pages_desk import NAMES

NAMES_HERE = (*NAMES, "ISRO", "isro", "UNOOSA", "my.csv", "new.ndjson")


def upload(browser: Browser, content: bytes | None, lang: str = "en", name: str = "my.csv", **typed: Any) -> httpx.Response:
    """Open the form, choose a file, and send it."""
    fields = {name: value for name, value in filled(browser.open(f"/{lang}/imports").text).items() if name != "file"} | typed
    chosen = {"file": (name, content, "application/octet-stream")} if content is not None else {"file": ("", b"")}
    body = {name: (None, value) for name, value in fields.items()} | chosen
    return browser.call("POST", f"//{lang}/imports", files=body)


def preview(browser: Browser, content: bytes, lang: str = "en", **given: Any) -> tuple[str, str]:
    """The path and the page of what a file would change."""
    response = upload(browser, content, lang, **given)
    assert response.status_code == 303, response.text
    path = response.headers["location"].partition("?")[0]
    page = browser.open(response.headers["location"])
    assert (page.status_code, page.headers["cache-control"]) == (200, "private, no-store")
    return path, page.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_is_previewed_in_words_and_what_is_ticked_is_accepted(sqlite_service: Service, lang: str) -> None:
    editor = signed_in(sqlite_service)
    content = Sheet(sqlite_service).set("HI-O7", "target_on", "2027-12-31").set("HI-O6", "responsible", "unoosa").csv()
    head = sqlite_service.db.head()
    path, page = preview(editor, content, lang)
    assert sqlite_service.db.head() == head
    assert foreign(page, NAMES_HERE) + structure_faults(page) == []
    assert {"zh": "2027年12月31日", "en": "31 December 2027"}[lang] in page
    index = editor.open(f"/{lang}/imports").text
    assert "my.csv" in index and foreign(index, NAMES_HERE) + structure_faults(index) == []
    fields = filled(page) | {"records": "commitment/HI-O7", "do": "chosen", "reason": "Agreed."}
    done = editor.send(f"{path}/accept", fields)
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=imported")
    assert editor.send(f"{path}/accept", fields).headers["location"] == done.headers["location"], "a second click has no second effect"
    assert sqlite_service.entries(head.seq) == [("record:import", "commitment", "HI-O7")]
    assert sqlite_service.get("/commitments/HI-O7").json()["target_on"] == "2027-12-31"
    assert sqlite_service.get("/commitments/HI-O6").json()["responsible"] == []
    after = editor.open(f"{path}?done=imported").text
    assert f'href="/{lang}/commitments/HI-O7"' in after and f'href="/{lang}/commitments/HI-O6"' not in after
    assert 'id="done"' in after and "accept" not in after and foreign(after, NAMES_HERE) + structure_faults(after) == []
    history = editor.open(f"/{lang}/commitments/HI-O7/history").text
    assert {"zh": "从文件导入", "en": "Imported from a file"}[lang] in history


def test_a_record_file_shows_everything_new_and_is_accepted_whole(sqlite_service: Service) -> None:
    editor = signed_in(sqlite_service)
    path, page = preview(editor, lines(*NEW), "zh", name="new.ndjson")
    assert foreign(page, NAMES_HERE) + structure_faults(page) == []
    assert all(text in page for text in ("鼓励；", "ISRO", "第3行", "航天机构"))
    assert len(re.findall(r'name="records" value="[^"]+" checked', page)) == 3
    assert editor.send(f"{path}/accept", filled(page)).status_code == 303
    assert sqlite_service.get("/commitments/T3-O1").status_code == 200
    assert editor.send(f"{path}/accept", filled(page) | {"key": "k" * 24}).status_code == 409
    sqlite_service.proves_itself()


def test_a_conflict_is_shown_with_what_was_exported_and_cannot_be_chosen(sqlite_service: Service) -> None:
    editor = signed_in(sqlite_service)
    sheet = Sheet(sqlite_service).set("HI-O7", "target_on", "2027-12-31").set("HI-O6", "target_on", "2028-01-01")
    etag = sqlite_service.tag("/commitments/HI-O7")
    assert sqlite_service.patch("/commitments/HI-O7", {"target_on": "2027-06-30"}, role="editor", tag=etag).status_code == 200
    path, page = preview(editor, sheet.csv())
    assert re.findall(r'name="records" value="([^"]+)"', page) == ["commitment/HI-O6"]
    assert "30 June 2027" in page and "31 December 2027" in page and "Conflict" in page
    refused = editor.send(f"{path}/accept", filled(page) | {"records": "commitment/HI-O7", "do": "chosen"})
    assert refused.status_code == 409 and "leave them out" in refused.text
    nothing = editor.send(f"{path}/accept", {name: value for name, value in filled(page).items() if name != "records"} | {"do": "chosen"})
    assert (nothing.status_code, "Choose at least one record." in nothing.text) == (422, True)
    assert structure_faults(refused.text) + structure_faults(nothing.text) == []
    assert editor.send(f"{path}/accept", filled(page) | {"do": "all"}).status_code == 303
    assert sqlite_service.get("/commitments/HI-O6").json()["target_on"] == "2028-01-01"
    assert sqlite_service.get("/commitments/HI-O7").json()["target_on"] == "2027-06-30"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, {"f-file": "文件：此项必填。"}),
        (b"", {}),
        (b"\x00\xff", {}),
        (b"PK\x03\x04 no workbook", {}),
        (b'{"type":"organization"}\n{', {}),
        (b'"ref","target_on"\n"HI-O7","soon"\n', {}),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_told_with_its_place_and_nothing_is_kept(
    sqlite_service: Service, content: bytes | None, told: dict[str, str]
) -> None:
    editor = signed_in(sqlite_service)
    refused = upload(editor, content, "zh", reason="理由")
    assert (refused.status_code, refused.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert foreign(refused.text, NAMES_HERE) + structure_faults(refused.text) == []
    assert words_of(refused.text, "problems")
    assert filled(refused.text)["reason"] == "理由"
    if told:
        assert complaints(refused.text) == told
    if content and b"soon" in content:
        assert "单元格B2 · 目标日期 · HI-O7" in words_of(refused.text, "problems")
    if content and content.startswith(b"{"):
        assert "第1行" in words_of(refused.text, "problems")
    assert "kept" in refused.text and "my.csv" not in editor.open("/zh/imports").text


def test_a_second_click_keeps_one_file_and_the_form_is_for_editors_of_this_site(sqlite_service: Service) -> None:
    editor, contributor = signed_in(sqlite_service), signed_in(sqlite_service, "contributor")
    content = Sheet(sqlite_service).set("HI-O7", "target_on", "2027-12-31").csv()
    key = filled(editor.open("/en/imports").text)["key"]
    first, second = (upload(editor, content, key=key) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert upload(editor, content + b"\n", key=key).status_code == 422
    assert contributor.open("/en/imports").status_code == 403
    assert 'href="/en/imports"' not in contributor.open("/en").text
    assert 'href="/en/imports"' in editor.open("/en").text
    path = first.headers["location"].partition("?")[0]
    assert contributor.open(path).status_code == 403
    stranger = Browser(sqlite_service).call("POST", "//en/imports", files={"file": ("a.csv", content)})
    assert (stranger.status_code, "form-data" in stranger.text) == (401, False)
    other = editor.call("POST", "//en/imports", files={"file": ("a.csv", content)}, headers={"Origin": "https://elsewhere.example"})
    assert other.status_code == 403


def test_a_body_that_is_cut_off_or_too_large_is_refused(sqlite_service: Service) -> None:
    editor = signed_in(sqlite_service)
    form = {"Content-Type": "multipart/form-data; boundary=xx"}
    for body in (
        b"",
        b"--xx\r\nContent-Disposition: form-data; name=",
        b'--xx\r\nContent-Disposition: form-data; name="key"\r\n\r\n\xff\r\n--xx--',
    ):
        assert editor.call("POST", "//zh/imports", content=body, headers=form).status_code == 400
    assert editor.call("POST", "//zh/imports", content=b"a=1", headers={"Content-Type": "multipart/form-data"}).status_code == 415
    most = 20 * 2**20
    assert "20 MiB" in upload(editor, b"{" * (most + 1)).text
    assert upload(editor, b"{" * (most + 2**17)).status_code == 413
    assert json.loads(sqlite_service.get("/changes?limit=1").text)["items"]
