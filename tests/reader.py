"""What a reader of a page sees: its words with the language they are marked with, and where its links lead."""

import itertools
import re
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import html
from lxml.html import HtmlElement

HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
ALLOWED = re.compile(
    r"(?<![A-Za-z0-9])(?:HI-[OP]\d+[a-z]?(?:\.\d+)?|[CR]\d+(?:\.\d+)?|A\d+|A/[A-Z0-9./()]+(?:/Corr\.\d+)?|\.ndjson|ST/[A-Z0-9./]+|TP\d|OO\d(?:\.\d)?|[A-D]\.\d+|"
    r"https?://[!-~]+|[a-z.-]+\.org[!-~]*|[0-9a-f]{16,64}|"  # addresses and hashes; before them refs and symbols
    r"API|PDF|Word|Markdown|JSON|Hydromars AB|SpaceLand|EgSA|[A-Z]{2,9})(?![A-Za-z0-9])"
)
"""Names and symbols that are the same in both languages; everything else on a Chinese page is Chinese."""
SPOKEN_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder", "content")


def words(page: str) -> Iterator[tuple[str, str]]:
    """Every piece of text that is shown or read out, with its language: (`zh` or `en`, text)."""
    root = html.document_fromstring(page)
    yield from _walk(root, "")


def _walk(element: HtmlElement, lang: str) -> Iterator[tuple[str, str]]:
    if not isinstance(element.tag, str) or element.tag in ("script", "style"):
        return
    own = (element.get("lang") or lang)[:2]
    if element.text and element.text.strip():
        yield own, element.text.strip()
    for name in SPOKEN_ATTRIBUTES:
        value = element.get(name)
        if value and not (element.tag == "meta" and element.get("name") != "description"):
            yield own, value
    for child in element:
        yield from _walk(child, own)
        if child.tail and child.tail.strip():
            yield own, child.tail.strip()


def foreign(page: str, names: tuple[str, ...] = ()) -> list[str]:
    """The pieces of a page that are in another language than they are marked with; `names` of people and places may stand anywhere."""
    found = []
    for lang, text in words(page):
        left = text
        for name in names:
            left = left.replace(name, "")
        if lang == "zh" and ENGLISH.search(ALLOWED.sub("", left)):
            found.append(text)
        if lang == "en" and HAN.search(left):
            found.append(text)
    return found


def links(page: str, base: str) -> set[str]:
    """Where the links and forms of a page lead, without fragments; only those inside the service."""
    root = html.document_fromstring(page)
    targets = [one.get("href") for one in root.iter("a", "link")] + [one.get("src") for one in root.iter("img", "script", "iframe")]
    inside = {urljoin(base, target).partition("#")[0] for target in targets if target and not re.match(r"(https?:)?//|data:", target)}
    return {target for target in inside if target.startswith("/")}


def structure_faults(page: str) -> list[str]:
    """What is wrong with the order of headings, titles, descriptions, ids and labels."""
    root = html.document_fromstring(page)
    found = []
    levels = [int(one.tag[1]) for one in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels.count(1) != 1 or levels[:1] != [1]:
        found.append(f"headings {levels}")
    found += [f"heading {b} after {a}" for a, b in itertools.pairwise(levels) if b > a + 1]
    if len((root.findtext(".//title") or "").strip()) < 4 or not root.xpath("//meta[@name='description']/@content"):
        found.append("title or description")
    ids = [one.get("id") for one in root.iter() if isinstance(one.tag, str) and one.get("id")]
    found += [f"id {one} twice" for one in {one for one in ids if ids.count(one) > 1}]
    labelled = {one.get("for") for one in root.iter("label")}
    found += [
        f"field {one.get('name')} without a label" for one in root.iter("input", "select", "textarea")
        if one.get("type") not in ("hidden", "submit") and one.get("id") not in labelled and not one.get("aria-label")
    ]  # fmt: skip
    return found
