"""What staff write on pages: the same as through the API, with every error beside its field, and nothing typed is ever lost."""

import asyncio
import re
from typing import Any

from tests.browser import Browser, signed_in
from tests.forms import complaints, filled, press, send, words_of
from tests.service import PASSWORD, Service

UPDATE = {"status": "under_implementation", "effective_on": "2026-11-01"}


def recorded(service: Service, ref: str) -> dict[str, Any]:
    """An update without what makes it another one than its twin."""
    found = service.get(f"/status-updates/{ref}", role="editor").json()
    return {name: value for name, value in found.items() if name not in ("ref", "commitment", "recorded_at", "published_at")}


def test_a_form_and_a_body_of_json_say_the_same(sqlite_service: Service) -> None:
    narrative = {"zh": "第一行\n“第二行”。", "en": "First line\nSecond line."}
    evidence = [
        {"kind": "document", "symbol": "A/AC.105/1294", "paragraph": "46", "title": {"zh": "报告"}},
        {"kind": "web", "url": "https://x.org/"},
    ]
    sqlite_service.publish("HI-O6", status="implemented", on="2026-10-01", narrative=narrative, evidence=evidence)
    response = send(
        signed_in(sqlite_service), "/zh/commitments/HI-O7/update", status="implemented", effective_on="2026-10-01", state="published",
        narrative__zh="第一行\r\n“第二行”。", narrative__en="First line\r\nSecond line.", **{
            "evidence.0.kind": "document", "evidence.0.symbol": "A/AC.105/1294", "evidence.0.paragraph": "46", "evidence.0.title.zh": "报告",
            "evidence.4.kind": "web", "evidence.4.url": "https://x.org/",
        },
    )  # fmt: skip
    assert (response.status_code, response.headers["location"]) == (303, "/zh/commitments/HI-O7?done=published#HI-O7.1")
    assert recorded(sqlite_service, "HI-O7.1") == recorded(sqlite_service, "HI-O6.1")
    sqlite_service.proves_itself()


def test_an_action_of_a_form_is_that_of_the_api(sqlite_service: Service) -> None:
    fields: dict[str, Any] = {
        "title": {"zh": "编写概念说明", "en": "Draft the concept note"}, "event": "third-workshop", "owner": "unoosa", "partners": ["cnsa"],
        "due_on": "2027-01-31", "priority": "high", "progress": 5, "milestones": [{"title": {"en": "First draft"}, "due_on": "2026-12-31"}],
    }  # fmt: skip
    sqlite_service.action(**fields)
    typed = {
        "title.zh": "编写概念说明", "title.en": "Draft the concept note", "event": "third-workshop", "owner": "unoosa", "partners": "cnsa",
        "due_on": "2027-01-31", "priority": "high", "progress": "5", "milestones.0.title.en": "First draft", "milestones.0.due_on": "2026-12-31",
    }  # fmt: skip
    response = send(signed_in(sqlite_service), "/en/actions/new", **typed)
    assert response.headers["location"] == "/en/actions/A2?done=created"
    one, two = (sqlite_service.get(f"/actions/{ref}").json() for ref in ("A1", "A2"))
    assert one | {"ref": "", "updated_at": ""} == two | {"ref": "", "updated_at": ""}


EDITED = (
    "/commitments/HI-O7b/edit", "/commitments/HI-O7/edit", "/documents/A-AC.105-1294/edit", "/events/third-workshop/edit",
    "/events/un-china-2022/edit", "/organizations/cnsa/edit", "/actions/A1/edit", "/actions/A1/links/HI-O7b", "/updates/HI-O7.1/edit",
)  # fmt: skip


