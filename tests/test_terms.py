"""Terms of texts, phrases of words, and where words stand in the original text."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.terms import BREAK, JOINT, LONGEST, SPAN, hits, phrase, terms, terms_of

TEXT = "外层空间活动长期可持续性，Long-Term Sustainability of Space2030；women’s 月"


def found(text: str, words: str) -> list[str]:
    return [text[start:end] for start, end in hits(text, words)]


def holds(text: str, words: str) -> bool:
    """What an index that compares whole terms answers."""
    wanted = phrase(words)
    there, asked = f" {terms(text)} ", f" {wanted.removesuffix('*')}" + ("" if wanted.endswith("*") else " ")
    return bool(wanted) and asked in there


def test_every_chinese_character_begins_a_term_of_what_follows_in_its_run() -> None:
    assert terms("月球空间探索，月") == "月球空间探 球空间探索 空间探索 间探索 探索 索 月"
    assert terms("𠀀𠀁") == "𠀀𠀁 𠀁"
    assert SPAN == 5


def test_every_word_begins_a_term_with_the_word_after_it() -> None:
    assert terms("Ｌｏｎｇ－Ｔｅｒｍ ＳＵＳＴＡＩＮ１２. Ünïon") == "long·term term·sustain12 sustain12·ünïon ünïon"
    assert terms("outer space月球end") == "outer·space space 月球 球 end"


def test_nothing_reaches_over_the_break_between_two_texts() -> None:
    assert terms_of(["月球", None, "探索", "a", "b"]) == f"月球 球 {BREAK} 探索 索 {BREAK} a {BREAK} b"
    assert BREAK not in terms(f"月{BREAK}球")


def test_a_text_of_signs_alone_has_no_terms() -> None:
    assert terms_of(["“”……", "🛰！", None, "月球"]).split(" ") == ["月球", "球"]
    assert terms_of(["……"]) == ""


def test_a_space_between_chinese_characters_says_nothing() -> None:
    assert terms("空间 探索") == terms("空间　探索") == terms("空间探索")
    assert phrase("空间 探索") == "空间探索*"


def test_an_overlong_word_is_cut() -> None:
    assert terms("a" * (LONGEST + 3)) == "a" * LONGEST + "·aaa aaa"
    assert found("x " + "a" * 70, "a" * 70) == ["a" * 70]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("月球", "月球*"), ("月", "月*"), ("外层空间活动", "外层空间活 层空间活动"), ("外层空间活", "外层空间活"), ("long", "long*"),
     ("long-term", "long·term*"), ("long-term sust", "long·term term·sust*"), ("程4", "程 4*"), ("4期", "4 期*"),
     ("公平、可持续", "公平 平 可持续*"), ("long term 月", "long·term term 月*"), ("人人", "人人*"), ("月，月", "月 月*"), ("，！ ", ""), ("", ""),
     ("'\"*():&|!<->", "")],
)  # fmt: skip
def test_phrases(words: str, wanted: str) -> None:
    assert phrase(words) == wanted


@pytest.mark.parametrize(
    ("words", "there"),
    [("长期可持续性", ["长期可持续性"]), ("long term sust", ["Long-Term Sust"]), ("space", ["Space"]), ("pace", []), ("性", ["性"]),
     ("间活", ["间活"]), ("可持 续", ["可持续"]), ("women's", ["women’s"]), ("SPACE2030", ["Space2030"]), ("性 long", ["性，Long"])],
)  # fmt: skip
def test_hits_are_passages_of_the_original_text(words: str, there: list[str]) -> None:
    assert found(TEXT, words) == there
    assert holds(TEXT, words) == bool(there)


def test_hits_stand_in_the_original_text_also_where_a_character_becomes_several() -> None:
    assert found("㎞以外 5 ㎞", "km") == ["㎞", "㎞"]
    assert found("ﬃ月", "月") == ["月"]


_LETTERS = st.text("月球探索空间长期可 ，。\nabAB12-’Ａ㎞\u3000é", max_size=40)


@given(_LETTERS, _LETTERS)
def test_the_index_finds_what_has_hits_and_nothing_else(text: str, words: str) -> None:
    assert holds(text, words) == bool(found(text, words))


@given(st.text("月球探索空间长期可，。ab1 ", max_size=60), st.text("月球探索空间长期可", min_size=1, max_size=8))
def test_a_chinese_word_is_found_exactly_where_it_stands(text: str, word: str) -> None:
    assert holds(text, word) == (word in re.sub("(?<![a-z0-9]) (?![a-z0-9])", "", text))


@given(st.text(max_size=60))
def test_terms_hold_letters_digits_and_marks_only(text: str) -> None:
    for character in terms(text).replace(" ", "").replace(JOINT, ""):
        assert unicodedata.category(character)[0] in "LNM" or unicodedata.category(character) == "Co", repr(character)
