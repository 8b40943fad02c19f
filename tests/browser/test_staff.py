"""The whole day's work of a member of staff in a real browser: in both languages, on a wide and a narrow window, with script and without."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.tables import edited, sent
from tests.browser.windows import too_wide
from tests.service import PASSWORD
from tests.serving import Served

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def at_work(chromium: Browser, server: Served, lang: str, role: str = "editor", **given: Any) -> Iterator[Page]:
    """A page on which somebody with the role is signed in, by the form."""
    context = chromium.new_context(**({"viewport": WIDE} | given))
    page = context.new_page()
    page.goto(f"{server.address}/{lang}/sign-in")
    sign_in(page, role)
    try:
        yield page
    finally:
        context.close()


def sign_in(page: Page, role: str = "editor") -> None:
    page.fill("#f-name", f"{role} person")
    page.fill("#f-password", PASSWORD)
    page.click("main form button")


def said(page: Page) -> Any:
    return page.locator("#done")


def press(page: Page, value: str) -> None:
    """One of the buttons at the foot of a form."""
    page.click(f".foot-buttons button[value={value}]")


@pytest.mark.parametrize(
    ("lang", "viewport", "script"), [("zh", WIDE, True), ("en", NARROW, True), ("zh", NARROW, False), ("en", WIDE, False)],
    ids=["zh-wide", "en-narrow", "zh-narrow-without-script", "en-wide-without-script"],
)  # fmt: skip
def test_the_whole_story(chromium: Browser, server: Served, lang: str, viewport: Any, script: bool) -> None:
    base = f"{server.address}/{lang}"
    with at_work(chromium, server, lang, viewport=viewport, java_script_enabled=script) as page:
        find(page, base, script)
        page.click(f"a[href='/{lang}/commitments/HI-O7b/update']")
        page.check("#f-status-under_implementation")
        page.fill("#f-effective_on", "2026-11-20")
        page.fill("#f-narrative-zh", "主办国已经确定，“第三期研讨会”筹备委员会已经成立。")
        press(page, "draft")
        expect(said(page)).to_be_visible()
        expect(page.locator(".missing").first).to_have_text({"zh": "没有英文文本。", "en": "There is no English text."}[lang])
        ref = page.url.rpartition("/")[2].partition("?")[0]
        complete(page, lang, ref)
        press(page, "publish")
        expect(said(page)).to_be_visible()
        expect(page.locator(f"[id='{ref}'] .told-text")).to_have_count(2)
        action = linked(page, lang)
        page.goto(f"{base}/events/third-workshop/coverage")
        cell = page.locator(f"tr:has(a[href='/{lang}/commitments/HI-O7b']) td").filter(has_text={"zh": "执行", "en": "Implements"}[lang])
        expect(cell.first).to_be_visible()
        expect(page.locator(f"a[href='/{lang}/actions/{action}']").first).to_be_visible()
        reported(page, base, "“第三期研讨会”筹备委员会" if lang == "zh" else str(action))


def reported(page: Page, base: str, words: str) -> None:
    """The report is made: what was done stands in it, and it can be taken along as a Word file."""
    page.goto(f"{base}/reports?event=third-workshop")
    links = [one.get_attribute("href") or "" for one in page.locator(".files a[download]").all()]
    shown, word = (page.request.get(f"{base.rpartition('/')[0]}{one}") for end in (".html?", ".docx?") for one in links if end in one)
    assert words in shown.text()
    assert word.body().startswith(b"PK")


def find(page: Page, base: str, script: bool) -> None:
    """HI-O7b, through the list and its filters."""
    page.goto(f"{base}/commitments?level=part&tracking=operational")
    page.click("a.ref:text-is('HI-O7b')")
    expect(page.locator("h1")).to_contain_text("HI-O7b")


def complete(page: Page, lang: str, ref: str) -> None:
    """Add English and evidence to a draft, the second piece by the button that makes room for it."""
    page.click(f"a[href='/{lang}/updates/{ref}/edit']")
    page.fill("#f-narrative-en", "The host is known, and a committee prepares the “third workshop”.")
    page.select_option("#f-evidence-0-kind", "document")
    page.fill("#f-evidence-0-symbol", "A/AC.105/1294")
    page.click("#f-evidence button[value=more]")
    expect(page.locator("#f-evidence-0-symbol")).to_have_value("A/AC.105/1294")
    page.select_option("#f-evidence-1-kind", "web")
    expect(page.locator("#f-evidence-1-symbol")).to_be_hidden()
    page.fill("#f-evidence-1-url", "https://www.unoosa.org/")


def linked(page: Page, lang: str) -> str:
    """Make an action for the commitment and link it; its ref."""
    page.click(f"a[href='/{lang}/commitments/HI-O7b/link']")
    page.locator(f"a[href='/{lang}/actions/new?commitment=HI-O7b']").first.click()
    page.fill("#f-title-zh", "编写第三期研讨会概念说明")
    page.fill("#f-title-en", "Write the concept note of the third workshop")
    page.select_option("#f-event", "third-workshop")
    page.click(".foot-buttons button")
    expect(page.locator("#f-commitment")).to_have_value("HI-O7b")
    page.fill("#f-note-zh", "由概念说明落实。")
    page.click(".foot-buttons button")
    expect(said(page)).to_be_visible()
    return page.url.rpartition("/")[2].partition("?")[0]


def test_two_editors_at_once_see_both_versions(chromium: Browser, server: Served) -> None:
    address = f"{server.address}/en/commitments/R46/update"
    with at_work(chromium, server, "en") as first, at_work(chromium, server, "zh") as second:
        for page, text in ((first, "What the first one wrote."), (second, "What the second one wrote.")):
            page.goto(address)
            page.check("#f-status-under_implementation")
            page.fill("#f-narrative-en", text)
        press(first, "published")
        expect(said(first)).to_be_visible()
        press(second, "published")
        expect(second.locator(".clash")).to_be_focused()
        expect(second.locator(".clash")).to_contain_text("What the first one wrote.")
        expect(second.locator(".clash")).to_contain_text("What the second one wrote.")
        press(second, "published")
        expect(said(second)).to_be_visible()
        expect(second.locator(".timeline .told-text").first).to_have_text("What the second one wrote.")


def test_a_focal_point_drafts_and_may_not_publish(chromium: Browser, server: Served) -> None:
    with at_work(chromium, server, "zh", "contributor", viewport=NARROW) as page:
        page.goto(f"{server.address}/zh/commitments/R45/update")
        expect(page.locator("button[value=published]")).to_have_count(0)
        page.check("#f-status-not_started")
        page.fill("#f-narrative-zh", "尚未开始。")
        press(page, "submitted")
        expect(said(page)).to_contain_text("进展情况已提交")
        response = page.goto(f"{server.address}/zh/review")
        assert response is not None
        assert response.status == 403
        expect(page.locator("h1")).to_have_text("您的角色或令牌不允许此操作")
        page.goto(f"{server.address}/zh/drafts")
        expect(page.locator("main")).to_contain_text("R45.1")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_session_that_ran_out_mid_form_brings_everything_back(chromium: Browser, server: Served, script: bool) -> None:
    text = "第一段，写了很久。\n第二段：“引号”与 <标记>。"
    with at_work(chromium, server, "zh", java_script_enabled=script) as page:
        page.goto(f"{server.address}/zh/commitments/C43/update")
        page.check("#f-status-not_started")
        page.fill("#f-narrative-zh", text)
        page.context.clear_cookies()
        press(page, "draft")
        expect(page.locator(".note")).to_contain_text("登录已过期")
        sign_in(page)
        page.click("main form button")
        expect(page.locator("#f-narrative-zh")).to_have_value(text)
        expect(page.locator("#f-status-not_started")).to_be_checked()
        press(page, "draft")
        expect(said(page)).to_be_visible()


def tab_to(page: Page, found: Callable[[dict[str, str]], bool]) -> None:
    for _ in range(90):
        page.keyboard.press("Tab")
        if found(
            page.evaluate(
                "({id: document.activeElement.id, value: document.activeElement.value || '', href: document.activeElement.href || ''})"
            )
        ):
            return
    pytest.fail("the keyboard does not get there")


def test_the_keyboard_alone_suffices(chromium: Browser, server: Served) -> None:
    with at_work(chromium, server, "en") as page:
        page.goto(f"{server.address}/en/commitments/C42")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()
        tab_to(page, lambda one: one["href"].endswith("/C42/update"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/C42/update")
        tab_to(page, lambda one: one["id"].startswith("f-status-"))
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        tab_to(page, lambda one: one["id"] == "f-narrative-en")
        page.keyboard.type("Written with the keyboard alone.")
        tab_to(page, lambda one: one["value"] == "draft")
        page.keyboard.press("Enter")
        expect(said(page)).to_be_visible()
        expect(page.locator("main")).to_contain_text("Written with the keyboard alone.")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_what_stands_below_the_buttons_has_room(chromium: Browser, server: Served, viewport: Any) -> None:
    with at_work(chromium, server, "zh", viewport=viewport) as page:
        page.goto(f"{server.address}/zh/commitments/C42/update")
        space = page.locator(".foot-buttons").evaluate(
            "one => one.nextElementSibling.getBoundingClientRect().top - one.getBoundingClientRect().bottom"
        )
        assert space >= 12


def test_enter_in_a_field_does_what_the_form_is_for(chromium: Browser, server: Served) -> None:
    """Though there are buttons before it that ask for another milestone or piece of evidence; an update is never published by it."""
    with at_work(chromium, server, "en") as page:
        page.goto(f"{server.address}/en/actions/new")
        page.fill("#f-title-en", "Made with Enter")
        page.keyboard.press("Enter")
        expect(said(page)).to_be_visible()
        expect(page.locator("h1")).to_contain_text("Made with Enter")
        page.goto(f"{server.address}/en/commitments/C42/update")
        page.check("#f-status-under_implementation")
        page.fill("#f-effective_on", "2024-05-06")
        page.keyboard.press("Enter")
        expect(said(page)).to_be_visible()
        expect(page.locator("main")).to_contain_text("Draft")


def test_errors_get_the_focus_and_lead_to_their_fields(chromium: Browser, server: Served) -> None:
    with at_work(chromium, server, "en") as page:
        page.goto(f"{server.address}/en/commitments/HI-O7/update")
        page.check("#f-status-implemented")
        press(page, "published")
        expect(page.locator("#problems")).to_be_focused()
        page.click("#problems a")
        expect(page.locator("#f-evidence")).to_be_focused()
        expect(page.locator("#f-status-implemented")).to_be_checked()


DESK = (
    "/commitments/HI-O7b", "/commitments/HI-O7b/update", "/commitments/HI-O7b/confirm", "/commitments/HI-O7b/link", "/commitments/HI-O7/edit",
    "/review", "/updates/HI-O7b.3", "/actions/A1", "/actions/A1/edit", "/actions/A1/note",
    "/actions/A1/links/HI-O7b", "/events/third-workshop/edit", "/organizations/cnsa/edit",
    "/profile", "/profile/tokens/new", "/sign-in/code",
)  # fmt: skip
OFFICE = ("/people", "/people/new", "/people/events")


@pytest.mark.parametrize(
    ("lang", "viewport", "scheme"), [("zh", WIDE, "dark"), ("en", NARROW, "light")], ids=["zh-wide-dark", "en-narrow-light"]
)
def test_axe_finds_nothing_at_the_desk_and_nothing_overflows(
    chromium: Browser, server: Served, lang: str, viewport: Any, scheme: Any
) -> None:
    found: dict[str, list[str]] = {}
    for role, paths in (("editor", DESK), ("admin", OFFICE)):
        with at_work(chromium, server, lang, role, viewport=viewport, color_scheme=scheme) as page:
            for path in paths:
                page.goto(f"{server.address}/{lang}{path}")
                wrong = [f"{one['id']}: {node['html'][:160]}" for one in Axe().run(page).response["violations"] for node in one["nodes"]]
                wrong += too_wide(page, viewport["width"], 320)
                if wrong:
                    found[path] = wrong
    assert found == {}


@pytest.mark.parametrize(
    ("lang", "viewport", "script"), [("zh", NARROW, True), ("en", WIDE, False)], ids=["zh-narrow", "en-wide-without-script"]
)
def test_a_table_is_sent_looked_at_and_accepted_in_part(chromium: Browser, server: Served, lang: str, viewport: Any, script: bool) -> None:
    base, day = f"{server.address}/{lang}", {"zh": "2027-11-01", "en": "2027-12-01"}[lang]
    with at_work(chromium, server, lang, viewport=viewport, java_script_enabled=script) as page:
        content = edited(page, server.address, {("HI-O5", "target_on"): day, ("HI-O4", "target_on"): day})
        sent(page, base, content)
        if script:
            assert [one["id"] for one in Axe().run(page).response["violations"]] == []
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        expect(page.get_by_role("checkbox")).to_have_count(2)
        page.get_by_role("checkbox", name="HI-O4").uncheck()
        press(page, "chosen")
        expect(said(page)).to_be_visible()
        assert page.request.get(f"{server.address}/api/v1/commitments/HI-O5").json()["target_on"] == day
        assert page.request.get(f"{server.address}/api/v1/commitments/HI-O4").json()["target_on"] is None
        page.goto(f"{base}/imports")
        if script:
            assert [one["id"] for one in Axe().run(page).response["violations"]] == []