def test_a_form_that_is_stored_as_it_was_opened_changes_nothing(sqlite_service: Service) -> None:
    sqlite_service.action(
        owner="unoosa",
        partners=["unoosa", "cnsa"],
        milestones=[{"title": {"zh": "初稿"}}],
        evidence=[{"kind": "meeting", "title": {"zh": "会"}}],
    )
    sqlite_service.link("A1", "HI-O7b")
    sqlite_service.draft("HI-O7", narrative={"zh": "草稿"}, evidence=[{"kind": "web", "url": "https://x.org/", "note": {"en": "n"}}])
    editor, head = signed_in(sqlite_service), sqlite_service.db.head()
    for path in EDITED:
        assert send(editor, f"/en{path}", do="save").status_code == 303, path
        assert sqlite_service.db.head() == head, path


def test_every_error_stands_beside_its_field_and_what_was_typed_stays(sqlite_service: Service) -> None:
    editor, head = signed_in(sqlite_service), sqlite_service.db.head()
    response = send(
        editor, "/zh/commitments/HI-O7b/update", status="", effective_on="2026-11-31", narrative__zh="草稿\u200b文字", state="published",
        **{"evidence.0.kind": "web", "evidence.0.url": "ftp://x", "evidence.0.title.en": "A page", "evidence.5.symbol": "A/1"},
    )  # fmt: skip
    assert response.status_code == 422
    found = complaints(response.text)
    assert set(found) == {"f-status", "f-effective_on", "f-narrative-zh", "f-evidence-0-url", "f-evidence-1-kind"}
    assert found["f-effective_on"] == "生效日期：不是YYYY-MM-DD格式的日期。"
    kept = filled(response.text)
    assert (kept["evidence.0.title.en"], kept["evidence.1.symbol"], kept["narrative.zh"]) == ("A page", "A/1", "草稿\u200b文字")
    assert response.headers["cache-control"] == "private, no-store"
    assert sqlite_service.db.head() == head


def test_what_cannot_be_read_and_what_breaks_a_rule_are_told_together(sqlite_service: Service) -> None:
    typed = {"status": "implemented", "effective_on": "soon", "evidence.0.kind": "web", "do": "publish", "state": "published"}
    found = send(
        signed_in(sqlite_service), "/en/commitments/HI-O7b/update", **{name: value for name, value in typed.items() if name != "do"}
    )
    assert set(complaints(found.text)) == {"f-effective_on", "f-evidence-0-url"}
    typed = {"status": "", "effective_on": "2020-01-01", "state": "published"}
    assert set(complaints(send(signed_in(sqlite_service), "/en/commitments/HI-O7b/update", **typed).text)) == {"f-status", "f-effective_on"}


def test_a_form_goes_on_in_the_other_language_with_what_was_typed(sqlite_service: Service) -> None:
    editor, head = signed_in(sqlite_service), sqlite_service.db.head()
    page = editor.open("/zh/commitments/HI-O7b/update").text
    (target,) = re.findall(r'value="more" formaction="([^"#]+)"', page)
    other = editor.send(target, filled(page) | {"narrative.zh": "刚开始写", "do": "more"})
    assert (target, other.status_code, filled(other.text)["narrative.zh"]) == ("/en/commitments/HI-O7b/update", 200, "刚开始写")
    assert sqlite_service.db.head() == head


def test_the_rules_of_a_status_are_told_before_and_after_they_are_broken(sqlite_service: Service) -> None:
    editor = signed_in(sqlite_service)
    page = editor.open("/en/commitments/HI-O7b/update").text
    assert "It takes at least one piece of evidence." in words_of(page, "f-status")
    assert "From 24 November 2022 to 22 November 2026." in page
    response = send(editor, "/en/commitments/HI-O7b/update", status="implemented", effective_on="2020-01-01", state="submitted")
    assert set(complaints(response.text)) == {"f-effective_on", "f-evidence"}
    declaratory = editor.open("/en/commitments/HI-O1/update").text
    assert re.findall(r'name="status" value="(\w+)"', declaratory) == ["not_assessed", "continuing", "overtaken_by_events"]


