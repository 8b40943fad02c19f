"""Whether a page fits into windows of some widths; 320 px is what WCAG 1.4.10 asks for."""

from playwright.sync_api import Page


def too_wide(page: Page, *widths: int) -> list[str]:
    """A word for each width at which the page scrolls sideways; the window is left as it was."""
    size = page.viewport_size
    assert size is not None
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": size["height"]})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {width} px")
    page.set_viewport_size(size)
    return found
