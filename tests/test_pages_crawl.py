"""Every page there is, found by following links in both languages: no refusal, no foreign word, nothing from elsewhere, sound structure."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import SQLiteTemplate
from tests.reader import foreign, links, structure_faults
from tests.service import Service, running
from tests.story import happened

GAP = re.compile(r"[，。：；、（）](?:</(?:span|strong)>)*[ \n]+(?:<(?:a|span)\b[^>]*>)*[\u4e00-\u9fffA-Z0-9]|[\u4e00-\u9fff0-9] （")
"""White space beside full-width punctuation, which is shown although no Chinese text has it."""
MOST, EACH = 600, 2
"""Pages at most, and addresses of one list with the same filters."""


@pytest.fixture(scope="module")
def told(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("crawl")
    with running(sqlite_template.copy(folder, seed=True)) as service:
        happened(service)
        yield service


def crawled(service: Service, start: str, inside: str) -> dict[str, str]:
    """The pages below `inside` that can be reached, by address; of lists, each filter once."""
    waiting, seen, pages = [start], {start}, dict[str, str]()
    kinds: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.pop()
        response = service.get(f"/{address}")
        assert response.status_code == 200, f"{address}: {response.status_code}"
        if not response.headers["content-type"].startswith("text/html") or not address.startswith(inside):
            continue
        pages[address] = response.text
        for target in sorted(links(response.text, address)):
            if target in seen:
                continue
            seen.add(target)
            kind = (target.partition("?")[0], *re.findall(r"[?&](\w+)=", target))
            kinds[kind] += 1
            if len(kind) == 1 or kinds[kind] <= EACH:
                waiting.append(target)
        assert len(pages) < MOST
    return pages


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_of_a_language_is_sound(told: Service, lang: str) -> None:
    pages = crawled(told, f"/{lang}", f"/{lang}")
    assert len(pages) > 120
    wrong = {address: found for address, page in pages.items() if (found := foreign(page) + structure_faults(page))}
    assert wrong == {}
    for address, page in pages.items():
        assert not re.search(r'(?:src|href)="(?:https?:)?//(?!undocs\.org/|www\.unoosa\.org/)', page), address
        assert not re.search(r'\sstyle="|\son[a-z]+="|<script(?! src="/static/)', page), address
        assert lang == "en" or not GAP.findall(page), address