def test_another_blank_piece_of_evidence_stores_nothing(sqlite_service: Service) -> None:
    editor, head = signed_in(sqlite_service), sqlite_service.db.head()
    typed = UPDATE | {"evidence.0.kind": "web", "evidence.0.url": "https://x.org/", "do": "more"}
    response = send(editor, "/en/commitments/HI-O7b/update", **typed)
    assert response.status_code == 200
    assert 'name="evidence.1.kind"' in response.text
    assert filled(response.text)["evidence.0.url"] == "https://x.org/"
    assert sqlite_service.db.head() == head


def test_of_two_who_write_at_once_both_versions_are_shown_and_the_second_decides(sqlite_service: Service) -> None:
    editor, admin = signed_in(sqlite_service), signed_in(sqlite_service, "admin")
    path = "/en/commitments/HI-O7b/edit"
    mine = filled(editor.open(path).text) | {"target_on": "2027-06-30", "responsible": "unoosa"}
    assert send(admin, path, target_on="2027-12-31").status_code == 303
    refused = editor.send(path, mine)
    assert refused.status_code == 412
    assert "Target date 31 December 2027 30 June 2027" in words_of(refused.text, "content")
    again = filled(refused.text)
    assert (again["version"], again["target_on"], again["responsible"]) == ("2", "2027-06-30", "unoosa")
    assert sqlite_service.get("/commitments/HI-O7b").json()["target_on"] == "2027-12-31"
    assert editor.send(path, again).status_code == 303
    assert sqlite_service.get("/commitments/HI-O7b").json()["target_on"] == "2027-06-30"


def test_of_several_at_the_same_moment_one_is_stored_and_all_others_see_it(sqlite_service: Service) -> None:
    editor, path = signed_in(sqlite_service), "/en/events/third-workshop/edit"
    typed = filled(editor.open(path).text)
    bodies = [typed | {"key": f"{number:024}", "place.en": f"Place {number}"} for number in range(4)]

    async def at_once() -> list[Any]:
        headers = {"Origin": editor.base}
        return await asyncio.gather(*(editor.client.post(path, data=body, headers=headers) for body in bodies))

    answers = sqlite_service.portal.call(at_once)
    assert sorted(one.status_code for one in answers) == [303, 412, 412, 412]
    stored = sqlite_service.get("/events/third-workshop").json()["place"]["en"]
    for one in answers:
        if one.status_code == 412:
            assert filled(one.text)["version"] == "2"
            assert stored in words_of(one.text, "problems")


def test_an_update_that_meets_another_one_shows_what_was_published(sqlite_service: Service) -> None:
    editor = signed_in(sqlite_service)
    path = "/zh/commitments/HI-O7b/update"
    mine = filled(editor.open(path).text) | UPDATE | {"narrative.zh": "我的说明。", "state": "published"}
    sqlite_service.publish("HI-O7b", status="not_started", on="2026-10-01", narrative={"zh": "别人的说明。"})
    refused = editor.send(path, mine)
    assert refused.status_code == 412
    table = words_of(refused.text, "content")
    assert "别人的说明。" in table
    assert "我的说明。" in table
    assert editor.send(path, filled(refused.text) | {"state": "published"}).status_code == 303
    assert [one["ref"] for one in sqlite_service.get("/commitments/HI-O7b").json()["status_updates"]] == ["HI-O7b.2", "HI-O7b.1"]


