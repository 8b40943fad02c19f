"""Where pages lead: from a history to what it names, from what was corrected to what counts, from a gap to a plan."""

import re

from tests.browser import Browser, signed_in
from tests.service import Service


def links_of(page: str) -> set[str]:
    """The addresses that the content of a page leads to."""
    return set(re.findall(r'<a[^>]* href="(/(?:zh|en)/[^"]+)"', page.partition("<main")[2].partition("</main")[0]))


def test_a_history_leads_to_what_it_names_and_whoever_asks_can_open(sqlite_service: Service) -> None:
    wrong = sqlite_service.publish("R45", status="not_started", narrative={"zh": "写错了。"})
    sqlite_service.publish("R45", status="not_started", narrative={"zh": "写对了。"}, corrects=wrong["ref"])
    sqlite_service.draft("R45", role="editor")
    sqlite_service.draft("R45", role="editor")
    assert sqlite_service.delete("/status-updates/R45.4", role="editor", tag=sqlite_service.tag("/status-updates/R45.4")).status_code == 204
    sqlite_service.action()
    sqlite_service.link("A1", "R45")
    public = {"/zh/commitments/R45", "/zh/updates/R45.1", "/zh/updates/R45.2", "/zh/actions/A1"}
    for browser, more in ((Browser(sqlite_service), set()), (signed_in(sqlite_service), {"/zh/updates/R45.3"})):
        page = browser.open("/zh/commitments/R45/history")
        assert links_of(page.text) == public | more
        assert "R45.1</a></ins>" in page.text, "what was corrected"
        for link in public | more:
            assert browser.open(link).status_code == 200, link
    assert links_of(Browser(sqlite_service).open("/zh/actions/A1/history").text) == {"/zh/commitments/R45", "/zh/actions/A1"}
