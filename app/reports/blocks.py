"""What a report is laid out from: headings, sentences, passages, facts, tables and figures, each in both languages, without any layout."""

import enum
from collections.abc import Sequence

import msgspec

from app.codes import TranslationState
from app.errors import N_
from app.i18n import Lang, Text, gettext
from app.reports.model import Named, ReportText
from app.reports.wording import MISSING, UNOFFICIAL, count, label, on, per_cent, same


class Kind(enum.StrEnum):
    """What a value is. Names and prose are somebody's words; everything else is a fact, the same in both languages."""

    WORDS = "words"
    NUMBER = "number"
    PER_CENT = "per_cent"
    DATE = "date"
    STATUS = "status"
    REF = "ref"
    LINK = "link"
    NAME = "name"
    PROSE = "prose"


FREE = (Kind.NAME, Kind.PROSE)


class Value(msgspec.Struct, frozen=True, gc=False):
    """Something printed. `raw` is a date, number or code as data; `target` an address, or # and the anchor of something printed elsewhere;
    `marks` say what a text is worth.
    """

    kind: Kind
    text: Text
    raw: str | int | None = None
    target: str | None = None
    marks: Text | None = None
    anchor: str | None = None


class Heading(msgspec.Struct, frozen=True, tag=True):
    level: int
    text: Text
    anchor: str
    name: Text | None = None
    """Somebody's words behind our own, such as the title of a document."""


class Sentence(msgspec.Struct, frozen=True, tag=True):
    """A paragraph of our own words; numbered ones can be cited."""

    text: Text
    number: int | None = None


class Passage(msgspec.Struct, frozen=True, tag=True):
    """A paragraph of somebody's words."""

    value: Value


class Fact(msgspec.Struct, frozen=True):
    """A label with lines of values."""

    label: Text
    lines: list[list[Value]]


class Facts(msgspec.Struct, frozen=True, tag=True):
    rows: list[Fact]


class Column(msgspec.Struct, frozen=True):
    """`width` is a share of the table's; numbers stand at the right."""

    label: Text
    width: int
    numeric: bool = False


class Table(msgspec.Struct, frozen=True, tag=True):
    """A `total` row sums up and comes last."""

    anchor: str
    caption: Text
    columns: list[Column]
    rows: list[list[Value]]
    total: bool = False


class Series(msgspec.Struct, frozen=True):
    code: str
    label: Text
    values: list[int]


class Figure(msgspec.Struct, frozen=True, tag=True):
    """A stacked chart: horizontal bars, or columns along a time line of days. The table with its numbers follows it."""

    anchor: str
    title: Text
    description: Text
    upright: bool
    categories: list[Text] | list[str]
    series: list[Series]


Block = Heading | Sentence | Passage | Facts | Table | Figure


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A report ready to be written: a cover, what follows, and the languages in which working translations are printed."""

    title: Text
    subjects: list[Value]
    facts: Facts
    notes: list[Text]
    blocks: list[Block]
    anchors: frozenset[str]
    unofficial: list[Lang]
    foot: Text
    as_of: str
    recorded_at: str | None


def words(text: Text) -> Value:
    return Value(Kind.WORDS, text)


def number(value: int) -> Value:
    return Value(Kind.NUMBER, count(value), value)


def share(value: int) -> Value:
    return Value(Kind.PER_CENT, per_cent(value), value)


def date(day: str | None) -> Value:
    return NOTHING if day is None else Value(Kind.DATE, on(day), day)


def status(code: str) -> Value:
    return Value(Kind.STATUS, label("statuses", code), code)


def ref(name: str, target: str | None = None, *, anchor: str | None = None) -> Value:
    return Value(Kind.REF, same(name), name, target and f"#{target}", anchor=anchor)


def link(address: str) -> Value:
    return Value(Kind.LINK, same(address), address, address)


def name(text: Text) -> Value:
    return Value(Kind.NAME, text)


def named(one: Named | None) -> Value:
    return NOTHING if one is None else name(one.name)


def printed(text: ReportText, kind: Kind = Kind.PROSE) -> Value:
    """A text with the marks it needs."""
    return Value(kind, text.text, marks=marks_of(text))


NOTHING = words(same("—"))


def marks_of(text: ReportText) -> Text | None:
    """What a reader must know of each side: not current, not official; null where there is nothing to say."""
    if text.translation == TranslationState.CURRENT and not text.unofficial:
        return None
    return Text(**{lang.value: _mark(lang, _said_of(text, lang)) for lang in Lang})


def _said_of(text: ReportText, lang: Lang) -> list[str]:
    state = [] if text.translation == TranslationState.CURRENT else [getattr(label("translation_states", text.translation), lang) or ""]
    return state + ([gettext(lang, UNOFFICIAL)] if lang in text.unofficial else [])


def _mark(lang: Lang, said_of: Sequence[str]) -> str | None:
    if not said_of:
        return None
    if len(said_of) == 1:
        return gettext(lang, N_("[{mark}]"), mark=said_of[0])
    return gettext(lang, N_("[{mark}; {other}]"), mark=said_of[0], other=said_of[1])


def side(value: Value, lang: Lang) -> tuple[str | None, str | None]:
    """The words of one language, null where there are none, and the mark to print with them."""
    own = getattr(value.text, lang)
    if own is None:
        return None, gettext(lang, MISSING[lang])
    return own, getattr(value.marks, lang) if value.marks else None