def test_a_sign_in_that_ran_out_loses_nothing(sqlite_service: Service) -> None:
    browser, path = signed_in(sqlite_service), "/zh/commitments/HI-O7b/update"
    typed = filled(browser.open(path).text) | UPDATE | {"narrative.zh": "写了很久的“说明”。\r\n第二段 & 结尾", "state": "draft"}
    sqlite_service.clock.forward(minutes=61)
    lost = browser.send(path, typed)
    assert lost.status_code == 401
    assert "登录已过期" in lost.text
    back = browser.send("/zh/sign-in", filled(lost.text, "/zh/sign-in") | {"name": "editor person", "password": PASSWORD})
    assert back.status_code == 200
    again = browser.send(path, filled(back.text, path))
    assert again.status_code == 200
    kept = filled(again.text)
    assert {name: kept[name].replace("\n", "\r\n") for name in ("narrative.zh", "status", "effective_on", "key")} == {
        name: typed[name] for name in ("narrative.zh", "status", "effective_on", "key")
    }
    assert sqlite_service.get("/status-updates?state=draft", role="editor").json()["total"] == 0
    assert browser.send(path, kept | {"state": "draft"}).headers["location"] == "/zh/updates/HI-O7b.1?done=draft_saved"


def test_what_is_secret_is_not_carried_through_a_sign_in(sqlite_service: Service) -> None:
    browser = signed_in(sqlite_service)
    sqlite_service.clock.forward(minutes=61)
    lost = browser.send("/en/profile/password", {"current": PASSWORD, "password": "another password that nobody guesses"})
    assert lost.status_code == 401
    assert PASSWORD not in lost.text
    assert "another" not in lost.text


def test_a_second_click_has_no_second_effect(sqlite_service: Service) -> None:
    editor, path = signed_in(sqlite_service), "/en/commitments/HI-O7b/update"
    typed = filled(editor.open(path).text) | UPDATE | {"state": "draft"}
    answers = [editor.send(path, typed) for _ in range(2)]
    assert {(one.status_code, one.headers["location"]) for one in answers} == {(303, "/en/updates/HI-O7b.1?done=draft_saved")}
    other = editor.send(path, typed | {"status": "not_started"})
    assert other.status_code == 422
    assert "This form was sent before" in words_of(other.text, "problems")
    assert filled(other.text)["key"] != typed["key"]
    assert editor.send(path, filled(other.text) | {"state": "draft"}).headers["location"].startswith("/en/updates/HI-O7b.2")


def test_the_way_of_an_update_through_review(sqlite_service: Service) -> None:
    focal, editor = signed_in(sqlite_service, "contributor"), signed_in(sqlite_service)
    assert send(focal, "/zh/commitments/HI-O7b/update", **UPDATE, narrative__zh="筹备已经开始。", state="submitted").status_code == 303
    assert "HI-O7b.1" in editor.open("/en/review").text
    assert "HI-O7b.1" in editor.open("/en/review?organization=cnsa").text
    assert "HI-O7b.1" not in editor.open("/en/review?organization=unoosa").text
    assert "There is no English text." in editor.open("/en/updates/HI-O7b.1").text
    silent = press(editor, "/en/updates/HI-O7b.1", "/en/updates/HI-O7b.1/return")
    assert set(complaints(silent.text)) == {"f-review_note"}
    returned = press(editor, "/en/updates/HI-O7b.1", "/en/updates/HI-O7b.1/return", review_note="请补充英文。")
    assert returned.headers["location"] == "/en/updates/HI-O7b.1?done=returned"
    assert "请补充英文。" in focal.open("/zh/drafts").text
    page = send(focal, "/zh/updates/HI-O7b.1/edit", narrative__en="Preparations have begun.", do="submit")
    assert page.headers["location"] == "/zh/updates/HI-O7b.1?done=submitted"
    done = press(editor, "/en/updates/HI-O7b.1", "/en/updates/HI-O7b.1/publish")
    assert done.headers["location"] == "/en/commitments/HI-O7b?done=published#HI-O7b.1"
    assert "The update is published." in words_of(editor.open(done.headers["location"].partition("#")[0]).text, "done")
    assert sqlite_service.entries()[-2:] == [
        ("status_update:publish", "commitment", "HI-O7b"),
        ("status_update:publish", "status_update", "HI-O7b.1"),
    ]
    sqlite_service.proves_itself()


