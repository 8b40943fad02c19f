"""In which languages a writer speaks, and how what it writes sounds in each; shared by the writers, still without any layout."""

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from app import i18n
from app.codes import Status
from app.formats.charts import Chart, Part, Style
from app.i18n import Lang, Text
from app.reports.blocks import FREE, Figure, Kind, Value, side
from app.reports.request import Layout, ReportLang
from app.reports.wording import SEPARATORS

Tick = Callable[[int, int], None]
"""Told how many of how many blocks are written."""
_STYLES = {
    Status.NOT_ASSESSED: Style("#ffffff"),
    Status.NOT_STARTED: Style("#e4e4e4", "M2 2h1M6 6h1"),
    Status.UNDER_IMPLEMENTATION: Style("#9cc8ea", "M-2 2L2 -2M0 8L8 0M6 10L10 6"),
    Status.IMPLEMENTED: Style("#0b4f8a"),
    Status.CONTINUING: Style("#8fcabb", "M0 4H8"),
    Status.NOT_IMPLEMENTED: Style("#e0a39a", "M0 0L8 8M0 8L8 0"),
    Status.OVERTAKEN_BY_EVENTS: Style("#e3cf8f", "M4 0V8"),
}


class Side(msgspec.Struct, frozen=True):
    """What is printed in one language (None: the same in both); `words` is null where there is no text, `mark` what a reader must know."""

    lang: Lang | None
    words: str | None
    mark: str | None = None


class Voice(msgspec.Struct, frozen=True):
    langs: tuple[Lang, ...]
    layout: Layout = Layout.COLUMNS

    @property
    def is_both(self) -> bool:
        return len(self.langs) > 1

    @property
    def in_columns(self) -> bool:
        return self.is_both and self.layout is Layout.COLUMNS

    def label(self, text: Text) -> list[Side]:
        """Words of ours in every language; once where they are the same."""
        found = [Side(lang, getattr(text, lang)) for lang in self.langs]
        return [Side(None, found[0].words)] if self.is_both and found[0].words == found[1].words else found

    def value(self, value: Value) -> list[Side]:
        """A value in every language, once where it is the same in both; prose always says which language it is in."""
        found = [Side(lang, *side(value, lang)) for lang in self.langs]
        if len(found) == 1 or value.kind is Kind.PROSE or found[0].words != found[1].words or found[0].mark or found[1].mark:
            return found
        return [Side(None, found[0].words)]

    def chart(self, figure: Figure) -> Chart:
        """The figure for the chart writer."""
        return Chart(
            key=figure.anchor, lang=self.langs[0], title=self._joined(figure.title), description=self._joined(figure.description),
            upright=figure.upright, categories=[self._category(one) for one in figure.categories],
            parts=[Part(self._lines(one.label), one.values, _STYLES[Status(one.code)]) for one in figure.series],
        )  # fmt: skip

    def _joined(self, text: Text) -> str:
        return " / ".join(self._lines(text))

    def _lines(self, text: Text) -> list[str]:
        return [one.words or "" for one in self.label(text)]

    def _category(self, category: Text | str) -> list[str]:
        if isinstance(category, Text):
            return self._lines(category)
        return [line for lang in self.langs for line in i18n.day_in_lines(lang, dt.date.fromisoformat(category))]


class Told:
    """What a writer makes of a value in one language: of ours, which come again and again, once; of somebody's each time."""

    def __init__(self, langs: Sequence[Lang]) -> None:
        self._alone = {lang: Voice((lang,)) for lang in langs}
        self._known: dict[Lang, dict[Value, str]] = {lang: {} for lang in langs}

    def of(self, value: Value, lang: Lang, make: Callable[[list[Side], Value], str]) -> str:
        if value.kind in FREE:
            return make(self._alone[lang].value(value), value)
        known = self._known[lang].get(value)
        if known is None:
            known = self._known[lang][value] = make(self._alone[lang].value(value), value)
        return known


def voice(lang: ReportLang, layout: Layout) -> Voice:
    return Voice(lang.langs, layout)


def in_line(lang: Lang, values: Sequence[str]) -> str:
    """Values of one line in one language."""
    return SEPARATORS[lang].join(values)
