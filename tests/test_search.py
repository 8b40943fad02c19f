"""Search against a truth computed from the texts themselves: everything is found, nothing else is, on either engine."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from app.actors import system_actor
from app.db import Database
from app.db.backends import open_backend
from app.domain.columns import COMMITMENT
from app.domain.commitment_list import CommitmentFilter, commitment_page
from app.domain.verify import verify
from app.interchange.differences import Allowed
from app.interchange.importing import import_file
from app.interchange.record_file import RecordFile
from app.register import REGISTER
from benchmarks import generate
from tests.service import Service, running

MANY = 300
ZH, EN = {"zh": "编写概念说明", "en": "Draft the concept note"}, {"zh": "无人知晓", "en": "Nobody knows"}


@pytest.fixture
def filled(empty_url: str, tmp_path: Path) -> Iterator[Database]:
    """A few hundred made-up commitments."""
    generate.write_lines(MANY, "".join(generate.SOURCE.read_text("utf-8").split()), tmp_path / "rows.ndjson")
    db = Database(open_backend(empty_url, readers=2), REGISTER)
    with (tmp_path / "rows.ndjson").open("rb") as source:
        assert not import_file(db, system_actor("tests"), RecordFile(source), Allowed()).refused
    yield db
    db.close()


def chinese_words(texts: list[str], draw: random.Random) -> list[str]:
    """Words of one to eight characters that stand somewhere, run-final ones among them, and some that stand nowhere."""
    runs = [run for zh in texts for run in re.findall("[\u4e00-\u9fff]+", zh)]
    found = [
        run[start : start + length] for length in range(1, 9) for run in draw.sample(runs, 12) for start in (0, max(0, len(run) - length))
    ]
    return [*found, *(word[::-1] for word in found[:40]), "月球残疾人"]


def english_words(texts: list[str], draw: random.Random) -> list[str]:
    """Words, phrases of two to four, beginnings of words, and phrases that stand nowhere."""
    words = [en.split() for en in texts]
    phrases = [" ".join(some[start : start + length]) for length in (1, 2, 3, 4) for some in draw.sample(words, 12) for start in (0, 7)]
    return [*phrases, *(phrase[:-2].strip() for phrase in phrases if len(phrase) > 2), "employment gap", "pace", "s"]


def expected(rows: list[Any], words: str) -> list[str]:
    """The refs whose text holds the words, by reading it: a substring, which in English begins where a word does."""
    within = re.compile(("" if re.match("[\u4e00-\u9fff]", words) else r"(?<!\w)") + re.escape(words))
    return [row.ref for row in rows if within.search(row.text_zh.lower()) or within.search(row.text_en.lower())]


def test_everything_is_found_and_nothing_else(filled: Database) -> None:
    draw = random.Random(1294)
    with filled.read() as session:
        rows = list(session.rows(select(COMMITMENT.ref, COMMITMENT.text_zh, COMMITMENT.text_en).order_by(COMMITMENT.order_key)))
        asked = [*chinese_words([row.text_zh for row in rows], draw), *english_words([row.text_en for row in rows], draw)]
        for words in asked:
            page, wanted = commitment_page(session, CommitmentFilter(q=words, limit=200), 12), expected(rows, words)
            assert ([one.ref for one in page.items], page.total) == (wanted[:200], len(wanted)), words
        assert sum(bool(expected(rows, words)) for words in asked) > 200, "most of what was asked for is there"
        assert verify(session, REGISTER).fault is None


def refs(service: Service, path: str, **asked: Any) -> list[str]:
    """The refs on all pages of a list."""
    found: list[str] = []
    role = asked.pop("role", None)
    while True:
        response = service.get(path, params=asked, role=role)
        assert response.status_code == 200, response.text
        page = response.json()
        found += [item["ref"] for item in page["items"]]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        asked["cursor"] = page["next"]


def test_either_language_finds_the_other(service: Service) -> None:
    from_english = {one["ref"]: one for one in service.get("/search", params={"q": "long-term sustainability"}).json()["items"]}
    assert "长期可持续性" in from_english["C44"]["text"]["zh"]
    assert from_english["C44"]["languages"] == ["en"]
    assert set(from_english) >= set(refs(service, "/search", q="长期可持续性")) == {"C44", "HI-O4"}


def test_a_result_shows_the_passage_of_the_original_text(service: Service) -> None:
    (result,) = service.get("/search", params={"q": "WOMEN AND young"}).json()["items"]
    (fragment,) = result["fragments"]
    assert (result["entity"], result["ref"], result["document"], result["commitment"]) == ("commitment", "C43", "A/AC.105/1294", None)
    assert [piece["text"] for piece in fragment["pieces"] if piece["hit"]] == ["Women and young"]
    assert (fragment["field"], fragment["lang"], fragment["from_start"], fragment["to_end"]) == ("text", "en", False, True)
    assert result["text"]["en"].endswith("".join(piece["text"] for piece in fragment["pieces"]))


def test_search_goes_through_commitments_updates_and_actions_page_by_page(service: Service) -> None:
    service.publish("HI-O7b", narrative={"zh": "关于空间探索的说明", "en": None})
    service.publish("HI-O7", narrative={"zh": "空间探索继续", "en": None})
    for number in range(11):
        service.action(title={"zh": f"空间探索{number}", "en": None})
    everything = refs(service, "/search", q="空间探索", limit=200)
    commitments = refs(service, "/commitments", q="空间探索")
    assert everything == [*commitments, "HI-O7.1", "HI-O7b.1", *(f"A{number}" for number in range(1, 12))]
    assert refs(service, "/search", q="空间探索", limit=3) == everything
    assert refs(service, "/search", q="空间探索", entity=["status_update", "action"], limit=2) == everything[len(commitments) :]
    assert refs(service, "/actions", q="空间探索", limit=4) == [f"A{number}" for number in range(1, 12)]
    assert refs(service, "/actions", q="空间探索", sort="-updated_at", limit=4)[0] == "A11"
    update = service.get("/search", params={"q": "说明", "entity": "status_update"}).json()["items"][0]
    assert (update["commitment"], update["text"]["zh"], update["languages"]) == ("HI-O7b", "关于空间探索的说明", ["zh"])


def test_words_go_together_with_every_filter_and_with_both_clocks(service: Service) -> None:
    before = service.db.head().seq
    all_of_them = refs(service, "/commitments", q="空间")
    official = "A/AC.105/1294"
    assert refs(service, "/commitments", q="空间", kind="operative") == [ref for ref in all_of_them if ref.startswith("HI-O")]
    assert refs(service, "/commitments", q="空间", document=official, limit=3) == all_of_them
    service.publish("HI-O7", on="2025-01-01")
    assert "HI-O7" in all_of_them
    assert refs(service, "/commitments", q="空间", status="under_implementation") == ["HI-O7"]
    assert refs(service, "/commitments", q="空间", status="under_implementation", as_of="2024-12-31") == []
    new = {
        "ref": "T3-1",
        "document": official,
        "kind": "operative",
        "position": 99,
        "tracking": "operational",
        "text": {"zh": "新的空间承诺"},
    }
    assert service.post("/commitments", new, role="editor").status_code == 201
    assert refs(service, "/commitments", q="空间", document=official) == [*all_of_them, "T3-1"]
    assert refs(service, "/commitments", q="空间", document=official, as_recorded=before) == all_of_them


def test_a_changed_text_is_found_by_its_new_words_only(service: Service) -> None:
    made = service.action(title=ZH)["ref"]
    assert refs(service, "/actions", q="概念") == refs(service, "/search", q="concept no") == [made]
    assert service.patch(f"/actions/{made}", {"title": EN}, role="editor", tag=service.tag(f"/actions/{made}")).status_code == 200
    assert refs(service, "/actions", q="概念") == refs(service, "/search", q="concept") == []
    assert refs(service, "/search", q="知晓") == [made]
    assert service.delete(f"/actions/{made}", role="editor", tag=service.tag(f"/actions/{made}")).status_code == 204
    assert refs(service, "/search", q="知晓") == []
    service.proves_itself()


def test_a_draft_and_a_proposal_are_found_by_nobody_who_may_not_see_them(service: Service) -> None:
    draft = service.draft("HI-O7b", narrative=EN)["ref"]
    proposed = service.action(role="contributor", title=EN)["ref"]
    for role in (None, "reader", "contributor@esa"):
        assert refs(service, "/search", q="Nobody knows", role=role) == refs(service, "/actions", q="知晓", role=role) == []
        assert service.get("/search", params={"q": "知晓"}, role=role).json()["total"] == 0
    for role in ("contributor", "editor"):
        assert refs(service, "/search", q="知晓", role=role) == refs(service, "/actions", q="knows", role=role) == [proposed]
    assert service.step(draft, "submit", role="contributor").status_code == 200
    assert service.step(draft, "publish").status_code == 200
    assert refs(service, "/search", q="知晓") == [draft]


def test_words_that_say_nothing_find_nothing_and_none_reaches_a_query_syntax(service: Service) -> None:
    for path in ("/search", "/commitments", "/actions"):
        assert refs(service, path, q="，！") == []
        assert service.get(path, params={"q": "月" * 201}).json()["errors"][0]["code"] == "too_long"
        assert service.get(path, params={"q": "月\x00球"}).json()["errors"][0]["code"] == "forbidden_character"
        for words in (
            '" OR 1',
            "a' & 'b",
            "space*",
            "(moon)",
            "a:b",
            "-moon",
            "NEAR(a b)",
            "AND",
            "a\\b",
            "%",
            "_x",
            "\\'",
            "{a}",
        ):
            assert service.get(path, params={"q": words}).status_code == 200, words
    assert service.get("/search").json()["errors"][0]["code"] == "required"
    cursor = service.get("/search", params={"q": "空间", "limit": 1}).json()["next"]
    assert service.get("/search", params={"q": "空间", "limit": 1, "cursor": cursor}).status_code == 200
    assert service.get("/search", params={"q": "探索", "cursor": cursor}).json()["errors"][0]["code"] == "bad_cursor"


def _run(db: Database, statement: str) -> None:
    with db.backend.write_turn(), db.backend.writers.connect() as connection, connection.begin():
        connection.execute(text(statement))


def test_what_search_knows_is_proved_with_everything_else(database_url: str, engine: str) -> None:
    index = "DROP INDEX commitment_terms_index" if engine == "postgresql" else "DROP TRIGGER action_terms_changed"
    with running(database_url) as service:
        service.action()
        for planted, said in (
            (index, "which search needs" if engine == "sqlite" else "is missing"),
            ("UPDATE action_terms SET terms = '月球'", "action A1: what search knows"),
            ("DELETE FROM commitment_terms WHERE id = 2", "commitment HI-P02: what search knows"),
        ):
            _run(service.db, planted)
            with service.db.read(system_actor("tests")) as session:
                fault = verify(session, REGISTER).fault
            assert fault is not None
            assert said in fault.why