def test_a_draft_is_published_in_one_step_by_whoever_may(sqlite_service: Service) -> None:
    sqlite_service.draft("HI-O7b", role="editor", narrative={"zh": "草稿"})
    editor, before = signed_in(sqlite_service), sqlite_service.db.head().seq
    refused = send(editor, "/en/updates/HI-O7b.1/edit", status="implemented", do="publish")
    assert set(complaints(refused.text)) == {"f-evidence"}
    assert sqlite_service.get("/status-updates/HI-O7b.1", role="editor").json()["state"] == "draft"
    typed = {
        "status": "implemented",
        "narrative__en": "Held.",
        "do": "publish",
        "evidence.0.kind": "meeting",
        "evidence.0.title.en": "Workshop",
    }
    assert send(editor, "/en/updates/HI-O7b.1/edit", **typed).status_code == 303
    assert sqlite_service.entries(before) == [
        ("status_update:publish", "commitment", "HI-O7b"),
        ("status_update:publish", "status_update", "HI-O7b.1"),
    ]


def test_a_step_that_the_rules_forbid_leads_to_the_form_that_mends_it(sqlite_service: Service) -> None:
    sqlite_service.draft("HI-O7b", role="editor", status="implemented")
    response = press(signed_in(sqlite_service), "/en/updates/HI-O7b.1", "/en/updates/HI-O7b.1/submit")
    assert response.status_code == 422
    assert set(complaints(response.text)) == {"f-evidence"}
    assert 'action="/en/updates/HI-O7b.1/edit"' in response.text
    assert 'href="/zh/updates/HI-O7b.1/edit"' in response.text


def test_a_draft_is_withdrawn_and_a_published_update_corrected(sqlite_service: Service) -> None:
    sqlite_service.draft("HI-O7b", role="editor")
    editor = signed_in(sqlite_service)
    assert (
        press(editor, "/en/updates/HI-O7b.1", "/en/updates/HI-O7b.1/withdraw").headers["location"]
        == "/en/commitments/HI-O7b?done=withdrawn"
    )
    sqlite_service.publish("HI-O7b", status="not_started", narrative={"zh": "写错了。"})
    path = "/en/commitments/HI-O7b/update?corrects=HI-O7b.2"
    page = filled(editor.open(path).text)
    assert (page["narrative.zh"], page["status"], page["corrects"]) == ("写错了。", "not_started", "HI-O7b.2")
    response = editor.send("/en/commitments/HI-O7b/update", page | {"narrative.zh": "写对了。", "state": "published"})
    assert response.status_code == 303
    updates = sqlite_service.get("/commitments/HI-O7b").json()["status_updates"]
    assert [(one["ref"], one["corrected_by"]) for one in updates] == [("HI-O7b.3", None), ("HI-O7b.2", "HI-O7b.3")]
    for path in ("/en", "/en/updates/HI-O7b.2", "/en/commitments/HI-O7b"):
        assert editor.open(path).text.count("Corrected by HI-O7b.3; it no longer counts.") == 1, path
    assert editor.open("/en/commitments/HI-O7b/update?corrects=HI-O6.1").status_code == 404


def test_still_true_is_one_click(sqlite_service: Service) -> None:
    sqlite_service.publish("HI-O7b")
    editor = signed_in(sqlite_service)
    response = press(editor, "/zh/commitments/HI-O7b", "/zh/commitments/HI-O7b/confirm")
    assert response.headers["location"] == "/zh/commitments/HI-O7b?done=confirmed"
    assert sqlite_service.get("/commitments/HI-O7b").json()["last_confirmed_on"] == "2026-11-22"
    assert 'action="/zh/commitments/HI-O7b/confirm"' not in editor.open("/zh/commitments/HI-O7b").text
    twice = send(editor, "/zh/commitments/HI-O7b/confirm")
    assert (twice.status_code, "2026-11-22" in words_of(twice.text, "problems")) == (409, True)


