"""The pages of readers in a real browser: accessible, still, without outside requests; with script and without, by keyboard alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.slow import slow_line
from tests.browser.windows import too_wide
from tests.serving import Served

PATHS = (
    "", "/commitments", "/commitments/HI-O7b", "/commitments/HI-O7b/history", "/commitments/HI-O7?as_of=2024-01-01", "/actions", "/actions/A1",
    "/events", "/events/third-workshop", "/events/third-workshop/coverage", "/documents", "/documents/A-AC.105-1294", "/organizations",
    "/organizations/cnsa", "/frameworks", "/reports?since=2025-01-01", "/reports?gate=refuse", "/search", "/search?q=长期", "/search?q=workshop", "/search?q=zzzz", "/sign-in", "/nowhere", "/commitments?status=not_implemented",
)  # fmt: skip
SHIFT = """
globalThis.shift = 0;
new PerformanceObserver(list => { for (const one of list.getEntries()) shift += one.value; }).observe({type: "layout-shift", buffered: true});
"""
"""How far things have moved by themselves: the score of cumulative layout shift."""


@contextmanager
def opened(chromium: Browser, **given: Any) -> Iterator[Page]:
    context = chromium.new_context(**given)
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.mark.parametrize(("lang", "width", "scheme"), [("zh", 1280, "light"), ("en", 390, "dark")])
def test_axe_finds_nothing_and_nothing_overflows_or_comes_from_elsewhere(
    chromium: Browser, server: Served, lang: str, width: int, scheme: Any
) -> None:
    outside: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((server.address, "data:")):
            outside.append(request.url)

    with opened(chromium, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        page.on("request", note)
        page.on("console", lambda message: outside.append(message.text) if "Failed to load resource" not in message.text else None)
        found = {}
        for path in PATHS:
            page.goto(f"{server.address}/{lang}{path}")
            result = Axe().run(page)
            wrong = [f"{one['id']}: {node['html'][:160]}" for one in result.response["violations"] for node in one["nodes"]]
            wrong += too_wide(page, width, 320)
            if wrong:
                found[path] = wrong
        assert found == {}
        assert outside == []


def test_a_matrix_on_a_phone_keeps_the_names_of_its_rows_in_sight(chromium: Browser, server: Served) -> None:
    with opened(chromium, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{server.address}/zh/events/third-workshop/coverage")
        name, cell = page.locator(".matrix tbody th").first, page.locator(".matrix tbody td.matrix-cell").first
        whole = page.locator(".matrix .matrix-action").last
        assert name.evaluate("one => one.getBoundingClientRect().width") <= 130
        assert cell.evaluate("one => one.getBoundingClientRect().right") <= 390, "the first action is seen without scrolling"
        whole.evaluate("one => one.scrollIntoView()")
        assert name.evaluate("one => one.getBoundingClientRect().left") >= 0


def test_strangers_see_that_something_was_done(chromium: Browser, server: Served) -> None:
    with opened(chromium, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{server.address}/zh/sign-in?done=administrator_made")
        assert page.locator("#done").evaluate("one => getComputedStyle(one).borderLeftWidth") == "5px"


def test_home_is_light_and_stands_still(chromium: Browser, server: Served) -> None:
    sizes: list[int] = []
    with opened(chromium, viewport={"width": 390, "height": 844}) as page:
        page.add_init_script(SHIFT)
        page.on("response", lambda response: sizes.append(len(response.body())))
        page.goto(f"{server.address}/en", wait_until="networkidle")
        assert page.evaluate("shift") == 0
    assert 3 <= len(sizes) <= 5
    assert sum(sizes) < 60_000


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_comes_in_slowly(chromium: Browser, server: Served, width: int) -> None:
    with slow_line(server.address) as address, opened(chromium, viewport={"width": width, "height": 844}) as page:
        page.add_init_script(SHIFT)
        page.goto(f"{address}/en", wait_until="networkidle")
        assert page.locator("#live").count() == 1
        assert page.evaluate("shift") == 0


def test_filters_answer_at_once_and_keep_address_focus_and_language(chromium: Browser, server: Served) -> None:
    with opened(chromium, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{server.address}/zh/commitments")
        box = page.get_by_label("已执行")
        box.focus()
        page.keyboard.press("Space")
        expect(page.locator("[data-told]")).to_have_text("共1项")
        assert page.url.endswith("/zh/commitments?status=implemented")
        expect(page.get_by_label("已执行")).to_be_focused()
        page.get_by_role("link", name="English").click()
        assert page.url.endswith("/en/commitments?status=implemented")
        expect(page.locator(".said")).to_have_text("Commitments implemented")
        page.go_back()
        page.go_back()
        expect(page.locator("[data-told]")).to_have_text("共29项")


@pytest.mark.parametrize("width", [390, 1280])
def test_everything_works_without_script(chromium: Browser, server: Served, width: int) -> None:
    with opened(chromium, viewport={"width": width, "height": 900}, java_script_enabled=False) as page:
        page.goto(f"{server.address}/en/commitments")
        if width == 390:
            page.get_by_text("Filters", exact=True).first.click()
        page.get_by_label("Operative paragraph").check()
        page.get_by_role("button", name="Apply").click()
        assert "kind=operative" in page.url
        expect(page.locator("[data-told]")).to_have_text("12 found")
        page.get_by_role("link", name="HI-O7b", exact=True).click()
        page.get_by_label("As things stood on").fill("2026-02-10")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".standing-status")).to_have_text("Not started")


def test_the_keyboard_alone_suffices(chromium: Browser, server: Served) -> None:
    with opened(chromium, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{server.address}/en")
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
        page.goto(f"{server.address}/en")
        for _ in range(7):
            page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Commitments", exact=True).first).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/en/commitments")


def test_the_report_is_seen_in_the_page(chromium: Browser, server: Served) -> None:
    with opened(chromium, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{server.address}/zh/reports?since=2025-01-01")
        page.locator("#sheet").scroll_into_view_if_needed()
        report = page.frame_locator("#sheet")
        expect(report.locator("h1")).to_contain_text("执行进展")
        assert report.locator("h1").evaluate("one => getComputedStyle(one).fontSize") == "26.25px", "its own style is let in"
        page.get_by_label("英文", exact=True).check()
        expect(page.frame_locator("#sheet").locator("html[lang=en] h1")).to_be_attached()


def test_a_day_that_no_report_can_begin_with_is_marked_while_one_chooses(chromium: Browser, server: Served) -> None:
    with opened(chromium, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{server.address}/en/reports?as_of=2026-01-01")
        since = page.locator("#since")
        since.fill("2026-02-01")
        expect(since).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#since-wrong")).to_contain_text("1 January 2026")
        since.fill("2025-02-01")
        expect(since).to_have_attribute("aria-invalid", "false")
        expect(page.locator("#problems, .wrong")).to_have_count(0)


def test_the_search_waits_for_the_input_method(chromium: Browser, server: Served) -> None:
    with opened(chromium, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{server.address}/zh/commitments")
        field = page.get_by_role("main").get_by_role("searchbox")
        field.focus()
        typed = page.context.new_cdp_session(page)
        typed.send("Input.imeSetComposition", {"text": "changqi", "selectionStart": 7, "selectionEnd": 7})
        page.wait_for_timeout(700)
        assert "q=" not in page.url, "what is still being composed is not searched for"
        typed.send("Input.insertText", {"text": "长期"})
        page.wait_for_url("**/zh/commitments?q=*")
        expect(field).to_be_focused()
        expect(field).to_have_value("长期")
        page.keyboard.type("可")
        page.wait_for_url(f"**?q={quote('长期可')}")
