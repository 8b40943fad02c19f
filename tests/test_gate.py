"""The text gate, and properties of everything that reads raw values (T32)."""

import datetime as dt
import json
import re
import unicodedata
import zoneinfo

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db.ledger import canonical
from app.db.types import moment_of, moment_text
from app.domain.derived import add_months, overdue_before
from app.domain.intake import is_web_address, merge_patch
from app.domain.lists import Paging, Place, cursor_of, digest, place_of
from app.domain.moments import moment, revision_or_moment
from app.errors import BadRequest, FieldError, Invalid
from app.gate import folded, passed
from app.names import slug_of

MANY = settings(max_examples=1000, deadline=None, derandomize=True)
ANY_TEXT = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from([chr(c) for c in (0, 9, 10, 13, 0x7F, 0xAD, 0x200B, 0x202E, 0xD800, 0xFDD0, 0xFEFF, 0xFFFE, 0x10FFFF, 0x3000, 0x6D77)]),
    max_size=20,
)


def gate(text: str, limit: int = 10_000, lines: bool = True) -> str | FieldError:
    return passed(text, "/text", limit=limit, lines=lines)


@MANY
@given(ANY_TEXT)
def test_the_gate_is_idempotent_and_lets_nothing_through_that_databases_or_files_choke_on(text: str) -> None:
    kept = gate(text)
    if isinstance(kept, FieldError):
        return
    assert gate(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    kept.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]", kept)


@pytest.mark.parametrize(
    "kept",
    [
        "“海南倡议”",
        "《2030 年可持续发展议程》",
        "第\u3000一",
        "𠮷野家",
        "ａｂｃ１２３",
        "一\n二",
        "葛\U000e0100城",
        "‘单’——……",
        "é",
        "\ue000",
    ],
)
def test_what_belongs_to_texts_stays_as_it_is(kept: str) -> None:
    assert gate(kept) == kept


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [("a\r\nb", "a\nb"), ("a\tb", "a b"), ("  海南 \u3000", "海南"), ("e\u0301", "é"), ("\uf967", "不"), ("\n\na\n", "a")],
)
def test_what_is_spelt_otherwise_is_put_into_one_form(given_text: str, kept: str) -> None:
    assert gate(given_text) == kept


@pytest.mark.parametrize(
    ("refused", "character", "position"),
    [
        ("ab\x00", "U+0000", 3), ("\ud800", "U+D800", 1), ("海\u202e南", "U+202E", 2), ("\u200b海南", "U+200B", 1), ("a\ufeff", "U+FEFF", 2),
        ("a\x1bb", "U+001B", 2), ("\u00ad", "U+00AD", 1), ("\U000e0041", "U+E0041", 1), ("\U0010ffff", "U+10FFFF", 1), ("a\rb", "U+000D", 2),
    ],
)  # fmt: skip
def test_a_refusal_names_the_character_and_its_position(refused: str, character: str, position: int) -> None:
    assert gate(refused) == FieldError("/text", "forbidden_character", {"character": character, "position": position})


def test_lengths_count_code_points_after_normalisation() -> None:
    assert gate("e\u0301" * 10, limit=10) == "é" * 10
    assert gate("𠮷" * 11, limit=10) == FieldError("/text", "too_long", {"limit": 10, "length": 11})


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\n\n", "\u00a0", "\u2003"])
def test_a_text_without_anything_to_see_is_refused(blank: str) -> None:
    assert gate(blank) == FieldError("/text", "nothing_visible")


@pytest.mark.parametrize("mark", ["\n", "\u2028", "\u2029"])
def test_a_line_holds_no_line_break(mark: str) -> None:
    assert gate(f"a{mark}b", lines=False) == FieldError("/text", "line_break")


SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"), max_size=20)


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return SCALARS | st.lists(inner, max_size=4) | st.dictionaries(st.text("abcXYZ_019", max_size=6), inner, max_size=4)


VALUES = nested(nested(nested(SCALARS)))


@MANY
@given(VALUES)
def test_the_canonical_form_is_that_of_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert canonical(json.loads(canonical(value))) == canonical(value)