def test_links_are_made_from_either_side_changed_and_removed(sqlite_service: Service) -> None:
    sqlite_service.action()
    editor = signed_in(sqlite_service)
    choice = filled(editor.open("/en/commitments/HI-O7b/link").text)
    made = editor.send("/en/commitments/HI-O7b/link", choice | {"action": "A1.1", "note.zh": "由概念说明落实。"})
    assert made.headers["location"] == "/en/commitments/HI-O7b?done=linked"
    stale = editor.send("/en/commitments/HI-O6/link", choice | {"action": "A1.1", "key": "x" * 24})
    assert stale.status_code == 412
    assert send(editor, "/en/actions/A1/link", commitment="HI-O99").status_code == 422
    assert set(complaints(send(editor, "/en/actions/A1/link", commitment="HI-O99").text)) == {"f-commitment"}
    assert send(editor, "/en/actions/A1/link", commitment="R46", contribution="reports_on").status_code == 303
    assert send(editor, "/en/actions/A1/links/R46", contribution="partly_addresses").status_code == 303
    links = sqlite_service.get("/actions/A1").json()["commitments"]
    assert [(one["ref"], one["contribution"]) for one in links] == [("R46", "partly_addresses"), ("HI-O7b", "implements")]
    assert send(editor, "/en/actions/A1/delete").status_code == 409 if 'id="form"' in editor.open("/en/actions/A1/delete").text else True
    for ref in ("R46", "HI-O7b"):
        page = f"/en/actions/A1/links/{ref}"
        assert press(editor, page, f"{page}/remove").headers["location"] == "/en/actions/A1?done=unlinked"
    assert send(editor, "/en/actions/A1/delete").headers["location"] == "/en/actions?done=deleted"
    sqlite_service.proves_itself()


def test_a_proposal_is_accepted_and_noted_upon(sqlite_service: Service) -> None:
    focal, editor = signed_in(sqlite_service, "contributor"), signed_in(sqlite_service)
    made = send(focal, "/zh/actions/new?commitment=HI-O7b", title__zh="组织论坛")
    assert made.headers["location"] == "/zh/actions/A1/link?commitment=HI-O7b&done=proposed"
    assert filled(focal.open("/zh/actions/A1/link?commitment=HI-O7b").text)["commitment"] == "HI-O7b"
    assert send(focal, "/zh/actions/A1/link", commitment="HI-O7b").status_code == 303
    assert press(editor, "/en/actions/A1", "/en/actions/A1/accept").headers["location"] == "/en/actions/A1?done=accepted"
    assert sqlite_service.get("/actions/A1").json()["status"] == "planned"
    assert focal.open("/zh/actions/A1/edit").status_code == 403
    assert set(complaints(send(editor, "/en/actions/A1/note", on="2027-01-01").text)) == {"f-text"}
    assert send(editor, "/en/actions/A1/note", text__en="The hosts agree.").status_code == 303
    assert "The hosts agree." in editor.open("/en/actions/A1").text


