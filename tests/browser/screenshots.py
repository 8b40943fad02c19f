"""Pictures of the pages in both languages and two widths, for `docs/screenshots/`: `make screenshots`.

They are made from the Hainan Initiative and the story that the tests tell, so that they show something; small, and cut at the bottom.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, sync_playwright

from tests.browser.tables import edited, sent
from tests.engines import SQLiteTemplate
from tests.service import PASSWORD, running
from tests.serving import Served, served
from tests.story import happened

TARGET = Path(__file__).parent.parent.parent / "docs" / "screenshots"
PAGES = {
    "home": "", "commitments": "/commitments?kind=operative&kind=recommendation", "commitment": "/commitments/HI-O7b",
    "history": "/commitments/HI-O7b/history", "actions": "/actions", "action": "/actions/A1", "workshops": "/events",
    "workshop": "/events/third-workshop", "coverage": "/events/third-workshop/coverage", "reports": "/reports?since=2025-01-01",
    "documents": "/documents", "document": "/documents/A-AC.105-1294", "organizations": "/organizations", "organization": "/organizations/cnsa",
    "frameworks": "/frameworks", "search": "/search?q=workshop", "sign-in": "/sign-in", "not-found": "/nowhere",
}  # fmt: skip
SIZES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 1400}, "device_scale_factor": 0.5},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1},
}
DESK = {
    "update": "/commitments/HI-O7b/update?corrects=HI-O7b.3", "review": "/review", "draft": "/updates/HI-O6.2", "edit-action": "/actions/A1/edit",
    "link": "/commitments/HI-O7b/link", "edit-commitment": "/commitments/HI-O7/edit", "edit-workshop": "/events/third-workshop/edit",
    "at-work": "/commitments/HI-O7b", "people": "/people", "profile": "/profile", "imports": "/imports",
}  # fmt: skip
"""Pages for those who are signed in."""
CELLS = {
    ("HI-O8", "text_en"): "Recognize the key role in that context of the Committee on the Peaceful Uses of Outer Space as the unique "
    "intergovernmental platform for promoting international cooperation in the peaceful uses of outer space.",
    ("HI-O6", "target_on"): "2027-12-31",
    ("C42", "responsible"): "unoosa; cnsa",
}
"""What the pictures of an import change."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DARK = ("home", "commitment")
"""Pages that are shown in the dark scheme as well."""


def pictures(browser: Browser, server: Served) -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for size, given in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(color_scheme=scheme, **given)
            page = context.new_page()
            for name, path in PAGES.items():
                for lang in ("zh", "en") if scheme == "light" or name in DARK else ():
                    page.goto(f"{server.address}/{lang}{path}", wait_until="networkidle" if name == "reports" else "load")
                    page.screenshot(path=TARGET / f"{name}-{lang}-{size}{'-dark' if scheme == 'dark' else ''}.png")
            context.close()
        desk(browser, server, size, given)


def desk(browser: Browser, server: Served, size: str, given: dict[str, Any]) -> None:
    """What an administrator sees."""
    for lang in ("zh", "en"):
        context = browser.new_context(**given)
        page = context.new_page()
        page.goto(f"{server.address}/{lang}/sign-in")
        page.fill("#f-name", "admin person")
        page.fill("#f-password", PASSWORD)
        page.click("main form button")
        for name, path in DESK.items():
            page.goto(f"{server.address}/{lang}{path}")
            page.screenshot(path=TARGET / f"{name}-{lang}-{size}.png")
        sent(page, f"{server.address}/{lang}", edited(page, server.address, CELLS))
        page.screenshot(path=TARGET / f"import-{lang}-{size}.png")
        context.close()


def main() -> int:
    program = shutil.which("chromium")
    if program is None:
        print("Chromium is not installed (Debian package chromium)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        url = SQLiteTemplate(folder / "template").copy(folder, seed=True)
        with running(url) as service:
            happened(service)
            service.token("admin")
            service.draft("HI-O6", state="submitted", narrative={"zh": "第三期培训班正在报名。"})
        with served(url, folder) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            pictures(browser, server)
            browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