EARLIEST, LATEST = dt.datetime.fromisoformat("0001-01-02"), dt.datetime.fromisoformat("9999-12-30")
ODD_ZONES = [
    zoneinfo.ZoneInfo(name)
    for name in (
        "UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati",
        "Africa/Monrovia", "Africa/Casablanca", "Europe/Dublin", "Europe/Amsterdam", "America/St_Johns",
    )
]  # fmt: skip
"""Where clocks were put forward by half an hour or by a day, in winter, or stood seconds from the hour."""
MOMENTS = st.builds(dt.datetime.replace, st.datetimes(EARLIEST, LATEST), tzinfo=st.timezones(), fold=st.integers(0, 1)) | st.datetimes(
    EARLIEST, LATEST, timezones=st.sampled_from(ODD_ZONES)
)
"""Any moment of any zone, and those around a change of the clocks of some: looking for the changes of all takes a quarter of a minute."""


@MANY
@given(MOMENTS)
def test_a_moment_comes_back_from_its_text_and_texts_sort_like_moments(moment_: dt.datetime) -> None:
    text = moment_text(moment_)
    assert moment_of(text) == moment_.astimezone(dt.UTC)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    assert moment_text(moment_of(text) + dt.timedelta(microseconds=1)) > text


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment_text(dt.datetime.fromisoformat("2026-01-01"))


@pytest.mark.parametrize(
    "text", ["2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "now", "２０２６-01-01", "2026-01-01T25:00Z", "2026-02-30", "9" * 30]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        moment(text, "?updated_since")


def test_moments_are_read_in_any_zone_and_revisions_as_numbers() -> None:
    assert moment("2026-05-01T08:00:00+08:00", "") == "2026-05-01T00:00:00.000000Z"
    assert moment("2026-05-01", "") == "2026-05-01T00:00:00.000000Z"
    assert revision_or_moment("117", "") == 117


@MANY
@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp")), min_size=1, max_size=20), min_size=1, max_size=2), st.integers(0, 10**9))  # fmt: skip
def test_a_cursor_brings_back_its_place_and_belongs_to_its_filter(keys: list[str], total: int) -> None:
    paging = Paging()
    cursor = cursor_of(Place(digest(paging), total, keys))
    assert place_of(Paging(cursor=cursor), len(keys)) == Place(digest(paging), total, keys)
    with pytest.raises(BadRequest):
        place_of(Paging(cursor=cursor_of(Place("another", total, keys))), len(keys))


@MANY
@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=200))
def test_a_hostile_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        place_of(Paging(cursor=cursor), 1)


@MANY
@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)), st.integers(1, 60))
def test_overdue_before_is_the_bound_of_days_whose_review_lies_before_today(today: dt.date, months: int) -> None:
    bound = overdue_before(today, months)
    assert add_months(bound, months) >= today
    assert add_months(bound - dt.timedelta(days=1), months) < today


def test_months_end_on_their_last_day() -> None:
    assert add_months(dt.date(2024, 1, 31), 1) == dt.date(2024, 2, 29)
    assert add_months(dt.date(2022, 11, 24), 12) == dt.date(2023, 11, 24)


OBJECTS = st.dictionaries(st.text("abc", min_size=1, max_size=2), VALUES, max_size=4)


@MANY
@given(OBJECTS, OBJECTS)
def test_a_merge_patch_sets_what_it_names_and_leaves_the_rest(target: dict[str, object], patch: dict[str, object]) -> None:
    merged = merge_patch(target, patch)
    assert {name for name, value in patch.items() if value is None} & set(merged) == set()
    assert {name: merged[name] for name in target if name not in patch} == {name: target[name] for name in target if name not in patch}
    assert merge_patch(merged, patch) == merged


@pytest.mark.parametrize("address", ["https://undocs.org/A/AC.105/1294", "http://example.org:8080/a?b=c#d", "https://xn--fiqs8s.cn/"])
def test_web_addresses_are_accepted(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "ftp://x.org", "//x.org", "https://", "http://user:pw@x.org", "http://x.org/\\..", "http://中国.cn", "http://x .org",
     "http://x.org:99999", "http://[::1", "data:text/html,x", "http://x.org\n", "https:example.org"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(address: str) -> None:
    assert not is_web_address(address)


def test_slugs_follow_akn4un() -> None:
    assert slug_of("A/AC.105/1294") == "A-AC.105-1294"
    assert slug_of("A/79/5 (Vol. II)") == "A-79-5_Vol._II"


def test_one_name_in_full_and_half_width_is_the_same_name() -> None:
    assert folded("ＨＩ-O7B") == folded("hi-o7b")