def test_records_are_made_and_official_text_is_never_offered(sqlite_service: Service) -> None:
    editor = signed_in(sqlite_service)
    new = {"ref": "HI-O7c", "text.zh": "利益攸关方联系起来"}
    assert send(editor, "/zh/commitments/new?parent=HI-O7", **new).headers["location"] == "/zh/commitments/HI-O7c?done=created"
    assert set(complaints(send(editor, "/zh/commitments/new?parent=HI-O7", **new | {"text.zh": "别的"}).text)) == {"f-text-zh"}
    whole = {
        "ref": "T3-O1",
        "document": "A/AC.105/1294",
        "kind": "operative",
        "text.en": "Share;",
        "frameworks.0.place": "sdg:17",
        "frameworks.0.basis": "inferred",
    }
    assert send(editor, "/en/commitments/new", **whole).status_code == 303
    assert sqlite_service.get("/commitments/T3-O1").json()["frameworks"] == [{"framework": "sdg", "code": "17", "basis": "inferred"}]
    assert 'name="text.zh"' not in editor.open("/en/commitments/HI-O7/edit").text
    assert send(editor, "/en/commitments/HI-O7/edit", text__en="Encourage further efforts;").status_code == 422
    assert (
        send(editor, "/en/documents/new", symbol="A/1", title__zh="文件", references=["A/2", ""]).headers["location"]
        == "/en/documents/A-1?done=created"
    )
    assert sqlite_service.get("/documents/A-1").json()["references"] == ["A/2"]
    assert send(editor, "/en/organizations/new", id="isro", kind="space-agency", name__en="ISRO").status_code == 303
    assert send(editor, "/en/events/new", id="w4", name__en="Fourth workshop").headers["location"] == "/en/events/w4?done=created"
    place = {"starts_on": "2027-11-15", "ends_on": "2027-11-18", "status": "planned", "place.zh": "海口", "reason": "主办国已确定。"}
    assert send(editor, "/zh/events/third-workshop/edit", **place).status_code == 303
    assert "主办国已确定。" in editor.open("/zh/events/third-workshop/history").text
    assert set(complaints(send(editor, "/zh/events/third-workshop/edit", ends_on="2027-11-01").text)) == {"f-ends_on"}
    sqlite_service.proves_itself()


OFFERS = {
    "/commitments/HI-O7b": {
        "contributor": {"/en/commitments/HI-O7b/update", "/en/commitments/HI-O7b/link"},
        "editor": {"/en/commitments/HI-O7b/edit", "/en/commitments/HI-O7b/confirm"},
    },
    "/actions": {"contributor": {"/en/actions/new"}},
    "/events/third-workshop": {"contributor": {"/en/actions/new"}, "editor": {"/en/events/third-workshop/edit"}},
    "/events/third-workshop/coverage": {"contributor": {"/en/actions/new"}},
    "/documents/A-AC.105-1294": {"editor": {"/en/documents/A-AC.105-1294/edit"}},
    "/organizations/cnsa": {"editor": {"/en/organizations/cnsa/edit"}},
    "": {"contributor": {"/en/drafts"}, "editor": {"/en/review"}, "admin": {"/en/people"}},
}
ROLES = ("reader", "contributor", "editor", "admin")


def test_nothing_is_offered_that_would_be_refused(sqlite_service: Service) -> None:
    sqlite_service.publish("HI-O7b")
    browsers: dict[str, Browser] = {"nobody": Browser(sqlite_service)} | {role: signed_in(sqlite_service, role) for role in ROLES}
    for path, offers in OFFERS.items():
        for number, (role, browser) in enumerate(browsers.items()):
            found = set(re.findall(r'href="([^"?#]+)', browser.open(f"/en{path}").text))
            for least, targets in offers.items():
                may = number > ROLES.index(least)
                assert (targets <= found, bool(targets & found)) == (may, may), (path, role, least)
                for target in targets:
                    assert browser.open(target).status_code == (200 if may else 401 if role == "nobody" else 403), (target, role)


def test_a_refusal_for_the_role_is_a_clear_page(sqlite_service: Service) -> None:
    response = signed_in(sqlite_service, "contributor").open("/zh/review")
    assert response.status_code == 403
    assert "您的角色或令牌不允许此操作" in response.text
    assert "请联系管理员" in response.text


def test_what_was_done_is_said_to_nobody_else(sqlite_service: Service) -> None:
    assert 'id="done"' not in Browser(sqlite_service).open("/en/commitments/HI-O7b?done=published").text
    editor = signed_in(sqlite_service)
    assert 'id="done"' in editor.open("/en/commitments/HI-O7b?done=published").text
    assert 'id="done"' not in editor.open("/en/commitments/HI-O7b?done=nothing_of_ours").text
    assert editor.open("/en/commitments?status=continuing&done=changed&kind=operative").text.count("done=") == 0
