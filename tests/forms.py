"""A form of a page as a browser would send it, and what the page says is wrong with it."""

from typing import Any

import httpx
from lxml import html
from lxml.html import HtmlElement

from tests.browser import Browser


def filled(page: str, action: str | None = None) -> dict[str, Any]:
    """The fields of the form that leads to `action` (else of the one with the id `form`), with what stands in them; buttons left out."""
    root: Any = html.document_fromstring(page)
    (form,) = [one for one in root.iter("form") if (one.get("id") == "form" if action is None else one.get("action") == action)]
    found: dict[str, Any] = {}
    for field in form.iter("input", "textarea", "select"):
        if field.get("type") in ("checkbox", "radio") and field.get("checked") is None:
            continue
        _put(found, str(field.get("name")), _value(field))
    return found


def _value(field: HtmlElement) -> str:
    if field.tag == "textarea":
        return (field.text or "").removeprefix("\n")
    if field.tag == "select":
        options = list(field.iter("option"))
        return str(next((one for one in options if one.get("selected") is not None), options[0]).get("value"))
    return str(field.get("value", "on"))


def _put(found: dict[str, Any], name: str, value: str) -> None:
    if name not in found:
        found[name] = value
    else:
        found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]


def send(browser: Browser, path: str, **typed: Any) -> httpx.Response:
    """Open the form at this address, type something into it (`narrative__zh` for `narrative.zh`), and send it."""
    page = browser.open(path)
    assert page.status_code == 200, page.text
    return browser.send(path, filled(page.text) | {name.replace("__", "."): value for name, value in typed.items()})


def press(browser: Browser, path: str, action: str, **typed: Any) -> httpx.Response:
    """Send one of the forms of the page at this address."""
    page = browser.open(path)
    assert page.status_code == 200, page.text
    return browser.send(action, filled(page.text, action) | typed)


def complaints(page: str) -> dict[str, str]:
    """What the summary says, by the id each entry leads to.

    Asserts that every one leads to a field that says so too, has the words of its label, and stands in the order of the fields.
    """
    root: Any = html.document_fromstring(page)
    found = {}
    for link in root.xpath("//div[@id='problems']//a"):
        target = str(link.get("href")).removeprefix("#")
        (field,) = root.xpath(f"//*[@id='{target}']")
        told = [root.get_element_by_id(one).text_content() for one in str(field.get("aria-describedby")).split()]
        said = str(link.text_content())
        assert any(said.endswith(one) for one in told), (said, told)
        (label,) = root.xpath(f"//label[@for='{target}'] | //fieldset[@id='{target}']/legend")
        assert label.text.strip() in said, (said, label.text)
        found[target] = said
    ids = [one.get("id") for one in root.xpath("//*[@id]")]
    assert list(found) == sorted(found, key=ids.index)
    return found


def words_of(page: str, identity: str) -> str:
    """The text of an element."""
    root: Any = html.document_fromstring(page)
    return " ".join(" ".join(root.get_element_by_id(identity).itertext()).split())
