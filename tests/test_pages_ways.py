"""Where pages lead: from a history to what it names, from what was corrected to what counts, from a gap to a plan."""

import re
from html import unescape

from tests.browser import Browser, signed_in
from tests.forms import filled, send, words_of
from tests.service import Service


def links_of(page: str) -> set[str]:
    """The addresses that the content of a page leads to."""
    content = page.partition("<main")[2].partition("</main")[0]
    return {unescape(one) for one in re.findall(r'<a[^>]* href="(/(?:zh|en)/[^"]+)"', content)}


def nav_of(page: str) -> str:
    """What the head of a page offers."""
    return page.partition("<nav")[2].partition("</nav")[0]


def test_a_history_leads_to_what_it_names_and_whoever_asks_can_open(service: Service) -> None:
    wrong = service.publish("R45", status="not_started", narrative={"zh": "写错了。"})
    service.publish("R45", status="not_started", narrative={"zh": "写对了。"}, corrects=wrong["ref"])
    service.draft("R45", role="editor")
    service.draft("R45", role="editor")
    assert service.delete("/status-updates/R45.4", role="editor", tag=service.tag("/status-updates/R45.4")).status_code == 204
    service.action()
    service.link("A1", "R45")
    public = {"/zh/commitments/R45", "/zh/updates/R45.1", "/zh/updates/R45.2", "/zh/actions/A1"}
    for browser, more in ((Browser(service), set()), (signed_in(service), {"/zh/updates/R45.3"})):
        page = browser.open("/zh/commitments/R45/history")
        assert links_of(page.text) == public | more
        assert "R45.1</a></ins>" in page.text, "what was corrected"
        for link in public | more:
            assert browser.open(link).status_code == 200, link
    assert links_of(Browser(service).open("/zh/actions/A1/history").text) == {"/zh/commitments/R45", "/zh/actions/A1"}


def test_a_correction_begins_with_what_counts(sqlite_service: Service) -> None:
    wrong = sqlite_service.publish("R45", status="not_started", narrative={"zh": "写错了。"})
    sqlite_service.publish("R45", status="not_started", narrative={"zh": "又写错了。"}, corrects=wrong["ref"])
    sqlite_service.publish("R45", status="not_started", narrative={"zh": "写对了。"}, corrects="R45.2")
    editor = signed_in(sqlite_service)
    page = editor.open("/zh/commitments/R45/update?corrects=R45.1").text
    assert (filled(page)["corrects"], filled(page)["narrative.zh"]) == ("R45.3", "写对了。")
    assert words_of(page, "instead").replace(" ", "") == "R45.1已被更正：现以R45.3为准，本表更正的是R45.3。"
    assert {"/zh/updates/R45.1", "/zh/updates/R45.3"} <= links_of(page)
    assert send(editor, "/zh/commitments/R45/update?corrects=R45.1", narrative__zh="真的写对了。", state="published").status_code == 303
    assert 'id="instead"' not in editor.open("/zh/commitments/R45/update?corrects=R45.4").text


def test_a_gap_leads_to_a_new_action_for_its_workshop(sqlite_service: Service) -> None:
    focal, editor = signed_in(sqlite_service, "contributor"), signed_in(sqlite_service)
    new = "/zh/actions/new?event=third-workshop"
    gap = "/zh/actions/new?commitment=HI-O7&event=third-workshop"
    assert new in links_of(editor.open("/zh/events/third-workshop").text)
    assert {new, gap} <= links_of(focal.open("/zh/events/third-workshop/coverage").text)
    began = {browser: filled(browser.open(new).text) for browser in (focal, editor)}
    assert [(one["event"], one["owner"]) for one in began.values()] == [("third-workshop", "cnsa"), ("third-workshop", "")]
    assert "/zh/events/third-workshop" in links_of(editor.open(new).text), "where Cancel leads"
    made = send(focal, gap, title__zh="组织论坛")
    assert made.headers["location"] == "/zh/actions/A1/link?commitment=HI-O7&done=proposed"
    found = sqlite_service.get("/actions/A1", role="editor").json()
    assert (found["event"], found["owner"], found["status"]) == ("third-workshop", "cnsa", "proposed")


def test_the_head_of_a_page_says_how_much_waits(service: Service) -> None:
    editor, focal, other = (signed_in(service, role) for role in ("editor", "contributor", "contributor@unoosa"))
    before = editor.open("/zh/commitments")
    service.draft("R45", state="submitted", narrative={"zh": "一。"})
    service.draft("C42", state="submitted", narrative={"zh": "二。"})
    after = editor.open("/zh/commitments", headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, "待审队列（2）" in after.text, "（" in nav_of(before.text)) == (200, True, False)
    assert service.step("R45.1", "return", json={"review_note": "请补充。"}).status_code == 200
    shown = {browser: nav_of(browser.open("/en/actions").text) for browser in (editor, focal, other, Browser(service))}
    assert ["(1)" in one for one in shown.values()] == [True, True, False, False]
    assert ("Review queue (1)" in shown[editor], "Our drafts (1)" in shown[focal]) == (True, True)
