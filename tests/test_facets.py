"""Numbers beside the choices of a filter, held against the lists that the choices lead to; and filters said in words."""

import itertools
from typing import Any

import pytest

from app.domain.commitment_list import CommitmentFilter, commitment_page
from app.domain.facets import Facets, facets
from app.domain.intake import read
from app.domain.labels import labels
from app.i18n import Lang
from app.web.pages.differences import pieces
from app.web.pages.words import filter_words
from app.web.rendering import with_hits
from tests.service import Service
from tests.story import happened

FILTERS: tuple[dict[str, Any], ...] = (
    {}, {"kind": ["operative"]}, {"status": ["not_assessed", "implemented"], "level": ["part"]}, {"framework": ["sdg"], "tracking": ["operational"]},
    {"addressee": ["unoosa", "cnsa"]}, {"has_actions": "true"}, {"review_overdue": "true", "status": ["not_assessed"]},
    {"event": ["third-workshop"]}, {"as_of": "2026-03-01", "status": ["not_started"]}, {"parent": ["HI-O7"]},
)  # fmt: skip


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_every_number_is_the_total_of_the_list_it_leads_to(service: Service) -> None:
    happened(service)
    with service.reading() as session:
        for given in FILTERS:
            counted = facets(session, read(CommitmentFilter, given, lenient=True), 12)
            for name in Facets.__struct_fields__:
                numbers = getattr(counted, name)
                assert numbers is not None
                for value, number in itertools.islice(numbers.items(), 4):
                    one = given | {name: value if name in ("has_actions", "review_overdue") else [value]}
                    found = commitment_page(session, read(CommitmentFilter, one | {"limit": 1}, lenient=True), 12)
                    assert found.total == number, (given, name, value)


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({}, "承诺", "Commitments"),
        (
            {"kind": ["operative"], "status": ["under_implementation"], "review_overdue": "true"},
            "执行段，正在执行，12个月未经确认",
            "Operative paragraphs under implementation, not confirmed for 12 months",
        ),
        (
            {"kind": ["conclusion", "recommendation"], "addressee": ["unoosa"], "has_actions": "false"},
            "结论或建议，对象为外层空间事务厅，没有后续行动",
            "Conclusions or recommendations, addressed to Office for Outer Space Affairs, without any follow-up action",
        ),
        (
            {"level": ["part"], "framework": ["sdg:17"], "as_of": "2024-11-24"},
            "分项，标有促进目标实现的伙伴关系，截至2024年11月24日的状况",
            "Parts, tagged Partnerships for the Goals, as things stood on 24 November 2024",
        ),
    ],
)
def test_a_filter_is_said_in_words(sqlite_service: Service, given: dict[str, object], zh: str, en: str) -> None:
    with sqlite_service.reading() as session:
        names = labels(session)
    filters = read(CommitmentFilter, given, lenient=True)
    assert filter_words(Lang.ZH, filters, names, 12) == zh
    assert filter_words(Lang.EN, filters, names, 12) == en


def test_what_changed_is_told_by_words_in_english_and_by_characters_in_chinese() -> None:
    assert pieces("a third workshop", "the third workshop, soon") == [
        ("out", "a"), ("in", "the"), ("same", " third workshop"), ("in", ", soon"),
    ]  # fmt: skip
    assert pieces("举办第三期研讨会", "举办第四期研讨会") == [("same", "举办第"), ("out", "三"), ("in", "四"), ("same", "期研讨会")]
    assert pieces("", "新") == [("in", "新")]
    before, after = "甲" * 3000, "乙" * 3000
    assert pieces(before, after) == [("out", before), ("in", after)]


def test_what_was_searched_for_is_marked_and_everything_else_escaped() -> None:
    assert with_hits("长期 <b>可持续性</b>，长期", "长期") == "<mark>长期</mark> &lt;b&gt;可持续性&lt;/b&gt;，<mark>长期</mark>"
    assert with_hits("Long-term sustainability", "long term") == "<mark>Long-term</mark> sustainability"
    assert with_hits("a.b", ".*") == "a.b"
    assert with_hits("a", None) == with_hits("a", " ") == "a"
