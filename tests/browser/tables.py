"""A table as somebody exports it, edits it and sends it back through the import page."""

import io

from playwright.sync_api import Page

from app.formats import commas
from app.formats.cells import Column, Table


def edited(page: Page, address: str, changes: dict[tuple[str, str], str]) -> bytes:
    """The table of commitments with some cells written anew, by (ref, column)."""
    names, *rows = list(commas.read(page.request.get(f"{address}/api/v1/export.csv").body()))
    for (ref, column), value in changes.items():
        row = next(row for row in rows if row[names.index("ref")] == ref)
        row[names.index(column)] = value
    file = io.BytesIO()
    commas.write(file, Table("", [Column(str(name)) for name in names], rows))
    return file.getvalue()


def sent(page: Page, base: str, content: bytes) -> None:
    """Choose the file on the import page and look at what it would change."""
    page.goto(f"{base}/imports")
    page.set_input_files("#f-file", {"name": "commitments.csv", "mimeType": "text/csv", "buffer": content})
    page.click(".foot-buttons button")
    page.wait_for_url("**/imports/i-*")
